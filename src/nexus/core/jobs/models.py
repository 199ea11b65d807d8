"""The job table and how a job gets into it."""

from datetime import datetime
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Index, String, Text, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from nexus.core.clock import now
from nexus.core.db import Base, insert_into, notify
from nexus.core.ids import new_id

TOPIC = "jobs"
JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Job(Base):
    """`state`: queued, running, succeeded, failed, cancelled (another job with the same key does the work).

    `attempts` counts failures of the handler; `interruptions` counts processes that died under it since it
    last made progress, which is not the job's fault until it happens again and again. `published_at` is when
    the id was handed to the broker, where there is one.
    """

    __tablename__ = "job"
    __table_args__ = (
        Index(None, "state", "run_at"),
        Index(
            "uq_job_waiting_key",
            "dedup_key",
            unique=True,
            sqlite_where=text("state = 'queued'"),
            postgresql_where=text("state = 'queued'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    dedup_key: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    interruptions: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(default=now)
    lease_owner: Mapped[str | None] = mapped_column(String(100))
    lease_until: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    checkpoint: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class Message(BaseModel):
    """What a job carries: ids only, for the handler reads the rows as they are when it runs."""

    model_config = ConfigDict(frozen=True)

    kind: ClassVar[str]
    max_attempts: ClassVar[int] = 3


async def enqueue(
    session: AsyncSession,
    message: Message,
    *,
    tenant_id: UUID | None = None,
    dedup_key: str | None = None,
    run_at: datetime | None = None,
) -> None:
    """Adds the job in the caller's transaction; with a `dedup_key`, unless one with that key still waits.

    A key stands for the message: of two jobs with the same key, either may be the one that runs.
    """
    await session.execute(
        insert_into(session, Job)
        .values(
            id=new_id(),
            tenant_id=tenant_id,
            kind=message.kind,
            payload=message.model_dump(mode="json"),
            dedup_key=dedup_key,
            state="queued",
            attempts=0,
            interruptions=0,
            run_at=run_at or now(),
            checkpoint={},
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["dedup_key"], index_where=text("state = 'queued'"))
    )
    notify(session, TOPIC)


async def count_open(session: AsyncSession) -> dict[str, int]:
    """How many jobs wait, run and have failed, by state."""
    rows = await session.execute(
        select(Job.state, func.count()).where(Job.state.in_(("queued", "running", "failed"))).group_by(Job.state)
    )
    return dict(rows.all())
