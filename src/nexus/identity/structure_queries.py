"""The SQL of what people stand in: lists of tenants, regions, departments and groups, and how many belong to each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Select, exists, func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.identity.models import Department, Group, GroupMember, Region, Source, Tenant, User

NamedRow = TypeVar("NamedRow", Tenant, Region, Department, Group)
Place = tuple[str, UUID] | None
"""Name and id of the last row of the page before."""


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """What is None or empty lets every group through."""

    search: str = ""
    local: bool | None = None


def _page(statement: Select[NamedRow], kind: type[NamedRow], after: Place, limit: int) -> Select[NamedRow]:
    if after is not None:
        statement = statement.where(tuple_(kind.name, kind.id) > after)
    return statement.order_by(kind.name, kind.id).limit(limit)


async def list_tenants(session: AsyncSession, *, after: Place, limit: int) -> Sequence[Tenant]:
    return (await session.scalars(_page(select(Tenant), Tenant, after, limit))).all()


async def list_regions(session: AsyncSession, tenant_id: UUID, *, after: Place, limit: int) -> Sequence[Region]:
    statement = select(Region).where(Region.tenant_id == tenant_id)
    return (await session.scalars(_page(statement, Region, after, limit))).all()


async def list_departments(
    session: AsyncSession, tenant_id: UUID, *, region_id: UUID | None, after: Place, limit: int
) -> Sequence[Department]:
    statement = select(Department).where(Department.tenant_id == tenant_id)
    if region_id is not None:
        statement = statement.where(Department.region_id == region_id)
    return (await session.scalars(_page(statement, Department, after, limit))).all()


async def list_groups(
    session: AsyncSession, tenant_id: UUID, wanted: GroupFilter, *, after: Place, limit: int
) -> Sequence[Group]:
    statement = select(Group).where(Group.tenant_id == tenant_id)
    if wanted.search:
        statement = statement.where(Group.name.icontains(wanted.search, autoescape=True))
    if wanted.local is not None:
        statement = statement.where((Group.source == Source.LOCAL) == wanted.local)
    return (await session.scalars(_page(statement, Group, after, limit))).all()


async def count_members(session: AsyncSession, group_ids: Collection[UUID]) -> dict[UUID, int]:
    statement = select(GroupMember.group_id, func.count()).where(GroupMember.group_id.in_(group_ids))
    return await _counts(session, statement.group_by(GroupMember.group_id), group_ids)


async def count_in_departments(session: AsyncSession, department_ids: Collection[UUID]) -> dict[UUID, int]:
    statement = select(User.department_id, func.count()).where(
        User.department_id.in_(department_ids), User.deleted_at.is_(None)
    )
    return await _counts(session, statement.group_by(User.department_id), department_ids)


async def count_departments(session: AsyncSession, region_ids: Collection[UUID]) -> dict[UUID, int]:
    statement = select(Department.region_id, func.count()).where(Department.region_id.in_(region_ids))
    return await _counts(session, statement.group_by(Department.region_id), region_ids)


async def count_people(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, int]:
    statement = select(User.tenant_id, func.count()).where(User.tenant_id.in_(tenant_ids), User.deleted_at.is_(None))
    return await _counts(session, statement.group_by(User.tenant_id), tenant_ids)


async def count_by_role(session: AsyncSession, tenant_id: UUID) -> dict[str, int]:
    statement = select(User.role, func.count()).where(User.tenant_id == tenant_id, User.deleted_at.is_(None))
    rows = (await session.execute(statement.group_by(User.role))).all()
    return {row[0]: row[1] for row in rows}


async def _counts(
    session: AsyncSession, statement: Select[UUID, int] | Select[UUID | None, int], row_ids: Collection[UUID]
) -> dict[UUID, int]:
    """An entry for each id."""
    rows = (await session.execute(statement)).all()
    return dict.fromkeys(row_ids, 0) | {row_id: count for row_id, count in rows if row_id is not None}


async def lock_tenants(session: AsyncSession) -> None:
    """Held against other moves until the transaction ends: two at once must not put each tenant below the other."""
    await session.execute(select(Tenant.id).order_by(Tenant.id).with_for_update())


async def holds_founder(session: AsyncSession, tenant_id: UUID) -> bool:
    return bool(await session.scalar(select(exists().where(User.tenant_id == tenant_id, User.is_founder))))


async def search_names(
    session: AsyncSession, table: type[User] | type[Group] | type[Department], tenant_id: UUID, search: str, limit: int
) -> Sequence[tuple[UUID, str]]:
    """Id and name of a table's rows whose name holds `search`, by name."""
    query = select(table.id, table.name).where(
        table.tenant_id == tenant_id, table.name.icontains(search, autoescape=True)
    )
    return [(row[0], row[1]) for row in await session.execute(query.order_by(table.name, table.id).limit(limit))]
