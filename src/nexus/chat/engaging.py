"""Which agent answers in a conversation: the one it began with, as long as whoever asks may use it."""

from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents import profiles
from nexus.agents.profiles import Engaged
from nexus.chat.models import Conversation
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError


async def engage_named(session: AsyncSession, principal: Principal, agent_id: UUID | None) -> Engaged | None:
    """Raises NotFoundError, the same for unknown agents and those that they may not use."""
    return await profiles.engage(session, principal, agent_id) if agent_id else None


async def engage_in(
    session: AsyncSession, principal: Principal, conversation: Conversation, named: UUID | None = None
) -> Engaged | None:
    """Raises ConflictError where the agent is not there for them any more, and where another one is `named`."""
    if named is not None and named != conversation.agent_id:
        raise ConflictError("A conversation stays with whom it began. Start a new one to ask another agent.")
    try:
        return await engage_named(session, principal, conversation.agent_id)
    except NotFoundError:
        raise ConflictError(
            "You cannot use this conversation's agent any more. Start a new conversation, or ask who gave it to you.",
            code="agent-gone",
        ) from None
