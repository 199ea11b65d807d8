"""Servers are killed in the middle of a file: what was acknowledged is there, and in the end every byte is right."""

import hashlib
import random
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from e2e.processes import Client, Process
from nexus.knowledge.resuming import CHECKPOINT

SIZE = 3 * CHECKPOINT + 12_345
PIECE = 256 << 10
TUS = {"Tus-Resumable": "1.0.0"}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncGenerator[Process, None]:
    process = Process("serve", tmp_path, {})
    process.start()
    yield process
    await process.kill()


@pytest.fixture
async def client(server: Process, tmp_path: Path) -> AsyncGenerator[Client, None]:
    client = Client(server, tmp_path)
    yield client
    await client.aclose()


async def offset_of(client: Client, place: str) -> int:
    while True:
        with suppress(httpx2.TransportError):
            answer = await client.once("HEAD", place, headers=TUS)
            if answer.status_code == 200:
                return int(answer.headers["upload-offset"])


async def test_a_server_that_dies_in_the_middle_of_a_file_loses_nothing_acknowledged(
    server: Process, client: Client, tmp_path: Path
) -> None:
    rng = random.Random(20261122)
    # No document, so that its fate is known at once: the bytes are what matters here.
    content = b"\x00\x01" + rng.randbytes(SIZE - 2)
    shelf = (await client.call("POST", "/knowledge-bases", json={"name": "Manuals"}))["id"]
    announced = TUS | {"Upload-Length": str(SIZE), "Upload-Metadata": "path bWFudWFsLnBkZg=="}
    begun = await client.once("POST", f"/knowledge-bases/{shelf}/uploads", headers=announced)
    place = begun.headers["location"].removeprefix("/api")

    async def until_killed(start: int, die_at: int) -> AsyncIterator[bytes]:
        for at in range(start, SIZE, PIECE):
            if at >= die_at:
                await server.kill()
                (tmp_path / "data" / "server.json").unlink(missing_ok=True)
            yield content[at : at + PIECE]

    acknowledged = 0
    for die_at in (CHECKPOINT + 3 * PIECE, 2 * CHECKPOINT + 5 * PIECE, SIZE - PIECE, SIZE + PIECE):
        offset = await offset_of(client, place)
        assert acknowledged <= offset < SIZE
        acknowledged = offset
        part: dict[str, Any] = TUS | {
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(SIZE - offset),
        }
        with suppress(httpx2.TransportError):
            answer = await client.once("PATCH", place, headers=part, content=until_killed(offset, die_at))
            assert answer.status_code == 204, answer.text
        if die_at < SIZE:
            server.start()
    assert acknowledged >= 2 * CHECKPOINT
    assert server.kills == 3

    [document] = await client.pages("/documents", knowledge_base_id=shelf)
    assert document["sha256"] == hashlib.sha256(content).hexdigest()
    original = await client.once("GET", f"/documents/{document['id']}/original")
    assert original.content == content
    assert not list((tmp_path / "data" / "uploads").iterdir())
    assert (await client.call("GET", place))["document_id"] == document["id"]
