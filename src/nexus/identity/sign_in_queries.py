"""The SQL of what signing in needs besides the password: second factors, challenges, links, living sign-ins."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.identity.filters import let_in
from nexus.identity.models import (
    LoginChallenge,
    LoginSession,
    OneTimeLink,
    RecoveryCode,
    SecondFactor,
    Tenant,
    User,
)

# --- rows that must not change while a sign-in is decided ----------------------------------------------------------


async def lock_user(session: AsyncSession, user_id: UUID) -> User | None:
    """Held against a change of role, password or state until the transaction ends. None where the tenant is
    suspended, as if there were no such person."""
    return await session.scalar(
        select(User)
        .join(Tenant, Tenant.id == User.tenant_id)
        .where(User.id == user_id, User.deleted_at.is_(None), Tenant.suspended_at.is_(None))
        .with_for_update(of=User)
        .execution_options(populate_existing=True)
    )


async def share_tenant(session: AsyncSession, tenant_id: UUID) -> Tenant:
    """Held against a change of its settings; any number of sign-ins may hold it."""
    return (await session.scalars(select(Tenant).where(Tenant.id == tenant_id).with_for_update(read=True))).one()


async def tenants_open_for_sign_up(session: AsyncSession) -> Sequence[Tenant]:
    open_ones = select(Tenant).where(Tenant.sign_up, Tenant.suspended_at.is_(None))
    return (await session.scalars(open_ones.order_by(Tenant.id))).all()


# --- second factors ------------------------------------------------------------------------------------------------


async def find_factor(session: AsyncSession, user_id: UUID) -> SecondFactor | None:
    """Confirmed or not yet."""
    return await session.get(SecondFactor, user_id, populate_existing=True)


async def users_with_factor(session: AsyncSession, user_ids: Collection[UUID]) -> set[UUID]:
    query = select(SecondFactor.user_id).where(
        SecondFactor.user_id.in_(user_ids), SecondFactor.confirmed_at.is_not(None)
    )
    return set((await session.scalars(query)).all())


async def replace_factor(session: AsyncSession, user_id: UUID, sealed_secret: str) -> None:
    """A new one to be confirmed, in the place of any before it."""
    await delete_factor(session, user_id)
    await session.execute(
        insert(SecondFactor).values(user_id=user_id, sealed_secret=sealed_secret, last_step=0, created_at=now())
    )


async def delete_factor(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    await session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


async def confirm_factor(session: AsyncSession, user_id: UUID) -> None:
    await session.execute(update(SecondFactor).where(SecondFactor.user_id == user_id).values(confirmed_at=now()))


async def spend_step(session: AsyncSession, user_id: UUID, step: int) -> bool:
    """Marks a code's half minute as used; False when it, or a later one, was before. Of two at once, one gets True."""
    spent = await session.scalar(
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
    )
    return spent is not None


async def replace_recovery_codes(session: AsyncSession, user_id: UUID, hashes: Collection[str]) -> None:
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    await session.execute(insert(RecoveryCode), [{"user_id": user_id, "code_hash": each} for each in hashes])


async def spend_recovery_code(session: AsyncSession, user_id: UUID, code_hash: str) -> bool:
    """Of two at once, one gets True."""
    spent = await session.scalar(
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
        .values(used_at=now())
        .returning(RecoveryCode.code_hash)
    )
    return spent is not None


