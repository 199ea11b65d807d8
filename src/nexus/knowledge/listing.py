"""SQL of documents as tables show them: sorted, filtered, page by page, and what has changed since a moment."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, get_args
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from nexus.access.principal import Principal
from nexus.core.http.pagination import small_number
from nexus.knowledge.models import Document
from nexus.knowledge.queries import readable

Sort = Literal[
    "path", "-path", "name", "-name", "updated", "-updated", "size", "-size", "pages", "-pages", "chunks", "-chunks",
    "state", "-state",
]  # fmt: skip
SORTS: Final = get_args(Sort)

_COLUMNS: Final[dict[str, InstrumentedAttribute[Any]]] = {
    "path": Document.path,
    "name": Document.name,
    "updated": Document.updated_at,
    "size": Document.size,
    "pages": Document.page_count,
    "chunks": Document.chunk_count,
    "state": Document.state,
}
_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "path": str,
    "name": str,
    "updated": datetime.fromisoformat,
    "size": int,
    "pages": small_number,
    "chunks": small_number,
    "state": str,
}


def key_kind(sort: Sort) -> Callable[[Any], Any]:
    """What reads the sort's value out of a cursor."""
    return _KINDS[sort.removeprefix("-")]


def key_of(document: Document, sort: Sort) -> str | int:
    """The sort's value of a document, for a cursor."""
    value = getattr(document, _COLUMNS[sort.removeprefix("-")].key)
    return value.isoformat() if isinstance(value, datetime) else value


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    knowledge_base_id: UUID | None = None
    state: str | None = None
    name: str | None = None
    """Part of the name, any case."""
    media_type: str | None = None


async def list_documents(
    session: AsyncSession,
    principal: Principal,
    wanted: DocumentFilter,
    *,
    sort: Sort = "path",
    after: tuple[Any, UUID] | None = None,
    limit: int,
) -> Sequence[Document]:
    """Readable documents in the order of `sort`, those of the same value by their ids."""
    query = readable(principal, select(Document))
    if wanted.knowledge_base_id is not None:
        query = query.where(Document.knowledge_base_id == wanted.knowledge_base_id)
    if wanted.state is not None:
        query = query.where(Document.state == wanted.state)
    if wanted.media_type is not None:
        query = query.where(Document.media_type == wanted.media_type)
    if wanted.name:
        query = query.where(Document.name.icontains(wanted.name, autoescape=True))
    column = _COLUMNS[sort.removeprefix("-")]
    key = tuple_(column, Document.id)
    if sort.startswith("-"):
        query = query.order_by(column.desc(), Document.id.desc())
        query = query.where(key < after) if after else query
    else:
        query = query.order_by(column, Document.id)
        query = query.where(key > after) if after else query
    return (await session.scalars(query.limit(limit))).all()


AT_ONCE: Final = 200
"""Changes that are told together."""
_LATE: Final = timedelta(seconds=5)
"""A change is dated before it is committed: one that comes late by so much is not passed over."""
_REMEMBERED: Final = 5_000
_BEGINNING: Final = (datetime(1970, 1, 2, tzinfo=UTC), UUID(int=0))


class Watch:
    """What has changed in a knowledge base since one looked last. Without a beginning it begins now."""

    def __init__(self, after: tuple[datetime, UUID] | None) -> None:
        self.after = after
        self.is_first = True
        self._told: dict[UUID, datetime | None] = {}

    async def look(
        self, session: AsyncSession, principal: Principal, knowledge_base_id: UUID
    ) -> tuple[Sequence[Document], Sequence[UUID]]:
        """Readable documents that have changed, in the order of their changes, and the ids of deleted ones."""
        if self.after is None:
            self.after = await _newest(session, principal, knowledge_base_id) or _BEGINNING
            return [], []
        since = self.after[0] - _LATE
        found = await _changed_since(session, principal, knowledge_base_id, since)
        changed = [one for one in found if self._told.get(one.id) != one.updated_at]
        if self.is_first:
            changed = [one for one in changed if (one.updated_at, one.id) > self.after]
        gone = await _removed_since(session, knowledge_base_id, since)
        removed = [document_id for document_id in gone if self._told.get(document_id, self.after) is not None]
        if changed:
            self.after = max(self.after, (changed[-1].updated_at, changed[-1].id))
        told = self._told | {one.id: one.updated_at for one in found} | dict.fromkeys(removed)
        self._told = dict(list(told.items())[-_REMEMBERED:])
        return changed, removed


async def _changed_since(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, since: datetime
) -> Sequence[Document]:
    query = readable(principal, select(Document)).where(
        Document.knowledge_base_id == knowledge_base_id, Document.updated_at > since
    )
    return (await session.scalars(query.order_by(Document.updated_at, Document.id).limit(2 * AT_ONCE))).all()


async def _newest(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> tuple[datetime, UUID] | None:
    query = readable(principal, select(Document)).where(Document.knowledge_base_id == knowledge_base_id)
    newest = await session.scalar(query.order_by(Document.updated_at.desc(), Document.id.desc()).limit(1))
    return (newest.updated_at, newest.id) if newest else None


async def _removed_since(session: AsyncSession, knowledge_base_id: UUID, since: datetime) -> Sequence[UUID]:
    """Whoever holds such an id may let it go, and the id alone says nothing."""
    query = select(Document.id).where(
        Document.knowledge_base_id == knowledge_base_id, Document.deleted_at > since, Document.restricted.is_(False)
    )
    return (await session.scalars(query.limit(AT_ONCE))).all()
