"""Hundreds of documents come in while everything dies and returns that an installation is made of: serving processes
and workers are killed, Redis loses all it knew, PostgreSQL cuts every connection. In the end each is there, once.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from tests.doubles.openai_chat import OpenAIDouble
from tests.doubles.openai_embeddings import EmbeddingsDouble

from e2e.balancer import Balancer
from e2e.household import Household, make_files
from e2e.processes import PATIENCE, Client, Process

if TYPE_CHECKING:
    from servers import PostgresServer, RedisServer

pytest_plugins = ("servers",)

SEED = 20261122
DOCUMENTS = 500
ROUNDS = 3
"""How often each kind of part dies."""
SILENCE = 45.0
"""Seconds without a byte after which a stream hangs: twice what a dead process' answer takes to be given its end."""


class Anywhere(Client):
    """Somebody who knows one address, and signs in there."""

    def __init__(self, server: Process, folder: Path, url: str) -> None:
        super().__init__(server, folder)
        self._url = url

    async def connection(self) -> httpx2.AsyncClient:
        if self._client is None:
            # A connection a request: the next one may go to another process.
            limits = httpx2.Limits(max_keepalive_connections=0)
            self._client = httpx2.AsyncClient(base_url=self._url, timeout=PATIENCE, limits=limits)
            body = {"email": "founder@acme.test", "password": "plum-orbit-lantern"}
            token = (await self.call("POST", "/auth/login", json=body))["access_token"]
            self._client.headers["Authorization"] = f"Bearer {token}"
        return self._client

    async def call(self, method: str, path: str, *, allowed: tuple[int, ...] = (), **options: Any) -> Any:
        """As people do: once more while a process or the database is away, which it says by 5xx or by hanging up."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(httpx2.TransportError):
                answer = await self.once(method, path, **options)
                if answer.status_code < 500:
                    assert answer.is_success or answer.status_code in allowed, answer.text
                    return answer.json() if answer.content else None
            assert time.monotonic() < deadline, f"no answer to {method} {path}"
            self.retries += 1
            await asyncio.sleep(0.05)


@dataclass
class Town(Household):
    """Several serving processes, several workers, and the servers they rely on."""

    servers: list[Process] = field(default_factory=list[Process])
    postgres: "PostgresServer | None" = None
    redis: "RedisServer | None" = None
    folders: dict[int, Path] = field(default_factory=dict[int, Path])

    @property
    def processes(self) -> list[Process]:
        return [*self.servers, *self.workers]

    @property
    def cut_uploads(self) -> int:
        return self.client.retries

    async def break_something(self, what: str) -> None:
        assert self.postgres
        assert self.redis
        self.kills[what] += 1
        if what == "postgres":
            await asyncio.to_thread(self.postgres.restart)
        elif what == "redis":
            self.redis.stop()
            await asyncio.sleep(self.rng.uniform(0.2, 2))
            await asyncio.to_thread(self.redis.start)
        else:
            crew = self.servers if what == "server" else self.workers
            victims = self.rng.choice([crew, *([each] for each in crew)])
            for process in victims:
                await process.kill()
                if folder := self.folders.get(id(process)):
                    (folder / "data" / "server.json").unlink(missing_ok=True)
            await asyncio.sleep(self.rng.uniform(0.05, 1))
            for process in victims:
                process.start()


@dataclass
class Asking:
    """People who ask all the while, and come back to their answer wherever they are let in."""

    client: Anywhere
    ends: Counter[str] = field(default_factory=Counter[str])
    returns: int = 0
    longest: float = 0.0
    """Seconds from a question to the end of its answer."""

    async def ask_for_ever(self) -> None:
        while True:
            begun = time.monotonic()
            run = (await self.client.call("POST", "/runs", json={"question": "What about the harbour?"}))["id"]
            self.ends[await self.follow(run)] += 1
            self.longest = max(self.longest, time.monotonic() - begun)

    async def follow(self, run: str) -> str:
        """How the run ended. No event comes twice or late, over however many connections."""
        last, kind = 0, ""
        while True:
            connection = await self.client.connection()
            with suppress(httpx2.TransportError):
                headers = {"Last-Event-ID": str(last)}
                async with connection.stream("GET", f"/api/runs/{run}/events", headers=headers) as stream:
                    if stream.status_code == 200:
                        lines = stream.aiter_lines()
                        while True:
                            try:
                                async with asyncio.timeout(SILENCE):
                                    line = await anext(lines)
                            except StopAsyncIteration:
                                break
                            name, _, value = line.partition(": ")
                            if name == "id":
                                assert int(value) > last
                                last = int(value)
                            elif name == "event":
                                kind = value
                            elif name == "data" and kind in ("run.succeeded", "run.failed", "run.cancelled"):
                                code = json.loads(value).get("code")
                                return f"{kind} {code}" if code else kind
            self.returns += 1
            await asyncio.sleep(0.1)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncGenerator[tuple[Town, Anywhere]]:
    from servers import PostgresServer, RedisServer, migrate_url, run_apart

    async with AsyncExitStack() as stack:
        postgres, redis = await asyncio.to_thread(PostgresServer), RedisServer()
        stack.callback(postgres.stop)
        stack.callback(redis.stop)
        # The test's servers promise less than a real one: what was committed must outlive the death of the process.
        postgres.execute("ALTER SYSTEM SET synchronous_commit = on")
        postgres.execute("SELECT pg_reload_conf()")
        database = postgres.url(postgres.create_database())
        run_apart(migrate_url(database))
        embeddings = await stack.enter_async_context(EmbeddingsDouble(32))
        language_model = stack.enter_context(OpenAIDouble())
        environment = {
            "NEXUS_DB__URL": database,
            "NEXUS_REDIS__URL": redis.url,
            "NEXUS_JOBS__MODE": "celery",
            "NEXUS_LIMITS__USER_REQUESTS": "0",
            "NEXUS_JOBS__LEASE_SECONDS": "2",
            "NEXUS_JOBS__POLL_SECONDS": "0.2",
            "NEXUS_SECRET_KEY": "a-key-that-all-of-the-processes-share-1",
            "NEXUS_EMBEDDINGS__KIND": "openai",
            "NEXUS_EMBEDDINGS__BASE_URL": embeddings.base_url,
            "NEXUS_EMBEDDINGS__MODEL": "normal",
            "NEXUS_EMBEDDINGS__DIMENSION": "32",
            "NEXUS_LLM__BASE_URL": language_model.base_url,
            "NEXUS_LLM__MODEL": "words?rate=40&tokens=200",
        }
        files = tmp_path / "files"
        files.mkdir()

        def place(command: str, number: int) -> tuple[Process, Path]:
            folder = tmp_path / f"{command}{number}"
            (folder / "data").mkdir(parents=True)
            # The disk that all of them share.
            (folder / "data" / "files").symlink_to(files)
            return Process(command, folder, environment | {"NEXUS_DATA_DIR": str(folder / "data")}), folder

        servers = [place("serve", number) for number in range(2)]
        workers = [place("worker", number) for number in range(2)]
        balancer = await stack.enter_async_context(Balancer([folder / "data" / "server.json" for _, folder in servers]))
        client = Anywhere(servers[0][0], servers[0][1], balancer.url)
        stack.push_async_callback(client.aclose)
        for process, _ in (*servers, *workers):
            stack.push_async_callback(process.kill)
            process.start()
        yield (
            Town(
                servers[0][0],
                [process for process, _ in workers],
                client,
                database,
                tmp_path,
                random.Random(SEED),
                servers=[process for process, _ in servers],
                postgres=postgres,
                redis=redis,
                folders={id(process): folder for process, folder in servers},
            ),
            client,
        )


async def test_every_document_is_there_once_whatever_dies(town: tuple[Town, Anywhere]) -> None:
    installation, client = town
    files = make_files(installation.rng, DOCUMENTS - 3)
    assert len(files) == DOCUMENTS
    shelf = (await client.call("POST", "/knowledge-bases", json={"name": "Shelf"}))["id"]
    begun = time.monotonic()
    asking = Asking(client)
    people = [asyncio.create_task(asking.ask_for_ever()) for _ in range(3)]
    coming = asyncio.create_task(installation.upload(shelf, files))

    for _ in range(ROUNDS):
        parts = ["server", "worker", "redis", "postgres"]
        installation.rng.shuffle(parts)
        for part in parts:
            await asyncio.sleep(installation.rng.uniform(0.3, 2))
            await installation.break_something(part)
    await coming
    await installation.settle(shelf)
    seconds = time.monotonic() - begun

    for person in people:
        assert not person.done(), person.exception()
        person.cancel()
    await asyncio.gather(*people, return_exceptions=True)
    await installation.verify(shelf, files)
    assert asking.ends["run.succeeded"]
    # The process died in the middle of it, or PostgreSQL was away just then: the person is told which, and asks again.
    honest = {"run.succeeded", "run.failed interrupted", "run.failed unavailable"}
    assert set(asking.ends) <= honest, asking.ends
    print(
        f"{DOCUMENTS} documents in {seconds:.0f} s; killed: {dict(installation.kills)}; requests tried again: "
        f"{client.retries}; answers: {dict(asking.ends)}, taken up {asking.returns} times, the longest took "
        f"{asking.longest:.0f} s"
    )
