"""Questions made of stored passages, to ask two indexes of the same rows: they must answer alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nexus.access import service as access
from nexus.core.db import Database
from nexus.knowledge import index_queries
from nexus.knowledge.replaying import entries_of
from nexus.providers.vectors.base import IndexedDocument, IndexFilter, QueryTerm

_WORDS: Final = 6


@dataclass(frozen=True, slots=True)
class SampleQuestion:
    index_filter: IndexFilter
    vector: NDArray[np.float32]
    terms: Sequence[QueryTerm]


async def sample_questions(db: Database, model: str, dimension: int, count: int) -> list[SampleQuestion]:
    """One from each of `count` documents, spread over all: the vector and some words of a passage in its midst.

    Asked by nobody: half are asked of everything that the sampled documents of the tenant share readers with, the
    others of what the document's own readers may find. The answers are compared and shown to nobody.
    """
    async with db.read() as session:
        stored = [each for each in await index_queries.stored_versions(session, model) if each.chunks]
        stored = sorted(stored, key=lambda each: each.document_id)[:: max(len(stored) // count, 1)][:count]
        documents = await index_queries.documents_by_id(session, [each.document_id for each in stored])
        entries, _ = await entries_of(session, documents, model, dimension)
    return [
        _question(entry, [other for other in entries if other.tenant_id == entry.tenant_id] if place % 2 else [entry])
        for place, entry in enumerate(entries)
        if len(entry.chunk_ids)
    ]


def _question(entry: IndexedDocument, among: Sequence[IndexedDocument]) -> SampleQuestion:
    shelves = frozenset(each.knowledge_base_id for each in among)
    readers = {reader for each in among for reader in each.readers} | {access.inherited_reader(id_) for id_ in shelves}
    middle = len(entry.chunk_ids) // 2
    ids: list[int] = entry.terms[middle].ids.tolist()
    return SampleQuestion(
        IndexFilter(entry.tenant_id, frozenset(readers), shelves),
        entry.vectors[middle].astype(np.float32),
        [QueryTerm((id_,)) for id_ in ids[:: max(len(ids) // _WORDS, 1)][:_WORDS]],
    )
