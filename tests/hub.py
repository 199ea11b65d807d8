"""A running Nexus to test against: the real application behind a real socket, and companies that live in it.

Starting costs a second, so one hub serves many tests; each test gets a tenant of its own, and tenants do not meet.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx2
import uvicorn
from sqlalchemy import select

from factories import make_user
from nexus.access.principal import Role
from nexus.app import build_app
from nexus.core.db import Database, create_engine
from nexus.core.ids import new_id
from nexus.core.jobs.models import Job
from nexus.core.settings import Settings
from nexus.identity import service as identity
from nexus.identity.tokens import OperatorToken
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.providers.llm.base import LanguageModel
from nexus.providers.parsers.recognition import Recogniser

PATIENCE = 20.0
"""Seconds after which something that should have happened is taken for something that never will."""


class Hub:
    """The web process in a thread with an event loop of its own."""

    def __init__(
        self,
        settings: Settings,
        *,
        language_model: LanguageModel | None = None,
        recogniser: Recogniser | None = None,
    ) -> None:
        self.settings = settings
        self.app = build_app(settings, embedder=HashingEmbedder(), language_model=language_model, recogniser=recogniser)
        # Named as TCP, or asyncio leaves Nagle's algorithm on and every answer comes 40 ms late.
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, log_config=None, access_log=False, timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._run, name="hub", daemon=True)

    def _run(self) -> None:
        with asyncio.Runner() as runner:
            self._loop = runner.get_loop()
            runner.run(self._server.serve(sockets=[self._socket]))

    def __enter__(self) -> Self:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                self._socket.close()
                raise AssertionError("the hub did not start")
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=PATIENCE)
        self._socket.close()

    def resource(self, kind: type[Any]) -> Any:
        return self.app.state.resources[kind]

    async def within(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs it in the hub's own event loop, where its connections belong."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    @asynccontextmanager
    async def database(self) -> AsyncGenerator[Database, None]:
        """The same rows, from the test's event loop."""
        db = Database(create_engine(self.settings.database_url))
        try:
            yield db
        finally:
            await db.aclose()

    async def until_idle(self) -> None:
        """No job waits or runs, but those that tests made up."""
        pending = select(Job.id).where(Job.state.in_(("queued", "running")), Job.kind.not_like("test.%")).limit(1)
        async with self.database() as db:
            deadline = time.monotonic() + PATIENCE
            while time.monotonic() < deadline:
                async with db.read() as session:
                    if await session.scalar(pending) is None:
                        return
                await asyncio.sleep(0.01)
        raise AssertionError("jobs are still open")

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[httpx2.AsyncClient, None]:
        """Speaks with the operator's credential; `Person` says as whom."""
        token = self.resource(OperatorToken).value
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=PATIENCE) as client:
            yield client


