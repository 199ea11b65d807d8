"""What the job tests share: a message, a handler that does what the test says, and looks at the job table."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.jobs.models import Job, Message, enqueue
from nexus.core.jobs.runner import JobContext, JobRunner

LONG = timedelta(hours=1)
SOON = timedelta(milliseconds=20)


class Ping(Message):
    kind: ClassVar[str] = "test.ping"

    number: int = 0


class Unheard(Message):
    """Nobody handles it."""

    kind: ClassVar[str] = "test.unheard"


async def do_nothing(message: Ping, context: JobContext) -> None:
    return


@dataclass
class PingHandler:
    do: Callable[[Ping, JobContext], Awaitable[None]] = do_nothing
    tell: Callable[[AsyncSession], Awaitable[None]] | None = None
    message_type: type[Ping] = Ping
    handled: list[int] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    async def handle(self, message: Ping, context: JobContext) -> None:
        self.handled.append(message.number)
        await self.do(message, context)

    async def gave_up(self, session: AsyncSession, message: Ping, reason: str) -> None:
        self.given_up.append(reason)
        if self.tell:
            await self.tell(session)


class Stuck:
    """A handler body that says when it has begun and ends when it is let go."""

    def __init__(self) -> None:
        self.begun = asyncio.Semaphore(0)
        self.go = asyncio.Event()

    async def __call__(self, message: Ping, context: JobContext) -> None:
        self.begun.release()
        await self.go.wait()


def build_runner(
    db: Database,
    handler: PingHandler,
    *,
    process: str = "one",
    concurrency: int = 4,
    lease: timedelta = LONG,
    poll: timedelta = SOON,
) -> JobRunner:
    return JobRunner(db, {Ping.kind: handler}, process=process, concurrency=concurrency, lease=lease, poll=poll)


async def add(db: Database, *numbers: int, **options: Any) -> None:
    async with db.write() as session:
        for number in numbers or (0,):
            await enqueue(session, Ping(number=number), **options)


async def jobs(db: Database) -> list[Job]:
    """All jobs, oldest first."""
    async with db.read() as session:
        return list(await session.scalars(select(Job).order_by(Job.id)))


async def states(db: Database) -> list[str]:
    return [job.state for job in await jobs(db)]


async def change(db: Database, *where: Any, **values: Any) -> None:
    """Has time pass, processes die and clocks jump, by the stroke of a pen."""
    async with db.write() as session:
        await session.execute(update(Job).where(*where).values(**values))


async def expire_leases(db: Database) -> None:
    await change(db, Job.state == "running", lease_until=now() - timedelta(seconds=1))


async def make_due(db: Database) -> None:
    await change(db, Job.state == "queued", run_at=now() - timedelta(seconds=1))


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - what we wait for is a row
            await asyncio.sleep(0.01)
