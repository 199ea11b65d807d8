"""Secrets with which programs act as a person: made by that person, within what they may do, until a day."""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from nexus.access.principal import KeyScope, Principal
from nexus.audit.acts import Action
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError, NotFoundError
from nexus.identity import acts, queries
from nexus.identity.models import ApiKey
from nexus.identity.tokens import API_KEY_PREFIX, token_hash

MOST_KEYS: Final = 50
"""That one person may have at a time."""
_ENDING: Final = 4
_EXACT_SECONDS: Final = 60.0
_REMEMBERED: Final = 10_000


async def create_key(
    session: AsyncSession, principal: Principal, *, name: str, scopes: Collection[KeyScope], lifetime: timedelta
) -> tuple[ApiKey, str]:
    """The key and its secret, which nobody can be told again. Raises ConflictError when there are too many."""
    if len(await queries.list_keys(session, principal.user_id)) >= MOST_KEYS:
        raise ConflictError(f"You have {MOST_KEYS} API keys. Revoke those that are not used any more.")
    secret = API_KEY_PREFIX + secrets.token_urlsafe(32)
    key = ApiKey(
        user_id=principal.user_id,
        name=name,
        token_hash=token_hash(secret),
        ending=secret[-_ENDING:],
        scopes=sorted(set(scopes)),
        expires_at=now() + lifetime,
    )
    await queries.add(session, key)
    details = {"scopes": key.scopes, "expires_at": key.expires_at}
    record(session, principal, Action.API_KEY_CREATED, acts.target(key), details)
    return key, secret


async def list_keys(session: AsyncSession, principal: Principal) -> Sequence[ApiKey]:
    return await queries.list_keys(session, principal.user_id)


async def revoke_key(session: AsyncSession, principal: Principal, key_id: UUID) -> None:
    """From the next request on it opens nothing. Raises NotFoundError, the same for unknown and other people's."""
    key = await queries.revoke_key(session, principal.user_id, key_id)
    if key is None:
        raise NotFoundError("There is no such API key.")
    record(session, principal, Action.API_KEY_REVOKED, acts.target(key))


class KeyUses:
    """Stores when a key was last used, once a minute: that is exact enough, and a write for each request is not."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._stored: OrderedDict[UUID, float] = OrderedDict()

    async def note(self, db: Database, key_id: UUID) -> None:
        moment = self._clock()
        if moment - self._stored.get(key_id, -_EXACT_SECONDS) < _EXACT_SECONDS:
            return
        self._stored[key_id] = moment
        self._stored.move_to_end(key_id)
        while len(self._stored) > _REMEMBERED:
            self._stored.popitem(last=False)
        async with db.write(durable=False) as session:
            await queries.touch_key(session, key_id)
