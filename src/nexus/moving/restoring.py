"""A restore: an archive's installation in an empty place, compared with what was counted when it was made."""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass, field
from typing import Any, BinaryIO, Final
from uuid import UUID

from nexus.audit.acts import INSTALLATION, Action, Target
from nexus.audit.queries import EventFilter, list_events
from nexus.audit.service import record
from nexus.audit.verification import verify_all
from nexus.core import sealed_rows
from nexus.core.db import AsyncSession, Database, committing, create_engine
from nexus.core.errors import ConflictError, InvalidError
from nexus.core.ids import new_id
from nexus.core.lock import RESTORING
from nexus.core.migrate import head_revision, revision_on, revisions
from nexus.core.secrets import load_box
from nexus.core.settings import Settings
from nexus.moving.archive import GROWTH, ArchiveReader, require_space, sync_folder
from nexus.moving.backing_up import OPERATOR, Tell, silence
from nexus.moving.files import count_files
from nexus.moving.forms import CarriedTable
from nexus.moving.landing import Landing, draft_file, is_empty, landing, remove_database
from nexus.moving.proof import Contents, require_same
from nexus.providers.blobs.base import BlobStore
from nexus.tables import metadata

_READ: Final = 1 << 20


@dataclass(slots=True)
class RestoreReport:
    rows: int
    files: int
    missing: list[str] = field(default_factory=list[str])
    """Files that were missing when the backup was made."""
    log_faults: list[str] = field(default_factory=list[str])
    """What is amiss in the audit log, as it was at the source."""
    unreadable: int = 0
    """Stored secrets that no key at hand opens."""
    secrets: int = 0
    upgraded_from: str | None = None
    was_done: bool = False
    """Whether there was only the end of an earlier attempt to be done."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What stands in the data folder while a restore goes on."""

    id: str
    archive: str
    has_files: bool


async def restore(
    settings: Settings, blobs: BlobStore, archive: ArchiveReader, *, replace: str = "", tell: Tell = silence
) -> RestoreReport:
    """Into an empty database and an empty store, at the newest schema.

    `replace`: see `landing`; the files are then left as they are, and the schema is the backup's.

    Whoever calls holds the data folder's lock. Raises ConflictError, InvalidError.
    """
    _require_known(archive)
    if (former := _find_attempt(settings)) is not None:
        if await _was_kept(settings, former):
            return await _finish(settings, RestoreReport(0, 0, was_done=True))
        await _clear(settings, blobs, former)
    if not replace:
        await _require_empty(settings, blobs, archive)
    await asyncio.to_thread(settings.data_dir.mkdir, parents=True, exist_ok=True)
    wanted = archive.manifest["database_bytes"] * GROWTH + archive.manifest["files"]["bytes"]
    require_space(settings.data_dir, int(wanted), "The installation")
    attempt = _Attempt(str(new_id()), archive.path.name, has_files=not replace)
    _write_attempt(settings, attempt)
    if not replace:
        _put_keys(settings, archive)
        await _put_files(blobs, archive, tell)
    report = RestoreReport(0, archive.manifest["files"]["count"], archive.manifest["missing_files"])
    async with landing(settings, archive.about.revision, replace=replace) as place:
        report.rows = await _add_rows(place, archive, tell)
        await _prove(place, None if replace else blobs, archive, tell)
        if archive.about.revision != head_revision() and not replace:
            await place.upgrade()
            report.upgraded_from = archive.about.revision
        await _record(place, archive, attempt, report)
    return await _finish(settings, report)


def _require_known(archive: ArchiveReader) -> None:
    if archive.about.revision not in revisions():
        made_by = f"Nexus {archive.about.nexus} (schema {archive.about.revision})"
        raise InvalidError(f"The backup is of {made_by}, which is newer. Install that version first.")


async def _require_empty(settings: Settings, blobs: BlobStore, archive: ArchiveReader) -> None:
    if not archive.about.has_files:
        raise ConflictError("This backup holds the database alone, for `nexus rollback`. Take one with the files.")
    keys = blobs.keys()
    if not await is_empty(settings) or [key async for key in keys]:
        raise ConflictError(
            "There is an installation already. Restore into an empty data folder and database, or move this one away."
        )


# --- attempts ----------------------------------------------------------------------------------------------------


def _find_attempt(settings: Settings) -> _Attempt | None:
    try:
        return _Attempt(**json.loads((settings.data_dir / RESTORING).read_text()))
    except FileNotFoundError:
        return None


