"""The SQL of grants."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Principal

_BATCH = 5000
"""Ids a statement carries at most; PostgreSQL's protocol ends at 32,767 parameters."""


async def held_levels(
    session: AsyncSession, principal: Principal, kind: ResourceKind, resource_id: UUID
) -> frozenset[Level]:
    rows = await session.scalars(
        select(Grant.level).where(
            Grant.resource_kind == kind,
            Grant.resource_id == resource_id,
            Grant.tenant_id == principal.tenant_id,
            Grant.subject.in_(principal.subjects),
        )
    )
    return frozenset(Level(level) if principal.may_manage else Level.READ for level in rows)


async def levels(
    session: AsyncSession, principal: Principal, kind: ResourceKind, resource_ids: Collection[UUID]
) -> dict[UUID, Level]:
    rows = await session.execute(
        select(Grant.resource_id, Grant.level).where(
            Grant.resource_kind == kind,
            Grant.tenant_id == principal.tenant_id,
            Grant.resource_id.in_(resource_ids),
            Grant.subject.in_(principal.subjects),
        )
    )
    found: dict[UUID, Level] = {}
    for resource_id, level in rows:
        if found.get(resource_id) is not Level.MANAGE:
            found[resource_id] = Level(level) if principal.may_manage else Level.READ
    return found


async def readable_ids(session: AsyncSession, principal: Principal, kind: ResourceKind) -> frozenset[UUID]:
    rows = await session.scalars(
        select(Grant.resource_id)
        .where(
            Grant.tenant_id == principal.tenant_id,
            Grant.subject.in_(principal.subjects),
            Grant.resource_kind == kind,
        )
        .distinct()
    )
    return frozenset(rows)


async def document_subjects(session: AsyncSession, document_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {document_id: set() for document_id in document_ids}
    wanted = list(found)
    for start in range(0, len(wanted), _BATCH):
        rows = await session.execute(
            select(Grant.resource_id, Grant.subject).where(
                Grant.resource_kind == ResourceKind.DOCUMENT, Grant.resource_id.in_(wanted[start : start + _BATCH])
            )
        )
        for document_id, word in rows:
            found[document_id].add(word)
    return found


async def list_grants(session: AsyncSession, tenant_id: UUID, kind: ResourceKind, resource_id: UUID) -> Sequence[Grant]:
    rows = await session.scalars(
        select(Grant)
        .where(Grant.resource_kind == kind, Grant.resource_id == resource_id, Grant.tenant_id == tenant_id)
        .order_by(Grant.created_at, Grant.id)
    )
    return rows.all()


async def _change_level(session: AsyncSession, grant: Grant) -> Grant | None:
    return await session.scalar(
        update(Grant)
        .where(
            Grant.resource_kind == grant.resource_kind,
            Grant.resource_id == grant.resource_id,
            Grant.subject == grant.subject,
            Grant.tenant_id == grant.tenant_id,
        )
        .values(level=grant.level)
        .returning(Grant)
        .execution_options(populate_existing=True)
    )


async def put_grant(session: AsyncSession, grant: Grant) -> Grant:
    """Adds the grant, or gives its level to the one that stands for the same resource and subject."""
    if (standing := await _change_level(session, grant)) is not None:
        return standing
    try:
        async with session.begin_nested():
            session.add(grant)
    except IntegrityError:
        # Somebody granted the same at the same moment.
        standing = await _change_level(session, grant)
        if standing is None:
            raise
        return standing
    return grant


async def delete_grant(
    session: AsyncSession, tenant_id: UUID, kind: ResourceKind, resource_id: UUID, word: str
) -> bool:
    deleted = await session.scalar(
        delete(Grant)
        .where(
            Grant.resource_kind == kind,
            Grant.resource_id == resource_id,
            Grant.subject == word,
            Grant.tenant_id == tenant_id,
        )
        .returning(Grant.id)
    )
    return deleted is not None


async def delete_grants_on(session: AsyncSession, kind: ResourceKind, resource_ids: Collection[UUID]) -> None:
    wanted = list(resource_ids)
    for start in range(0, len(wanted), _BATCH):
        await session.execute(
            delete(Grant).where(Grant.resource_kind == kind, Grant.resource_id.in_(wanted[start : start + _BATCH]))
        )


async def change_kind(
    session: AsyncSession, former: ResourceKind, kind: ResourceKind, resource_ids: Collection[UUID]
) -> None:
    wanted = list(resource_ids)
    for start in range(0, len(wanted), _BATCH):
        await session.execute(
            update(Grant)
            .where(Grant.resource_kind == former, Grant.resource_id.in_(wanted[start : start + _BATCH]))
            .values(resource_kind=kind)
            .execution_options(synchronize_session=False)
        )


async def delete_grants_to(session: AsyncSession, tenant_id: UUID, word: str) -> None:
    await session.execute(delete(Grant).where(Grant.tenant_id == tenant_id, Grant.subject == word))
