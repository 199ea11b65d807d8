"""A server is killed while a knowledge base is processed again: each document is processed once, and none is lost."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from e2e.processes import PATIENCE, Client, Process
from nexus.core.db import Database, create_engine
from nexus.core.jobs.models import Job
from nexus.knowledge.models import Chunk, ChunkVector, DocumentVersion

COUNT = 60
KILLS = 3


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[Process, None]:
    process = Process("serve", tmp_path, {"NEXUS_JOBS__LEASE_SECONDS": "2", "NEXUS_JOBS__POLL_SECONDS": "0.2"})
    process.start()
    yield process
    await process.kill()


@pytest.fixture
async def client(server: Process, tmp_path: Path) -> AsyncGenerator[Client, None]:
    client = Client(server, tmp_path)
    yield client
    await client.aclose()


async def test_a_server_that_dies_while_processing_again_takes_it_up(
    server: Process, client: Client, tmp_path: Path
) -> None:
    rng = random.Random(20261122)
    shelf = (await client.call("POST", "/knowledge-bases", json={"name": "Manuals"}))["id"]
    at = f"/knowledge-bases/{shelf}"
    for number in range(COUNT):
        text = f"Pump {number} is oiled once a week. " * 30
        await client.call("POST", f"{at}/documents", params={"path": f"{number:03}.txt"}, content=text.encode())
    deadline = time.monotonic() + PATIENCE
    while (await client.call("GET", f"{at}/progress"))["documents"] != {"ready": COUNT}:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)

    begun = await client.call("POST", f"{at}/reprocess")
    assert begun["documents"] == COUNT
    for _ in range(KILLS):
        await client.connection()
        await asyncio.sleep(rng.uniform(0.1, 0.8))
        await server.kill()
        (tmp_path / "data" / "server.json").unlink(missing_ok=True)
        server.start()
    deadline = time.monotonic() + PATIENCE
    while (run := await client.call("GET", f"{at}/reprocessing"))["state"] != "succeeded":
        assert time.monotonic() < deadline, run
        await asyncio.sleep(0.1)
    assert (run["done"], run["failed"], run["skipped"]) == (COUNT, 0, 0)

    db = Database(create_engine(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'nexus.db'}"))
    try:
        async with db.read() as session:
            rows = await session.execute(select(DocumentVersion.number, DocumentVersion.state))
            assert Counter((row[0], row[1]) for row in rows) == {(1, "superseded"): COUNT, (2, "active"): COUNT}
            active = select(DocumentVersion.id).where(DocumentVersion.state == "active")
            stray = select(func.count()).select_from(Chunk).where(Chunk.version_id.not_in(active))
            assert await session.scalar(stray) == 0
            chunks = await session.scalar(select(func.count()).select_from(Chunk))
            assert await session.scalar(select(func.count()).select_from(ChunkVector)) == chunks
            assert await session.scalar(select(func.count()).where(Job.state == "failed")) == 0
    finally:
        await db.aclose()
    assert (await client.call("GET", "/index/check"))["ok"]
