"""HTTP of conversations, runs and answers."""

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Response, status
from fastapi.responses import StreamingResponse

from nexus.access.principal import Principal
from nexus.chat import further, queries, replaying, service
from nexus.chat.deps import Engine, Log
from nexus.chat.events import Event
from nexus.chat.models import Run
from nexus.chat.rendering import render_own
from nexus.chat.schemas import AnswerOut, ApprovalIn, FollowUpsOut, QuestionIn, RunOut
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.sse import described_stream, event_stream, keep_up, last_event_id
from nexus.identity.deps import CurrentPrincipal, StillSignedIn

router = APIRouter(tags=["chat"])

_STREAM = described_stream({"type": "object"})
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="Number of the last event you have.")]


@router.post("/runs", status_code=status.HTTP_201_CREATED)
async def create_run(db: Db, engine: Engine, principal: CurrentPrincipal, wanted: QuestionIn) -> RunOut:
    """Starts answering; follow it by `/runs/{id}/events`."""
    return _render(await service.start_run(db, engine, principal, wanted))


@router.post("/ask")
async def ask(db: Db, engine: Engine, principal: CurrentPrincipal, wanted: QuestionIn) -> AnswerOut:
    """The whole answer at once, when it is finished."""
    run = await service.start_run(db, engine, principal, wanted)
    await engine.wait(run.id)
    async with db.read() as session:
        return await _answer(session, principal, run.id)


@router.post("/ask/stream", responses=_STREAM, response_class=StreamingResponse)
async def ask_stream(
    db: Db, engine: Engine, log: Log, principal: CurrentPrincipal, still: StillSignedIn, wanted: QuestionIn
) -> StreamingResponse:
    """Starts a run and streams its events; the run goes on when you leave, and `run.started` tells its id."""
    run = await service.start_run(db, engine, principal, wanted)
    return event_stream(keep_up(_encoded(log.follow(run.id, 0)), still))


@router.get("/runs/{run_id}")
async def get_run(session: ReadSession, principal: CurrentPrincipal, run_id: UUID) -> AnswerOut:
    return await _answer(session, principal, run_id)


@router.get("/runs/{run_id}/events", responses=_STREAM, response_class=StreamingResponse)
async def follow_run(
    db: Db,
    log: Log,
    principal: CurrentPrincipal,
    still: StillSignedIn,
    run_id: UUID,
    last_event: LastEventId = None,
) -> StreamingResponse:
    """The events after `Last-Event-ID`, or all of them, until the run ends."""
    async with db.read() as session:
        await service.get_run(session, principal, run_id)
    after = last_event_id(last_event)
    return event_stream(keep_up(_encoded(replaying.attach(db, log, principal, run_id, after)), still))


@router.post("/runs/{run_id}/cancel", status_code=status.HTTP_202_ACCEPTED)
async def cancel_run(db: Db, engine: Engine, principal: CurrentPrincipal, run_id: UUID) -> RunOut:
    """Stops the answer; what was said is kept."""
    async with db.write(durable=False) as session:
        run = await service.request_stop(session, principal, run_id)
    if engine.stop(run_id):
        await engine.wait(run_id)
        async with db.read() as session:
            run = await service.get_run(session, principal, run_id)
    return _render(run)


@router.post("/runs/{run_id}/approvals/{step}", status_code=status.HTTP_204_NO_CONTENT)
async def decide(
    session: WriteSession,
    principal: CurrentPrincipal,
    run_id: UUID,
    step: Annotated[int, Path(ge=1, le=1000)],
    wanted: ApprovalIn,
) -> Response:
    """Your word on what the model wants to do with a tool, as `approval.requested` shows it; the first one counts."""
    await service.decide_approval(session, principal, run_id, step, allow=wanted.allow)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/runs/{run_id}/regenerate", status_code=status.HTTP_201_CREATED)
async def regenerate(db: Db, engine: Engine, principal: CurrentPrincipal, run_id: UUID) -> RunOut:
    """Another answer to the same question, beside the first."""
    engine.require_room()
    async with db.write(durable=False) as session:
        run, task = await service.ask_again(session, principal, run_id)
    engine.start(task)
    return _render(run)


@router.get("/runs/{run_id}/follow-ups")
async def get_follow_ups(db: Db, engine: Engine, principal: CurrentPrincipal, run_id: UUID) -> FollowUpsOut:
    """What you might ask next, as the language model sees it; the first request takes as long as the model does."""
    return FollowUpsOut(questions=list(await further.follow_ups(db, engine, principal, run_id)))


async def _encoded(events: AsyncIterator[Event]) -> AsyncIterator[bytes]:
    async for event in events:
        yield event.encoded


async def _answer(session: ReadSession, principal: Principal, run_id: UUID) -> AnswerOut:
    run = await service.get_run(session, principal, run_id)
    message = await queries.find_message(session, run.conversation_id, run.answer_id) if run.answer_id else None
    rendered = await render_own(session, principal, [message]) if message else []
    return AnswerOut(run=_render(run), message=rendered[0] if rendered else None)


def _render(run: Run) -> RunOut:
    return RunOut.model_validate(run, from_attributes=True)
