"""The SQL of the audit log."""

from collections.abc import AsyncGenerator, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import eq, ge, lt
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import Table, bindparam, insert, inspect, select, union, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.audit.chain import GENESIS, Event
from nexus.audit.models import AuditEvent, AuditHead

_EVENTS = cast("Table", AuditEvent.__table__)
_HEADS = cast("Table", AuditHead.__table__)
_PAGE: Final = 1000

# Built once: putting them together costs more than the databases take to run them.
_LOCK_HEAD = (
    select(AuditHead.sequence, AuditHead.hash).where(AuditHead.tenant_id == bindparam("chain")).with_for_update()
)
_ADD_EVENTS = insert(_EVENTS)
_MOVE_HEAD = (
    update(_HEADS)
    .where(_HEADS.c.tenant_id == bindparam("chain"))
    .values(sequence=bindparam("last_sequence"), hash=bindparam("last_hash"))
)


async def lock_head(session: AsyncSession, tenant_id: UUID) -> tuple[int, str]:
    """Sequence and hash of the tenant's last event, held against others until the transaction ends."""
    found = await _locked(session, tenant_id)
    if found is None:
        try:
            async with session.begin_nested():
                new = {"tenant_id": tenant_id, "sequence": 0, "hash": GENESIS}
                await session.execute(insert(_HEADS).values(new))
        except IntegrityError:
            # Somebody began the chain at the same moment.
            pass
        found = await _locked(session, tenant_id)
    if found is None:
        raise LookupError(f"the head of chain {tenant_id} is neither there nor can it be made")
    return found


async def _locked(session: AsyncSession, tenant_id: UUID) -> tuple[int, str] | None:
    row = (await session.execute(_LOCK_HEAD, {"chain": tenant_id})).one_or_none()
    return (row[0], row[1]) if row else None


async def append(session: AsyncSession, events: Sequence[dict[str, Any]]) -> None:
    """Adds events of one tenant, whose head is locked, and moves the head to the last of them."""
    await session.execute(_ADD_EVENTS, events)
    last = events[-1]
    moved = {"chain": last["tenant_id"], "last_sequence": last["sequence"], "last_hash": last["hash"]}
    await session.execute(_MOVE_HEAD, moved)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """None leaves a question open. `until` is not included."""

    actor_id: UUID | None = None
    action: str | None = None
    target_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


async def list_events(
    session: AsyncSession, tenant_id: UUID, wanted: EventFilter, *, before: int | None = None, limit: int
) -> Sequence[AuditEvent]:
    """Newest first."""
    query = select(AuditEvent).where(AuditEvent.tenant_id == tenant_id)
    conditions = (
        (AuditEvent.actor_id, eq, wanted.actor_id),
        (AuditEvent.action, eq, wanted.action),
        (AuditEvent.target_id, eq, wanted.target_id),
        (AuditEvent.at, ge, wanted.since),
        (AuditEvent.at, lt, wanted.until),
        (AuditEvent.sequence, lt, before),
    )
    for column, compare, value in conditions:
        if value is not None:
            query = query.where(compare(column, value))
    return (await session.scalars(query.order_by(AuditEvent.sequence.desc()).limit(limit))).all()


# --- the whole log -----------------------------------------------------------------------------------------------


async def has_log(session: AsyncSession) -> bool:
    connection = await session.connection()
    return await connection.run_sync(lambda sync: inspect(sync).has_table(AuditEvent.__tablename__))


async def take_snapshot(session: AsyncSession) -> None:
    """What this session reads from now on is the state of one moment. To be called before anything is read."""
    if session.get_bind().dialect.name == "postgresql":
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})


async def chains(session: AsyncSession) -> Collection[UUID]:
    """Every chain there is, also one of which only the head or only events are left."""
    rows = await session.scalars(union(select(_HEADS.c.tenant_id), select(_EVENTS.c.tenant_id)))
    return sorted(rows)


async def find_head(session: AsyncSession, tenant_id: UUID) -> tuple[int, str] | None:
    row = (
        await session.execute(select(_HEADS.c.sequence, _HEADS.c.hash).where(_HEADS.c.tenant_id == tenant_id))
    ).one_or_none()
    return (row[0], row[1]) if row else None


async def stream_events(session: AsyncSession, tenant_id: UUID) -> AsyncGenerator[Sequence[Event], None]:
    """All events of a chain, oldest first, by pages."""
    query = select(_EVENTS).where(_EVENTS.c.tenant_id == tenant_id).order_by(_EVENTS.c.sequence).limit(_PAGE)
    page = (await session.execute(query)).all()
    while page:
        yield cast("Sequence[Event]", page)
        page = (await session.execute(query.where(_EVENTS.c.sequence > page[-1].sequence))).all()
