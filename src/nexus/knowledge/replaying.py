"""The rows as an index replays them: what has changed since a revision, in the order of revisions."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from nexus.access import service as access
from nexus.core.db import AsyncSession, Database
from nexus.knowledge import index_queries
from nexus.knowledge.models import Document
from nexus.knowledge.packing import unpack_terms, unpack_vectors
from nexus.providers.vectors.base import IndexedDocument

BATCH: Final = 200
"""Documents that are read and replayed at a time."""
_LAST: Final = UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Changes:
    """Some documents as they are now; an index that takes them in this order is level with the rows at the end."""

    entries: Sequence[IndexedDocument]
    gone: Sequence[UUID]
    reached: int
    """The revision that has been followed once these are in, and all before them."""


async def committed(db: Database) -> int:
    """The newest revision."""
    async with db.read() as session:
        state = await index_queries.index_state(session)
    return state.revision if state else 0


async def changes(db: Database, since: int, model: str, dimension: int) -> AsyncGenerator[Changes, None]:
    """Everything after revision `since`, with the vectors of `model`."""
    target = await committed(db)
    after = (since, _LAST)
    more = True
    while more:
        async with db.read() as session:
            documents = await index_queries.changed_documents(session, after, BATCH)
            entries, gone = await entries_of(session, documents, model, dimension)
        more = len(documents) == BATCH
        if documents:
            after = (documents[-1].index_revision, documents[-1].id)
        # A batch may end in the midst of the documents of one revision.
        yield Changes(entries, gone, after[0] - 1 if more else max(target, after[0]))


async def entries_of(
    session: AsyncSession, documents: Sequence[Document], model: str, dimension: int
) -> tuple[list[IndexedDocument], list[UUID]]:
    """The living ones as the index holds them, and the ids of the others."""
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
    for row in await index_queries.chunk_rows(session, versions, model):
        rows.setdefault(row.version_id, []).append(row)
    entries: list[IndexedDocument] = []
    for document in living:
        version_id = document.active_version_id
        if version_id is None:
            continue
        # While the model changes, a new document has no vector of the one in use: words find it until then.
        nothing = bytes(2 * dimension)
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
                vectors=unpack_vectors([vector for _, vector in chunks], dimension),
                terms=[unpack_terms(row.terms) for row, _ in chunks],
            )
        )
    return entries, gone
