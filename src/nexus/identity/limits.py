"""How often a person, a tenant, a directory may ask something of the API in a minute, and a stranger at the
identity provider's door. In Redis where there is one, so that
all processes count together; else in this process's memory, which is the only one."""

import logging
import math
import time
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from nexus.access.principal import Principal
from nexus.core.settings import LimitSettings
from nexus.identity.errors import TooManyRequestsError
from nexus.identity.throttle import network

logger = logging.getLogger(__name__)

_REDIS_SECONDS: Final = 0.25
"""A Redis that is slower than that is done without: a limit is no reason to be down."""
_VISITS: Final = 120
"""Sign-ins at the identity provider that one network may begin or end in a minute; an office leaves by one address."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of the narrowest limit. `reset` in seconds from now."""

    limit: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }


class RateLimits:
    def __init__(self, settings: LimitSettings, redis_url: str = "") -> None:
        limits = {
            "user": settings.user_requests,
            "tenant": settings.tenant_requests,
            "directory": settings.directory_requests,
            "visitor": _VISITS,
        }
        self._items = {name: RateLimitItemPerMinute(limit) for name, limit in limits.items() if limit}
        self._pool: ConnectionPool | None = None
        storage: Storage = MemoryStorage()
        if redis_url:
            timeouts = {"socket_timeout": _REDIS_SECONDS, "socket_connect_timeout": _REDIS_SECONDS}
            self._pool = ConnectionPool.from_url(redis_url, **timeouts)  # pyright: ignore[reportUnknownMemberType]
            storage = RedisStorage(
                f"async+{redis_url}",
                implementation="redispy",
                wrap_exceptions=True,
                key_prefix="nexus-limits",
                connection_pool=self._pool,  # pyright: ignore[reportArgumentType]
            )
        self._limiter = SlidingWindowCounterRateLimiter(storage)

    async def aclose(self) -> None:
        if self._pool is not None:
            await self._pool.aclose()

    async def admit(self, principal: Principal) -> Allowance | None:
        """Counts a request; None where nothing limits it. Raises TooManyRequestsError.

        The command line of the server's own machine is not limited: whoever reads the data folder needs no door.
        """
        if principal.is_operator:
            return None
        return await self._count(user=principal.user_id.hex, tenant=principal.tenant_id.hex)

    async def admit_directory(self, token_id: UUID) -> Allowance | None:
        """Counts a request that came with this SCIM token. Raises TooManyRequestsError."""
        return await self._count(directory=token_id.hex)

    async def admit_visitor(self, ip: str) -> None:
        """Counts somebody whom we are about to ask the identity provider about. Raises TooManyRequestsError."""
        await self._count(visitor=network(ip))

    async def _count(self, **who: str) -> Allowance | None:
        narrowest: Allowance | None = None
        for name, key in who.items():
            item = self._items.get(name)
            if item is None:
                continue
            try:
                admitted = await self._limiter.hit(item, name, key)
                stats = await self._limiter.get_window_stats(item, name, key)
            except StorageError as error:
                logger.warning("requests are not counted, Redis does not answer: %s", error)
                return None
            left = Allowance(item.amount, max(0, stats.remaining), max(1, math.ceil(stats.reset_time - time.time())))
            if not admitted:
                raise TooManyRequestsError(left.reset, left.headers)
            if narrowest is None or left.remaining < narrowest.remaining:
                narrowest = left
        return narrowest
