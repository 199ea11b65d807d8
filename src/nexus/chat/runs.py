"""The engine that answers: each run is a task of this process whose every step is an event."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents.loop import Spent
from nexus.agents.profiles import Engaged
from nexus.chat import queries, spending
from nexus.chat.answers import Answerer
from nexus.chat.asides import suggest_questions, suggest_title
from nexus.chat.events import EventLog, EventRow, Kind
from nexus.chat.files import Files
from nexus.chat.models import STOPS, Message, Run
from nexus.chat.search_queries import add_entry
from nexus.chat.spending import Aside
from nexus.chat.steps import fold_steps, shown_documents
from nexus.chat.telling import Answer, Emit, citation_rows, rows_told, who_answered
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import NexusError, UnavailableError
from nexus.core.ids import new_id
from nexus.core.tasks import BackgroundTasks, repeat
from nexus.llms.schemas import Purpose
from nexus.providers.llm.base import ChatTurn
from nexus.retrieval.searches import SearchRequest

logger = logging.getLogger(__name__)

LEASE: Final = timedelta(seconds=20)
"""So long after its process was last heard of, an answer is given its end."""
_RENEWING: Final = timedelta(seconds=2)
MOST_RUNS: Final = 1000
"""Answers under way in one process; beyond that it says so instead of failing slowly."""


@dataclass(frozen=True, slots=True)
class Task:
    """Everything a run needs, read when it was created: it holds no database session."""

    run_id: UUID
    conversation_id: UUID
    question_id: UUID
    principal: Principal
    request: SearchRequest
    started: EventRow
    """The run's first event, stored with its row."""
    history: tuple[ChatTurn, ...] = ()
    agent: Engaged | None = None
    files: Files | None = None
    """Of its conversation, where somebody has attached any; `principal` is within it then."""
    unattended: bool = False
    """Nobody watches it who could allow what needs a person's word."""
    way: "Way | None" = None
    """Who answers, where it is not the answerer."""
    title: str | None = None
    """What the conversation is called that began with this question, until a language model finds better words."""


Way = Callable[[Answer, Emit], Awaitable[None]]
"""Fills the answer, and tells what it does."""


