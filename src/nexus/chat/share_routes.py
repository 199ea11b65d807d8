"""HTTP of shares: made and ended by the owner, opened by colleagues."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response, status

from nexus.chat import service, sharing, sharing_queries
from nexus.chat.models import Share
from nexus.chat.schemas import ConversationOut, SharedMessage, SharedOut, ShareIn, ShareOut
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor, small_number
from nexus.identity.deps import CurrentPrincipal

router = APIRouter(tags=["chat"])


@router.post("/conversations/{conversation_id}/shares", status_code=status.HTTP_201_CREATED)
async def create_share(
    session: WriteSession, principal: CurrentPrincipal, conversation_id: UUID, wanted: ShareIn
) -> ShareOut:
    """Lets everybody of your tenant read this branch as it stands now; each sees of it what their rights allow."""
    return _render(await sharing.create_share(session, principal, conversation_id, wanted))


@router.get("/conversations/{conversation_id}/shares")
async def list_shares(
    session: ReadSession, principal: CurrentPrincipal, conversation_id: UUID, cursor: Cursor = None, limit: Limit = 50
) -> Page[ShareOut]:
    """Latest first; who opened them is not kept."""
    conversation = await service.get_conversation(session, principal, conversation_id)
    before = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    found = await sharing_queries.list_shares(
        session, principal, conversation.id, before=(before[0], before[1]) if before else None, limit=limit + 1
    )
    shown = found[:limit]
    more = encode_cursor(shown[-1].created_at.isoformat(), shown[-1].id) if len(found) > limit else None
    return Page(items=[_render(one) for one in shown], next_cursor=more)


@router.delete("/shares/{share_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_share(session: WriteSession, principal: CurrentPrincipal, share_id: UUID) -> Response:
    """From now on its link opens nothing."""
    await sharing.end_share(session, principal, share_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/shared/{shared_id}")
async def get_shared(session: ReadSession, principal: CurrentPrincipal, shared_id: UUID) -> SharedOut:
    """What a link opens: whose conversation it is."""
    shared = await sharing.open_share(session, principal, shared_id)
    return SharedOut(title=shared.title, owner_name=shared.owner_name, created_at=shared.created_at)


@router.get("/shared/{shared_id}/messages")
async def list_shared_messages(
    session: ReadSession, principal: CurrentPrincipal, shared_id: UUID, cursor: Cursor = None, limit: Limit = 100
) -> Page[SharedMessage]:
    """Oldest first, as far as you may read what they rest on."""
    after: int = decode_cursor(cursor, small_number)[0] if cursor else -1
    shared = await sharing.open_share(session, principal, shared_id)
    found = [one for one in sharing.render_shared(shared.messages) if one.position > after]
    more = encode_cursor(found[limit - 1].position) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=more)


@router.post("/shared/{shared_id}/continue", status_code=status.HTTP_201_CREATED)
async def continue_shared(session: WriteSession, principal: CurrentPrincipal, shared_id: UUID) -> ConversationOut:
    """A conversation of your own that begins with what you see here."""
    conversation = await sharing.continue_share(session, principal, shared_id)
    return ConversationOut.model_validate(conversation, from_attributes=True)


def _render(share: Share) -> ShareOut:
    return ShareOut.model_validate(share, from_attributes=True)
