"""Model providers, model routes and prompts of a tenant."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.ids import new_id
from nexus.core.sealed_rows import Sealed


class ModelProvider(Base):
    """A vendor, or a server, that answers with language models; one row for each region of it."""

    __tablename__ = "model_provider"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(32))
    base_url: Mapped[str] = mapped_column(String(500), default="")
    """Empty: the vendor's own address."""
    region: Mapped[str] = mapped_column(String(100), default="")
    """Where it computes, as people call it; told with every answer."""
    api_version: Mapped[str] = mapped_column(String(40), default="")
    key_env: Mapped[str] = mapped_column(String(100), default="")
    """Name of the environment variable that holds the key; one of those that the settings permit."""
    sealed_key: Mapped[str | None] = mapped_column(Sealed(4000))
    enabled: Mapped[bool] = mapped_column(default=True)
    version: Mapped[int] = mapped_column(default=1)
    """Counts changes: whoever changes a row says which one they saw."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class ModelRoute(Base):
    """Who answers for one purpose, and within which bounds."""

    __tablename__ = "model_route"
    __table_args__ = (UniqueConstraint("tenant_id", "purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    purpose: Mapped[str] = mapped_column(String(64))
    temperature: Mapped[float]
    max_tokens: Mapped[int]
    deadline_seconds: Mapped[int]
    patience_seconds: Mapped[int]
    """How long a candidate may take to begin, while there are others behind it."""
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(default=now)


class ModelRouteCandidate(Base):
    """A model of a provider, at its place in a route. `provider_id` None is the installation's own provider."""

    __tablename__ = "model_route_candidate"

    route_id: Mapped[UUID] = mapped_column(ForeignKey("model_route.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    provider_id: Mapped[UUID | None] = mapped_column(ForeignKey("model_provider.id", ondelete="CASCADE"), index=True)
    model: Mapped[str] = mapped_column(String(200))


class Prompt(Base):
    """Which version of a purpose's prompt counts. `active` 0: none of them, only what always holds."""

    __tablename__ = "prompt"
    __table_args__ = (UniqueConstraint("tenant_id", "purpose"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenant.id"))
    purpose: Mapped[str] = mapped_column(String(64))
    active: Mapped[int] = mapped_column(default=0)
    newest: Mapped[int] = mapped_column(default=0)
    """The number of the last version that was made."""
    changes: Mapped[int] = mapped_column(default=0)
    """Counts changes: whoever changes a prompt says which state of it they saw."""
    updated_at: Mapped[datetime] = mapped_column(default=now)


class PromptVersion(Base):
    """What was written once, and is never changed."""

    __tablename__ = "prompt_version"
    __table_args__ = (UniqueConstraint("prompt_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    prompt_id: Mapped[UUID] = mapped_column(ForeignKey("prompt.id", ondelete="CASCADE"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(500), default="")
    """Why it was written."""
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(default=now)
