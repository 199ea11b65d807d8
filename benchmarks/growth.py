"""Many documents into a growing installation, on both profiles: how many a second, and whether memory stays flat.

    python -m benchmarks.growth --documents 10000                 # one process on SQLite
    python -m benchmarks.growth --documents 10000 --workers 1 2   # PostgreSQL and Redis, with so many workers in turn

PostgreSQL and Redis are those of the tests, and do not wait for the disk.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.figures import rounded
from benchmarks.processes import load_average, sample
from benchmarks.product import Product, environment
from benchmarks.prose import TOPICS, Writer

_UPLOADS = 4
SHARED = {
    "NEXUS_SECRET_KEY": "a-key-that-all-of-the-processes-share-1",
    "NEXUS_JOBS__MODE": "celery",
    "NEXUS_LIMITS__USER_REQUESTS": "0",
}


def run(documents: int, workers: int, engine: str) -> dict[str, Any]:
    """`workers` 0 is the embedded profile. Memory is in 10^6 bytes, of each process with its children, at a tenth of
    the way, at half of it, and when everything is searchable. The database's size has in it what
    an index in PostgreSQL keeps there."""
    with tempfile.TemporaryDirectory(prefix="nexus-growth-") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        settings = {"NEXUS_LIMITS__USER_REQUESTS": "0"}
        if workers:
            settings = stack.enter_context(servers()) | SHARED
            if engine:
                settings["NEXUS_INDEX__ENGINE"] = engine
        product = stack.enter_context(Product(folder / "data", settings))
        crew = [stack.enter_context(worker(folder / "data", settings, number)) for number in range(workers)]
        shelf = product.call("POST", "/api/knowledge-bases", {"name": "Bench"})["id"]
        time.sleep(2)  # the start is measured elsewhere: let it end
        began = time.perf_counter()
        uploading = threading.Thread(target=lambda: asyncio.run(_upload(product, shelf, documents)))
        uploading.start()
        memory, progress = _watch(product, shelf, [product.pid, *(process.pid for process in crew)], documents)
        wall = time.perf_counter() - began
        uploading.join()
        if progress["documents"] != {"ready": documents}:
            raise RuntimeError(f"not everything became ready: {progress['documents']}")
        check = product.call("GET", "/api/index/check")
        stored = product.call("GET", "/api/diagnostics")["database"]["size"]
    return rounded(
        {
            "documents": documents,
            "chunks": progress["chunks"],
            "workers": workers,
            "wall_s": wall,
            "documents_per_s": documents / wall,
            "chunks_per_s": progress["chunks"] / wall,
            "database_kb_per_chunk": stored / progress["chunks"] / 1000,
        }
    ) | {"memory_mb": memory, "index_ok": check["ok"], "load": load_average()}


def _watch(
    product: Product, shelf: str, pids: Sequence[int], documents: int
) -> tuple[dict[str, list[int]], dict[str, Any]]:
    memory: dict[str, list[int]] = {}
    marks = {"tenth": 0.1, "half": 0.5, "all": 1.0}
    while True:
        progress = product.call("GET", f"/api/knowledge-bases/{shelf}/progress")
        ready = progress["documents"].get("ready", 0) + progress["documents"].get("failed", 0)
        for name, share in marks.items():
            if name not in memory and ready >= share * documents:
                memory[name] = [round(s.own_rss + s.children_rss) for s in map(sample, pids)]
        if ready >= documents:
            return memory, progress
        time.sleep(0.5)


async def _upload(product: Product, shelf: str, documents: int) -> None:
    waiting = _notes(documents)
    base = f"http://127.0.0.1:{product.port}/api/knowledge-bases/{shelf}/documents"
    async with httpx2.AsyncClient(headers=product.headers(), timeout=300) as client:

        async def work() -> None:
            for path, text in waiting:
                answer = await client.post(base, params={"path": path}, content=text)
                if answer.status_code != 201:
                    raise RuntimeError(f"{path}: {answer.status_code} {answer.text}")

        await asyncio.gather(*(work() for _ in range(_UPLOADS)))


def _notes(count: int) -> Iterator[tuple[str, bytes]]:
    """Pages of some 250 words about one topic."""
    writer = Writer(47)
    for number in range(count):
        topic = TOPICS[number % len(TOPICS)]
        text = " ".join(writer.sentence(topic) for _ in range(12))
        yield f"{number % 100}/note-{number}.md", f"# Note {number} on {topic}\n\n{text}\n".encode()


@contextmanager
def servers() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis of the tests, as the settings that name them."""
    from tests.servers import PostgresServer, RedisServer

    postgres, redis = PostgresServer(), RedisServer()
    try:
        yield {"NEXUS_DB__URL": postgres.url(postgres.create_database()), "NEXUS_REDIS__URL": redis.url}
    finally:
        redis.stop()
        postgres.stop()


@contextmanager
def worker(folder: Path, settings: dict[str, str], number: int) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on the data folder of a `Product`; `number` tells its log from those of others."""
    with (folder / f"worker{number}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "nexus.cli", "worker"],
            env=environment(folder) | settings | {"PYTHONWARNINGS": "ignore"},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[0], help="0: the embedded profile")
    parser.add_argument("--engine", default="", help="of the index, where there are workers")
    wanted = parser.parse_args()
    for workers in wanted.workers:
        print(json.dumps(run(wanted.documents, workers, wanted.engine)), flush=True)


if __name__ == "__main__":
    main()
