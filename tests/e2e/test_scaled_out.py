"""An installation of several machines by settings alone: two servers and a worker with folders of their own share
PostgreSQL, Redis, a bucket, and an index in PostgreSQL or in Qdrant."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.doubles.openai_embeddings import EmbeddingsDouble
from tests.doubles.qdrant import QdrantDouble
from tests.doubles.s3 import S3Double, S3Service

from e2e.processes import PATIENCE, Client, Process

if TYPE_CHECKING:
    from servers import PostgresServer

pytest_plugins = ("servers",)

OIL = b"# Oils\n\nThe viscosity of oil seven is 320 cSt at 40 degrees.\n"
BOOK = b"The ledger of the harbour.\n\n" + b"Nothing was paid on that day, and nobody asked why. " * 4000


@pytest.fixture
def bucket(s3_service: S3Service) -> Generator[S3Double, None, None]:
    with S3Double(s3_service) as double:
        yield double


@pytest.fixture(params=["pgvector", "qdrant"])
def index(request: pytest.FixtureRequest) -> Generator[dict[str, str], None, None]:
    if request.param == "pgvector":
        yield {"NEXUS_INDEX__ENGINE": "pgvector"}
        return
    with QdrantDouble() as double:
        yield {"NEXUS_INDEX__ENGINE": "qdrant", "NEXUS_INDEX__URL": double.origin}


@pytest.fixture
async def machines(
    postgres: "PostgresServer",
    postgres_template: str,
    redis_url: str,
    bucket: S3Double,
    index: dict[str, str],
    tmp_path: Path,
) -> AsyncGenerator[tuple[Client, Client, Process], None]:
    async with AsyncExitStack() as stack:
        embeddings = await stack.enter_async_context(EmbeddingsDouble(32))
        environment = index | {
            "NEXUS_SECRET_KEY": "b0c2c1d5e8f94a7e93d7a6c4f1e2b3a8",
            "NEXUS_SECRETS__KEYS": "x3p5e8wq94a7e93d7a6c4f1e2b3a8k2m",
            "NEXUS_DB__URL": postgres.url(postgres.create_database(template=postgres_template)),
            "NEXUS_JOBS__MODE": "celery",
            "NEXUS_REDIS__URL": redis_url,
            "NEXUS_FILES__STORE": "s3",
            "NEXUS_FILES__BUCKET": bucket.bucket,
            "NEXUS_FILES__ENDPOINT": bucket.origin,
            "NEXUS_FILES__ACCESS_KEY_ID": "id",
            "NEXUS_FILES__SECRET_ACCESS_KEY": "sesame-of-s3",
            "NEXUS_EMBEDDINGS__KIND": "openai",
            "NEXUS_EMBEDDINGS__BASE_URL": embeddings.base_url,
            "NEXUS_EMBEDDINGS__MODEL": "normal",
            "NEXUS_EMBEDDINGS__DIMENSION": "32",
        }
        started: list[Process] = []
        for name, command in (("one", "serve"), ("other", "serve"), ("third", "worker")):
            (tmp_path / name).mkdir()
            process = Process(command, tmp_path / name, environment)
            stack.push_async_callback(process.kill)
            process.start()
            started.append(process)
        clients = [Client(started[at], tmp_path / name) for at, name in enumerate(("one", "other"))]
        for client in clients:
            stack.push_async_callback(client.aclose)
        yield clients[0], clients[1], started[2]
        for process in started:
            assert not process.faults(), process.faults()[:5]


async def test_documents_are_taken_in_here_and_found_there(
    machines: tuple[Client, Client, Process], bucket: S3Double, tmp_path: Path
) -> None:
    here, there, worker = machines
    shelf = (await here.call("POST", "/knowledge-bases", json={"name": "Shelf"}))["id"]
    upload = f"/knowledge-bases/{shelf}/documents"
    oil = (await here.call("POST", upload, params={"path": "oil.md"}, content=OIL))["id"]
    book = (await there.call("POST", upload, params={"path": "book.txt"}, content=BOOK))["id"]

    async def ready() -> bool:
        states = (await here.call("GET", f"/knowledge-bases/{shelf}/progress"))["documents"]
        worker.require_alive()
        assert not states.get("failed"), states
        return states == {"ready": 2}

    async with asyncio.timeout(PATIENCE):
        while not await ready():  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.1)
    for client in (here, there):
        found = await client.call("POST", "/search", json={"query": "viscosity of oil seven", "scope": {}})
        assert found["hits"][0]["document_id"] == oil
    assert len(bucket.objects()) == 2
    assert not [path for path in tmp_path.glob("*/data/files/**/*") if path.is_file()]
    part = await there.once("GET", f"/documents/{oil}/original", headers={"Range": "bytes=0-5"})
    assert (part.status_code, part.content) == (206, OIL[:6])
    report = await here.call("GET", "/index/check")
    assert report["ok"], report

    await there.call("DELETE", f"/documents/{oil}")
    found = await here.call("POST", "/search", json={"query": "viscosity of oil seven", "scope": {}})
    assert {hit["document_id"] for hit in found["hits"]} <= {book}
    await here.call("DELETE", f"/documents/{book}")
    report = await there.call("GET", "/index/check")
    assert report["ok"], report
