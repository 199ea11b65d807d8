"""What a person does with a whole conversation: names it, pins it, deletes it and takes that back, carries it away."""

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel

from nexus.access.principal import Principal
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.chat import queries
from nexus.chat.addresses import Allowed, addresses_of
from nexus.chat.linking import strip_links
from nexus.chat.models import Conversation, Message
from nexus.chat.rendering import render_messages
from nexus.chat.schemas import CitationOut, ConversationOut, ConversationPatch, MessageOut
from nexus.chat.service import get_conversation
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import NotFoundError

_PAGE = 500


class Export(BaseModel):
    """A conversation as one carries it away."""

    conversation: ConversationOut
    messages: list[MessageOut]


async def update_conversation(
    session: AsyncSession, principal: Principal, conversation_id: UUID, change: ConversationPatch
) -> Conversation:
    conversation = await get_conversation(session, principal, conversation_id)
    if change.title is not None:
        conversation.title = change.title
    if change.pinned is not None:
        conversation.pinned = change.pinned
    await session.flush()
    return conversation


async def delete_conversation(session: AsyncSession, principal: Principal, conversation_id: UUID) -> None:
    """Hidden at once; asks a run in it to stop."""
    conversation = await get_conversation(session, principal, conversation_id)
    conversation.deleted_at = now()
    await queries.stop_runs_of(session, conversation.id)
    record(session, principal, Action.CONVERSATION_DELETED, _target(conversation))


async def restore_conversation(session: AsyncSession, principal: Principal, conversation_id: UUID) -> Conversation:
    """Takes a deletion back. Raises NotFoundError for what was not deleted, or is somebody else's."""
    conversation = await queries.find_conversation(session, principal, conversation_id, deleted=True)
    if conversation is None:
        raise NotFoundError("There is no such deleted conversation.")
    conversation.deleted_at = None
    await session.flush()
    record(session, principal, Action.CONVERSATION_RESTORED, _target(conversation))
    return conversation


def record_export(session: AsyncSession, principal: Principal, conversation: Conversation, form: str) -> None:
    record(session, principal, Action.CONVERSATION_EXPORTED, _target(conversation), {"format": form})


def _target(conversation: Conversation) -> Target:
    """Without its title, which is what somebody asked."""
    return Target("conversation", conversation.id)


async def all_messages(session: AsyncSession, principal: Principal, conversation: Conversation) -> Sequence[MessageOut]:
    """Every branch, oldest first, as far as the person may read its sources now."""
    found: list[Message] = []
    while True:
        after = (found[-1].created_at, found[-1].id) if found else None
        page = await queries.messages_of(session, conversation.id, after=after, limit=_PAGE)
        found += page
        if len(page) < _PAGE:
            return await render_messages(session, principal, found)


def newest_branch(messages: Sequence[MessageOut]) -> list[MessageOut]:
    """The messages from the first question down to the newest one of all."""
    by_id = {message.id: message for message in messages}
    branch: list[MessageOut] = []
    message = messages[-1] if messages else None
    while message is not None:
        branch.append(message)
        message = by_id.get(message.parent_id) if message.parent_id else None
    return branch[::-1]


def render_markdown(title: str, messages: Sequence[MessageOut]) -> str:
    """The newest branch for people: questions as headings, answers with their sources below.

    Whoever opens it has another page than ours: names and quotations are written so that it fetches nothing.
    """
    parts = [f"# {_harmless(title)}"]
    for message in newest_branch(messages):
        if message.role == "user":
            parts.append(f"## {_harmless(message.text)}")
        else:
            told = [address for citation in message.citations for address in citation.addresses or ()]
            parts.append(strip_links(message.text, Allowed(told)))
            if sources := [_source(citation) for citation in message.citations]:
                parts.append("\n".join(sources))
    return "\n\n".join(parts) + "\n"


def _harmless(text: str) -> str:
    """In one line, with the addresses that it names, but none that would be fetched."""
    return strip_links(" ".join(text.split()), Allowed(addresses_of([text])))


def _source(citation: CitationOut) -> str:
    if not citation.available:
        return f"- [{citation.number}] no longer available"
    place = citation.page_label or f"page {citation.page}"
    name, quote = citation.document_title or citation.document_name or "", citation.quote or ""
    return f"- [{citation.number}] " + _harmless(f"{name}, {place}: “{quote}”")