async def count_recovery_codes(session: AsyncSession, user_id: UUID) -> int:
    query = select(func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return await session.scalar(query) or 0


# --- challenges ----------------------------------------------------------------------------------------------------


async def find_challenge(session: AsyncSession, token_hash: str, step: str) -> LoginChallenge | None:
    return await session.scalar(
        select(LoginChallenge).where(
            LoginChallenge.token_hash == token_hash, LoginChallenge.step == step, LoginChallenge.expires_at > now()
        )
    )


async def try_challenge(session: AsyncSession, token_hash: str, step: str, most: int) -> UUID | None:
    """Counts a try, and says whose it is; None when it is not good (any more)."""
    return await session.scalar(
        update(LoginChallenge)
        .where(
            LoginChallenge.token_hash == token_hash,
            LoginChallenge.step == step,
            LoginChallenge.tries < most,
            LoginChallenge.expires_at > now(),
        )
        .values(tries=LoginChallenge.tries + 1)
        .returning(LoginChallenge.user_id)
    )


async def delete_challenge(session: AsyncSession, token_hash: str) -> None:
    await session.execute(delete(LoginChallenge).where(LoginChallenge.token_hash == token_hash))


async def delete_challenges_expired_before(session: AsyncSession, user_id: UUID, moment: datetime) -> None:
    await session.execute(
        delete(LoginChallenge).where(LoginChallenge.user_id == user_id, LoginChallenge.expires_at < moment)
    )


# --- links ---------------------------------------------------------------------------------------------------------


async def find_user_by_link(session: AsyncSession, token_hash: str, purpose: str) -> tuple[User, Tenant] | None:
    """Whose link it is, if it still works and they may still sign in."""
    row = (
        await session.execute(
            select(User, Tenant)
            .join(OneTimeLink, OneTimeLink.user_id == User.id)
            .join(Tenant, Tenant.id == User.tenant_id)
            .where(
                OneTimeLink.token_hash == token_hash,
                OneTimeLink.purpose == purpose,
                OneTimeLink.used_at.is_(None),
                OneTimeLink.expires_at > now(),
                User.deleted_at.is_(None),
                *let_in(),
            )
        )
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def find_invited(session: AsyncSession, tenant_id: UUID, email: str, role: str) -> User | None:
    """Somebody of this role who has not taken the invitation yet."""
    return await session.scalar(
        select(User)
        .where(User.tenant_id == tenant_id, User.email == email, User.role == role)
        .where(User.invited_at.is_not(None), User.active, User.deleted_at.is_(None))
        .with_for_update()
    )


async def delete_links_of(session: AsyncSession, user_id: UUID) -> None:
    """Those that nobody has used."""
    await session.execute(delete(OneTimeLink).where(OneTimeLink.user_id == user_id, OneTimeLink.used_at.is_(None)))


# --- living sign-ins -----------------------------------------------------------------------------------------------


async def list_sessions(
    session: AsyncSession, user_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[LoginSession]:
    """The newest first."""
    statement = select(LoginSession).where(
        LoginSession.user_id == user_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now()
    )
    if after is not None:
        created_at, session_id = after
        statement = statement.where(
            (LoginSession.created_at < created_at)
            | ((LoginSession.created_at == created_at) & (LoginSession.id < session_id))
        )
    statement = statement.order_by(LoginSession.created_at.desc(), LoginSession.id.desc()).limit(limit)
    return (await session.scalars(statement)).all()


async def revoke_own_session(session: AsyncSession, user_id: UUID, session_id: UUID) -> bool:
    """Ends a living sign-in of this person; False when there is none of this id."""
    ended = await session.scalar(
        update(LoginSession)
        .where(
            LoginSession.id == session_id,
            LoginSession.user_id == user_id,
            LoginSession.revoked_at.is_(None),
            LoginSession.expires_at > now(),
        )
        .values(revoked_at=now(), revoked_reason="revoked")
        .returning(LoginSession.id)
    )
    return ended is not None


async def revoke_sessions_without_factor(session: AsyncSession, tenant_id: UUID, roles: Collection[str]) -> None:
    """Those of people with a password and one of these roles who have no second factor."""
    proven = select(SecondFactor.user_id).where(SecondFactor.confirmed_at.is_not(None))
    people = select(User.id).where(
        User.tenant_id == tenant_id, User.role.in_(roles), User.password_hash.is_not(None), User.id.not_in(proven)
    )
    await session.execute(
        update(LoginSession)
        .where(LoginSession.user_id.in_(people), LoginSession.revoked_at.is_(None))
        .values(revoked_at=now(), revoked_reason="second factor")
        .execution_options(synchronize_session=False)
    )
