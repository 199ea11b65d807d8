"""Conversations and the questions in them. Everything is bound to the person who asks."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import ResourceKind
from nexus.access.principal import Permission, Principal
from nexus.chat import queries
from nexus.chat.events import FINAL, EventLog, first_event
from nexus.chat.models import Citation, Conversation, Message, Run, RunEvent
from nexus.chat.runs import LEASE, Task
from nexus.chat.schemas import CitationOut, MessageOut, QuestionIn, RunOut
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError, NotFoundError
from nexus.core.http.sse import encode_event
from nexus.core.ids import new_id
from nexus.knowledge import queries as knowledge
from nexus.providers.llm.base import ChatTurn
from nexus.retrieval.schemas import Scope
from nexus.retrieval.service import PASSAGES, to_request

HISTORY: Final = 6
"""Messages before the question that a language model is told."""
_POLL_SECONDS: Final = 0.4
_TITLE: Final = 80
UNAVAILABLE_QUOTE: Final = "> …"
WITHDRAWN: Final = "This answer rests on documents that you may no longer read. Ask again."
"""Stands for a generated answer, whose words cannot be told apart by the document they came from."""


async def get_conversation(session: AsyncSession, principal: Principal, conversation_id: UUID) -> Conversation:
    """Raises NotFoundError, the same for unknown and other people's."""
    found = await queries.find_conversation(session, principal, conversation_id)
    if found is None:
        raise NotFoundError("There is no such conversation.")
    return found


async def get_run(session: AsyncSession, principal: Principal, run_id: UUID) -> Run:
    """Raises NotFoundError, the same for unknown and other people's."""
    found = await queries.find_run(session, principal, run_id)
    if found is None:
        raise NotFoundError("There is no such run.")
    return found


async def ask(session: AsyncSession, principal: Principal, wanted: QuestionIn) -> tuple[Run, Task]:
    """Stores the question and its run; the caller starts the task once that is committed."""
    access.require_permission(principal, Permission.ASK)
    await _require_scope(session, principal, wanted.scope)
    question = wanted.question
    if wanted.conversation_id is None:
        if wanted.parent_id is not None or wanted.edited_id is not None:
            raise NotFoundError("There is no such message in this conversation.")
        conversation = Conversation(
            id=new_id(), tenant_id=principal.tenant_id, user_id=principal.user_id, title=_title(question)
        )
        session.add(conversation)
        parent = None
    else:
        conversation = await get_conversation(session, principal, wanted.conversation_id)
        conversation.updated_at = now()
        parent = await _parent(session, conversation, wanted)
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        parent_id=parent.id if parent else None,
        role="user",
        text=question,
    )
    # Stored with the run in one go: the tables' foreign keys tell the session their order.
    session.add(message)
    run = await _add_run(session, principal, conversation, message, wanted.scope)
    return run, await _task(session, principal, run, message, wanted.scope)


async def _require_scope(session: AsyncSession, principal: Principal, scope: Scope) -> None:
    """Raises NotFoundError, the same for unknown and unreadable knowledge bases, before anything is stored."""
    named = frozenset(scope.knowledge_base_ids or ())
    if named and not named <= await access.readable_knowledge_bases(session, principal):
        raise access.not_found(ResourceKind.KNOWLEDGE_BASE)


async def _parent(session: AsyncSession, conversation: Conversation, wanted: QuestionIn) -> Message | None:
    """What the question hangs below: what was named, what the edited one hangs below, or the newest message."""
    missing = NotFoundError("There is no such message in this conversation.")
    parent_id = wanted.parent_id
    if wanted.edited_id is not None:
        edited = await queries.find_message(session, conversation.id, wanted.edited_id)
        if edited is None or edited.role != "user":
            raise missing
        if edited.parent_id is None:
            return None
        parent_id = edited.parent_id
    if parent_id is None:
        return await queries.newest_message(session, conversation.id)
    parent = await queries.find_message(session, conversation.id, parent_id)
    if parent is None:
        raise missing
    return parent


