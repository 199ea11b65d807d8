"""Nothing is lost: servers and workers are killed at random moments while documents come, change and go and answers are
being given; whoever tries again finds everything there, once and whole."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import func, select, update
from tests.doubles.openai_chat import OpenAIDouble
from tests.doubles.openai_embeddings import EmbeddingsDouble

from e2e.processes import PATIENCE, Client, Process
from nexus.chat.models import Run, RunEvent
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.jobs.models import Job
from nexus.knowledge.models import Chunk, ChunkVector, Document, DocumentVersion

pytest_plugins = ("servers",)

DEMO = Path(__file__).parents[2] / "src" / "nexus" / "demo" / "files"
SMALL_FILES = 60
LARGE_FILES = 3
SEED = 20261121


def make_files(rng: random.Random) -> dict[str, bytes]:
    """Path → bytes: every kind of the demo's files, many small ones, and a few whose vectors take several batches."""
    files = {f"demo/{path.name}": path.read_bytes() for path in sorted(DEMO.rglob("*")) if path.is_file()}
    while len(files) < SMALL_FILES:
        number = len(files)
        words = " ".join(rng.choice(WORDS) for _ in range(rng.randint(20, 400)))
        name, text = rng.choice(
            [
                (f"{number}.txt", f"Note {number}\n\n{words}\n"),
                (f"{number}.md", f"# Page {number}\n\n{words}\n\n## More\n\n{words[:200]}\n"),
                (f"{number}.html", f"<html><title>Page {number}</title><h1>Page</h1><p>{words}</p></html>"),
                (f"{number}.csv", f"number,words\n{number},{words}\n"),
            ]
        )
        files[f"small/{name}"] = text.encode()
    for number in range(LARGE_FILES):
        paragraphs = (" ".join(rng.choice(WORDS) for _ in range(120)) for _ in range(450))
        files[f"large/{number}.txt"] = (f"Book {number}\n\n" + "\n\n".join(f"{p}." for p in paragraphs)).encode()
    return files


WORDS = [
    *(
        "harbour",
        "lantern",
        "quarterly",
        "travel",
        "invoice",
        "pilot",
        "copper",
        "meadow",
        "winter",
        "signal",
        "ledger",
    ),
    *("orchard", "bridge", "paper", "river", "engine", "policy", "holiday", "market", "garden", "budget", "supplier"),
    *("contract", "meeting", "train", "station", "office", "window", "number", "letter", "harvest", "candle", "anchor"),
]


