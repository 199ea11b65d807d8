"""The event log of runs: numbered, stored, then shown; in that order, so that nobody ever sees what is not stored.

One writer serves all runs of the process. Text deltas wait a moment and become one event a run; everything
else is written at once. Whatever is waiting is stored in one transaction, then handed to whoever listens.
"""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypedDict
from uuid import UUID

from nexus.chat import queries
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database, notify
from nexus.core.http.sse import encode_event
from nexus.core.tasks import BackgroundTasks

logger = logging.getLogger(__name__)

Kind = Literal[
    "run.started",
    "conversation.titled",
    "attachments.reading",
    "research.planned",
    "research.step",
    "retrieval.finished",
    "tool.called",
    "tool.progress",
    "approval.requested",
    "approval.given",
    "tool.finished",
    "text.delta",
    "citation.added",
    "web.cited",
    "link.blocked",
    "answer.checked",
    "run.succeeded",
    "run.failed",
    "run.cancelled",
]
FINAL: Final = frozenset({"run.succeeded", "run.failed", "run.cancelled"})
GATHER_SECONDS: Final = 0.04
REMEMBERED_RUNS: Final = 200
"""Finished runs whose events stay in memory for those who attach late."""
_PAUSES: Final = (0.2, 1.0, 5.0)
"""Seconds between the attempts to store the end of a run."""


@dataclass(frozen=True, slots=True)
class Event:
    number: int
    kind: str
    data: dict[str, Any]
    encoded: bytes


class EventRow(TypedDict):
    """A row of `RunEvent`."""

    run_id: UUID
    number: int
    kind: str
    data: dict[str, Any]
    created_at: datetime


def first_event(run_id: UUID, data: dict[str, Any]) -> EventRow:
    """What whoever creates a run stores with it: `run.started`."""
    return EventRow(run_id=run_id, number=1, kind="run.started", data=data, created_at=now())


def topic_of(run_id: UUID) -> str:
    """What the commits of a run's events speak of (`Database.subscribe`)."""
    return f"run:{run_id}"


Write = Callable[[AsyncSession], Awaitable[None]]


@dataclass
class _End:
    """The last event of a run and what is stored with it; `stored` tells whoever waits."""

    event: tuple[Kind, dict[str, Any]]
    write: Write
    stored: asyncio.Future[None]


@dataclass
class _Live:
    """A run of this process."""

    events: list[Event] = field(default_factory=list[Event])
    waiting: list[tuple[Kind, dict[str, Any]]] = field(default_factory=list[tuple[Kind, dict[str, Any]]])
    end: _End | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    finished: bool = False


