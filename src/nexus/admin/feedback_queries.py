"""SQL of the feedback queue and of evaluation cases."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import aliased

from nexus.admin.models import EvaluationCase
from nexus.chat.models import Conversation, Feedback, Message
from nexus.core.db import AsyncSession
from nexus.identity.models import User


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """What is None does not narrow."""

    state: str | None = None
    rating: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(Feedback.state == self.state)
        if self.rating is not None:
            found.append(Feedback.rating == self.rating)
        if self.since is not None:
            found.append(Feedback.updated_at >= self.since)
        if self.until is not None:
            found.append(Feedback.updated_at < self.until)
        return found


@dataclass(frozen=True, slots=True)
class Rated:
    """A row of the queue with what it is about."""

    feedback: Feedback
    answer: Message
    question: Message
    giver: User
    reviewer: User | None
    case_id: UUID | None


def _rated(tenant_id: UUID) -> Select[Feedback, Message, Message, User, User, UUID]:
    """Of conversations that their owner has not deleted."""
    answer, question, reviewer = aliased(Message), aliased(Message), aliased(User)
    return (
        select(Feedback, answer, question, User, reviewer, EvaluationCase.id)
        .join(answer, answer.id == Feedback.message_id)
        .join(question, question.id == answer.parent_id)
        .join(Conversation, Conversation.id == answer.conversation_id)
        .join(User, User.id == Feedback.user_id)
        .outerjoin(reviewer, reviewer.id == Feedback.reviewer_id)
        .outerjoin(EvaluationCase, EvaluationCase.feedback_id == Feedback.id)
        .where(Feedback.tenant_id == tenant_id, Conversation.deleted_at.is_(None))
    )


async def list_feedback(
    session: AsyncSession,
    tenant_id: UUID,
    wanted: FeedbackFilter,
    *,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Rated]:
    """What was said last comes first."""
    query = _rated(tenant_id).where(*wanted.conditions())
    if before is not None:
        query = query.where(tuple_(Feedback.updated_at, Feedback.id) < before)
    rows = await session.execute(query.order_by(Feedback.updated_at.desc(), Feedback.id.desc()).limit(limit))
    return [Rated(*row) for row in rows]


async def find_feedback(session: AsyncSession, tenant_id: UUID, feedback_id: UUID) -> Rated | None:
    row = (await session.execute(_rated(tenant_id).where(Feedback.id == feedback_id))).one_or_none()
    return Rated(*row) if row else None


async def count_feedback(session: AsyncSession, tenant_id: UUID) -> dict[str, int]:
    """By state."""
    counted = (
        select(Feedback.state, func.count().label("number"))
        .join(Message, Message.id == Feedback.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Feedback.tenant_id == tenant_id, Conversation.deleted_at.is_(None))
        .group_by(Feedback.state)
    )
    return {row.state: row.number for row in await session.execute(counted)}


async def list_cases(
    session: AsyncSession, tenant_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int
) -> Sequence[EvaluationCase]:
    """The newest first."""
    query = select(EvaluationCase).where(EvaluationCase.tenant_id == tenant_id)
    if before is not None:
        query = query.where(tuple_(EvaluationCase.created_at, EvaluationCase.id) < before)
    ordered = query.order_by(EvaluationCase.created_at.desc(), EvaluationCase.id.desc()).limit(limit)
    return (await session.scalars(ordered)).all()


async def find_case(session: AsyncSession, tenant_id: UUID, case_id: UUID) -> EvaluationCase | None:
    return await session.scalar(
        select(EvaluationCase).where(EvaluationCase.tenant_id == tenant_id, EvaluationCase.id == case_id)
    )