def _write_attempt(settings: Settings, attempt: _Attempt) -> None:
    draft = settings.data_dir / f".{RESTORING}"
    with draft.open("w") as file:
        json.dump(asdict(attempt), file)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(settings.data_dir / RESTORING)
    sync_folder(settings.data_dir)


async def _was_kept(settings: Settings, attempt: _Attempt) -> bool:
    """Whether the database has the end of the attempt in its log: then only the sign of it was left behind."""
    if await is_empty(settings):
        return False
    db = Database(create_engine(settings.database_url))
    try:
        async with db.read() as session:
            wanted = EventFilter(action=Action.RESTORED, target_id=UUID(attempt.id))
            return bool(await list_events(session, INSTALLATION, wanted, limit=1))
    finally:
        await db.aclose()


async def _clear(settings: Settings, blobs: BlobStore, attempt: _Attempt) -> None:
    if settings.database_url.startswith("sqlite"):
        remove_database(draft_file(settings))
    if attempt.has_files and await is_empty(settings):
        keys = blobs.keys()
        for key in [key async for key in keys]:
            await blobs.delete(key)


async def _finish(settings: Settings, report: RestoreReport) -> RestoreReport:
    for path in settings.cache_dir.glob("index-*.snapshot"):
        # It followed other rows, and their revisions count alike.
        path.unlink()
    (settings.data_dir / RESTORING).unlink(missing_ok=True)
    await asyncio.to_thread(sync_folder, settings.data_dir)
    db = Database(create_engine(settings.database_url))
    try:
        async with db.engine.connect() as connection:
            if await connection.run_sync(revision_on) != head_revision():
                return report
        findings = await sealed_rows.check(db, load_box(settings, make=False), metadata)
    finally:
        await db.aclose()
    report.secrets, report.unreadable = findings.rows, len(findings.unreadable)
    return report


# --- carrying ----------------------------------------------------------------------------------------------------


def _put_keys(settings: Settings, archive: ArchiveReader) -> None:
    folder = settings.data_dir / "secrets"
    for name, _, content in archive.members("keys"):
        if name not in {"secret.key", "sealing.key"}:
            raise InvalidError(f"The backup holds a key file {name!r} that Nexus knows nothing of.")
        folder.mkdir(exist_ok=True, mode=0o700)
        descriptor = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.read())
            file.flush()
            os.fsync(file.fileno())


async def _put_files(blobs: BlobStore, archive: ArchiveReader, tell: Tell) -> None:
    of = archive.manifest["files"]["count"]
    for done, (key, size, content) in enumerate(archive.members("files"), 1):
        await blobs.put(_pieces(content), limit=size, key=key)
        tell("files", done, of)


async def _pieces(content: BinaryIO) -> AsyncGenerator[bytes, None]:
    while block := content.read(_READ):
        yield block


async def _add_rows(place: Landing, archive: ArchiveReader, tell: Tell) -> int:
    if [table.description() for table in place.tables] != archive.about.tables:
        raise InvalidError("The backup's tables are not those of its schema. Take another backup.")
    by_name: dict[str, CarriedTable] = {table.name: table for table in place.tables}
    of = sum(table["count"] for table in archive.manifest["tables"].values())
    done = 0
    async with place.adding():
        for name, rows in archive.row_parts():
            await place.add(by_name[name], rows)
            done += len(rows)
            tell("rows", done, of)
    return done


async def _prove(place: Landing, blobs: BlobStore | None, archive: ArchiveReader, tell: Tell) -> None:
    """Everything is read again from where it is now."""
    found = Contents()
    tell("comparing", 0, 0)
    await place.count(found)
    if blobs is not None:
        await count_files(blobs, _archive_keys(archive), found)
    report = found.report()
    if blobs is None:
        report["files"] = archive.manifest["files"]
    require_same(archive.manifest, report, "The installation")


async def _archive_keys(archive: ArchiveReader) -> AsyncGenerator[str, None]:
    for key, _, _ in archive.members("files"):
        yield key


async def _record(place: Landing, archive: ArchiveReader, attempt: _Attempt, report: RestoreReport) -> None:
    about = archive.about
    async with AsyncSession(place.connection) as session:
        report.log_faults = [
            f"{chain.tenant_id}: {chain.fault}" for chain in await verify_all(session) if chain.fault is not None
        ]
    async with AsyncSession(place.connection) as session, committing(session):
        details: dict[str, Any] = {"made_at": about.made_at, "sha256": archive.sha256, "rows": report.rows}
        target = Target("backup", UUID(attempt.id), archive.path.name)
        record(session, OPERATOR, Action.RESTORED, target, details)
