"""The SQL of what a principal is made of, by whatever its credential names."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from nexus.core.clock import now
from nexus.identity.filters import let_in
from nexus.identity.models import ExternalIdentity, GroupMember, LoginSession, Tenant, User


@dataclass(frozen=True, slots=True)
class Account:
    """What a principal is made of."""

    user_id: UUID
    tenant_id: UUID
    role: str
    department_id: UUID | None
    group_ids: frozenset[UUID]
    display: str
    """Name and e-mail address."""


async def _account(
    session: AsyncSession, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool], through: UUID | None = None
) -> Account | None:
    """Somebody to be let in, if they and their tenant may come in at this moment."""
    return await _described(session, *conditions, *let_in(), through=through)


async def _described(
    session: AsyncSession, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool], through: UUID | None = None
) -> Account | None:
    statement = select(
        User.id, User.tenant_id, User.role, User.department_id, User.name, User.email, GroupMember.group_id
    )
    statement = statement.join(Tenant, Tenant.id == User.tenant_id)
    statement = statement.outerjoin(GroupMember, GroupMember.user_id == User.id).where(*conditions)
    if through is not None:
        statement = statement.join(LoginSession, LoginSession.user_id == User.id).where(
            LoginSession.id == through, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now()
        )
    rows = (await session.execute(statement)).all()
    if not rows:
        return None
    user_id, tenant_id, role, department_id, name, email, _ = rows[0]
    groups = frozenset(group_id for *_, group_id in rows if group_id)
    return Account(user_id, tenant_id, role, department_id, groups, f"{name} <{email}>")


async def find_account_by_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> Account | None:
    return await _account(session, User.id == user_id, through=session_id)


async def find_account_by_id(session: AsyncSession, user_id: UUID) -> Account | None:
    return await _account(session, User.id == user_id)


async def find_account_by_email(session: AsyncSession, email: str) -> Account | None:
    return await _account(session, User.email == email)


async def find_founder_account(session: AsyncSession) -> Account | None:
    return await _account(session, User.is_founder)


async def find_account_by_identity(
    session: AsyncSession, issuer: str, provider_tenant: str, subject: str, *, tenant: str
) -> Account | None:
    """Of the named tenant; without a name of the founder's."""
    theirs = select(ExternalIdentity.user_id).where(_is_identity(issuer, provider_tenant, subject)).scalar_subquery()
    return await _account(session, User.id == theirs, User.tenant_id == _home(tenant))


async def find_account_by_verified_email(
    session: AsyncSession, issuer: str, provider_tenant: str, subject: str, *, email: str, tenant: str
) -> Account | None:
    """Unless the identity is known here, as somebody else's or as one that waits to be decided on."""
    known = select(ExternalIdentity.id).where(_is_identity(issuer, provider_tenant, subject)).exists()
    return await _account(session, User.email == email, User.tenant_id == _home(tenant), ~known)


def _is_identity(issuer: str, provider_tenant: str, subject: str) -> ColumnElement[bool]:
    return and_(
        ExternalIdentity.issuer == issuer,
        ExternalIdentity.provider_tenant == provider_tenant,
        ExternalIdentity.subject == subject,
    )


def _home(tenant: str) -> ColumnElement[UUID]:
    if tenant:
        return select(Tenant.id).where(Tenant.name == tenant).scalar_subquery()
    founder = aliased(User)
    return select(founder.tenant_id).where(founder.is_founder).scalar_subquery()


async def find_account_in_tenant(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> Account | None:
    """Active or not: for speaking about a person, never for letting one in."""
    return await _described(session, User.id == user_id, User.tenant_id == tenant_id, User.deleted_at.is_(None))
