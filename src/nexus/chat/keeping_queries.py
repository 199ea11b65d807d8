"""SQL of what is cleaned up, in batches: each statement takes a few hundred conversations at most."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.chat.models import STOPS, Conversation, ConversationRules, Run
from nexus.core.clock import now
from nexus.core.db import notify

BATCH: Final = 200
_UNSEEN: Final = {"synchronize_session": False}


async def find_rules(session: AsyncSession, tenant_id: UUID) -> ConversationRules | None:
    return await session.get(ConversationRules, tenant_id)


async def tenants_that_forget(session: AsyncSession) -> dict[UUID, int]:
    """Tenants whose conversations end some days after their last use."""
    rows = await session.execute(
        select(ConversationRules.tenant_id, ConversationRules.keep_days).where(ConversationRules.keep_days.is_not(None))
    )
    return {tenant_id: days for tenant_id, days in rows if days is not None}


def _living(*conditions: ColumnElement[bool]) -> Select[UUID]:
    return select(Conversation.id).where(
        Conversation.deleted_at.is_(None), Conversation.temporary.is_not(true()), *conditions
    )


def _loose() -> ColumnElement[bool]:
    """What nobody has said that they want to keep."""
    return and_(Conversation.pinned.is_not(true()), Conversation.folder_id.is_(None))


async def count_living(session: AsyncSession, principal: Principal) -> int:
    own = _living(Conversation.user_id == principal.user_id).subquery()
    return await session.scalar(select(func.count()).select_from(own)) or 0


async def oldest_loose(session: AsyncSession, principal: Principal, limit: int) -> Sequence[Conversation]:
    query = select(Conversation).where(
        Conversation.id.in_(_living(Conversation.user_id == principal.user_id, _loose()))
    )
    return (await session.scalars(query.order_by(Conversation.updated_at, Conversation.id).limit(limit))).all()


async def used_before(
    session: AsyncSession, principal: Principal, moment: datetime, limit: int
) -> Sequence[Conversation]:
    query = select(Conversation).where(
        Conversation.id.in_(_living(Conversation.user_id == principal.user_id, Conversation.updated_at < moment))
    )
    return (await session.scalars(query.order_by(Conversation.updated_at, Conversation.id).limit(limit))).all()


async def delete_used_before(session: AsyncSession, tenant_id: UUID, moment: datetime) -> Sequence[UUID]:
    """Hides a batch of them, as their owners would; returns which."""
    old = _living(Conversation.tenant_id == tenant_id, Conversation.updated_at < moment).limit(BATCH)
    return await _hide(session, list(await session.scalars(old)))


async def crowded(session: AsyncSession, default_most: int) -> list[tuple[UUID, int]]:
    """People who have more conversations than their tenant's rules allow, each with how many too many."""
    most = func.coalesce(ConversationRules.most, default_most)
    rows = await session.execute(
        select(Conversation.user_id, func.count() - most)
        .outerjoin(ConversationRules, ConversationRules.tenant_id == Conversation.tenant_id)
        .where(Conversation.deleted_at.is_(None), Conversation.temporary.is_not(true()))
        .group_by(Conversation.user_id, most)
        .having(func.count() > most)
    )
    return [(row[0], row[1]) for row in rows]


async def delete_oldest(session: AsyncSession, user_id: UUID, count: int) -> Sequence[UUID]:
    """Hides the person's oldest that are neither pinned nor in a folder; returns which there were."""
    oldest = _living(Conversation.user_id == user_id, _loose()).order_by(Conversation.updated_at, Conversation.id)
    return await _hide(session, list(await session.scalars(oldest.limit(min(count, BATCH)))))


async def _hide(session: AsyncSession, conversation_ids: Sequence[UUID]) -> Sequence[UUID]:
    if not conversation_ids:
        return []
    hidden = update(Conversation).where(Conversation.id.in_(conversation_ids)).values(deleted_at=now())
    await session.execute(hidden, execution_options=_UNSEEN)
    stopped = update(Run).where(Run.conversation_id.in_(conversation_ids), Run.state.in_(("queued", "running")))
    await session.execute(stopped.values(cancel_requested=True), execution_options=_UNSEEN)
    notify(session, STOPS)
    return conversation_ids


async def over(
    session: AsyncSession, *, deleted_before: datetime, idle_since: datetime, begun_before: datetime
) -> Sequence[UUID]:
    """A batch of what goes for good: deleted long enough ago, temporary and left alone so long, or begun so long ago
    without a question.

    One in which an answer is being written waits for the next time.
    """
    busy = select(Run.conversation_id).where(
        Run.conversation_id == Conversation.id, Run.state.in_(("queued", "running"))
    )
    ends = or_(
        Conversation.deleted_at < deleted_before,
        and_(Conversation.temporary.is_(true()), Conversation.title != "", Conversation.updated_at < idle_since),
        and_(Conversation.title == "", Conversation.updated_at < begun_before),
    )
    return list(await session.scalars(select(Conversation.id).where(ends, ~busy.exists()).limit(BATCH)))
