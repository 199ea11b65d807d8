"""Messages with what they cite, as far as their reader may still read it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.chat import queries
from nexus.chat.addresses import addresses_of, find_addresses
from nexus.chat.attachment_schemas import AttachmentOut, LeftOutOut
from nexus.chat.models import Citation, Message, Run
from nexus.chat.schemas import (
    CitationOut,
    FeedbackOut,
    FindingOut,
    MessageOut,
    RunOut,
    StepOut,
)
from nexus.chat.steps import documents_of, seen_step
from nexus.chat.web_citing import render_web
from nexus.chat.web_schemas import WebCitationOut
from nexus.core.db import AsyncSession
from nexus.knowledge import queries as knowledge
from nexus.knowledge.version_queries import VersionFacts, version_facts

UNAVAILABLE_QUOTE: Final = "> …"
WITHDRAWN: Final = "This answer rests on documents that you may no longer read. Ask again."
"""Stands for a generated answer, whose words cannot be told apart by the document they came from."""


async def render_own(session: AsyncSession, principal: Principal, messages: Sequence[Message]) -> list[MessageOut]:
    """`render_messages` for whoever the caller knows to own the conversations: with what they attached there."""
    return await render_messages(session, principal.within(*{m.conversation_id for m in messages}), messages)


async def render_messages(session: AsyncSession, principal: Principal, messages: Sequence[Message]) -> list[MessageOut]:
    """Messages with runs and citations, as far as the person may still read what is cited."""
    if not messages:
        return []
    ids = [m.id for m in messages if m.role == "assistant"]
    runs = await queries.runs_answering(session, ids)
    unanswered = await queries.open_runs(session, [m.id for m in messages if m.role == "user"])
    feedback = {row.message_id: row for row in await queries.feedback_on(session, principal, ids)}
    cited: dict[UUID, list[CitationOut]] = {}
    rows = await queries.citations_of(session, ids)
    sources = await knowledge.readable_sources(session, principal, list({row.document_id for row in rows}))
    versions = await version_facts(session, {row.version_id for row in rows if row.document_id in sources})
    web: dict[UUID, list[WebCitationOut]] = {}
    for page in await queries.web_citations_of(session, ids):
        web.setdefault(page.message_id, []).append(render_web(page))
    texts = await _linked(session, principal, messages, rows)
    for row in rows:
        cited.setdefault(row.message_id, []).append(_render_citation(row, sources, versions, texts.get(row.chunk_id)))
    rendered: list[MessageOut] = []
    beside = await _closed_beside(session, principal, runs.values())
    files = await _files(session, principal, messages, runs.values())
    for message in messages:
        given = feedback.get(message.id)
        run, unanswered_run = runs.get(message.id), unanswered.get(message.id)
        citations = cited.get(message.id, [])
        closed = {c.number for c in citations if not c.available}
        withdrawn = (
            run is not None and run.kind == "generated" and (closed or not beside.isdisjoint(run.rests_on or ()))
        )
        text = WITHDRAWN if withdrawn else without_closed(message.text, closed)
        whole = run is not None and not closed and not withdrawn
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
                web_citations=[] if withdrawn else web.get(message.id, []),
                support=run.support if run and whole else None,
                findings=_findings(run) if run and whole else [],
                steps=[StepOut.model_validate(seen_step(step, beside)) for step in (run.steps if run else None) or ()],
                attachments=[_attachment(each, files) for each in message.attachments or ()],
                left_out=_left_out(run, files),
                feedback=FeedbackOut.model_validate(given, from_attributes=True) if given else None,
            )
        )
    return rendered


async def _closed_beside(session: AsyncSession, principal: Principal, runs: Iterable[Run]) -> set[str]:
    """Of the documents that answers rest on without citing them, and that tools have shown, those closed by now."""
    shown = {each for run in runs for each in (*(run.rests_on or ()), *documents_of(run.steps or ()))}
    readable = await knowledge.readable_ids(session, principal, [UUID(each) for each in sorted(shown)])
    return {each for each in shown if UUID(each) not in readable}


async def _files(
    session: AsyncSession, principal: Principal, messages: Sequence[Message], runs: Iterable[Run]
) -> Mapping[UUID, knowledge.Source]:
    """Attached files that these messages name, as far as the person may know of them."""
    named = {each for message in messages for each in message.attachments or ()}
    named |= {each["id"] for run in runs for each in run.left_out or ()}
    return await knowledge.readable_sources(session, principal, [UUID(each) for each in sorted(named)])


def _attachment(document_id: str, files: Mapping[UUID, knowledge.Source]) -> AttachmentOut:
    source = files.get(UUID(document_id))
    if source is None:
        return AttachmentOut(available=False)
    document = source.document
    return AttachmentOut(available=True, document_id=document.id, name=document.name, media_type=document.media_type)


def _left_out(run: Run | None, files: Mapping[UUID, knowledge.Source]) -> list[LeftOutOut]:
    told = [(each, files.get(UUID(each["id"]))) for each in (run.left_out if run else None) or ()]
    return [
        LeftOutOut(
            document_id=source.document.id,
            name=source.document.name,
            state=each["state"],
            failure_code=each["failure_code"],
            failure=each["failure"],
        )
        for each, source in told
        if source is not None
    ]


async def _linked(
    session: AsyncSession, principal: Principal, messages: Sequence[Message], rows: Sequence[Citation]
) -> Mapping[UUID, str]:
    """Cited passages by chunk, of messages with an address: it may be a link where it stands in what is cited."""
    linking = {message.id for message in messages if message.role == "assistant" and find_addresses(message.text)}
    wanted = list({row.chunk_id for row in rows if row.message_id in linking})
    return await knowledge.readable_texts(session, principal, wanted) if wanted else {}


def _findings(run: Run) -> list[FindingOut]:
    return [FindingOut.model_validate(each) for each in run.findings or ()]


def without_closed(text: str, closed: set[int]) -> str:
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


def _render_citation(
    row: Citation, sources: dict[UUID, knowledge.Source], versions: Mapping[UUID, VersionFacts], text: str | None
) -> CitationOut:
    source = sources.get(row.document_id)
    if source is None:
        return CitationOut(number=row.number, available=False)
    version = versions.get(row.version_id)
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
        addresses=addresses_of((source.document.source_url, text or row.quote)),
        superseded=source.document.active_version_id != row.version_id,
        version_number=version.number if version else None,
        read_at=version.created_at if version else None,
        version_removed=version is None,
    )
