"""Upgrading an installation's database with a way back, and the way back."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.audit.verification import verify_all
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database, create_engine
from nexus.core.errors import ConflictError, NexusError
from nexus.core.ids import new_id
from nexus.core.migrate import broken_references, head_revision, migrate, revision_on, revisions
from nexus.core.settings import Settings
from nexus.moving.archive import ArchiveReader, require_space
from nexus.moving.backing_up import OPERATOR, BackupReport, Tell, back_up, known_revision, silence
from nexus.moving.restoring import RestoreReport, restore
from nexus.moving.row_queries import AsyncConnection, database_bytes, running_jobs, snapshot
from nexus.providers.blobs.base import BlobStore


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at before an upgrade."""

    what: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class UpgradeReport:
    former: str
    newest: str
    backup: BackupReport


def backups_folder(settings: Settings) -> Path:
    return settings.data_dir / "backups"


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncGenerator[AsyncConnection, None]:
    engine = create_engine(settings.database_url)
    try:
        async with snapshot(engine) as connection:
            yield connection
    finally:
        await engine.dispose()


async def look_before(settings: Settings) -> list[Finding]:
    """Everything that an upgrade needs, each with what is wrong with it."""
    found: list[Finding] = []
    async with _reading(settings) as connection:
        try:
            revision = await known_revision(connection)
        except ConflictError as error:
            return [Finding("the database", error.detail)]
        steps = len(revisions()) - 1 - revisions().index(revision)
        found.append(Finding(f"the database is at schema {revision}, {steps} steps before {head_revision()}"))
        jobs = await running_jobs(connection, now())
        busy = f"{jobs} jobs are being run. Stop the workers, and wait until their leases have run out."
        found.append(Finding("no worker runs jobs", busy if jobs else ""))
        broken = await broken_references(connection)
        found.append(Finding("every reference leads somewhere", f"{broken} do not." if broken else ""))
        found.append(_room(settings, await database_bytes(connection)))
        faults = await _log_faults(connection)
        found.append(Finding("the audit log is whole", " ".join(faults)))
    return found


def _room(settings: Settings, size: int) -> Finding:
    """For a backup of the database, and for what a migration writes anew."""
    problem = ""
    try:
        require_space(settings.data_dir, 3 * size, "The upgrade with its backup")
    except NexusError as error:
        problem = error.detail
    return Finding("there is room for a backup of the database", problem)


async def _log_faults(connection: AsyncConnection) -> list[str]:
    async with AsyncSession(connection) as session:
        return [f"{chain.tenant_id}: {chain.fault}" for chain in await verify_all(session) if chain.fault]


async def upgrade(settings: Settings, blobs: BlobStore, *, tell: Tell = silence) -> UpgradeReport | None:
    """Backs the database up, migrates it, and looks at what came of it. None where there is nothing to do.

    Whoever calls holds the data folder's lock and has looked before. Raises ConflictError.
    """
    async with _reading(settings) as connection:
        former = await known_revision(connection)
    if former == head_revision():
        return None
    made = await _backup_of(settings, blobs, f"before-{head_revision()}", tell)
    db = Database(create_engine(settings.database_url))
    try:
        await migrate(db.engine)
        async with db.engine.connect() as connection:
            if broken := await broken_references(connection):
                raise ConflictError(f"{broken} references lead nowhere after the upgrade. `nexus rollback` goes back.")
            if faults := await _log_faults(connection):
                raise ConflictError(
                    f"The audit log is amiss after the upgrade: {faults[0]} `nexus rollback` goes back."
                )
        async with db.write() as session:
            details = {"from": former, "to": head_revision(), "backup": made.path.name, "sha256": made.sha256}
            target = Target("installation", new_id(), version("nexus-hub"))
            record(session, OPERATOR, Action.UPGRADED, target, details)
    finally:
        await db.aclose()
    return UpgradeReport(former, head_revision(), made)


async def _backup_of(settings: Settings, blobs: BlobStore, name: str, tell: Tell) -> BackupReport:
    """Of the database alone: neither an upgrade nor the way back touches a file."""
    folder = backups_folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{name}-{now():%Y%m%d-%H%M%S}.nexus"
    return await back_up(settings, blobs, path, with_files=False, tell=tell)


def find_backup(settings: Settings) -> Path:
    """The one of the last upgrade. Raises ConflictError."""
    found = sorted(backups_folder(settings).glob("before-[0-9]*.nexus"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise ConflictError(f"There is no backup of an upgrade in {backups_folder(settings)}. Name a file.")
    return found[-1]


async def roll_back(
    settings: Settings, blobs: BlobStore, archive: ArchiveReader, *, tell: Tell = silence
) -> tuple[RestoreReport, BackupReport | None]:
    """The database as it was then, at the schema of then. What it is now is kept: in a backup, and on SQLite the file
    itself."""
    kept: BackupReport | None = None
    async with _reading(settings) as connection:
        present = await connection.run_sync(revision_on)
    if present in revisions():
        kept = await _backup_of(settings, blobs, "rolled-back", tell)
    elif not settings.database_url.startswith("sqlite"):
        raise ConflictError(f"Schema {present} is newer than this Nexus. Roll back with the version that made it.")
    ending = f".rolled-back-{now():%Y%m%d-%H%M%S}"
    return await restore(settings, blobs, archive, replace=ending, tell=tell), kept
