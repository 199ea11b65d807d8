"""One search of a set in PostgreSQL: the true best of each side, and both scores for each.

The documents that pass are found first, then only their chunks are looked at. PostgreSQL compares the vectors with a
question rounded to half precision; whatever that could hide is fetched and compared unrounded. BM25 and the order are
computed here, by the code of the embedded engine, so that both give the same scores.
"""

import asyncio
from asyncio import Future
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

import numpy as np

from nexus.providers.vectors import pgvector_block_queries as words
from nexus.providers.vectors import pgvector_queries as queries
from nexus.providers.vectors import pgvector_set_queries as sets
from nexus.providers.vectors.base import Candidate, Candidates, Half, IndexFilter, QueryTerm
from nexus.providers.vectors.dense import Floats, cosines, quick_cosines, rounding_margin, within
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.pgvector_memory import FoundChunks, Memory, Numbers, Scores, View, build_parts
from nexus.providers.vectors.pgvector_packing import read_vectors
from nexus.providers.vectors.state import SAMPLE
from nexus.providers.vectors.words import WordSearch

_SPARE = 16
"""Rows fetched beyond k: the question is rounded to find them, and put in order unrounded."""
_LONGEST_UNIT: Final = 1.001
"""Length of a vector of length one after rounding."""
_FEW = SAMPLE
"""Up to this many permitted chunks, all are kept here: a question by meaning then asks the server for no vector."""
_NONE: Final = np.zeros(0, np.int64)