async def ask_again(session: AsyncSession, principal: Principal, run_id: UUID) -> tuple[Run, Task]:
    """Another answer to the same question with the same scope, beside the first. Raises ConflictError while it runs."""
    access.require_permission(principal, Permission.ASK)
    former = await get_run(session, principal, run_id)
    if former.state in ("queued", "running"):
        raise ConflictError("The answer is still being written. Stop it first, or wait.")
    conversation = await get_conversation(session, principal, former.conversation_id)
    message = await queries.find_message(session, conversation.id, former.question_id)
    if message is None:
        raise NotFoundError("There is no such run.")
    scope = Scope.model_validate(former.scope)
    await _require_scope(session, principal, scope)
    run = await _add_run(session, principal, conversation, message, scope)
    return run, await _task(session, principal, run, message, scope)


async def _add_run(
    session: AsyncSession, principal: Principal, conversation: Conversation, message: Message, scope: Scope
) -> Run:
    moment = now()
    run = Run(
        id=new_id(),
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        conversation_id=conversation.id,
        question_id=message.id,
        state="running",
        scope=scope.model_dump(mode="json", exclude_none=True),
        lease_until=moment + LEASE,
        created_at=moment,
        started_at=moment,
    )
    session.add(run)
    await session.flush()
    return run


async def _task(session: AsyncSession, principal: Principal, run: Run, message: Message, scope: Scope) -> Task:
    # As they may be read now: a language model would repeat what a revocation has closed.
    above = await render_messages(session, principal, await queries.ancestors(session, message, HISTORY))
    turns = tuple(ChatTurn(m.role, m.text) for m in above)
    request = to_request(message.text, scope, PASSAGES)
    about = {"run_id": run.id, "conversation_id": run.conversation_id, "question_id": message.id}
    started = first_event(run.id, {name: str(value) for name, value in about.items()})
    await queries.add_events(session, [started])
    return Task(run.id, run.conversation_id, message.id, principal, request, started, turns)


def _title(question: str) -> str:
    line = " ".join(question.split())
    return line if len(line) <= _TITLE else line[: _TITLE - 1].rsplit(" ", 1)[0] + "…"


async def request_stop(session: AsyncSession, principal: Principal, run_id: UUID) -> Run:
    """Asks whichever process runs it to stop; one that has ended stays as it ended."""
    run = await get_run(session, principal, run_id)
    if run.state in ("queued", "running"):
        run.cancel_requested = True
        await session.flush()
    return run


async def render_messages(session: AsyncSession, principal: Principal, messages: Sequence[Message]) -> list[MessageOut]:
    """Messages with runs and citations, as far as the person may still read what is cited."""
    if not messages:
        return []
    ids = [m.id for m in messages if m.role == "assistant"]
    runs = await queries.runs_answering(session, ids)
    unanswered = await queries.open_runs(session, [m.id for m in messages if m.role == "user"])
    cited: dict[UUID, list[CitationOut]] = {}
    rows = await queries.citations_of(session, ids)
    sources = await knowledge.readable_sources(session, principal, list({row.document_id for row in rows}))
    for row in rows:
        cited.setdefault(row.message_id, []).append(_render_citation(row, sources))
    rendered: list[MessageOut] = []
    for message in messages:
        run, unanswered_run = runs.get(message.id), unanswered.get(message.id)
        citations = cited.get(message.id, [])
        closed = {c.number for c in citations if not c.available}
        generated = run is not None and run.kind == "generated"
        text = WITHDRAWN if closed and generated else _without_closed(message.text, closed)
        rendered.append(
            MessageOut(
                id=message.id,
                parent_id=message.parent_id,
                role="assistant" if message.role == "assistant" else "user",
                text=text,
                created_at=message.created_at,
                run=RunOut.model_validate(run, from_attributes=True) if run else None,
                open_run=RunOut.model_validate(unanswered_run, from_attributes=True) if unanswered_run else None,
                citations=citations,
            )
        )
    return rendered


