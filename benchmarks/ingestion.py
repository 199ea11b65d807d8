"""From files to searchable: the whole product, the embedder alone on the same chunks, and the ordinary stack.

Processor time is that of the serving process and all its children, from the first upload to the moment when the last
document is ready. The client's own is not in it.
"""

import asyncio
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from benchmarks import corpora
from benchmarks.figures import ratio, rounded
from benchmarks.processes import load_average, peak_rss
from benchmarks.product import Product

PEER_PACKAGES = (
    "langchain-community",
    "langchain-text-splitters",
    "langchain-huggingface",
    "langchain-chroma",
    "chromadb",
    "pypdf",
    "sentence-transformers",
)
_TORCH = "torch==2.13.0"
_UPLOADS = 4


def run(*, quick: bool = False) -> dict[str, Any]:
    """Per kind of file: the product, the embedder alone, the peer (None where it is not installed), their ratios."""
    sets = {
        "pdf": corpora.pdfs(2 if quick else 5),
        "markdown": corpora.markdown(30 if quick else 100),
    }
    rounds = 1 if quick else 3
    return {kind: _measure(files, rounds) for kind, files in sets.items()}


def _measure(files: Sequence[Path], rounds: int) -> dict[str, Any]:
    # Turn by turn, so that a busy minute of the machine falls on all of them.
    ours: list[dict[str, Any]] = []
    alone: list[dict[str, float]] = []
    peers: list[dict[str, Any]] = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="nexus-bench-") as temporary:
            product, texts = _bring(Path(temporary) / "data", files)
            ours.append(product)
            listing = Path(temporary) / "texts.json"
            listing.write_text(json.dumps(texts), encoding="utf-8")
            alone.append(_embed_alone(listing))
            if peer := _ask_peer(Path(temporary), files):
                peers.append(peer)
    product, embedder = _median(ours), _median(alone)
    peer = _median(peers) if peers else None
    return {
        "files": len(files),
        "product": product,
        "embedder": embedder,
        "share_cpu": ratio(embedder["cpu_s"], product["cpu_s"]),
        "share_wall": ratio(embedder["wall_s"], product["wall_s"]),
        "peer": peer,
        "peer_cpu_ratio": ratio(peer["cpu_s"], product["cpu_s"]) if peer else None,
        "peer_wall_ratio": ratio(peer["wall_s"], product["wall_s"]) if peer else None,
        "load": load_average(),
    }


def _median(rounds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return rounded({name: statistics.median(measured[name] for measured in rounds) for name in rounds[0]})


def _bring(folder: Path, files: Sequence[Path]) -> tuple[dict[str, Any], list[str]]:
    """Brings the files into a new installation; what it cost, and the texts that were embedded."""
    with Product(folder) as product:
        shelf = product.call("POST", "/api/knowledge-bases", {"name": "Bench"})["id"]
        time.sleep(2)  # the start is measured elsewhere: let it end
        before, began = product.sample(), time.perf_counter()
        asyncio.run(_upload(product, shelf, files))
        progress = _wait(product, shelf)
        wall, after = time.perf_counter() - began, product.sample()
        peak = peak_rss(product.pid)
    if progress["documents"] != {"ready": len(files)}:
        raise RuntimeError(f"not everything became ready: {progress['documents']}")
    cpu = after.cpu - before.cpu
    measured = {
        "pages": progress["pages"],
        "chunks": progress["chunks"],
        "wall_s": wall,
        "cpu_s": cpu,
        "pages_per_s": progress["pages"] / wall,
        "chunks_per_s": progress["chunks"] / wall,
        "pages_per_cpu_s": progress["pages"] / cpu,
        "peak_mb": round(peak),
    }
    return measured, _texts(folder, UUID(shelf))


async def _upload(product: Product, shelf: str, files: Sequence[Path]) -> None:
    waiting = iter(files)
    base = f"http://127.0.0.1:{product.port}/api/knowledge-bases/{shelf}/documents"
    async with httpx2.AsyncClient(headers=product.headers(), timeout=300) as client:

        async def work() -> None:
            for file in waiting:
                path = f"{file.parent.name}/{file.name}"
                answer = await client.post(base, params={"path": path}, content=file.read_bytes())
                if answer.status_code != 201:
                    raise RuntimeError(f"{file}: {answer.status_code} {answer.text}")

        await asyncio.gather(*(work() for _ in range(_UPLOADS)))


def _wait(product: Product, shelf: str) -> dict[str, Any]:
    while True:
        progress = product.call("GET", f"/api/knowledge-bases/{shelf}/progress")
        if not progress["documents"].keys() - {"ready", "failed"}:
            return progress
        time.sleep(0.3)


def _texts(folder: Path, shelf: UUID) -> list[str]:
    """What was embedded, in its order, from the rows."""
    database = sqlite3.connect(folder / "nexus.db")
    try:
        rows = database.execute(
            "SELECT chunk.context, chunk.text FROM chunk"
            " JOIN document ON document.active_version_id = chunk.version_id"
            " WHERE document.knowledge_base_id = ? ORDER BY document.id, chunk.ordinal",
            (shelf.hex,),
        ).fetchall()
    finally:
        database.close()
    return [f"{context}\n{text}" if context else text for context, text in rows]


def _embed_alone(texts: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.embedder_alone", str(texts)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


# --- the ordinary stack ----------------------------------------------------------------------------


def peer_environment() -> Path:
    """Where the peer's virtual environment is or would be."""
    return Path(os.environ.get("BENCH_PEERS_VENV") or corpora.OUT / "peers")


def build_peer() -> None:
    """Installs the peer in an environment of its own: some minutes, and gigabytes."""
    folder = peer_environment()
    python = str(folder / "bin" / "python")
    subprocess.run([_uv(), "venv", "--seed", "--quiet", "--python", sys.executable, str(folder)], check=True)
    for packages in ([_TORCH], PEER_PACKAGES):
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv")
    return str(beside) if beside.exists() else "uv"


def _ask_peer(temporary: Path, files: Sequence[Path]) -> dict[str, Any] | None:
    python = peer_environment() / "bin" / "python"
    if not python.exists():
        print(f"no peer: {python} is missing; `python -m benchmarks --build-peer` makes it", file=sys.stderr)
        return None
    from nexus.providers.embeddings.model_files import find_model

    script = Path(__file__).with_name("peer_langchain.py")
    command = [str(python), str(script), str(find_model()), str(temporary / "chroma"), *map(str, files)]
    finished = subprocess.run(command, check=False, capture_output=True, text=True)
    if finished.returncode:
        raise RuntimeError(f"the peer failed:\n{finished.stderr[-3000:]}")
    measured = json.loads(finished.stdout.splitlines()[-1])
    return measured | {"pages_per_cpu_s": measured["pages"] / measured["cpu_s"]}
