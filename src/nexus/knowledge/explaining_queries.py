"""The SQL of explanations: what was once readable, and what somebody else does not find."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.knowledge.models import Document, KnowledgeBase
from nexus.knowledge.queries import may_read, once_readable, readable


async def find_once_readable(
    session: AsyncSession, principal: Principal, document_id: UUID
) -> tuple[Document, KnowledgeBase] | None:
    """Deleted or not: for saying that it was deleted, never for showing what it held."""
    found = once_readable(principal, select(Document, KnowledgeBase)).where(Document.id == document_id)
    row = (await session.execute(found)).one_or_none()
    return (row[0], row[1]) if row else None


async def unseen_called(
    session: AsyncSession,
    principal: Principal,
    person: Principal | None,
    knowledge_base_ids: Collection[UUID],
    name: str,
    *,
    limit: int,
) -> Sequence[tuple[Document, KnowledgeBase]]:
    """Documents whose name or title holds `name` that the principal may read, and that no search of `person` finds;
    None stands for somebody who finds nothing at all."""
    called = or_(Document.name.icontains(name, autoescape=True), Document.title.icontains(name, autoescape=True))
    found = readable(principal, select(Document, KnowledgeBase)).where(
        Document.knowledge_base_id.in_(knowledge_base_ids), called
    )
    if person is not None:
        found = found.where(or_(Document.active_version_id.is_(None), not_(may_read(person))))
    rows = await session.execute(found.order_by(Document.name, Document.id).limit(limit))
    return [(document, shelf) for document, shelf in rows]
