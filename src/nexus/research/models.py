"""What was planned, and what has been found for each part of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id


class Research(Base):
    """A question with its plan. `run_id` is the newest run that works on it; None until somebody starts it."""

    __tablename__ = "research"
    __table_args__ = (Index(None, "conversation_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id", ondelete="CASCADE"), index=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    question_id: Mapped[UUID] = mapped_column(ForeignKey("message.id", ondelete="CASCADE"), index=True)
    run_id: Mapped[UUID | None] = mapped_column(ForeignKey("run.id", ondelete="SET NULL"), index=True)
    subject: Mapped[str] = mapped_column(Text)
    """The question so that it can be understood alone."""
    title: Mapped[str] = mapped_column(String(200))
    plan: Mapped[list[Any]]
    """The parts in their order: `heading` and `question` of each."""
    scope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    planned_by: Mapped[list[Any]] = mapped_column(default=list)
    """Who made the plan, and for how many tokens, for the first run's account."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class ResearchStep(Base):
    """What was found for one part: ids of passages, never their words, which are read again when the report is
    written."""

    __tablename__ = "research_step"

    research_id: Mapped[UUID] = mapped_column(ForeignKey("research.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The part's, from 1."""
    searches: Mapped[list[Any]]
    """As a run's steps (`nexus.chat.steps`)."""
    notes: Mapped[list[Any]]
    """`chunk` and `score` of each passage that tells something, the best first."""
    read_documents: Mapped[list[str]]
    """Ids of all documents that the model was shown for it."""
    finished_at: Mapped[datetime] = mapped_column(default=now)
