"""HTTP of an agent's instructions, for those who manage it: written as versions, compared, rolled back."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from nexus.agents import profiles
from nexus.agents.profile_schemas import InstructionsOut
from nexus.core.db import AsyncSession
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor, small_number
from nexus.identity.deps import CurrentPrincipal
from nexus.llms import prompt_queries as queries
from nexus.llms import prompts
from nexus.llms.prompt_schemas import ActiveVersionIn, Number, PromptDiffOut, PromptVersionIn, PromptVersionOut
from nexus.llms.schemas import agent_purpose

router = APIRouter(prefix="/agents/{agent_id}/instructions", tags=["agents"])


@router.get("/versions")
async def list_instructions(
    session: ReadSession, principal: CurrentPrincipal, agent_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Page[PromptVersionOut]:
    """The newest first."""
    agent = await profiles.require_manage(session, principal, agent_id)
    (before,) = decode_cursor(cursor, small_number) if cursor else (None,)
    found = await queries.list_versions(
        session, agent.tenant_id, agent_purpose(agent.id), before=before, limit=limit + 1
    )
    shown = [prompts.render_version(*row) for row in found[:limit]]
    return Page(items=shown, next_cursor=encode_cursor(shown[-1].number) if len(found) > limit else None)


@router.post("/versions", status_code=status.HTTP_201_CREATED)
async def write_instructions(
    session: WriteSession, principal: CurrentPrincipal, agent_id: UUID, wanted: PromptVersionIn
) -> InstructionsOut:
    """A new version; those before it stay as they are."""
    agent = await profiles.require_manage(session, principal, agent_id)
    of = profiles.target(agent)
    await prompts.write_version(session, principal, agent_purpose(agent.id), wanted, of=of)
    return await render_instructions(session, agent.tenant_id, agent.id)


@router.put("/active")
async def activate_instructions(
    session: WriteSession, principal: CurrentPrincipal, agent_id: UUID, wanted: ActiveVersionIn
) -> InstructionsOut:
    """The next question is answered by this version."""
    agent = await profiles.require_manage(session, principal, agent_id)
    of = profiles.target(agent)
    await prompts.activate_version(session, principal, agent_purpose(agent.id), wanted, of=of)
    return await render_instructions(session, agent.tenant_id, agent.id)


@router.get("/diff")
async def compare_instructions(
    session: ReadSession,
    principal: CurrentPrincipal,
    agent_id: UUID,
    former: Annotated[Number, Query(description="0 has no words.")],
    later: Annotated[Number, Query()],
) -> PromptDiffOut:
    agent = await profiles.require_manage(session, principal, agent_id)
    lines = await prompts.difference(session, principal, agent_purpose(agent.id), former, later)
    return PromptDiffOut(lines=list(lines))


async def render_instructions(session: AsyncSession, tenant_id: UUID, agent_id: UUID) -> InstructionsOut:
    purpose = agent_purpose(agent_id)
    prompt = await queries.find_prompt(session, tenant_id, purpose)
    _, text = await queries.active_text(session, tenant_id, purpose)
    numbers = (prompt.active, prompt.newest, prompt.changes) if prompt else (0, 0, 0)
    return InstructionsOut(active=numbers[0], newest=numbers[1], changes=numbers[2], text=text)
