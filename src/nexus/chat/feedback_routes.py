"""HTTP of what people think of answers."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from nexus.chat import feedback
from nexus.chat.schemas import FeedbackIn, FeedbackOut
from nexus.core.http.deps import WriteSession
from nexus.identity.deps import CurrentPrincipal

router = APIRouter(tags=["chat"])


@router.put("/messages/{message_id}/feedback")
async def give_feedback(
    session: WriteSession, principal: CurrentPrincipal, message_id: UUID, wanted: FeedbackIn
) -> FeedbackOut:
    """A thumb for an answer, and why; the second time replaces the first."""
    given = await feedback.give_feedback(session, principal, message_id, wanted)
    return FeedbackOut.model_validate(given, from_attributes=True)


@router.delete("/messages/{message_id}/feedback", status_code=status.HTTP_204_NO_CONTENT)
async def take_back_feedback(session: WriteSession, principal: CurrentPrincipal, message_id: UUID) -> Response:
    await feedback.take_back(session, principal, message_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
