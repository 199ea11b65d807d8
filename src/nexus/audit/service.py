"""Recording what was done, in the transaction that does it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.audit import queries
from nexus.audit.acts import Action, Actor, Outcome, Target, plain, storable
from nexus.audit.chain import digest
from nexus.core.clock import now
from nexus.core.db import AsyncSession, before_commit
from nexus.core.origin import origin

_PENDING: Final = "audit"
_NOTHING: Final = Target("")


@dataclass(slots=True)
class _Draft:
    """An event on its way into the chain, where it gets its place and its hash."""

    tenant_id: UUID
    at: datetime
    actor_id: UUID | None
    credential: str
    actor_name: str
    action: str
    outcome: str
    target_kind: str
    target_id: UUID | None
    target_name: str
    ip: str
    user_agent: str
    request_id: str
    details: dict[str, Any]
    sequence: int = 0
    previous_hash: str = ""
    hash: str = ""


def record(
    session: AsyncSession,
    who: Principal | Actor,
    action: Action,
    target: Target = _NOTHING,
    details: Mapping[str, Any] | None = None,
    *,
    outcome: Outcome = Outcome.DONE,
    tenant_id: UUID | None = None,
) -> None:
    """Says that this transaction does `action`. If it is rolled back, nothing was recorded.

    `tenant_id` is that of the thing, where it is not the actor's own: then both logs have it. Raises RuntimeError
    in a session that is not committed, TypeError for details that are not plain or speak of secrets.
    """
    actor = who if isinstance(who, Actor) else Actor.of(who)
    where, known = origin(), plain(details or {})
    pending: list[_Draft] = session.info.setdefault(_PENDING, [])
    # Written last, and all at once: the chain is then locked for as short as can be, and after everything else, so
    # that two transactions never wait for each other.
    before_commit(session, _write_pending)
    for log in {actor.tenant_id, tenant_id or actor.tenant_id}:
        draft = _Draft(
            tenant_id=log,
            at=now(),
            actor_id=actor.user_id,
            credential=actor.credential.value,
            actor_name=storable(actor.name, 600),
            action=action.value,
            outcome=outcome.value,
            target_kind=target.kind,
            target_id=target.id,
            target_name=storable(target.name, 1000),
            ip=storable(where.ip, 64),
            user_agent=storable(where.user_agent, 300),
            request_id=where.request_id,
            details=known,
        )
        pending.append(draft)


async def _write_pending(session: AsyncSession) -> None:
    """Several chains in the order of their ids: whoever locks the same ones does it in the same order."""
    drafts: list[_Draft] = sorted(session.info.pop(_PENDING), key=lambda draft: draft.tenant_id)
    for tenant_id, group in groupby(drafts, key=lambda draft: draft.tenant_id):
        sequence, hash_ = await queries.lock_head(session, tenant_id)
        events = list(group)
        for event in events:
            sequence += 1
            event.sequence, event.previous_hash = sequence, hash_
            event.hash = hash_ = digest(event)
        await queries.append(session, [_row(event) for event in events])


def _row(event: _Draft) -> dict[str, Any]:
    return {name: getattr(event, name) for name in _Draft.__slots__}


async def was_recorded(
    session: AsyncSession, principal: Principal, action: Action, target_id: UUID, *, within: timedelta
) -> bool:
    """Whether the principal has done the same to the same thing so short a time ago."""
    wanted = queries.EventFilter(principal.user_id, action, target_id, since=now() - within)
    found: Sequence[Any] = await queries.list_events(session, principal.tenant_id, wanted, limit=1)
    return bool(found)
