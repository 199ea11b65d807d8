"""SQL of conversations that somebody has begun by attaching a file, and asked nothing in yet: those without a title."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.chat.models import Conversation


async def drafts_beyond(session: AsyncSession, principal: Principal, most: int) -> list[UUID]:
    """This person's, but for the `most` newest."""
    own = Conversation.tenant_id == principal.tenant_id, Conversation.user_id == principal.user_id
    drafts = select(Conversation.id).where(*own, Conversation.title == "", Conversation.deleted_at.is_(None))
    order = drafts.order_by(Conversation.updated_at.desc(), Conversation.id.desc())
    return list(await session.scalars(order.offset(most)))
