"""Folders of conversations: each person's own, a conversation in at most one."""

from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.chat import folder_queries
from nexus.chat.models import ConversationFolder
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError

MOST_FOLDERS: Final = 200


async def get_folder(session: AsyncSession, principal: Principal, folder_id: UUID) -> ConversationFolder:
    """Raises NotFoundError, the same for unknown and other people's."""
    folder = await folder_queries.find_folder(session, principal, folder_id)
    if folder is None:
        raise NotFoundError("There is no such folder.")
    return folder


async def create_folder(session: AsyncSession, principal: Principal, name: str) -> ConversationFolder:
    """Raises ConflictError for a name that stands already, and when there are too many."""
    if await folder_queries.count_folders(session, principal) >= MOST_FOLDERS:
        raise ConflictError(f"You have {MOST_FOLDERS} folders, and more are not possible. Delete one first.")
    folder = ConversationFolder(tenant_id=principal.tenant_id, user_id=principal.user_id, name=name)
    await folder_queries.save_folder(session, folder)
    return folder


async def rename_folder(session: AsyncSession, principal: Principal, folder_id: UUID, name: str) -> ConversationFolder:
    folder = await get_folder(session, principal, folder_id)
    folder.name = name
    await folder_queries.save_folder(session, folder)
    return folder


async def delete_folder(session: AsyncSession, principal: Principal, folder_id: UUID) -> None:
    folder = await get_folder(session, principal, folder_id)
    await folder_queries.delete_folder(session, folder.id)
