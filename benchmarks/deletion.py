"""What it takes to delete a document of 10,000 chunks: from searches at once, and everywhere for good.

    python -m benchmarks.deletion                   # one process on SQLite
    python -m benchmarks.deletion --engine pgvector # PostgreSQL, Redis and a worker

For good: vectors, words, chunks, text, versions and the original file are gone, and the index agrees with the rows.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.figures import rounded
from benchmarks.growth import SHARED, servers, worker
from benchmarks.processes import load_average
from benchmarks.product import Product
from benchmarks.prose import TOPICS, Writer

_WORD = "quillwort"
"""Stands in the document and nowhere else."""
_CHUNKING = {"strategy": "fixed", "target_tokens": 32}
_PATIENCE = 900.0
_POLL = 0.02


def run(chunks: int, engine: str) -> dict[str, Any]:
    """Seconds. `engine`: of the index in the scaled-out profile; empty for the embedded profile."""
    with tempfile.TemporaryDirectory(prefix="nexus-deletion-") as temporary, ExitStack() as stack:
        folder = Path(temporary) / "data"
        settings = {"NEXUS_LIMITS__USER_REQUESTS": "0"}
        if engine:
            settings = stack.enter_context(servers()) | SHARED | {"NEXUS_INDEX__ENGINE": engine}
        product = stack.enter_context(Product(folder, settings))
        if engine:
            stack.enter_context(worker(folder, settings, 0))
        body = {"name": "Bench", "chunking": _CHUNKING}
        shelf = product.call("POST", "/api/knowledge-bases", body)["id"]
        began = time.perf_counter()
        document = _upload(product, shelf, chunks)
        _wait(lambda: product.call("GET", f"/api/documents/{document}")["state"] == "ready")
        taken = time.perf_counter() - began
        count = product.call("GET", f"/api/documents/{document}")["chunk_count"]
        if not _found(product):
            raise RuntimeError("the document is not found")

        began = time.perf_counter()
        product.call("DELETE", f"/api/documents/{document}")
        deleted = time.perf_counter() - began
        if _found(product):
            raise RuntimeError("a deleted document is found")
        seen = time.perf_counter() - began
        began = time.perf_counter()
        product.call("POST", f"/api/documents/{document}/purge")
        _wait(lambda: _is_gone(product, folder))
        purged = time.perf_counter() - began
    return rounded(
        {
            "chunks": count,
            "taken_in_s": taken,
            "deleted_s": deleted,
            "deleted_and_searched_s": seen,
            "purged_s": purged,
        }
    ) | {"engine": engine or "embedded", "load": load_average()}


def _upload(product: Product, shelf: str, chunks: int) -> str:
    writer = Writer(47)
    sentences = (writer.sentence(TOPICS[number % len(TOPICS)]) for number in range(chunks))
    text = f"# All about {_WORD}\n\n" + "\n\n".join(sentences)
    url = f"http://127.0.0.1:{product.port}/api/knowledge-bases/{shelf}/documents"
    answer = httpx2.post(url, params={"path": "long.md"}, content=text.encode(), headers=product.headers(), timeout=60)
    answer.raise_for_status()
    return answer.json()["id"]


def _found(product: Product) -> bool:
    return bool(product.call("POST", "/api/search", {"query": _WORD})["hits"])


def _is_gone(product: Product, folder: Path) -> bool:
    """Also of what is kept for the time in which it could be restored."""
    check = product.call("GET", "/api/index/check")
    stored = [model["stored"] for model in check["models"]]
    files = [file for file in (folder / "files").rglob("*") if file.is_file()]
    return check["ok"] and not check["chunks"] and not any(stored) and not files


def _wait(is_so: Callable[[], bool]) -> None:
    until = time.perf_counter() + _PATIENCE
    while not is_so():
        if time.perf_counter() > until:
            raise RuntimeError("it takes too long")
        time.sleep(_POLL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--engine", default="", help="of the index, on PostgreSQL")
    wanted = parser.parse_args()
    print(json.dumps(run(wanted.chunks, wanted.engine)), flush=True)


if __name__ == "__main__":
    main()
