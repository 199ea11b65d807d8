"""SQL of what a question may name, and of what tells whether a document is meant."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import select

from nexus.core.db import AsyncSession
from nexus.identity.models import Department
from nexus.knowledge.models import Document, KnowledgeBase


async def shelf_names(session: AsyncSession, shelf_ids: Collection[UUID], most: int) -> list[tuple[UUID, str, str]]:
    """Of these knowledge bases: id, name, and the name of the department it belongs to, if any."""
    rows = await session.execute(
        select(KnowledgeBase.id, KnowledgeBase.name, Department.name)
        .outerjoin(Department, Department.id == KnowledgeBase.department_id)
        .where(KnowledgeBase.id.in_(shelf_ids))
        .order_by(KnowledgeBase.name, KnowledgeBase.id)
        .limit(most)
    )
    return [(shelf_id, name, department or "") for shelf_id, name, department in rows]


async def documents_of(session: AsyncSession, document_ids: Sequence[UUID]) -> list[Document]:
    return list(await session.scalars(select(Document).where(Document.id.in_(document_ids))))
