"""The SQL of people and their structure. Everything that belongs to a tenant is asked for with its tenant."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import delete, exists, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.identity.errors import InUseError, TakenError
from nexus.identity.filters import let_in
from nexus.identity.models import (
    ApiKey,
    Department,
    Group,
    GroupMember,
    LoginChallenge,
    LoginSession,
    OneTimeLink,
    Region,
    Tenant,
    User,
)

OfTenant = TypeVar("OfTenant", Region, Department, Group, User)


# --- API keys ------------------------------------------------------------------------------------------------------


async def find_good_key(session: AsyncSession, token_hash: str) -> ApiKey | None:
    """One that has neither expired nor been revoked."""
    good = ApiKey.revoked_at.is_(None), ApiKey.expires_at > now()
    return await session.scalar(select(ApiKey).where(ApiKey.token_hash == token_hash, *good))


async def find_good_key_by_id(session: AsyncSession, key_id: UUID) -> ApiKey | None:
    """As `find_good_key`."""
    good = ApiKey.revoked_at.is_(None), ApiKey.expires_at > now()
    return await session.scalar(select(ApiKey).where(ApiKey.id == key_id, *good))


async def list_keys(session: AsyncSession, user_id: UUID) -> Sequence[ApiKey]:
    """Those that have not been revoked, expired ones too, newest first."""
    own = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return (await session.scalars(own.order_by(ApiKey.created_at.desc(), ApiKey.id))).all()


async def revoke_key(session: AsyncSession, user_id: UUID, key_id: UUID) -> ApiKey | None:
    """The key; None when this person has no such one."""
    own = select(ApiKey).where(ApiKey.id == key_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    key = await session.scalar(own.with_for_update())
    if key is not None:
        key.revoked_at = now()
    return key


async def revoke_keys_of(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(
        update(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)).values(revoked_at=now())
    )


async def touch_key(session: AsyncSession, key_id: UUID) -> None:
    await session.execute(update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now()))


# --- sign-ins ------------------------------------------------------------------------------------------------------


async def has_users(session: AsyncSession) -> bool:
    return bool(await session.scalar(select(exists(select(User.id)))))


async def find_user_by_email(session: AsyncSession, email: str) -> User | None:
    return await session.scalar(select(User).where(User.email == email))


async def find_user(session: AsyncSession, user_id: UUID) -> User | None:
    return await session.scalar(select(User).where(User.id == user_id, User.deleted_at.is_(None)))


async def lock_session_of_active_user(session: AsyncSession, session_id: UUID) -> LoginSession | None:
    """The living session, held against others until the transaction ends."""
    return await session.scalar(
        select(LoginSession)
        .join(User, User.id == LoginSession.user_id)
        .join(Tenant, Tenant.id == User.tenant_id)
        .where(
            LoginSession.id == session_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now(),
            *let_in(),
        )
        .with_for_update(of=LoginSession)
    )


async def revoke_session(session: AsyncSession, session_id: UUID, reason: str) -> None:
    await session.execute(
        update(LoginSession)
        .where(LoginSession.id == session_id, LoginSession.revoked_at.is_(None))
        .values(revoked_at=now(), revoked_reason=reason)
    )


async def revoke_sessions_of(session: AsyncSession, user_id: UUID, reason: str, *, keep: UUID | None = None) -> None:
    statement = update(LoginSession).where(LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None))
    if keep is not None:
        statement = statement.where(LoginSession.id != keep)
    await session.execute(statement.values(revoked_at=now(), revoked_reason=reason))
    # What is half-way to a sign-in ends too.
    await session.execute(delete(LoginChallenge).where(LoginChallenge.user_id == user_id))


async def delete_sessions_expired_before(session: AsyncSession, user_id: UUID, moment: datetime) -> None:
    await session.execute(delete(LoginSession).where(LoginSession.user_id == user_id, LoginSession.expires_at < moment))


async def find_link(session: AsyncSession, token_hash: str, purpose: str) -> OneTimeLink | None:
    """The link, if it still works."""
    return await session.scalar(
        select(OneTimeLink).where(
            OneTimeLink.token_hash == token_hash,
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now(),
        )
    )


async def redeem_link(session: AsyncSession, token_hash: str, purpose: str) -> bool:
    """Uses the link up; False when it does not work (any more). Of two at once, one gets True."""
    redeemed = await session.scalar(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == token_hash,
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now(),
        )
        .values(used_at=now())
        .returning(OneTimeLink.token_hash)
    )
    return redeemed is not None


async def delete_unused_links(session: AsyncSession, purpose: str) -> None:
    await session.execute(delete(OneTimeLink).where(OneTimeLink.purpose == purpose, OneTimeLink.used_at.is_(None)))


# --- rows ----------------------------------------------------------------------------------------------------------


async def add(session: AsyncSession, row: Any, *, taken: str = "") -> None:
    """Raises TakenError with this text when something unique stands in the way."""
    session.add(row)
    await save(session, taken=taken)


async def save(session: AsyncSession, *, taken: str) -> None:
    try:
        await session.flush()
    except IntegrityError as error:
        raise TakenError(taken) from error


async def remove(session: AsyncSession, row: Any, *, in_use: str) -> None:
    """Raises InUseError with this text when other rows need it."""
    await session.delete(row)
    try:
        await session.flush()
    except IntegrityError as error:
        raise InUseError(in_use) from error


async def find_in_tenant(session: AsyncSession, kind: type[OfTenant], tenant_id: UUID, row_id: UUID) -> OfTenant | None:
    statement = select(kind).where(kind.id == row_id, kind.tenant_id == tenant_id)
    if kind is User:
        statement = statement.where(User.deleted_at.is_(None))
    return await session.scalar(statement)


async def find_tenant(session: AsyncSession, tenant_id: UUID) -> Tenant | None:
    return await session.get(Tenant, tenant_id)


# --- membership and names ------------------------------------------------------------------------------------------


async def groups_of(session: AsyncSession, user_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = {user_id: [] for user_id in user_ids}
    rows = await session.execute(
        select(GroupMember.user_id, GroupMember.group_id)
        .where(GroupMember.user_id.in_(found))
        .order_by(GroupMember.group_id)
    )
    for user_id, group_id in rows:
        found[user_id].append(group_id)
    return found


async def existing_groups(session: AsyncSession, tenant_id: UUID, group_ids: Collection[UUID]) -> Sequence[Group]:
    rows = await session.scalars(
        select(Group).where(Group.tenant_id == tenant_id, Group.id.in_(group_ids)).order_by(Group.name)
    )
    return rows.all()


async def add_member(session: AsyncSession, group_id: UUID, user_id: UUID) -> None:
    """Does nothing when they are a member, even since a moment ago."""
    with suppress(IntegrityError):
        async with session.begin_nested():
            await session.execute(insert(GroupMember).values(group_id=group_id, user_id=user_id))


async def remove_member(session: AsyncSession, group_id: UUID, user_id: UUID) -> None:
    await session.execute(delete(GroupMember).where(GroupMember.group_id == group_id, GroupMember.user_id == user_id))


async def remove_from_all_groups(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(GroupMember).where(GroupMember.user_id == user_id))


async def names_of(
    session: AsyncSession,
    kind: type[User] | type[Group] | type[Department],
    tenant_id: UUID,
    row_ids: Collection[UUID],
) -> dict[UUID, str]:
    rows = await session.execute(select(kind.id, kind.name).where(kind.id.in_(row_ids), kind.tenant_id == tenant_id))
    return {row.id: row.name for row in rows}
