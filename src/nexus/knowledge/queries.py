"""SQL of the knowledge room. Whatever a person asked for goes through `access.filters`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only, undefer

from nexus.access import queries as grants
from nexus.access.filters import governed, readable_document, visible
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Principal
from nexus.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase

INDEX_TOPIC = "index"
_BATCH = 5000
"""Ids a statement carries at most; PostgreSQL's protocol ends at 32,767 parameters."""

_CITED_OF_DOCUMENT = (Document.name, Document.title, Document.media_type, Document.modified_at, Document.source_url)

Columns = TypeVarTuple("Columns")


# --- knowledge bases -----------------------------------------------------------------------------


def _seen(principal: Principal) -> ColumnElement[bool]:
    """Knowledge bases whose existence the principal may know: granted ones, and the shared ones for who governs."""
    return or_(
        visible(principal, ResourceKind.KNOWLEDGE_BASE, KnowledgeBase.id, KnowledgeBase.tenant_id),
        governed(principal, KnowledgeBase.tenant_id, KnowledgeBase.personal),
    )


async def find_knowledge_base(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID
) -> KnowledgeBase | None:
    return await session.scalar(
        select(KnowledgeBase).where(
            KnowledgeBase.id == knowledge_base_id, KnowledgeBase.deleted_at.is_(None), _seen(principal)
        )
    )


