"""How often a person, and a tenant, may ask something of the API in a minute. In Redis where there is one, so that
all processes count together; else in this process's memory, which is the only one."""

import logging
import math
import time
from dataclasses import dataclass
from typing import Final

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from limits.errors import StorageError
from redis.asyncio import ConnectionPool

from nexus.access.principal import Principal
from nexus.core.settings import LimitSettings
from nexus.identity.errors import TooManyRequestsError

logger = logging.getLogger(__name__)

_REDIS_SECONDS: Final = 0.25
"""A Redis that is slower than that is done without: a limit is no reason to be down."""


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
        self._items = {
            name: RateLimitItemPerMinute(limit)
            for name, limit in (("user", settings.user_requests), ("tenant", settings.tenant_requests))
            if limit
        }
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
        if principal.login_session_id is None and principal.api_key_id is None:
            return None
        who = {"user": principal.user_id.hex, "tenant": principal.tenant_id.hex}
        narrowest: Allowance | None = None
        for name, item in self._items.items():
            try:
                admitted = await self._limiter.hit(item, name, who[name])
                stats = await self._limiter.get_window_stats(item, name, who[name])
            except StorageError as error:
                logger.warning("requests are not counted, Redis does not answer: %s", error)
                return None
            left = Allowance(item.amount, max(0, stats.remaining), max(1, math.ceil(stats.reset_time - time.time())))
            if not admitted:
                raise TooManyRequestsError(left.reset, left.headers)
            if narrowest is None or left.remaining < narrowest.remaining:
                narrowest = left
        return narrowest
