"""Signing in, staying signed in, signing out; and the very first sign-in of an installation.

Hashing takes tens of milliseconds, so what needs it takes the database and not a session: it reads, hashes,
and writes, in transactions that do not wait for it.
"""

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nexus.access.principal import Principal, Role
from nexus.audit.acts import INSTALLATION, Action, Actor, Credential, Outcome, Target
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.settings import Settings, SettingsError
from nexus.identity import accounts, acts, queries, service, sign_in_queries, two_steps
from nexus.identity.errors import (
    InvalidTokenError,
    LinkSpentError,
    PasswordSignInOffError,
    TakenError,
    WeakPasswordError,
    WrongCredentialsError,
    WrongPasswordError,
)
from nexus.identity.login_sessions import SignedIn, Visitor, note_use, open_session
from nexus.identity.models import LoginSession, OneTimeLink, User
from nexus.identity.passwords import PasswordHasher, check_strength
from nexus.identity.tokens import SessionCredential, Tokens, token_hash
from nexus.identity.two_steps import Challenge

logger = logging.getLogger(__name__)

REFRESH_GRACE: Final = timedelta(seconds=10)
"""So long after a rotation, the tabs that still hold the token before it get the same successor."""
LINK_LIFETIME: Final = timedelta(hours=24)

_SETUP: Final = "setup"


@dataclass(frozen=True, slots=True)
class SetupLink:
    """Opens the installation to whoever has it: for the server's own output alone."""

    url: str
    expires_at: datetime


async def ensure_first_start(db: Database, settings: Settings, passwords: PasswordHasher) -> SetupLink | None:
    """Where there is nobody yet: creates the super admin of the settings, or a set-up link to print.

    A new link replaces the one before. Raises SettingsError when the super admin's password is too weak.
    """
    async with db.read() as session:
        if await queries.has_users(session):
            return None
    email, password = settings.super_admin.email, settings.super_admin.password.get_secret_value()
    if email and password:
        await _create_configured_founder(db, passwords, email.strip().lower(), password)
        return None
    token = secrets.token_urlsafe(32)
    link = OneTimeLink(token_hash=token_hash(token), purpose=_SETUP, expires_at=now() + LINK_LIFETIME)
    async with db.write() as session:
        await queries.delete_unused_links(session, _SETUP)
        await queries.add(session, link)
    return SetupLink(f"{settings.public_url}/setup#token={token}", link.expires_at)


async def _create_configured_founder(db: Database, passwords: PasswordHasher, email: str, password: str) -> None:
    try:
        check_strength(password, email=email, name="")
    except WeakPasswordError as error:
        raise SettingsError(f"NEXUS_SUPER_ADMIN__PASSWORD: {error.detail}") from None
    password_hash = await passwords.hash(password)
    try:
        async with db.write() as session:
            founder = await _found(session, "Company", email, "Administrator", password_hash)
            record(session, acts.actor(founder, Credential.SETTINGS), Action.SET_UP)
    except TakenError:
        # Another process of the same installation started at the same moment and was first.
        async with db.read() as session:
            if not await queries.has_users(session):
                raise


async def set_up(
    db: Database,
    passwords: PasswordHasher,
    tokens: Tokens,
    *,
    token: str,
    email: str,
    password: str,
    name: str,
    tenant_name: str,
    visitor: Visitor,
) -> SignedIn:
    """Uses the set-up link up: creates the tenant and its founder, and signs the founder in.

    Raises LinkSpentError, WeakPasswordError.
    """
    hashed = token_hash(token)
    async with db.read() as session:
        if await queries.find_link(session, hashed, _SETUP) is None or await queries.has_users(session):
            raise LinkSpentError
    check_strength(password, email=email, name=name)
    password_hash = await passwords.hash(password)
    async with db.write() as session:
        if not await queries.redeem_link(session, hashed, _SETUP) or await queries.has_users(session):
            raise LinkSpentError
        founder = await _found(session, tenant_name, email, name, password_hash)
        record(session, acts.actor(founder, Credential.SETUP_LINK), Action.SET_UP)
        return await open_session(session, tokens, founder, visitor)


async def _found(session: AsyncSession, tenant_name: str, email: str, name: str, password_hash: str) -> User:
    tenant = await service.create_tenant(session, name=tenant_name)
    return await service.create_user(
        session,
        tenant_id=tenant.id,
        email=email,
        name=name,
        role=Role.SUPER_ADMIN,
        password_hash=password_hash,
        is_founder=True,
    )


async def sign_in(
    db: Database,
    passwords: PasswordHasher,
    tokens: Tokens,
    *,
    email: str,
    password: str,
    visitor: Visitor,
    founder_alone: bool = False,
) -> SignedIn | Challenge:
    """Raises WrongCredentialsError, after the same work, whatever was wrong.

    With `founder_alone` everybody else has to come through the identity provider: PasswordSignInOffError, which is
    told to those alone who know the password.
    """
    try:
        return await _sign_in(db, passwords, tokens, email, password, visitor, founder_alone=founder_alone)
    except (WrongCredentialsError, PasswordSignInOffError):
        await _record_refusal(db, email)
        raise