@dataclass(frozen=True)
class Event:
    """An event as it came over the wire."""

    number: int
    kind: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Person:
    """Somebody at the API. The shortcuts check the status and return the body."""

    client: httpx2.AsyncClient
    email: str
    id: UUID

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Nexus-Act-As": self.email}

    async def call(self, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = self.headers | options.pop("headers", {})
        return await self.client.request(method, f"/api{path}", headers=headers, **options)

    async def get(self, path: str, status: int = 200, **params: Any) -> Any:
        return _checked(await self.call("GET", path, params=params), status)

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return _checked(await self.call("POST", path, json=body), status)

    async def put(self, path: str, body: Any, status: int = 204) -> Any:
        return _checked(await self.call("PUT", path, json=body), status)

    async def patch(self, path: str, body: Any, status: int = 200) -> Any:
        return _checked(await self.call("PATCH", path, json=body), status)

    async def delete(self, path: str, status: int = 204) -> Any:
        return _checked(await self.call("DELETE", path), status)

    # What tests do all the time

    async def read_pages(self, path: str, **params: Any) -> list[Any]:
        """Every item of a paged list."""
        found: list[Any] = []
        while True:
            page = _checked(await self.call("GET", path, params=params), 200)
            assert len(page["items"]) <= params["limit"]
            found += page["items"]
            params["cursor"] = page["next_cursor"]
            if params["cursor"] is None:
                return found

    async def make_shelf(self, name: str = "Shelf", **fields: Any) -> str:
        """A knowledge base's id."""
        return (await self.post("/knowledge-bases", {"name": name} | fields, 201))["id"]

    async def upload(
        self,
        shelf: str,
        path: str,
        content: str | bytes,
        *,
        status: int = 201,
        modified_at: datetime | None = None,
    ) -> Any:
        params = {"path": path} | ({"modified_at": modified_at.isoformat()} if modified_at else {})
        answer = await self.call("POST", f"/knowledge-bases/{shelf}/documents", params=params, content=content)
        return _checked(answer, status)

    async def settle(self, shelf: str) -> dict[str, int]:
        """Waits until nothing of the knowledge base waits; the documents by state."""
        deadline = time.monotonic() + PATIENCE
        while True:
            states = (await self.get(f"/knowledge-bases/{shelf}/progress"))["documents"]
            if not states.keys() & {"uploaded", "queued", "processing"}:
                return states
            assert time.monotonic() < deadline, f"still waiting: {states}"
            await asyncio.sleep(0.01)

    async def add(self, shelf: str, path: str, content: str | bytes, **options: Any) -> str:
        """Uploads and waits until it is searchable; the document's id."""
        uploaded = await self.upload(shelf, path, content, **options)
        await self.settle(shelf)
        document = await self.get(f"/documents/{uploaded['id']}")
        assert document["state"] == "ready", document["failure"]
        return uploaded["id"]

    async def search(self, query: str, **scope: Any) -> list[Any]:
        return (await self.post("/search", {"query": query, "scope": scope}))["hits"]

    async def found(self, query: str) -> set[str]:
        """Ids of the documents that a search shows."""
        return {hit["document_id"] for hit in await self.search(query)}

    @asynccontextmanager
    async def stream(
        self, path: str, body: Any = None, *, after: int | None = None
    ) -> AsyncGenerator[AsyncIterator[Event], None]:
        """The events of a question (with a body) or of a run (without)."""
        headers = self.headers | ({} if after is None else {"Last-Event-ID": str(after)})
        method = "GET" if body is None else "POST"
        async with self.client.stream(method, f"/api{path}", headers=headers, json=body) as response:
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"].startswith("text/event-stream")
            yield _events(response)

    async def events(self, path: str, body: Any = None, *, after: int | None = None) -> list[Event]:
        """All of them."""
        async with self.stream(path, body, after=after) as stream:
            return [event async for event in stream]


def _checked(answer: httpx2.Response, status: int) -> Any:
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    if answer.is_error:
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.json() if answer.content else None


async def _events(response: httpx2.Response) -> AsyncIterator[Event]:
    number, kind = 0, ""
    async for line in response.aiter_lines():
        name, _, value = line.partition(": ")
        if name == "id":
            number = int(value)
        elif name == "event":
            kind = value
        elif name == "data":
            yield Event(number, kind, json.loads(value))


def fold(events: Sequence[Event]) -> str:
    """The text that the events spell."""
    return "".join(event.data["text"] for event in events if event.kind == "text.delta")


def told(answer: httpx2.Response) -> tuple[int, Any]:
    """Status and body without what differs between any two answers."""
    body = answer.json()
    body.pop("request_id", None)
    return answer.status_code, body


@dataclass(frozen=True)
class Company:
    """A tenant of its own for one test, and one person of another tenant."""

    tenant: UUID
    region: UUID
    department: UUID
    group: UUID
    operator: Person
    """super_admin."""
    admin: Person
    owner: Person
    """content_manager: makes the knowledge bases in most tests."""
    member: Person
    """user, of the department and the group."""
    stranger: Person
    """user, of nothing but the tenant."""
    rival: Person
    """content_manager of another tenant."""
    rivals: UUID
    grants: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    """Bodies that grant reading: to `member`, `group`, `department`, `tenant`."""


async def found_company(hub: Hub, client: httpx2.AsyncClient) -> Company:
    mark = new_id().hex[-12:]
    async with hub.database() as db, db.write() as session:
        tenant = (await identity.create_tenant(session, name=f"Company {mark}")).id
        rivals = (await identity.create_tenant(session, name=f"Rivals {mark}")).id
        region = (await identity.create_region(session, tenant_id=tenant, name="UK")).id
        department = (await identity.create_department(session, tenant_id=tenant, region_id=region, name="HR")).id
        group = (await identity.create_group(session, tenant_id=tenant, name="Pilots")).id

        async def person(name: str, role: Role, of: UUID = tenant, **options: Any) -> Person:
            user = await make_user(session, of, f"{name}@{mark}.test", role=role, **options)
            return Person(client, user.email, user.id)

        member = await person("member", Role.USER, department_id=department, group_ids=(group,))
        return Company(
            tenant=tenant,
            region=region,
            department=department,
            group=group,
            operator=await person("operator", Role.SUPER_ADMIN),
            admin=await person("admin", Role.ADMIN),
            owner=await person("owner", Role.CONTENT_MANAGER),
            member=member,
            stranger=await person("stranger", Role.USER),
            rival=await person("rival", Role.CONTENT_MANAGER, of=rivals),
            rivals=rivals,
            grants={
                "member": {"subject_kind": "user", "subject_id": str(member.id)},
                "group": {"subject_kind": "group", "subject_id": str(group)},
                "department": {"subject_kind": "department", "subject_id": str(department)},
                "tenant": {"subject_kind": "tenant", "subject_id": str(tenant)},
            },
        )
