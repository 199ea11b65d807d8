"""SQL of how often searches are used again."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select

from nexus.core.db import AsyncSession, insert_into
from nexus.retrieval.models import SearchUse
from nexus.retrieval.reuse import Use


async def add_use(session: AsyncSession, uses: Mapping[tuple[UUID, date], Use]) -> None:
    """Adds to what is stored of each knowledge base and day."""
    statement = insert_into(session, SearchUse)
    statement = statement.on_conflict_do_update(
        index_elements=["knowledge_base_id", "day"],
        set_={
            name: getattr(SearchUse, name) + getattr(statement.excluded, name)
            for name in ("searches", "reused", "saved_milliseconds")
        },
    )
    rows = [
        {
            "knowledge_base_id": knowledge_base_id,
            "day": day,
            "searches": use.searches,
            "reused": use.reused,
            "saved_milliseconds": use.saved_milliseconds,
        }
        # In one order, or two processes could wait for each other.
        for (knowledge_base_id, day), use in sorted(uses.items())
    ]
    await session.execute(statement, rows)


async def use_of(session: AsyncSession, knowledge_base_id: UUID, since: date) -> Sequence[SearchUse]:
    """Day by day, the first one first; a day on which nobody searched is not there."""
    query = select(SearchUse).where(SearchUse.knowledge_base_id == knowledge_base_id, SearchUse.day >= since)
    return (await session.scalars(query.order_by(SearchUse.day))).all()


async def forget_use(session: AsyncSession, knowledge_base_ids: Collection[UUID], before: date) -> None:
    old = SearchUse.knowledge_base_id.in_(knowledge_base_ids), SearchUse.day < before
    await session.execute(delete(SearchUse).where(*old))
