"""SQL of the agents room. Documents are looked up as `knowledge.queries.readable` says, by everybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import Select, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.filters import visible
from nexus.access.models import ResourceKind
from nexus.access.principal import Principal
from nexus.knowledge.models import Chunk, Document, KnowledgeBase
from nexus.knowledge.queries import readable

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Where a run may look; None does not narrow."""

    knowledge_bases: frozenset[UUID] | None = None
    media_types: frozenset[str] | None = None
    modified_from: datetime | None = None
    modified_before: datetime | None = None


async def readable_shelves(
    session: AsyncSession,
    principal: Principal,
    bounds: Bounds,
    department_id: UUID | None = None,
    attached: UUID | None = None,
) -> dict[UUID, str]:
    """Knowledge bases within the bounds that the principal may read, with their names; those of the department, and
    the one on which the conversation's files stand."""
    query = select(KnowledgeBase.id, KnowledgeBase.name).where(
        KnowledgeBase.deleted_at.is_(None),
        visible(principal, ResourceKind.KNOWLEDGE_BASE, KnowledgeBase.id, KnowledgeBase.tenant_id),
    )
    if bounds.knowledge_bases is not None:
        query = query.where(KnowledgeBase.id.in_(bounds.knowledge_bases))
    if department_id is not None:
        query = query.where(or_(KnowledgeBase.department_id == department_id, KnowledgeBase.id == attached))
    return dict((await session.execute(query.order_by(KnowledgeBase.name))).all())


def _within(query: Select[*Columns], bounds: Bounds) -> Select[*Columns]:
    if bounds.knowledge_bases is not None:
        query = query.where(Document.knowledge_base_id.in_(bounds.knowledge_bases))
    if bounds.media_types is not None:
        query = query.where(Document.media_type.in_(bounds.media_types))
    if bounds.modified_from is not None:
        query = query.where(Document.modified_at >= bounds.modified_from)
    if bounds.modified_before is not None:
        query = query.where(Document.modified_at < bounds.modified_before)
    return query


@dataclass(frozen=True, slots=True)
class ListedDocument:
    id: UUID
    name: str
    title: str
    knowledge_base: str
    modified_at: datetime
    pages: int | None


async def list_documents(
    session: AsyncSession,
    principal: Principal,
    bounds: Bounds,
    *,
    name: str,
    after: tuple[str, UUID] | None,
    limit: int,
) -> tuple[int, list[ListedDocument]]:
    """How many readable documents there are within the bounds whose name or title holds `name`, and a page of them."""
    query = _within(readable(principal, select(Document, KnowledgeBase.name)), bounds)
    if name:
        matches = (column.icontains(name, autoescape=True) for column in (Document.name, Document.title))
        query = query.where(or_(*matches))
    count = await session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True)) or 0
    if after is not None:
        query = query.where(tuple_(Document.name, Document.id) > after)
    rows = await session.execute(query.order_by(Document.name, Document.id).limit(limit))
    return count, [
        ListedDocument(one.id, one.name, one.title, shelf, one.modified_at, one.page_count) for one, shelf in rows
    ]


async def find_document(
    session: AsyncSession, principal: Principal, bounds: Bounds, document_id: UUID
) -> Document | None:
    """One that may be read at this moment, and lies within the bounds."""
    return await session.scalar(
        _within(readable(principal, select(Document)), bounds).where(Document.id == document_id)
    )


async def chunks_around(session: AsyncSession, version_id: UUID, first: int, count: int) -> list[UUID]:
    """Ids of up to `count` neighbouring chunks from the ordinal `first` on; their texts take another lock."""
    here = Chunk.version_id == version_id, Chunk.ordinal >= first
    return list(await session.scalars(select(Chunk.id).where(*here).order_by(Chunk.ordinal).limit(count)))


async def count_chunks(session: AsyncSession, version_id: UUID) -> int:
    return await session.scalar(select(func.count()).where(Chunk.version_id == version_id)) or 0
