"""The audit log: a chain of events for each tenant, and its head. Triggers of the database refuse to change either.

No foreign key leads out of here: an event outlives what it speaks of.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.db import Base


class AuditEvent(Base):
    """One act. `sequence` counts from 1 without gaps in each tenant; `hash` is `chain.digest` of all other columns."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index(None, "tenant_id", "at"),
        Index(None, "tenant_id", "actor_id", "sequence"),
        Index(None, "tenant_id", "action", "sequence"),
        Index(None, "tenant_id", "target_id", "sequence"),
    )

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    """Whose log it is in; `acts.INSTALLATION` where no tenant is concerned."""
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    """The user; None where nobody could be made out."""
    credential: Mapped[str] = mapped_column(String(16))
    """How they proved it: `acts.Credential`."""
    actor_name: Mapped[str] = mapped_column(String(600))
    action: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(16))
    target_kind: Mapped[str] = mapped_column(String(32))
    target_id: Mapped[UUID | None]
    target_name: Mapped[str] = mapped_column(String(1000))
    """As it was then; empty for what is private to somebody."""
    ip: Mapped[str] = mapped_column(String(64))
    user_agent: Mapped[str] = mapped_column(String(300))
    request_id: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 in hex, as `hash`."""
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The last event of a tenant's chain; without it, nobody would miss events taken off the end."""

    __tablename__ = "audit_head"

    tenant_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
