"""The processes of an installation, its user, who pulls the plugs, and what must hold in the end."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update

from e2e.processes import PATIENCE, Client, Process
from nexus.chat.models import Run
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.jobs.models import Job
from nexus.knowledge.models import Chunk, ChunkVector, Document, DocumentVersion

DEMO = Path(__file__).parents[2] / "src" / "nexus" / "demo" / "files"
SMALL_FILES = 60
LARGE_FILES = 3


def make_files(rng: random.Random, small: int = SMALL_FILES) -> dict[str, bytes]:
    """Path → bytes: every kind of the demo's files, many small ones, and a few whose vectors take several batches."""
    files = {f"demo/{path.name}": path.read_bytes() for path in sorted(DEMO.rglob("*")) if path.is_file()}
    while len(files) < small:
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


WORDS = (  # noqa: SIM905 - forty words a line read better than one a line
    "harbour lantern quarterly travel invoice pilot copper meadow winter signal ledger orchard bridge "
    "paper river engine policy holiday market garden budget supplier contract meeting train station "
    "office window number letter harvest candle anchor "
).split()


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

    @property
    def cut_uploads(self) -> int:
        """How many may have died half-way: at most one a killed server."""
        return self.kills["serve"]

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
        assert report["documents"] == len(files), report
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
        # An upload that died before its row has left a file that nobody knows.
        assert kept <= len(files) <= kept + self.cut_uploads
