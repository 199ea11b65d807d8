"""SQL of jobs as administrators see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import notify
from nexus.core.jobs.models import TOPIC, Job

OPEN = ("queued", "running", "failed")


@dataclass(frozen=True, slots=True)
class JobFilter:
    tenant_id: UUID | None
    """None: everybody's, and those of no tenant."""
    state: str | None = None
    kind: str | None = None


async def list_jobs(
    session: AsyncSession, wanted: JobFilter, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[Job]:
    """The newest first."""
    query = select(Job)
    if wanted.tenant_id is not None:
        query = query.where(Job.tenant_id == wanted.tenant_id)
    if wanted.state is not None:
        query = query.where(Job.state == wanted.state)
    if wanted.kind is not None:
        query = query.where(Job.kind == wanted.kind)
    if after is not None:
        query = query.where(tuple_(Job.created_at, Job.id) < after)
    return (await session.scalars(query.order_by(Job.created_at.desc(), Job.id.desc()).limit(limit))).all()


async def find_job(session: AsyncSession, job_id: UUID, tenant_id: UUID | None) -> Job | None:
    """Locked, so that it does not begin or end meanwhile. `tenant_id` as in `JobFilter`."""
    query = select(Job).where(Job.id == job_id)
    if tenant_id is not None:
        query = query.where(Job.tenant_id == tenant_id)
    return await session.scalar(query.with_for_update())


async def is_waiting(session: AsyncSession, dedup_key: str | None) -> bool:
    """Whether a job with this key waits already."""
    if dedup_key is None:
        return False
    found = select(Job.id).where(Job.dedup_key == dedup_key, Job.state == "queued")
    return await session.scalar(found.limit(1)) is not None


async def requeue(session: AsyncSession, job: Job) -> None:
    """As if it had never been tried; its checkpoint stays, for whatever of it is still there."""
    values = {"state": "queued", "attempts": 0, "interruptions": 0, "run_at": now(), "finished_at": None}
    await session.execute(update(Job).where(Job.id == job.id).values(published_at=None, **values))
    notify(session, TOPIC)


async def cancel(session: AsyncSession, job: Job, reason: str) -> None:
    await session.execute(
        update(Job).where(Job.id == job.id).values(state="cancelled", error=reason, finished_at=now())
    )


@dataclass(frozen=True, slots=True)
class Queue:
    kind: str
    queued: int
    running: int
    failed: int
    oldest_due: datetime | None


async def queues(session: AsyncSession) -> Sequence[Queue]:
    """Of each kind of which something waits, runs or has failed."""
    moment = now()
    due = case(((Job.state == "queued") & (Job.run_at <= moment), Job.run_at))
    rows = await session.execute(
        select(
            Job.kind,
            func.sum(case((Job.state == "queued", 1), else_=0)),
            func.sum(case((Job.state == "running", 1), else_=0)),
            func.sum(case((Job.state == "failed", 1), else_=0)),
            func.min(due),
        )
        .where(Job.state.in_(OPEN))
        .group_by(Job.kind)
        .order_by(Job.kind)
    )
    return [Queue(row[0], int(row[1]), int(row[2]), int(row[3]), row[4]) for row in rows]
