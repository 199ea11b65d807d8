"""Jobs travel through a real Celery and a real Redis to worker processes that are stopped and killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from job_doubles import LONG, SOON, PingHandler, add, build_runner, change, eventually, jobs, states

from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.jobs import broker, queue
from nexus.core.jobs.broker import BrokerUnavailableError, CeleryBroker, Dispatcher
from nexus.core.jobs.models import Job
from nexus.core.settings import SettingsError, load_settings
from nexus.worker import run

if TYPE_CHECKING:
    from servers import RedisServer

pytest_plugins = ("servers",)

Spawn = Callable[..., subprocess.Popen[bytes]]


class Recorder:
    """A broker that keeps what it is given, or refuses it."""

    def __init__(self) -> None:
        self.ids: list[UUID] = []
        self.down = False

    async def publish(self, ids: Sequence[UUID]) -> None:
        if self.down:
            raise BrokerUnavailableError("away")
        self.ids.extend(ids)


@pytest.fixture
async def pg(postgres_url: str) -> AsyncGenerator[Database, None]:
    db = Database(create_engine(postgres_url))
    yield db
    await db.aclose()


@pytest.fixture
def spawn(postgres_url: str, redis_url: str, tmp_path: Path) -> Generator[Spawn, None, None]:
    """Starts worker processes; kills at the end of the test what still runs."""
    started: list[subprocess.Popen[bytes]] = []

    def go(*, grace: float = 0) -> subprocess.Popen[bytes]:
        environment = {
            **os.environ,
            "NEXUS_DB__URL": postgres_url,
            "NEXUS_REDIS__URL": redis_url,
            "NEXUS_JOBS__MODE": "celery",
            "NEXUS_JOBS__CONCURRENCY": "2",
            "NEXUS_JOBS__LEASE_SECONDS": "1",
            "NEXUS_JOBS__POLL_SECONDS": "0.05",
            "PYTHONWARNINGS": "ignore",  # Celery warns when it is run by root, as it may be here
        }
        script = Path(__file__).with_name("worker_process.py")
        log = (tmp_path / f"log{len(started)}").open("wb")
        process = subprocess.Popen(
            [sys.executable, script, tmp_path, str(grace)], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        log.close()
        started.append(process)
        return process

    yield go
    for process in started:
        process.kill()
        process.wait()


def walked(folder: Path) -> Counter[str]:
    path = folder / "walked"
    return Counter(path.read_text().split()) if path.exists() else Counter()


async def until_held(db: Database) -> Job:
    """Until the newest job waits after its second step, which it has kept."""

    async def held() -> bool:
        job = (await jobs(db))[-1]
        return job.state == "running" and job.checkpoint == {"steps": 2}

    await eventually(held)
    return (await jobs(db))[-1]


async def until_done(db: Database) -> None:
    async def done() -> bool:
        return set(await states(db)) == {"succeeded"}

    await eventually(done)


async def ended(process: subprocess.Popen[bytes]) -> int:
    return await asyncio.to_thread(process.wait, 60)


class TestDispatching:
    async def test_a_commit_is_published_at_once_and_once(self, database: Database) -> None:
        to = Recorder()
        one, two = (Dispatcher(database, to, poll=LONG) for _ in range(2))
        await one.start()
        await two.start()
        await asyncio.sleep(0.05)

        await add(database, *range(10))

        async def published() -> bool:
            return len(to.ids) >= 10

        await eventually(published)
        await one.stop()
        await two.stop()
        assert sorted(to.ids) == sorted(job.id for job in await jobs(database))

    async def test_what_the_broker_refuses_is_offered_again(
        self, database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setattr(broker, "PAUSE", SOON)
        to = Recorder()
        to.down = True
        await add(database, 1, 2)
        dispatcher = Dispatcher(database, to, poll=SOON)
        with pytest.raises(BrokerUnavailableError):
            await dispatcher.dispatch()
        assert [job.published_at for job in await jobs(database)] == [None, None]

        async def warned() -> bool:
            return "jobs wait because the broker cannot be reached: away" in caplog.text

        async def published() -> bool:
            return len(to.ids) == 2

        await dispatcher.start()
        await eventually(warned)
        to.down = False
        await eventually(published)
        await dispatcher.stop()

    async def test_redis_may_go_and_come_back_empty(self, pg: Database, redis_server: "RedisServer") -> None:
        to = CeleryBroker(redis_server.url)
        dispatcher = Dispatcher(pg, to, poll=LONG)
        await add(pg, 1)
        assert await dispatcher.dispatch() == 1

        redis_server.stop()
        await add(pg, 2)
        with pytest.raises(BrokerUnavailableError):
            await dispatcher.dispatch()
        redis_server.start()
        assert await dispatcher.dispatch() == 1

        assert await dispatcher.dispatch() == 0
        await change(pg, published_at=now() - queue.REPUBLISH_AFTER - SOON)
        assert await dispatcher.dispatch() == 2
        await to.aclose()

    async def test_the_window_keeps_the_rest_in_the_table(self, database: Database) -> None:
        to = Recorder()
        dispatcher = Dispatcher(database, to, poll=LONG, window=3)
        await add(database, *range(5))
        runner = build_runner(database, PingHandler())

        assert await dispatcher.dispatch() == 3
        assert await dispatcher.dispatch() == 0
        assert await runner.run_one(to.ids[0])
        assert await dispatcher.dispatch() == 1


class TestWorkers:
    async def test_every_job_is_run_once_though_every_message_comes_twice(
        self, pg: Database, redis_url: str, spawn: Spawn, tmp_path: Path
    ) -> None:
        worker = spawn(grace=30)
        to = CeleryBroker(redis_url)
        await add(pg, *range(8))

        await to.publish([job.id for job in await jobs(pg)] * 2)
        await until_done(pg)
        await to.aclose()
        assert walked(tmp_path) == {f"{number}:{step}": 1 for number in range(8) for step in range(4)}

        # What can end within the grace is let finish.
        (tmp_path / "hold").touch()
        await add(pg, 8)
        await until_held(pg)
        worker.send_signal(signal.SIGTERM)
        (tmp_path / "hold").unlink()

        assert await ended(worker) == 0
        assert set(await states(pg)) == {"succeeded"}
        lines = (tmp_path / "log0").read_text().splitlines()
        assert "HOUSE nexus.worker worker takes jobs, 2 at a time" in lines
        assert {line for line in lines if not line.startswith("HOUSE ")} == {"", "worker: Warm shutdown (MainProcess)"}

    async def test_a_stopped_worker_gives_back_and_a_killed_one_is_succeeded(
        self, pg: Database, redis_url: str, spawn: Spawn, tmp_path: Path
    ) -> None:
        (tmp_path / "hold").touch()
        stopped = spawn()
        await add(pg, 7)
        await until_held(pg)

        stopped.send_signal(signal.SIGTERM)
        assert await ended(stopped) == 0
        [job] = await jobs(pg)
        assert (job.state, job.attempts, job.interruptions) == ("queued", 0, 0)

        await change(pg, checkpoint={"steps": 1})
        killed = spawn()
        await until_held(pg)
        killed.kill()
        await ended(killed)
        (tmp_path / "hold").unlink()

        spawn()
        await until_done(pg)
        [job] = await jobs(pg)
        assert walked(tmp_path) == {"7:0": 1, "7:1": 2, "7:2": 1, "7:3": 1}
        assert (job.attempts, job.error) == (0, None)

    async def test_a_worker_needs_redis(self, tmp_path: Path) -> None:
        with pytest.raises(SettingsError, match="NEXUS_REDIS__URL"):
            run(load_settings(data_dir=tmp_path, _env_file=None))
