"""HTTP of folders of conversations."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from nexus.chat import folder_queries, folders
from nexus.chat.models import ConversationFolder
from nexus.chat.schemas import FolderIn, FolderOut
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity.deps import CurrentPrincipal

router = APIRouter(tags=["chat"])


@router.get("/conversation-folders")
async def list_folders(
    session: ReadSession, principal: CurrentPrincipal, cursor: Cursor = None, limit: Limit = 100
) -> Page[FolderOut]:
    """Your own, by name."""
    after = decode_cursor(cursor, str, UUID) if cursor else None
    found = await folder_queries.list_folders(
        session, principal, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shown = found[:limit]
    more = encode_cursor(shown[-1].name, shown[-1].id) if len(found) > limit else None
    return Page(items=[_render(one) for one in shown], next_cursor=more)


@router.post("/conversation-folders", status_code=status.HTTP_201_CREATED)
async def create_folder(session: WriteSession, principal: CurrentPrincipal, wanted: FolderIn) -> FolderOut:
    return _render(await folders.create_folder(session, principal, wanted.name))


@router.patch("/conversation-folders/{folder_id}")
async def rename_folder(
    session: WriteSession, principal: CurrentPrincipal, folder_id: UUID, wanted: FolderIn
) -> FolderOut:
    return _render(await folders.rename_folder(session, principal, folder_id, wanted.name))


@router.delete("/conversation-folders/{folder_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_folder(session: WriteSession, principal: CurrentPrincipal, folder_id: UUID) -> Response:
    """The conversations in it stay, outside of it."""
    await folders.delete_folder(session, principal, folder_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _render(folder: ConversationFolder) -> FolderOut:
    return FolderOut.model_validate(folder, from_attributes=True)
