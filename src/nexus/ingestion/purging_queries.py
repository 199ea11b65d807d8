"""SQL of purges, in batches: each statement takes so many rows at most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.knowledge.models import (
    Chunk,
    ChunkVector,
    Document,
    DocumentVersion,
    KnowledgeBase,
    ResumableUpload,
    SheetTable,
)

CHUNKS: Final = 1000
"""A transaction's: other writers have their turns between two."""
DOCUMENTS: Final = 200


async def lock_knowledge_base(session: AsyncSession, knowledge_base_id: UUID) -> KnowledgeBase | None:
    return await session.scalar(select(KnowledgeBase).where(KnowledgeBase.id == knowledge_base_id).with_for_update())


async def due_documents(session: AsyncSession, after: UUID | None) -> Sequence[tuple[UUID, UUID]]:
    """Id and tenant of a batch of deleted documents whose time has come, in the order of their ids."""
    query = select(Document.id, Document.tenant_id).where(
        Document.deleted_at.is_not(None), Document.purged_at.is_(None), Document.purge_after <= now()
    )
    if after is not None:
        query = query.where(Document.id > after)
    return [(row[0], row[1]) for row in await session.execute(query.order_by(Document.id).limit(DOCUMENTS))]


async def due_knowledge_bases(session: AsyncSession) -> Sequence[tuple[UUID, UUID]]:
    query = select(KnowledgeBase.id, KnowledgeBase.tenant_id).where(
        KnowledgeBase.deleted_at.is_not(None), KnowledgeBase.purged_at.is_(None), KnowledgeBase.purge_after <= now()
    )
    return [(row[0], row[1]) for row in await session.execute(query)]


async def unpurged_in(session: AsyncSession, knowledge_base_id: UUID) -> Sequence[UUID]:
    """A batch of its documents, deleted by themselves or with it."""
    query = select(Document.id).where(Document.knowledge_base_id == knowledge_base_id, Document.purged_at.is_(None))
    return (await session.scalars(query.order_by(Document.id).limit(DOCUMENTS))).all()


async def mark_deleted(session: AsyncSession, document_ids: Sequence[UUID], moment: datetime) -> None:
    """Of a deleted knowledge base: they go with it."""
    await session.execute(
        update(Document)
        .where(Document.id.in_(document_ids))
        .values(deleted_at=moment, purge_after=moment)
        .execution_options(synchronize_session=False)
    )


async def delete_some_chunks(session: AsyncSession, document_id: UUID) -> int:
    """A batch of the document's chunks with their vectors, of whatever version. Returns how many there were."""
    found = select(Chunk.id).join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
    ids = (await session.scalars(found.where(DocumentVersion.document_id == document_id).limit(CHUNKS))).all()
    if ids:
        await session.execute(delete(ChunkVector).where(ChunkVector.chunk_id.in_(ids)))
        await session.execute(delete(Chunk).where(Chunk.id.in_(ids)))
    return len(ids)


async def empty_versions(session: AsyncSession, document_id: UUID) -> set[str]:
    """Their texts and tables go; returns the keys of their files, which the rows keep until the files are gone."""
    versions = select(DocumentVersion.id).where(DocumentVersion.document_id == document_id).scalar_subquery()
    await session.execute(delete(SheetTable).where(SheetTable.version_id.in_(versions)))
    await session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .values(text=None, pages=[], title="", state="superseded")
    )
    keys = select(DocumentVersion.blob_key).where(DocumentVersion.document_id == document_id)
    return {key for key in await session.scalars(keys) if key}


async def is_file_of_others(session: AsyncSession, document_id: UUID, key: str) -> bool:
    other = select(DocumentVersion.id).where(
        DocumentVersion.blob_key == key, DocumentVersion.document_id != document_id
    )
    return await session.scalar(other.limit(1)) is not None


async def delete_versions(session: AsyncSession, document_id: UUID) -> None:
    """And what was kept of the uploads that they came by, which has their name."""
    await session.execute(delete(ResumableUpload).where(ResumableUpload.document_id == document_id))
    await session.execute(delete(DocumentVersion).where(DocumentVersion.document_id == document_id))
