"""What one process commits is told to the others through a real Redis, which may go away and come back."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from job_doubles import eventually

from nexus.core.db import Database, create_engine, notify
from nexus.core.relay import open_relay

if TYPE_CHECKING:
    from servers import RedisServer

pytest_plugins = ("servers",)


class Heard(list[str]):
    def times(self, topic: str) -> int:
        return self.count(topic)

    async def until(self, topic: str, times: int = 1) -> None:
        async def so_often() -> bool:
            return self.times(topic) >= times

        await eventually(so_often)


@pytest.fixture
async def pair(sqlite_url: str, redis_url: str) -> AsyncGenerator[tuple[Database, Database], None]:
    """Two processes' ways to one database, each told of the other's commits."""
    async with AsyncExitStack() as stack:
        both = [Database(create_engine(sqlite_url)) for _ in range(2)]
        for db in both:
            stack.push_async_callback(db.aclose)
            await stack.enter_async_context(open_relay(db, redis_url))
        await connected(*both)
        yield both[0], both[1]


async def connected(*databases: Database) -> None:
    async def all_hear() -> bool:
        return all(db.hears_others for db in databases)

    await eventually(all_hear)


async def commit(db: Database, *topics: str) -> None:
    async with db.write() as session:
        for topic in topics:
            notify(session, topic)


async def test_a_commit_is_heard_in_the_other_process(pair: tuple[Database, Database]) -> None:
    here, there = pair
    heard = Heard()
    there.subscribe("tea", lambda: heard.append("tea"), everywhere=True)
    there.subscribe("coffee", lambda: heard.append("coffee"), everywhere=True)
    # A subscription begins with a look: something may have happened while it was made.
    await heard.until("tea")
    await heard.until("coffee")

    await commit(here, "tea")

    await heard.until("tea", 2)
    assert heard.times("coffee") == 1


async def test_only_who_asks_for_it_hears_the_others_and_nobody_hears_themselves_twice(
    pair: tuple[Database, Database],
) -> None:
    here, there = pair
    heard = Heard()
    there.subscribe("tea", lambda: heard.append("near"))
    there.subscribe("end", lambda: heard.append("end"), everywhere=True)
    here.subscribe("tea", lambda: heard.append("own"))
    await heard.until("end")

    await commit(here, "tea")
    await commit(here, "end")

    await heard.until("end", 2)
    assert (heard.times("near"), heard.times("own")) == (0, 1)


async def test_what_was_left_is_heard_no_more(pair: tuple[Database, Database]) -> None:
    here, there = pair
    heard = Heard()
    leave = there.subscribe("tea", lambda: heard.append("tea"), everywhere=True)
    await heard.until("tea")
    leave()
    there.subscribe("end", lambda: heard.append("end"), everywhere=True)
    await heard.until("end")

    await commit(here, "tea", "end")

    await heard.until("end", 2)
    assert heard.times("tea") == 1


async def test_redis_may_go_and_come_back(
    pair: tuple[Database, Database], redis_server: "RedisServer", caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    heard = Heard()
    there.subscribe("tea", lambda: heard.append("tea"), everywhere=True)
    await heard.until("tea")

    redis_server.stop()

    async def deaf() -> bool:
        return not here.hears_others and not there.hears_others

    await eventually(deaf)
    await commit(here, "tea")  # nobody is told, and nobody is kept waiting
    redis_server.start()
    await connected(here, there)
    # It looks by itself when it hears again: it may have missed something.
    await heard.until("tea", 2)

    await commit(here, "tea")
    await heard.until("tea", 3)
    assert "because Redis is away" in caplog.text


async def test_without_a_redis_there_is_nobody_to_hear(database: Database) -> None:
    heard = Heard()
    leave = database.subscribe("tea", lambda: heard.append("tea"), everywhere=True)

    await commit(database, "tea")
    leave()
    await commit(database, "tea")

    assert not database.hears_others
    assert heard == ["tea"]
