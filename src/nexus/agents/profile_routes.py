"""HTTP of agents and their grants."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from nexus.access import service as access
from nexus.access.models import Level, ResourceKind
from nexus.access.principal import Permission, Principal, SubjectKind
from nexus.agents import profile_queries as queries
from nexus.agents import profiles
from nexus.agents.deps import ToolboxInUse
from nexus.agents.instruction_routes import render_instructions
from nexus.agents.models import Agent
from nexus.agents.profile_schemas import (
    AgentIn,
    AgentOut,
    AgentPatch,
    AgentSettingsOut,
    AgentToolOut,
    AgentToolsOut,
    NamedShelf,
)
from nexus.core.db import AsyncSession
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.text.storable import NO_NUL
from nexus.identity.deps import CurrentPrincipal, require_permission, signed_in
from nexus.knowledge.routes import render_grants
from nexus.knowledge.schemas import GrantIn, GrantOut
from nexus.llms import service as llms
from nexus.llms.deps import ModelsInUse
from nexus.llms.rendering import render_agent_route
from nexus.llms.schemas import ModelRoutePut, RouteOut, agent_purpose

router = APIRouter(tags=["agents"])

ModelManager = Annotated[Principal, require_permission(Permission.MODELS_MANAGE)]
_PERSON = [Depends(signed_in)]
"""An API key that leaked must not make the house send its questions elsewhere."""


@router.get("/agents")
async def list_agents(
    session: ReadSession,
    principal: CurrentPrincipal,
    search: Annotated[
        str | None, Query(max_length=200, pattern=NO_NUL, description="Part of the name or description.")
    ] = None,
    usable: Annotated[bool, Query(description="Only those that you may ask.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AgentOut]:
    """By name: those that you may use, and those that you govern."""
    after = decode_cursor(cursor, str, UUID) if cursor else None
    place = (after[0], after[1]) if after else None
    wanted = search.strip() if search else None
    found = await queries.list_agents(session, principal, usable=usable, search=wanted, after=place, limit=limit + 1)
    shown = found[:limit]
    more = encode_cursor(shown[-1].name, shown[-1].id) if len(found) > limit else None
    return Page(items=await _render(session, principal, *shown), next_cursor=more)


@router.post("/agents", status_code=status.HTTP_201_CREATED)
async def create_agent(
    session: WriteSession, principal: CurrentPrincipal, toolbox: ToolboxInUse, wanted: AgentIn
) -> AgentOut:
    """Of knowledge bases and tools that you may use yourself. You manage it."""
    return await _detail(session, principal, await profiles.create_agent(session, principal, toolbox, wanted))


@router.get("/agent-tools")
async def list_agent_tools(session: ReadSession, principal: CurrentPrincipal, toolbox: ToolboxInUse) -> AgentToolsOut:
    """The tools that you may use, and so give to an agent."""
    offered = await toolbox.offered(session, principal)
    return AgentToolsOut(
        tools=[
            AgentToolOut(name=each.name, description=each.spec.description, source=each.source)
            for each in offered.values()
        ]
    )


@router.get("/agents/{agent_id}")
async def get_agent(session: ReadSession, principal: CurrentPrincipal, agent_id: UUID) -> AgentOut:
    return await _detail(session, principal, await profiles.get_agent(session, principal, agent_id))


@router.patch("/agents/{agent_id}")
async def update_agent(
    session: WriteSession, principal: CurrentPrincipal, toolbox: ToolboxInUse, agent_id: UUID, change: AgentPatch
) -> AgentOut:
    """The next question follows it."""
    return await _detail(session, principal, await profiles.update_agent(session, principal, toolbox, agent_id, change))


@router.delete("/agents/{agent_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_agent(session: WriteSession, principal: CurrentPrincipal, agent_id: UUID) -> None:
    """Conversations with it can be read on, but not continued. Its instructions go with all of their versions."""
    await profiles.delete_agent(session, principal, agent_id)


@router.get("/agents/{agent_id}/grants")
async def list_grants(session: ReadSession, principal: CurrentPrincipal, agent_id: UUID) -> list[GrantOut]:
    return await render_grants(session, principal, await profiles.list_grants(session, principal, agent_id))


@router.put("/agents/{agent_id}/grants")
async def add_grant(session: WriteSession, principal: CurrentPrincipal, agent_id: UUID, wanted: GrantIn) -> GrantOut:
    """Lets somebody use it (`read`) or change it too (`manage`), or changes which."""
    grant = await profiles.add_grant(session, principal, agent_id, wanted)
    return (await render_grants(session, principal, [grant]))[0]


@router.delete("/agents/{agent_id}/grants/{subject_kind}/{subject_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_grant(
    session: WriteSession, principal: CurrentPrincipal, agent_id: UUID, subject_kind: SubjectKind, subject_id: UUID
) -> None:
    """They can read their conversations with it, and not continue them."""
    await profiles.remove_grant(session, principal, agent_id, subject_kind, subject_id)


@router.get("/agents/{agent_id}/model-route")
async def get_agent_route(
    session: ReadSession, principal: ModelManager, models: ModelsInUse, agent_id: UUID
) -> RouteOut:
    agent = await profiles.require_manage(session, principal, agent_id)
    return await render_agent_route(session, principal.tenant_id, models, agent.id)


@router.put("/agents/{agent_id}/model-route", dependencies=_PERSON)
async def set_agent_route(
    session: WriteSession, principal: ModelManager, models: ModelsInUse, agent_id: UUID, wanted: ModelRoutePut
) -> RouteOut:
    """Who is asked in its place, in this order; the next question follows it."""
    agent = await profiles.require_manage(session, principal, agent_id)
    await llms.put_route(session, principal, agent_purpose(agent.id), wanted, models.environment)
    return await render_agent_route(session, principal.tenant_id, models, agent.id)


@router.delete("/agents/{agent_id}/model-route", status_code=status.HTTP_204_NO_CONTENT, dependencies=_PERSON)
async def unset_agent_route(session: WriteSession, principal: ModelManager, agent_id: UUID) -> None:
    """What counts for all questions counts for it again."""
    agent = await profiles.require_manage(session, principal, agent_id)
    await llms.delete_route(session, principal, agent_purpose(agent.id))


async def _detail(session: AsyncSession, principal: Principal, agent: Agent) -> AgentOut:
    (shown,) = await _render(session, principal, agent)
    if shown.level is not Level.MANAGE and not principal.may(Permission.AGENTS_ADMINISTER):
        return shown
    told = await render_instructions(session, agent.tenant_id, agent.id)
    shown.settings = AgentSettingsOut(version=agent.version, tools=agent.tools, instructions=told)
    return shown


async def _render(session: AsyncSession, principal: Principal, *agents: Agent) -> list[AgentOut]:
    levels = await access.levels(session, principal, ResourceKind.AGENT, [agent.id for agent in agents])
    shelves = {UUID(each) for agent in agents for each in agent.knowledge_base_ids or ()}
    names = await queries.readable_names(session, principal, shelves)
    makers = await queries.makers(session, principal.tenant_id, agents)
    return [
        AgentOut(
            id=agent.id,
            name=agent.name,
            description=agent.description,
            starters=agent.starters,
            enabled=agent.enabled,
            level=levels.get(agent.id),
            knowledge_bases=_named(agent, names),
            created_by_name=makers.get(agent.created_by, "") if agent.created_by else "",
            created_at=agent.created_at,
            updated_at=agent.updated_at,
        )
        for agent in agents
    ]


def _named(agent: Agent, names: dict[UUID, str]) -> list[NamedShelf] | None:
    if agent.knowledge_base_ids is None:
        return None
    own = set(agent.knowledge_base_ids)
    return [NamedShelf(id=shelf_id, name=name) for shelf_id, name in names.items() if str(shelf_id) in own]
