"""SQL of how much agents are asked. Counts alone: never who asked what."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, distinct, func, select

from nexus.chat.models import Feedback, Run
from nexus.core.db import AsyncSession

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Usage:
    """`per_day`: questions of each day, the first one's first."""

    questions: int
    people: int
    up: int
    down: int
    per_day: Sequence[int]


async def usage_of(session: AsyncSession, agent_id: UUID, first: datetime, days: int) -> Usage:
    """Of so many days, each as long as `first` begins; a question that was answered again counts once."""
    asked = Run.agent_id == agent_id, Run.created_at >= first, Run.created_at < first + days * _DAY
    figures = select(func.count(distinct(Run.question_id)), func.count(distinct(Run.user_id))).where(*asked)
    questions, people = (await session.execute(figures)).one()
    day = _day(first, days)
    rows = await session.execute(select(day, func.count(distinct(Run.question_id))).where(*asked).group_by(day))
    counted: dict[int, int] = dict(rows.all())
    thumbs = await session.execute(
        select(Feedback.rating, func.count())
        .join(Run, Run.answer_id == Feedback.message_id)
        .where(*asked)
        .group_by(Feedback.rating)
    )
    rated: dict[str, int] = dict(thumbs.all())
    per_day = [counted.get(number, 0) for number in range(days)]
    return Usage(questions, people, rated.get("up", 0), rated.get("down", 0), per_day)


def _day(first: datetime, days: int) -> ColumnElement[int]:
    """The number of the day: the databases have no word in common that cuts a moment off at UTC's midnight."""
    ends = ((Run.created_at < first + (number + 1) * _DAY, number) for number in range(days))
    return case(*ends, else_=days)
