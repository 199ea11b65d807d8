"""What a search of the embedded index costs, by size and by the share of chunks the filter keeps.

Chunks are drawn around topics, words by Zipf's law, permissions as nested groups. Run alone:
`python benchmarks/bench_index.py [SIZE…]`.
"""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

from nexus.core.ids import new_id
from nexus.providers.vectors.base import ChunkTerms, Half, IndexedDocument, IndexFilter, QueryTerm
from nexus.providers.vectors.embedded import EmbeddedIndex

SIZES = (10_000, 100_000, 500_000)
SHARES = {"100 %": 1, "10 %": 10, "1 %": 100, "0.1 %": 1000}
"""The filter's name → it keeps one document in so many."""
_DIMENSION = 384
_CHUNKS = 10
_WORDS = 120
_VOCABULARY = 200_000
_TOPICS = 500
_LIMIT = 50
_ROUNDS = 60
_BATCH = 500


class Corpus:
    """Documents of ten chunks: about 80 distinct words a chunk, cosines of 0.4 to 0.6 within a topic."""

    def __init__(self, chunks: int) -> None:
        self.random = np.random.default_rng(chunks)
        self.chunks = chunks
        self.tenant, self.knowledge_base = new_id(), new_id()
        self._topics = self.random.standard_normal((_TOPICS, _DIMENSION), dtype=np.float32)
        self._words = self.random.integers(1, 2**64 - 1, _VOCABULARY, dtype=np.uint64)
        frequency = 1 / (np.arange(_VOCABULARY) + 2.7)
        self._zipf = np.cumsum(frequency / frequency.sum())

    def vectors(self, count: int) -> Half:
        topic = self._topics[self.random.integers(_TOPICS)]
        drawn = topic + self.random.standard_normal((count, _DIMENSION), dtype=np.float32)
        return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float16)

    def words(self, count: int) -> np.ndarray:
        return self._words[self._zipf.searchsorted(self.random.random(count)).clip(max=_VOCABULARY - 1)]

    def document(self, number: int) -> IndexedDocument:
        distinct = [np.unique(self.words(_WORDS), return_counts=True) for _ in range(_CHUNKS)]
        return IndexedDocument(
            document_id=new_id(),
            version_id=new_id(),
            tenant_id=self.tenant,
            knowledge_base_id=self.knowledge_base,
            readers=frozenset(name for name, every in SHARES.items() if not number % every),
            media_type="text/plain",
            modified_at=datetime(2024, 1, 1, tzinfo=UTC),
            active=True,
            chunk_ids=[new_id() for _ in range(_CHUNKS)],
            vectors=self.vectors(_CHUNKS),
            terms=[ChunkTerms(ids, counts.clip(max=255).astype(np.uint8), _WORDS) for ids, counts in distinct],
        )

    def filter(self, name: str) -> IndexFilter:
        """The named group and 199 more principals that own nothing: what a well-connected person carries."""
        others = {f"group:{number}" for number in range(199)}
        return IndexFilter(self.tenant, frozenset({name, *others}), frozenset({self.knowledge_base}))

    def vector(self) -> np.ndarray:
        return self.vectors(1)[0].astype(np.float32)

    def question(self) -> list[QueryTerm]:
        """Eight words as frequent as those of the text, so that some are in most chunks."""
        return [QueryTerm((int(word),)) for word in self.words(8)]


@dataclass(frozen=True, slots=True)
class Filled:
    corpus: Corpus
    index: EmbeddedIndex
    build_seconds: float
    ids: list[Any]
    vectors: Half


