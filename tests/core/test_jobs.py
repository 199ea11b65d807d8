"""Jobs are taken once, kept alive, retried, given back and never lost: on both engines."""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from job_doubles import (
    LONG,
    SOON,
    Ping,
    PingHandler,
    Stuck,
    Unheard,
    add,
    build_runner,
    change,
    eventually,
    expire_leases,
    jobs,
    make_due,
    states,
)
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.jobs import queue
from nexus.core.jobs.models import Job, count_open, enqueue
from nexus.core.jobs.runner import JobContext, JobRunner

pytest_plugins = ("servers",)

Start = Callable[..., Any]


@pytest.fixture
async def start(database: Database) -> AsyncGenerator[Start, None]:
    """Starts runners and stops them after the test."""
    started: list[JobRunner] = []

    async def go(handler: PingHandler, *, db: Database = database, claiming: bool = True, **options: Any) -> JobRunner:
        runner = build_runner(db, handler, **options)
        started.append(runner)
        await runner.start(claiming=claiming)
        return runner

    yield go
    for runner in started:
        await runner.stop()


async def all_in(db: Database, *wanted: str) -> None:
    async def reached() -> bool:
        return set(await states(db)) <= set(wanted)

    await eventually(reached)


async def have_told(db: Database) -> bool:
    return len(await jobs(db)) == 2


async def take(db: Database, process: str = "one") -> tuple[Job, JobContext]:
    """Claims the next job as a process would that then falls silent."""
    job = await queue.claim(db, process, LONG, {Ping.kind})
    assert job is not None
    assert job.lease_owner is not None
    return job, JobContext(job.id, job.lease_owner, dict(job.checkpoint))


class TestEnqueueing:
    async def test_a_job_lives_and_dies_with_its_transaction(self, database: Database) -> None:
        with suppress(LookupError):
            async with database.write() as session:
                await enqueue(session, Ping(number=1))
                raise LookupError

        assert await jobs(database) == []

    async def test_a_commit_wakes_the_runner_at_once(self, database: Database, start: Start) -> None:
        handler = PingHandler()
        await start(handler, poll=LONG)
        await asyncio.sleep(0.05)

        await add(database, 7)

        await all_in(database, "succeeded")
        assert handler.handled == [7]

    async def test_a_key_waits_once(self, database: Database) -> None:
        await add(database, 1, 2, dedup_key="a")
        await add(database, 3, dedup_key="a")
        await add(database, 4, dedup_key="b")

        assert [job.payload["number"] for job in await jobs(database)] == [1, 4]

    async def test_a_key_may_wait_again_while_the_former_runs(self, database: Database) -> None:
        await add(database, 1, dedup_key="a")
        await take(database)

        await add(database, 2, dedup_key="a")

        assert await states(database) == ["running", "queued"]

    async def test_open_jobs_are_counted_by_state(self, database: Database) -> None:
        await add(database, 1, 2, 3)
        await take(database)

        async with database.read() as session:
            assert await count_open(session) == {"running": 1, "queued": 2}


