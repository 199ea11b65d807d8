"""SQL of what was deleted and can still be restored."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from nexus.access.filters import governed, restorable_document, visible
from nexus.access.models import Level, ResourceKind
from nexus.access.principal import Principal
from nexus.core.clock import now
from nexus.knowledge.models import Document, DocumentRules, DocumentVersion, KnowledgeBase


@dataclass(frozen=True, slots=True)
class DeletedDocument:
    document: Document
    taken: bool
    """Whether a living document has its path."""


def _taken() -> ColumnElement[bool]:
    other = aliased(Document)
    return exists(
        select(other.id).where(
            other.knowledge_base_id == Document.knowledge_base_id,
            other.path == Document.path,
            other.deleted_at.is_(None),
            other.restricted.is_(False),
            Document.restricted.is_(False),
        )
    )


def _restorable(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    return (
        Document.deleted_at.is_not(None),
        Document.purged_at.is_(None),
        Document.purge_after > now(),
        KnowledgeBase.deleted_at.is_(None),
        KnowledgeBase.conversation_id.is_(None),
        restorable_document(
            principal,
            document_id=Document.id,
            knowledge_base_id=Document.knowledge_base_id,
            tenant_id=Document.tenant_id,
            restricted=Document.restricted,
        ),
    )


async def list_documents(
    session: AsyncSession,
    principal: Principal,
    knowledge_base_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[DeletedDocument]:
    """The last deleted first."""
    query = (
        select(Document, _taken())
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .where(Document.knowledge_base_id == knowledge_base_id, *_restorable(principal))
    )
    if after is not None:
        query = query.where(tuple_(Document.deleted_at, Document.id) < after)
    rows = await session.execute(query.order_by(Document.deleted_at.desc(), Document.id.desc()).limit(limit))
    return [DeletedDocument(document, taken) for document, taken in rows]


async def find_document(session: AsyncSession, principal: Principal, document_id: UUID) -> Document | None:
    """Locked, so that it is not purged and restored at once."""
    return await session.scalar(
        select(Document)
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .where(Document.id == document_id, *_restorable(principal))
        .with_for_update(of=Document)
    )


async def is_taken(session: AsyncSession, knowledge_base_id: UUID, path: str) -> bool:
    """Whether a living document has it. Restricted ones take no path: they would tell that they exist."""
    found = select(Document.id).where(
        Document.knowledge_base_id == knowledge_base_id,
        Document.path == path,
        Document.deleted_at.is_(None),
        Document.restricted.is_(False),
    )
    return await session.scalar(found.limit(1)) is not None


async def bring_back(session: AsyncSession, document: Document, path: str) -> bool:
    """Makes it living again; False when somebody else has just taken the path."""
    try:
        async with session.begin_nested():
            document.path, document.name = path, PurePosixPath(path).name
            document.deleted_at = document.deleted_by = document.purge_after = None
            await session.flush()
    except IntegrityError:
        return False
    return True


def _unfinished() -> Select[UUID]:
    return (
        select(DocumentVersion.id)
        .join(Document, Document.id == DocumentVersion.document_id)
        .where(
            DocumentVersion.state == "building",
            Document.deleted_at.is_(None),
            Document.state.in_(("uploaded", "queued", "processing")),
        )
    )


async def unfinished_of_document(session: AsyncSession, document_id: UUID) -> Sequence[UUID]:
    """Versions that are still to be read."""
    return (await session.scalars(_unfinished().where(Document.id == document_id))).all()


async def unfinished_in(session: AsyncSession, knowledge_base_id: UUID) -> Sequence[UUID]:
    return (await session.scalars(_unfinished().where(Document.knowledge_base_id == knowledge_base_id))).all()


# --- knowledge bases -----------------------------------------------------------------------------


def _restorable_shelf(principal: Principal) -> tuple[ColumnElement[bool], ...]:
    kind = ResourceKind.DELETED_KNOWLEDGE_BASE
    return (
        KnowledgeBase.deleted_at.is_not(None),
        KnowledgeBase.purged_at.is_(None),
        KnowledgeBase.purge_after > now(),
        KnowledgeBase.conversation_id.is_(None),
        or_(
            visible(principal, kind, KnowledgeBase.id, KnowledgeBase.tenant_id, level=Level.MANAGE),
            governed(principal, KnowledgeBase.tenant_id, KnowledgeBase.personal),
        ),
    )


async def list_knowledge_bases(
    session: AsyncSession, principal: Principal, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[KnowledgeBase]:
    """Those the principal may restore, the last deleted first."""
    query = select(KnowledgeBase).where(*_restorable_shelf(principal))
    if after is not None:
        query = query.where(tuple_(KnowledgeBase.deleted_at, KnowledgeBase.id) < after)
    found = await session.scalars(query.order_by(KnowledgeBase.deleted_at.desc(), KnowledgeBase.id.desc()).limit(limit))
    return found.all()


async def find_knowledge_base(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID
) -> KnowledgeBase | None:
    """Locked, so that it is not purged and restored at once."""
    return await session.scalar(
        select(KnowledgeBase)
        .where(KnowledgeBase.id == knowledge_base_id, *_restorable_shelf(principal))
        .with_for_update()
    )


async def count_in(session: AsyncSession, knowledge_base_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Documents that come back with each: a number, whoever may read them."""
    rows = await session.execute(
        select(Document.knowledge_base_id, func.count())
        .where(Document.knowledge_base_id.in_(knowledge_base_ids), Document.deleted_at.is_(None))
        .group_by(Document.knowledge_base_id)
    )
    return dict.fromkeys(knowledge_base_ids, 0) | dict(rows.all())


async def ids_in(session: AsyncSession, knowledge_base_id: UUID) -> Sequence[UUID]:
    """Those that were not deleted by themselves."""
    found = select(Document.id).where(Document.knowledge_base_id == knowledge_base_id, Document.deleted_at.is_(None))
    return (await session.scalars(found)).all()


# --- rules ---------------------------------------------------------------------------------------


async def find_rules(session: AsyncSession, tenant_id: UUID) -> DocumentRules | None:
    return await session.get(DocumentRules, tenant_id)
