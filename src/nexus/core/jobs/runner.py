"""Runs jobs: in the serving process, or one at a time by id for a worker. The same handlers in both."""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.db import Database
from nexus.core.jobs import queue
from nexus.core.jobs.models import TOPIC, Job, Message
from nexus.core.postgresql import DatabaseAwayError
from nexus.core.tasks import BackgroundTasks, repeat

logger = logging.getLogger(__name__)

_FORGETTING = timedelta(hours=1)

MAX_ERROR_LENGTH: Final = 2000


@dataclass
class JobContext:
    """A handler's hold on its job. Its writes are fenced: a lost lease raises LeaseLostError and rolls back."""

    job_id: UUID
    owner: str
    checkpoint: dict[str, Any]
    finished: bool = field(default=False, init=False)

    async def save(self, session: AsyncSession, **progress: Any) -> None:
        """Stores progress in the caller's transaction; the next attempt finds it in `checkpoint`."""
        checkpoint = {**self.checkpoint, **progress}
        if checkpoint == self.checkpoint:
            # Standing still is no progress: a job that kills its process here every time must be found out.
            await queue.require_lease(session, self.job_id, self.owner)
            return
        await queue.save_checkpoint(session, self.job_id, self.owner, checkpoint)
        self.checkpoint = checkpoint

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


@dataclass(frozen=True, slots=True)
class _Attempt:
    context: JobContext
    task: asyncio.Task[None]