class TestClaiming:
    async def test_the_oldest_due_job_comes_first(self, database: Database) -> None:
        await add(database, 1, run_at=now() + timedelta(hours=1))
        await add(database, 2, run_at=now() - timedelta(seconds=1))
        await add(database, 3, run_at=now() - timedelta(seconds=9))

        assert (await take(database))[0].payload == {"number": 3}
        assert (await take(database))[0].payload == {"number": 2}
        assert await queue.claim(database, "one", LONG, {Ping.kind}) is None

    async def test_kinds_without_a_handler_are_left_alone(self, database: Database, start: Start) -> None:
        async with database.write() as session:
            await enqueue(session, Unheard())
            await enqueue(session, Unheard())
        assert await queue.claim(database, "newer", LONG, {Unheard.kind})
        await expire_leases(database)
        await add(database, 1)
        handler = PingHandler()
        await start(handler)

        async def handled() -> bool:
            return "succeeded" in await states(database)

        await eventually(handled)
        assert await states(database) == ["running", "queued", "succeeded"]

    async def test_two_processes_share_jobs_and_never_one_job(
        self, database: Database, database_url: str, start: Start
    ) -> None:
        running: set[int] = set()
        clashes: list[int] = []

        async def look_around(message: Ping, context: JobContext) -> None:
            if message.number in running:
                clashes.append(message.number)
            running.add(message.number)
            await asyncio.sleep(0.001)
            running.discard(message.number)

        other = Database(create_engine(database_url))
        await add(database, *range(60))
        first, second = PingHandler(look_around), PingHandler(look_around)
        await start(first, process="one")
        two = await start(second, db=other, process="two")

        await all_in(database, "succeeded")
        await two.stop()
        await other.aclose()

        assert sorted(first.handled + second.handled) == list(range(60))
        assert first.handled
        assert second.handled
        assert clashes == []

    async def test_one_named_job_is_claimed_by_one_of_many(self, database: Database, start: Start) -> None:
        await add(database)
        [job] = await jobs(database)
        handler = PingHandler()
        runners = [await start(handler, process=f"p{n}", claiming=False) for n in range(4)]

        took = await asyncio.gather(*(runner.run_one(job.id) for runner in runners for _ in range(3)))

        assert took.count(True) == 1
        assert len(handler.handled) == 1
        assert await states(database) == ["succeeded"]

    async def test_no_more_run_than_there_are_hands_and_a_free_hand_takes_the_next(
        self, database: Database, start: Start
    ) -> None:
        stuck = Stuck()
        runner = await start(PingHandler(stuck), concurrency=2, poll=LONG)
        await add(database, *range(5))
        await stuck.begun.acquire()
        await stuck.begun.acquire()

        assert runner.active == 2
        assert sorted(await states(database)) == ["queued"] * 3 + ["running"] * 2
        stuck.go.set()
        await all_in(database, "succeeded")

    async def test_a_database_that_is_away_for_a_moment_stops_nothing(
        self, database: Database, start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        def away(*_: object, **__: object) -> None:
            raise ConnectionRefusedError

        with monkeypatch.context() as patch:
            patch.setattr(queue, "claim", away)
            patch.setattr(queue, "any_dead", away)
            await start(PingHandler())
            await add(database)

            async def complained() -> bool:
                return all(f"JobRunner.{step} failed" in caplog.text for step in ("_claim_all", "_reap"))

            await eventually(complained)

        await all_in(database, "succeeded")


class TestLeases:
    async def test_leases_are_renewed_while_handlers_work(self, database: Database, start: Start) -> None:
        stuck = Stuck()
        runner = await start(PingHandler(stuck))
        await add(database, 1, 2)
        await stuck.begun.acquire()
        await stuck.begun.acquire()
        await change(database, lease_until=now() + timedelta(minutes=1))

        await runner._renew()

        for job in await jobs(database):
            assert job.lease_until
            assert job.lease_until > now() + timedelta(minutes=50)
        stuck.go.set()
        await all_in(database, "succeeded")

    async def test_a_stalled_owner_can_write_nothing(self, database: Database, start: Start) -> None:
        await add(database)
        _, stalled = await take(database)
        async with database.write() as session:
            await stalled.save(session, done=1)
        await expire_leases(database)
        seen: list[dict[str, Any]] = []

        async def go_on(message: Ping, context: JobContext) -> None:
            seen.append(context.checkpoint)

        await start(PingHandler(go_on), process="two")
        await all_in(database, "succeeded")

        async def too_late(write: Callable[[AsyncSession], Awaitable[None]]) -> None:
            async with database.write() as session:
                await enqueue(session, Ping(number=99))
                await write(session)

        for write in (stalled.save, partial(stalled.save, done=2), stalled.finish):
            with pytest.raises(queue.LeaseLostError):
                await too_late(write)
        [job] = await jobs(database)
        assert seen == [{"done": 1}]
        assert job.checkpoint == {"done": 1}
        assert (job.state, job.attempts, job.interruptions) == ("succeeded", 0, 1)

    async def test_a_handler_whose_lease_is_gone_is_cancelled(self, database: Database, start: Start) -> None:
        stuck = Stuck()
        runner = await start(PingHandler(stuck), lease=timedelta(milliseconds=60), poll=LONG)
        await add(database)
        await stuck.begun.acquire()

        await change(database, lease_owner="somebody:else")

        async def idle() -> bool:
            return runner.active == 0

        await eventually(idle)
        [job] = await jobs(database)
        assert (job.state, job.lease_owner) == ("running", "somebody:else")

    async def test_a_job_that_ends_while_leases_are_renewed_is_not_cancelled(
        self, database: Database, start: Start
    ) -> None:
        ended = asyncio.Event()

        async def finish_then_linger(message: Ping, context: JobContext) -> None:
            async with database.write() as session:
                await context.finish(session)
            await asyncio.sleep(0.1)
            ended.set()

        await start(PingHandler(finish_then_linger), lease=timedelta(milliseconds=30))
        await add(database)

        await asyncio.wait_for(ended.wait(), 10)


class TestFailing:
    async def test_failures_are_retried_with_growing_pauses_and_then_given_up(
        self, database: Database, start: Start
    ) -> None:
        async def fail(message: Ping, context: JobContext) -> None:
            raise LookupError("no such thing")

        async def tell(session: AsyncSession) -> None:
            await enqueue(session, Unheard())

        handler = PingHandler(fail, tell)
        await start(handler)
        await add(database, 5)
        pauses: list[timedelta] = []
        for attempts in (1, 2):

            async def failed(attempts: int = attempts) -> bool:
                return (await jobs(database))[0].attempts == attempts

            await eventually(failed)
            [job] = await jobs(database)
            assert (job.state, job.error, job.lease_owner) == ("queued", "LookupError: no such thing", None)
            pauses.append(job.run_at - now())
            await make_due(database)

        await eventually(lambda: have_told(database))
        job, told = await jobs(database)

        assert timedelta(seconds=3) < pauses[0] < timedelta(seconds=6.25) < pauses[1] < timedelta(seconds=12.5)
        assert handler.handled == [5, 5, 5]
        assert handler.given_up == ["LookupError: no such thing"]
        assert (job.state, job.attempts, job.lease_owner) == ("failed", 3, None)
        assert job.finished_at
        assert told.kind == Unheard.kind

    async def test_a_job_does_not_end_before_its_subject_could_be_told(
        self, database: Database, start: Start, caplog: pytest.LogCaptureFixture
    ) -> None:
        async def fail(message: Ping, context: JobContext) -> None:
            raise LookupError

        async def tell(session: AsyncSession) -> None:
            await enqueue(session, Unheard())
            raise RuntimeError("a fault of ours")

        handler = PingHandler(fail, tell)
        runner = await start(handler)
        await add(database)
        await change(database, attempts=2)

        async def held() -> bool:
            [job] = await jobs(database)
            return job.state == "running" and (job.lease_owner or "").startswith("nobody:")

        await eventually(held)
        assert "nobody could be told" in caplog.text

        # To blame for deaths as well: it rests again and again, and keeps no other job from coming back.
        await add(database)
        await runner.stop()
        await change(database, state="running", lease_until=now(), lease_owner="one:x", interruptions=20)
        await runner.release_former()
        assert {(job.lease_owner or "").split(":")[0] for job in await jobs(database)} == {"nobody"}

        handler.tell = None
        await expire_leases(database)
        await runner._reap()
        assert await states(database) == ["failed", "failed"]

    async def test_a_payload_that_cannot_be_read_fails_like_any_other(self, database: Database, start: Start) -> None:
        handler = PingHandler()
        await add(database)
        await change(database, payload={"number": "many"}, attempts=2)
        await start(handler)

        await all_in(database, "failed")
        assert handler.handled == handler.given_up == []

    async def test_a_cancellation_from_within_is_a_failure(self, database: Database, start: Start) -> None:
        async def cancelled_inside(message: Ping, context: JobContext) -> None:
            raise asyncio.CancelledError

        handler = PingHandler(cancelled_inside)
        await start(handler)
        await add(database)

        async def failed() -> bool:
            return [job.attempts for job in await jobs(database)] == [1]

        await eventually(failed)
        assert handler.handled == [0]

    async def test_writes_of_a_failed_attempt_leave_no_trace(self, database: Database, start: Start) -> None:
        async def write_and_fail(message: Ping, context: JobContext) -> None:
            async with database.write() as session:
                await context.save(session, done=1)
            async with database.write() as session:
                await context.save(session, done=2)
                await enqueue(session, Unheard())
                raise LookupError

        await start(PingHandler(write_and_fail))
        await add(database)

        async def failed() -> bool:
            return (await jobs(database))[0].attempts == 1

        await eventually(failed)
        [job] = await jobs(database)
        assert job.checkpoint == {"done": 1}

    def test_pauses_grow_to_ten_minutes(self) -> None:
        pauses = [queue.backoff(n).total_seconds() for n in range(1, 12)]

        assert pauses == sorted(pauses[:8]) + pauses[8:]
        assert all(5 * 2 ** min(n, 7) * 0.9 < pause <= 750 for n, pause in enumerate(pauses))


class TestDeadProcesses:
    async def test_deaths_without_progress_are_borne_twenty_times(self, database: Database, start: Start) -> None:
        handler = PingHandler()
        runner = build_runner(database, handler)
        await add(database)
        for death in range(queue.MAX_INTERRUPTIONS):
            _, context = await take(database)
            async with database.write() as session:
                await context.save(session, at="the same place")
            if death == 0:
                assert (await jobs(database))[0].interruptions == 0
            await expire_leases(database)
            await runner._reap()
            [job] = await jobs(database)
            assert (job.state, job.interruptions, job.attempts) == ("queued", death + 1, 0)

        await take(database)
        await expire_leases(database)
        await runner._reap()

        assert await states(database) == ["failed"]
        assert handler.given_up == ["The process died 21 times while it worked on this."]

    async def test_progress_forgives_deaths(self, database: Database) -> None:
        await add(database)
        await change(database, interruptions=19)
        _, context = await take(database)

        async with database.write() as session:
            await context.save(session, done=1)

        assert [job.interruptions for job in await jobs(database)] == [0]

    async def test_a_process_takes_back_at_its_start_what_it_left_and_nothing_else(self, database: Database) -> None:
        await add(database, 1, 2, 3)
        for process in ("web", "web2", "w_b"):
            await take(database, process)

        await build_runner(database, PingHandler(), process="web").release_former()

        assert sorted((job.payload["number"], job.state, job.interruptions) for job in await jobs(database)) == [
            (1, "queued", 1),
            (2, "running", 0),
            (3, "running", 0),
        ]

    async def test_dead_jobs_with_one_key_come_back_as_one(self, database: Database) -> None:
        for number in (1, 2):
            await add(database, number, dedup_key="a")
            await take(database)
        await add(database, 3, dedup_key="a")
        await expire_leases(database)

        await build_runner(database, PingHandler())._reap()

        assert sorted(await states(database)) == ["cancelled", "cancelled", "queued"]

    async def test_a_retried_job_keeps_its_memory_and_its_twin_gives_way(
        self, database: Database, start: Start
    ) -> None:
        async def fail(message: Ping, context: JobContext) -> None:
            await add(database, 2, dedup_key="a")
            raise LookupError

        await add(database, 1, dedup_key="a")
        await start(PingHandler(fail))

        async def failed() -> bool:
            return (await jobs(database))[0].attempts == 1

        await eventually(failed)
        assert await states(database) == ["queued", "cancelled"]

    async def test_reapers_do_not_meet(self, database: Database, database_url: str) -> None:
        other = Database(create_engine(database_url))
        await add(database, *range(12))
        for _ in range(12):
            await take(database)
        await expire_leases(database)

        one, two = build_runner(database, PingHandler()), build_runner(other, PingHandler())
        await asyncio.gather(one._reap(), two._reap())
        await other.aclose()

        assert {(job.state, job.interruptions) for job in await jobs(database)} == {("queued", 1)}


class TestStopping:
    async def test_what_runs_is_given_back_untouched(self, database: Database, start: Start) -> None:
        stuck = Stuck()
        runner = await start(PingHandler(stuck))
        await add(database, 1, 2)
        await stuck.begun.acquire()
        await stuck.begun.acquire()

        await runner.stop()

        for job in await jobs(database):
            assert (job.state, job.attempts, job.interruptions, job.lease_owner) == ("queued", 0, 0, None)
            assert job.run_at <= now()
        assert runner.active == 0

    async def test_grace_lets_what_runs_finish(self, database: Database, start: Start) -> None:
        stuck = Stuck()
        runner = await start(PingHandler(stuck), concurrency=1)
        await add(database, 1, 2)
        await stuck.begun.acquire()

        stopping = asyncio.create_task(runner.stop(grace=LONG))
        await asyncio.sleep(0.03)
        stuck.go.set()
        await stopping

        assert await states(database) == ["succeeded", "queued"]

    async def test_a_job_named_while_we_stop_is_left_for_others(self, database: Database, start: Start) -> None:
        runner = await start(PingHandler(), claiming=False)
        await add(database)
        async with database.write() as session:
            [job_id] = await queue.take_unpublished(session, 10)
        await runner.stop()

        assert await runner.run_one(job_id) is False

        [job] = await jobs(database)
        assert (job.state, job.published_at) == ("queued", None)

    async def test_stopping_at_any_moment_loses_nothing(self, database: Database) -> None:
        """Claims, first steps, checkpoints and last commits are all cut through somewhere."""

        async def work(message: Ping, context: JobContext) -> None:
            for done in range(3):
                async with database.write() as session:
                    await context.save(session, done=done)

        dice = random.Random(9)
        for _ in range(10):
            runner = build_runner(database, PingHandler(work), concurrency=3)
            await runner.start(claiming=True)
            await add(database, 1, 2, 3)
            await asyncio.sleep(dice.uniform(0, 0.02))
            await runner.stop()

            assert "running" not in await states(database)

        runner = build_runner(database, PingHandler(work))
        await runner.start(claiming=True)
        await all_in(database, "succeeded")
        await runner.stop()
        assert {(job.attempts, job.interruptions) for job in await jobs(database)} == {(0, 0)}

    async def test_a_job_cancelled_before_its_first_line_is_given_back(self, database: Database) -> None:
        runner = build_runner(database, PingHandler())
        await add(database)

        async with runner._claiming:
            assert await runner._claim()
            stopping = asyncio.create_task(runner.stop())
            runner._attempts._tasks.copy().pop().cancel()
        await stopping

        assert await states(database) == ["queued"]


class TestPublishing:
    async def test_due_jobs_are_handed_over_once_and_again_after_a_while(self, database: Database) -> None:
        await add(database, 1, 2)
        await add(database, 3, run_at=now() + LONG)

        async with database.write() as session:
            assert len(await queue.take_unpublished(session, 10)) == 2
        async with database.write() as session:
            assert await queue.any_unpublished(session) is False
            assert await queue.take_unpublished(session, 10) == []

        await change(database, published_at=now() - queue.REPUBLISH_AFTER - SOON)
        async with database.write() as session:
            assert await queue.any_unpublished(session)
            assert len(await queue.take_unpublished(session, 10)) == 2

    async def test_the_window_bounds_what_waits_at_the_broker(self, database: Database) -> None:
        await add(database, *range(5))

        async with database.write() as session:
            assert len(await queue.take_unpublished(session, 3)) == 3
        async with database.write() as session:
            assert await queue.take_unpublished(session, 3) == []
        await take(database)
        async with database.write() as session:
            assert len(await queue.take_unpublished(session, 3)) == 1

    async def test_retried_and_returned_jobs_are_handed_over_again(self, database: Database) -> None:
        await add(database, 1, 2)
        async with database.write() as session:
            await queue.take_unpublished(session, 10)
        (_, one), (_, two) = await take(database), await take(database)
        async with database.write() as session:
            await queue.release(session, one.job_id, one.owner)
            await queue.retry_later(session, two.job_id, two.owner, attempts=1, error="")
        await make_due(database)

        async with database.write() as session:
            assert len(await queue.take_unpublished(session, 10)) == 2

    async def test_two_dispatchers_take_different_jobs(self, database: Database) -> None:
        await add(database, *range(40))

        async def take_some() -> list[Any]:
            async with database.write() as session:
                return list(await queue.take_unpublished(session, 25))

        taken = await asyncio.gather(take_some(), take_some(), take_some(), take_some())

        ids = [job_id for some in taken for job_id in some]
        assert len(ids) == len(set(ids))
        assert len(ids) >= 25


def test_nothing_of_a_broker_is_imported_to_run_jobs_here() -> None:
    code = "import sys, nexus.core.jobs.runner; sys.exit(any(m in sys.modules for m in ('celery', 'kombu', 'redis')))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


async def test_what_ended_well_is_forgotten_after_a_while_and_what_failed_is_kept(database: Database) -> None:
    moment = now()
    async with database.write() as session:
        for state, days in (("succeeded", 8), ("succeeded", 1), ("cancelled", 8), ("failed", 800), ("queued", 800)):
            finished = None if state == "queued" else moment - timedelta(days=days)
            session.add(Job(kind="any", payload={}, state=state, finished_at=finished))
    async with database.write() as session:
        await queue.forget_finished(session)
    async with database.read() as session:
        left = sorted(await session.scalars(select(Job.state)))
    assert left == ["failed", "queued", "succeeded"]
