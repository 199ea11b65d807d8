"""People's accounts in the hands of administrators: who may do what to whom, and what ends with it."""

from uuid import UUID

from nexus.access.principal import Principal, Role
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, ForbiddenError
from nexus.identity import acts, endings, queries, second_factor, service, sign_in_queries
from nexus.identity.errors import ProtectedUserError
from nexus.identity.models import User
from nexus.identity.schemas import NewAccount, UserChange


async def open_account(
    session: AsyncSession, principal: Principal, new: NewAccount, *, password_hash: str | None
) -> User:
    """A colleague's account. Raises ForbiddenError for a role above one's own, NotFoundError, TakenError."""
    require_reach(principal, new.role)
    user = await service.create_user(
        session,
        tenant_id=principal.tenant_id,
        email=new.email,
        name=new.name,
        role=new.role,
        password_hash=password_hash,
        department_id=new.department_id,
        group_ids=new.group_ids,
    )
    record(session, principal, Action.USER_CREATED, acts.target(user), await acts.account(session, user))
    return user


async def update_user(session: AsyncSession, principal: Principal, user_id: UUID, change: UserChange) -> User:
    """Raises NotFoundError, ProtectedUserError, ForbiddenError for a role above one's own, ConflictError."""
    user = await service.get_user(session, principal.tenant_id, user_id)
    _require_power_over(principal, user)
    before = await acts.account(session, user)
    if change.role not in {None, user.role} or change.active not in {None, user.active}:
        _require_other_than_founder_and_self(principal, user)
    if change.role is not None:
        require_reach(principal, change.role)
        user.role = change.role
        await queries.save(session, taken="")
        await second_factor.enforce(session, await service.get_tenant(session, user.tenant_id))
    if change.active is not None:
        await endings.set_active(session, user, active=change.active)
    if change.name is not None:
        user.name = change.name
    if "department_id" in change.model_fields_set:
        if change.department_id is not None:
            await service.get_department(session, principal.tenant_id, change.department_id)
        user.department_id = change.department_id
    if change.group_ids is not None:
        # The difference alone: groups that somebody else looks after stay as they are, and are not ours to change.
        present, wanted = set(before["group_ids"]), set(change.group_ids)
        member = {"tenant_id": principal.tenant_id, "user_id": user_id}
        for group_id in sorted(wanted - present):
            await service.add_member(session, group_id=group_id, **member)
        for group_id in sorted(present - wanted):
            await service.remove_member(session, group_id=group_id, **member)
    if changed := changes(before, await acts.account(session, user)):
        record(session, principal, Action.USER_CHANGED, acts.target(user), changed)
    return user


async def delete_user(session: AsyncSession, principal: Principal, user_id: UUID) -> None:
    """Ends the account and takes everything personal off its row; what they made for the company stays.

    Conversations and personal knowledge bases are removed by a job of this transaction.

    Raises NotFoundError, ProtectedUserError, ConflictError.
    """
    user = await get_governed(session, principal, user_id)
    record(session, principal, Action.USER_DELETED, acts.target(user))
    await endings.erase_user(session, user)


async def reset_password(session: AsyncSession, principal: Principal, user_id: UUID, password_hash: str) -> None:
    """Gives a colleague a new password and ends their sign-ins.

    Raises NotFoundError, ProtectedUserError, ConflictError.
    """
    user = await get_governed(session, principal, user_id)
    await set_password(session, user, password_hash)
    record(session, principal, Action.PASSWORD_RESET, acts.target(user))


async def set_password(session: AsyncSession, user: User, password_hash: str, *, keep: UUID | None = None) -> None:
    """Replaces the password and ends every sign-in, except the one to keep, and every link."""
    user.password_hash = password_hash
    user.invited_at = None
    await endings.end_every_way_in(session, user.id, "password", keep=keep)


async def end_sessions(session: AsyncSession, principal: Principal, user_id: UUID) -> None:
    """Raises NotFoundError, ProtectedUserError, ConflictError."""
    user = await get_governed(session, principal, user_id)
    await queries.revoke_sessions_of(session, user.id, "administrator")
    record(session, principal, Action.SESSIONS_ENDED, acts.target(user))


async def turn_off_second_factor(session: AsyncSession, principal: Principal, user_id: UUID) -> None:
    """For whoever has lost it; their sign-ins end. Where the tenant requires one, the next sign-in asks for a new one.

    Raises NotFoundError, ProtectedUserError, ConflictError.
    """
    user = await get_governed(session, principal, user_id)
    await sign_in_queries.delete_factor(session, user.id)
    await queries.revoke_sessions_of(session, user.id, "second factor")
    record(session, principal, Action.SECOND_FACTOR_OFF, acts.target(user))


async def get_governed(session: AsyncSession, principal: Principal, user_id: UUID) -> User:
    """Somebody over whose account the principal has power. Raises NotFoundError, ProtectedUserError, ConflictError."""
    user = await service.get_user(session, principal.tenant_id, user_id)
    _require_power_over(principal, user)
    _require_other_than_founder_and_self(principal, user)
    return user


def require_reach(principal: Principal, role: Role) -> None:
    if not principal.role.reaches(role):
        raise ForbiddenError("You cannot give a role that is above your own.")


def require_power_over_account(principal: Principal, user: User) -> None:
    """For what opens another's account: a new password, another way of signing in. One's own account is one's own.

    Raises ProtectedUserError.
    """
    _require_power_over(principal, user)
    if user.is_founder and user.id != principal.user_id:
        raise ProtectedUserError("Only the super admin of the first start can do this to their account.")


def _require_power_over(principal: Principal, user: User) -> None:
    if not principal.role.reaches(Role(user.role)):
        raise ProtectedUserError("This person's role is above yours.")


def _require_other_than_founder_and_self(principal: Principal, user: User) -> None:
    if user.is_founder:
        raise ProtectedUserError("The super admin of the first start cannot be changed in this way by anybody.")
    if user.id == principal.user_id:
        raise ConflictError("Nobody can do this to themselves. Ask another administrator.")
