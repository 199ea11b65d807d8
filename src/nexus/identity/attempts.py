"""Where attempts are counted: in this process's memory, or in Redis, where all processes count together."""

import hashlib
import logging
import secrets
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from redis.asyncio import Redis
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

Key = tuple[str, str]
"""What kind of thing, and which."""
Limits = tuple[tuple[int, float], ...]
"""So many attempts in so many seconds, each of them."""

REMEMBERED: Final = 10_000
"""Keys that memory keeps; the least recently used ones are forgotten first."""

_KNOWN_SECONDS: Final = 30 * 24 * 3600
_REDIS_SECONDS: Final = 0.5
"""A Redis that is slower than that is done without."""

# Each key has a sorted set: a member an attempt, its moment as the score. All or none are counted.
_TAKE: Final = """
local moment = tonumber(ARGV[1])
if not moment then
  local time = redis.call('TIME')
  moment = tonumber(time[1]) + tonumber(time[2]) / 1000000
end
local at, wait, longest = 3, 0, {}
for number, key in ipairs(KEYS) do
  local windows = tonumber(ARGV[at])
  longest[number] = 0
  for window = 1, windows do
    longest[number] = math.max(longest[number], tonumber(ARGV[at + 2 * window]))
  end
  redis.call('ZREMRANGEBYSCORE', key, '-inf', moment - longest[number])
  for window = 1, windows do
    local limit, seconds = tonumber(ARGV[at + 2 * window - 1]), tonumber(ARGV[at + 2 * window])
    local nth = redis.call('ZRANGE', key, -limit, -limit, 'WITHSCORES')
    if nth[2] then wait = math.max(wait, tonumber(nth[2]) + seconds - moment) end
  end
  at = at + 1 + 2 * windows
end
if wait > 0 then return tostring(wait) end
for number, key in ipairs(KEYS) do
  redis.call('ZADD', key, moment, ARGV[2] .. number)
  redis.call('EXPIRE', key, math.ceil(longest[number]))
end
return '0'
"""


class AttemptStore(Protocol):
    async def take(self, attempts: Mapping[Key, Limits]) -> float:
        """Counts one attempt for each key, or for none: then the seconds until every window has room."""
        ...

    async def take_back(self, keys: Sequence[Key]) -> None: ...

    async def remember(self, key: Key) -> None: ...

    async def knows(self, key: Key) -> bool: ...

    async def aclose(self) -> None: ...


class MemoryAttempts:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.attempts: OrderedDict[Key, deque[float]] = OrderedDict()
        self._known: OrderedDict[Key, None] = OrderedDict()

    async def take(self, attempts: Mapping[Key, Limits]) -> float:
        moment = self._clock()
        wait = max(self._wait(key, limits, moment) for key, limits in attempts.items())
        if wait > 0:
            return wait
        for key in attempts:
            self.attempts.setdefault(key, deque()).append(moment)
            self.attempts.move_to_end(key)
        while len(self.attempts) > REMEMBERED:
            self.attempts.popitem(last=False)
        return 0

    def _wait(self, key: Key, limits: Limits, moment: float) -> float:
        made = self.attempts.get(key, deque())
        longest = max(window for _, window in limits)
        while made and made[0] <= moment - longest:
            made.popleft()
        return max(made[-limit] + window - moment if len(made) >= limit else 0 for limit, window in limits)

    async def take_back(self, keys: Sequence[Key]) -> None:
        for key in keys:
            if made := self.attempts.get(key):
                made.pop()

    async def remember(self, key: Key) -> None:
        self._known[key] = None
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)

    async def knows(self, key: Key) -> bool:
        return key in self._known

    async def aclose(self) -> None:
        return None


class RedisAttempts:
    """While Redis does not answer, this process counts by itself: guessing goes on being slowed down."""

    def __init__(self, url: str, clock: Callable[[], float] | None = None) -> None:
        """`clock` stands in for Redis' own, which is the same for every process."""
        self._redis: Any = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]
            url, decode_responses=True, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
        )
        self._take = self._redis.register_script(_TAKE)
        self._clock = clock
        self._alone = MemoryAttempts(clock or time.monotonic)

    async def take(self, attempts: Mapping[Key, Limits]) -> float:
        given: list[Any] = [self._clock() if self._clock else "", secrets.token_hex(8)]
        for limits in attempts.values():
            given += [len(limits), *(each for limit in limits for each in limit)]
        try:
            return float(await self._take(keys=[_name("attempts", key) for key in attempts], args=given))
        except (RedisError, OSError) as error:
            _warn(error)
            return await self._alone.take(attempts)

    async def take_back(self, keys: Sequence[Key]) -> None:
        try:
            async with self._redis.pipeline() as commands:
                for key in keys:
                    commands.zpopmax(_name("attempts", key))
                await commands.execute()
        except (RedisError, OSError) as error:
            _warn(error)
        await self._alone.take_back(keys)

    async def remember(self, key: Key) -> None:
        await self._alone.remember(key)
        try:
            await self._redis.set(_name("known", key), "1", ex=_KNOWN_SECONDS)
        except (RedisError, OSError) as error:
            _warn(error)

    async def knows(self, key: Key) -> bool:
        try:
            return bool(await self._redis.exists(_name("known", key)))
        except (RedisError, OSError) as error:
            _warn(error)
            return await self._alone.knows(key)

    async def aclose(self) -> None:
        await self._redis.aclose()


def _name(use: str, key: Key) -> str:
    """People's addresses do not stand in Redis."""
    return f"nexus-{use}:{key[0]}:{hashlib.sha256(key[1].encode()).hexdigest()[:32]}"


def _warn(error: Exception) -> None:
    logger.warning("sign-ins are counted by this process alone, Redis does not answer: %s", error)
