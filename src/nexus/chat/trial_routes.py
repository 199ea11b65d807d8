"""HTTP of trials of prompts."""

from typing import Annotated

from fastapi import APIRouter, Depends

from nexus.access.principal import Permission, Principal
from nexus.chat import trying
from nexus.chat.deps import Engine
from nexus.chat.schemas import PromptTrialIn, PromptTrialOut
from nexus.identity.deps import require_permission, signed_in

router = APIRouter(tags=["models"])

Manager = Annotated[Principal, require_permission(Permission.MODELS_MANAGE)]


@router.post("/prompts/knowledge/trial", dependencies=[Depends(signed_in)])
async def try_prompt(principal: Manager, engine: Engine, body: PromptTrialIn) -> PromptTrialOut:
    """How a prompt would answer a question of yours, from what you may read. Nothing of it is kept."""
    engine.require_room()
    return await trying.try_prompt(engine.answerer, principal, body)