class JobRunner:
    """Claims and runs jobs of one process, renews their leases, and takes over from dead processes.

    `process` begins the owner word of every lease. It is unique among processes that live at the same time; one
    that holds its data folder alone uses the same word each time, so that `release_former` finds what it left.
    Only kinds with a handler are touched: others belong to a version of the product that is yet to come.
    """

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
        self._claiming = asyncio.Lock()
        self._running: dict[str, _Attempt] = {}
        self._attempts = BackgroundTasks()
        self._loops = BackgroundTasks()
        self._stopping = False

    @property
    def active(self) -> int:
        return len(self._running)

    async def start(self, *, claiming: bool) -> None:
        """`claiming` takes jobs from the table by itself; without, only `run_one` runs any."""
        self._loops.start(repeat(self._renew, every=self._lease / 3), name="job-leases")
        self._loops.start(repeat(self._reap, every=self._poll), name="job-reaper")
        self._loops.start(repeat(self._forget, every=_FORGETTING), name="job-forgetting")
        if claiming:
            self._db.subscribe(TOPIC, self._wake.set)
            self._loops.start(repeat(self._claim_all, every=self._poll, wake=self._wake), name="job-claims")

    async def release_former(self) -> None:
        """At the start of a process that holds the data folder alone: whoever ran jobs here before is dead."""
        await self._take_over(process=self._process)

    async def stop(self, *, grace: timedelta = timedelta(0)) -> None:
        """Claims no more, lets what runs go on for `grace`, then cancels it and gives those jobs back."""
        self._stopping = True
        async with self._claiming:
            # A claim under way has been let through, so that no job is taken without anybody knowing.
            attempts = list(self._running.values())
        try:
            if attempts and grace:
                await asyncio.wait([attempt.task for attempt in attempts], timeout=grace.total_seconds())
            await self._attempts.aclose()
            # Given back from here and not by the attempt itself, which may be cancelled before its first line.
            for attempt in attempts:
                if attempt.task.cancelled():
                    await self._give_back(attempt.context)
        finally:
            await self._loops.aclose()

    async def run_one(self, job_id: UUID) -> bool:
        """Runs the named job if it is due and free; False when another process has it, it is over, or we stop."""
        async with self._claiming:
            if self._stopping:
                async with self._db.write(durable=False) as session:
                    await queue.put_back_unpublished(session, [job_id])
                return False
            attempt = await self._claim(job_id)
        if attempt is None:
            return False
        await asyncio.wait([attempt.task])
        return True

    async def _claim_all(self) -> None:
        while True:
            async with self._claiming:
                if self._stopping or self.active >= self._concurrency or await self._claim() is None:
                    return

    async def _claim(self, job_id: UUID | None = None) -> _Attempt | None:
        job = await queue.claim(self._db, self._process, self._lease, self._handlers.keys(), job_id=job_id)
        if job is None:
            return None
        context = JobContext(job.id, job.lease_owner or "", dict(job.checkpoint))
        attempt = _Attempt(context, self._attempts.start(self._attempt(job, context), name=f"job-{job.kind}"))
        self._running[context.owner] = attempt
        attempt.task.add_done_callback(lambda _: self._ended(context.owner))
        return attempt

    def _ended(self, owner: str) -> None:
        del self._running[owner]
        self._wake.set()

    async def _attempt(self, job: Job, context: JobContext) -> None:
        handler = self._handlers[job.kind]
        try:
            await handler.handle(handler.message_type.model_validate(job.payload), context)
            if not context.finished:
                async with self._db.write(durable=False) as session:
                    await context.finish(session)
        except queue.LeaseLostError:
            logger.warning("job %s went to another process", job.id)
        except DatabaseAwayError:
            # The job is not to blame, and nothing can be noted: its lease runs out, as if this process had died.
            logger.warning("job %s (%s) lost the database", job.id, job.kind)
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise
            # Nobody cancelled us: something inside the handler was, and that is a failure like any other.
            logger.exception("job %s (%s) was cancelled from within", job.id, job.kind)
            await self._failed(job, context, error)
        except Exception as error:
            # The one place where any failure of a handler ends: it is logged, kept on the row and retried.
            logger.exception("job %s (%s) failed", job.id, job.kind)
            await self._failed(job, context, error)

    async def _failed(self, job: Job, context: JobContext, error: BaseException) -> None:
        reason = f"{type(error).__name__}: {error}"[:MAX_ERROR_LENGTH]
        attempts = job.attempts + 1
        if attempts >= self._handlers[job.kind].message_type.max_attempts:
            await self._give_up(job, attempts=attempts, reason=reason)
            return
        try:
            async with self._db.write() as session:
                await queue.retry_later(session, job.id, context.owner, attempts=attempts, error=reason)
        except queue.LeaseLostError:
            logger.warning("job %s went to another process", job.id)

    async def _give_up(self, job: Job, *, attempts: int, reason: str) -> None:
        """Ends the job and tells its subject: both, or neither until a later try."""
        handler, owner = self._handlers[job.kind], job.lease_owner or ""
        try:
            async with self._db.write() as session:
                await queue.fail(session, job.id, owner, attempts=attempts, error=reason)
                try:
                    message = handler.message_type.model_validate(job.payload)
                except ValidationError:
                    logger.exception("job %s (%s) cannot be read, so nobody is told that it failed", job.id, job.kind)
                else:
                    await handler.gave_up(session, message, reason)
        except queue.LeaseLostError:
            logger.warning("job %s went to another process", job.id)
        except Exception:
            logger.exception("nobody could be told that job %s (%s) failed, next try later", job.id, job.kind)
            async with self._db.write() as session:
                await queue.hold(session, job.id, owner)

    async def _give_back(self, context: JobContext) -> None:
        try:
            async with self._db.write(durable=False) as session:
                await queue.release(session, context.job_id, context.owner)
        except queue.LeaseLostError:
            # It had just ended, or somebody else has it: nothing of ours is left to give.
            return

    async def _renew(self) -> None:
        if not self._running:
            return
        async with self._db.write(durable=False) as session:
            lost = await queue.renew(session, list(self._running), self._lease)
        for owner in lost:
            # A job that ended while we asked is not lost.
            if (attempt := self._running.get(owner)) and not attempt.context.finished:
                logger.warning("the lease of job %s ran out", attempt.context.job_id)
                attempt.task.cancel()

    async def _forget(self) -> None:
        async with self._db.write(durable=False) as session:
            await queue.forget_finished(session)

    async def _reap(self) -> None:
        if count := await self._take_over():
            logger.warning("%d jobs of dead processes go on", count)

    async def _take_over(self, *, process: str | None = None) -> int:
        """Requeues or buries the jobs of dead processes; returns how many go on."""
        kinds = self._handlers.keys()
        revived = 0
        async with self._db.read() as session:
            if not await queue.any_dead(session, kinds, process=process):
                return 0
        while True:
            async with self._db.write() as session:
                job = await queue.take_dead(session, kinds, process=process)
                if job is None:
                    break
                to_blame = job.interruptions >= queue.MAX_INTERRUPTIONS
                if not to_blame:
                    await queue.revive(session, job)
                    revived += 1
            if to_blame:
                reason = f"The process died {job.interruptions + 1} times while it worked on this."
                await self._give_up(job, attempts=job.attempts, reason=reason)
        return revived
