"""HTTP of how conversations are kept: the tenant's rules, and what they mean for one's own."""

from typing import Annotated

from fastapi import APIRouter

from nexus.access.principal import Permission, Principal
from nexus.chat import keeping
from nexus.chat.schemas import KeepingOut, RulesIn, RulesOut
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.identity.deps import CurrentPrincipal, SettingsInUse, require_permission

router = APIRouter(tags=["chat"])
RulesKeeper = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]


@router.get("/conversation-keeping")
async def get_keeping(session: ReadSession, principal: CurrentPrincipal, settings: SettingsInUse) -> KeepingOut:
    """How many of your conversations are kept and how long, and which are the next to go."""
    return await keeping.get_keeping(session, principal, settings.chat.temporary_hours)


@router.get("/conversation-rules")
async def get_rules(session: ReadSession, principal: RulesKeeper) -> RulesOut:
    return await keeping.get_rules(session, principal)


@router.put("/conversation-rules")
async def update_rules(session: WriteSession, principal: RulesKeeper, wanted: RulesIn) -> RulesOut:
    """What is beyond them is cleaned up within the hour, and can be taken back for a day."""
    return await keeping.update_rules(session, principal, wanted)
