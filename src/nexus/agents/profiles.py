"""Agents: made, changed, granted, and engaged for a question. None of them gives anybody a right to read anything."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Permission, Principal, SubjectKind
from nexus.agents import profile_queries as queries
from nexus.agents.models import Agent
from nexus.agents.profile_schemas import MOST_SHELVES, MOST_TOOLS, AgentIn, AgentPatch
from nexus.agents.toolbox import Toolbox
from nexus.audit.acts import Action, Target, changes
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ForbiddenError, InvalidError
from nexus.core.ids import new_id
from nexus.identity import subjects
from nexus.knowledge.acts import record_grant
from nexus.knowledge.schemas import GrantIn
from nexus.llms import prompts
from nexus.llms import service as llms
from nexus.llms.errors import ChangedMeanwhileError
from nexus.llms.prompt_schemas import PromptVersionIn
from nexus.llms.schemas import agent_purpose

_KIND = ResourceKind.AGENT
_DESCRIBED = ("name", "description", "starters", "knowledge_base_ids", "tools", "enabled")


@dataclass(frozen=True, slots=True)
class Engaged:
    """An agent that answers: what it narrows, of what its asker may."""

    id: UUID
    within: frozenset[UUID] | None
    """Knowledge bases; None does not narrow."""
    tools: frozenset[str] | None


async def engage(session: AsyncSession, principal: Principal, agent_id: UUID) -> Engaged:
    """For one question. Raises NotFoundError, the same for unknown ones and those that they may not use now."""
    agent = await queries.find_usable(session, principal, agent_id)
    if agent is None:
        raise access.not_found(_KIND)
    within = None if agent.knowledge_base_ids is None else frozenset(UUID(each) for each in agent.knowledge_base_ids)
    return Engaged(agent.id, within, None if agent.tools is None else frozenset(agent.tools))


async def get_agent(session: AsyncSession, principal: Principal, agent_id: UUID, *, lock: bool = False) -> Agent:
    """Raises NotFoundError, the same for unknown and invisible ones."""
    agent = await queries.find_agent(session, principal, agent_id, lock=lock)
    if agent is None:
        raise access.not_found(_KIND)
    return agent


async def manages(session: AsyncSession, principal: Principal, agent: Agent) -> bool:
    if principal.may(Permission.AGENTS_ADMINISTER):
        return True
    return (await access.levels(session, principal, _KIND, [agent.id])).get(agent.id) is Level.MANAGE


async def require_manage(session: AsyncSession, principal: Principal, agent_id: UUID, *, lock: bool = False) -> Agent:
    """Raises NotFoundError, ForbiddenError."""
    agent = await get_agent(session, principal, agent_id, lock=lock)
    if not await manages(session, principal, agent):
        raise ForbiddenError("You may use this agent, but not change it. Ask one of its managers.")
    return agent


async def create_agent(session: AsyncSession, principal: Principal, toolbox: Toolbox, wanted: AgentIn) -> Agent:
    """Its maker manages it; who else may use or manage it is said by `wanted.grants`."""
    access.require_permission(principal, Permission.AGENTS_CREATE)
    shelves = await _shelves(session, principal, wanted.knowledge_base_ids, ())
    tools = await _tools(session, principal, toolbox, wanted.tools, ())
    moment = now()
    agent = Agent(
        id=new_id(),
        tenant_id=principal.tenant_id,
        name=wanted.name,
        description=wanted.description,
        starters=wanted.starters,
        knowledge_base_ids=shelves,
        tools=tools,
        enabled=wanted.enabled,
        version=1,
        created_by=principal.user_id,
        created_at=moment,
        updated_at=moment,
    )
    session.add(agent)
    await session.flush()
    record(session, principal, Action.AGENT_CREATED, target(agent), _described(agent))
    if wanted.instructions:
        first = PromptVersionIn(changes=0, text=wanted.instructions)
        await prompts.write_version(session, principal, agent_purpose(agent.id), first, of=target(agent))
    for grant in wanted.grants:
        await subjects.require_subject(session, principal.tenant_id, grant.subject_kind, grant.subject_id)
        await _grant(session, principal, agent, grant)
    # Last, so that no grant in the list can take it from them.
    own = GrantIn(subject_kind=SubjectKind.USER, subject_id=principal.user_id, level=Level.MANAGE)
    await _grant(session, principal, agent, own)
    return agent


async def update_agent(
    session: AsyncSession, principal: Principal, toolbox: Toolbox, agent_id: UUID, change: AgentPatch
) -> Agent:
    """Raises NotFoundError, ForbiddenError, ChangedMeanwhileError, InvalidError."""
    agent = await require_manage(session, principal, agent_id, lock=True)
    if agent.version != change.version:
        raise ChangedMeanwhileError
    before = _described(agent)
    for name in ("name", "description", "starters", "enabled"):
        if (value := getattr(change, name)) is not None:
            setattr(agent, name, value)
    if "knowledge_base_ids" in change.model_fields_set:
        former = agent.knowledge_base_ids or ()
        agent.knowledge_base_ids = await _shelves(session, principal, change.knowledge_base_ids, former)
    if "tools" in change.model_fields_set:
        agent.tools = await _tools(session, principal, toolbox, change.tools, agent.tools or ())
    agent.version += 1
    agent.updated_at = now()
    await session.flush()
    record(session, principal, Action.AGENT_CHANGED, target(agent), changes(before, _described(agent)))
    return agent


async def delete_agent(session: AsyncSession, principal: Principal, agent_id: UUID) -> None:
    """Conversations with it can be read on, and what it was told then is kept; nobody asks it any more."""
    agent = await require_manage(session, principal, agent_id, lock=True)
    agent.deleted_at = now()
    await session.flush()
    await access.forget_resources(session, _KIND, [agent.id])
    await llms.delete_route(session, principal, agent_purpose(agent.id))
    record(session, principal, Action.AGENT_DELETED, target(agent))


async def list_grants(session: AsyncSession, principal: Principal, agent_id: UUID) -> Sequence[Grant]:
    agent = await require_manage(session, principal, agent_id)
    return await access.list_grants(session, principal, _KIND, agent.id)


async def add_grant(session: AsyncSession, principal: Principal, agent_id: UUID, wanted: GrantIn) -> Grant:
    agent = await require_manage(session, principal, agent_id)
    await subjects.require_subject(session, principal.tenant_id, wanted.subject_kind, wanted.subject_id)
    return await _grant(session, principal, agent, wanted)


async def remove_grant(
    session: AsyncSession, principal: Principal, agent_id: UUID, subject_kind: SubjectKind, subject_id: UUID
) -> None:
    """Raises NotFoundError when there is no such grant."""
    agent = await require_manage(session, principal, agent_id)
    await access.remove_grant(
        session,
        tenant_id=agent.tenant_id,
        kind=_KIND,
        resource_id=agent.id,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )
    record_grant(session, principal, Action.GRANT_REMOVED, target(agent), (subject_kind, subject_id))


async def _grant(session: AsyncSession, principal: Principal, agent: Agent, wanted: GrantIn) -> Grant:
    named = (wanted.subject_kind, wanted.subject_id)
    record_grant(session, principal, Action.GRANT_ADDED, target(agent), named, wanted.level)
    return await access.add_grant(
        session,
        tenant_id=principal.tenant_id,
        kind=_KIND,
        resource_id=agent.id,
        subject_kind=wanted.subject_kind,
        subject_id=wanted.subject_id,
        level=wanted.level,
        created_by=principal.user_id,
    )


async def _shelves(
    session: AsyncSession, principal: Principal, wanted: Sequence[UUID] | None, former: Collection[str]
) -> list[str] | None:
    """Those that were chosen, and of the former ones those that whoever chooses cannot see to choose them.

    Raises NotFoundError for one that they may not read.
    """
    if wanted is None:
        return None
    readable = await access.readable_knowledge_bases(session, principal)
    if not readable.issuperset(wanted):
        raise access.not_found(ResourceKind.KNOWLEDGE_BASE)
    unseen = [each for each in former if UUID(each) not in readable]
    return _bounded([*(str(each) for each in wanted), *unseen], MOST_SHELVES, "knowledge bases")


async def _tools(
    session: AsyncSession,
    principal: Principal,
    toolbox: Toolbox,
    wanted: Sequence[str] | None,
    former: Collection[str],
) -> list[str] | None:
    """As `_shelves`. Raises InvalidError for a tool that they may not use."""
    if wanted is None:
        return None
    usable = await toolbox.offered(session, principal)
    for name in wanted:
        if name not in usable:
            raise InvalidError(f"You have no tool named {name!r}. Choose among those that you may use yourself.")
    return _bounded([*wanted, *(name for name in former if name not in usable)], MOST_TOOLS, "tools")


def _bounded(chosen: Sequence[str], most: int, noun: str) -> list[str]:
    distinct = list(dict.fromkeys(chosen))
    if len(distinct) > most:
        raise InvalidError(f"An agent has at most {most} {noun}.")
    return distinct


def target(agent: Agent) -> Target:
    return Target("agent", agent.id, agent.name)


def _described(agent: Agent) -> dict[str, Any]:
    return {name: getattr(agent, name) for name in _DESCRIBED}
