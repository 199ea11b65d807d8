"""OpenAI's API for whatever speaks it already: `/v1/models` and `/v1/chat/completions`, answered by runs."""

import asyncio
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from nexus.agents import profile_queries
from nexus.channels.openai_schemas import CompletionIn
from nexus.channels.openai_words import (
    MODEL,
    Completion,
    agent_model,
    error_body,
    openai_problem,
    read_agent_model,
    read_request,
)
from nexus.chat import importing, service
from nexus.chat.deps import Engine, Log
from nexus.chat.events import Event
from nexus.chat.models import Run
from nexus.chat.runs import RunEngine
from nexus.chat.schemas import QuestionIn
from nexus.core.errors import NotFoundError, UnavailableError
from nexus.core.http.deps import Db, ReadSession
from nexus.core.http.problems import speak
from nexus.core.http.sse import event_stream, keep_up, while_allowed
from nexus.core.tasks import BackgroundTasks
from nexus.identity.deps import CurrentPrincipal, SettingsInUse, StillSignedIn

_STEP_SECONDS: Final = 0.25
"""How often somebody who waits for one whole answer is looked for."""
_MOST_MODELS: Final = 1000
_DONE: Final = b"data: [DONE]\n\n"


async def speaks_openai(request: Request) -> None:
    """First of all dependencies: whatever goes wrong after it is said in the form that OpenAI's clients read."""
    speak(request, openai_problem)


# Described by OpenAI; our own description is of our own API.
router = APIRouter(prefix="/v1", include_in_schema=False, dependencies=[Depends(speaks_openai)])


def _model(model_id: str, name: str) -> dict[str, Any]:
    return {"id": model_id, "object": "model", "created": 0, "owned_by": "nexus", "name": name}


@router.get("/models")
async def list_models(session: ReadSession, principal: CurrentPrincipal) -> Response:
    """All that one may ask: everything readable, and the agents that one may use."""
    agents = await profile_queries.list_agents(session, principal, usable=True, after=None, limit=_MOST_MODELS)
    found = [_model(MODEL, "Nexus"), *(_model(agent_model(agent.id), agent.name) for agent in agents)]
    return JSONResponse({"object": "list", "data": found})


@router.get("/models/{name}")
async def get_model(session: ReadSession, principal: CurrentPrincipal, name: str) -> Response:
    agent_id = _agent_of(name)
    if agent_id is None:
        return JSONResponse(_model(MODEL, "Nexus"))
    names = await profile_queries.usable_names(session, principal, [agent_id])
    if agent_id not in names:
        raise _no_model(name)
    return JSONResponse(_model(name, names[agent_id]))


def _agent_of(name: str) -> UUID | None:
    """None is no agent. Raises NotFoundError."""
    if name == MODEL:
        return None
    agent_id = read_agent_model(name)
    if agent_id is None:
        raise _no_model(name)
    return agent_id


def _no_model(name: str) -> NotFoundError:
    """The same for what does not exist and for agents that the caller may not use."""
    sentence = f"There is no model {name[:100]!r} here. GET /v1/models lists those there are."
    return NotFoundError(sentence, code="model_not_found")


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
    """Answers the last message. Hanging up stops the answer: nobody could come back for it. Tools that need a person's
    word are refused: the conversation is in nobody's list."""
    agent_id = _agent_of(wanted.model)
    asked = read_request(wanted)
    engine.require_room()
    engine.expect(asked.question)
    async with db.write(durable=False) as session:
        if agent_id is not None and not await profile_queries.usable_names(session, principal, [agent_id]):
            raise _no_model(wanted.model)
        conversation = await importing.import_conversation(
            session, principal, asked.history, asked.question, agent_id=agent_id
        )
        question = QuestionIn(question=asked.question, conversation_id=conversation.id)
        run, task = await service.ask(session, principal, question)
    engine.start(replace(task, unattended=True))
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
