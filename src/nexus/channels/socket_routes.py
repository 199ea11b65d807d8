"""Questions and answers, and what changes in knowledge bases, over one WebSocket: told in the same words by any
process."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any, Final, TypeVar
from uuid import UUID

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from pydantic import ValidationError

from nexus.access.principal import Principal
from nexus.channels.socket_messages import Translation, changes_message, error_message, problem_message, watch_ended
from nexus.channels.socket_schemas import (
    CLIENT_MESSAGE,
    AttachIn,
    AuthenticateIn,
    StopIn,
    UnwatchIn,
    UserMessageIn,
    WatchIn,
)
from nexus.chat import replaying, service
from nexus.chat.events import FINAL, Event, EventLog
from nexus.chat.runs import RunEngine
from nexus.core.db import Database
from nexus.core.errors import NexusError, UnavailableError
from nexus.core.http.sse import StillAllowed, while_allowed
from nexus.core.ids import new_id
from nexus.core.origin import Origin, set_origin
from nexus.core.tasks import BackgroundTasks
from nexus.identity.api_keys import KeyUses
from nexus.identity.credentials import TrustedIssuers, read_credential
from nexus.identity.deps import admit, loading_afresh, still_signed_in
from nexus.identity.errors import NotAuthenticatedError
from nexus.identity.limits import RateLimits
from nexus.identity.principals import load_principal
from nexus.identity.tokens import Credential, OperatorToken, Tokens
from nexus.knowledge import service as shelves
from nexus.knowledge.watching import Told, changes, parse_position

logger = logging.getLogger(__name__)
router = APIRouter(tags=["chat"])
T = TypeVar("T")

LONGEST_MESSAGE: Final = 128 * 1024
"""Characters, and bytes where the server reads frames; a question has at most 8,000 characters, a scope some 10,000."""
_SIGN_IN_SECONDS: Final = 10.0
_MOST_AT_ONCE: Final = 8
"""Runs and knowledge bases that one connection follows at a time."""
_GOODBYE: Final = 4401
"""Close code: what opened the connection opens nothing any more."""


@router.websocket("/ws")
async def talk(websocket: WebSocket) -> None:
    """See docs/api/streams.md. Closing it ends no run: attach again, here or over SSE."""
    await websocket.accept()
    ip = websocket.client.host if websocket.client else "unknown"
    set_origin(Origin(ip, websocket.headers.get("user-agent", ""), new_id().hex))
    conversation = _Talk(websocket)
    try:
        await conversation.go_on()
    except WebSocketDisconnect:
        pass
    finally:
        await conversation.aclose()


class _Talk:
    """One connection."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._credential: Credential | None = None
        self._sending = asyncio.Lock()
        self._following = BackgroundTasks()
        self._watched: dict[UUID, asyncio.Task[Any]] = {}
        self._db = self._resource(Database)
        self._log = self._resource(EventLog)
        self._engine = self._resource(RunEngine)

    def _resource(self, kind: type[T]) -> T:
        resources: dict[type[Any], Any] = self._websocket.app.state.resources
        return resources[kind]

    async def aclose(self) -> None:
        await self._following.aclose()

    async def go_on(self) -> None:
        """Until the other side hangs up, or may not stay."""
        try:
            await self._sign_in()
            while True:
                await self._hear(await self._receive())
        except NotAuthenticatedError as error:
            await self._send(problem_message(error))
            await self._websocket.close(_GOODBYE)
        except TimeoutError:
            await self._websocket.close(_GOODBYE)

    async def _sign_in(self) -> None:
        """By the header, or by a first message. Raises NotAuthenticatedError, TimeoutError."""
        scheme, _, token = self._websocket.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            await self._present(token.strip())
            return
        async with asyncio.timeout(_SIGN_IN_SECONDS):
            first = await self._receive()
        if not isinstance(first, AuthenticateIn):
            raise NotAuthenticatedError
        await self._present(first.token)

    async def _present(self, token: str) -> None:
        act_as = self._websocket.headers.get("x-nexus-act-as")
        tokens, operator = self._resource(Tokens), self._resource(OperatorToken)
        issuers = self._resource(TrustedIssuers)
        credential = await read_credential(token, act_as, tokens=tokens, operator=operator, issuers=issuers)
        async with self._db.read() as session:
            await load_principal(session, credential)
        self._credential = credential
        await self._send({"type": "authenticated"})

    async def _receive(self) -> Any:
        """The next message that makes sense; whatever does not is answered with `error`."""
        while True:
            text = await self._websocket.receive_text()
            if len(text) > LONGEST_MESSAGE:
                await self._send(error_message("The message is too long.", "too-large"))
                continue
            try:
                return CLIENT_MESSAGE.validate_json(text)
            except ValidationError as error:
                found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
                await self._send(error_message("; ".join(found)[:2000], "invalid"))

    async def _hear(self, message: Any) -> None:
        """Raises NotAuthenticatedError; what else goes wrong is told, and the connection stays."""
        try:
            match message:
                case AuthenticateIn(token=token):
                    await self._present(token)
                case UserMessageIn():
                    await self._ask(await self._principal(), message)
                case AttachIn(run_id=run_id, after=after):
                    await self._attach(await self._principal(), run_id, after)
                case StopIn(run_id=run_id):
                    await self._stop(await self._principal(), run_id)
                case WatchIn(knowledge_base_id=knowledge_base_id, after=after):
                    await self._watch(await self._principal(), knowledge_base_id, after)
                case UnwatchIn(knowledge_base_id=knowledge_base_id):
                    self._unwatch(knowledge_base_id)
                case _:
                    pass
        except NotAuthenticatedError:
            raise
        except NexusError as error:
            await self._send(problem_message(error))

    async def _principal(self) -> Principal:
        """As the rows say now: a message is a request like any other, and counted like one."""
        if self._credential is None:
            raise NotAuthenticatedError
        principal, _ = await admit(self._db, self._credential, self._resource(KeyUses), self._resource(RateLimits))
        return principal

    async def _ask(self, principal: Principal, message: UserMessageIn) -> None:
        self._require_place()
        wanted = service.QuestionIn.model_validate(message.model_dump(exclude={"type"}))
        run = await service.start_run(self._db, self._engine, principal, wanted)
        self._follow(run.id, self._log.follow(run.id, 0))

    async def _attach(self, principal: Principal, run_id: UUID, after: int) -> None:
        async with self._db.read() as session:
            await service.get_run(session, principal, run_id)
        self._require_place()
        self._follow(run_id, replaying.attach(self._db, self._log, principal, run_id, after))

    async def _stop(self, principal: Principal, run_id: UUID) -> None:
        async with self._db.write(durable=False) as session:
            await service.request_stop(session, principal, run_id)
        self._engine.stop(run_id)

    async def _watch(self, principal: Principal, knowledge_base_id: UUID, after: str) -> None:
        async with self._db.read() as session:
            await shelves.get_knowledge_base(session, principal, knowledge_base_id)
        self._unwatch(knowledge_base_id)
        self._require_place()
        if self._credential is not None:
            listener = loading_afresh(self._db, self._credential)
            told = changes(self._db, listener, knowledge_base_id, parse_position(after))
            watching = self._following.start(self._tell_changes(knowledge_base_id, told), name="socket-watch")
            self._watched[knowledge_base_id] = watching

    def _unwatch(self, knowledge_base_id: UUID) -> None:
        if watching := self._watched.pop(knowledge_base_id, None):
            watching.cancel()

    async def _tell_changes(self, knowledge_base_id: UUID, told: AsyncGenerator[Told, None]) -> None:
        try:
            async for one in told:
                await self._send(changes_message(knowledge_base_id, one))
            await self._send(watch_ended(knowledge_base_id))
        except WebSocketDisconnect:
            pass  # whoever reads the connection finds out, too
        finally:
            await told.aclose()

    def _require_place(self) -> None:
        """Raises UnavailableError."""
        if len(self._following) >= _MOST_AT_ONCE:
            raise UnavailableError("This connection follows as much as it can.", code="too-many")

    def _follow(self, run_id: UUID, events: AsyncGenerator[Event, None]) -> None:
        if self._credential is not None:
            still_allowed = still_signed_in(self._db, self._credential)
            self._following.start(self._tell(run_id, events, still_allowed), name="socket")

    async def _tell(self, run_id: UUID, events: AsyncGenerator[Event, None], still_allowed: StillAllowed) -> None:
        translation = Translation(str(run_id))
        last = ""
        try:
            async for event in while_allowed(events, still_allowed):
                last = event.kind
                for message in translation.messages(event.number, event.kind, event.data):
                    await self._send(message)
            if last not in FINAL and not await still_allowed():
                await self._send(problem_message(NotAuthenticatedError()))
        except WebSocketDisconnect:
            pass  # whoever reads the connection finds out, too

    async def _send(self, message: dict[str, Any]) -> None:
        async with self._sending:
            await self._websocket.send_json(message)
