"""The grants: the only reason why anybody may read anything."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id


class ResourceKind(StrEnum):
    KNOWLEDGE_BASE = "knowledge_base"
    DOCUMENT = "document"
    """Counts only for a document that is restricted to its own readers."""
    AGENT = "agent"
    """Reading it is using it: no right to any document follows from that."""
    DELETED_KNOWLEDGE_BASE = "deleted_knowledge_base"
    """Grants on what was deleted are kept under these words until it is restored or purged: nobody can read by them."""
    DELETED_DOCUMENT = "deleted_document"


class Level(StrEnum):
    READ = "read"
    MANAGE = "manage"
    """Includes read."""


class Grant(Base):
    """`subject` may read or manage a resource. `subject` is the word of `principal.subject()`."""

    __tablename__ = "grant"
    __table_args__ = (
        UniqueConstraint("resource_kind", "resource_id", "subject"),
        Index(None, "tenant_id", "subject", "resource_kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID]
    resource_kind: Mapped[str] = mapped_column(String(32))
    resource_id: Mapped[UUID]
    subject: Mapped[str] = mapped_column(String(64))
    level: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
