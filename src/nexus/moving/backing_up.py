"""A backup: what one moment's rows say, and the files that they name, in one file."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from nexus.audit.acts import INSTALLATION, Action, Actor, Credential, Target
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError
from nexus.core.ids import new_id
from nexus.core.migrate import head_revision, revision_on, revisions
from nexus.core.settings import Settings
from nexus.moving.archive import FORMAT, About, ArchiveWriter, require_space, writing
from nexus.moving.forms import CarriedTable
from nexus.moving.proof import Contents
from nexus.moving.row_queries import (
    AsyncConnection,
    AsyncEngine,
    database_bytes,
    file_bytes,
    is_named,
    named_files,
    read_table,
    snapshot,
)
from nexus.moving.schema_queries import tables_at
from nexus.providers.blobs.base import BlobStore

Tell = Callable[[str, int, int], None]
"""What is done, how much of it, and of how much; 0 where nobody knows."""
OPERATOR: Final = Actor(INSTALLATION, None, "", Credential.OPERATOR)


def silence(_what: str, _done: int, _of: int) -> None:
    """Tells nobody."""


@dataclass(slots=True)
class BackupReport:
    path: Path
    sha256: str
    rows: int
    files: int
    bytes: int
    """Of the archive."""
    missing: list[str] = field(default_factory=list[str])
    """Files that rows name and that were not there before either."""
    keys: list[str] = field(default_factory=list[str])
    """Key files that are in it."""


@dataclass(frozen=True, slots=True)
class _Source:
    engine: AsyncEngine
    connection: AsyncConnection
    blobs: BlobStore
    tables: list[CarriedTable]
    tell: Tell


async def back_up(
    settings: Settings,
    blobs: BlobStore,
    path: Path,
    *,
    with_files: bool = True,
    with_keys: bool = False,
    tell: Tell = silence,
) -> BackupReport:
    """Works while the installation does. Raises ConflictError."""
    engine = create_engine(settings.database_url)
    try:
        async with snapshot(engine) as connection:
            revision = await known_revision(connection)
            source = _Source(engine, connection, blobs, await tables_at(revision), tell)
            await _require_space(source, path, with_files=with_files)
            about = About(
                id=new_id().hex,
                format=FORMAT,
                nexus=version("nexus-hub"),
                made_at=now().isoformat(),
                revision=revision,
                database=engine.dialect.name,
                has_files=with_files,
                tables=[table.description() for table in source.tables],
            )
            with writing(path) as archive:
                archive.add_json("about.json", about.as_json())
                keys = _add_keys(settings, archive) if with_keys else []
                report = await _write(source, archive, path, with_files=with_files)
        report.bytes, report.keys = (await asyncio.to_thread(path.stat)).st_size, keys
    finally:
        await engine.dispose()
    if revision == head_revision():
        await _record(settings, about, report)
    return report


async def known_revision(connection: AsyncConnection) -> str:
    """That of an installation that this code can read. Raises ConflictError."""
    revision = await connection.run_sync(revision_on)
    if revision is None:
        raise ConflictError("There is no installation in this database.")
    if revision not in revisions():
        raise ConflictError(f"The database is of a newer Nexus (revision {revision}). Use that version's `nexus`.")
    return revision


async def _require_space(source: _Source, path: Path, *, with_files: bool) -> None:
    wanted = await database_bytes(source.connection)
    if with_files:
        wanted += await file_bytes(source.connection, source.tables)
    require_space(path.absolute().parent, wanted, "The backup")


def _add_keys(settings: Settings, archive: ArchiveWriter) -> list[str]:
    found = sorted((settings.data_dir / "secrets").glob("*.key"))
    for path in found:
        archive.add(f"keys/{path.name}", path.read_bytes())
    return [path.name for path in found]


async def _write(source: _Source, archive: ArchiveWriter, path: Path, *, with_files: bool) -> BackupReport:
    contents = Contents()
    lost: set[str] = set()
    missing: list[str] = []
    size = await database_bytes(source.connection)
    if with_files:
        await _write_files(source, archive, contents, lost, missing)
    rows = 0
    for table in source.tables:
        count, parts = contents.table(table), archive.rows(table)
        async for page in read_table(source.connection, table, lost):
            for row in page:
                count(row)
                parts.add(row)
            rows += len(page)
            source.tell("rows", rows, 0)
        parts.flush()
    manifest: dict[str, Any] = {**contents.report(), "database_bytes": size, "missing_files": missing}
    archive.finish(manifest)
    return BackupReport(path, archive.sha256, contents.rows, contents.files.count, 0, missing)


async def _write_files(
    source: _Source, archive: ArchiveWriter, contents: Contents, lost: set[str], missing: list[str]
) -> None:
    """Files first: what is deleted for good while they are read is then named by no row of the archive."""
    keys = named_files(source.connection, source.tables)
    async for key in keys:
        try:
            async with source.blobs.open_path(key) as path:
                contents.add_file(key, *archive.add_file(f"files/{key}", path))
        except FileNotFoundError:
            async with snapshot(source.engine) as later:
                still = await is_named(later, source.tables, key)
            if still:
                missing.append(key)
            else:
                lost.add(key)
        source.tell("files", contents.files.count, 0)


async def _record(settings: Settings, about: About, report: BackupReport) -> None:
    db = Database(create_engine(settings.database_url))
    try:
        async with db.write() as session:
            target = Target("backup", UUID(about.id), report.path.name)
            details = {
                "sha256": report.sha256,
                "rows": report.rows,
                "files": report.files,
                "with_sealing": bool(report.keys),
            }
            record(session, OPERATOR, Action.BACKED_UP, target, details)
    finally:
        await db.aclose()
