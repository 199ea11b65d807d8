"""What a person does with a whole conversation: names it, pins it, deletes it and takes that back, carries it away."""

from collections.abc import Sequence
from uuid import UUID

from nexus.access.principal import Principal
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.chat import queries, search_queries
from nexus.chat.folders import get_folder
from nexus.chat.models import Conversation, Message
from nexus.chat.rendering import render_own
from nexus.chat.schemas import ConversationPatch, MessageOut
from nexus.chat.service import get_conversation
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError
from nexus.knowledge import attached

_PAGE = 500


async def update_conversation(
    session: AsyncSession, principal: Principal, conversation_id: UUID, change: ConversationPatch
) -> Conversation:
    conversation = await get_conversation(session, principal, conversation_id)
    if not conversation.title:
        raise ConflictError("Nothing has been asked in this conversation yet. Ask first, then name or keep it.")
    if change.title is not None:
        conversation.title = change.title
    if change.pinned is not None:
        conversation.pinned = change.pinned
    if change.temporary is False and conversation.temporary:
        conversation.temporary = False
        await session.flush()
        while missing := await search_queries.without_entry(session, _PAGE, conversation.id):
            for user_id, message in missing:
                await search_queries.add_entry(session, user_id, message)
    if "folder_id" in change.model_fields_set:
        if change.folder_id is not None:
            await get_folder(session, principal, change.folder_id)
        conversation.folder_id = change.folder_id
    await session.flush()
    return conversation


async def delete_conversation(session: AsyncSession, principal: Principal, conversation_id: UUID) -> None:
    """Hidden at once; asks a run in it to stop."""
    conversation = await get_conversation(session, principal, conversation_id)
    conversation.deleted_at = now()
    await attached.hide(session, [conversation.id])
    await queries.stop_runs_of(session, conversation.id)
    record(session, principal, Action.CONVERSATION_DELETED, _target(conversation))


async def restore_conversation(session: AsyncSession, principal: Principal, conversation_id: UUID) -> Conversation:
    """Takes a deletion back. Raises NotFoundError for what was not deleted, or is somebody else's."""
    conversation = await queries.find_conversation(session, principal, conversation_id, deleted=True)
    if conversation is None:
        raise NotFoundError("There is no such deleted conversation.")
    conversation.deleted_at = None
    await attached.show(session, conversation.id)
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
            return await render_own(session, principal, found)


async def answer_with_question(
    session: AsyncSession, principal: Principal, message_id: UUID
) -> tuple[UUID, Sequence[MessageOut]]:
    """Its conversation, the question and the answer. Raises NotFoundError, and ConflictError for a question."""
    message = await queries.find_own_message(session, principal, message_id)
    if message is None:
        raise NotFoundError("There is no such message.")
    if message.role != "assistant":
        raise ConflictError("This is a question. Export the answer below it.")
    above = await queries.ancestors(session, message, 1)
    return message.conversation_id, await render_own(session, principal, [*above, message])
