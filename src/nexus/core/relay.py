"""Commits told to the other processes, through Redis: a hint to look at the rows now, never what is in them.

Whoever is told reads the rows, and whoever waits to be told also looks from time to time. So a hint that is lost, late
or told twice costs a moment and nothing else, and Redis may go away and come back empty.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.core.tasks import BackgroundTasks

# pyright: reportUnknownMemberType=false
# Parts of Redis' client have no types.

logger = logging.getLogger(__name__)

_PREFIX: Final = "nexus-commit:"
_SECONDS: Final = 5.0
"""For each call."""
_PING_SECONDS: Final = 10.0
_PAUSES: Final = (0.1, 0.5, 1.0, 2.0)
"""Seconds between tries to reach a Redis that is away."""


class Relay:
    """The way between the `Database` of this process and those of the others. Belongs to one event loop."""

    def __init__(self, db: Database, url: str) -> None:
        self._db = db
        self._redis: Any = Redis.from_url(
            url,
            decode_responses=True,
            socket_timeout=_SECONDS,
            socket_connect_timeout=_SECONDS,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
        )
        self._process = new_id().hex
        self._topics: set[str] = set()
        self._news: set[str] = set()
        self._changed = asyncio.Event()
        self._told = asyncio.Event()
        self._hearing = False
        self._tasks = BackgroundTasks()

    @property
    def hears(self) -> bool:
        """Whether what others commit reaches this process at present."""
        return self._hearing

    def start(self) -> None:
        self._tasks.start(self._listen_forever(), name="relay-listener")
        self._tasks.start(self._tell_forever(), name="relay-teller")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self._redis.aclose()

    def tell(self, topics: Collection[str]) -> None:
        """Soon, and without waiting; the same topic told twice before it was sent is sent once."""
        self._news.update(topics)
        self._told.set()

    def follow(self, topic: str) -> None:
        self._topics.add(topic)
        self._changed.set()

    def leave(self, topic: str) -> None:
        self._topics.discard(topic)
        self._changed.set()

    async def _tell_forever(self) -> None:
        while True:
            await self._told.wait()
            self._told.clear()
            topics, self._news = self._news, set()
            try:
                async with self._redis.pipeline(transaction=False) as commands:
                    for topic in topics:
                        commands.publish(_PREFIX + topic, self._process)
                    await commands.execute()
            except (RedisError, OSError) as error:
                # The others look by themselves; what is told now would be old when Redis is back.
                logger.debug("other processes were not told of a commit: %s", error)

    async def _listen_forever(self) -> None:
        tries = 0
        while True:
            try:
                await self._listen()
            except* (RedisError, OSError) as errors:
                if self._hearing or not tries:
                    reason = errors.exceptions[0]
                    logger.warning("what other processes commit is found later, because Redis is away: %s", reason)
                tries = 0 if self._hearing else tries + 1
                self._hearing = False
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])

    async def _listen(self) -> None:
        """Until the connection fails, which is then given up whole: what was told meanwhile is lost in any case."""
        async with self._redis.pubsub() as connection, asyncio.TaskGroup() as both:
            # One channel that nobody speaks in, for a connection without any is no connection.
            await connection.subscribe(_PREFIX)
            both.create_task(self._hear(connection))
            both.create_task(self._subscribe(connection))

    async def _hear(self, connection: Any) -> None:
        while True:
            # Without news there are the answers to the pings of `_subscribe`: silence is a dead connection.
            async with asyncio.timeout(3 * _PING_SECONDS):
                message = await connection.get_message(ignore_subscribe_messages=True, timeout=None)
            if message is not None and message["type"] == "message" and message["data"] != self._process:
                self._db.tell_here(message["channel"].removeprefix(_PREFIX))

    async def _subscribe(self, connection: Any) -> None:
        followed: set[str] = set()
        while True:
            self._changed.clear()
            wanted = set(self._topics)
            if coming := wanted - followed:
                await connection.subscribe(*(_PREFIX + topic for topic in coming))
            if going := followed - wanted:
                await connection.unsubscribe(*(_PREFIX + topic for topic in going))
            followed, self._hearing = wanted, True
            for topic in coming:
                # Something may have been committed since whoever follows it looked last.
                self._db.tell_here(topic)
            try:
                async with asyncio.timeout(_PING_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                await connection.ping()


@asynccontextmanager
async def open_relay(db: Database, url: str) -> AsyncGenerator[None, None]:
    """While the block lasts, commits are told to the other processes at the Redis of `url`, and theirs are heard."""
    relay = Relay(db, url)
    db.elsewhere = relay
    relay.start()
    try:
        yield
    finally:
        db.elsewhere = None
        await relay.aclose()
