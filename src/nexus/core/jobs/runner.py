"""Runs jobs: in the serving process, or one at a time by id for a worker. The same handlers in both."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.jobs import queue
from nexus.core.jobs.models import TOPIC, Job, Message
from nexus.core.tasks import BackgroundTasks

logger = logging.getLogger(__name__)


@dataclass
class JobContext:
    """A handler's hold on its job. Its writes are fenced: a lost lease raises LeaseLostError and rolls back."""

    job_id: UUID
    owner: str
    checkpoint: dict[str, Any]
    finished: bool = field(default=False, init=False)

    async def save(self, session: AsyncSession, **progress: Any) -> None:
        """Stores progress in the caller's transaction; the next attempt finds it in `checkpoint`."""
        self.checkpoint = {**self.checkpoint, **progress}
        await queue.save_checkpoint(session, self.job_id, self.owner, self.checkpoint)

    async def finish(self, session: AsyncSession) -> None:
        """Ends the job in the same transaction as its result; at most once, as the handler's last write."""
        await queue.finish(session, self.job_id, self.owner)
        self.finished = True


class Handler(Protocol):
    """One a message class. Idempotent; treats what is gone as done."""

    @property
    def message_type(self) -> type[Message]: ...

    async def handle(self, message: Any, context: JobContext, /) -> None: ...

    async def gave_up(self, session: AsyncSession, message: Any, reason: str, /) -> None:
        """Tells the job's subject, in the transaction that ends the job as failed."""
        ...


class JobRunner:
    """Claims and runs jobs of one process, renews their leases, and takes over from dead processes."""

    def __init__(
        self,
        db: Database,
        handlers: Mapping[str, Handler],
        *,
        process: str,
        concurrency: int,
        lease: timedelta,
        poll: timedelta,
    ) -> None:
        self._db = db
        self._handlers = handlers
        self._process = process
        self._concurrency = concurrency
        self._lease = lease
        self._poll = poll
        self._wake = asyncio.Event()
        self._running: dict[UUID, tuple[str, asyncio.Task[None]]] = {}
        self._tasks = BackgroundTasks()
        self._stopping = False

    @property
    def active(self) -> int:
        return len(self._running)

    async def start(self, *, claiming: bool) -> None:
        """`claiming` takes jobs from the table by itself; without, only `run_one` runs any."""
        self._tasks.start(self._every(self._lease / 3, self._renew), name="job-leases")
        self._tasks.start(self._every(self._poll, self._reap), name="job-reaper")
        if claiming:
            self._db.subscribe(TOPIC, self._wake.set)
            for number in range(self._concurrency):
                self._tasks.start(self._claim_forever(), name=f"job-runner-{number}")

    async def release_former(self) -> None:
        """At the start of a process that holds the data folder alone: whoever ran jobs here before is dead."""
        async with self._db.write() as session:
            _, lost = await queue.reap(session, process=self._process)
            await self._bury(session, lost)

    async def stop(self) -> None:
        """Stops claiming, cancels what runs and gives those jobs back."""
        self._stopping = True
        for _, task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*(task for _, task in self._running.values()), return_exceptions=True)
        await self._tasks.aclose()

    async def run_one(self, job_id: UUID) -> bool:
        """Runs the named job if it is due and free; False when another process has it or it is over."""
        job = await queue.claim(self._db, self._process, self._lease, job_id=job_id)
        if job is None:
            return False
        await self._run(job)
        return True

    async def _claim_forever(self) -> None:
        while not self._stopping:
            self._wake.clear()
            job = await queue.claim(self._db, self._process, self._lease)
            if job is not None:
                await self._run(job)
                continue
            try:
                async with asyncio.timeout(self._poll.total_seconds()):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def _run(self, job: Job) -> None:
        owner = job.lease_owner or ""
        task = self._tasks.start(self._attempt(job, owner), name=f"job-{job.kind}")
        self._running[job.id] = (owner, task)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if not self._stopping and not task.cancelled():
                raise
        finally:
            self._running.pop(job.id, None)

    async def _attempt(self, job: Job, owner: str) -> None:
        handler = self._handlers[job.kind]
        context = JobContext(job.id, owner, dict(job.checkpoint))
        message = handler.message_type.model_validate(job.payload)
        try:
            await handler.handle(message, context)
            if not context.finished:
                async with self._db.write() as session:
                    await context.finish(session)
        except queue.LeaseLostError:
            logger.warning("job %s went to another process", job.id)
        except asyncio.CancelledError:
            await asyncio.shield(self._give_back(job.id, owner))
            raise
        except Exception as error:
            # The one place where any failure of a handler ends: it is logged, kept on the row and retried.
            logger.exception("job %s (%s) failed", job.id, job.kind)
            await self._failed(job, owner, handler, message, error)

    async def _give_back(self, job_id: UUID, owner: str) -> None:
        try:
            async with self._db.write() as session:
                await queue.release(session, job_id, owner)
        except queue.LeaseLostError:
            return

    async def _failed(self, job: Job, owner: str, handler: Handler, message: Message, error: Exception) -> None:
        reason = f"{type(error).__name__}: {error}"[:2000]
        attempts = job.attempts + 1
        try:
            async with self._db.write() as session:
                if attempts < message.max_attempts:
                    await queue.retry_later(session, job.id, owner, attempts=attempts, error=reason)
                    return
                await session.execute(update(Job).where(Job.id == job.id).values(attempts=attempts))
                await queue.finish(session, job.id, owner, state="failed", error=reason)
                await handler.gave_up(session, message, reason)
        except queue.LeaseLostError:
            logger.warning("job %s went to another process", job.id)

    async def _every(self, period: timedelta, step: Any) -> None:
        while True:
            await asyncio.sleep(period.total_seconds())
            try:
                await step()
            except Exception:
                # A database that is away for a moment must not end the loop that keeps leases alive.
                logger.exception("job housekeeping failed")

    async def _renew(self) -> None:
        owners = {job_id: owner for job_id, (owner, _) in self._running.items()}
        if not owners:
            return
        async with self._db.write() as session:
            lost = await queue.renew(session, owners, self._lease)
        for job_id in lost:
            if entry := self._running.get(job_id):
                entry[1].cancel()

    async def _reap(self) -> None:
        async with self._db.read() as session:
            if not await queue.any_expired(session):
                return
        async with self._db.write() as session:
            count, lost = await queue.reap(session)
            await self._bury(session, lost)
        if count:
            logger.warning("%d jobs of dead processes go on", count)

    async def _bury(self, session: AsyncSession, lost: list[Job]) -> None:
        reason = "The process died again and again while it worked on this."
        for job in lost:
            handler = self._handlers[job.kind]
            job.state, job.error, job.finished_at = "failed", reason, now()
            job.lease_owner = job.lease_until = None
            await handler.gave_up(session, handler.message_type.model_validate(job.payload), reason)