async def _fill(chunks: int) -> Filled:
    corpus, index = Corpus(chunks), EmbeddedIndex(_DIMENSION)
    seconds = 0.0
    ids: list[Any] = []
    vectors: list[Half] = []
    for first in range(0, chunks // _CHUNKS, _BATCH):
        batch = [corpus.document(number) for number in range(first, min(first + _BATCH, chunks // _CHUNKS))]
        started = perf_counter()
        await index.upsert(batch)
        seconds += perf_counter() - started
        ids += [chunk_id for document in batch for chunk_id in document.chunk_ids]
        vectors += [document.vectors for document in batch]
    return Filled(corpus, index, seconds, ids, np.concatenate(vectors))


def _summary(spent: Sequence[float]) -> dict[str, float]:
    return {"p50": round(float(np.median(spent)), 2), "p95": round(float(np.quantile(spent, 0.95)), 2)}


async def _search_times(filled: Filled, allowed: IndexFilter, *, dense: bool, words: bool) -> dict[str, float]:
    spent: list[float] = []
    worked: list[float] = []
    for _ in range(_ROUNDS):
        vector = filled.corpus.vector() if dense else None
        question = filled.corpus.question() if words else []
        started, working = perf_counter(), process_time()
        await filled.index.search(allowed, vector, question, _LIMIT)
        spent.append((perf_counter() - started) * 1000)
        worked.append((process_time() - working) * 1000)
    return {**_summary(spent), "cpu": round(float(np.median(worked)), 2)}


async def _upsert_times(filled: Filled) -> dict[str, float]:
    """One new document at a time."""
    spent: list[float] = []
    for number in range(20):
        document = filled.corpus.document(number)
        started = perf_counter()
        await filled.index.upsert([document])
        spent.append((perf_counter() - started) * 1000)
    return _summary(spent)


async def _recall(filled: Filled, name: str, questions: int = 5) -> float:
    """Share of the true ten nearest, by NumPy over the stored vectors, that the index returned."""
    every = SHARES[name]
    chunks = np.arange(len(filled.ids))
    chunks = chunks[chunks // _CHUNKS % every == 0]
    found = wanted = 0
    for _ in range(questions):
        vector = filled.corpus.vector()
        scores = np.concatenate(
            [
                filled.vectors[rows].astype(np.float32) @ vector
                for rows in np.array_split(chunks, len(chunks) // 20_000 + 1)
            ]
        )
        best = {filled.ids[chunk] for chunk in chunks[np.argsort(-scores)[:10]]}
        hits = (await filled.index.search(filled.corpus.filter(name), vector, (), 10)).hits
        found += len(best & {hit.chunk_id for hit in hits})
        wanted += len(best)
    return found / wanted


async def _measure_filter(filled: Filled, name: str) -> dict[str, Any]:
    allowed = filled.corpus.filter(name)
    probe = await filled.index.search(allowed, None, (), 0)
    return {
        "searched": probe.searched,
        "dense_ms": await _search_times(filled, allowed, dense=True, words=False),
        "keyword_ms": await _search_times(filled, allowed, dense=False, words=True),
        "both_ms": await _search_times(filled, allowed, dense=True, words=True),
        "recall@10": await _recall(filled, name),
    }


async def _measure_crowd(filled: Filled, name: str, crowd: int = 100) -> float:
    """Searches a second when `crowd` are asked at once."""
    corpus, allowed = filled.corpus, filled.corpus.filter(name)
    questions = [(corpus.vector(), corpus.question()) for _ in range(crowd)]
    started = perf_counter()
    await asyncio.gather(*(filled.index.search(allowed, *question, _LIMIT) for question in questions))
    return round(crowd / (perf_counter() - started))


async def _measure_snapshot(filled: Filled) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.snapshot"
        started = perf_counter()
        await filled.index.snapshot(path, revision=1)
        written = perf_counter() - started
        other = EmbeddedIndex(_DIMENSION)
        started = perf_counter()
        await other.restore(path)
        loaded = perf_counter() - started
        await other.aclose()
        return {
            "megabytes": round(path.stat().st_size / 1e6, 1),
            "write_s": round(written, 2),
            "load_s": round(loaded, 2),
        }


async def _measure(chunks: int) -> dict[str, Any]:
    filled = await _fill(chunks)
    statistics = await filled.index.statistics()
    filters = {name: await _measure_filter(filled, name) for name in SHARES}
    measured = {
        "build_s": round(filled.build_seconds, 2),
        "memory_mb": round(statistics.memory_bytes / 1e6, 1),
        "filters": filters,
        "crowd_per_s": {name: await _measure_crowd(filled, name) for name in SHARES},
        "one_upsert_ms": await _upsert_times(filled),
        "snapshot": await _measure_snapshot(filled),
        "first_search_ms": await _first_search(filled),
    }
    await filled.index.aclose()
    return measured


async def _first_search(filled: Filled) -> float:
    """A search under a filter that no search had since the last write: the bitmaps are made."""
    allowed = filled.corpus.filter("100 %")
    fresh = IndexFilter(allowed.tenant_id, allowed.principals | {"newcomer"}, allowed.knowledge_bases)
    started = perf_counter()
    await filled.index.search(fresh, filled.corpus.vector(), filled.corpus.question(), _LIMIT)
    return round((perf_counter() - started) * 1000, 2)


def run(sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Figures by number of chunks; times in milliseconds or seconds as named, memory in 10^6 bytes."""
    return {str(size): asyncio.run(_measure(size)) for size in sizes}


def _print(results: dict[str, Any]) -> None:
    print(f"top {_LIMIT} of each side, {_DIMENSION} dimensions; p50 / p95 in ms (processor time of all threads, p50)")
    sides = f"{'dense':>22} {'keyword':>22} {'both':>22}"
    print(f"{'chunks':>8} {'filter':>7} {'searched':>8} {sides} {'recall':>7} {'100 at once':>12}")
    for size, measured in results.items():
        for name, row in measured["filters"].items():
            sides = (row["dense_ms"], row["keyword_ms"], row["both_ms"])
            times = [f"{side['p50']:.2f} / {side['p95']:.2f} ({side['cpu']:.2f})" for side in sides]
            print(
                f"{size:>8} {name:>7} {row['searched']:>8} {times[0]:>22} {times[1]:>22} {times[2]:>22}"
                f" {row['recall@10']:>7.3f} {measured['crowd_per_s'][name]:>10}/s"
            )
        snapshot = measured["snapshot"]
        print(
            f"{size:>8} build {measured['build_s']} s, memory {measured['memory_mb']} MB, one upsert"
            f" {measured['one_upsert_ms']['p50']} ms, new filter {measured['first_search_ms']} ms, snapshot"
            f" {snapshot['megabytes']} MB written {snapshot['write_s']} s loaded {snapshot['load_s']} s"
        )


if __name__ == "__main__":
    _print(run([int(size) for size in sys.argv[1:]] or SIZES))
