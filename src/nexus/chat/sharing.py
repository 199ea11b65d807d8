"""Conversations that colleagues may read: each of them as far as they may read what it rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.principal import Permission, Principal
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.chat import queries, search_queries, sharing_queries
from nexus.chat.models import Citation, Conversation, Message, Run, Share
from nexus.chat.rendering import render_messages, render_own
from nexus.chat.schemas import MessageOut, SharedMessage, ShareIn
from nexus.chat.service import get_conversation
from nexus.chat.web_citing import copied_web
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, InvalidError, NotFoundError
from nexus.core.ids import new_id
from nexus.knowledge import queries as knowledge

WITHHELD: Final = "This answer rests on documents that you may not read. Ask the question yourself."
"""Stands for a generated answer."""
MOST_SHARES: Final = 50
"""Of one conversation."""


async def create_share(session: AsyncSession, principal: Principal, conversation_id: UUID, wanted: ShareIn) -> Share:
    """Of the branch that ends with the named message, or with the newest. Raises NotFoundError, ConflictError."""
    conversation = await get_conversation(session, principal, conversation_id)
    if conversation.temporary:
        raise ConflictError("A temporary chat cannot be shared. Keep it first.")
    if wanted.expires_at is not None and wanted.expires_at <= now():
        raise InvalidError("The share would have ended already. Choose a later day.")
    if wanted.message_id is None:
        last = await queries.newest_message(session, conversation.id)
    else:
        last = await queries.find_message(session, conversation.id, wanted.message_id)
    if last is None:
        raise NotFoundError("There is no such message in this conversation.")
    standing = await sharing_queries.list_shares(session, principal, conversation.id, before=None, limit=MOST_SHARES)
    if len(standing) >= MOST_SHARES:
        raise ConflictError(f"A conversation has at most {MOST_SHARES} shares. End one of them first.")
    share = Share(
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        conversation_id=conversation.id,
        message_id=last.id,
        title=conversation.title,
        expires_at=wanted.expires_at,
    )
    session.add(share)
    await session.flush()
    record(session, principal, Action.CONVERSATION_SHARED, _target(share), {"share_id": str(share.id)})
    return share


async def end_share(session: AsyncSession, principal: Principal, share_id: UUID) -> None:
    """Raises NotFoundError, the same for unknown and other people's."""
    share = await sharing_queries.find_own_share(session, principal, share_id)
    if share is None:
        raise NotFoundError("There is no such share.")
    await sharing_queries.delete_share(session, share.id)
    record(session, principal, Action.CONVERSATION_SHARE_ENDED, _target(share), {"share_id": str(share.id)})


@dataclass(frozen=True, slots=True)
class Shared:
    """A share as one reader sees it."""

    title: str
    owner_name: str
    created_at: datetime
    messages: Sequence[MessageOut]
    """The branch; what the reader may not know is not in it."""
    originals: Sequence[Message]


async def open_share(session: AsyncSession, principal: Principal, share_id: UUID) -> Shared:
    """Raises NotFoundError for one that is unknown, foreign, over, or whose conversation or owner is gone."""
    found = await sharing_queries.find_open_share(session, principal, share_id)
    if found is None:
        raise NotFoundError("There is no such shared conversation, or it is shared no more.")
    share, owner = found
    originals = await sharing_queries.branch_to(session, share.conversation_id, share.message_id)
    if share.user_id == principal.user_id:
        messages: Sequence[MessageOut] = await render_own(session, principal, originals)
    else:
        messages = await _as_read_by(session, principal, originals)
    return Shared(share.title, owner, share.created_at, messages, originals)


