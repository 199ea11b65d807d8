"""Moving an installation to another database or another store of files, and the proof that it is all there.

The source is only read, but for one event in its log, which is carried with the rest. What an earlier attempt brought
is not brought again; it is compared like everything.
"""

import asyncio
import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core import sealed_rows
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError
from nexus.core.ids import new_id
from nexus.core.migrate import head_revision
from nexus.core.secrets import load_box
from nexus.core.settings import Settings
from nexus.moving.archive import GROWTH, require_space
from nexus.moving.backing_up import OPERATOR, Tell, known_revision, silence
from nexus.moving.files import count_files
from nexus.moving.forms import CarriedTable
from nexus.moving.landing import is_empty, landing
from nexus.moving.proof import Contents, require_same
from nexus.moving.row_queries import (
    AsyncConnection,
    database_bytes,
    file_bytes,
    named_files,
    read_table,
    running_jobs,
    snapshot,
)
from nexus.moving.schema_queries import tables_at
from nexus.providers.blobs.base import BlobStore
from nexus.tables import metadata

_NO_LIMIT = 1 << 62


@dataclass(frozen=True, slots=True)
class Side:
    """An installation by its settings, and its open store of files."""

    settings: Settings
    blobs: BlobStore

    def description(self) -> dict[str, str]:
        """Where it is, without passwords."""
        settings = self.settings
        files = settings.files
        where = (
            str(settings.files_dir)
            if files.store == "local"
            else f"{files.endpoint or 'S3'}/{files.bucket}/{files.prefix}"
        )
        return {"database": shown_url(settings), "files": where, "data_dir": str(settings.data_dir)}


def shown_url(settings: Settings) -> str:
    return create_engine(settings.database_url).url.render_as_string(hide_password=True)


@dataclass(frozen=True, slots=True)
class _Move:
    source: Side
    target: Side
    tell: Tell

    @property
    def moves_rows(self) -> bool:
        return self.source.settings.database_url != self.target.settings.database_url

    @property
    def moves_files(self) -> bool:
        return self.source.description()["files"] != self.target.description()["files"]


async def transfer(source: Side, target: Side, *, tell: Tell = silence) -> dict[str, Any]:
    """Returns the proof. Whoever calls holds the locks of both data folders. Raises ConflictError."""
    move = _Move(source, target, tell)
    if not (move.moves_rows or move.moves_files):
        raise ConflictError("Both have the same database and files: there is nothing to move.")
    await _prepare(move)
    await _record(move)
    engine = create_engine(source.settings.database_url)
    try:
        async with snapshot(engine) as connection:
            revision = await known_revision(connection)
            tables = await tables_at(revision)
            contents = Contents()
            await _copy_files(move, connection, tables, contents)
            if move.moves_rows:
                await _copy_rows(move, connection, tables, revision, contents)
    finally:
        await engine.dispose()
    return await prove(source, target, tell=tell)


async def prove(source: Side, target: Side, *, tell: Tell = silence) -> dict[str, Any]:
    """Reads everything of both and compares it. Raises ConflictError naming what differs."""
    wanted = await _look(source, tell)
    found = await _look(target, tell)
    require_same(wanted["contents"], found["contents"], "The target")
    return {
        "same": True,
        "proved_at": now().isoformat(),
        "revision": wanted["revision"],
        "source": source.description(),
        "target": target.description(),
        **wanted["contents"],
    }


async def _look(side: Side, tell: Tell) -> dict[str, Any]:
    engine = create_engine(side.settings.database_url)
    contents = Contents()
    try:
        async with snapshot(engine) as connection:
            revision = await known_revision(connection)
            tables = await tables_at(revision)
            for table in tables:
                count = contents.table(table)
                async for page in read_table(connection, table):
                    for row in page:
                        count(row)
                    tell("comparing rows", contents.rows, 0)
            await count_files(side.blobs, named_files(connection, tables), contents)
    finally:
        await engine.dispose()
    return {
        "revision": revision,
        "contents": contents.report(),
    }


