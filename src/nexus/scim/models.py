"""The tokens with which directories sign in, and what a tenant lets them do."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id


class ScimToken(Base):
    """Lets one directory provision one tenant. The secret is shown once and kept as its SHA-256."""

    __tablename__ = "scim_token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    rotated_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class ScimSettings(Base):
    """What a tenant's directory may do beyond the accounts it made. Without a row: nothing."""

    __tablename__ = "scim_settings"

    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    take_over_accounts: Mapped[bool] = mapped_column(default=False)
    """An account that has the address of a person whom the directory creates becomes the directory's."""
    new_departments_region_id: Mapped[UUID | None] = mapped_column(ForeignKey("region.id", ondelete="SET NULL"))
    """Where departments are created that the directory names and nobody has made; null creates none."""
