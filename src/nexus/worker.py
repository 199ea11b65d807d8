"""Composition root of `nexus worker`: Celery receives ids of jobs, one event loop runs them.

Celery keeps the main thread and its signals. A pool of threads, one a concurrent job, takes messages and waits;
the jobs themselves run beside each other on the loop of one more thread, which owns the database, the pipeline
and the leases, exactly as in the serving process.
"""

import functools
import logging
import os
import socket
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from anyio.from_thread import BlockingPortal, start_blocking_portal

from nexus import tables as tables  # the mapper must know every table before the first query
from nexus.chat import jobs as chat_jobs
from nexus.core.db import Database, create_engine
from nexus.core.ids import new_id
from nexus.core.jobs.broker import TASK, build_celery, open_dispatcher
from nexus.core.jobs.runner import Handler, JobRunner
from nexus.core.lock import require_restored
from nexus.core.migrate import migrate
from nexus.core.profile import require_safe
from nexus.core.relay import open_relay
from nexus.core.settings import Settings, SettingsError
from nexus.identity import jobs as identity_jobs
from nexus.identity.mailing import LinkMail
from nexus.ingestion import jobs as ingestion_jobs
from nexus.providers.embeddings.base import Embedder
from nexus.resources import build_mailer, open_pipeline

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# Celery has no types.

logger = logging.getLogger(__name__)

GRACE: Final = timedelta(seconds=8)
"""How long jobs may go on after SIGTERM before they are given back; less than what container engines wait."""

OpenHandlers = Callable[[Settings, Database], AbstractAsyncContextManager[Mapping[str, Handler]]]


def run(settings: Settings) -> int:
    """Works until SIGTERM or SIGINT and returns the exit code.

    Raises SettingsError when there is no broker, ConflictError when a restore was not finished.
    """
    return run_worker(settings, open_handlers)


@asynccontextmanager
async def open_handlers(
    settings: Settings, db: Database, embedder: Embedder | None = None
) -> AsyncGenerator[Mapping[str, Handler], None]:
    """All that a worker can do; `embedder` stands in for the configured one."""
    async with open_pipeline(settings, db, embedder) as pipeline:
        yield (
            ingestion_jobs.handlers(pipeline)
            | chat_jobs.handlers(db, settings.chat.temporary_hours)
            | identity_jobs.handlers(db, LinkMail(build_mailer(settings), settings))
        )


def run_worker(settings: Settings, open_handlers: OpenHandlers, *, grace: timedelta = GRACE) -> int:
    """`run`, for any set of handlers."""
    require_safe(settings)
    require_restored(settings.data_dir)
    if not settings.redis.url:
        raise SettingsError("NEXUS_REDIS__URL: a worker needs the address of Redis")
    with (
        start_blocking_portal("asyncio", {"use_uvloop": os.name != "nt"}) as portal,
        portal.wrap_async_context_manager(_open_runner(settings, open_handlers)) as runner,
    ):
        return _receive(settings, portal, runner, grace)


@asynccontextmanager
async def _open_runner(settings: Settings, open_handlers: OpenHandlers) -> AsyncGenerator[JobRunner, None]:
    db = Database(create_engine(settings.database_url, pool_size=settings.db.pool_size))
    try:
        await migrate(db.engine)
        poll = timedelta(seconds=settings.jobs.poll_seconds)
        async with (
            open_relay(db, settings.redis.url),
            open_handlers(settings, db) as found,
            open_dispatcher(db, settings.redis.url, poll=poll),
        ):
            runner = JobRunner(
                db,
                found,
                process=f"worker-{socket.gethostname()[:40]}-{os.getpid()}-{new_id().hex[-8:]}",
                concurrency=settings.jobs.concurrency,
                lease=timedelta(seconds=settings.jobs.lease_seconds),
                poll=poll,
            )
            await runner.start(claiming=False)
            try:
                yield runner
            finally:
                await runner.stop()
    finally:
        await db.aclose()


def _receive(settings: Settings, portal: BlockingPortal, runner: JobRunner, grace: timedelta) -> int:
    from celery import signals  # noqa: PLC0415 - half a second that `nexus --help` need not pay

    app = build_celery(settings.redis.url)

    def run_job(job_id: str) -> None:
        portal.call(runner.run_one, UUID(job_id))

    def leave_logging_alone(**_: Any) -> None:
        """Celery sets up logging unless somebody listens here."""

    def wind_down(**_: Any) -> None:
        # Celery waits for its threads and they wait for jobs: those must end or be given back.
        portal.start_task_soon(functools.partial(runner.stop, grace=grace))

    app.task(run_job, name=TASK)
    for chatty in ("celery.worker.strategy", "celery.app.trace"):
        # Two lines a message, and none about the job.
        logging.getLogger(chatty).setLevel(logging.WARNING)
    signals.setup_logging.connect(leave_logging_alone, weak=False)
    signals.worker_shutting_down.connect(wind_down, weak=False)
    worker = app.Worker(
        pool="threads",
        concurrency=settings.jobs.concurrency,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    logger.info("worker takes jobs, %d at a time", settings.jobs.concurrency)
    worker.start()
    return int(worker.exitcode or 0)
