"""OpenAI's API for whatever speaks it already: `/v1/models` and `/v1/chat/completions`, answered by runs."""

import asyncio
import json
from collections.abc import AsyncGenerator
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from nexus.channels.openai_schemas import CompletionIn
from nexus.channels.openai_words import MODEL, Completion, error_body, openai_problem, read_request
from nexus.chat import importing, service
from nexus.chat.deps import Engine, Log
from nexus.chat.events import Event
from nexus.chat.models import Run
from nexus.chat.runs import RunEngine
from nexus.chat.schemas import QuestionIn
from nexus.core.errors import NotFoundError, UnavailableError
from nexus.core.http.deps import Db
from nexus.core.http.problems import speak
from nexus.core.http.sse import event_stream, keep_up, while_allowed
from nexus.core.tasks import BackgroundTasks
from nexus.identity.deps import CurrentPrincipal, SettingsInUse, StillSignedIn

_STEP_SECONDS: Final = 0.25
"""How often somebody who waits for one whole answer is looked for."""
_DONE: Final = b"data: [DONE]\n\n"


async def speaks_openai(request: Request) -> None:
    """First of all dependencies: whatever goes wrong after it is said in the form that OpenAI's clients read."""
    speak(request, openai_problem)


# Described by OpenAI; our own description is of our own API.
router = APIRouter(prefix="/v1", include_in_schema=False, dependencies=[Depends(speaks_openai)])


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "nexus"}


@router.get("/models")
async def list_models(_: CurrentPrincipal) -> Response:
    return JSONResponse({"object": "list", "data": [_model(MODEL)]})


@router.get("/models/{name}")
async def get_model(_: CurrentPrincipal, name: str) -> Response:
    return JSONResponse(_model(_known(name)))


def _known(name: str) -> str:
    """Raises NotFoundError."""
    if name != MODEL:
        sentence = f"There is no model {name[:100]!r} here. GET /v1/models lists those there are."
        raise NotFoundError(sentence, code="model_not_found")
    return name


@router.post("/chat/completions")
async def complete(
    request: Request,
    db: Db,
    engine: Engine,
    log: Log,
    principal: CurrentPrincipal,
    still: StillSignedIn,
    settings: SettingsInUse,
    wanted: CompletionIn,
) -> Response:
    """Answers the last message. Hanging up stops the answer: nobody could come back for it."""
    _known(wanted.model)
    asked = read_request(wanted)
    engine.require_room()
    engine.expect(asked.question)
    async with db.write(durable=False) as session:
        conversation = await importing.import_conversation(session, principal, asked.history, asked.question)
        question = QuestionIn(question=asked.question, conversation_id=conversation.id)
        run, task = await service.ask(session, principal, question)
    engine.start(task)
    completion = Completion(
        f"chatcmpl-{run.id.hex}", wanted.model, int(run.created_at.timestamp()), settings.public_url
    )
    events = log.follow(run.id, 0)
    if not wanted.stream:
        return JSONResponse(await _whole(request, engine, run, while_allowed(events, still), completion))
    with_usage = wanted.stream_options is not None and wanted.stream_options.include_usage
    return event_stream(keep_up(_stream(engine, run, events, completion, with_usage=with_usage), still))


async def _whole(
    request: Request, engine: RunEngine, run: Run, events: AsyncGenerator[Event, None], completion: Completion
) -> dict[str, Any]:
    """Raises UnavailableError when the run fails."""
    tasks = BackgroundTasks()
    tasks.start(_stop_when_gone(request, engine, run), name="openai-listener")
    try:
        async for event in events:
            completion.take(event.kind, event.data)
            if event.kind == "run.failed":
                raise UnavailableError(event.data["detail"], code=event.data["code"])
    finally:
        await tasks.aclose()
    return completion.whole()


async def _stop_when_gone(request: Request, engine: RunEngine, run: Run) -> None:
    while True:
        if await request.is_disconnected():
            engine.stop(run.id)
            return
        await asyncio.sleep(_STEP_SECONDS)


async def _stream(
    engine: RunEngine,
    run: Run,
    events: AsyncGenerator[Event, None],
    completion: Completion,
    *,
    with_usage: bool,
) -> AsyncGenerator[bytes, None]:
    ended = False
    try:
        yield _line(completion.chunk({"role": "assistant", "content": ""}))
        async for event in events:
            completion.take(event.kind, event.data)
            if event.kind == "text.delta":
                yield _line(completion.chunk({"content": event.data["text"]}))
            elif event.kind == "run.failed":
                ended = True
                yield _line(error_body(event.data["detail"], code=event.data["code"]))
            elif event.kind in {"run.succeeded", "run.cancelled"}:
                ended = True
                for chunk in completion.last_chunks(with_usage=with_usage):
                    yield _line(chunk)
        yield _DONE
    finally:
        if not ended:
            engine.stop(run.id)


def _line(chunk: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(chunk, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"