async def list_knowledge_bases(
    session: AsyncSession,
    principal: Principal,
    *,
    name: str | None,
    search: str | None = None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> Sequence[KnowledgeBase]:
    query = select(KnowledgeBase).where(KnowledgeBase.deleted_at.is_(None), _seen(principal))
    if name is not None:
        query = query.where(KnowledgeBase.name == name)
    if search:
        query = query.where(KnowledgeBase.name.icontains(search, autoescape=True))
    if after:
        query = query.where(tuple_(KnowledgeBase.name, KnowledgeBase.id) > after)
    return (await session.scalars(query.order_by(KnowledgeBase.name, KnowledgeBase.id).limit(limit))).all()


async def levels(session: AsyncSession, principal: Principal, knowledge_base_ids: Sequence[UUID]) -> dict[UUID, Level]:
    """The principal's own level on each; absent where they hold none."""
    return await grants.levels(session, principal, ResourceKind.KNOWLEDGE_BASE, knowledge_base_ids)


async def manages_any(session: AsyncSession, principal: Principal) -> bool:
    """Whether the principal holds manage on anything that is granted by name: a knowledge base, or an agent."""
    if not principal.may_manage:
        return False
    found = select(Grant.id).where(
        Grant.tenant_id == principal.tenant_id,
        Grant.subject.in_(principal.subjects),
        Grant.resource_kind.in_((ResourceKind.KNOWLEDGE_BASE, ResourceKind.AGENT)),
        Grant.level == Level.MANAGE,
    )
    return await session.scalar(found.limit(1)) is not None


async def count_documents(
    session: AsyncSession, principal: Principal, knowledge_base_ids: Sequence[UUID]
) -> dict[UUID, dict[str, int]]:
    """Readable documents by state, for each knowledge base."""
    rows = await session.execute(
        readable(principal, select(Document.knowledge_base_id, Document.state, func.count()))
        .where(Document.knowledge_base_id.in_(knowledge_base_ids))
        .group_by(Document.knowledge_base_id, Document.state)
    )
    counts: dict[UUID, dict[str, int]] = {}
    for knowledge_base_id, state, count in rows:
        counts.setdefault(knowledge_base_id, {})[state] = count
    return counts


async def readable_of_department(session: AsyncSession, principal: Principal, department_id: UUID) -> set[UUID]:
    """Knowledge bases that belong to the department and that the principal may read."""
    return set(
        await session.scalars(
            select(KnowledgeBase.id).where(
                KnowledgeBase.department_id == department_id,
                KnowledgeBase.deleted_at.is_(None),
                visible(principal, ResourceKind.KNOWLEDGE_BASE, KnowledgeBase.id, KnowledgeBase.tenant_id),
            )
        )
    )


async def progress(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> tuple[int, int]:
    """Pages and chunks of the readable documents' active versions."""
    row = (
        await session.execute(
            readable(principal, select(func.sum(DocumentVersion.page_count), func.sum(DocumentVersion.chunk_count)))
            .join(DocumentVersion, DocumentVersion.id == Document.active_version_id)
            .where(Document.knowledge_base_id == knowledge_base_id)
        )
    ).one()
    return int(row[0] or 0), int(row[1] or 0)


async def find_knowledge_base_row(session: AsyncSession, knowledge_base_id: UUID) -> KnowledgeBase | None:
    """Without a principal: for jobs."""
    return await session.scalar(
        select(KnowledgeBase).where(KnowledgeBase.id == knowledge_base_id, KnowledgeBase.deleted_at.is_(None))
    )


# --- documents -----------------------------------------------------------------------------------


def readable(principal: Principal, query: Select[*Columns]) -> Select[*Columns]:
    """The one shape in which documents are looked up for a person."""
    return once_readable(principal, query).where(Document.deleted_at.is_(None))


def once_readable(principal: Principal, query: Select[*Columns]) -> Select[*Columns]:
    """As `readable`, deleted documents too: for saying that they were deleted."""
    joined = query.select_from(Document).join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
    return joined.where(
        KnowledgeBase.deleted_at.is_(None),
        may_read(principal),
    )


def may_read(principal: Principal) -> ColumnElement[bool]:
    return readable_document(
        principal,
        document_id=Document.id,
        knowledge_base_id=Document.knowledge_base_id,
        tenant_id=Document.tenant_id,
        restricted=Document.restricted,
    )


async def lock_document(session: AsyncSession, document_id: UUID) -> Document | None:
    """Without a principal: for jobs."""
    return await session.scalar(select(Document).where(Document.id == document_id).with_for_update())


async def find_document(session: AsyncSession, principal: Principal, document_id: UUID) -> Document | None:
    return await session.scalar(readable(principal, select(Document)).where(Document.id == document_id))


async def readable_ids(session: AsyncSession, principal: Principal, document_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these the principal may read at this moment."""
    found: set[UUID] = set()
    for start in range(0, len(document_ids), _BATCH):
        batch = document_ids[start : start + _BATCH]
        found |= set(await session.scalars(readable(principal, select(Document.id)).where(Document.id.in_(batch))))
    return found


async def readable_restricted(
    session: AsyncSession, principal: Principal, knowledge_base_ids: Collection[UUID]
) -> list[UUID]:
    """The restricted documents in them that the principal may read, in the order of their ids."""
    query = readable(principal, select(Document.id)).where(
        Document.knowledge_base_id.in_(knowledge_base_ids), Document.restricted.is_(True)
    )
    return sorted(await session.scalars(query))


async def readable_languages(
    session: AsyncSession, principal: Principal, knowledge_base_ids: Collection[UUID]
) -> dict[str, int]:
    """How many readable documents are in each language."""
    rows = await session.execute(
        readable(principal, select(Document.language, func.count()))
        .where(Document.knowledge_base_id.in_(knowledge_base_ids), Document.active_version_id.is_not(None))
        .group_by(Document.language)
    )
    return dict(rows.all())


async def find_readable_at(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, path: str
) -> Document | None:
    """The readable document of that path; one that is hidden from the principal is as if it were not there."""
    return await session.scalar(
        readable(principal, select(Document))
        .where(Document.knowledge_base_id == knowledge_base_id, Document.path == path)
        .order_by(Document.restricted)
        .limit(1)
        .with_for_update(of=Document)
    )


async def add_document(session: AsyncSession, document: Document) -> bool:
    """False when somebody else has just taken the path."""
    try:
        async with session.begin_nested():
            session.add(document)
    except IntegrityError:
        return False
    return True


async def find_same_content(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, sha256: str, *, not_id: UUID
) -> UUID | None:
    """Another readable document of the knowledge base with the same bytes."""
    return await session.scalar(
        readable(principal, select(Document.id))
        .where(Document.knowledge_base_id == knowledge_base_id, Document.sha256 == sha256, Document.id != not_id)
        .limit(1)
    )


async def personal_of(session: AsyncSession, user_id: UUID) -> Sequence[KnowledgeBase]:
    """Whoever asks, deleted ones too: for the end of an account, never for showing."""
    theirs = KnowledgeBase.created_by == user_id, KnowledgeBase.personal.is_(True), KnowledgeBase.purged_at.is_(None)
    return (await session.scalars(select(KnowledgeBase).where(*theirs))).all()


async def documents_of(session: AsyncSession, knowledge_base_id: UUID) -> Sequence[Document]:
    return (
        await session.scalars(
            select(Document).where(Document.knowledge_base_id == knowledge_base_id, Document.deleted_at.is_(None))
        )
    ).all()


# --- versions and chunks -------------------------------------------------------------------------


async def find_version(session: AsyncSession, version_id: UUID, *, with_text: bool = False) -> DocumentVersion | None:
    options = [undefer(DocumentVersion.text)] if with_text else []
    return await session.scalar(select(DocumentVersion).where(DocumentVersion.id == version_id).options(*options))


async def versions_of(session: AsyncSession, document_id: UUID) -> Sequence[DocumentVersion]:
    """Newest first."""
    return (
        await session.scalars(
            select(DocumentVersion)
            .where(DocumentVersion.document_id == document_id)
            .order_by(DocumentVersion.number.desc())
        )
    ).all()


async def text_length(session: AsyncSession, version_id: UUID) -> int:
    """Characters of a version's text; 0 while it has none."""
    length = select(func.length(DocumentVersion.text)).where(DocumentVersion.id == version_id)
    return await session.scalar(length) or 0


async def text_slice(session: AsyncSession, version_id: UUID, start: int, end: int) -> str:
    """Characters `[start, end)` of a version's text, cut by the database."""
    return (
        await session.scalar(
            select(func.substr(DocumentVersion.text, start + 1, max(0, end - start))).where(
                DocumentVersion.id == version_id
            )
        )
    ) or ""


async def list_chunks(session: AsyncSession, version_id: UUID, *, after: int, limit: int) -> Sequence[Chunk]:
    return (
        await session.scalars(
            select(Chunk)
            .where(Chunk.version_id == version_id, Chunk.ordinal > after)
            .order_by(Chunk.ordinal)
            .limit(limit)
        )
    ).all()


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk with what a reader needs to know about where it is from; of the rest, what a citation names is loaded."""

    chunk: Chunk
    document: Document
    version: DocumentVersion
    knowledge_base: KnowledgeBase


_CHUNK_IDS = "chunk_ids"


def _readable_chunks(principal: Principal, query: Select[*Columns]) -> Select[*Columns]:
    """The second lock: of the chunks `_CHUNK_IDS`, those of active versions the principal may read at this moment."""
    # Both ways between document and version are said, so that the database may begin at the few chunks that are named.
    active = and_(DocumentVersion.id == Document.active_version_id, DocumentVersion.document_id == Document.id)
    joined = (
        readable(principal, query).join(DocumentVersion, active).join(Chunk, Chunk.version_id == DocumentVersion.id)
    )
    return joined.where(Chunk.id.in_(bindparam(_CHUNK_IDS, expanding=True)))


# Whoever asks once asks again, and building such a statement costs as much as running it.
@lru_cache(maxsize=512)
def _texts(principal: Principal) -> Select[UUID, str, str]:
    return _readable_chunks(principal, select(Chunk.id, Chunk.context, Chunk.text))


@lru_cache(maxsize=512)
def _passages(principal: Principal) -> Select[Chunk, Document, DocumentVersion, KnowledgeBase]:
    return _readable_chunks(principal, select(Chunk, Document, DocumentVersion, KnowledgeBase)).options(
        load_only(*_CITED_OF_DOCUMENT, raiseload=True),
        load_only(DocumentVersion.pages, DocumentVersion.number, DocumentVersion.created_at, raiseload=True),
        load_only(KnowledgeBase.name, raiseload=True),
    )


async def readable_texts(session: AsyncSession, principal: Principal, chunk_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The texts of these chunks below their context lines, as far as the principal may read them at this moment."""
    if not chunk_ids:
        return {}
    rows = await session.execute(_texts(principal), {_CHUNK_IDS: chunk_ids})
    return {chunk_id: f"{context}\n{text}" if context else text for chunk_id, context, text in rows}


async def readable_passages(
    session: AsyncSession, principal: Principal, chunk_ids: Sequence[UUID]
) -> dict[UUID, Passage]:
    """These chunks and where they are from, as far as the principal may read them at this moment."""
    if not chunk_ids:
        return {}
    rows = await session.execute(_passages(principal), {_CHUNK_IDS: chunk_ids})
    return {chunk.id: Passage(chunk, document, version, shelf) for chunk, document, version, shelf in rows}


@dataclass(frozen=True, slots=True)
class Source:
    """A document as a citation names it."""

    document: Document
    knowledge_base: KnowledgeBase


async def readable_sources(
    session: AsyncSession, principal: Principal, document_ids: Sequence[UUID]
) -> dict[UUID, Source]:
    """Of these documents, those the principal may read at this moment."""
    if not document_ids:
        return {}
    rows = await session.execute(
        readable(principal, select(Document, KnowledgeBase)).where(Document.id.in_(document_ids))
    )
    return {document.id: Source(document, shelf) for document, shelf in rows}
