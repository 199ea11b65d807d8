"""SQL of uploads on their way. They are their sender's alone; only the sweeper looks without a principal."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.core.clock import now
from nexus.knowledge.models import ResumableUpload


async def find_upload(
    session: AsyncSession, principal: Principal, upload_id: UUID, *, lock: bool = False
) -> ResumableUpload | None:
    """One of the principal's own that has not expired."""
    found = select(ResumableUpload).where(
        ResumableUpload.id == upload_id,
        ResumableUpload.user_id == principal.user_id,
        ResumableUpload.tenant_id == principal.tenant_id,
        ResumableUpload.expires_at > now(),
    )
    return await session.scalar(found.with_for_update() if lock else found)


async def list_open(
    session: AsyncSession,
    principal: Principal,
    knowledge_base_id: UUID | None,
    *,
    after: UUID | None = None,
    limit: int,
) -> Sequence[ResumableUpload]:
    """The principal's unfinished ones, oldest first."""
    found = select(ResumableUpload).where(
        ResumableUpload.user_id == principal.user_id,
        ResumableUpload.tenant_id == principal.tenant_id,
        ResumableUpload.document_id.is_(None),
        ResumableUpload.expires_at > now(),
    )
    if knowledge_base_id is not None:
        found = found.where(ResumableUpload.knowledge_base_id == knowledge_base_id)
    if after is not None:
        found = found.where(ResumableUpload.id > after)
    return (await session.scalars(found.order_by(ResumableUpload.id).limit(limit))).all()


async def promised(session: AsyncSession, principal: Principal) -> tuple[int, int]:
    """How many unfinished uploads the principal has, and how many bytes of them are still to come."""
    row = (
        await session.execute(
            select(func.count(), func.sum(ResumableUpload.length - ResumableUpload.offset)).where(
                ResumableUpload.user_id == principal.user_id,
                ResumableUpload.document_id.is_(None),
                ResumableUpload.expires_at > now(),
            )
        )
    ).one()
    return int(row[0]), int(row[1] or 0)


async def acknowledge(session: AsyncSession, upload_id: UUID, offset: int, keep: timedelta) -> bool:
    """So many bytes are on disk. False when the upload was taken back meanwhile."""
    result = await session.execute(
        update(ResumableUpload)
        .where(ResumableUpload.id == upload_id, ResumableUpload.document_id.is_(None))
        .values(offset=offset, expires_at=now() + keep)
        .execution_options(synchronize_session=False)
    )
    return isinstance(result, CursorResult) and result.rowcount == 1


async def remove(session: AsyncSession, upload_id: UUID) -> None:
    await session.execute(delete(ResumableUpload).where(ResumableUpload.id == upload_id))


async def remove_expired(session: AsyncSession, before: datetime) -> int:
    result = await session.execute(delete(ResumableUpload).where(ResumableUpload.expires_at <= before))
    return result.rowcount if isinstance(result, CursorResult) else 0


async def unfinished(session: AsyncSession, upload_ids: Collection[UUID]) -> set[UUID]:
    """Which of these are still expected to grow."""
    found = select(ResumableUpload.id).where(
        ResumableUpload.id.in_(upload_ids), ResumableUpload.document_id.is_(None), ResumableUpload.expires_at > now()
    )
    return set(await session.scalars(found))
