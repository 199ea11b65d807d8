"""Whether the log is the one that was written."""

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from nexus.audit import queries
from nexus.audit.chain import ChainCheck, Event
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError


@dataclass(frozen=True, slots=True)
class ChainReport:
    """One tenant's chain: its last event, and the first thing that is amiss."""

    tenant_id: UUID
    sequence: int
    hash: str
    fault: str | None


async def require_log(db: Database) -> None:
    """Raises ConflictError where the database is older than the log."""
    async with db.read() as session:
        if not await queries.has_log(session):
            raise ConflictError("There is no audit log in this database yet. Run `nexus migrate`.")


async def verify(
    db: Database, tenant_ids: Collection[UUID] | None = None, *, expected: Mapping[int, str] | None = None
) -> AsyncGenerator[ChainReport, None]:
    """Every chain, or these. `expected` are hashes kept elsewhere, by sequence: for one chain.

    Each is read as it was at one moment, while the installation goes on, a page at a time.
    """
    for tenant_id in await _chains(db) if tenant_ids is None else tenant_ids:
        async with db.read() as session:
            await queries.take_snapshot(session)
            report = await verify_chain(session, tenant_id, expected)
        yield report


async def verify_all(session: AsyncSession) -> list[ChainReport]:
    """Every chain as this session sees it."""
    return [await verify_chain(session, tenant_id) for tenant_id in await queries.chains(session)]


async def verify_chain(
    session: AsyncSession, tenant_id: UUID, expected: Mapping[int, str] | None = None
) -> ChainReport:
    check = ChainCheck(expected=dict(expected or {}))
    head = await queries.find_head(session, tenant_id)
    async for page in queries.stream_events(session, tenant_id):
        check.follow(page)
    check.end(head)
    return ChainReport(tenant_id, check.sequence, check.hash, check.fault)


async def export(db: Database, tenant_ids: Collection[UUID] | None = None) -> AsyncGenerator[Event, None]:
    """Every event of every chain, or of these, oldest first."""
    for tenant_id in await _chains(db) if tenant_ids is None else tenant_ids:
        async with db.read() as session:
            await queries.take_snapshot(session)
            async for page in queries.stream_events(session, tenant_id):
                for event in page:
                    yield event


async def _chains(db: Database) -> Collection[UUID]:
    async with db.read() as session:
        return await queries.chains(session)
