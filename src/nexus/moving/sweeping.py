"""Files that no row names: found, and deleted where that is wanted.

A process that is killed between storing a file and committing its row leaves one, and so does a database that was set
back. The server may run meanwhile: a file is named within moments of its coming or never, so whatever came in the last
day is left alone, and the rows are read after the files.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError
from nexus.core.ids import new_id
from nexus.core.migrate import head_revision
from nexus.core.settings import Settings
from nexus.moving.backing_up import OPERATOR, Tell, known_revision, silence
from nexus.moving.row_queries import named_files, snapshot
from nexus.moving.schema_queries import tables_at
from nexus.providers.blobs.base import BlobStore

AGE: Final = timedelta(days=1)
_FEW: Final = 100
"""So many may be more than are named: a small store has little to compare with."""


@dataclass(frozen=True, slots=True)
class SweepReport:
    named: int
    """Files that rows name."""
    unnamed: Sequence[str]
    """Files that none names, older than a day."""


async def sweep(settings: Settings, blobs: BlobStore, *, delete: bool, tell: Tell = silence) -> SweepReport:
    """Raises ConflictError, and deletes nothing, where the store seems to be another installation's as well."""
    there = blobs.keys(now() - AGE)
    old = {key async for key in there}
    named = 0
    db = Database(create_engine(settings.database_url))
    try:
        async with snapshot(db.engine) as connection:
            revision = await known_revision(connection)
            if revision != head_revision():
                raise ConflictError("The database is of an older schema. Run `nexus upgrade` first.")
            keys = named_files(connection, await tables_at(revision))
            async for key in keys:
                old.discard(key)
                named += 1
                tell("files named", named, 0)
        report = SweepReport(named, sorted(old))
        if delete and old:
            if len(old) > max(named, _FEW):
                raise ConflictError(
                    f"{len(old)} files are named by no row and only {named} are. If another installation keeps its "
                    "files there too, give each a folder or a prefix of its own. Nothing was deleted."
                )
            # First the event: what it speaks of may be done only in part.
            async with db.write() as session:
                record(session, OPERATOR, Action.FILES_SWEPT, Target("installation", new_id()), {"files": len(old)})
            for done, key in enumerate(report.unnamed, 1):
                await blobs.delete(key)
                tell("deleting", done, len(old))
    finally:
        await db.aclose()
    return report
