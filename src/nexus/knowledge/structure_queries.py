"""The SQL of what hangs on a group or a department, and on a tenant."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.models import Grant, ResourceKind
from nexus.knowledge.models import KnowledgeBase


async def count_grants_to(session: AsyncSession, tenant_id: UUID, word: str) -> dict[str, int]:
    """By the kind of resource."""
    statement = select(Grant.resource_kind, func.count()).where(Grant.tenant_id == tenant_id, Grant.subject == word)
    rows = (await session.execute(statement.group_by(Grant.resource_kind))).all()
    return {row[0]: row[1] for row in rows}


async def shelves_granted_to(
    session: AsyncSession, tenant_id: UUID, word: str, limit: int
) -> Sequence[tuple[UUID, str, str]]:
    """Id, name and level of the shared knowledge bases that this subject is named at, by name."""
    statement = (
        select(KnowledgeBase.id, KnowledgeBase.name, Grant.level)
        .join(Grant, Grant.resource_id == KnowledgeBase.id)
        .where(
            Grant.resource_kind == ResourceKind.KNOWLEDGE_BASE,
            Grant.tenant_id == tenant_id,
            Grant.subject == word,
            KnowledgeBase.deleted_at.is_(None),
            KnowledgeBase.personal.is_(False),
        )
    )
    rows = await session.execute(statement.order_by(KnowledgeBase.name, KnowledgeBase.id).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


async def shelves_of_department(
    session: AsyncSession, tenant_id: UUID, department_id: UUID, limit: int
) -> tuple[int, Sequence[tuple[UUID, str]]]:
    """How many belong to it, and id and name of those that are shared."""
    living = KnowledgeBase.deleted_at.is_(None)
    theirs = KnowledgeBase.tenant_id == tenant_id, KnowledgeBase.department_id == department_id, living
    count = await session.scalar(select(func.count()).where(*theirs)) or 0
    statement = select(KnowledgeBase.id, KnowledgeBase.name).where(*theirs, KnowledgeBase.personal.is_(False))
    rows = await session.execute(statement.order_by(KnowledgeBase.name, KnowledgeBase.id).limit(limit))
    return count, [(row[0], row[1]) for row in rows]


async def count_shelves(session: AsyncSession, tenant_ids: Collection[UUID]) -> dict[UUID, int]:
    """An entry for each tenant: its living knowledge bases, personal ones too, without the files of conversations."""
    statement = select(KnowledgeBase.tenant_id, func.count()).where(
        KnowledgeBase.tenant_id.in_(tenant_ids),
        KnowledgeBase.deleted_at.is_(None),
        KnowledgeBase.conversation_id.is_(None),
    )
    rows = (await session.execute(statement.group_by(KnowledgeBase.tenant_id))).all()
    return dict.fromkeys(tenant_ids, 0) | {row[0]: row[1] for row in rows}
