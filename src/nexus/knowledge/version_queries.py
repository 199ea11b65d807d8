"""SQL of versions: those that are named, what is kept of them, and what goes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, distinct, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from nexus.knowledge.models import (
    Chunk,
    Document,
    DocumentRules,
    DocumentVersion,
    KnowledgeBase,
    RecognisedPage,
    SheetTable,
)

PRUNED: Final = "pruned"
"""The state of a version that nobody sees any more and whose file is about to go."""
BATCH: Final = 200
_KEPT = func.coalesce(KnowledgeBase.kept_versions, DocumentRules.kept_versions)


@dataclass(frozen=True, slots=True)
class VersionFacts:
    number: int
    created_at: datetime


async def version_facts(session: AsyncSession, version_ids: Collection[UUID]) -> dict[UUID, VersionFacts]:
    """Of these versions, those that are kept. Without a principal: of documents that the caller knows to be read."""
    if not version_ids:
        return {}
    rows = await session.execute(
        select(DocumentVersion.id, DocumentVersion.number, DocumentVersion.created_at).where(
            DocumentVersion.id.in_(version_ids), DocumentVersion.state != PRUNED
        )
    )
    return {row[0]: VersionFacts(row[1], row[2]) for row in rows}


async def headings_between(
    session: AsyncSession, version_id: UUID, start: int, end: int
) -> Sequence[tuple[int, int, list[str]]]:
    """Start, end and headings of the passages that touch the span, in order."""
    rows = await session.execute(
        select(Chunk.start, Chunk.end, Chunk.heading_path)
        .where(Chunk.version_id == version_id, Chunk.start <= end, Chunk.end >= start)
        .order_by(Chunk.ordinal)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def kept_versions(session: AsyncSession, document_id: UUID) -> int | None:
    """How many former contents the document's knowledge base, or its tenant, keeps; None: all."""
    found = (
        select(_KEPT)
        .select_from(Document)
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .outerjoin(DocumentRules, DocumentRules.tenant_id == Document.tenant_id)
        .where(Document.id == document_id)
    )
    return await session.scalar(found)


async def crowded_documents(session: AsyncSession, after: UUID | None) -> Sequence[tuple[UUID, UUID]]:
    """Living documents that keep more former contents than they should, or have a version that is about to go: a batch
    of them with their tenants, in the order of their ids."""
    active = aliased(DocumentVersion)
    former = (DocumentVersion.state == "superseded") & DocumentVersion.sha256.not_in(
        (Document.sha256, func.coalesce(active.sha256, ""))
    )
    pruned = DocumentVersion.state == PRUNED
    query = (
        select(Document.id, Document.tenant_id)
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .outerjoin(DocumentRules, DocumentRules.tenant_id == Document.tenant_id)
        .join(DocumentVersion, DocumentVersion.document_id == Document.id)
        .outerjoin(active, active.id == Document.active_version_id)
        .where(
            Document.deleted_at.is_(None),
            KnowledgeBase.deleted_at.is_(None),
            or_(pruned, former & _KEPT.is_not(None)),
        )
        .group_by(Document.id, Document.tenant_id, _KEPT)
        .having(
            or_(
                func.count(distinct(DocumentVersion.sha256)) > _KEPT,
                func.min(DocumentVersion.state) == PRUNED,
            )
        )
    )
    if after is not None:
        query = query.where(Document.id > after)
    return [(row[0], row[1]) for row in await session.execute(query.order_by(Document.id).limit(BATCH))]


async def hide(session: AsyncSession, version_ids: Sequence[UUID]) -> None:
    """Their content goes; the rows keep the names of their files until those are gone."""
    for kind in (Chunk, SheetTable, RecognisedPage):
        await session.execute(delete(kind).where(kind.version_id.in_(version_ids)))
    await session.execute(
        update(DocumentVersion)
        .where(DocumentVersion.id.in_(version_ids))
        .values(state=PRUNED, text=None, pages=[], title="")
    )


async def hidden(session: AsyncSession, document_id: UUID) -> Sequence[tuple[UUID, str | None]]:
    """Versions of the document that are about to go, with their files."""
    rows = await session.execute(
        select(DocumentVersion.id, DocumentVersion.blob_key).where(
            DocumentVersion.document_id == document_id, DocumentVersion.state == PRUNED
        )
    )
    return [(row[0], row[1]) for row in rows]


async def still_named(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Of these files, those of a version that stays."""
    named = select(DocumentVersion.blob_key).where(DocumentVersion.blob_key.in_(keys), DocumentVersion.state != PRUNED)
    return {key for key in await session.scalars(named) if key}


async def delete_versions(session: AsyncSession, version_ids: Sequence[UUID]) -> None:
    await session.execute(delete(DocumentVersion).where(DocumentVersion.id.in_(version_ids)))
