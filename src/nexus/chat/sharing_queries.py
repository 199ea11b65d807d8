"""SQL of shares and of the branch that one shows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, literal, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.chat.models import Conversation, Message, Share
from nexus.core.clock import now
from nexus.identity.models import User

LONGEST_BRANCH: Final = 2000


async def branch_to(session: AsyncSession, conversation_id: UUID, message_id: UUID) -> list[Message]:
    """The messages from the first question down to this one; empty when it is not in the conversation."""
    chain = (
        select(Message.id, Message.parent_id, literal(0).label("depth"))
        .where(Message.id == message_id, Message.conversation_id == conversation_id)
        .cte("chain", recursive=True)
    )
    above = select(Message.id, Message.parent_id, chain.c.depth + 1).join(chain, Message.id == chain.c.parent_id)
    chain = chain.union_all(above.where(chain.c.depth < LONGEST_BRANCH))
    rows = await session.scalars(select(Message).join(chain, chain.c.id == Message.id).order_by(chain.c.depth.desc()))
    return list(rows)


async def list_shares(
    session: AsyncSession,
    principal: Principal,
    conversation_id: UUID,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Share]:
    """This person's of one conversation, latest first; those that have run out too."""
    query = select(Share).where(Share.user_id == principal.user_id, Share.conversation_id == conversation_id)
    if before:
        query = query.where(tuple_(Share.created_at, Share.id) < before)
    return (await session.scalars(query.order_by(Share.created_at.desc(), Share.id.desc()).limit(limit))).all()


async def find_own_share(session: AsyncSession, principal: Principal, share_id: UUID) -> Share | None:
    return await session.scalar(
        select(Share).where(
            Share.id == share_id, Share.tenant_id == principal.tenant_id, Share.user_id == principal.user_id
        )
    )


async def find_open_share(session: AsyncSession, principal: Principal, share_id: UUID) -> tuple[Share, str] | None:
    """One that people of this tenant may open now, with its owner's name."""
    found = await session.execute(
        select(Share, User.name)
        .join(Conversation, Conversation.id == Share.conversation_id)
        .join(User, User.id == Share.user_id)
        .where(
            Share.id == share_id,
            Share.tenant_id == principal.tenant_id,
            or_(Share.expires_at.is_(None), Share.expires_at > now()),
            Conversation.deleted_at.is_(None),
            User.active,
            User.deleted_at.is_(None),
        )
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def delete_share(session: AsyncSession, share_id: UUID) -> None:
    await session.execute(delete(Share).where(Share.id == share_id), execution_options={"synchronize_session": False})
