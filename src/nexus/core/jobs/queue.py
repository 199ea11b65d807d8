"""The states of a job: claimed under a lease, renewed, checkpointed, finished only by its owner.

Every function is one short transaction or part of the caller's. A claim makes a fresh owner word, so an
owner that lost its lease can never finish, checkpoint or give back anything: its update meets no row.
"""

import random
from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.clock import now
from nexus.core.db import Database, notify
from nexus.core.ids import new_id
from nexus.core.jobs.models import TOPIC, Job

MAX_INTERRUPTIONS = 20
"""Deaths of the process under a job, without progress between them, after which the job is to blame."""
REMEMBERED = timedelta(days=7)
"""How long a finished job can be looked at."""
REPUBLISH_AFTER = timedelta(minutes=10)
"""A waiting job whose id was handed to the broker this long ago is handed over again."""

HOLD = timedelta(minutes=10)
"""How long a job that should end but cannot rests before the next try."""


class LeaseLostError(Exception):
    """Another process owns the job now; whatever was about to be written must not be."""


def backoff(attempts: int) -> timedelta:
    """5 s, 10 s, 20 s … at most 10 minutes, and up to a quarter more, so that failures spread out."""
    return timedelta(seconds=min(600, 5 * 2 ** (attempts - 1)) * random.uniform(1, 1.25))  # noqa: S311


async def claim(
    db: Database, process: str, lease: timedelta, kinds: Collection[str], *, job_id: UUID | None = None
) -> Job | None:
    """Takes the oldest due job of these kinds, or the named one if it is due; None when there is nothing to take."""
    due = select(Job.id).where(Job.state == "queued", Job.run_at <= now(), Job.kind.in_(kinds))
    due = (due.where(Job.id == job_id) if job_id else due.order_by(Job.run_at, Job.id)).limit(1)
    async with db.read() as session:
        # A look without the write lock first: an idle runner must not disturb writers.
        if await session.scalar(due) is None:
            return None
    free = due.with_for_update(skip_locked=True).scalar_subquery()
    async with db.write(durable=False) as session:
        return await session.scalar(
            update(Job)
            .where(Job.id == free, Job.state == "queued")
            .values(
                state="running",
                lease_owner=f"{process}:{new_id().hex}",
                lease_until=now() + lease,
                started_at=now(),
            )
            .returning(Job)
        )


