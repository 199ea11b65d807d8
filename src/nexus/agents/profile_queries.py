"""SQL of agents. Every look-up for a person goes through `access.filters`."""

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.filters import governed_agent, visible
from nexus.access.models import ResourceKind
from nexus.access.principal import Principal
from nexus.agents.models import Agent
from nexus.identity.models import User
from nexus.knowledge.models import KnowledgeBase


def _granted(principal: Principal) -> ColumnElement[bool]:
    return visible(principal, ResourceKind.AGENT, Agent.id, Agent.tenant_id)


async def find_agent(
    session: AsyncSession, principal: Principal, agent_id: UUID, *, lock: bool = False
) -> Agent | None:
    """One whose existence the principal may know."""
    seen = or_(_granted(principal), governed_agent(principal, Agent.tenant_id))
    query = select(Agent).where(Agent.id == agent_id, Agent.deleted_at.is_(None), seen)
    return await session.scalar(query.with_for_update() if lock else query)


async def find_usable(session: AsyncSession, principal: Principal, agent_id: UUID) -> Agent | None:
    """One that the principal may ask at this moment."""
    return await session.scalar(
        select(Agent).where(
            Agent.id == agent_id, Agent.deleted_at.is_(None), Agent.enabled.is_(True), _granted(principal)
        )
    )


async def list_agents(
    session: AsyncSession,
    principal: Principal,
    *,
    usable: bool,
    search: str | None = None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> Sequence[Agent]:
    """By name. `usable`: those that the principal may ask, and no others that they govern."""
    query = select(Agent).where(Agent.deleted_at.is_(None))
    if usable:
        query = query.where(Agent.enabled.is_(True), _granted(principal))
    else:
        query = query.where(or_(_granted(principal), governed_agent(principal, Agent.tenant_id)))
    if search:
        matches = (column.icontains(search, autoescape=True) for column in (Agent.name, Agent.description))
        query = query.where(or_(*matches))
    if after:
        query = query.where(tuple_(Agent.name, Agent.id) > after)
    return (await session.scalars(query.order_by(Agent.name, Agent.id).limit(limit))).all()


async def usable_names(session: AsyncSession, principal: Principal, agent_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of these, those that the principal may ask at this moment."""
    if not agent_ids:
        return {}
    mine = Agent.id.in_(agent_ids), Agent.deleted_at.is_(None), Agent.enabled.is_(True), _granted(principal)
    return dict((await session.execute(select(Agent.id, Agent.name).where(*mine))).all())


async def readable_names(session: AsyncSession, principal: Principal, shelf_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of these knowledge bases, those that the principal may read, by name."""
    if not shelf_ids:
        return {}
    readable = visible(principal, ResourceKind.KNOWLEDGE_BASE, KnowledgeBase.id, KnowledgeBase.tenant_id)
    query = select(KnowledgeBase.id, KnowledgeBase.name).where(
        KnowledgeBase.id.in_(shelf_ids), KnowledgeBase.deleted_at.is_(None), readable
    )
    return dict((await session.execute(query.order_by(KnowledgeBase.name, KnowledgeBase.id))).all())


async def makers(session: AsyncSession, tenant_id: UUID, agents: Sequence[Agent]) -> Mapping[UUID, str]:
    """The names of those who made them."""
    wanted = {agent.created_by for agent in agents if agent.created_by}
    if not wanted:
        return {}
    rows = await session.execute(select(User.id, User.name).where(User.tenant_id == tenant_id, User.id.in_(wanted)))
    return dict(rows.all())
