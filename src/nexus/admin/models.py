"""What administrators keep of their own."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id


class EvaluationCase(Base):
    """A question whose answers are to be watched. It outlives the conversation it comes from."""

    __tablename__ = "evaluation_case"
    __table_args__ = (Index(None, "tenant_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    feedback_id: Mapped[UUID | None] = mapped_column(ForeignKey("feedback.id", ondelete="SET NULL"), unique=True)
    question: Mapped[str] = mapped_column(Text)
    expected: Mapped[str] = mapped_column(Text)
    """The right answer in somebody's words, or nothing."""
    document_ids: Mapped[list[str]]
    """Documents that a right answer cites."""
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
