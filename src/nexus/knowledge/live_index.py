"""The index of this process, kept level with the committed rows.

Rows are the truth. Every change the index must follow takes the next revision in its own transaction
(`index_queries.next_revision`), and the index replays documents by revision: it can be ahead of nobody, and
whatever it missed it finds again. A search first reads the revision with its permissions and, when the
index is behind, waits until it has caught up: a deletion or an upload acts on the next question,
whichever process committed it.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.access import service as access
from nexus.core.db import AsyncSession, Database
from nexus.knowledge import index_queries
from nexus.knowledge.models import Document
from nexus.knowledge.packing import unpack_terms, unpack_vectors
from nexus.providers.vectors.base import (
    Candidates,
    IndexedDocument,
    IndexFilter,
    IndexStatistics,
    QueryTerm,
    ReplayedIndex,
    SnapshotError,
)

logger = logging.getLogger(__name__)

BATCH: Final = 200
"""Documents that are read and replayed at a time."""
_LAST: Final = UUID(int=2**128 - 1)


class LiveIndex:
    """One index and the revision up to which it has followed the rows."""

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
        """The embedding model whose vectors are searched."""
        return self._model

    async def statistics(self) -> IndexStatistics:
        return await self._index.statistics()

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        """Of the engine's own `search`. Call `catch_up` with the revision read beside the permissions first."""
        return await self._index.search(index_filter, vector, terms, limit)

    async def catch_up(self, revision: int) -> None:
        """Returns once the index has followed the rows to `revision` at least."""
        if self._revision >= revision:
            return
        async with self._lock:
            if self._revision < revision:
                await self._follow()

    async def open(self, model: str, dimension: int) -> None:
        """Loads the snapshot if it is good, and everything the rows have since."""
        async with self._lock:
            self._use(self._make(dimension), model, dimension, 0)
            if self._folder is not None:
                try:
                    self._revision = await self._index.restore(self._snapshot_path(self._folder))
                except SnapshotError as error:
                    logger.info("reading the index from the rows: %s", error.detail)
            if self._revision > await self._committed():
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

    async def rebuild(self, model: str | None = None, dimension: int | None = None) -> None:
        """Builds a new index from the rows beside the one that goes on answering, then changes over."""
        model, dimension = model or self._model, dimension or self._dimension
        fresh = LiveIndex(self._db, self._make, None)
        await fresh.open(model, dimension)
        async with self._lock:
            await fresh._follow()
            old = self._index
            self._use(fresh._index, model, dimension, fresh._revision)
        await old.aclose()

    async def aclose(self) -> None:
        await self._index.aclose()

    def _use(self, index: ReplayedIndex, model: str, dimension: int, revision: int) -> None:
        self._index, self._model, self._dimension, self._revision = index, model, dimension, revision

    async def _committed(self) -> int:
        async with self._db.read() as session:
            state = await index_queries.index_state(session)
        return state.revision if state else 0

    async def _follow(self) -> None:
        target = await self._committed()
        after = (self._revision, _LAST)
        while True:
            async with self._db.read() as session:
                documents = await index_queries.changed_documents(session, after, BATCH)
                entries, gone = await self._load(session, documents)
            await self._index.remove(gone)
            await self._index.upsert(entries)
            if not documents:
                break
            after = (documents[-1].index_revision, documents[-1].id)
            if len(documents) < BATCH:
                break
        self._revision = max(target, after[0])

    async def _load(
        self, session: AsyncSession, documents: Sequence[Document]
    ) -> tuple[list[IndexedDocument], list[UUID]]:
        dead_shelves = await index_queries.deleted_knowledge_bases(session, [d.knowledge_base_id for d in documents])
        living = [
            d
            for d in documents
            if d.deleted_at is None and d.active_version_id is not None and d.knowledge_base_id not in dead_shelves
        ]
        gone = [d.id for d in documents if d not in living]
        readers = await access.document_readers(session, [d.id for d in living if d.restricted])
        rows: dict[UUID, list[index_queries.ChunkRow]] = {}
        versions = [d.active_version_id for d in living if d.active_version_id]
        for row in await index_queries.chunk_rows(session, versions, self._model):
            rows.setdefault(row.version_id, []).append(row)
        entries: list[IndexedDocument] = []
        for document in living:
            version_id = document.active_version_id
            if version_id is None:
                continue
            # While the model changes, a new document has no vector of the one in use: words find it until then.
            nothing = bytes(2 * self._dimension)
            chunks = [(row, row.vector or nothing) for row in rows.get(version_id, ())]
            entries.append(
                IndexedDocument(
                    document_id=document.id,
                    version_id=version_id,
                    tenant_id=document.tenant_id,
                    knowledge_base_id=document.knowledge_base_id,
                    readers=readers.get(document.id, frozenset())
                    if document.restricted
                    else frozenset({access.inherited_reader(document.knowledge_base_id)}),
                    media_type=document.media_type,
                    modified_at=document.modified_at,
                    active=True,
                    chunk_ids=[row.id for row, _ in chunks],
                    vectors=unpack_vectors([vector for _, vector in chunks], self._dimension),
                    terms=[unpack_terms(row.terms) for row, _ in chunks],
                )
            )
        return entries, gone

    async def check(
        self, stored: Sequence[index_queries.StoredVersion], tenant_ids: set[UUID]
    ) -> tuple[list[UUID], list[UUID], list[UUID]]:
        """Documents that are missing here, ghosts here, and held with another version or number of chunks."""
        held: dict[UUID, tuple[UUID, int]] = {}
        for tenant_id in tenant_ids:
            held |= await self._index.contents(tenant_id)
        wanted = {s.document_id: (s.version_id, s.chunks) for s in stored}
        missing = [d for d, (_, count) in wanted.items() if d not in held and count]
        ghosts = [d for d in held if d not in wanted]
        wrong = [d for d in held if d in wanted and held[d] != wanted[d]]
        return missing, ghosts, wrong
