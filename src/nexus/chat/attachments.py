"""What a person does with the files of a conversation: attaches them, looks how far they are, takes them away."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import ResourceKind
from nexus.access.principal import Permission, Principal
from nexus.chat import draft_queries, queries
from nexus.chat.models import Conversation
from nexus.chat.service import get_conversation, get_run
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ForbiddenError
from nexus.core.ids import new_id
from nexus.knowledge import attached, attached_queries, deleting, documents
from nexus.knowledge.attached import MOST_FILES
from nexus.knowledge.documents import Arrival, Upload
from nexus.knowledge.models import Document

MOST_DRAFTS: Final = 20
"""Of one person; a further one takes the place of the oldest."""


async def begin(session: AsyncSession, principal: Principal) -> Conversation:
    """A conversation to attach files to before the first question: in no list until then, and gone after a day."""
    _require_may_attach(principal)
    surplus = await draft_queries.drafts_beyond(session, principal, MOST_DRAFTS - 1)
    await attached.forget(session, surplus)
    await queries.delete_conversations(session, surplus)
    conversation = Conversation(
        id=new_id(), tenant_id=principal.tenant_id, user_id=principal.user_id, title="", temporary=True
    )
    session.add(conversation)
    await session.flush()
    return conversation


def _require_may_attach(principal: Principal) -> None:
    access.require_permission(principal, Permission.ASK)
    if not principal.may_manage:
        raise ForbiddenError("Your API key may ask, but not bring files in. Use one with the scope 'knowledge'.")


async def require_may_attach(session: AsyncSession, principal: Principal, conversation_id: UUID) -> None:
    """Before a file is taken in. Raises ForbiddenError, NotFoundError."""
    _require_may_attach(principal)
    await get_conversation(session, principal, conversation_id)


async def attach(session: AsyncSession, principal: Principal, conversation_id: UUID, upload: Upload) -> Arrival:
    conversation = await get_conversation(session, principal, conversation_id)
    if not conversation.title:
        # A draft that somebody is working on is not an old one.
        conversation.updated_at = now()
    return await attached.attach(session, principal.within(conversation.id), conversation.id, upload)


async def list_files(
    session: AsyncSession, principal: Principal, conversation_id: UUID, *, after: UUID | None = None, limit: int
) -> Sequence[Document]:
    conversation = await get_conversation(session, principal, conversation_id)
    shelf = await attached_queries.find_shelf(session, conversation.id)
    if shelf is None:
        return []
    inside = principal.within(conversation.id)
    return await attached_queries.list_files(session, inside, shelf.id, after=after, limit=limit)


async def _file(
    session: AsyncSession, principal: Principal, conversation_id: UUID, document_id: UUID
) -> tuple[Principal, Document]:
    """The file, and its owner within the conversation. Raises NotFoundError."""
    for document in await list_files(session, principal, conversation_id, limit=MOST_FILES + 1):
        if document.id == document_id:
            return principal.within(conversation_id), document
    raise access.not_found(ResourceKind.DOCUMENT)


async def remove(session: AsyncSession, principal: Principal, conversation_id: UUID, document_id: UUID) -> None:
    """It answers nothing any more with this transaction; its content is purged by a job."""
    inside, document = await _file(session, principal, conversation_id, document_id)
    _require_may_attach(principal)
    await deleting.remove_document(session, inside, document.id)


async def retry(session: AsyncSession, principal: Principal, conversation_id: UUID, document_id: UUID) -> Document:
    """Has a file read once more that could not be read."""
    inside, document = await _file(session, principal, conversation_id, document_id)
    _require_may_attach(principal)
    return await documents.reprocess(session, inside, document.id)


async def answer_now(session: AsyncSession, principal: Principal, run_id: UUID) -> None:
    """Whichever process runs it waits for no file any longer."""
    run = await get_run(session, principal, run_id)
    run.answer_now = True
    await session.flush()
