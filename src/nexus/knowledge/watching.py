"""A knowledge base that somebody watches: whatever changes in it, for as long as they may read it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.core.db import Database
from nexus.core.errors import NotFoundError
from nexus.core.text.storable import is_storable
from nexus.identity.errors import NotAuthenticatedError
from nexus.knowledge import queries, service
from nexus.knowledge.listing import AT_ONCE, Watch
from nexus.knowledge.schemas import ChangesOut, DocumentOut, ProgressOut

_POLL_SECONDS: Final = 0.7


@dataclass(frozen=True, slots=True)
class Told:
    """What has changed, and where to go on from."""

    position: str
    changes: ChangesOut


async def changes(
    db: Database,
    listener: Callable[[], Awaitable[Principal]],
    knowledge_base_id: UUID,
    after: tuple[datetime, UUID] | None,
) -> AsyncGenerator[Told, None]:
    """The totals at once, then each change. Ends when the listener may not read it any more.

    Reads the rows again and again, since another process may be the one that changes them. Holds no session
    meanwhile, and asks for the listener's rights each time.
    """
    watch = Watch(after)
    while True:
        try:
            principal = await listener()
            async with db.read() as session:
                await service.get_knowledge_base(session, principal, knowledge_base_id)
                changed, removed = await watch.look(session, principal, knowledge_base_id)
                told: ChangesOut | None = None
                if watch.is_first or changed or removed:
                    counts = await queries.count_documents(session, principal, [knowledge_base_id])
                    pages, chunks = await queries.progress(session, principal, knowledge_base_id)
                    progress = ProgressOut(documents=counts.get(knowledge_base_id, {}), pages=pages, chunks=chunks)
                    shown = [DocumentOut.model_validate(one, from_attributes=True) for one in changed]
                    told = ChangesOut(documents=shown, removed=list(removed), progress=progress)
        except (NotFoundError, NotAuthenticatedError):
            return
        if told:
            watch.is_first = False
            yield Told(_position(watch.after), told)
        if len(changed) < AT_ONCE:
            await asyncio.sleep(_POLL_SECONDS)


def _position(after: tuple[datetime, UUID] | None) -> str:
    return f"{after[0].isoformat()}/{after[1]}" if after else ""


def parse_position(given: str | None) -> tuple[datetime, UUID] | None:
    """What `Told.position` was; None, which is the beginning, for anything else."""
    try:
        moment, _, document_id = (given or "").partition("/")
        position = (datetime.fromisoformat(moment), UUID(document_id))
    except ValueError:
        return None
    return position if is_storable(position[0]) else None
