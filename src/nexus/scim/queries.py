"""The SQL of provisioning. Everything is asked for with its tenant, and only what the directory made is seen."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.db import insert_into
from nexus.identity.models import Department, Group, GroupMember, Region, Source, Tenant, User
from nexus.scim.criteria import group_condition, user_condition
from nexus.scim.expressions import Expression
from nexus.scim.models import ScimSettings, ScimToken

_BATCH: Final = 5000
"""Ids a statement carries at most; PostgreSQL's protocol ends at 32,767 parameters."""


# --- people --------------------------------------------------------------------------------------------------------


def _people(tenant_id: UUID) -> Select[User]:
    return select(User).where(User.tenant_id == tenant_id, User.source == Source.SCIM, User.deleted_at.is_(None))


async def find_person(session: AsyncSession, tenant_id: UUID, user_id: UUID, *, lock: bool = False) -> User | None:
    """`lock` holds the row against others until the transaction ends."""
    statement = _people(tenant_id).where(User.id == user_id)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def list_people(
    session: AsyncSession, tenant_id: UUID, wanted: Expression | None, *, start: int, count: int
) -> tuple[int, Sequence[User]]:
    """How many there are, and those from `start` on, in the order of their making."""
    statement = _people(tenant_id)
    if wanted is not None:
        statement = statement.where(user_condition(wanted))
    return await _counted(session, statement, User.id, start, count)


async def find_account(session: AsyncSession, email: str) -> User | None:
    """Whoever has the address, in any tenant."""
    return await session.scalar(select(User).where(User.email == email).with_for_update())


async def is_taken(
    session: AsyncSession, tenant_id: UUID, *, user_name: str, external_id: str | None, except_id: UUID | None
) -> bool:
    """Whether somebody else of the tenant has the user name or the external id."""
    taken = User.user_name == user_name
    if external_id is not None:
        taken |= User.external_id == external_id
    statement = select(User.id).where(User.tenant_id == tenant_id, taken)
    if except_id is not None:
        statement = statement.where(User.id != except_id)
    return await session.scalar(statement.limit(1)) is not None


async def groups_of(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, list[Group]]:
    found: dict[UUID, list[Group]] = {user_id: [] for user_id in user_ids}
    rows = await session.execute(
        select(GroupMember.user_id, Group)
        .join(Group, Group.id == GroupMember.group_id)
        .where(GroupMember.user_id.in_(found), Group.source == Source.SCIM)
        .order_by(Group.id)
    )
    for user_id, group in rows:
        found[user_id].append(group)
    return found


async def departments_called(session: AsyncSession, tenant_id: UUID, name: str) -> Sequence[tuple[Department, str]]:
    """Departments of this name, whatever its case, each with its region's name."""
    rows = await session.execute(
        select(Department, Region.name)
        .join(Region, Region.id == Department.region_id)
        .where(Department.tenant_id == tenant_id, func.lower(Department.name) == func.lower(name))
        .order_by(Department.id)
    )
    return [(department, region) for department, region in rows]


# --- groups --------------------------------------------------------------------------------------------------------


def _groups(tenant_id: UUID) -> Select[Group]:
    return select(Group).where(Group.tenant_id == tenant_id, Group.source == Source.SCIM)


async def find_group(session: AsyncSession, tenant_id: UUID, group_id: UUID, *, lock: bool = False) -> Group | None:
    """`lock` holds the row against others until the transaction ends."""
    statement = _groups(tenant_id).where(Group.id == group_id)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def list_groups(
    session: AsyncSession, tenant_id: UUID, wanted: Expression | None, *, start: int, count: int
) -> tuple[int, Sequence[Group]]:
    """How many there are, and those from `start` on, in the order of their making."""
    statement = _groups(tenant_id)
    if wanted is not None:
        statement = statement.where(group_condition(wanted))
    return await _counted(session, statement, Group.id, start, count)


async def members_of(session: AsyncSession, group_ids: Collection[UUID]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Ids and names of the members of each group."""
    found: dict[UUID, list[tuple[UUID, str]]] = {group_id: [] for group_id in group_ids}
    rows = await session.execute(
        select(GroupMember.group_id, User.id, User.name)
        .join(User, User.id == GroupMember.user_id)
        .where(GroupMember.group_id.in_(found))
        .order_by(User.id)
    )
    for group_id, user_id, name in rows:
        found[group_id].append((user_id, name))
    return found


async def member_ids(session: AsyncSession, group_id: UUID) -> set[UUID]:
    return set(await session.scalars(select(GroupMember.user_id).where(GroupMember.group_id == group_id)))


async def existing_people(session: AsyncSession, tenant_id: UUID, user_ids: Collection[UUID]) -> set[UUID]:
    """Those of the ids that are people of the tenant, whoever made their accounts."""
    found: set[UUID] = set()
    for batch in _batches(user_ids):
        found |= set(
            await session.scalars(
                select(User.id).where(User.id.in_(batch), User.tenant_id == tenant_id, User.deleted_at.is_(None))
            )
        )
    return found


async def add_members(session: AsyncSession, group_id: UUID, user_ids: Collection[UUID]) -> None:
    """Leaves those alone who are members, even since a moment ago."""
    for batch in _batches(user_ids):
        rows = [{"group_id": group_id, "user_id": user_id} for user_id in batch]
        await session.execute(insert_into(session, GroupMember).values(rows).on_conflict_do_nothing())


async def remove_members(session: AsyncSession, group_id: UUID, user_ids: Collection[UUID]) -> None:
    for batch in _batches(user_ids):
        await session.execute(
            delete(GroupMember).where(GroupMember.group_id == group_id, GroupMember.user_id.in_(batch))
        )


def _batches(ids: Collection[UUID]) -> list[list[UUID]]:
    listed = sorted(ids)
    return [listed[start : start + _BATCH] for start in range(0, len(listed), _BATCH)]


async def _counted(
    session: AsyncSession, statement: Select[Any], order: Any, start: int, count: int
) -> tuple[int, Sequence[Any]]:
    total = await session.scalar(select(func.count()).select_from(statement.with_only_columns(order).subquery())) or 0
    if count == 0 or start >= total:
        return total, ()
    return total, (await session.scalars(statement.order_by(order).offset(start).limit(count))).all()


# --- tokens and settings -------------------------------------------------------------------------------------------


async def find_token(session: AsyncSession, token_id: UUID) -> ScimToken | None:
    """Of whichever tenant that is not suspended: for the door, which knows none yet."""
    statement = select(ScimToken).join(Tenant, Tenant.id == ScimToken.tenant_id)
    return await session.scalar(statement.where(ScimToken.id == token_id, Tenant.suspended_at.is_(None)))


async def find_token_of(session: AsyncSession, tenant_id: UUID, token_id: UUID) -> ScimToken | None:
    return await session.scalar(select(ScimToken).where(ScimToken.id == token_id, ScimToken.tenant_id == tenant_id))


async def list_tokens(session: AsyncSession, tenant_id: UUID, *, after: UUID | None, limit: int) -> Sequence[ScimToken]:
    statement = select(ScimToken).where(ScimToken.tenant_id == tenant_id)
    if after is not None:
        statement = statement.where(ScimToken.id > after)
    return (await session.scalars(statement.order_by(ScimToken.id).limit(limit))).all()


async def touch_token(session: AsyncSession, token_id: UUID, moment: datetime) -> None:
    await session.execute(update(ScimToken).where(ScimToken.id == token_id).values(last_used_at=moment))


async def find_settings(session: AsyncSession, tenant_id: UUID) -> ScimSettings | None:
    return await session.get(ScimSettings, tenant_id)