class Searcher:
    """Of one set, with what it remembers of it."""

    def __init__(
        self, reading: Callable[[], AbstractAsyncContextManager[sets.AsyncConnection]], name: str, dimension: int
    ) -> None:
        self._reading = reading
        self._name = name
        self._dimension = dimension
        self._bm25 = Bm25()
        self._memory: Memory | None = None

    async def search(
        self, index_filter: IndexFilter, query: Floats | None, terms: Sequence[QueryTerm], limit: int
    ) -> Candidates:
        """As `VectorIndex.search`; `query` is of length one."""
        async with self._reading() as connection:
            memory, view = await self._view(connection, index_filter)
            asked = await self._ask_words(connection, memory, view, terms, limit) if terms else None
            near, median = _NONE, 0.0
            try:
                if query is not None and view.passing.chunks:
                    sample = view.sample if view.sample is not None else await self._sample(connection, view)
                    sampled = await asyncio.to_thread(quick_cosines, sample, query)
                    median = float(np.median(sampled))
                    near = await self._near(connection, view, query, sampled, min(limit, view.passing.chunks))
            finally:
                # A thread is at the words meanwhile.
                found, worded = (None, _NONE) if asked is None else await asked
            wanted = np.union1d(near, worded)
            chunks = await self._chunks(connection, wanted) if view.all is None else view.all.among(wanted)
        keyword = None if found is None else await asyncio.to_thread(found.scores, wanted)
        return Candidates(
            _chosen(chunks, query, near, worded, keyword, limit),
            view.passing.chunks,
            median,
            [] if found is None else found.term_chunks,
        )

    async def _view(self, connection: sets.AsyncConnection, index_filter: IndexFilter) -> tuple[Memory, View]:
        made, written = await sets.state(connection, self._name)
        if self._memory is None or self._memory.made != made:
            self._memory = Memory(made)
        memory = self._memory
        view = memory.find_view(written, index_filter)
        if view is None:
            blocks = await words.blocks(connection, self._name)
            new = [block.first for block in blocks if memory.find_lengths(block) is None]
            memory.keep_lengths(blocks, await words.lengths(connection, self._name, new))
            held = sum(block.live for block in blocks)
            passing = await queries.permitted(connection, self._name, index_filter, held)
            view = View(passing, build_parts(blocks, memory, passing.numbers))
            memory.keep_view(written, index_filter, view)
        return memory, view

    async def _ask_words(
        self, connection: sets.AsyncConnection, memory: Memory, view: View, terms: Sequence[QueryTerm], limit: int
    ) -> Future[tuple[WordSearch, Numbers]]:
        """The words of a question, and the chunks that certainly include the best `limit`, worked out in a thread."""
        question = memory.words(view, terms)
        if wanted := question.wanted:
            question.take(await words.pages(connection, self._name, wanted))

        def search() -> tuple[WordSearch, Numbers]:
            found = WordSearch(question.view(), terms, self._bm25)
            return found, found.contenders(limit)

        return asyncio.get_running_loop().run_in_executor(None, search)

    async def _sample(self, connection: sets.AsyncConnection, view: View) -> Half:
        """As the embedded engine's: of all chunks if they are few, else of those with the smallest hashes."""
        passing = view.passing
        if passing.chunks <= _FEW:
            runs: list[tuple[int, int]] = passing.numbers.tolist()
            numbers = sorted(number for first, count in runs for number in range(first, first + count))
            view.all = await self._chunks(connection, np.array(numbers, np.int64))
            view.sample = view.all.halves
            return view.sample
        # Hashes are spread evenly: half as many again as needed lie below this, but for one case in e^80.
        share = 1.5 * SAMPLE / passing.chunks
        ceiling = None if share >= 1 else int(2**64 * share) - 1 - 2**63
        sent = await queries.sample(connection, self._name, passing, SAMPLE, ceiling)
        if ceiling is not None and len(sent) < SAMPLE:
            sent = await queries.sample(connection, self._name, passing, SAMPLE, None)
        view.sample = read_vectors(sent, self._dimension)
        return view.sample

    async def _near(
        self, connection: sets.AsyncConnection, view: View, query: Floats, sampled: Floats, limit: int
    ) -> Numbers:
        """Chunks that certainly include the nearest `limit`: those no further below the last than rounding can hide."""
        if not limit:
            return _NONE
        if view.all is not None:
            return view.all.numbers[within(sampled, limit, rounding_margin(self._dimension))]
        rounded = query.astype(np.float16).astype(np.float32)
        error = float(np.linalg.norm(query - rounded)) * _LONGEST_UNIT + rounding_margin(self._dimension)
        fetched = limit + _SPARE
        while True:
            found = await queries.nearest(connection, self._name, view.passing, _text(rounded), fetched)
            floor = found[limit - 1][1] - 2 * error
            if len(found) < fetched or found[-1][1] < floor:
                return np.array([number for number, score in found if score >= floor], np.int64)
            fetched *= 4

    async def _chunks(self, connection: sets.AsyncConnection, numbers: Numbers) -> FoundChunks:
        """Of ascending numbers."""
        rows = await queries.chunks(connection, self._name, numbers.tolist())
        return FoundChunks(
            np.array([row[0] for row in rows], np.int64),
            [row[1:4] for row in rows],
            read_vectors([row[4] for row in rows], self._dimension),
        )


def _chosen(
    chunks: FoundChunks, query: Floats | None, near: Numbers, worded: Numbers, keyword: Scores | None, limit: int
) -> list[Candidate]:
    if not len(chunks.numbers):
        return []
    dense = None if query is None else cosines(chunks.halves, query)
    chosen: set[int] = set()
    for scores, contending in ((dense, near), (keyword, worded)):
        if scores is not None:
            places: list[int] = np.flatnonzero(np.isin(chunks.numbers, contending)).tolist()
            kept = _best([chunks.ids[place][0] for place in places], scores[places], limit)
            chosen |= {places[at] for at in kept}
    cosine = None if dense is None else np.clip(dense, -1, 1).tolist()
    bm25 = None if keyword is None else keyword.tolist()
    return [
        Candidate(*chunks.ids[at], None if cosine is None else cosine[at], None if bm25 is None else bm25[at])
        for at in sorted(chosen)
    ]


def _best(ids: Sequence[UUID], scores: Scores, count: int) -> set[int]:
    """Places of the `count` highest scores; ties go to the smaller id."""
    if len(ids) <= count:
        return set(range(len(ids)))
    return set(sorted(range(len(ids)), key=lambda at: (-scores[at], ids[at]))[:count])


def _text(vector: Floats) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"
