"""The states of a job: claimed under a lease, renewed, checkpointed, finished only by its owner.

Every function is one short transaction or part of the caller's. A claim makes a fresh owner word, so an
owner that lost its lease can never finish, checkpoint or publish anything: its update meets no row.
"""

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import Database, notify
from nexus.core.ids import new_id
from nexus.core.jobs.models import TOPIC, Job

MAX_INTERRUPTIONS = 20
"""Deaths of the process under a job, without a checkpoint between them, after which the job is to blame."""
REPUBLISH_AFTER = timedelta(minutes=10)
"""A waiting job whose id was handed to the broker this long ago is handed over again."""


class LeaseLostError(Exception):
    """Another process owns the job now; whatever was about to be written must not be."""


def backoff(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s … at most 10 minutes, and up to a quarter more, so that failures spread out."""
    return timedelta(seconds=min(600, 5 * 2 ** (attempts - 1)) * random.uniform(1, 1.25))  # noqa: S311


async def claim(db: Database, process: str, lease: timedelta, *, job_id: UUID | None = None) -> Job | None:
    """Takes the oldest due job, or the named one if it is due; None when there is nothing to take."""
    due = select(Job.id).where(Job.state == "queued", Job.run_at <= now())
    due = (due.where(Job.id == job_id) if job_id else due.order_by(Job.run_at, Job.id)).limit(1)
    async with db.read() as session:
        # A look without the write lock first: an idle runner must not disturb writers.
        if await session.scalar(due) is None:
            return None
    free = due.with_for_update(skip_locked=True).scalar_subquery()
    owner = f"{process}:{new_id().hex}"
    async with db.write() as session:
        return await session.scalar(
            update(Job)
            .where(Job.id == free, Job.state == "queued")
            .values(state="running", lease_owner=owner, lease_until=now() + lease, started_at=now())
            .returning(Job)
        )


async def _owned(session: AsyncSession, job_id: UUID, owner: str, **values: Any) -> None:
    result = await session.execute(
        update(Job).where(Job.id == job_id, Job.lease_owner == owner, Job.state == "running").values(**values)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise LeaseLostError


async def save_checkpoint(session: AsyncSession, job_id: UUID, owner: str, checkpoint: dict[str, Any]) -> None:
    """Part of the caller's transaction: the progress and what it speaks of stand or fall together."""
    await _owned(session, job_id, owner, checkpoint=checkpoint, interruptions=0)


async def finish(
    session: AsyncSession, job_id: UUID, owner: str, *, state: str = "succeeded", error: str | None = None
) -> None:
    """Part of the caller's transaction. Raises LeaseLostError."""
    await _owned(
        session, job_id, owner, state=state, error=error, finished_at=now(), lease_owner=None, lease_until=None
    )


async def retry_later(session: AsyncSession, job_id: UUID, owner: str, *, attempts: int, error: str) -> None:
    await _owned(
        session,
        job_id,
        owner,
        state="queued",
        attempts=attempts,
        error=error,
        run_at=now() + backoff(attempts),
        lease_owner=None,
        lease_until=None,
        published_at=None,
    )


async def release(session: AsyncSession, job_id: UUID, owner: str) -> None:
    """Gives a job back untouched: the process is shutting down."""
    await _owned(session, job_id, owner, state="queued", lease_owner=None, lease_until=None, published_at=None)


async def renew(session: AsyncSession, owners: dict[UUID, str], lease: timedelta) -> set[UUID]:
    """Prolongs the leases; returns the jobs that are no longer ours."""
    kept = await session.scalars(
        update(Job)
        .where(Job.state == "running", or_(*(and_(Job.id == i, Job.lease_owner == o) for i, o in owners.items())))
        .values(lease_until=now() + lease)
        .returning(Job.id)
    )
    return set(owners) - set(kept)


async def any_expired(session: AsyncSession) -> bool:
    """Whether a running job's owner has been silent for longer than its lease."""
    return (
        await session.scalar(select(Job.id).where(Job.state == "running", Job.lease_until < now()).limit(1)) is not None
    )


async def reap(session: AsyncSession, *, process: str | None = None) -> tuple[int, list[Job]]:
    """Puts jobs whose owner died back into the queue; returns how many, and those that died too often.

    `process` names owners known to be dead (this data folder's former process): no need to wait for their leases.
    """
    dead = Job.lease_until < now() if process is None else Job.lease_owner.startswith(process, autoescape=True)
    exhausted = await session.scalars(
        select(Job).where(Job.state == "running", dead, Job.interruptions >= MAX_INTERRUPTIONS).with_for_update()
    )
    lost = list(exhausted)
    revived = await session.execute(
        update(Job)
        .where(Job.state == "running", dead, Job.interruptions < MAX_INTERRUPTIONS)
        .values(
            state="queued",
            interruptions=Job.interruptions + 1,
            lease_owner=None,
            lease_until=None,
            published_at=None,
            run_at=now(),
        )
        .execution_options(synchronize_session=False)
    )
    count = revived.rowcount if isinstance(revived, CursorResult) else 0
    if count:
        notify(session, TOPIC)
    return count, lost


async def take_unpublished(session: AsyncSession, limit: int) -> list[UUID]:
    """Marks due jobs as handed to the broker and returns their ids."""
    due = (
        select(Job.id)
        .where(
            Job.state == "queued",
            Job.run_at <= now(),
            or_(Job.published_at.is_(None), Job.published_at < now() - REPUBLISH_AFTER),
        )
        .order_by(Job.run_at, Job.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = list(await session.scalars(due))
    if ids:
        await session.execute(update(Job).where(Job.id.in_(ids)).values(published_at=now()))
    return ids