async def _record_refusal(db: Database, email: str) -> None:
    """What was typed is not kept where nobody has that address: people type passwords there."""
    nobody = Actor(INSTALLATION, None, "", Credential.PASSWORD)
    async with db.write(durable=False) as session:
        user = await queries.find_user_by_email(session, email.strip().lower())
        who = acts.actor(user, Credential.PASSWORD) if user else nobody
        record(session, who, Action.SIGN_IN_FAILED, outcome=Outcome.REFUSED)


async def _sign_in(
    db: Database,
    passwords: PasswordHasher,
    tokens: Tokens,
    email: str,
    password: str,
    visitor: Visitor,
    *,
    founder_alone: bool,
) -> SignedIn | Challenge:
    async with db.read() as session:
        user = await queries.find_user_by_email(session, email.strip().lower())
    stored = user.password_hash if user else None
    right = await passwords.verify(stored, password)
    if not right or user is None or stored is None:
        raise WrongCredentialsError
    fresh = await passwords.hash(password) if passwords.is_outdated(stored) else stored
    async with db.write() as session:
        user = await sign_in_queries.lock_user(session, user.id)
        if user is None or not user.active or user.password_hash != stored:
            raise WrongCredentialsError
        if founder_alone and not user.is_founder:
            raise PasswordSignInOffError
        user.password_hash = fresh
        return await two_steps.admit(session, tokens, user, visitor, Credential.PASSWORD)


async def refresh(session: AsyncSession, tokens: Tokens, presented: str, visitor: Visitor) -> SignedIn | None:
    """New tokens for a refresh token, or None when it is not good.

    A spent one (somebody else holds its successor) ends the sign-in for everybody who holds it: the caller
    must commit although there is nothing to give.
    """
    session_id = tokens.session_of(presented)
    login_session = await queries.lock_session_of_active_user(session, session_id) if session_id else None
    if login_session is None:
        return None
    moment = now()
    just_rotated = login_session.created_at < login_session.rotated_at > moment - REFRESH_GRACE
    successor = tokens.successor(presented)
    if login_session.refresh_hash == token_hash(presented):
        # One rotation in a grace period: all the tabs of a browser then agree, in whatever order they ask.
        if just_rotated:
            successor = presented
        else:
            login_session.refresh_hash = token_hash(successor)
            login_session.rotated_at = moment
            note_use(login_session, visitor, moment)
    elif not (just_rotated and login_session.refresh_hash == token_hash(successor)):
        logger.warning("a spent refresh token came back: sign-in %s is ended", login_session.id)
        await queries.revoke_session(session, login_session.id, "reuse")
        await _record_of_session(session, login_session, Action.REFRESH_REUSED, Outcome.REFUSED)
        return None
    access_token = tokens.access(SessionCredential(login_session.user_id, login_session.id), moment)
    return SignedIn(access_token, successor, login_session.expires_at)


async def sign_out(session: AsyncSession, tokens: Tokens, presented: str) -> None:
    """Ends the sign-in that the refresh token, good or spent, was made for. Anything else is ignored."""
    if session_id := tokens.session_of(presented):
        login_session = await queries.lock_session_of_active_user(session, session_id)
        await queries.revoke_session(session, session_id, "logout")
        if login_session is not None:
            await _record_of_session(session, login_session, Action.SIGNED_OUT)


async def end_from_provider(session: AsyncSession, login_session: LoginSession) -> None:
    """The identity provider says that it is over."""
    await queries.revoke_session(session, login_session.id, "provider")
    await _record_of_session(session, login_session, Action.SIGNED_OUT)


async def _record_of_session(
    session: AsyncSession, login_session: LoginSession, action: Action, outcome: Outcome = Outcome.DONE
) -> None:
    if user := await queries.find_user(session, login_session.user_id):
        target = Target("login_session", login_session.id)
        record(session, acts.actor(user, Credential.SESSION), action, target, outcome=outcome)


async def change_password(
    db: Database, passwords: PasswordHasher, principal: Principal, *, current: str, new: str
) -> None:
    """Changes one's own password and ends one's other sign-ins. Raises WrongPasswordError, WeakPasswordError."""
    user = await require_password(db, passwords, principal, current, Action.PASSWORD_CHANGED)
    check_strength(new, email=user.email, name=user.name)
    password_hash = await passwords.hash(new)
    async with db.write() as session:
        user = await service.get_user(session, principal.tenant_id, principal.user_id)
        await accounts.set_password(session, user, password_hash, keep=principal.login_session_id)
        record(session, principal, Action.PASSWORD_CHANGED, acts.target(user))


async def require_password(
    db: Database, passwords: PasswordHasher, principal: Principal, password: str, action: Action
) -> User:
    """Oneself, after giving the password again; a wrong one is a refused `action`.

    Raises WrongPasswordError, InvalidTokenError.
    """
    async with db.read() as session:
        user = await queries.find_user(session, principal.user_id)
    if user is None:
        raise InvalidTokenError
    if not await passwords.verify(user.password_hash, password):
        async with db.write(durable=False) as session:
            record(session, principal, action, acts.target(user), outcome=Outcome.REFUSED)
        raise WrongPasswordError
    return user
