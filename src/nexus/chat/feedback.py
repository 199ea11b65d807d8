"""What people think of answers: a thumb, and a few words why."""

from uuid import UUID

from nexus.access.principal import Principal
from nexus.chat import queries
from nexus.chat.models import Feedback, Message
from nexus.chat.schemas import FeedbackIn
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError


async def give_feedback(session: AsyncSession, principal: Principal, message_id: UUID, wanted: FeedbackIn) -> Feedback:
    """On an answer in one's own conversation; the second time replaces the first."""
    message = await _own_answer(session, principal, message_id)
    given = Feedback(
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        message_id=message.id,
        rating=wanted.rating,
        comment=wanted.comment,
    )
    return await queries.put_feedback(session, given)


async def take_back(session: AsyncSession, principal: Principal, message_id: UUID) -> None:
    """What was not given is no error."""
    message = await _own_answer(session, principal, message_id)
    await queries.delete_feedback(session, principal, message.id)


async def _own_answer(session: AsyncSession, principal: Principal, message_id: UUID) -> Message:
    """Raises NotFoundError, the same for unknown and other people's, and ConflictError for a question."""
    message = await queries.find_own_message(session, principal, message_id)
    if message is None:
        raise NotFoundError("There is no such message.")
    if message.role != "assistant":
        raise ConflictError("This is a question. Rate the answer below it.")
    return message
