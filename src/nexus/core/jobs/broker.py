"""Hands the ids of due jobs to a broker, so that workers on other machines run them.

The job's row stays the truth: what travels is its id, and the worker that receives it must still claim the
row. A message that is lost, late or delivered twice is therefore harmless. Celery takes half a second to
import; only a process that opens a dispatcher or a worker pays for it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from nexus.core.db import Database
from nexus.core.jobs import queue
from nexus.core.jobs.models import TOPIC
from nexus.core.tasks import BackgroundTasks, repeat

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# Celery has no types.

logger = logging.getLogger(__name__)

TASK: Final = "nexus.run_job"
"""The task that every worker knows; its one argument is a job's id."""
QUEUE: Final = "nexus.jobs"
WINDOW: Final = 1000
"""Ids that wait at the broker at a time."""
PAUSE: Final = timedelta(seconds=5)
"""Between two tries to reach a broker that is away."""


class BrokerUnavailableError(Exception):
    """The broker took nothing, or not everything."""


class Broker(Protocol):
    async def publish(self, ids: Sequence[UUID]) -> None:
        """Hands the ids over. Raises BrokerUnavailableError, whereupon some of them may have got through."""
        ...


def build_celery(url: str) -> Any:
    """The `celery.Celery` that senders and workers share; connects to nothing yet."""
    from celery import Celery  # noqa: PLC0415 - see above

    app = Celery("nexus", broker=url, set_as_current=False)
    app.conf.update(
        task_default_queue=QUEUE,
        task_ignore_result=True,
        accept_content=["json"],
        # A message is done when its job has run: one whose worker died is delivered again.
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        broker_transport_options={
            # The row's lease, not this, says when a job may be taken over; this only has to be long.
            "visibility_timeout": 2 * 60 * 60,
            "unacked_restore_interval": 10,
            "unacked_restore_throttle": 1,
            "socket_keepalive": True,
        },
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    return app


class CeleryBroker:
    """Publishes over one connection, which fails soon instead of waiting for Redis to come back."""

    def __init__(self, url: str) -> None:
        self._app = build_celery(url)
        self._connection: Any = self._app.connection_for_write(
            transport_options={
                "socket_timeout": 5,
                "socket_connect_timeout": 5,
                "max_retries": 1,
                "interval_start": 0,
                "connect_retries_timeout": 5,
            }
        )
        self._producer: Any = self._app.amqp.Producer(self._connection, auto_declare=False)

    async def publish(self, ids: Sequence[UUID]) -> None:
        await asyncio.to_thread(self._send, ids)

    def _send(self, ids: Sequence[UUID]) -> None:
        from kombu.exceptions import OperationalError  # noqa: PLC0415
        from redis import RedisError  # noqa: PLC0415

        try:
            for job_id in ids:
                self._app.send_task(TASK, args=[str(job_id)], producer=self._producer, retry=False)
        except (OperationalError, RedisError) as error:
            raise BrokerUnavailableError(str(error)) from error

    async def aclose(self) -> None:
        await asyncio.to_thread(self._connection.release)


class Dispatcher:
    """Publishes jobs as they fall due, and again when a worker gave them back or the broker lost them.

    Any number of them may run, in serving and in working processes; a job's id goes through one at a time.
    """

    def __init__(self, db: Database, broker: Broker, *, poll: timedelta, window: int = WINDOW) -> None:
        self._db = db
        self._broker = broker
        self._poll = poll
        self._window = window
        self._wake = asyncio.Event()
        self._publishing = asyncio.Lock()
        self._tasks = BackgroundTasks()

    async def start(self) -> None:
        async with self._db.write(durable=False) as session:
            await queue.offer_again(session)
        self._db.subscribe(TOPIC, self._wake.set)
        self._tasks.start(repeat(self._dispatch_or_pause, every=self._poll, wake=self._wake), name="job-dispatcher")

    async def stop(self) -> None:
        """Lets a round that is under way finish, so that no id is marked as handed over that was not."""
        async with self._publishing:
            await self._tasks.aclose()

    async def dispatch(self) -> int:
        """One round; returns how many ids were handed over. Raises BrokerUnavailableError."""
        async with self._publishing:
            async with self._db.read() as session:
                if not await queue.any_unpublished(session):
                    return 0
            async with self._db.write(durable=False) as session:
                ids = await queue.take_unpublished(session, self._window)
            if not ids:
                return 0
            # Marked first and sent after the commit: a worker may be faster than our next line, and must
            # find the row free.
            try:
                await self._broker.publish(ids)
            except BrokerUnavailableError:
                async with self._db.write(durable=False) as session:
                    await queue.put_back_unpublished(session, ids)
                raise
            return len(ids)

    async def _dispatch_or_pause(self) -> None:
        try:
            await self.dispatch()
        except BrokerUnavailableError as error:
            logger.warning("jobs wait because the broker cannot be reached: %s", error)
            await asyncio.sleep(PAUSE.total_seconds())


@asynccontextmanager
async def open_dispatcher(db: Database, url: str, *, poll: timedelta) -> AsyncGenerator[Dispatcher, None]:
    """A running dispatcher to the Redis at `url`."""
    broker = CeleryBroker(url)
    dispatcher = Dispatcher(db, broker, poll=poll)
    await dispatcher.start()
    try:
        yield dispatcher
    finally:
        await dispatcher.stop()
        await broker.aclose()
