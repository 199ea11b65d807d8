"""SQL of the agents room. Documents are looked up as `knowledge.queries.readable` says, by everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeVarTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, extract, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.filters import visible
from nexus.access.models import ResourceKind
from nexus.access.principal import Principal
from nexus.identity.models import Department
from nexus.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase
from nexus.knowledge.queries import readable

Grouping = Literal["kind", "knowledge_base", "department", "language", "year"]

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


def within(query: Select[*Columns], bounds: Bounds) -> Select[*Columns]:
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


def _named(query: Select[*Columns], name: str) -> Select[*Columns]:
    if not name:
        return query
    return query.where(or_(*(one.icontains(name, autoescape=True) for one in (Document.name, Document.title))))


async def list_documents(
    session: AsyncSession,
    principal: Principal,
    bounds: Bounds,
    *,
    name: str = "",
    after: tuple[str, UUID] | None = None,
    limit: int,
) -> list[ListedDocument]:
    """A page of the readable documents within the bounds whose name or title holds `name`."""
    query = _named(within(readable(principal, select(Document, KnowledgeBase.name)), bounds), name)
    if after is not None:
        query = query.where(tuple_(Document.name, Document.id) > after)
    rows = await session.execute(query.order_by(Document.name, Document.id).limit(limit))
    return [_listed(one, shelf) for one, shelf in rows]


def _listed(one: Document, shelf: str) -> ListedDocument:
    return ListedDocument(one.id, one.name, one.title, shelf, one.modified_at, one.page_count)


@dataclass(frozen=True, slots=True)
class Counted:
    """Readable documents, and how many of them have a text to look through."""

    documents: int
    with_text: int

    @property
    def without_text(self) -> int:
        return self.documents - self.with_text


async def count_documents(session: AsyncSession, principal: Principal, bounds: Bounds, *, name: str = "") -> Counted:
    """Those that `list_documents` pages through."""
    query = _named(
        within(readable(principal, select(func.count(), func.count(Document.active_version_id))), bounds), name
    )
    documents, with_text = (await session.execute(query)).one()
    return Counted(documents, with_text)


def _grouped(by: Grouping) -> ColumnElement[Any]:
    columns: dict[Grouping, Any] = {
        "kind": Document.media_type,
        "knowledge_base": KnowledgeBase.name,
        "department": func.coalesce(Department.name, ""),
        "language": Document.language,
        "year": extract("year", Document.modified_at),
    }
    return columns[by]


def _beside_departments(query: Select[*Columns], by: Grouping) -> Select[*Columns]:
    if by != "department":
        return query
    return query.outerjoin(Department, Department.id == KnowledgeBase.department_id)


async def count_by(
    session: AsyncSession, principal: Principal, bounds: Bounds, by: Grouping, *, name: str = ""
) -> list[tuple[str, int]]:
    """The same by what they are or where they stand, the most first; of kinds, by media type."""
    column = _grouped(by)
    query = _named(within(readable(principal, select(column, func.count())), bounds), name)
    rows = await session.execute(_beside_departments(query, by).group_by(column).order_by(func.count().desc(), column))
    return [(str(value), count) for value, count in rows]


async def one_of_each(
    session: AsyncSession, principal: Principal, bounds: Bounds, by: Grouping, *, name: str = ""
) -> list[ListedDocument]:
    """One document for each of the groups: whoever may read none of a group any more shall not go on reading of it."""
    place = func.row_number().over(partition_by=_grouped(by), order_by=Document.id).label("place")
    query = _named(within(readable(principal, select(Document.id, place)), bounds), name)
    firsts = _beside_departments(query, by).subquery()
    rows = await session.execute(
        select(Document, KnowledgeBase.name)
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .join(firsts, firsts.c.id == Document.id)
        .where(firsts.c.place == 1)
    )
    return [_listed(one, shelf) for one, shelf in rows]


async def ids_with_text(session: AsyncSession, principal: Principal, bounds: Bounds, *, name: str = "") -> list[UUID]:
    """Of `list_documents`, those that have a text, in the order of their names."""
    query = _named(within(readable(principal, select(Document.id)), bounds), name)
    query = query.where(Document.active_version_id.is_not(None))
    return list(await session.scalars(query.order_by(Document.name, Document.id)))


@dataclass(frozen=True, slots=True)
class TextOf:
    document: ListedDocument
    version_id: UUID
    text: str


async def texts_holding(
    session: AsyncSession, principal: Principal, document_ids: Sequence[UUID], part: str
) -> list[TextOf]:
    """Of these documents, those still readable in whose text `part` stands somewhere, in any case."""
    active = DocumentVersion.id == Document.active_version_id
    chosen = select(Document, KnowledgeBase.name, DocumentVersion.id, DocumentVersion.text)
    query = readable(principal, chosen).join(DocumentVersion, active).where(Document.id.in_(document_ids))
    if part:
        query = query.where(DocumentVersion.text.icontains(part, autoescape=True))
    return [
        TextOf(_listed(one, shelf), version_id, text or "")
        for one, shelf, version_id, text in await session.execute(query.order_by(Document.name, Document.id))
    ]


async def chunks_holding(session: AsyncSession, places: Sequence[tuple[UUID, int]]) -> dict[UUID, UUID]:
    """By version, the chunk in which a character of its text stands; texts take another lock."""
    found: dict[UUID, UUID] = {}
    for version_id, start in places:
        query = select(Chunk.id).where(Chunk.version_id == version_id, Chunk.start <= start)
        chunk_id = await session.scalar(query.order_by(Chunk.start.desc()).limit(1))
        if chunk_id is not None:
            found[version_id] = chunk_id
    return found


async def first_chunks(session: AsyncSession, document_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """By document, the chunk with which its active version begins; texts take another lock."""
    rows = await session.execute(
        select(Document.id, Chunk.id)
        .join(Chunk, Chunk.version_id == Document.active_version_id)
        .where(Document.id.in_(document_ids), Chunk.ordinal == 0)
    )
    return dict(rows.all())


async def department_names(session: AsyncSession, shelf_ids: Sequence[UUID]) -> dict[UUID, str]:
    """By knowledge base, the name of the department that it belongs to, where it belongs to one."""
    rows = await session.execute(
        select(KnowledgeBase.id, Department.name)
        .join(Department, Department.id == KnowledgeBase.department_id)
        .where(KnowledgeBase.id.in_(shelf_ids))
    )
    return dict(rows.all())


async def find_document(
    session: AsyncSession, principal: Principal, bounds: Bounds, document_id: UUID
) -> Document | None:
    """One that may be read at this moment, and lies within the bounds."""
    return await session.scalar(within(readable(principal, select(Document)), bounds).where(Document.id == document_id))


async def chunks_around(session: AsyncSession, version_id: UUID, first: int, count: int) -> list[UUID]:
    """Ids of up to `count` neighbouring chunks from the ordinal `first` on; their texts take another lock."""
    here = Chunk.version_id == version_id, Chunk.ordinal >= first
    return list(await session.scalars(select(Chunk.id).where(*here).order_by(Chunk.ordinal).limit(count)))


async def count_chunks(session: AsyncSession, version_id: UUID) -> int:
    return await session.scalar(select(func.count()).where(Chunk.version_id == version_id)) or 0
