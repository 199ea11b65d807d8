"""The index on a server that all processes search, and that one of them at a time keeps level with the rows for all.

Who that is, is said by the row of the set (`set_queries`): a turn is taken under a lease of seconds, prolonged while it
lasts and given back at its end, so that a process that dies in the midst of it holds the others up for that long at
most. Turns have growing numbers and the engine refuses what an earlier turn still writes. A question that needs a
later revision than the set has followed waits for whoever has the turn, or takes it.

Another model, and a rebuild, fill a new set beside the live one. It takes its place in one transaction, in which nobody
can take a revision. The other processes learn of it within a second or with their next question that has to catch up;
the old one is dropped after a minute.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.core.db import Database
from nexus.core.tasks import BackgroundTasks
from nexus.knowledge import index_queries, set_queries
from nexus.knowledge.index_queries import StoredVersion
from nexus.knowledge.live_index import HeldVectors, compare, fitting
from nexus.knowledge.models import IndexState
from nexus.knowledge.replaying import committed
from nexus.knowledge.set_queries import KnownSet
from nexus.knowledge.set_writing import LOOK_SECONDS, SETTLED, AheadError, SetWriter, TurnOverError
from nexus.providers.vectors.base import (
    Candidates,
    IndexFilter,
    IndexStatistics,
    IndexUnavailableError,
    QueryTerm,
    SetGoneError,
    SharedEngine,
    VectorIndex,
)

logger = logging.getLogger(__name__)

PATIENCE: Final = 30.0
"""Seconds a question waits for the index to come up to its revision."""


class SharedIndex:
    """A `LiveIndex` of a `SharedEngine`."""

    is_shared = True

    def __init__(self, db: Database, engine: SharedEngine) -> None:
        self._db = db
        self._engine = engine
        self._live = KnownSet("", "", 1, "live", 0, 0, settled=False)
        self._index: VectorIndex | None = None
        self._tasks = BackgroundTasks()
        self._writer = SetWriter(db, engine, self._tasks)
        self._following: asyncio.Task[None] | None = None

    @property
    def engine(self) -> str:
        return self._engine.name

    @property
    def revision(self) -> int:
        return self._live.revision

    @property
    def model(self) -> str:
        return self._live.model

    async def open(self, model: str, dimension: int) -> None:
        live = await self._look()
        if live is not None and not await self._is_ours(live):
            logger.warning("the index server lost the set %s, or is ahead of the database: reading the rows", live.name)
            await self._writer.retire(live.name)
            live = None
        if live is None:
            await self._writer.build(model, dimension)
        await self._follow_live(await committed(self._db))

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        index = self._searched()
        try:
            return await index.search(index_filter, fitting(index, vector), terms, limit)
        except SetGoneError:
            # This process slept through the change of sets.
            await self._look()
            if (other := self._searched()) is index:
                raise
            return await other.search(index_filter, fitting(other, vector), terms, limit)

    async def catch_up(self, revision: int) -> None:
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while self._live.revision < revision:
            if self._following is None or self._following.done():
                # Not within the question: who asked may go away, and others wait for the same.
                self._following = self._tasks.start(self._follow_live(revision), name="index-following")
            left = deadline - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait({self._following}, timeout=max(left, 0))
            if not done:
                raise IndexUnavailableError("The search index is being brought up to date. Try again in a moment.")
            self._following.result()

    async def follow(self, state: IndexState) -> None:
        live = await self._look()
        if live is None or live.model != state.embedding_model:
            logger.info("building the vectors of %s", state.embedding_model)
            await self._writer.build(state.embedding_model, state.dimension)
            await self._look()
        await self.catch_up(state.revision)
        await self._writer.drop_old()

    async def rebuild(self) -> None:
        async with self._db.read() as session:
            state = await index_queries.index_state(session)
        if state is not None:
            await self._writer.build(state.embedding_model, state.dimension)
            await self._look()

    async def save(self) -> None:
        """The server keeps it."""

    async def check(
        self, stored: Sequence[StoredVersion], tenant_ids: set[UUID]
    ) -> tuple[list[UUID], list[UUID], list[UUID]]:
        return await compare(self._searched(), stored, tenant_ids)

    async def statistics(self) -> IndexStatistics:
        return await self._searched().statistics()

    async def held(self) -> Sequence[HeldVectors]:
        async with self._db.read() as session:
            sets = await set_queries.sets(session, self._engine.name, settled=SETTLED)
        held: list[HeldVectors] = []
        for each in sets:
            try:
                statistics = await self._engine.open_set(each.name, each.dimension).statistics()
            except SetGoneError:  # not made yet, or just dropped
                continue
            held.append(HeldVectors(each.model, each.state, statistics.chunks))
        return held

    async def look(self) -> None:
        await self._engine.newest_turn(self._live.name)

    async def aclose(self) -> None:
        await self._tasks.aclose()
        await self._engine.aclose()

    def _searched(self) -> VectorIndex:
        if self._index is None:
            raise IndexUnavailableError("The search index is being built. Try again in a moment.")
        return self._index

    async def _look(self) -> KnownSet | None:
        """The set that is live now, which this process searches from here on."""
        async with self._db.read() as session:
            live = await set_queries.find_live(session, self._engine.name)
        if live is not None:
            if live.name != self._live.name or self._index is None:
                self._index = self._engine.open_set(live.name, live.dimension)
            self._live = live
        return live

    async def _is_ours(self, known: KnownSet) -> bool:
        """Whether the server has the set, and only this database has written to it."""
        newest = await self._engine.newest_turn(known.name)
        if newest is None:
            return False
        now_known = await self._look()
        return now_known is None or now_known.name != known.name or newest <= now_known.turn

    async def _follow_live(self, revision: int) -> None:
        """Until the live set has come to `revision`: by another process's work, or by ours when it is our turn."""
        while True:
            live = await self._look()
            if live is None:
                raise IndexUnavailableError("The search index is being built. Try again in a moment.")
            if live.revision >= revision:
                return
            try:
                async with self._writer.turn(live.name) as mine:
                    if mine is None:
                        await asyncio.sleep(LOOK_SECONDS)
                    else:
                        await self._writer.write(mine)
            except TurnOverError:
                continue
            except AheadError:
                logger.warning("the index server is ahead of the database, which was set back: building anew")
                await self._writer.retire(live.name)
                await self._writer.build(live.model, live.dimension)
