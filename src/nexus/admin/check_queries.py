"""SQL of checks of the index."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.admin.models import IndexCheck
from nexus.core.clock import now

KEPT: Final = 30


async def newest(session: AsyncSession, limit: int) -> Sequence[IndexCheck]:
    """The newest first."""
    query = select(IndexCheck).order_by(IndexCheck.begun_at.desc(), IndexCheck.id.desc()).limit(limit)
    return (await session.scalars(query)).all()


async def add(session: AsyncSession, check: IndexCheck) -> bool:
    """False while another one goes on."""
    try:
        async with session.begin_nested():
            session.add(check)
    except IntegrityError:
        return False
    return True


async def give_up(session: AsyncSession, before: datetime) -> None:
    """One that began so long ago and has not ended: its process died."""
    await session.execute(
        update(IndexCheck)
        .where(IndexCheck.state == "running", IndexCheck.begun_at < before)
        .values(state="failed", ended_at=now())
    )


async def end(session: AsyncSession, check_id: UUID, found: Mapping[str, Any]) -> None:
    """And forgets the oldest."""
    running = update(IndexCheck).where(IndexCheck.id == check_id, IndexCheck.state == "running")
    await session.execute(running.values(ended_at=now(), **found))
    kept = select(IndexCheck.id).order_by(IndexCheck.begun_at.desc(), IndexCheck.id.desc()).limit(KEPT)
    await session.execute(
        delete(IndexCheck).where(IndexCheck.id.not_in((await session.scalars(kept)).all()), IndexCheck.id != check_id)
    )
