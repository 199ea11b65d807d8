"""Sign-ins as things that live and end: opened when everything is proven, shown to their owner, revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.ids import new_id
from nexus.identity import queries, service, sign_in_queries
from nexus.identity.models import LoginSession, User
from nexus.identity.tokens import SessionCredential, Tokens, token_hash
from nexus.providers.oidc.base import Identity

SESSION_LIFETIME: Final = timedelta(days=7)
"""Counted from the sign-in: refreshing does not prolong it."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is at the door, as far as the request tells."""

    user_agent: str = ""
    ip: str = ""
    device_marks: str = ""
    """What the browser keeps of those who have signed in with it."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a person holds after signing in."""

    access_token: str
    refresh_token: str
    expires_at: datetime
    """When the sign-in ends and the refresh token with it."""
    email: str = ""
    """Whose sign-in it is; empty when an old one was refreshed."""


async def open_session(
    session: AsyncSession,
    tokens: Tokens,
    user: User,
    visitor: Visitor,
    *,
    via: Identity | None = None,
    lifetime: timedelta = SESSION_LIFETIME,
) -> SignedIn:
    """For whoever has proven who they are; `via` is what an identity provider vouched for."""
    moment = now()
    await queries.delete_sessions_expired_before(session, user.id, moment)
    session_id = new_id()
    refresh_token = tokens.refresh(session_id)
    login_session = LoginSession(
        id=session_id,
        user_id=user.id,
        refresh_hash=token_hash(refresh_token),
        created_at=moment,
        rotated_at=moment,
        last_used_at=moment,
        expires_at=moment + lifetime,
        user_agent=visitor.user_agent[:300],
        ip=visitor.ip[:45],
        provider_issuer=via.issuer if via else None,
        provider_session=(via.session[:255] or None) if via else None,
        logout_hint=(via.logout_hint[:500] or None) if via else None,
    )
    await queries.add(session, login_session)
    user.last_login_at = moment
    access_token = tokens.access(SessionCredential(user.id, session_id), moment)
    return SignedIn(access_token, refresh_token, login_session.expires_at, user.email)


def note_use(login_session: LoginSession, visitor: Visitor, moment: datetime) -> None:
    login_session.last_used_at = moment
    login_session.ip = visitor.ip[:45] or login_session.ip
    login_session.user_agent = visitor.user_agent[:300] or login_session.user_agent


async def end(session: AsyncSession, principal: Principal, session_id: UUID) -> None:
    """One of one's own. Raises NotFoundError."""
    if not await sign_in_queries.revoke_own_session(session, principal.user_id, session_id):
        raise service.no_such("login session")
    record(session, principal, Action.SESSION_ENDED, Target("login_session", session_id))


async def end_others(session: AsyncSession, principal: Principal) -> None:
    """All of one's own but the one that asks."""
    await queries.revoke_sessions_of(session, principal.user_id, "revoked", keep=principal.login_session_id)
    record(session, principal, Action.SESSIONS_ENDED, Target("user", principal.user_id))