def _without_closed(text: str, closed: set[int]) -> str:
    """A quotation of a document that the person may no longer read is not shown again."""
    if not closed:
        return text
    paragraphs = text.split("\n\n")
    return "\n\n".join(
        f"{UNAVAILABLE_QUOTE} [{n}]" if (n := _marker(paragraph)) in closed else paragraph for paragraph in paragraphs
    )


def _marker(paragraph: str) -> int:
    inside = paragraph.rpartition("[")[2].rstrip("]")
    return int(inside) if inside.isdigit() else 0


def _render_citation(row: Citation, sources: dict[UUID, knowledge.Source]) -> CitationOut:
    source = sources.get(row.document_id)
    if source is None:
        return CitationOut(number=row.number, available=False)
    return CitationOut(
        number=row.number,
        available=True,
        document_id=row.document_id,
        document_name=source.document.name,
        document_title=source.document.title,
        knowledge_base_id=source.knowledge_base.id,
        knowledge_base_name=source.knowledge_base.name,
        version_id=row.version_id,
        chunk_id=row.chunk_id,
        page=row.page,
        page_label=row.page_label,
        start=row.start,
        end=row.end,
        quote=row.quote,
        score=row.score,
        modified_at=source.document.modified_at,
        source_url=source.document.source_url,
        superseded=source.document.active_version_id != row.version_id,
    )


async def attach(
    db: Database, log: EventLog, principal: Principal, run_id: UUID, after: int
) -> AsyncGenerator[bytes, None]:
    """The run's events after number `after`, to its end, from whichever process runs it.

    The caller has checked whose run it is. What was stored before is shown as far as it may still be read.
    """
    async with db.read() as session:
        # From the first one on: what may be shown of a later event depends on the citations before it.
        stored = await queries.events_after(session, run_id, 0, 10_000)
        closed = await _closed_documents(session, principal, [event.data for event in stored])
    for event, data in zip(stored, _redact(stored, closed), strict=True):
        if event.number > after:
            yield encode_event(event.number, event.kind, data)
            after = event.number
    if any(event.kind in FINAL for event in stored):
        return
    if log.has(run_id):
        async for event in log.follow(run_id, after):
            yield event.encoded
        return
    async for encoded in _poll(db, principal, run_id, after):
        yield encoded


async def _poll(db: Database, principal: Principal, run_id: UUID, after: int) -> AsyncGenerator[bytes, None]:
    """Events of a run that another process answers."""
    while True:
        async with db.read() as session:
            events = await queries.events_after(session, run_id, after, 1000)
            run = await queries.find_run(session, principal, run_id)
        for event in events:
            after = event.number
            yield encode_event(event.number, event.kind, event.data)
            if event.kind in FINAL:
                return
        if run is None or (not events and run.state not in ("queued", "running")):
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _closed_documents(session: AsyncSession, principal: Principal, cited: Sequence[dict[str, Any]]) -> set[str]:
    """Documents among the cited ones that the person may not read now."""
    ids = {data["document_id"] for data in cited if "document_id" in data}
    readable = await knowledge.readable_ids(session, principal, [UUID(i) for i in ids])
    return {i for i in ids if UUID(i) not in readable}


def _redact(events: Sequence[RunEvent], closed: set[str]) -> list[dict[str, Any]]:
    """The data of all of a run's events, as far as its reader may still see it; folds to what the message shows."""
    hidden = {event.data["number"] for event in events if event.data.get("document_id") in closed}
    if not hidden:
        return [event.data for event in events]
    extractive = any(event.kind == "retrieval.finished" and event.data["kind"] == "extractive" for event in events)
    shown: list[dict[str, Any]] = []
    instead = WITHDRAWN
    for event in events:
        data = event.data
        if event.kind == "citation.added" and data["number"] in hidden:
            data = {"number": data["number"], "available": False}
        elif event.kind == "text.delta" and extractive:
            data = {"text": _without_closed(data["text"], hidden)}
        elif event.kind == "text.delta":
            data, instead = {"text": instead}, ""
        shown.append(data)
    return shown