@dataclass
class _Active:
    answering: "asyncio.Task[NexusError | None]"
    running: asyncio.Task[None]
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class RunEngine:
    """Starts, stops and finishes runs. One for each process that serves."""

    def __init__(self, db: Database, log: EventLog, answerer: Answerer) -> None:
        self._db = db
        self._log = log
        self._answerer = answerer
        self._active: dict[UUID, _Active] = {}
        self._tasks = BackgroundTasks()
        self._wake = asyncio.Event()

    async def start_keeping(self, *, alone: bool) -> None:
        """Ends what a dead process left (all of it when this process is `alone`) and keeps our own runs alive."""
        await self._end_orphans(everything=alone)
        self._db.subscribe(STOPS, self._wake.set, everywhere=True)
        self._tasks.start(repeat(self._keep, every=_RENEWING, wake=self._wake), name="runs-keeper")

    async def aclose(self) -> None:
        for active in list(self._active.values()):
            active.answering.cancel()
        await asyncio.gather(*(a.running for a in self._active.values()), return_exceptions=True)
        await self._tasks.aclose()

    async def language_model(self, tenant_id: UUID) -> str | None:
        """The name of the model that answers a tenant; None where answers are quotations."""
        return await self._answerer.models.find_name(tenant_id)

    @property
    def answerer(self) -> Answerer:
        return self._answerer

    @property
    def active(self) -> int:
        return len(self._active)

    def require_room(self) -> None:
        """Raises UnavailableError when too many answers are under way."""
        if len(self._active) >= MOST_RUNS:
            raise UnavailableError("The server is answering as many questions as it can. Try again in a moment.")

    def expect(self, question: str) -> None:
        """Says ahead of `start` what will be asked: it is embedded while the question is being stored."""
        self._tasks.start(self._answerer.retriever.expect(question), name="expect")

    def start(self, task: Task) -> None:
        """Call after the run's row has been committed."""
        self._log.open(task.started)
        answer = Answer()
        answering = self._tasks.start(self._answer(task, answer), name="answer")
        running = self._tasks.start(self._run(task, answer, answering), name="run")
        self._active[task.run_id] = _Active(answering, running)

    def stop(self, run_id: UUID) -> bool:
        """Stops a run of this process; what it has said is kept. False when it is not ours."""
        active = self._active.get(run_id)
        if active is None:
            return False
        active.answering.cancel()
        return True

    async def wait(self, run_id: UUID) -> None:
        """Returns when the run has ended; at once when it is not ours."""
        if active := self._active.get(run_id):
            await active.ended.wait()

    async def _answer(self, task: Task, answer: Answer) -> NexusError | None:
        """What `stop` cancels. Returns what went wrong."""

        def emit(kind: Kind, data: dict[str, Any]) -> None:
            if kind == "text.delta" and not answer.text and task.title is not None:
                # Not before the answer has begun: nothing shall make a person wait for its first word.
                self._tasks.start(self._name(task, task.title), name="title")
            self._log.append(task.run_id, kind, data)

        try:
            if task.way is not None:
                await task.way(answer, emit)
                return None
            answerer = replace(self._answerer, agent=task.agent, unattended=task.unattended)
            await answerer.answer(task.run_id, task.principal, task.request, task.history, answer, emit, task.files)
        except NexusError as error:
            return error
        except Exception:
            # The person waits for an end of the stream, whatever went wrong; the log has the rest.
            logger.exception("run %s failed", task.run_id)
            sentence = "Something went wrong on the server. Ask again, or tell your administrator."
            return NexusError(sentence, code="internal")
        return None

    async def _run(self, task: Task, answer: Answer, answering: "asyncio.Task[NexusError | None]") -> None:
        """Sees the answer to its end, which nobody cancels: however it ends, what was said is kept."""
        try:
            await asyncio.wait((answering,))
            if answering.cancelled():
                await self._finish(task, answer, "run.cancelled", None)
            else:
                failure = answering.result()
                await self._finish(task, answer, "run.failed" if failure else "run.succeeded", failure)
        finally:
            self._active.pop(task.run_id).ended.set()

    async def _name(self, task: Task, former: str) -> None:
        """Calls the conversation by better words than its question, unless somebody has named it meanwhile."""
        chosen = await self._answerer.models.choose(task.principal.tenant_id, Purpose.ASIDES)
        if chosen is None:
            return
        spent: list[Spent] = []
        title = await suggest_title(chosen.model, task.request.query, spent)
        counted = await Aside(chosen, spent).counted()
        async with self._db.write(durable=False) as session:
            await spending.add(session, task.run_id, counted)
            named = title and await queries.rename_conversation(session, task.conversation_id, former, title)
        if named and task.run_id in self._active:
            self._log.append(task.run_id, "conversation.titled", {"title": title})

    async def suggest_questions(self, run: Run, question: str, answer: str) -> Sequence[str]:
        """What one might ask next; nothing without a language model."""
        chosen = await self._answerer.models.choose(run.tenant_id, Purpose.ASIDES)
        if chosen is None:
            return []
        spent: list[Spent] = []
        asked = await suggest_questions(chosen.model, question, answer, spent)
        counted = await Aside(chosen, spent).counted()
        async with self._db.write(durable=False) as session:
            await spending.add(session, run.id, counted)
        return asked

    async def _finish(self, task: Task, answer: Answer, kind: Kind, failure: NexusError | None) -> None:
        answer_id = new_id() if answer.text.strip() else None
        values: dict[str, Any] = {
            "state": kind.removeprefix("run."),
            "kind": answer.kind,
            "model": answer.model[:200],
            "answer_id": answer_id,
            "input_tokens": answer.usage.input_tokens,
            "output_tokens": answer.usage.output_tokens,
            "usage_estimated": answer.usage.estimated,
            **await who_answered(answer),
            "read_documents": answer.read_documents,
            "findings": answer.findings,
            "support": answer.support,
            "steps": answer.steps or None,
            "rests_on": answer.rests_on or None,
            "left_out": answer.left_out or None,
            "first_token_at": answer.first_token_at,
            "finished_at": now(),
            "lease_until": None,
        }
        data: dict[str, Any] = {"message_id": str(answer_id) if answer_id else None, "kind": answer.kind}
        data |= {"usage": {"input_tokens": answer.usage.input_tokens, "output_tokens": answer.usage.output_tokens}}
        if failure is not None:
            code = str(failure.extra.get("code", failure.slug))
            values |= {"failure_code": code[:32], "failure": failure.detail}
            data |= {"code": code, "detail": failure.detail}

        beside = [await each.counted() for each in answer.asides]

        async def write(session: AsyncSession) -> None:
            if answer_id is not None:
                message = Message(
                    id=answer_id,
                    conversation_id=task.conversation_id,
                    parent_id=task.question_id,
                    role="assistant",
                    text=answer.text.strip(),
                )
                session.add(message)
                await session.flush()
                await add_entry(session, task.principal.user_id, message)
                session.add_all(citation_rows(answer_id, answer.citations, answer.web_citations))
            await queries.update_run(session, task.run_id, **values)
            for counted in beside:
                await spending.add(session, task.run_id, counted)
            await queries.touch_conversation(session, task.conversation_id)

        await self._log.finish(task.run_id, kind, data, write)

    async def _keep(self) -> None:
        if ours := list(self._active):
            async with self._db.write(durable=False) as session:
                stopped = await queries.renew_runs(session, ours, LEASE)
            for run_id in stopped:
                self.stop(run_id)
        await self._end_orphans(everything=False)

    async def _end_orphans(self, *, everything: bool) -> None:
        async with self._db.read() as session:
            if not await queries.orphaned_runs(session, everything=everything):
                return
        async with self._db.write(durable=False) as session:
            for run in await queries.orphaned_runs(session, everything=everything):
                if run.id not in self._active:
                    await _bury(session, run)


async def _bury(session: AsyncSession, run: Run) -> None:
    """Its process died: the stream gets its end, and what was said becomes the message."""
    events = await queries.events_after(session, run.id, 0, 100_000)
    text = "".join(event.data["text"] for event in events if event.kind == "text.delta").strip()
    advice = "Go on: what was found is kept." if run.mode == "research" else "Ask again."
    sentence = f"The server stopped while it was answering. {advice}"
    run.kind = next((event.data["kind"] for event in events if event.kind == "retrieval.finished"), run.kind)
    run.steps, run.rests_on = fold_steps(events) or None, shown_documents(events) or None
    if text:
        answer_id = run.answer_id = new_id()
        message = Message(
            id=answer_id,
            conversation_id=run.conversation_id,
            parent_id=run.question_id,
            role="assistant",
            text=text,
        )
        session.add(message)
        await session.flush()
        await add_entry(session, run.user_id, message)
        session.add_all(rows_told(answer_id, events))
    run.state, run.failure_code, run.failure = "failed", "interrupted", sentence
    run.finished_at, run.lease_until = now(), None
    data = {"message_id": str(run.answer_id) if run.answer_id else None, "code": "interrupted", "detail": sentence}
    row = {"run_id": run.id, "number": len(events) + 1, "kind": "run.failed", "data": data, "created_at": now()}
    await queries.add_events(session, [row])
