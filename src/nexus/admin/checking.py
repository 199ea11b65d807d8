"""Checks of the index that are kept: asked for by an operator, and made once a day.

They are made by a process that searches, for only such a one has the index. What can be long, the documents that are
amiss, is not kept: `nexus index check` names them as they are now.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from nexus.admin import check_queries
from nexus.admin.models import IndexCheck
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError
from nexus.core.tasks import BackgroundTasks, repeat
from nexus.knowledge import index_care
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.schemas import IndexReport
from nexus.providers.blobs.base import BlobStore

EVERY: Final = timedelta(days=1)
_LOOK: Final = timedelta(hours=1)
"""How often it is looked whether a day has passed."""
_LONGEST: Final = timedelta(hours=2)
"""A check that has gone on for longer has nobody who makes it."""
_KINDS: Final = (
    "missing_documents",
    "ghost_documents",
    "wrong_versions",
    "missing_chunks",
    "missing_vectors",
    "stray_chunks",
    "missing_originals",
    "stuck_documents",
)


class IndexChecks:
    """Belongs to a serving process; `aclose` breaks off what it is at."""

    def __init__(self, db: Database, index: LiveIndex, blobs: BlobStore) -> None:
        self._db = db
        self._index = index
        self._blobs = blobs
        self._tasks = BackgroundTasks()

    async def aclose(self) -> None:
        await self._tasks.aclose()

    def keep(self, *, alone: bool) -> None:
        """Makes one a day from now on. `alone`: no other process can be at one."""
        self._tasks.start(self._keep(alone=alone), name="index-checks")

    async def begin(self) -> IndexCheck:
        """Raises ConflictError while another one goes on, in whatever process."""
        check = await self._add(is_asked=True)
        if check is None:
            raise ConflictError("The index is being checked already. Wait for the result.")
        self._tasks.start(self._make(check.id), name="index-check")
        return check

    async def check_when_due(self) -> None:
        """Makes one, unless the last began less than a day ago."""
        async with self._db.read() as session:
            last = await check_queries.newest(session, 1)
        if last and last[0].begun_at > now() - EVERY:
            return
        check = await self._add(is_asked=False)
        if check is not None:
            await self._make(check.id)

    async def _keep(self, *, alone: bool) -> None:
        if alone:
            async with self._db.write() as session:
                await check_queries.give_up(session, now())
        # The first hour belongs to those who start it.
        await asyncio.sleep(_LOOK.total_seconds())
        await repeat(self.check_when_due, every=_LOOK)

    async def _add(self, *, is_asked: bool) -> IndexCheck | None:
        check = IndexCheck(is_asked=is_asked)
        async with self._db.write() as session:
            await check_queries.give_up(session, now() - _LONGEST)
            if not await check_queries.add(session, check):
                return None
        return check

    async def _make(self, check_id: UUID) -> None:
        found: dict[str, Any] = {"state": "failed"}
        try:
            found = _told(await index_care.check(self._db, self._index, self._blobs))
        finally:
            # Whatever ended it, nobody waits for it any more.
            async with self._db.write() as session:
                await check_queries.end(session, check_id, found)


def _told(report: IndexReport) -> dict[str, Any]:
    counts = {kind: _count(getattr(report, kind)) for kind in _KINDS}
    return {
        "state": "succeeded",
        "is_ok": report.ok,
        "documents": report.documents,
        "chunks": report.chunks,
        "amiss": {kind: count for kind, count in counts.items() if count},
    }


def _count(value: Sequence[Any] | int) -> int:
    return value if isinstance(value, int) else len(value)


async def list_checks(session: AsyncSession) -> Sequence[IndexCheck]:
    """Those that are kept, the newest first."""
    return await check_queries.newest(session, check_queries.KEPT)
