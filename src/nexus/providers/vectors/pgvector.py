"""The index in PostgreSQL with pgvector: exact under any filter, shared by every process."""

import re
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.core.db import create_engine
from nexus.providers.vectors import pgvector_block_queries as words
from nexus.providers.vectors import pgvector_queries as queries
from nexus.providers.vectors import pgvector_set_queries as sets
from nexus.providers.vectors.base import (
    Candidates,
    DocumentAttributes,
    IndexedDocument,
    IndexFilter,
    IndexStatistics,
    IndexUnavailableError,
    QueryTerm,
    VectorIndex,
)
from nexus.providers.vectors.checks import check_document, check_search
from nexus.providers.vectors.dense import unit
from nexus.providers.vectors.pgvector_search import Searcher

_NAME: Final = re.compile("[a-z][a-z0-9]{0,39}")


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

    It remembers some of the set (`pgvector_memory`): one that is kept answers sooner.
    """

    def __init__(self, engine: PgVectorEngine, name: str, dimension: int, turn: int) -> None:
        self._engine = engine
        self._name = name
        self._dimension = dimension
        self._turn = turn
        self._searcher = Searcher(engine.reading, name, dimension)

    @property
    def dimension(self) -> int:
        return self._dimension

    async def upsert(self, documents: Sequence[IndexedDocument]) -> None:
        """Raises ValueError, and changes nothing, when a document does not fit together."""
        for document in documents:
            check_document(self._dimension, document)
        kept = list({document.document_id: document for document in documents}.values())
        if not kept:
            return
        numbers = sum(len(document.chunk_ids) for document in kept)
        async with self._engine.writing() as connection:
            write = await sets.begin_write(connection, self._name, self._turn, places=len(kept), numbers=numbers)
            gone = await queries.remove(connection, self._name, [document.document_id for document in kept])
            await queries.add(connection, self._name, kept, write)
            await words.add(connection, self._name, kept, write)
            await words.settle(connection, self._name, write, gone)

    async def update_attributes(self, documents: Sequence[DocumentAttributes]) -> None:
        async with self._engine.writing() as connection:
            await sets.begin_write(connection, self._name, self._turn)
            await queries.update_attributes(connection, self._name, documents)

    async def remove(self, document_ids: Sequence[UUID]) -> None:
        if not document_ids:
            return
        async with self._engine.writing() as connection:
            write = await sets.begin_write(connection, self._name, self._turn)
            gone = await queries.remove(connection, self._name, document_ids)
            await words.settle(connection, self._name, write, gone)

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        """Ties at the end of a list go to the smaller chunk id. `vector` need not be of unit length."""
        check_search(self._dimension, vector, terms, limit)
        return await self._searcher.search(index_filter, None if vector is None else unit(vector), terms, limit)

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
