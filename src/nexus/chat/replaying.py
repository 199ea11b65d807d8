"""A run's events as its reader may still see them, from the rows first and then as they come."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.chat import queries
from nexus.chat.events import FINAL, Event, EventLog, topic_of
from nexus.chat.models import RunEvent
from nexus.chat.rendering import WITHDRAWN, without_closed
from nexus.chat.steps import redacted_step, shown_documents
from nexus.core.db import AsyncSession, Database
from nexus.core.http.sse import encode_event
from nexus.knowledge import queries as knowledge

_POLL_SECONDS: Final = 0.4
_HEARING_POLL_SECONDS: Final = 3.0
"""Where the process that answers tells of each event; only what it could not tell is found by looking."""


async def attach(
    db: Database, log: EventLog, principal: Principal, run_id: UUID, after: int
) -> AsyncGenerator[Event, None]:
    """The run's events after number `after`, to its end, from whichever process runs it.

    The caller has checked whose run it is. What was stored before is shown as far as it may still be read.
    """
    async with db.read() as session:
        # From the first one on: what may be shown of a later event depends on the citations before it.
        stored = await queries.events_after(session, run_id, 0, 10_000)
        run = await queries.find_run(session, principal, run_id)
        # What an answer rests on is known at its end; until then it may be anything that was shown.
        ended = any(event.kind in FINAL for event in stored)
        rests_on = run.rests_on or () if run and ended else shown_documents(stored)
        reader = principal.within(run.conversation_id) if run else principal
        closed = await _closed_documents(session, reader, stored, rests_on)
    for event, data in zip(stored, _redact(stored, closed, rests_on), strict=True):
        if event.number > after:
            yield _event(event.number, event.kind, data)
            after = event.number
    if any(event.kind in FINAL for event in stored):
        return
    events = log.follow(run_id, after) if log.has(run_id) else _poll(db, principal, run_id, after)
    async for event in events:
        yield event


async def _poll(db: Database, principal: Principal, run_id: UUID, after: int) -> AsyncGenerator[Event, None]:
    """Events of a run that another process answers."""
    told = asyncio.Event()
    leave = db.subscribe(topic_of(run_id), told.set, everywhere=True)
    try:
        while True:
            told.clear()
            async with db.read() as session:
                events = await queries.events_after(session, run_id, after, 1000)
                run = await queries.find_run(session, principal, run_id)
            for event in events:
                after = event.number
                yield _event(event.number, event.kind, event.data)
                if event.kind in FINAL:
                    return
            if run is None or (not events and run.state not in ("queued", "running")):
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(_HEARING_POLL_SECONDS if db.hears_others else _POLL_SECONDS):
                    await told.wait()
    finally:
        leave()


def _event(number: int, kind: str, data: dict[str, Any]) -> Event:
    return Event(number, kind, data, encode_event(number, kind, data))


async def _closed_documents(
    session: AsyncSession, principal: Principal, events: Sequence[RunEvent], rests_on: Iterable[str]
) -> set[str]:
    """Of all documents that the run was about, those that the person may not read now."""
    ids = {event.data["document_id"] for event in events if "document_id" in event.data}
    ids |= {*shown_documents(events), *rests_on}
    readable = await knowledge.readable_ids(session, principal, [UUID(i) for i in ids])
    return {i for i in ids if UUID(i) not in readable}


def _redact(events: Sequence[RunEvent], closed: set[str], rests_on: Iterable[str]) -> list[dict[str, Any]]:
    """The data of all of a run's events, as far as its reader may still see it; folds to what the message shows."""
    if not closed:
        return [event.data for event in events]
    hidden = {event.data["number"] for event in events if event.data.get("document_id") in closed}
    extractive = any(event.kind == "retrieval.finished" and event.data["kind"] == "extractive" for event in events)
    withdrawn = not extractive and bool(hidden or not closed.isdisjoint(rests_on))
    shown: list[dict[str, Any]] = []
    instead, told = WITHDRAWN, False
    for event in events:
        data = event.data
        if (event.kind == "citation.added" and data["number"] in hidden) or (event.kind == "web.cited" and withdrawn):
            data = {"number": data["number"], "available": False}
        elif event.kind == "text.delta" and extractive:
            data = {"text": without_closed(data["text"], hidden)}
        elif event.kind == "text.delta" and withdrawn:
            data, instead = {"text": instead}, ""
        elif event.kind == "answer.checked" and (withdrawn or hidden):
            # The words in question are the answer's, which is not shown either.
            data = {"support": None, "findings": list[Any]()}
        elif event.kind == "retrieval.finished" or event.kind.startswith(("tool.", "approval.")):
            data = redacted_step(event.kind, data, closed, told=told)
            told = told or not closed.isdisjoint(shown_documents([event]))
        shown.append(data)
    return shown