@dataclass
class Household:
    """The processes of an installation, the person who uses it, and the one who pulls the plugs."""

    server: Process
    workers: list[Process]
    client: Client
    database_url: str
    data: Path
    rng: random.Random
    kills: Counter[str] = field(default_factory=Counter[str])

    @property
    def processes(self) -> list[Process]:
        return [self.server, *self.workers]

    async def kill_some(self, times: int, during: asyncio.Task[Any]) -> None:
        """Kills one process or all of them, lets them lie for a moment, and starts them again."""
        for _ in range(times):
            await self.client.connection()
            await asyncio.sleep(self.rng.uniform(0.05, 1.2))
            if during.done():
                during.result()
            victims = self.rng.choice([self.processes, *([each] for each in self.processes)])
            await self.kill(victims)
            for process in victims:
                process.start()

    async def kill(self, victims: list[Process]) -> None:
        for process in victims:
            await process.kill()
            self.kills[process.log_file.stem] += 1
        if self.server in victims:
            # What the dead server wrote about itself.
            (self.data / "server.json").unlink(missing_ok=True)

    async def settle(self, shelf: str) -> None:
        """Until nothing waits any more."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            states = (await self.client.call("GET", f"/knowledge-bases/{shelf}/progress"))["documents"]
            if not states.keys() & {"uploaded", "queued", "processing"} and await self.idle():
                return
            assert asyncio.get_running_loop().time() < deadline, f"still waiting: {states}"
            for process in self.processes:
                process.require_alive()
            await asyncio.sleep(0.1)

    async def idle(self) -> bool:
        return not await self.query(select(func.count()).where(Job.state.in_(("queued", "running"))))

    async def query(self, statement: Any) -> Any:
        db = Database(create_engine(self.database_url))
        try:
            async with db.read() as session:
                return await session.scalar(statement)
        finally:
            await db.aclose()

    async def expire_runs(self) -> None:
        """A minute passes, as far as answers are concerned."""
        db = Database(create_engine(self.database_url))
        async with db.write() as session:
            await session.execute(update(Run).values(lease_until=now() - timedelta(seconds=1)))
        await db.aclose()

    # --- what the person does ---------------------------------------------------------------------------------------

    async def upload(self, shelf: str, files: dict[str, bytes]) -> None:
        for path, content in files.items():
            answer = await self.client.call(
                "POST", f"/knowledge-bases/{shelf}/documents", params={"path": path}, content=content
            )
            assert answer["path"] == path
            await asyncio.sleep(0.01)

    async def change(self, shelf: str, files: dict[str, bytes]) -> None:
        """Deletes some, has some read again, and replaces some; `files` is kept up with it."""
        documents = {
            each["path"]: each["id"] for each in await self.client.pages("/documents", knowledge_base_id=shelf)
        }
        for path in self.rng.sample(sorted(files), 30):
            action = self.rng.choice(["delete", "reprocess", "replace"])
            if action == "delete":
                # Gone already, when the answer to the first attempt was lost.
                await self.client.call("DELETE", f"/documents/{documents[path]}", allowed=(404,))
                del files[path]
            elif action == "reprocess" or not path.endswith((".txt", ".md")):
                # Other kinds cannot be replaced by a line of text: that would be, and end as, a mislabelled file.
                await self.client.call("POST", f"/documents/{documents[path]}/reprocess")
            else:
                files[path] = b"Another edition of it, about " + self.rng.choice(WORDS).encode() + b" and other things."
                await self.upload(shelf, {path: files[path]})

    # --- what must hold in the end ----------------------------------------------------------------------------------

    async def verify(self, shelf: str, files: dict[str, bytes]) -> None:
        await self.settle(shelf)
        report = await self.client.call("GET", "/index/check")
        assert report["ok"], report
        assert report["documents"] == len(files)
        documents = await self.client.pages("/documents", knowledge_base_id=shelf)
        assert sorted(each["path"] for each in documents) == sorted(files)
        assert {each["state"] for each in documents} == {"ready"}, [each["failure"] for each in documents]
        for each in documents:
            assert each["size"] == len(files[each["path"]])
            await self.verify_document(each["id"])
        await self.verify_rows()

    async def verify_document(self, document_id: str) -> None:
        text = (await self.client.call("GET", f"/documents/{document_id}/text", params={"end": 200_000}))["text"]
        chunks = await self.client.pages(f"/documents/{document_id}/chunks")
        assert [chunk["ordinal"] for chunk in chunks] == list(range(len(chunks)))
        assert chunks
        for chunk in chunks:
            if chunk["end"] <= len(text):
                assert text[chunk["start"] : chunk["end"]] == chunk["text"]

    async def verify_rows(self) -> None:
        """What no route shows: rows that nothing needs, jobs that did not end well, files that nobody will miss."""
        needed = select(Document.active_version_id).where(Document.active_version_id.is_not(None))
        stray = select(func.count()).select_from(Chunk).where(Chunk.version_id.not_in(needed))
        assert await self.query(stray) == 0
        bare = select(func.count()).select_from(Chunk).outerjoin(ChunkVector).where(ChunkVector.chunk_id.is_(None))
        assert await self.query(bare) == 0
        lost = select(func.count()).select_from(ChunkVector).outerjoin(Chunk).where(Chunk.id.is_(None))
        assert await self.query(lost) == 0
        assert await self.query(select(func.count()).where(Job.state == "failed")) == 0
        unpurged = select(func.count()).where(Document.deleted_at.is_not(None), Document.purged_at.is_(None))
        assert await self.query(unpurged) == 0
        kept = await self.query(select(func.count(DocumentVersion.blob_key.distinct())))
        files = [path for path in (self.data / "files").rglob("*") if path.is_file()]
        # An upload that died before its row has left a file that nobody knows: at most one a killed server.
        assert kept <= len(files) <= kept + self.kills["serve"]


Open = Callable[..., Awaitable[Household]]


@pytest.fixture
async def open_household(tmp_path: Path) -> AsyncGenerator[Open, None]:
    async with AsyncExitStack() as stack:
        embeddings = await stack.enter_async_context(EmbeddingsDouble(32))
        language_model = stack.enter_context(OpenAIDouble())

        async def go(database_url: str = "", redis_url: str = "", workers: int = 0) -> Household:
            data = tmp_path / "data"
            environment = {
                "NEXUS_EMBEDDINGS__KIND": "openai",
                "NEXUS_EMBEDDINGS__BASE_URL": embeddings.base_url,
                "NEXUS_EMBEDDINGS__MODEL": "normal",
                "NEXUS_EMBEDDINGS__DIMENSION": "32",
                "NEXUS_LLM__BASE_URL": language_model.base_url,
                "NEXUS_LLM__MODEL": "words?rate=40&tokens=2000",
                "NEXUS_JOBS__LEASE_SECONDS": "2",
                "NEXUS_JOBS__POLL_SECONDS": "0.2",
            }
            if database_url:
                environment |= {
                    "NEXUS_DB__URL": database_url,
                    "NEXUS_REDIS__URL": redis_url,
                    "NEXUS_JOBS__MODE": "celery",
                }
            server = Process("serve", tmp_path, environment)
            crew = [Process("worker", tmp_path, environment) for _ in range(workers)]
            client = Client(server, tmp_path)
            stack.push_async_callback(client.aclose)
            for process in (server, *crew):
                stack.push_async_callback(process.kill)
                process.start()
            url = database_url or f"sqlite+aiosqlite:///{data / 'nexus.db'}"
            return Household(server, crew, client, url, data, random.Random(SEED))

        yield go


async def live_through(household: Household, *, kills: int) -> None:
    """Documents come, change, go and are asked about, while processes die `kills` times."""
    files = make_files(household.rng)
    client = household.client
    shelf = (await client.call("POST", "/knowledge-bases", json={"name": "Shelf"}))["id"]

    coming = asyncio.create_task(household.upload(shelf, files))
    await household.kill_some(kills // 2, coming)
    await coming
    await household.verify(shelf, files)

    changing = asyncio.create_task(household.change(shelf, files))
    await household.kill_some(kills - kills // 2, changing)
    await changing
    await household.verify(shelf, files)

    for _ in range(2):
        await interrupt_an_answer(household)
    await household.verify(shelf, files)
    for process in household.processes:
        assert not process.faults(), process.faults()[:5]


@dataclass
class Heard:
    """What reached the person of an answer."""

    run_id: str = ""
    text: str = ""
    last: int = 0
    deltas: int = 0


async def listen(household: Household, heard: Heard, deltas: int) -> None:
    """Asks, and has the server die after so many pieces of the answer. Raises httpx2.TransportError then."""
    connection = await household.client.connection()
    question = {"question": "What about the harbour?"}
    async with connection.stream("POST", "/api/ask/stream", json=question) as stream:
        kind = ""
        async for line in stream.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "id":
                heard.last = int(value)
            elif name == "data" and kind == "run.started":
                heard.run_id = json.loads(value)["run_id"]
            elif name == "data" and kind == "text.delta":
                heard.text += json.loads(value)["text"]
                heard.deltas += 1
                if heard.deltas == deltas:
                    await household.kill([household.server])


async def interrupt_an_answer(household: Household) -> None:
    """The server dies in the middle of a sentence: what was said is kept, and the run says that it was cut short."""
    client, heard = household.client, Heard()
    with pytest.raises(httpx2.TransportError):
        await listen(household, heard, deltas=5)
    household.server.start()
    if household.workers:
        await client.connection()
        await household.expire_runs()
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while (answer := await client.call("GET", f"/runs/{heard.run_id}"))["run"]["state"] in ("queued", "running"):
        assert asyncio.get_running_loop().time() < deadline
        await asyncio.sleep(0.1)
    assert (answer["run"]["state"], answer["run"]["failure_code"]) == ("failed", "interrupted")
    assert answer["run"]["kind"] == "generated"
    assert answer["message"]["text"].startswith(heard.text.strip())
    numbers = select(func.count()).where(RunEvent.run_id == UUID(heard.run_id))
    last = select(func.max(RunEvent.number)).where(RunEvent.run_id == UUID(heard.run_id))
    assert await household.query(numbers) == await household.query(last) > heard.last
    replay = await client.once("GET", f"/runs/{heard.run_id}/events")
    assert replay.text.rstrip().rpartition("event: ")[2].startswith("run.failed")


async def test_kills_lose_nothing(open_household: Open) -> None:
    household = await open_household()
    await live_through(household, kills=12)
    print(f"kills: {dict(household.kills)}, requests tried again: {household.client.retries}")


async def test_kills_lose_nothing_scaled_out(open_household: Open, postgres_url: str, redis_url: str) -> None:
    household = await open_household(postgres_url, redis_url, workers=2)
    await live_through(household, kills=12)
    print(f"kills: {dict(household.kills)}, requests tried again: {household.client.retries}")
