"""The index's life in a process: which model it searches, following the rows, the snapshot for the next start."""

import asyncio
import logging
from typing import Final

from nexus.core.db import Database
from nexus.core.jobs.models import enqueue
from nexus.knowledge import index_queries
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.messages import EmbedAgain
from nexus.knowledge.models import IndexState
from nexus.providers.embeddings.base import EmbeddingSpec

logger = logging.getLogger(__name__)

_POLL_SECONDS: Final = 1.0
_SAVE_SECONDS: Final = 300.0


async def prepare(db: Database, configured: EmbeddingSpec) -> tuple[str, int]:
    """Makes the state row at the first start; returns the model to search with and its dimension.

    When another model is configured than the stored vectors are of, a job grows the new ones beside them.
    """
    async with db.write() as session:
        state = await index_queries.index_state(session)
        if state is None:
            session.add(IndexState(id=1, revision=0, embedding_model=configured.name, dimension=configured.dimension))
            return configured.name, configured.dimension
        if state.embedding_model != configured.name:
            message = EmbedAgain(model=configured.name)
            await enqueue(session, message, dedup_key=f"embed-again:{configured.name}")
        return state.embedding_model, state.dimension


class IndexKeeper:
    """Follows the rows as they change, so that a question seldom has to wait for it."""

    def __init__(self, db: Database, index: LiveIndex) -> None:
        self._db = db
        self._index = index
        self._changed = asyncio.Event()

    def wake(self) -> None:
        """A commit of this process changed what the index follows."""
        self._changed.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        saved, due = self._index.revision, loop.time() + _SAVE_SECONDS
        while True:
            try:
                async with asyncio.timeout(_POLL_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                pass
            self._changed.clear()
            try:
                await self.follow()
                if loop.time() > due and self._index.revision != saved:
                    await self._index.save()
                    saved, due = self._index.revision, loop.time() + _SAVE_SECONDS
            except Exception:
                # A database that is away for a moment must not end the loop; a search catches up by itself.
                logger.exception("the index could not follow the rows")
                await asyncio.sleep(_POLL_SECONDS)

    async def follow(self) -> None:
        async with self._db.read() as session:
            state = await index_queries.index_state(session)
        if state is None:
            return
        await self._index.follow(state)
