"""The simplest stream there is: a question in the address, its answer's text as it is said."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from nexus.chat import service
from nexus.chat.attachment_schemas import QuestionScope
from nexus.chat.deps import Engine, Log
from nexus.chat.events import FINAL, Event
from nexus.chat.schemas import Question, QuestionIn
from nexus.core.errors import UnavailableError
from nexus.core.http.deps import Db
from nexus.core.http.sse import while_allowed
from nexus.identity.deps import CurrentPrincipal, StillSignedIn

router = APIRouter(tags=["chat"])

_TEXT: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The answer's text, piece by piece.",
        "content": {"text/plain": {"schema": {"type": "string"}}},
    }
}


@router.get("/ask/tokens", responses=_TEXT, response_class=StreamingResponse)
async def ask_for_tokens(
    db: Db,
    engine: Engine,
    log: Log,
    principal: CurrentPrincipal,
    still: StillSignedIn,
    question: Annotated[Question, Query()],
    conversation_id: Annotated[UUID | None, Query(description="A new conversation when absent.")] = None,
    agent_id: Annotated[UUID | None, Query(description="Who answers, in a new conversation.")] = None,
    knowledge_base_id: Annotated[list[UUID] | None, Query(max_length=200)] = None,
) -> StreamingResponse:
    """Asks, and streams the answer as plain text; `X-Nexus-Run` names the run, which has the sources.

    A failure before the first word is a problem; one in mid-answer stands in brackets at its end.
    """
    wanted = QuestionIn(
        question=question,
        conversation_id=conversation_id,
        agent_id=agent_id,
        scope=QuestionScope(knowledge_base_ids=knowledge_base_id),
    )
    run = await service.start_run(db, engine, principal, wanted)
    events = while_allowed(log.follow(run.id, 0), still)
    first = await _first_text(events)
    headers = {
        "Cache-Control": "no-store",
        "X-Accel-Buffering": "no",
        "X-Nexus-Run": str(run.id),
        "X-Nexus-Conversation": str(run.conversation_id),
    }
    return StreamingResponse(_texts(first, events), media_type="text/plain; charset=utf-8", headers=headers)


async def _first_text(events: AsyncGenerator[Event, None]) -> str:
    """Raises UnavailableError when the run fails before it says anything."""
    async for event in events:
        if event.kind == "text.delta":
            return event.data["text"]
        if event.kind == "run.failed":
            raise UnavailableError(event.data["detail"], code=event.data["code"])
        if event.kind in FINAL:
            break
    return ""


async def _texts(first: str, events: AsyncGenerator[Event, None]) -> AsyncGenerator[str, None]:
    yield first
    async for event in events:
        if event.kind == "text.delta":
            yield event.data["text"]
        elif event.kind == "run.failed":
            yield f"\n\n[{event.data['detail']}]"
