"""SQL of the folders in which people keep conversations."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.chat.models import Conversation, ConversationFolder
from nexus.core.errors import ConflictError


async def list_folders(
    session: AsyncSession, principal: Principal, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[ConversationFolder]:
    """This person's, by name."""
    query = select(ConversationFolder).where(ConversationFolder.user_id == principal.user_id)
    if after:
        query = query.where(tuple_(ConversationFolder.name, ConversationFolder.id) > after)
    return (await session.scalars(query.order_by(ConversationFolder.name, ConversationFolder.id).limit(limit))).all()


async def count_folders(session: AsyncSession, principal: Principal) -> int:
    return (
        await session.scalar(
            select(func.count()).select_from(ConversationFolder).where(ConversationFolder.user_id == principal.user_id)
        )
        or 0
    )


async def find_folder(session: AsyncSession, principal: Principal, folder_id: UUID) -> ConversationFolder | None:
    return await session.scalar(
        select(ConversationFolder).where(
            ConversationFolder.id == folder_id,
            ConversationFolder.tenant_id == principal.tenant_id,
            ConversationFolder.user_id == principal.user_id,
        )
    )


async def save_folder(session: AsyncSession, folder: ConversationFolder) -> None:
    """Raises ConflictError when the person has another one of this name."""
    name = folder.name
    try:
        async with session.begin_nested():
            session.add(folder)
            await session.flush()
    except IntegrityError as error:
        raise ConflictError(f"You have a folder “{name}” already. Choose another name.") from error


async def delete_folder(session: AsyncSession, folder_id: UUID) -> None:
    """What is in it moves out, deleted conversations too."""
    unseen = {"synchronize_session": False}
    moved = update(Conversation).where(Conversation.folder_id == folder_id).values(folder_id=None)
    await session.execute(moved, execution_options=unseen)
    await session.execute(
        delete(ConversationFolder).where(ConversationFolder.id == folder_id), execution_options=unseen
    )
