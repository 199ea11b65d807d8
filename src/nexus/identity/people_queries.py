"""The SQL of the administration's list of people, and of what they belong to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Role
from nexus.identity.models import Department, GroupMember, Region, User
from nexus.identity.schemas import UserState

_CONDITIONS = {
    UserState.ACTIVE: (User.active.is_(True), User.invited_at.is_(None)),
    UserState.INVITED: (User.active.is_(True), User.invited_at.is_not(None)),
    UserState.DEACTIVATED: (User.active.is_(False),),
}


def state_of(user: User) -> UserState:
    if not user.active:
        return UserState.DEACTIVATED
    return UserState.ACTIVE if user.invited_at is None else UserState.INVITED


@dataclass(frozen=True, slots=True)
class UserFilter:
    """What is None or empty lets everybody through."""

    search: str = ""
    role: Role | None = None
    state: UserState | None = None
    department_id: UUID | None = None
    group_id: UUID | None = None


async def list_users(
    session: AsyncSession, tenant_id: UUID, wanted: UserFilter, *, after: str | None, limit: int
) -> Sequence[User]:
    """By e-mail address, which is also the key of the page."""
    statement = select(User).where(User.tenant_id == tenant_id, User.deleted_at.is_(None))
    if wanted.search:
        statement = statement.where(
            or_(
                User.email.icontains(wanted.search, autoescape=True),
                User.name.icontains(wanted.search, autoescape=True),
            )
        )
    if wanted.role is not None:
        statement = statement.where(User.role == wanted.role)
    if wanted.state is not None:
        statement = statement.where(*_CONDITIONS[wanted.state])
    if wanted.department_id is not None:
        statement = statement.where(User.department_id == wanted.department_id)
    if wanted.group_id is not None:
        statement = statement.join(GroupMember, GroupMember.user_id == User.id).where(
            GroupMember.group_id == wanted.group_id
        )
    if after is not None:
        statement = statement.where(User.email > after)
    return (await session.scalars(statement.order_by(User.email).limit(limit))).all()


async def member_since(session: AsyncSession, user_id: UUID) -> dict[UUID, datetime | None]:
    """Group → since when the user is in it."""
    rows = await session.execute(select(GroupMember.group_id, GroupMember.since).where(GroupMember.user_id == user_id))
    return dict(rows.all())


async def department_paths(session: AsyncSession, tenant_id: UUID, department_ids: Collection[UUID]) -> dict[UUID, str]:
    """Departments with their region, as `UK / HR`: each region may have one of the same name."""
    rows = await session.execute(
        select(Department.id, Region.name, Department.name)
        .join(Region, Region.id == Department.region_id)
        .where(Department.id.in_(department_ids), Department.tenant_id == tenant_id)
    )
    return {department_id: f"{region} / {name}" for department_id, region, name in rows}


async def search_people(
    session: AsyncSession, tenant_id: UUID, search: str, limit: int, *, deactivated: bool = False
) -> Sequence[User]:
    """Active people whose name or address holds `search`, by name; with `deactivated`, the others as well."""
    matches = or_(User.name.icontains(search, autoescape=True), User.email.icontains(search, autoescape=True))
    query = select(User).where(User.tenant_id == tenant_id, User.deleted_at.is_(None), matches)
    if not deactivated:
        query = query.where(User.active)
    return (await session.scalars(query.order_by(User.name, User.id).limit(limit))).all()
