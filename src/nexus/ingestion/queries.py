"""SQL of ingestion: it writes what `knowledge` reads."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.knowledge.models import Chunk, ChunkVector, Document, DocumentVersion, IndexState, KnowledgeBase


async def lock_document(session: AsyncSession, document_id: UUID) -> Document | None:
    return await session.scalar(select(Document).where(Document.id == document_id).with_for_update())


async def newest_number(session: AsyncSession, document_id: UUID) -> int:
    return (
        await session.scalar(select(func.max(DocumentVersion.number)).where(DocumentVersion.document_id == document_id))
        or 0
    )


async def add_chunks(
    session: AsyncSession, chunks: Sequence[dict[str, Any]], vectors: Sequence[dict[str, Any]]
) -> None:
    await session.execute(insert(Chunk), chunks)
    await session.execute(insert(ChunkVector), vectors)


async def delete_chunks_from(session: AsyncSession, version_id: UUID, ordinal: int) -> None:
    """Removes the version's chunks from `ordinal` on, vectors included."""
    ids = select(Chunk.id).where(Chunk.version_id == version_id, Chunk.ordinal >= ordinal).scalar_subquery()
    await session.execute(delete(ChunkVector).where(ChunkVector.chunk_id.in_(ids)))
    await session.execute(delete(Chunk).where(Chunk.version_id == version_id, Chunk.ordinal >= ordinal))


async def erase_versions(session: AsyncSession, document_id: UUID) -> set[str]:
    """Empties every version of a document and returns the keys of its files."""
    versions = (await session.scalars(select(DocumentVersion).where(DocumentVersion.document_id == document_id))).all()
    keys = {v.blob_key for v in versions if v.blob_key}
    for version in versions:
        await delete_chunks_from(session, version.id, 0)
    await session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.document_id == document_id)
        .values(text=None, pages=[], title="", state="superseded", chunk_count=0)
    )
    return keys


async def forget_files(session: AsyncSession, document_id: UUID) -> None:
    """The files of the document's versions are gone."""
    await session.execute(
        update(DocumentVersion).where(DocumentVersion.document_id == document_id).values(blob_key=None)
    )


async def forget_file(session: AsyncSession, document_id: UUID, key: str) -> None:
    """One file is gone; versions that were made from it keep their text."""
    await session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.document_id == document_id, DocumentVersion.blob_key == key)
        .values(blob_key=None)
    )


async def is_original_unwanted(session: AsyncSession, document_id: UUID) -> bool:
    """Whether the document's knowledge base keeps no originals of what is searchable."""
    keeps = await session.scalar(
        select(KnowledgeBase.keep_originals)
        .join(Document, Document.knowledge_base_id == KnowledgeBase.id)
        .where(Document.id == document_id)
    )
    return keeps is False


async def chunks_without_vector(session: AsyncSession, model: str, limit: int) -> Sequence[Chunk]:
    """Chunks of active versions that the model has not embedded yet."""
    return (
        await session.scalars(
            select(Chunk)
            .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
            .outerjoin(ChunkVector, (ChunkVector.chunk_id == Chunk.id) & (ChunkVector.model == model))
            .where(ChunkVector.chunk_id.is_(None), DocumentVersion.state == "active")
            .limit(limit)
        )
    ).all()


async def add_vectors(session: AsyncSession, vectors: Sequence[dict[str, Any]]) -> None:
    """Vectors of chunks that still exist; one that is there already stays."""
    living = set(await session.scalars(select(Chunk.id).where(Chunk.id.in_([v["chunk_id"] for v in vectors]))))
    model = vectors[0]["model"]
    there = set(
        await session.scalars(
            select(ChunkVector.chunk_id).where(ChunkVector.model == model, ChunkVector.chunk_id.in_(living))
        )
    )
    rows = [v for v in vectors if v["chunk_id"] in living - there]
    if rows:
        await session.execute(insert(ChunkVector), rows)


async def change_model(session: AsyncSession, model: str, dimension: int) -> None:
    """Searches use this model's vectors from the next revision on; the others' go."""
    await session.execute(
        update(IndexState)
        .where(IndexState.id == 1)
        .values(embedding_model=model, dimension=dimension, revision=IndexState.revision + 1)
    )
    await session.execute(delete(ChunkVector).where(ChunkVector.model != model))
    await session.execute(
        update(DocumentVersion).where(DocumentVersion.state == "active").values(embedding_model=model)
    )