class EventLog:
    """Belongs to one event loop. `append` never waits; what it was given is stored within `GATHER_SECONDS`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._runs: dict[UUID, _Live] = {}
        self._finished: deque[UUID] = deque()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        self._tasks.start(self._write_forever(), name="run-events")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self._flush()

    def open(self, first: EventRow) -> None:
        """From now on the events of this run are numbered here; the first of them has been stored with the run."""
        live = self._runs[first["run_id"]] = _Live()
        self._publish(live, [first])

    def has(self, run_id: UUID) -> bool:
        return run_id in self._runs

    def append(self, run_id: UUID, kind: Kind, data: dict[str, Any]) -> None:
        live = self._runs[run_id]
        if live.end is not None or live.finished:
            return  # what comes beside the answer, and came too late for it
        live.waiting.append((kind, data))
        if kind != "text.delta":
            self._wake.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._wake.set)

    async def finish(self, run_id: UUID, kind: Kind, data: dict[str, Any], write: Write) -> None:
        """Stores the run's last events and, by `write`, its result in one transaction, together with what else waits.

        A database that is away is waited for; after that the run is left to whoever buries the dead ones.
        """
        live = self._runs[run_id]
        for pause in (*_PAUSES, None):
            live.end = _End((kind, data), write, asyncio.get_running_loop().create_future())
            self._wake.set()
            try:
                await live.end.stored
            except Exception:
                if pause is None:
                    self._forget(run_id, live)
                    raise
                logger.exception("the end of run %s could not be stored", run_id)
                await asyncio.sleep(pause)
            else:
                return

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self._flush()
            except Exception:
                # What could not be stored is still waiting; the database may be back at the next turn.
                logger.exception("run events could not be stored")
                await asyncio.sleep(1)
                self._wake.set()

    async def _flush(self) -> None:
        async with self._writing:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            waiting = {run_id: live for run_id, live in self._runs.items() if live.waiting or live.end}
            if waiting:
                await self._store_apart(waiting)

    async def _store_apart(self, runs: dict[UUID, _Live]) -> None:
        """One run whose events the database refuses must not hold up the others."""
        try:
            await self._store(runs)
        except Exception as error:
            if len(runs) == 1:
                (live,) = runs.values()
                if live.end is None:
                    raise
                # Whoever ends the run decides how often it is worth trying.
                end, live.end = live.end, None
                if not end.stored.done():
                    end.stored.set_exception(error)
                return
            failure: Exception | None = None
            for run_id, live in runs.items():
                try:
                    await self._store_apart({run_id: live})
                except Exception as alone:  # noqa: BLE001 - raised below, when the others have had their turn
                    failure = alone
            if failure is not None:
                raise failure from error

    async def _store(self, runs: dict[UUID, _Live]) -> None:
        taken = [(live, list(live.waiting), live.end, self._take(run_id, live)) for run_id, live in runs.items()]
        try:
            async with self._db.write(durable=False, urgent=True) as session:
                for _, _, end, _ in taken:
                    if end is not None:
                        await end.write(session)
                await queries.add_events(session, [row for _, _, _, rows in taken for row in rows])
                for run_id in runs:
                    notify(session, topic_of(run_id))
        except BaseException:
            for live, waiting, _, _ in taken:
                live.waiting[:0] = waiting
            raise
        for live, _, end, rows in taken:
            self._publish(live, rows)
            if end is not None:
                live.end = None
                if not end.stored.done():
                    end.stored.set_result(None)

    @staticmethod
    def _take(run_id: UUID, live: _Live) -> list[EventRow]:
        """Numbers what waits, with neighbouring deltas joined."""
        joined: list[tuple[str, dict[str, Any]]] = []
        for kind, data in (*live.waiting, *([live.end.event] if live.end else ())):
            if kind == "text.delta" and joined and joined[-1][0] == "text.delta":
                joined[-1] = (kind, {"text": joined[-1][1]["text"] + data["text"]})
            else:
                joined.append((kind, data))
        live.waiting.clear()
        first, moment = len(live.events) + 1, now()
        return [
            EventRow(run_id=run_id, number=number, kind=kind, data=data, created_at=moment)
            for number, (kind, data) in enumerate(joined, first)
        ]

    def _publish(self, live: _Live, rows: Sequence[EventRow]) -> None:
        for row in rows:
            encoded = encode_event(row["number"], row["kind"], row["data"])
            live.events.append(Event(row["number"], row["kind"], row["data"], encoded))
            if row["kind"] in FINAL:
                live.finished = True
                self._finished.append(row["run_id"])
        while len(self._finished) > REMEMBERED_RUNS:
            self._runs.pop(self._finished.popleft(), None)
        live.changed.set()
        live.changed = asyncio.Event()

    def _forget(self, run_id: UUID, live: _Live) -> None:
        """Ends the streams of whoever follows the run here; they find its end in the database when they come back."""
        del self._runs[run_id]
        live.finished = True
        live.changed.set()

    def follow(self, run_id: UUID, after: int) -> AsyncGenerator[Event, None]:
        """Events of a run of this process with a number above `after`, to its last one.

        Raises KeyError for a run that is not remembered; from this call on it is, however long nobody iterates.
        """
        return self._events_of(self._runs[run_id], max(0, after))

    @staticmethod
    async def _events_of(live: _Live, position: int) -> AsyncGenerator[Event, None]:
        while True:
            changed = live.changed
            batch = live.events[position:]
            position += len(batch)
            for event in batch:
                yield event
            if live.finished and position >= len(live.events):
                return
            if not batch:
                await changed.wait()
