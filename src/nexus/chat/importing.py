"""Conversations that began elsewhere: what was said there, as far as the next answer is told of it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from nexus.access import service as access
from nexus.access.principal import Permission, Principal
from nexus.chat.models import Conversation, Message
from nexus.chat.service import HISTORY, to_title
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.ids import new_id
from nexus.providers.llm.base import ChatTurn


async def import_conversation(
    session: AsyncSession,
    principal: Principal,
    turns: Sequence[ChatTurn],
    question: str,
    *,
    agent_id: UUID | None = None,
) -> Conversation:
    """A conversation with the last of these turns in it, called by the question that comes next.

    It is a temporary one: its home is elsewhere, and what is said there is said again with each question. The caller
    has made sure that the person may use the agent, if one is named.
    """
    access.require_permission(principal, Permission.ASK)
    conversation = Conversation(
        id=new_id(),
        tenant_id=principal.tenant_id,
        user_id=principal.user_id,
        title=to_title(question),
        temporary=True,
        agent_id=agent_id,
    )
    session.add(conversation)
    parent: Message | None = None
    kept, moment = turns[-HISTORY:], now()
    for number, turn in enumerate(kept):
        parent = Message(
            id=new_id(),
            conversation_id=conversation.id,
            parent_id=parent.id if parent else None,
            role=turn.role,
            text=turn.text,
            # Before the question, and in their order.
            created_at=moment - timedelta(milliseconds=len(kept) - number),
        )
        session.add(parent)
    await session.flush()
    return conversation
