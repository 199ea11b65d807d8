"""SQL of ingestion: it writes what `knowledge` reads."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.knowledge.models import (
    Chunk,
    ChunkVector,
    Document,
    DocumentVersion,
    IndexState,
    KnowledgeBase,
    RecognisedPage,
    SheetTable,
)


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


async def count_chunks(session: AsyncSession, version_id: UUID) -> int:
    return await session.scalar(select(func.count()).select_from(Chunk).where(Chunk.version_id == version_id)) or 0


async def delete_chunks_from(session: AsyncSession, version_id: UUID, ordinal: int) -> None:
    """Removes the version's chunks from `ordinal` on, vectors included."""
    ids = select(Chunk.id).where(Chunk.version_id == version_id, Chunk.ordinal >= ordinal).scalar_subquery()
    await session.execute(delete(ChunkVector).where(ChunkVector.chunk_id.in_(ids)))
    await session.execute(delete(Chunk).where(Chunk.version_id == version_id, Chunk.ordinal >= ordinal))


async def replace_tables(session: AsyncSession, version_id: UUID, tables: Sequence[dict[str, Any]]) -> None:
    """The tables of a version, and no others."""
    await session.execute(delete(SheetTable).where(SheetTable.version_id == version_id))
    if tables:
        await session.execute(insert(SheetTable), tables)


async def forget_file(session: AsyncSession, document_id: UUID, key: str) -> None:
    """One file is gone; versions that were made from it keep their text."""
    await session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.document_id == document_id, DocumentVersion.blob_key == key)
        .values(blob_key=None)
    )


async def is_file_awaited(session: AsyncSession, document_id: UUID, key: str) -> bool:
    """Whether a version is still to be made from the file."""
    found = await session.scalar(
        select(DocumentVersion.id)
        .where(
            DocumentVersion.document_id == document_id,
            DocumentVersion.blob_key == key,
            DocumentVersion.state == "building",
        )
        .limit(1)
    )
    return found is not None


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


async def count_pages(session: AsyncSession, version_id: UUID, *, read: bool = False) -> int:
    """How many pages of the version are pictures to be recognised, or have been `read`."""
    query = select(func.count()).select_from(RecognisedPage).where(RecognisedPage.version_id == version_id)
    return await session.scalar(query.where(RecognisedPage.is_read) if read else query) or 0


async def next_page(session: AsyncSession, version_id: UUID) -> int | None:
    return await session.scalar(
        select(func.min(RecognisedPage.number)).where(
            RecognisedPage.version_id == version_id, RecognisedPage.is_read.is_(False)
        )
    )


async def store_page(session: AsyncSession, version_id: UUID, number: int, **found: Any) -> None:
    await session.execute(
        update(RecognisedPage)
        .where(RecognisedPage.version_id == version_id, RecognisedPage.number == number)
        .values(is_read=True, **found)
    )


async def failed_pages(session: AsyncSession, version_id: UUID) -> tuple[str, int]:
    """The commonest reason why pages of the version could not be recognised, and how many could not."""
    rows = await session.execute(
        select(RecognisedPage.failure, func.count())
        .where(RecognisedPage.version_id == version_id, RecognisedPage.failure.is_not(None))
        .group_by(RecognisedPage.failure)
        .order_by(func.count().desc())
    )
    found = [(code or "", count) for code, count in rows.all()]
    return (found[0][0], sum(count for _, count in found)) if found else ("", 0)
