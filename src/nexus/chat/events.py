"""The event log of runs: numbered, stored, then shown; in that order, so that nobody ever sees what is not stored.

One writer serves all runs of the process. Text deltas wait a moment and become one event a run; everything
else is written at once. Whatever is waiting is stored in one transaction, then handed to whoever listens.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from nexus.chat import queries
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.http.sse import encode_event
from nexus.core.tasks import BackgroundTasks

logger = logging.getLogger(__name__)

Kind = Literal[
    "run.started",
    "retrieval.finished",
    "text.delta",
    "citation.added",
    "run.succeeded",
    "run.failed",
    "run.cancelled",
]
FINAL: Final = frozenset({"run.succeeded", "run.failed", "run.cancelled"})
GATHER_SECONDS: Final = 0.04
REMEMBERED_RUNS: Final = 200
"""Finished runs whose events stay in memory for those who attach late."""


@dataclass(frozen=True, slots=True)
class Event:
    number: int
    kind: str
    data: dict[str, Any]
    encoded: bytes


@dataclass
class _Live:
    """A run of this process."""

    events: list[Event] = field(default_factory=list[Event])
    waiting: list[tuple[Kind, dict[str, Any]]] = field(default_factory=list[tuple[Kind, dict[str, Any]]])
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    finished: bool = False


class EventLog:
    """Belongs to one event loop. `append` never waits; what it was given is stored within `GATHER_SECONDS`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._runs: dict[UUID, _Live] = {}
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._tasks = BackgroundTasks()

    def start(self) -> None:
        self._tasks.start(self._write_forever(), name="run-events")

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self._flush()

    def open(self, run_id: UUID) -> None:
        """From now on the run's events are numbered from 1 here."""
        self._runs[run_id] = _Live()
        while len(self._runs) > REMEMBERED_RUNS:
            oldest = next((i for i, live in self._runs.items() if live.finished), None)
            if oldest is None:
                break
            del self._runs[oldest]

    def has(self, run_id: UUID) -> bool:
        return run_id in self._runs

    def append(self, run_id: UUID, kind: Kind, data: dict[str, Any]) -> None:
        live = self._runs[run_id]
        live.waiting.append((kind, data))
        if kind != "text.delta":
            self._wake.set()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GATHER_SECONDS, self._wake.set)

    async def finish(
        self, run_id: UUID, kind: Kind, data: dict[str, Any], write: Callable[[AsyncSession], Any]
    ) -> None:
        """Stores the run's last events and, by `write`, its result in one transaction."""
        live = self._runs[run_id]
        async with self._writing:
            live.waiting.append((kind, data))
            await self._store({run_id: live}, write)

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
            waiting = {run_id: live for run_id, live in self._runs.items() if live.waiting}
            if waiting:
                await self._store(waiting)

    async def _store(self, runs: dict[UUID, _Live], write: Callable[[AsyncSession], Any] | None = None) -> None:
        taken = [(live, list(live.waiting), self._take(run_id, live)) for run_id, live in runs.items()]
        try:
            async with self._db.write(durable=False) as session:
                if write is not None:
                    await write(session)
                await queries.add_events(session, [row for _, _, rows in taken for row in rows])
        except BaseException:
            for live, waiting, _ in taken:
                live.waiting[:0] = waiting
            raise
        for live, _, rows in taken:
            self._publish(live, rows)

    @staticmethod
    def _take(run_id: UUID, live: _Live) -> list[dict[str, Any]]:
        """Numbers what waits, with neighbouring deltas joined."""
        joined: list[tuple[str, dict[str, Any]]] = []
        for kind, data in live.waiting:
            if kind == "text.delta" and joined and joined[-1][0] == "text.delta":
                joined[-1] = (kind, {"text": joined[-1][1]["text"] + data["text"]})
            else:
                joined.append((kind, data))
        live.waiting.clear()
        first, moment = len(live.events) + 1, now()
        return [
            {"run_id": run_id, "number": number, "kind": kind, "data": data, "created_at": moment}
            for number, (kind, data) in enumerate(joined, first)
        ]

    @staticmethod
    def _publish(live: _Live, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            encoded = encode_event(row["number"], row["kind"], row["data"])
            live.events.append(Event(row["number"], row["kind"], row["data"], encoded))
            live.finished = live.finished or row["kind"] in FINAL
        live.changed.set()
        live.changed = asyncio.Event()

    async def follow(self, run_id: UUID, after: int) -> AsyncGenerator[Event, None]:
        """Events of a run of this process with a number above `after`, to its last one."""
        live = self._runs[run_id]
        position = max(0, after)
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
