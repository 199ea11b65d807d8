"""SQL of the research room: everything is bound to the person whose research it is."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.chat.models import Conversation, Run
from nexus.research.models import Research, ResearchStep


def _own(principal: Principal) -> Select[Research, Run]:
    """With the newest run of each, which may be none."""
    return (
        select(Research, Run)
        .join(Conversation, Conversation.id == Research.conversation_id)
        .outerjoin(Run, Run.id == Research.run_id)
        .where(
            Research.tenant_id == principal.tenant_id,
            Research.user_id == principal.user_id,
            Conversation.deleted_at.is_(None),
        )
    )


async def find_research(
    session: AsyncSession, principal: Principal, research_id: UUID
) -> tuple[Research, Run | None] | None:
    found = (await session.execute(_own(principal).where(Research.id == research_id))).first()
    return (found[0], found[1]) if found else None


async def list_research(
    session: AsyncSession,
    principal: Principal,
    conversation_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[tuple[Research, Run | None]]:
    """Oldest first."""
    query = _own(principal).where(Research.conversation_id == conversation_id)
    if after:
        query = query.where(tuple_(Research.created_at, Research.id) > after)
    rows = await session.execute(query.order_by(Research.created_at, Research.id).limit(limit))
    return [(research, run) for research, run in rows]


async def lock_all_of(session: AsyncSession, principal: Principal) -> None:
    """Two of a person's starts come one after the other. (SQLite has one writer at a time as it is.)"""
    await session.execute(select(Research.id).where(Research.user_id == principal.user_id).with_for_update())


async def one_under_way(session: AsyncSession, principal: Principal) -> UUID | None:
    """The conversation in which a research of this person goes on."""
    return await session.scalar(
        select(Run.conversation_id)
        .where(Run.user_id == principal.user_id, Run.mode == "research", Run.state.in_(("queued", "running")))
        .limit(1)
    )


async def steps_of(session: AsyncSession, research_ids: Sequence[UUID]) -> dict[UUID, list[ResearchStep]]:
    """Of each, what is finished, in order."""
    found: dict[UUID, list[ResearchStep]] = {}
    if research_ids:
        rows = select(ResearchStep).where(ResearchStep.research_id.in_(research_ids)).order_by(ResearchStep.number)
        for step in await session.scalars(rows):
            found.setdefault(step.research_id, []).append(step)
    return found


async def put_step(session: AsyncSession, step: ResearchStep) -> None:
    """Unless the research was deleted meanwhile, or somebody has put it."""
    if await session.get(Research, step.research_id) is None:
        return
    if await session.get(ResearchStep, (step.research_id, step.number)) is None:
        session.add(step)
        await session.flush()


async def delete_steps(session: AsyncSession, research_id: UUID) -> None:
    await session.execute(delete(ResearchStep).where(ResearchStep.research_id == research_id))
