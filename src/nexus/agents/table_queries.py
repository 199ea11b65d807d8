"""SQL of tables of sheets: those of documents that the principal may read at that moment, and no others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from nexus.access.principal import Principal
from nexus.agents.queries import Bounds, within
from nexus.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase, SheetTable
from nexus.knowledge.queries import readable


@dataclass(frozen=True, slots=True)
class TableOf:
    table: SheetTable
    document: Document
    knowledge_base: str


async def count_tables(session: AsyncSession, principal: Principal, bounds: Bounds) -> tuple[int, int]:
    """Tables, and the documents that have them."""
    counts = select(func.count(), func.count(func.distinct(Document.id)))
    query = within(readable(principal, counts), bounds)
    query = query.join(SheetTable, SheetTable.version_id == Document.active_version_id)
    tables, documents = (await session.execute(query)).one()
    return tables, documents


async def list_tables(
    session: AsyncSession, principal: Principal, bounds: Bounds, words: Sequence[str], limit: int
) -> list[TableOf]:
    """Those that have one of the words in a name or header, or all; in the order of their documents."""
    query = within(readable(principal, select(SheetTable, Document, KnowledgeBase.name)), bounds)
    query = query.join(SheetTable, SheetTable.version_id == Document.active_version_id)
    if words:
        named: list[Any] = [SheetTable.name, SheetTable.title, SheetTable.sheet, Document.name, Document.title]
        named.append(cast(SheetTable.columns, String))
        query = query.where(or_(*(one.icontains(word, autoescape=True) for word in words for one in named)))
    rows = await session.execute(query.order_by(Document.name, Document.id, SheetTable.ordinal).limit(limit))
    return [TableOf(*row) for row in rows]


async def load_tables(
    session: AsyncSession, principal: Principal, bounds: Bounds, table_ids: Sequence[UUID]
) -> dict[UUID, TableOf]:
    """With their rows."""
    query = within(readable(principal, select(SheetTable, Document, KnowledgeBase.name)), bounds)
    query = query.join(SheetTable, SheetTable.version_id == Document.active_version_id)
    query = query.where(SheetTable.id.in_(table_ids)).options(undefer(SheetTable.content))
    return {row[0].id: TableOf(*row) for row in await session.execute(query)}


async def text_of(session: AsyncSession, principal: Principal, table: SheetTable) -> str:
    """What stands between its first and its last row; empty where it may not be read any more."""
    length = table.end - table.start
    query = readable(principal, select(func.substr(DocumentVersion.text, table.start + 1, length)))
    query = query.join(DocumentVersion, DocumentVersion.id == Document.active_version_id)
    return await session.scalar(query.where(DocumentVersion.id == table.version_id)) or ""


async def chunk_at(session: AsyncSession, version_id: UUID, start: int) -> UUID | None:
    """The chunk in which a character of a version's text stands; its text takes another lock."""
    query = select(Chunk.id).where(Chunk.version_id == version_id, Chunk.start <= start)
    return await session.scalar(query.order_by(Chunk.start.desc()).limit(1))
