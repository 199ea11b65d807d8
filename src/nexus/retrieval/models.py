"""How much knowledge bases are searched."""

from datetime import date
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.db import Base


class SearchUse(Base):
    """One knowledge base on one day (UTC): sums alone, nothing of who asked what."""

    __tablename__ = "search_use"

    knowledge_base_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    searches: Mapped[int] = mapped_column(default=0)
    reused: Mapped[int] = mapped_column(default=0)
    """Of them, those that an earlier search was used for (`retrieval.reuse`)."""
    saved_milliseconds: Mapped[float] = mapped_column(default=0.0)
