"""What administrators keep of their own."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
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


class IndexCheck(Base):
    """A comparison of rows, index and files of the whole installation, and what came of it.

    `state`: running, succeeded (it was made; `is_ok` says whether all was well), failed (it could not be made).
    """

    __tablename__ = "index_check"
    __table_args__ = (
        # Whoever begins one while another goes on meets it here.
        Index(
            "uq_index_check_running",
            "state",
            unique=True,
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index(None, "begun_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    state: Mapped[str] = mapped_column(String(10), default="running")
    begun_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    is_asked: Mapped[bool]
    """Somebody asked for it; otherwise its day had come."""
    is_ok: Mapped[bool | None]
    documents: Mapped[int] = mapped_column(default=0)
    chunks: Mapped[int] = mapped_column(default=0)
    amiss: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """How many of what was not as it should be, by the names of `knowledge.schemas.IndexReport`."""
