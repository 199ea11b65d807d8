"""The index on a Qdrant server: exact under any filter, shared by every process."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray
from qdrant_client import models as m

from nexus.providers.vectors import qdrant_points as points
from nexus.providers.vectors.base import (
    Candidates,
    DocumentAttributes,
    IndexedDocument,
    IndexFilter,
    IndexStatistics,
    IndexUnavailableError,
    QueryTerm,
    StaleTurnError,
    VectorIndex,
)
from nexus.providers.vectors.checks import check_document, check_search
from nexus.providers.vectors.dense import unit
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.qdrant_search import Search
from nexus.providers.vectors.qdrant_server import QdrantServer, Written

_NAME: Final = re.compile("[a-z][a-z0-9]{0,39}")
_SENT: Final = 256
"""Points in one request: some two megabytes."""
_PAGE: Final = 1000
_SPARE: Final = 1000
_TAKEN_OVER: Final = "Another process has taken over writing the search index."
_LONGEST: Final = 120.0
"""Seconds a search may take."""
KEPT: Final = 2 * _LONGEST
"""Seconds for which what was replaced stays, since a search may have begun before."""


class QdrantEngine:
    """A `SharedEngine`: a collection for each set of vectors."""

    name = "qdrant"

    def __init__(self, server: QdrantServer) -> None:
        self._server = server

    async def make_set(self, name: str, dimension: int) -> None:
        collection = collection_of(name)
        if not await self._server.ask(self._server.client.collection_exists(collection)):
            await self._create(collection, dimension)
        for field, schema in points.INDEXES.items():
            await self._server.tell(self._server.client.create_payload_index(collection, field, schema))

    async def _create(self, collection: str, dimension: int) -> None:
        try:
            await self._server.tell(
                self._server.client.create_collection(
                    collection,
                    # No graph: searches are exact, and a graph would cost memory and lose passages under a filter.
                    vectors_config={
                        points.DENSE: m.VectorParams(
                            size=dimension, distance=m.Distance.DOT, hnsw_config=m.HnswConfigDiff(m=0)
                        )
                    },
                    sparse_vectors_config={points.WORDS: m.SparseVectorParams()},
                )
            )
        except IndexUnavailableError:
            # Somebody else may have been faster.
            if not await self._server.ask(self._server.client.collection_exists(collection)):
                raise

    def open_set(self, name: str, dimension: int, turn: int = 0) -> VectorIndex:
        return QdrantIndex(self._server, collection_of(name), dimension, turn)

    async def newest_turn(self, name: str) -> int | None:
        collection = collection_of(name)
        if not await self._server.ask(self._server.client.collection_exists(collection)):
            return None
        return (await self._server.written(collection)).turn

    async def settle(self, name: str) -> None:
        """Qdrant sees to itself."""

    async def drop_set(self, name: str) -> None:
        collection = collection_of(name)
        if await self._server.ask(self._server.client.collection_exists(collection)):
            await self._server.tell(self._server.client.delete_collection(collection))

    async def aclose(self) -> None:
        await self._server.tasks.aclose()
        await self._server.client.close()


class QdrantIndex:
    """One set, for a `VectorIndex`."""

    def __init__(self, server: QdrantServer, collection: str, dimension: int, turn: int) -> None:
        self._server = server
        self._client = server.client
        self._collection = collection
        self._dimension = dimension
        self._turn = turn
        self._bm25 = Bm25()

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
        async with self._writing() as write:
            made = [point for document in kept for point in points.points_of(document, write.begun, self._bm25)]
            for start in range(0, len(made), _SENT):
                some = made[start : start + _SENT]
                await self._server.tell(
                    self._client.upsert(self._collection, some, wait=True, ordering=m.WriteOrdering.STRONG)
                )
            ids = [document.document_id for document in kept]
            changes: list[Any] = [points.ending(some, write.begun) for some in points.named(ids)]
            for start in range(0, len(kept), _SENT):
                records = [points.record_of(each) for each in kept[start : start + _SENT]]
                changes.append(m.UpsertOperation(upsert=m.PointsList(points=records)))
            await self._finish(write, changes)

    async def update_attributes(self, documents: Sequence[DocumentAttributes]) -> None:
        """In place: a search that goes on meanwhile may see some chunks of a document as they were."""
        async with self._writing() as write:
            changes: list[Any] = []
            for each in documents:
                theirs = m.Filter(must=[points.equals("document", str(each.document_id))])
                change = m.SetPayload(payload=points.attributes_of(each), filter=theirs)
                changes.append(m.SetPayloadOperation(set_payload=change))
            await self._finish(write, changes)

    async def remove(self, document_ids: Sequence[UUID]) -> None:
        if not document_ids:
            return
        async with self._writing() as write:
            changes: list[Any] = []
            for some in points.named(document_ids):
                changes.append(points.ending(some, write.begun))
                changes.append(m.DeleteOperation(delete=m.PointIdsList(points=[str(each) for each in some])))
            await self._finish(write, changes)

    @asynccontextmanager
    async def _writing(self) -> AsyncGenerator[Written, None]:
        """The next number, once what a write left that broke off is gone."""
        async with self._server.turn_of(self._collection):
            written = await self._server.written(self._collection)
            if written.turn > self._turn:
                raise StaleTurnError(_TAKEN_OVER)
            changes: list[Any] = []
            if written.begun > written.done:
                broken = m.Filter(must=[points.later("since", written.done)])
                ended = m.Filter(must=[points.later("until", written.done)])
                changes.append(m.DeleteOperation(delete=m.FilterSelector(filter=broken)))
                back = m.SetPayload(payload={"until": points.NEVER}, filter=ended)
                changes.append(m.SetPayloadOperation(set_payload=back))
            write = Written(written.done, written.begun + 1, self._turn)
            await self._change([*changes, _mark(write)])
            yield write

    async def _finish(self, write: Written, changes: Sequence[Any]) -> None:
        """Only the last of these shows what the others have done, and only while it is our turn."""
        if await self._server.written(self._collection) != write:
            raise StaleTurnError(_TAKEN_OVER)
        ours = m.Filter(must=[points.equals(name, getattr(write, name)) for name in ("begun", "turn")])
        shown = m.SetPayload(payload={"done": write.begun}, filter=ours)
        await self._change([*changes, m.SetPayloadOperation(set_payload=shown)])
        if (await self._server.written(self._collection)).done < write.begun:
            raise StaleTurnError(_TAKEN_OVER)
        self._server.tasks.start(self._sweep(write.begun), name="qdrant-sweep")

    async def _change(self, changes: Sequence[Any]) -> None:
        await self._server.tell(
            self._client.batch_update_points(
                self._collection, list(changes), wait=True, ordering=m.WriteOrdering.STRONG
            )
        )

    async def _sweep(self, number: int) -> None:
        """Removes what was replaced by this write or before, once no search can be asking for it any more."""
        await asyncio.sleep(KEPT)
        gone = m.Filter(must=[m.FieldCondition(key="until", range=m.Range(lte=number))])
        with suppress(IndexUnavailableError):  # the sweep after the next write does it
            await self._change([m.DeleteOperation(delete=m.FilterSelector(filter=gone))])

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        """Ties at the end of a list go to the smaller chunk id. `vector` need not be of unit length."""
        check_search(self._dimension, vector, terms, limit)
        if points.is_nobody(index_filter):
            return Candidates([], 0, 0.0, [0] * len(terms))
        query = None if vector is None else unit(vector).tolist()
        at = (await self._server.written(self._collection)).done
        search = Search(self._server, self._collection, index_filter, at, query, terms, limit, self._bm25)
        try:
            async with asyncio.timeout(_LONGEST):
                return await search.run()
        except TimeoutError:
            raise IndexUnavailableError("The search index does not answer. Try again in a moment.") from None

    async def contents(self, tenant_id: UUID) -> dict[UUID, tuple[UUID, int]]:
        tenant = points.equals("tenant", str(tenant_id))
        at = (await self._server.written(self._collection)).done
        held: dict[UUID, tuple[UUID, int]] = {}
        current: dict[str, UUID] = {}
        offset: Any = None
        while True:
            scrolled = self._client.scroll(
                self._collection,
                m.Filter(must=[tenant, points.equals("record", 1)]),
                limit=_PAGE,
                offset=offset,
                with_payload=["current"],
            )
            records, offset = await self._server.ask(scrolled)
            for record in records:
                version = (record.payload or {})["current"]
                current[version] = UUID(str(record.id))
                held[current[version]] = (UUID(version), 0)
            if offset is None:
                break
        chunks = m.Filter(must=[tenant, *points.there(at)])
        counted = self._client.facet(
            self._collection, "version", facet_filter=chunks, limit=len(held) + _SPARE, exact=True
        )
        strays: list[m.FacetValueHit] = []
        for hit in (await self._server.ask(counted)).hits:
            if (document_id := current.get(str(hit.value))) is None:
                strays.append(hit)
            else:
                held[document_id] = (UUID(str(hit.value)), hit.count)
        for hit in strays:
            if (document_id := await self._document_of(str(hit.value))) is not None:
                held[document_id] = (UUID(str(hit.value)), hit.count)
        return held

    async def _document_of(self, version: str) -> UUID | None:
        """Of chunks that no document claims: a process that slept through its turn left them."""
        found, _ = await self._server.ask(
            self._client.scroll(self._collection, m.Filter(must=[points.equals("version", version)]), limit=1)
        )
        return UUID((found[0].payload or {})["document"]) if found else None

    async def statistics(self) -> IndexStatistics:
        """Nothing of it is in this process's memory."""
        at = (await self._server.written(self._collection)).done
        all_ = await self._server.ask(self._client.count(self._collection, exact=True))
        kinds: list[list[m.Condition]] = [[points.equals("record", 1)], points.there(at)]
        documents, chunks = [
            await self._server.ask(self._client.count(self._collection, m.Filter(must=kind), exact=True))
            for kind in kinds
        ]
        dead = max(0, all_.count - documents.count - chunks.count - 1)
        return IndexStatistics(documents.count, chunks.count, dead_chunks=dead, memory_bytes=0)

    async def aclose(self) -> None:
        """The engine keeps the connections."""


def collection_of(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise IndexUnavailableError(f"{name!r} is no name of a set of vectors.")
    return f"nexus_{name}"


def _mark(written: Written) -> m.UpsertOperation:
    payload = {"record": 2, **asdict(written)}
    return m.UpsertOperation(upsert=m.PointsList(points=[m.PointStruct(id=points.CONTROL, vector={}, payload=payload)]))
