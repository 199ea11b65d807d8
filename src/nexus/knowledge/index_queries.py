"""SQL between the rows and the index: revisions, what has changed, and what ought to be there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import insert_into, notify
from nexus.core.jobs.models import Job
from nexus.knowledge.models import (
    Chunk,
    ChunkVector,
    Document,
    DocumentVersion,
    IndexState,
    KnowledgeBase,
    KnowledgeBaseRevision,
)

INDEX_TOPIC = "index"
_BATCH = 5000
"""Ids a statement carries at most; PostgreSQL's protocol ends at 32,767 parameters."""

_CITED_OF_DOCUMENT = (Document.name, Document.title, Document.media_type, Document.modified_at, Document.source_url)


async def index_state(session: AsyncSession) -> IndexState | None:
    return await session.get(IndexState, 1)


async def lock_index_state(session: AsyncSession) -> IndexState:
    """Until the transaction ends, nobody takes another revision."""
    state = await session.get(IndexState, 1, with_for_update=True)
    if state is None:
        raise RuntimeError("the index state row is missing: the installation was not started once")
    return state


async def count_vectors(session: AsyncSession) -> dict[str, int]:
    """By embedding model, the vectors that are stored: those in use, and others that are growing beside them."""
    rows = await session.execute(select(ChunkVector.model, func.count()).group_by(ChunkVector.model))
    counts: dict[str, int] = dict(rows.all())
    return counts


async def next_revision(session: AsyncSession, knowledge_base_ids: Collection[UUID]) -> int:
    """Takes the next revision, for what changes in these knowledge bases; its row stays locked until the transaction
    ends, so commits follow the numbers."""
    revision = await session.scalar(
        update(IndexState)
        .where(IndexState.id == 1)
        .values(revision=IndexState.revision + 1)
        .returning(IndexState.revision)
    )
    if revision is None:
        raise RuntimeError("the index state row is missing: the installation was not started once")
    if knowledge_base_ids:
        await session.execute(
            insert_into(session, KnowledgeBaseRevision)
            .values([{"knowledge_base_id": each, "revision": revision} for each in sorted(knowledge_base_ids)])
            .on_conflict_do_update(index_elements=["knowledge_base_id"], set_={"revision": revision})
        )
    notify(session, INDEX_TOPIC)
    return revision


async def revisions_of(session: AsyncSession, knowledge_base_ids: Collection[UUID]) -> frozenset[tuple[UUID, int]]:
    """Each knowledge base with its revision; 0 for one in which nothing ever changed."""
    rows = await session.execute(
        select(KnowledgeBaseRevision.knowledge_base_id, KnowledgeBaseRevision.revision).where(
            KnowledgeBaseRevision.knowledge_base_id.in_(knowledge_base_ids)
        )
    )
    known: dict[UUID, int] = dict(rows.all())
    return frozenset((each, known.get(each, 0)) for each in knowledge_base_ids)


async def forget_searches(session: AsyncSession) -> int:
    """One more revision for every knowledge base: what was found before the index was mended is not used again."""
    return await next_revision(session, (await session.scalars(select(KnowledgeBaseRevision.knowledge_base_id))).all())


async def touch(session: AsyncSession, document_ids: Sequence[UUID], *, left: Collection[UUID] = ()) -> int:
    """Marks documents as changed for the index, at one new revision. `left`: knowledge bases they were moved from."""
    batches = [document_ids[start : start + _BATCH] for start in range(0, len(document_ids), _BATCH)]
    shelves = set(left)
    for batch in batches:
        # Documents before the revision, as whoever publishes locks them: the other way round two of us could wait for
        # each other.
        locked = select(Document.knowledge_base_id).where(Document.id.in_(batch)).order_by(Document.id)
        shelves |= set(await session.scalars(locked.with_for_update()))
    revision = await next_revision(session, shelves)
    for batch in batches:
        await session.execute(
            update(Document)
            .where(Document.id.in_(batch))
            .values(index_revision=revision, updated_at=now())
            .execution_options(synchronize_session="fetch")
        )
    return revision


