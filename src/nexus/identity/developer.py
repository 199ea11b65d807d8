"""The developer's way in: the user whom the settings name, without a proof, on this machine alone.

It opens an ordinary sign-in, shorter than others, so that everything after it goes the way of every sign-in.
`core/profile.py` sees to it that no process starts with it where others could come.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from nexus.audit.acts import Action, Credential
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError
from nexus.core.settings_security import is_loopback
from nexus.identity import acts, queries, service, sign_in_queries
from nexus.identity.login_sessions import SignedIn, Visitor, open_session
from nexus.identity.tokens import Tokens

LIFETIME: Final = timedelta(hours=12)
"""It outlives the setting no longer than a working day."""

_FORWARDED: Final = {
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "true-client-ip",
    "client-ip",
}
_FORWARDED_STEMS: Final = ("x-forwarded", "x-original", "cf-", "x-envoy", "fly-")


def comes_from_this_machine(ip: str, headers: Mapping[str, str]) -> bool:
    """And not through a proxy on it, which would bring everybody."""
    names = [name.lower() for name in headers]
    forwarded = any(name in _FORWARDED or name.startswith(_FORWARDED_STEMS) for name in names)
    # A name that somebody else has lead here (DNS rebinding) stands in Host.
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    return is_loopback(ip) and is_loopback(host) and not forwarded


async def enter(session: AsyncSession, tokens: Tokens, email: str, visitor: Visitor) -> SignedIn:
    """Raises ConflictError where the settings name nobody who may sign in."""
    named = await queries.find_user_by_email(session, email.strip().lower())
    user = await sign_in_queries.lock_user(session, named.id) if named else None
    if user is None or not user.active or (await service.get_tenant(session, user.tenant_id)).suspended_at:
        raise ConflictError("NEXUS_DEVELOPER_USER names nobody who may sign in. Set it to an active user's address.")
    record(session, acts.actor(user, Credential.DEVELOPER), Action.SIGNED_IN)
    return await open_session(session, tokens, user, visitor, lifetime=LIFETIME)