async def _as_read_by(
    session: AsyncSession, principal: Principal, originals: Sequence[Message]
) -> Sequence[MessageOut]:
    """What a model said is shown to those alone who may read all that it was given: each passage, cited or not, and
    the answers above, which it may repeat."""
    rendered = await render_messages(session, principal, originals)
    answering = await queries.runs_answering(session, [m.id for m in originals if m.role == "assistant"])
    given = {UUID(i) for run in answering.values() for i in run.read_documents or ()}
    readable = await knowledge.readable_ids(session, principal, list(given))
    shown: list[MessageOut] = []
    tainted = False
    for message in rendered:
        run = answering.get(message.id)
        if message.role == "assistant":
            is_closed = any(not citation.available for citation in message.citations)
            if run is not None and (run.kind == "generated" or run.read_documents is None):
                unread = run.read_documents is None or any(UUID(i) not in readable for i in run.read_documents)
                if tainted or is_closed or unread:
                    tainted, message = True, _withheld(message)
            tainted = tainted or is_closed
        shown.append(message)
    return shown


def _withheld(message: MessageOut) -> MessageOut:
    nothing: dict[str, Any] = {
        "citations": [],
        "web_citations": [],
        "support": None,
        "findings": [],
        "steps": [],
        "left_out": [],
    }
    return message.model_copy(update={"text": WITHHELD, **nothing})


def render_shared(messages: Sequence[MessageOut]) -> list[SharedMessage]:
    """Without what is the owner's alone: runs with what they cost, findings, opinions, ids."""
    return [
        SharedMessage(
            position=number,
            role=message.role,
            text=message.text,
            created_at=message.created_at,
            withheld=message.text == WITHHELD,
            citations=message.citations,
            web_citations=message.web_citations,
        )
        for number, message in enumerate(messages)
    ]


async def continue_share(session: AsyncSession, principal: Principal, share_id: UUID) -> Conversation:
    """A conversation of one's own that begins with what one sees of the shared one."""
    access.require_permission(principal, Permission.ASK)
    shared = await open_share(session, principal, share_id)
    conversation = Conversation(
        id=new_id(), tenant_id=principal.tenant_id, user_id=principal.user_id, title=shared.title
    )
    session.add(conversation)
    await session.flush()
    answering = await queries.runs_answering(session, [m.id for m in shared.originals if m.role == "assistant"])
    cited: dict[UUID, list[Citation]] = {}
    for row in await queries.citations_of(session, [m.id for m in shared.originals]):
        cited.setdefault(row.message_id, []).append(row)
    above: Message | None = None
    for seen in shared.messages:
        copied = Message(
            id=new_id(),
            conversation_id=conversation.id,
            parent_id=above.id if above else None,
            role=seen.role,
            text=seen.text,
        )
        session.add(copied)
        await session.flush()
        await search_queries.add_entry(session, principal.user_id, copied)
        if (run := answering.get(seen.id)) is not None and above is not None:
            session.add(_copied_run(principal, conversation, run, above, copied, withheld=seen.text == WITHHELD))
        kept = {citation.number for citation in seen.citations if citation.available}
        session.add_all(_copied_citation(row, copied) for row in cited.get(seen.id, ()) if row.number in kept)
        session.add_all(copied_web(copied.id, seen.web_citations))
        above = copied
    await session.flush()
    record(session, principal, Action.CONVERSATION_COPIED, Target("conversation", conversation.id))
    return conversation


def _copied_run(
    principal: Principal, conversation: Conversation, run: Run, question: Message, answer: Message, *, withheld: bool
) -> Run:
    """So that the copy is withdrawn like the original when its reader loses a document; it has cost nothing."""
    moment = now()
    return Run(
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        conversation_id=conversation.id,
        question_id=question.id,
        answer_id=answer.id,
        state="succeeded",
        kind=run.kind,
        model="" if withheld else run.model,
        findings=None if withheld else run.findings,
        support=None if withheld else run.support,
        read_documents=[] if withheld else run.read_documents,
        rests_on=None if withheld else run.rests_on,
        created_at=moment,
        started_at=moment,
        finished_at=moment,
    )


def _copied_citation(row: Citation, answer: Message) -> Citation:
    return Citation(
        message_id=answer.id,
        number=row.number,
        document_id=row.document_id,
        version_id=row.version_id,
        chunk_id=row.chunk_id,
        page=row.page,
        page_label=row.page_label,
        start=row.start,
        end=row.end,
        quote=row.quote,
        score=row.score,
    )


def _target(share: Share) -> Target:
    return Target("conversation", share.conversation_id)