async def changed_documents(session: AsyncSession, after: tuple[int, UUID], limit: int) -> Sequence[Document]:
    """Documents whose last change the index has not followed, in the order of their revisions."""
    return (
        await session.scalars(
            select(Document)
            .where(tuple_(Document.index_revision, Document.id) > after, Document.index_revision > 0)
            .order_by(Document.index_revision, Document.id)
            .limit(limit)
        )
    ).all()


async def documents_by_id(session: AsyncSession, document_ids: Sequence[UUID]) -> Sequence[Document]:
    """In the order of their ids."""
    return (await session.scalars(select(Document).where(Document.id.in_(document_ids)).order_by(Document.id))).all()


@dataclass(frozen=True, slots=True)
class ChunkRow:
    id: UUID
    version_id: UUID
    terms: bytes
    vector: bytes | None


async def chunk_rows(session: AsyncSession, version_ids: Sequence[UUID], model: str) -> Sequence[ChunkRow]:
    """Everything the index needs of these versions, in the order of versions and ordinals."""
    rows = await session.execute(
        select(Chunk.id, Chunk.version_id, Chunk.terms, ChunkVector.vector)
        .outerjoin(ChunkVector, and_(ChunkVector.chunk_id == Chunk.id, ChunkVector.model == model))
        .where(Chunk.version_id.in_(version_ids))
        .order_by(Chunk.version_id, Chunk.ordinal)
    )
    return [ChunkRow(*row) for row in rows]


async def deleted_knowledge_bases(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    return set(
        await session.scalars(
            select(KnowledgeBase.id).where(KnowledgeBase.id.in_(ids), KnowledgeBase.deleted_at.is_not(None))
        )
    )


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """What the rows say should be in the index."""

    tenant_id: UUID
    document_id: UUID
    version_id: UUID
    chunk_count: int
    chunks: int
    vectors: int
    blob_key: str | None


async def stored_versions(session: AsyncSession, model: str) -> Sequence[StoredVersion]:
    """Every living document's active version with the chunks and vectors it really has."""
    rows = await session.execute(
        select(
            Document.tenant_id,
            Document.id,
            DocumentVersion.id,
            DocumentVersion.chunk_count,
            func.count(Chunk.id),
            func.count(ChunkVector.chunk_id),
            DocumentVersion.blob_key,
        )
        .join(DocumentVersion, DocumentVersion.id == Document.active_version_id)
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .outerjoin(Chunk, Chunk.version_id == DocumentVersion.id)
        .outerjoin(ChunkVector, and_(ChunkVector.chunk_id == Chunk.id, ChunkVector.model == model))
        .where(Document.deleted_at.is_(None), KnowledgeBase.deleted_at.is_(None))
        .group_by(
            Document.tenant_id, Document.id, DocumentVersion.id, DocumentVersion.chunk_count, DocumentVersion.blob_key
        )
    )
    return [StoredVersion(*row) for row in rows]


async def count_stray_chunks(session: AsyncSession) -> int:
    """Chunks of versions that are neither active nor being built: nothing should ever leave any."""
    return (
        await session.scalar(
            select(func.count())
            .select_from(Chunk)
            .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
            .where(DocumentVersion.state.in_(("superseded", "failed")))
        )
    ) or 0


async def waiting_versions(session: AsyncSession) -> Sequence[tuple[UUID, UUID]]:
    """Document and version of everything that is still to be processed. What a deleted conversation holds is not: it
    is queued again if the conversation comes back."""
    rows = await session.execute(
        select(Document.id, DocumentVersion.id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .where(
            Document.deleted_at.is_(None),
            KnowledgeBase.deleted_at.is_(None),
            Document.state.in_(("uploaded", "queued", "processing")),
            DocumentVersion.state == "building",
        )
    )
    return [(document_id, version_id) for document_id, version_id in rows]


async def open_job_subjects(session: AsyncSession, kind: str, key: str) -> set[str]:
    """What the waiting and running jobs of a kind are about."""
    rows = await session.scalars(select(Job.payload).where(Job.kind == kind, Job.state.in_(("queued", "running"))))
    return {str(payload[key]) for payload in rows}


async def tenants_with_documents(session: AsyncSession) -> set[UUID]:
    """Every tenant that ever had a document."""
    return set(await session.scalars(select(Document.tenant_id).distinct()))
