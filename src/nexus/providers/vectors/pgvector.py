"""The index in PostgreSQL with pgvector: exact under any filter, shared by every process."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.core.db import create_engine
from nexus.providers.vectors import pgvector_queries as queries
from nexus.providers.vectors import pgvector_set_queries as sets
from nexus.providers.vectors.base import (
    Candidate,
    Candidates,
    DocumentAttributes,
    IndexedDocument,
    IndexFilter,
    IndexStatistics,
    IndexUnavailableError,
    QueryTerm,
    VectorIndex,
)
from nexus.providers.vectors.dense import Floats, cosines, rounding_margin, unit
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.pgvector_packing import read_vectors, signed
from nexus.providers.vectors.pgvector_queries import Permitted
from nexus.providers.vectors.pgvector_ranking import Numbers, WordScores, best, score_words
from nexus.providers.vectors.state import SAMPLE

_NAME: Final = re.compile("[a-z][a-z0-9]{0,39}")
_SPARE: Final = 16
"""Rows fetched beyond k: the question is rounded to find them, and put in order unrounded."""
_LONGEST_UNIT: Final = 1.001
"""Length of a vector of length one after rounding."""
_NONE: Final = np.zeros(0, np.int64)


class PgVectorEngine:
    """A `SharedEngine` in the schema `nexus_index` of a PostgreSQL that has the extension `vector`."""

    name = "pgvector"

    def __init__(self, url: str, *, pool_size: int = 10, seconds: float = 30, write_seconds: float = 300) -> None:
        """`seconds`: how long one statement of a search may take, `write_seconds` one of a write."""
        parameters = {
            "jit": "off",  # compiling takes longer than these statements do
            "plan_cache_mode": "force_custom_plan",  # what a filter keeps decides how it is best searched
            "statement_timeout": str(int(seconds * 1000)),
            "application_name": "nexus-index",
        }
        self._engine = create_engine(url, pool_size=pool_size, parameters=parameters)
        self._write_seconds = write_seconds

    async def make_set(self, name: str, dimension: int) -> None:
        """Raises IndexUnavailableError, also where the extension or the right to make a schema is missing."""
        async with self.writing() as connection:
            await sets.make_tables(connection, _checked(name), dimension)

    def open_set(self, name: str, dimension: int, turn: int = 0) -> VectorIndex:
        return PgVectorIndex(self, _checked(name), dimension, turn)

    async def newest_turn(self, name: str) -> int | None:
        async with self.reading() as connection:
            return await sets.newest_turn(connection, name)

    async def settle(self, name: str) -> None:
        """Statistics for the planner, which on its own PostgreSQL takes a minute later."""
        async with self.writing() as connection:
            await sets.analyze(connection, _checked(name))

    async def drop_set(self, name: str) -> None:
        async with self.writing() as connection:
            if await sets.newest_turn(connection, name) is not None:
                await sets.drop_tables(connection, _checked(name))

    async def aclose(self) -> None:
        await self._engine.dispose()

    def reading(self) -> AbstractAsyncContextManager[sets.AsyncConnection]:
        return sets.transaction(self._engine)

    def writing(self) -> AbstractAsyncContextManager[sets.AsyncConnection]:
        return sets.transaction(self._engine, seconds=self._write_seconds)


class PgVectorIndex:
    """One set, for a `VectorIndex`: the true best of each side, found by exact search.

    The documents that pass are found first, then only their chunks and postings are read. PostgreSQL compares the
    vectors with a question rounded to half precision; whatever that could hide is fetched and compared unrounded. BM25
    and the order are computed here, in the way of the embedded engine, so that both give the same scores.
    """

    def __init__(self, engine: PgVectorEngine, name: str, dimension: int, turn: int) -> None:
        self._engine = engine
        self._name = name
        self._dimension = dimension
        self._turn = turn
        self._bm25 = Bm25()

    @property
    def dimension(self) -> int:
        return self._dimension

    async def upsert(self, documents: Sequence[IndexedDocument]) -> None:
        """Raises ValueError, and changes nothing, when a document does not fit together."""
        for document in documents:
            count = len(document.chunk_ids)
            if document.vectors.shape != (count, self._dimension) or len(document.terms) != count:
                raise ValueError("a document's vectors or terms do not fit its chunks or the dimension of the index")
        kept = list({document.document_id: document for document in documents}.values())
        if not kept:
            return
        numbers = sum(len(document.chunk_ids) for document in kept)
        async with self._engine.writing() as connection:
            place, number = await sets.begin_write(
                connection, self._name, self._turn, places=len(kept), numbers=numbers
            )
            await queries.remove(connection, self._name, [document.document_id for document in kept])
            await queries.add(connection, self._name, kept, place, number)

    async def update_attributes(self, documents: Sequence[DocumentAttributes]) -> None:
        async with self._engine.writing() as connection:
            await sets.begin_write(connection, self._name, self._turn)
            await queries.update_attributes(connection, self._name, documents)

    async def remove(self, document_ids: Sequence[UUID]) -> None:
        if not document_ids:
            return
        async with self._engine.writing() as connection:
            await sets.begin_write(connection, self._name, self._turn)
            await queries.remove(connection, self._name, document_ids)

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        """Ties at the end of a list go to the smaller chunk id. `vector` need not be of unit length."""
        if limit < 0:
            raise ValueError("a limit cannot be negative")
        if any(term.weight < 0 for term in terms):
            raise ValueError("the weight of a word cannot be negative")
        if vector is not None and vector.shape != (self._dimension,):
            raise ValueError(f"the vector has shape {vector.shape}, the index has {self._dimension} dimensions")
        if vector is not None and not np.isfinite(vector).all():
            raise ValueError("the vector is not finite")
        query = None if vector is None else unit(vector)
        async with self._engine.reading() as connection:
            passing = await queries.permitted(connection, self._name, index_filter)
            words = await self._score_words(connection, passing, terms)
            near, median = _NONE, 0.0
            if query is not None and passing.chunks:
                median = await self._median(connection, passing, query)
                near = await self._contenders(connection, passing, query, min(limit, passing.chunks))
            worded = words.contenders(limit)
            wanted = np.union1d(near, worded)
            rows = await queries.chunks(connection, self._name, wanted.tolist())
        hits = self._chosen(rows, query, near, worded, words if terms else None, limit)
        return Candidates(hits, passing.chunks, median, words.term_chunks)

    async def _score_words(
        self, connection: sets.AsyncConnection, passing: Permitted, terms: Sequence[QueryTerm]
    ) -> WordScores:
        if not terms or not passing.chunks:
            return WordScores(_NONE, np.zeros(0, np.float32), [0] * len(terms))
        wanted = dict.fromkeys(id_ for term in terms for id_ in signed(term.ids))
        found = await queries.postings(connection, self._name, passing, list(wanted))
        return await asyncio.to_thread(score_words, found, terms, passing.chunks, passing.length, self._bm25)

    async def _median(self, connection: sets.AsyncConnection, passing: Permitted, query: Floats) -> float:
        """As the embedded engine: of all chunks if they are few, else of those with the smallest hashes."""
        text = _text(query)
        # Hashes are spread evenly: half as many again as needed lie below this, but for one case in e^80.
        share = 1.5 * SAMPLE / passing.chunks
        ceiling = None if share >= 1 else int(2**64 * share) - 1 - 2**63
        while True:
            median, count = await queries.median(connection, self._name, passing, text, SAMPLE, ceiling)
            if ceiling is None or count == SAMPLE:
                return median
            ceiling = None

    async def _contenders(
        self, connection: sets.AsyncConnection, passing: Permitted, query: Floats, limit: int
    ) -> Numbers:
        """Chunks that certainly include the nearest `limit`: those no further below the last than rounding can hide."""
        if not limit:
            return _NONE
        rounded = query.astype(np.float16).astype(np.float32)
        error = float(np.linalg.norm(query - rounded)) * _LONGEST_UNIT + rounding_margin(self._dimension)
        fetched = limit + _SPARE
        while True:
            found = await queries.nearest(connection, self._name, passing, _text(rounded), fetched)
            floor = found[limit - 1][1] - 2 * error
            if len(found) < fetched or found[-1][1] < floor:
                return np.array([number for number, score in found if score >= floor], np.int64)
            fetched *= 4

    def _chosen(
        self,
        rows: Sequence[tuple[int, UUID, UUID, UUID, bytes]],
        query: Floats | None,
        near: Numbers,
        worded: Numbers,
        words: WordScores | None,
        limit: int,
    ) -> list[Candidate]:
        if not rows:
            return []
        numbers = np.array([row[0] for row in rows], np.int64)
        dense = None if query is None else cosines(read_vectors([row[4] for row in rows], self._dimension), query)
        keyword = None if words is None else words.of(numbers)
        chosen: set[int] = set()
        for scores, contending in ((dense, near), (keyword, worded)):
            if scores is not None:
                places: list[int] = np.flatnonzero(np.isin(numbers, contending)).tolist()
                kept = best([rows[place][1] for place in places], scores[places], limit)
                chosen |= {places[at] for at in kept}
        return [
            Candidate(
                chunk_id=rows[at][1],
                document_id=rows[at][2],
                version_id=rows[at][3],
                dense=None if dense is None else float(np.clip(dense[at], -1, 1)),
                keyword=None if keyword is None else float(keyword[at]),
            )
            for at in sorted(chosen)
        ]

    async def contents(self, tenant_id: UUID) -> dict[UUID, tuple[UUID, int]]:
        async with self._engine.reading() as connection:
            return await queries.contents(connection, self._name, tenant_id)

    async def statistics(self) -> IndexStatistics:
        """Nothing of it is in this process's memory."""
        async with self._engine.reading() as connection:
            documents, chunks = await queries.counts(connection, self._name)
        return IndexStatistics(documents, chunks, dead_chunks=0, memory_bytes=0)

    async def aclose(self) -> None:
        """The engine keeps the connections."""


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise IndexUnavailableError(f"{name!r} is no name of a set of vectors.")
    return name


def _text(vector: Floats) -> str:
    return "[" + ",".join(map(repr, vector.tolist())) + "]"
