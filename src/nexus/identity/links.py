"""One-time links: an invitation, and a new password for whoever forgot theirs.

The link is shown to the administrator once, to be handed on; `mailing` sends it where there is a mail server. Its
token stands in the fragment of the address, which no browser sends to a server, and is stored as a hash.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal, Role
from nexus.audit.acts import Action, Credential
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError
from nexus.identity import accounts, acts, queries, service, sign_in_queries, two_steps
from nexus.identity.errors import AskAgainError, SignUpClosedError
from nexus.identity.login_sessions import SignedIn, Visitor
from nexus.identity.mail_texts import Purpose
from nexus.identity.models import OneTimeLink, Tenant, User
from nexus.identity.passwords import PasswordHasher, check_strength
from nexus.identity.people_queries import state_of
from nexus.identity.schemas import NewAccount, UserState
from nexus.identity.tokens import Tokens, token_hash
from nexus.identity.two_steps import Challenge

_LIFETIMES: Final[dict[Purpose, timedelta]] = {"invite": timedelta(days=7), "reset": timedelta(hours=24)}
_TAKEN: Final[dict[Purpose, Action]] = {"invite": Action.INVITATION_TAKEN, "reset": Action.PASSWORD_RESET}


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """Opens an account to whoever has it; the rest says who should."""

    purpose: Purpose
    url: str
    expires_at: datetime
    email: str
    name: str
    tenant_name: str


async def _issue(session: AsyncSession, user: User, purpose: Purpose, public_url: str) -> IssuedLink:
    """A new link replaces those before."""
    await sign_in_queries.delete_links_of(session, user.id)
    token = secrets.token_urlsafe(32)
    expires_at = now() + _LIFETIMES[purpose]
    await queries.add(
        session,
        OneTimeLink(token_hash=token_hash(token), purpose=purpose, user_id=user.id, expires_at=expires_at),
    )
    tenant = await service.get_tenant(session, user.tenant_id)
    url = f"{public_url}/{purpose}/#token={token}"
    return IssuedLink(purpose, url, expires_at, user.email, user.name, tenant.name)


async def invite(
    session: AsyncSession, principal: Principal, new: NewAccount, public_url: str
) -> tuple[User, IssuedLink]:
    """Opens an account that its owner has yet to take. Raises as `accounts.open_account`."""
    user = await accounts.open_account(session, principal, new, password_hash=None)
    user.invited_at = now()
    record(session, principal, Action.USER_INVITED, acts.target(user))
    return user, await _issue(session, user, "invite", public_url)


async def invite_administrator(
    session: AsyncSession, principal: Principal, tenant: Tenant, *, email: str, name: str, public_url: str
) -> tuple[User, IssuedLink]:
    """Opens an administrator's account in a tenant that is not the principal's own; to one who has yet to take the
    invitation it gives a new link, in case the first was lost. Raises TakenError."""
    user = await sign_in_queries.find_invited(session, tenant.id, email, Role.ADMIN)
    if user is None:
        user = await service.create_user(
            session, tenant_id=tenant.id, email=email, name=name, role=Role.ADMIN, password_hash=None
        )
        about = await acts.account(session, user)
        record(session, principal, Action.USER_CREATED, acts.target(user), about, tenant_id=tenant.id)
    user.invited_at = now()
    record(session, principal, Action.USER_INVITED, acts.target(user), tenant_id=tenant.id)
    return user, await _issue(session, user, "invite", public_url)


async def invite_again(session: AsyncSession, principal: Principal, user_id: UUID, public_url: str) -> IssuedLink:
    """Raises NotFoundError, ProtectedUserError, ConflictError for somebody who is in already."""
    user = await accounts.get_governed(session, principal, user_id)
    if state_of(user) is not UserState.INVITED:
        raise ConflictError("This person has no open invitation.")
    user.invited_at = now()
    record(session, principal, Action.USER_INVITED, acts.target(user))
    return await _issue(session, user, "invite", public_url)


async def issue_reset(session: AsyncSession, principal: Principal, user_id: UUID, public_url: str) -> IssuedLink:
    """The password stays as it is until the link is used. Raises NotFoundError, ProtectedUserError, ConflictError."""
    user = await accounts.get_governed(session, principal, user_id)
    if state_of(user) is not UserState.ACTIVE:
        raise ConflictError("Only an active account can get a new password. Invite or activate the person first.")
    record(session, principal, Action.RESET_LINK_ISSUED, acts.target(user))
    return await _issue(session, user, "reset", public_url)


async def issue_own_reset(session: AsyncSession, user_id: UUID, public_url: str) -> IssuedLink | None:
    """A link for whoever asked for it at the door; None for whoever has no password to forget."""
    user = await sign_in_queries.lock_user(session, user_id)
    if user is None or state_of(user) is not UserState.ACTIVE or user.password_hash is None:
        return None
    record(session, acts.actor(user, Credential.NONE), Action.RESET_LINK_MAILED, acts.target(user))
    return await _issue(session, user, "reset", public_url)


async def look(session: AsyncSession, purpose: Purpose, token: str) -> tuple[User, Tenant]:
    """Whom a link is for. Raises AskAgainError."""
    found = await sign_in_queries.find_user_by_link(session, token_hash(token), purpose)
    if found is None:
        raise AskAgainError
    return found


async def use(
    db: Database,
    passwords: PasswordHasher,
    tokens: Tokens,
    *,
    purpose: Purpose,
    token: str,
    password: str,
    name: str | None = None,
    visitor: Visitor,
) -> SignedIn | Challenge:
    """Uses the link up: sets the password, and the name, and lets the person in as after a sign-in.

    Raises AskAgainError, WeakPasswordError.
    """
    async with db.read() as session:
        user, _ = await look(session, purpose, token)
    check_strength(password, email=user.email, name=name or user.name)
    password_hash = await passwords.hash(password)
    async with db.write() as session:
        user = await sign_in_queries.lock_user(session, user.id)
        if user is None or not user.active or not await queries.redeem_link(session, token_hash(token), purpose):
            raise AskAgainError
        await accounts.set_password(session, user, password_hash)
        user.name = name or user.name
        who = acts.actor(user, Credential.ONE_TIME_LINK)
        record(session, who, _TAKEN[purpose], acts.target(user))
        return await two_steps.admit(session, tokens, user, visitor, Credential.ONE_TIME_LINK)


async def sign_up(
    db: Database,
    passwords: PasswordHasher,
    tokens: Tokens,
    *,
    email: str,
    name: str,
    password: str,
    visitor: Visitor,
) -> SignedIn | Challenge:
    """An account of one's own making. Raises SignUpClosedError, WeakPasswordError, TakenError."""
    async with db.read() as session:
        await _tenant_for(session, email)
    check_strength(password, email=email, name=name)
    password_hash = await passwords.hash(password)
    async with db.write() as session:
        tenant = await _tenant_for(session, email)
        user = await service.create_user(
            session, tenant_id=tenant.id, email=email, name=name, role=Role.USER, password_hash=password_hash
        )
        record(session, acts.actor(user, Credential.PASSWORD), Action.SIGNED_UP, acts.target(user))
        return await two_steps.admit(session, tokens, user, visitor, Credential.PASSWORD)


async def _tenant_for(session: AsyncSession, email: str) -> Tenant:
    """The tenant that names the address's domain; else the one that takes any, where there is only one."""
    domain = email.rpartition("@")[2]
    tenants = await sign_in_queries.tenants_open_for_sign_up(session)
    for fitting in (
        [tenant for tenant in tenants if domain in tenant.sign_up_domains],
        [tenant for tenant in tenants if not tenant.sign_up_domains],
    ):
        if len(fitting) == 1:
            return fitting[0]
    raise SignUpClosedError
