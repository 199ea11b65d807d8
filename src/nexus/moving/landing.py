"""The database into which an installation is carried: all of it appears there at once, or nothing does.

On SQLite it is made as a file of its own beside the place and renamed; on PostgreSQL it is one transaction.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from nexus.core.db import create_engine, without_references
from nexus.core.errors import ConflictError
from nexus.core.migrate import downgrade_on, revision_on, revisions, take_turn, upgrade_on
from nexus.core.settings import Settings
from nexus.moving.archive import sync_folder
from nexus.moving.constraint_queries import adding_whole_tables
from nexus.moving.forms import CarriedTable, Row
from nexus.moving.proof import Contents
from nexus.moving.row_queries import (
    AsyncConnection,
    AsyncEngine,
    RowWriter,
    has_tables,
    holds_rows,
    is_sqlite,
    read_table,
    snapshot,
)
from nexus.moving.schema_queries import tables_at


@dataclass(slots=True)
class Landing:
    """Rows come in here, at the revision they were written at."""

    connection: AsyncConnection
    tables: Sequence[CarriedTable]

    @asynccontextmanager
    async def adding(self) -> AsyncGenerator["Landing", None]:
        async with adding_whole_tables(self.connection, self.tables):
            yield self

    async def add(self, table: CarriedTable, rows: Sequence[Row]) -> None:
        await RowWriter(self.connection, table).add(rows)
        if is_sqlite(self.connection):
            # The file is nobody's yet: what a transaction would hold back only takes room.
            await self.connection.commit()

    async def count(self, contents: Contents) -> None:
        """Reads every row again."""
        for table in self.tables:
            count = contents.table(table)
            async for page in read_table(self.connection, table):
                for row in page:
                    count(row)

    async def upgrade(self) -> None:
        await self.connection.run_sync(upgrade_on)


@asynccontextmanager
async def landing(settings: Settings, revision: str, *, replace: str = "") -> AsyncGenerator[Landing, None]:
    """Kept when the block ends, thrown away when it raises.

    `replace`: what stood there before is put aside under this ending (SQLite) or dropped (PostgreSQL).
    """
    tables = await tables_at(revision)
    opened = _on_sqlite if settings.database_url.startswith("sqlite") else _on_postgresql
    async with opened(settings, revision, replace) as connection:
        yield Landing(connection, tables)


async def is_empty(settings: Settings) -> bool:
    """Whether nothing was ever kept in this database. Raises ConflictError for one that is not ours."""
    url = settings.database_url
    if url.startswith("sqlite") and not database_file(settings).exists():
        return True
    engine = create_engine(url)
    try:
        async with snapshot(engine) as connection:
            revision = await connection.run_sync(revision_on)
            if revision is None:
                if await has_tables(connection):
                    raise ConflictError(
                        "There are tables in this database that are not Nexus's. Give it one of its own."
                    )
                return True
            if revision not in revisions():
                return False
            return not await holds_rows(connection, await tables_at(revision))
    finally:
        await engine.dispose()


def database_file(settings: Settings) -> Path:
    """Where SQLite keeps it."""
    return Path(_database_of(create_engine(settings.database_url)))


def _database_of(engine: AsyncEngine) -> str:
    return engine.url.database or ""


def draft_file(settings: Settings) -> Path:
    return _beside(database_file(settings), ".restoring")


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def remove_database(path: Path) -> None:
    """With what SQLite keeps beside it."""
    for ending in ("-wal", "-shm", "-journal", ""):
        _beside(path, ending).unlink(missing_ok=True)


@asynccontextmanager
async def _on_sqlite(settings: Settings, revision: str, replace: str) -> AsyncGenerator[AsyncConnection, None]:
    place, draft = database_file(settings), draft_file(settings)
    await asyncio.to_thread(place.parent.mkdir, parents=True, exist_ok=True)
    remove_database(draft)
    engine = without_references(create_engine(f"sqlite+aiosqlite:///{draft}"))
    engine = engine.execution_options(nexus_writing=True, nexus_relaxed=True)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(upgrade_on, revision)
            await connection.commit()
            yield connection
            await connection.commit()
        await engine.dispose()
        await _put_aside(settings, place, replace)
        await asyncio.to_thread(_put_in_place, draft, place)
    finally:
        await engine.dispose()
        remove_database(draft)


async def _put_aside(settings: Settings, place: Path, ending: str) -> None:
    """Everything that was committed is in the file itself afterwards: nothing beside it can get into its successor."""
    if not place.exists():
        return
    engine = create_engine(settings.database_url)
    try:
        async with engine.connect() as connection:
            await connection.exec_driver_sql("SELECT 1")
    finally:
        # The last connection that is closed writes the log back and removes it.
        await engine.dispose()
    if _beside(place, "-wal").exists():
        raise ConflictError(f"Another process uses {place}. Stop it, then try again.")
    if ending:
        place.rename(_beside(place, ending))


def _put_in_place(draft: Path, place: Path) -> None:
    descriptor = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.replace(place)
    sync_folder(place.parent)


@asynccontextmanager
async def _on_postgresql(settings: Settings, revision: str, replace: str) -> AsyncGenerator[AsyncConnection, None]:
    engine = create_engine(settings.database_url)
    try:
        async with engine.begin() as connection:
            await take_turn(connection)
            if (former := await connection.run_sync(revision_on)) is not None:
                # Looked at again where nobody else can change it: what is dropped here must be nobody's.
                if not replace and await holds_rows(connection, await tables_at(former)):
                    raise ConflictError("Somebody has begun to use this database meanwhile. Give it one of its own.")
                await connection.run_sync(downgrade_on, "base")
            await connection.run_sync(upgrade_on, revision)
            yield connection
    finally:
        await engine.dispose()
