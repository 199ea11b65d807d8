"""One way of using either database: moments, transactions, news after commits, writers that wait their turn."""

import asyncio
import random
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from job_doubles import Ping, add, jobs
from sqlalchemy import select, text, update
from sqlalchemy.exc import StatementError

from nexus.core.db import Database, create_engine, notify
from nexus.core.jobs.models import Job, enqueue
from nexus.core.postgresql import DatabaseAwayError

pytest_plugins = ("servers",)


async def test_moments_come_back_in_utc_to_the_microsecond(database: Database) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    await add(database, run_at=moment)

    [job] = await jobs(database)

    assert job.run_at == moment
    assert job.run_at.tzinfo is UTC


async def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="without a time zone"):
        await add(database, run_at=datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


async def test_a_write_is_all_or_nothing(database: Database) -> None:
    with suppress(LookupError):
        async with database.write() as session:
            await enqueue(session, Ping())
            await session.flush()
            raise LookupError

    assert await jobs(database) == []


async def test_what_a_read_changes_is_thrown_away(database: Database) -> None:
    await add(database)

    async with database.read() as session:
        job = (await session.scalars(select(Job))).one()
        job.state = "failed"
        await session.flush()

    assert [job.state for job in await jobs(database)] == ["queued"]


async def test_subscribers_hear_after_the_commit_and_only_then(database: Database) -> None:
    heard: list[str] = []
    database.subscribe("tea", lambda: heard.append("tea"))
    database.subscribe("tea", lambda: heard.append("tea again"))

    with suppress(LookupError):
        async with database.write() as session:
            notify(session, "tea")
            raise LookupError
    async with database.write() as session:
        notify(session, "coffee")
    assert heard == []

    async with database.write() as session:
        notify(session, "tea")
        notify(session, "tea")
        assert heard == []
    assert heard == ["tea", "tea again"]


async def test_writers_of_two_processes_wait_for_each_other(database: Database, database_url: str) -> None:
    """Read, add one, write: without a lock at the start of the transaction, steps would be lost or refused."""
    other = Database(create_engine(database_url))
    await add(database)

    async def step(db: Database) -> None:
        async with db.write() as session:
            job = (await session.scalars(select(Job).with_for_update())).one()
            job.attempts += 1

    await asyncio.gather(*(step(db) for db in (database, other) for _ in range(15)))
    await other.aclose()

    assert [job.attempts for job in await jobs(database)] == [30]


async def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    await add(database)

    async with database.write() as session:
        await session.execute(update(Job).values(attempts=1))
        assert [job.attempts for job in await jobs(database)] == [0]


async def test_cancelled_transactions_leave_a_database_that_works(database: Database) -> None:
    """A task cut off anywhere in a transaction gives its connection and its turn back, in whole or in part."""
    dice = random.Random(5)

    async def write() -> None:
        async with database.write() as session:
            await enqueue(session, Ping(number=1))
            await enqueue(session, Ping(number=2))

    for _ in range(40):
        tasks = [asyncio.create_task(write()) for _ in range(3)]
        await asyncio.sleep(dice.uniform(0, 0.006))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    await add(database, 3)
    numbers = Counter(job.payload["number"] for job in await jobs(database))
    assert numbers[1] == numbers[2]
    assert numbers[3] == 1


async def test_sqlite_keeps_what_was_committed(sqlite_url: str) -> None:
    db = Database(create_engine(sqlite_url))

    async with db.read() as session:
        pragmas = {
            name: (await session.execute(text(f"PRAGMA {name}"))).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }

    await db.aclose()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_an_urgent_write_goes_before_those_that_wait(sqlite_url: str) -> None:
    db = Database(create_engine(sqlite_url))
    order: list[str] = []

    async def write(name: str, *, urgent: bool = False) -> None:
        async with db.write(urgent=urgent):
            order.append(name)

    async with db.write():
        waiting = [asyncio.create_task(write(name)) for name in ("first", "given up", "second")]
        await asyncio.sleep(0)
        waiting += [asyncio.create_task(write(name, urgent=True)) for name in ("urgent", "urgent too")]
        await asyncio.sleep(0)
        waiting[1].cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await db.aclose()

    assert order == ["urgent", "urgent too", "first", "second"]


async def test_a_turn_that_is_given_to_somebody_who_leaves_goes_to_the_next(sqlite_url: str) -> None:
    db = Database(create_engine(sqlite_url))

    async def write() -> None:
        async with db.write():
            pass

    async with db.write():
        leaving, staying = asyncio.create_task(write()), asyncio.create_task(write())
        await asyncio.sleep(0)
    # The turn has been given, and nobody has run since.
    leaving.cancel()
    await asyncio.wait_for(staying, 5)
    await db.aclose()

    assert leaving.cancelled()


async def test_a_database_that_goes_away_is_told_in_a_sentence_and_found_again() -> None:
    from servers import PostgresServer

    server = await asyncio.to_thread(PostgresServer)
    try:
        db = Database(create_engine(server.url("postgres")))
        async with db.read() as session:
            await session.execute(text("SELECT 1"))
            await asyncio.to_thread(server.restart)
            with pytest.raises(DatabaseAwayError, match="Try again in a few seconds"):
                await session.execute(text("SELECT 1"))
        async with db.read() as session:
            assert await session.scalar(text("SELECT 1")) == 1
        await asyncio.to_thread(server.halt)
        with pytest.raises(DatabaseAwayError):
            async with db.read() as session:
                await session.execute(text("SELECT 1"))
        await db.aclose()
    finally:
        await asyncio.to_thread(server.stop)