async def _owned(session: AsyncSession, job_id: UUID, owner: str, **values: Any) -> None:
    result = await session.execute(
        update(Job)
        .where(Job.id == job_id, Job.lease_owner == owner, Job.state == "running")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise LeaseLostError


async def require_lease(session: AsyncSession, job_id: UUID, owner: str) -> None:
    """Locks the job until the caller's transaction ends. Raises LeaseLostError."""
    await _owned(session, job_id, owner, lease_owner=owner)


async def save_checkpoint(session: AsyncSession, job_id: UUID, owner: str, checkpoint: dict[str, Any]) -> None:
    """Part of the caller's transaction: the progress and what it speaks of stand or fall together.

    The checkpoint must say something new, for it clears the interruptions. Raises LeaseLostError.
    """
    await _owned(session, job_id, owner, checkpoint=checkpoint, interruptions=0)


async def finish(session: AsyncSession, job_id: UUID, owner: str) -> None:
    """Part of the caller's transaction. Raises LeaseLostError."""
    await _end(session, job_id, owner, state="succeeded", error=None)


async def fail(session: AsyncSession, job_id: UUID, owner: str, *, attempts: int, error: str) -> None:
    """Ends the job for good; part of the transaction that tells its subject. Raises LeaseLostError."""
    await _end(session, job_id, owner, state="failed", attempts=attempts, error=error)


async def _end(session: AsyncSession, job_id: UUID, owner: str, **values: Any) -> None:
    await _owned(session, job_id, owner, finished_at=now(), lease_owner=None, lease_until=None, **values)


async def hold(session: AsyncSession, job_id: UUID, owner: str) -> None:
    """Lets nobody own the job for a while, after which it counts as one whose process died."""
    with suppress(LeaseLostError):
        await _owned(session, job_id, owner, lease_owner=f"nobody:{new_id().hex}", lease_until=now() + HOLD)


async def retry_later(session: AsyncSession, job_id: UUID, owner: str, *, attempts: int, error: str) -> None:
    """Back into the queue, due after a pause that grows with `attempts`. Raises LeaseLostError."""
    await _requeue(session, job_id, owner, attempts=attempts, error=error, run_at=now() + backoff(attempts))


async def release(session: AsyncSession, job_id: UUID, owner: str) -> None:
    """Gives a job back untouched: the process is shutting down. Raises LeaseLostError."""
    await _requeue(session, job_id, owner)


async def revive(session: AsyncSession, job: Job) -> None:
    """Puts a job whose process died back into the queue. Raises LeaseLostError when it was taken back already."""
    await _requeue(session, job.id, job.lease_owner or "", interruptions=job.interruptions + 1, run_at=now())


async def _requeue(session: AsyncSession, job_id: UUID, owner: str, **values: Any) -> None:
    # One with the same key may have come while this one ran. It would do the same work, and only one of a
    # key may wait: the older stays, because it knows its checkpoint and how often it has failed.
    key = select(Job.dedup_key).where(Job.id == job_id).scalar_subquery()
    await session.execute(
        update(Job)
        .where(Job.state == "queued", Job.dedup_key == key)
        .values(state="cancelled", error="An older job with the same key goes on instead.", finished_at=now())
        .execution_options(synchronize_session=False)
    )
    await _owned(
        session, job_id, owner, state="queued", lease_owner=None, lease_until=None, published_at=None, **values
    )
    notify(session, TOPIC)


async def renew(session: AsyncSession, owners: Collection[str], lease: timedelta) -> set[str]:
    """Prolongs the leases; returns the owners that own nothing any more."""
    kept = await session.scalars(
        update(Job)
        .where(Job.state == "running", Job.lease_owner.in_(owners))
        .values(lease_until=now() + lease)
        .returning(Job.lease_owner)
        .execution_options(synchronize_session=False)
    )
    return set(owners) - {owner for owner in kept if owner}


def _dead(kinds: Collection[str], process: str | None) -> ColumnElement[bool]:
    silent = Job.lease_until < now() if process is None else Job.lease_owner.startswith(f"{process}:", autoescape=True)
    return (Job.state == "running") & Job.kind.in_(kinds) & silent


async def any_dead(session: AsyncSession, kinds: Collection[str], *, process: str | None = None) -> bool:
    """Whether `take_dead` would find a job; takes no lock."""
    return await session.scalar(select(Job.id).where(_dead(kinds, process)).limit(1)) is not None


async def take_dead(session: AsyncSession, kinds: Collection[str], *, process: str | None = None) -> Job | None:
    """A job whose owner has been silent for longer than its lease, locked until the caller's transaction ends.

    `process` names owners known to be dead (this data folder's former process): no need to wait for their leases.
    """
    return await session.scalar(select(Job).where(_dead(kinds, process)).limit(1).with_for_update(skip_locked=True))


def _unpublished() -> ColumnElement[bool]:
    handed_over_long_ago = or_(Job.published_at.is_(None), Job.published_at < now() - REPUBLISH_AFTER)
    return (Job.state == "queued") & (Job.run_at <= now()) & handed_over_long_ago


async def any_unpublished(session: AsyncSession) -> bool:
    """Whether `take_unpublished` may find a job; takes no lock."""
    return await session.scalar(select(Job.id).where(_unpublished()).limit(1)) is not None


async def forget_finished(session: AsyncSession) -> None:
    """Deletes jobs that ended well or were overtaken some time ago; failed ones stay for the operator."""
    await session.execute(
        delete(Job).where(Job.state.in_(("succeeded", "cancelled")), Job.finished_at < now() - REMEMBERED)
    )


async def take_unpublished(session: AsyncSession, window: int) -> list[UUID]:
    """Marks due jobs as handed to the broker and returns their ids, oldest first.

    No more than `window` wait at the broker at a time: what it loses or is told twice stays small.
    """
    with_broker = (
        select(literal(1))
        .where(Job.state == "queued", Job.published_at >= now() - REPUBLISH_AFTER)
        .limit(window)
        .subquery()
    )
    room = window - (await session.scalar(select(func.count()).select_from(with_broker)) or 0)
    if room <= 0:
        return []
    due = select(Job.id).where(_unpublished()).order_by(Job.run_at, Job.id).limit(room)
    ids = list(await session.scalars(due.with_for_update(skip_locked=True)))
    await _mark_published(session, ids, published_at=now())
    return ids


async def put_back_unpublished(session: AsyncSession, ids: Collection[UUID]) -> None:
    """Has jobs handed to the broker again: it could not be reached, or the worker could not take them."""
    await _mark_published(session, ids, published_at=None)


async def offer_again(session: AsyncSession) -> None:
    """Has everything that waits at the broker handed over once more: a process that died may have taken it from there
    without beginning it, or died between marking and sending it. Whoever is told of a job twice finds it taken."""
    waiting = select(Job.id).where(Job.state == "queued", Job.published_at.is_not(None))
    ids = list(await session.scalars(waiting.with_for_update(skip_locked=True)))
    if ids:
        await _mark_published(session, ids, published_at=None)


async def _mark_published(session: AsyncSession, ids: Collection[UUID], **values: Any) -> None:
    await session.execute(
        update(Job)
        .where(Job.id.in_(ids), Job.state == "queued")
        .values(**values)
        .execution_options(synchronize_session=False)
    )