async def _prepare(move: _Move) -> None:
    source, target = move.source.settings, move.target.settings
    async with _reading(source) as connection:
        revision = await known_revision(connection)
        if revision != head_revision():
            raise ConflictError("The database is of an older schema. Run `nexus upgrade` first.")
        if count := await running_jobs(connection, now()):
            raise ConflictError(
                f"{count} jobs are being run by workers. Stop them, and wait until their leases have run out."
            )
        tables = await tables_at(revision)
        await _require_space(move, connection, tables)
        if move.moves_rows and not await is_empty(target):
            raise ConflictError(
                "There is an installation in the target's database already. If an earlier move brought it there, "
                "`--prove` compares the two; else give the target a database of its own."
            )
        if move.moves_files:
            keys = {key async for key in named_files(connection, tables)}
            there = move.target.blobs.keys()
            if {key async for key in there} - keys:
                raise ConflictError(
                    "The target's store holds files of others. Give it a folder or a prefix of its own."
                )
    await _require_keys(source, target)


async def _require_space(move: _Move, connection: AsyncConnection, tables: list[CarriedTable]) -> None:
    """In the target's data folder: servers and buckets cannot be asked."""
    target, wanted = move.target.settings, 0
    if move.moves_rows and target.database_url.startswith("sqlite"):
        wanted += int(await database_bytes(connection) * GROWTH)
    if move.moves_files and target.files.store == "local":
        # What an earlier attempt brought is not brought again.
        brought = await asyncio.to_thread(_bytes_in, target.files_dir)
        wanted += max(await file_bytes(connection, tables) - brought, 0)
    there = next(folder for folder in (target.data_dir, *target.data_dir.absolute().parents) if folder.exists())
    require_space(there, wanted, "The installation")


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("??/*"))


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncGenerator[AsyncConnection, None]:
    engine = create_engine(settings.database_url)
    try:
        async with snapshot(engine) as connection:
            yield connection
    finally:
        await engine.dispose()


async def _require_keys(source: Settings, target: Settings) -> None:
    """The target can open every secret that the source can: a self-made key goes with it."""
    ours, theirs = source.data_dir / "secrets", target.data_dir / "secrets"
    if ours != theirs and ours.is_dir() and not theirs.exists():
        await asyncio.to_thread(target.data_dir.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(shutil.copytree, ours, theirs)
    db = Database(create_engine(source.database_url))
    try:
        now_open = await sealed_rows.check(db, load_box(source, make=False), metadata)
        then_open = await sealed_rows.check(db, load_box(target, make=False), metadata)
    finally:
        await db.aclose()
    lost = len(then_open.unreadable) - len(now_open.unreadable)
    if lost > 0:
        raise ConflictError(f"The target's keys would not open {lost} stored secrets. Give it the keys of the source.")


async def _record(move: _Move) -> None:
    """Before anything is read, so that it is in both logs."""
    db = Database(create_engine(move.source.settings.database_url))
    try:
        async with db.write() as session:
            where = {name: value for name, value in move.target.description().items() if name != "data_dir"}
            record(session, OPERATOR, Action.MOVED, Target("installation", new_id(), where["database"]), where)
    finally:
        await db.aclose()


async def _copy_files(move: _Move, connection: AsyncConnection, tables: list[CarriedTable], contents: Contents) -> None:
    if not move.moves_files:
        return
    there = move.target.blobs.keys()
    done = {key async for key in there}
    named = named_files(connection, tables)
    async for key in named:
        if key not in done:
            try:
                await move.target.blobs.put(move.source.blobs.read(key), limit=_NO_LIMIT, key=key)
            except FileNotFoundError:
                # It was missing before; the proof finds it missing on both sides.
                continue
        contents.files.count += 1
        move.tell("files", contents.files.count, 0)


async def _copy_rows(
    move: _Move, connection: AsyncConnection, tables: list[CarriedTable], revision: str, contents: Contents
) -> None:
    """All of them appear at once, after they have been read again there."""
    async with landing(move.target.settings, revision) as place:
        async with place.adding():
            for table in tables:
                count = contents.table(table)
                async for page in read_table(connection, table):
                    for row in page:
                        count(row)
                    await place.add(table, page)
                    move.tell("rows", contents.rows, 0)
        found = Contents()
        await place.count(found)
        require_same({**contents.report(), "files": {}}, {**found.report(), "files": {}}, "The target")
