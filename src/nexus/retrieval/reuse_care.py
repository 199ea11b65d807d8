"""How often searches are used again, told to who manages a knowledge base, and how they are forgotten."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.audit.acts import Action
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.knowledge import acts, index_queries
from nexus.knowledge.service import require_manage
from nexus.retrieval import reuse_queries
from nexus.retrieval.models import SearchUse
from nexus.retrieval.reuse import Ledger

STORE_EVERY: Final = timedelta(seconds=30)
DAYS: Final = 30
"""How many are told, today's among them. Twice as many are kept."""


async def store_use(db: Database, ledger: Ledger) -> None:
    """Adds what this process has counted to the rows."""
    taken = ledger.take()
    if not taken:
        return
    try:
        async with db.write(durable=False) as session:
            await reuse_queries.add_use(session, taken)
            shelves = {knowledge_base_id for knowledge_base_id, _ in taken}
            await reuse_queries.forget_use(session, shelves, now().date() - timedelta(days=2 * DAYS))
    except BaseException:
        ledger.give_back(taken)
        raise


async def use_of(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> Sequence[SearchUse]:
    """Of the last `DAYS` days, the first one first. Raises NotFoundError, ForbiddenError."""
    await require_manage(session, principal, knowledge_base_id)
    return await reuse_queries.use_of(session, knowledge_base_id, now().date() - timedelta(days=DAYS - 1))


async def forget(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> None:
    """What was searched in it before is searched anew, in every process. Raises NotFoundError, ForbiddenError."""
    shelf = await require_manage(session, principal, knowledge_base_id)
    await index_queries.next_revision(session, [shelf.id])
    record(session, principal, Action.SEARCHES_FORGOTTEN, acts.shelf_target(shelf))
