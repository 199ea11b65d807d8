"""HTTP of conversations."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from nexus.access.principal import Principal
from nexus.agents.profile_queries import usable_names
from nexus.chat import conversations, queries, service
from nexus.chat.deps import Engine
from nexus.chat.folders import get_folder
from nexus.chat.models import Conversation
from nexus.chat.rendering import render_own
from nexus.chat.schemas import CapabilitiesOut, ConversationDetail, ConversationOut, ConversationPatch, MessageOut
from nexus.core.db import AsyncSession
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.text.storable import NO_NUL
from nexus.identity.deps import CurrentPrincipal, SettingsInUse

router = APIRouter(tags=["chat"])

Search = Annotated[
    str | None, Query(max_length=200, pattern=NO_NUL, description="Part of the title or of a message, any case.")
]


@router.get("/capabilities")
async def get_capabilities(principal: CurrentPrincipal, engine: Engine, settings: SettingsInUse) -> CapabilitiesOut:
    """What this installation can do for your tenant, for the page."""
    model = await engine.language_model(principal.tenant_id)
    return CapabilitiesOut(language_model=model, max_upload_bytes=settings.http.max_upload_mb << 20)


@router.get("/conversations")
async def list_conversations(
    session: ReadSession,
    principal: CurrentPrincipal,
    search: Search = None,
    folder_id: Annotated[UUID | None, Query(description="Those in this folder alone.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ConversationOut]:
    """Your own, pinned ones first, then latest first; temporary ones apart."""
    if folder_id is not None:
        await get_folder(session, principal, folder_id)
    before = decode_cursor(cursor, _as_bool, datetime.fromisoformat, UUID) if cursor else None
    found = await queries.list_conversations(
        session,
        principal,
        search=search.strip() if search else None,
        folder_id=folder_id,
        before=(before[0], before[1], before[2]) if before else None,
        limit=limit + 1,
    )
    items = await _render(session, principal, *found[:limit])
    last = items[-1] if len(found) > limit else None
    more = encode_cursor(int(last.pinned), last.updated_at.isoformat(), last.id) if last else None
    return Page(items=items, next_cursor=more)


@router.get("/conversations/{conversation_id}")
async def get_conversation(
    session: ReadSession, principal: CurrentPrincipal, conversation_id: UUID
) -> ConversationDetail:
    conversation = await service.get_conversation(session, principal, conversation_id)
    active = await queries.active_run(session, conversation.id)
    (shown,) = await _render(session, principal, conversation)
    return ConversationDetail(**shown.model_dump(), active_run_id=active)


@router.patch("/conversations/{conversation_id}")
async def update_conversation(
    session: WriteSession, principal: CurrentPrincipal, conversation_id: UUID, change: ConversationPatch
) -> ConversationOut:
    """Renames or pins it, puts it into a folder, keeps what was temporary."""
    changed = await conversations.update_conversation(session, principal, conversation_id, change)
    return (await _render(session, principal, changed))[0]


@router.delete("/conversations/{conversation_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_conversation(session: WriteSession, principal: CurrentPrincipal, conversation_id: UUID) -> Response:
    """Hidden at once; an answer in it stops. `restore` takes it back."""
    await conversations.delete_conversation(session, principal, conversation_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/conversations/{conversation_id}/restore")
async def restore_conversation(
    session: WriteSession, principal: CurrentPrincipal, conversation_id: UUID
) -> ConversationOut:
    restored = await conversations.restore_conversation(session, principal, conversation_id)
    return (await _render(session, principal, restored))[0]


@router.get("/conversations/{conversation_id}/messages")
async def list_messages(
    session: ReadSession, principal: CurrentPrincipal, conversation_id: UUID, cursor: Cursor = None, limit: Limit = 100
) -> Page[MessageOut]:
    """Oldest first; `parent_id` tells the branches."""
    conversation = await service.get_conversation(session, principal, conversation_id)
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    found = await queries.messages_of(
        session, conversation.id, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shown = found[:limit]
    more = encode_cursor(shown[-1].created_at.isoformat(), shown[-1].id) if len(found) > limit else None
    return Page(items=await render_own(session, principal, shown), next_cursor=more)


def _as_bool(word: str) -> bool:
    return bool(int(word))


async def _render(session: AsyncSession, principal: Principal, *found: Conversation) -> list[ConversationOut]:
    agents = {one.agent_id for one in found if one.agent_id}
    names = await usable_names(session, principal, agents)
    shown = [ConversationOut.model_validate(one, from_attributes=True) for one in found]
    for one in shown:
        one.agent_name = names.get(one.agent_id) if one.agent_id else None
    return shown
