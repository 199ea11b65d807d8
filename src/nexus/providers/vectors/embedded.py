"""The embedded index: exact dense and keyword search in this process's memory."""

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import (
    Candidates,
    DocumentAttributes,
    IndexedDocument,
    IndexFilter,
    IndexStatistics,
    QueryTerm,
)
from nexus.providers.vectors.checks import check_search
from nexus.providers.vectors.crew import Crew
from nexus.providers.vectors.dense import limit_openmp
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.search import search
from nexus.providers.vectors.snapshot import read_snapshot, write_snapshot
from nexus.providers.vectors.writing import IndexWriter

_Result = TypeVar("_Result")


class EmbeddedIndex:
    """A `VectorIndex` that returns the true top-k of each side under any filter.

    It holds what it is told and nothing survives it but what `snapshot` writes: its owner replays the
    committed rows at start. Searches run on immutable states in as many threads as there are processors,
    so a crowd of questions queues instead of fighting; writes run in one thread, in the order of their
    calls, and publish a state when they are whole. Neither waits for the other.

    `dense_median` is exact up to 1,024 permitted chunks and above that the median of 1,024 of them, drawn
    by a hash of their ids.
    """

    def __init__(self, dimension: int, *, k1: float = 1.2, b: float = 0.75, threads: int | None = None) -> None:
        """`k1` and `b` are BM25's; `threads` bounds the searches that run at the same moment."""
        if dimension < 1:
            raise ValueError("an index needs at least one dimension")
        self._dimension = dimension
        self._bm25 = Bm25(k1, b)
        self._writer = IndexWriter(dimension)
        self._searching = ThreadPoolExecutor(
            threads or os.cpu_count() or 1, thread_name_prefix="index-search", initializer=limit_openmp
        )
        self._crew = Crew(self._searching)
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="index-write")

    @property
    def dimension(self) -> int:
        return self._dimension

    async def upsert(self, documents: Sequence[IndexedDocument]) -> None:
        """Replace documents whole. Raises ValueError, and changes nothing, when one does not fit together.

        Costs about the same for one document as for a hundred: hand over batches.
        """
        await self._write(partial(self._writer.upsert, tuple(documents)))

    async def update_attributes(self, documents: Sequence[DocumentAttributes]) -> None:
        await self._write(partial(self._writer.update_attributes, tuple(documents)))

    async def remove(self, document_ids: Sequence[UUID]) -> None:
        await self._write(partial(self._writer.remove, tuple(document_ids)))

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        """Ties at the end of a list go to the smaller chunk id. `vector` need not be of unit length."""
        check_search(self._dimension, vector, terms, limit)
        return await self._in(self._searching, partial(self._search, index_filter, vector, tuple(terms), limit))

    async def contents(self, tenant_id: UUID) -> dict[UUID, tuple[UUID, int]]:
        return await self._in(self._searching, partial(self._writer.state.contents, tenant_id))

    async def statistics(self) -> IndexStatistics:
        return await self._in(self._searching, self._writer.state.statistics)

    async def snapshot(self, path: Path, revision: int) -> None:
        """Write all that is held to `path`, atomically. `revision` is the caller's mark of how far that goes.

        Every write awaited before the call is in it; searches and writes go on meanwhile.
        """
        await asyncio.to_thread(write_snapshot, self._writer.state, self._dimension, path, revision)

    async def restore(self, path: Path) -> int:
        """Replace all that is held by what `snapshot` wrote; returns its revision.

        Raises `SnapshotError`, and changes nothing, when the file is absent, damaged, of another program
        or dimension: rebuild from the rows then.
        """
        state, revision = await asyncio.to_thread(read_snapshot, path, self._dimension)
        await self._write(partial(self._writer.replace, state))
        return revision

    async def aclose(self) -> None:
        """Finish what is under way and end the threads."""
        for executor in (self._searching, self._writing):
            await asyncio.to_thread(executor.shutdown)

    def _search(
        self, index_filter: IndexFilter, vector: NDArray[np.float32] | None, terms: Sequence[QueryTerm], limit: int
    ) -> Candidates:
        view = self._writer.state.view(index_filter)
        return search(view, vector, terms, limit, self._bm25, self._crew)

    async def _write(self, change: Callable[[], None]) -> None:
        await self._in(self._writing, change)

    @staticmethod
    async def _in(executor: ThreadPoolExecutor, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(executor, work)
