"""The index written down as its definition: Python sets, double precision, no structure. Slow and easy to believe."""

from collections.abc import Sequence
from dataclasses import replace
from math import log1p
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import (
    Candidate,
    Candidates,
    ChunkTerms,
    DocumentAttributes,
    IndexedDocument,
    IndexFilter,
    IndexStatistics,
    QueryTerm,
)


def passes(document: IndexedDocument, index_filter: IndexFilter) -> bool:
    return (
        document.active
        and document.tenant_id == index_filter.tenant_id
        and document.knowledge_base_id in index_filter.knowledge_bases
        and bool(document.readers & index_filter.principals)
        and (index_filter.also is None or bool(document.readers & index_filter.also))
        and (index_filter.media_types is None or document.media_type in index_filter.media_types)
        and (index_filter.modified_from is None or document.modified_at >= index_filter.modified_from)
        and (index_filter.modified_before is None or document.modified_at < index_filter.modified_before)
    )


def occurrences(term: QueryTerm, chunk: ChunkTerms) -> int:
    counts = dict(zip(chunk.ids.tolist(), chunk.counts.tolist(), strict=True))
    return sum(counts.get(each, 0) for each in set(term.ids))


def bm25(
    terms: Sequence[QueryTerm], chunks: Sequence[ChunkTerms], k1: float, b: float
) -> tuple[NDArray[np.float64], list[int]]:
    average = sum(chunk.length for chunk in chunks) / len(chunks) if chunks else 0.0
    scores = np.zeros(len(chunks))
    holding: list[int] = []
    for term in terms:
        counts = [occurrences(term, chunk) for chunk in chunks]
        held = sum(count > 0 for count in counts)
        holding.append(held)
        weight = term.weight * log1p((len(chunks) - held + 0.5) / (held + 0.5))
        for place, (count, chunk) in enumerate(zip(counts, chunks, strict=True)):
            if count:
                relative = chunk.length / average if average else 0.0
                scores[place] += weight * count * (k1 + 1) / (count + k1 * (1 - b + b * relative))
    return scores, holding


class ReferenceIndex:
    def __init__(self, dimension: int, *, k1: float = 1.2, b: float = 0.75) -> None:
        self.dimension = dimension
        self.documents: dict[UUID, IndexedDocument] = {}
        self._k1, self._b = k1, b

    async def upsert(self, documents: Sequence[IndexedDocument]) -> None:
        for document in documents:
            if document.vectors.shape != (len(document.chunk_ids), self.dimension):
                raise ValueError("vectors of another shape")
        self.documents.update((document.document_id, document) for document in documents)

    async def update_attributes(self, documents: Sequence[DocumentAttributes]) -> None:
        for change in documents:
            known = self.documents.get(change.document_id)
            if known is not None:
                self.documents[change.document_id] = replace(
                    known,
                    knowledge_base_id=change.knowledge_base_id,
                    readers=change.readers,
                    modified_at=change.modified_at,
                    active=change.active,
                )

    async def remove(self, document_ids: Sequence[UUID]) -> None:
        for document_id in document_ids:
            self.documents.pop(document_id, None)

    async def search(
        self,
        index_filter: IndexFilter,
        vector: NDArray[np.float32] | None,
        terms: Sequence[QueryTerm],
        limit: int,
    ) -> Candidates:
        chunks = [
            (document, place)
            for document in self.documents.values()
            if passes(document, index_filter)
            for place in range(len(document.chunk_ids))
        ]
        ids = [document.chunk_ids[place] for document, place in chunks]
        keyword, holding = bm25(terms, [document.terms[place] for document, place in chunks], self._k1, self._b)
        dense = np.zeros(len(chunks))
        if vector is not None and chunks:
            rows = np.array([document.vectors[place] for document, place in chunks], np.float64)
            dense = rows @ (vector.astype(np.float64) / (np.linalg.norm(vector) or 1))
        chosen: set[int] = set()
        if vector is not None:
            chosen |= set(sorted(range(len(chunks)), key=lambda at: (-dense[at], ids[at]))[:limit])
        worded = [at for at in range(len(chunks)) if keyword[at] > 0]
        chosen |= set(sorted(worded, key=lambda at: (-keyword[at], ids[at]))[:limit])
        return Candidates(
            hits=[
                Candidate(
                    chunk_id=ids[at],
                    document_id=chunks[at][0].document_id,
                    version_id=chunks[at][0].version_id,
                    dense=None if vector is None else float(dense[at]),
                    keyword=float(keyword[at]) if terms else None,
                )
                for at in chosen
            ],
            searched=len(chunks),
            dense_median=float(np.median(dense)) if vector is not None and chunks else 0.0,
            term_chunks=holding,
        )

    async def contents(self, tenant_id: UUID) -> dict[UUID, tuple[UUID, int]]:
        return {
            document.document_id: (document.version_id, len(document.chunk_ids))
            for document in self.documents.values()
            if document.tenant_id == tenant_id
        }

    async def statistics(self) -> IndexStatistics:
        chunks = sum(len(document.chunk_ids) for document in self.documents.values())
        return IndexStatistics(len(self.documents), chunks, dead_chunks=0, memory_bytes=0)

    async def aclose(self) -> None:
        return
