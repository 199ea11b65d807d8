"""What carrying an installation costs: `python -m benchmarks.moving [--documents 1000 10000]`.

For each size, on SQLite with files on disk: a backup and a restore of it, each in a process of its own, whose time and
greatest memory are told. Memory that does not grow from one size to the next is what the two are for.
"""

import argparse
import asyncio
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert
from tests.factories import make_user

from benchmarks.processes import load_average
from nexus import tables as tables
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.ids import new_id
from nexus.core.migrate import migrate
from nexus.core.settings import Settings, load_settings
from nexus.identity import service as identity
from nexus.knowledge.models import Chunk, ChunkVector, Document, DocumentVersion, IndexState, KnowledgeBase
from nexus.knowledge.packing import pack_terms, pack_vectors
from nexus.moving.archive import open_archive
from nexus.moving.backing_up import back_up
from nexus.moving.restoring import restore
from nexus.providers.blobs.local import LocalBlobStore
from nexus.providers.vectors.base import ChunkTerms

CHUNKS = 10
"""Of a document."""
FILE_BYTES = 20_000
DIMENSION = 384
_WORDS = [f"{a}{b}{c}" for a in "bdfglmnprst" for b in ("an", "er", "ol", "ir") for c in ("ta", "ner", "gos", "li")]
_BATCH = 200


def settings_of(folder: Path) -> Settings:
    return load_settings(data_dir=folder, _env_file=None)


async def pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def fill(folder: Path, documents: int) -> None:
    """Rows as ingestion leaves them, and a file for each document."""
    settings = settings_of(folder)
    folder.mkdir(parents=True)
    db = Database(create_engine(settings.database_url))
    await migrate(db.engine)
    async with db.write() as session:
        tenant = await identity.create_tenant(session, name="Acme")
        owner = await make_user(session, tenant.id, "owner@acme.test")
        shelf = KnowledgeBase(id=new_id(), tenant_id=tenant.id, name="Shelf", created_by=owner.id)
        session.add(shelf)
        session.add(IndexState(id=1, revision=documents, embedding_model="local/all-MiniLM-L6-v2", dimension=DIMENSION))
    dice, blobs = random.Random(1), LocalBlobStore(settings.files_dir)
    vectors = np.random.default_rng(1)
    for first in range(0, documents, _BATCH):
        rows: dict[Any, list[dict[str, Any]]] = {Document: [], DocumentVersion: [], Chunk: [], ChunkVector: []}
        for number in range(first, min(first + _BATCH, documents)):
            stored = await blobs.put(pieces(dice.randbytes(FILE_BYTES)), limit=1 << 30)
            _add(rows, dice, vectors, number, tenant.id, shelf.id, stored.key, stored.sha256)
        async with db.write(durable=False) as session:
            for kind, added in rows.items():
                await session.execute(insert(kind), added)
    await db.aclose()


def _add(
    rows: dict[Any, list[dict[str, Any]]],
    dice: random.Random,
    vectors: np.random.Generator,
    number: int,
    tenant_id: Any,
    shelf_id: Any,
    key: str,
    sha256: str,
) -> None:
    document_id, version_id = new_id(), new_id()
    texts = [" ".join(dice.choices(_WORDS, k=150)) for _ in range(CHUNKS)]
    known = {"tenant_id": tenant_id, "size": FILE_BYTES, "sha256": sha256, "chunk_count": CHUNKS}
    rows[Document].append(
        known
        | {"id": document_id, "knowledge_base_id": shelf_id, "path": f"{number}.txt", "name": f"{number}.txt"}
        | {"state": "ready", "active_version_id": version_id, "index_revision": number + 1, "modified_at": now()}
    )
    rows[DocumentVersion].append(
        known
        | {"id": version_id, "document_id": document_id, "number": 1, "state": "active", "blob_key": key}
        | {"text": "\n\n".join(texts), "pages": [[1, 0, 9000, None]]}
    )
    packed = pack_vectors(vectors.standard_normal((CHUNKS, DIMENSION), dtype=np.float32))
    for ordinal, text in enumerate(texts):
        ids = np.sort(vectors.integers(0, 2**63, 100, dtype=np.uint64))
        terms = pack_terms(ChunkTerms(ids, np.ones(100, dtype=np.uint8), 150))
        chunk_id = new_id()
        rows[Chunk].append(
            {"id": chunk_id, "version_id": version_id, "ordinal": ordinal, "start": 0, "end": len(text), "page": 1}
            | {"page_end": 1, "heading_path": [], "context": "", "text": text, "token_count": 150, "terms": terms}
        )
        rows[ChunkVector].append({"chunk_id": chunk_id, "model": "local/all-MiniLM-L6-v2", "vector": packed[ordinal]})


async def act(name: str, folder: Path, file: Path) -> None:
    """One of them in this process, told as JSON."""
    settings = settings_of(folder)
    blobs = LocalBlobStore(settings.files_dir)
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began, worked = time.perf_counter(), time.process_time()
    if name == "backup":
        await back_up(settings, blobs, file)
    else:
        await restore(settings, blobs, open_archive(file))
    told = {
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - worked, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "before_mb": round(idle / 1000),
    }
    print(json.dumps(told))


def measure(documents: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        source, target, file = Path(folder, "source"), Path(folder, "target"), Path(folder, "all.nexus")
        asyncio.run(fill(source, documents))
        report: dict[str, Any] = {"documents": documents, "chunks": documents * CHUNKS, "load_before": load_average()}
        for name, place in (("backup", source), ("restore", target)):
            command = [sys.executable, "-m", "benchmarks.moving", "--act", name, str(place), str(file)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            report[name] = json.loads(done.stdout)
        report["database_mb"] = round((source / "nexus.db").stat().st_size / 1e6)
        report["files_mb"] = round(documents * FILE_BYTES / 1e6)
        report["archive_mb"] = round(file.stat().st_size / 1e6)
        return report


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.moving", description="Measure backup and restore.")
    parser.add_argument("--documents", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--act", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.act:
        asyncio.run(act(chosen.act[0], Path(chosen.act[1]), Path(chosen.act[2])))
        return
    for documents in chosen.documents:
        print(json.dumps(measure(documents), indent=1), flush=True)


if __name__ == "__main__":
    main()
