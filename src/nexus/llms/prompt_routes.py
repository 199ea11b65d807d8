"""HTTP of prompts, for the administrators of a tenant."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, status

from nexus.access.principal import Permission, Principal
from nexus.core.db import AsyncSession
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor, small_number
from nexus.identity.deps import require_permission, signed_in
from nexus.llms import prompt_queries as queries
from nexus.llms import prompts
from nexus.llms.prompt_schemas import (
    ActiveVersionIn,
    Number,
    PromptDiffOut,
    Prompted,
    PromptOut,
    PromptsOut,
    PromptVersionIn,
    PromptVersionOut,
)

router = APIRouter(tags=["models"])

Manager = Annotated[Principal, require_permission(Permission.MODELS_MANAGE)]
_PERSON = [Depends(signed_in)]
"""An API key that leaked must not put words into the house's mouth."""


@router.get("/prompts")
async def list_prompts(principal: Manager, session: ReadSession) -> PromptsOut:
    """One for each purpose."""
    return PromptsOut(prompts=await _prompts(session, principal))


@router.get("/prompts/{purpose}/versions")
async def list_versions(
    purpose: Prompted, principal: Manager, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[PromptVersionOut]:
    """The newest first."""
    (before,) = decode_cursor(cursor, small_number) if cursor else (None,)
    found = await queries.list_versions(session, principal.tenant_id, purpose.value, before=before, limit=limit + 1)
    shown = [prompts.render_version(*row) for row in found[:limit]]
    return Page(items=shown, next_cursor=encode_cursor(shown[-1].number) if len(found) > limit else None)


@router.post("/prompts/{purpose}/versions", status_code=status.HTTP_201_CREATED, dependencies=_PERSON)
async def write_version(
    purpose: Prompted, body: PromptVersionIn, principal: Manager, session: WriteSession
) -> PromptOut:
    """A new version; those before it stay as they are."""
    await prompts.write_version(session, principal, purpose, body)
    return await _prompt(session, principal, purpose)


@router.put("/prompts/{purpose}/active", dependencies=_PERSON)
async def activate_version(
    purpose: Prompted, body: ActiveVersionIn, principal: Manager, session: WriteSession
) -> PromptOut:
    """The next question is answered by this version."""
    await prompts.activate_version(session, principal, purpose, body)
    return await _prompt(session, principal, purpose)


@router.get("/prompts/{purpose}/diff")
async def compare_versions(
    purpose: Prompted,
    principal: Manager,
    session: ReadSession,
    former: Annotated[Number, Query(description="0 is a prompt without words.")],
    later: Annotated[Number, Query()],
) -> PromptDiffOut:
    return PromptDiffOut(lines=list(await prompts.difference(session, principal, purpose, former, later)))


async def _prompts(session: AsyncSession, principal: Principal) -> list[PromptOut]:
    written = await queries.list_prompts(session, principal.tenant_id)
    shown: list[PromptOut] = []
    for purpose in Prompted:
        prompt, text = written.get(purpose.value, (None, ""))
        numbers = (prompt.active, prompt.newest, prompt.changes) if prompt else (0, 0, 0)
        shown.append(PromptOut(purpose=purpose, active=numbers[0], newest=numbers[1], changes=numbers[2], text=text))
    return shown


async def _prompt(session: AsyncSession, principal: Principal, purpose: Prompted) -> PromptOut:
    return next(one for one in await _prompts(session, principal) if one.purpose is purpose)
