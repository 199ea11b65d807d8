"""The index that this process keeps in its own memory and follows by itself."""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.core.db import Database
from nexus.knowledge.index_queries import StoredVersion
from nexus.knowledge.live_index import HeldVectors, compare, fitting
from nexus.knowledge.models import IndexState
from nexus.knowledge.replaying import changes, committed
from nexus.providers.vectors.base import (
    Candidates,
    IndexFilter,
    IndexStatistics,
    QueryTerm,
    ReplayedIndex,
    SnapshotError,
)

logger = logging.getLogger(__name__)


class OwnIndex:
    """A `LiveIndex`: one engine in memory and the revision up to which it has followed the rows."""

    engine = "embedded"
    is_shared = False

    def __init__(self, db: Database, make_index: Callable[[int], ReplayedIndex], folder: Path | None) -> None:
        """`make_index(dimension)` makes an empty engine; `folder` keeps snapshots for a fast start."""
        self._db = db
        self._make = make_index
        self._folder = folder
        self._index = make_index(1)
        self._model = ""
        self._dimension = 1
        self._revision = 0
        self._lock = asyncio.Lock()

    @property
    def revision(self) -> int:
        return self._revision

    @property
    def model(self) -> str:
        return self._model

    async def statistics(self) -> IndexStatistics:
        return await self._index.statistics()

    async def held(self) -> Sequence[HeldVectors]:
        return [HeldVectors(self._model, "live", (await self._index.statistics()).chunks)]

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        index = self._index
        return await index.search(index_filter, fitting(index, vector), terms, limit)

    async def catch_up(self, revision: int) -> None:
        if self._revision >= revision:
            return
        async with self._lock:
            if self._revision < revision:
                await self._follow()

    async def follow(self, state: IndexState) -> None:
        if state.embedding_model != self._model:
            logger.info("changing over to the vectors of %s", state.embedding_model)
            await self._build(state.embedding_model, state.dimension)
        await self.catch_up(state.revision)

    async def open(self, model: str, dimension: int) -> None:
        """Loads the snapshot if it is good, and everything the rows have since."""
        async with self._lock:
            self._use(self._make(dimension), model, dimension, 0)
            if self._folder is not None:
                try:
                    self._revision = await self._index.restore(self._snapshot_path(self._folder))
                except SnapshotError as error:
                    logger.info("reading the index from the rows: %s", error.detail)
            if self._revision > await committed(self._db):
                logger.warning("the index snapshot is ahead of the database, which was set back: reading the rows")
                ahead = self._index
                self._use(self._make(dimension), model, dimension, 0)
                await ahead.aclose()
            await self._follow()

    async def save(self) -> None:
        """Writes the snapshot for the next start."""
        if self._folder is None:
            return
        async with self._lock:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
            await self._index.snapshot(self._snapshot_path(self._folder), self._revision)

    def _snapshot_path(self, folder: Path) -> Path:
        """One file a model: vectors of two models must never meet."""
        return folder / f"index-{hashlib.sha256(self._model.encode()).hexdigest()[:16]}.snapshot"

    async def rebuild(self) -> None:
        await self._build(self._model, self._dimension)

    async def _build(self, model: str, dimension: int) -> None:
        fresh = OwnIndex(self._db, self._make, None)
        await fresh.open(model, dimension)
        async with self._lock:
            await fresh._follow()
            old = self._index
            self._use(fresh._index, model, dimension, fresh._revision)
        await old.aclose()

    async def look(self) -> None:
        """It is here."""

    async def aclose(self) -> None:
        await self._index.aclose()

    def _use(self, index: ReplayedIndex, model: str, dimension: int, revision: int) -> None:
        self._index, self._model, self._dimension, self._revision = index, model, dimension, revision

    async def _follow(self) -> None:
        reached = self._revision
        async for some in changes(self._db, reached, self._model, self._dimension):
            await self._index.remove(some.gone)
            await self._index.upsert(some.entries)
            reached = some.reached
        self._revision = reached

    async def check(
        self, stored: Sequence[StoredVersion], tenant_ids: set[UUID]
    ) -> tuple[list[UUID], list[UUID], list[UUID]]:
        return await compare(self._index, stored, tenant_ids)
