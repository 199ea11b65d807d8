"""The SQL of what identity providers know: identities, their groups, their sessions."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.identity.models import (
    Department,
    ExternalIdentity,
    Group,
    GroupMember,
    LoginSession,
    ProviderGroup,
    Region,
    Source,
    Tenant,
    User,
)


async def find_identity(
    session: AsyncSession, issuer: str, provider_tenant: str, subject: str
) -> ExternalIdentity | None:
    return await session.scalar(
        select(ExternalIdentity).where(
            ExternalIdentity.issuer == issuer,
            ExternalIdentity.provider_tenant == provider_tenant,
            ExternalIdentity.subject == subject,
        )
    )


async def find_provisioned(session: AsyncSession, tenant_id: UUID, external_id: str) -> User | None:
    """Whom the tenant's directory made ahead of their first sign-in, under the name that the provider gives them."""
    return await session.scalar(
        select(User).where(
            User.tenant_id == tenant_id,
            User.source == Source.SCIM,
            User.external_id == external_id,
            User.deleted_at.is_(None),
        )
    )


async def find_identity_in_tenant(session: AsyncSession, tenant_id: UUID, identity_id: UUID) -> ExternalIdentity | None:
    return await session.scalar(
        select(ExternalIdentity).where(ExternalIdentity.id == identity_id, ExternalIdentity.tenant_id == tenant_id)
    )


async def list_identities(
    session: AsyncSession,
    tenant_id: UUID,
    *,
    user_id: UUID | None,
    unlinked: bool,
    after: UUID | None,
    limit: int,
) -> Sequence[ExternalIdentity]:
    """By id, which is by age."""
    statement = select(ExternalIdentity).where(ExternalIdentity.tenant_id == tenant_id)
    if user_id is not None:
        statement = statement.where(ExternalIdentity.user_id == user_id)
    if unlinked:
        statement = statement.where(ExternalIdentity.user_id.is_(None))
    if after is not None:
        statement = statement.where(ExternalIdentity.id > after)
    return (await session.scalars(statement.order_by(ExternalIdentity.id).limit(limit))).all()


async def delete_identities_of(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(ExternalIdentity).where(ExternalIdentity.user_id == user_id))


async def find_home_tenant(session: AsyncSession, name: str) -> Tenant | None:
    """The tenant of this name; without a name the founder's."""
    if name:
        return await session.scalar(select(Tenant).where(Tenant.name == name))
    return await session.scalar(select(Tenant).join(User, User.tenant_id == Tenant.id).where(User.is_founder))


async def departments_named(
    session: AsyncSession, tenant_id: UUID, name: str, region: str | None
) -> Sequence[Department]:
    """Letters may be large or small: the provider's are typed by people, as ours are."""
    statement = select(Department, Region.name).join(Region, Region.id == Department.region_id)
    rows = (await session.execute(statement.where(Department.tenant_id == tenant_id))).all()
    return [
        department
        for department, region_name in rows
        if department.name.casefold() == name.casefold()
        and (region is None or region_name.casefold() == region.casefold())
    ]


async def group_named(session: AsyncSession, tenant_id: UUID, name: str) -> Group | None:
    return await session.scalar(select(Group).where(Group.tenant_id == tenant_id, Group.name == name))


async def provider_groups(session: AsyncSession, tenant_id: UUID, issuer: str) -> Mapping[str, UUID]:
    """The provider's group → ours."""
    rows = await session.execute(
        select(ProviderGroup.external_id, ProviderGroup.group_id).where(
            ProviderGroup.tenant_id == tenant_id, ProviderGroup.issuer == issuer
        )
    )
    return {row.external_id: row.group_id for row in rows}


async def leave_groups(session: AsyncSession, user_id: UUID, group_ids: Collection[UUID]) -> None:
    await session.execute(
        delete(GroupMember).where(GroupMember.user_id == user_id, GroupMember.group_id.in_(group_ids))
    )


async def find_login_session(session: AsyncSession, session_id: UUID) -> LoginSession | None:
    """The living one."""
    return await session.scalar(
        select(LoginSession).where(
            LoginSession.id == session_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now()
        )
    )


async def sessions_through(session: AsyncSession, issuer: str, provider_session: str) -> Sequence[LoginSession]:
    """The living sign-ins that came through this session of the provider."""
    rows = await session.scalars(
        select(LoginSession).where(
            LoginSession.provider_session == provider_session,
            LoginSession.provider_issuer == issuer,
            LoginSession.revoked_at.is_(None),
        )
    )
    return rows.all()
