"""Brings a database's schema to the revision that this code speaks."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from nexus.core.db import without_references
from nexus.core.postgresql import DatabaseAwayError

_LOCK = 0x6E65787573
"""Key of the PostgreSQL advisory lock that whoever migrates holds ("nexus")."""
_TRIES: Final = 60
_PAUSE_SECONDS: Final = 0.5


def _script_location() -> Path:
    installed = Path(__file__).parent.parent / "_migrations"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_script_location()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade_on(connection: Connection, revision: str = "head") -> None:
    command.upgrade(_config(connection), revision)


def downgrade_on(connection: Connection, revision: str) -> None:
    command.downgrade(_config(connection), revision)


def head_revision() -> str:
    """The newest revision, which this code speaks."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def revisions() -> list[str]:
    """Every revision that this code knows, oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return [script.revision for script in scripts][::-1]


def revision_on(connection: Connection) -> str | None:
    """The revision of this database; None where it was never migrated."""
    return MigrationContext.configure(connection).get_current_revision()


async def take_turn(connection: AsyncConnection) -> None:
    """Waits until no other process changes the schema, and has others wait until this transaction ends."""
    if connection.dialect.name == "postgresql":
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def migrate(engine: AsyncEngine) -> bool:
    """Upgrades to the newest revision; returns whether there was anything to do.

    Processes that start together take turns, and those that come later find the work done. One transaction: what
    fails half-way leaves the former schema. A server that is away, perhaps because it starts beside us, is waited for.
    Raises DatabaseAwayError.
    """
    for _ in range(_TRIES):
        with suppress(DatabaseAwayError):
            return await _migrate(engine)
        await asyncio.sleep(_PAUSE_SECONDS)
    return await _migrate(engine)


async def _migrate(engine: AsyncEngine) -> bool:
    head = head_revision()
    async with engine.connect() as connection:
        if await connection.run_sync(revision_on) == head:
            return False
    altering = without_references(engine)
    try:
        async with altering.execution_options(nexus_writing=True).begin() as connection:
            await take_turn(connection)
            if await connection.run_sync(revision_on) == head:
                return False
            before = await broken_references(connection)
            await connection.run_sync(upgrade_on)
            if await broken_references(connection) > before:
                raise RuntimeError("a migration would leave rows that point to nothing: nothing was changed")
    finally:
        if altering is not engine:
            await altering.dispose()
    return True


async def broken_references(connection: AsyncConnection) -> int:
    """Rows of SQLite that point to nothing; PostgreSQL has none."""
    if connection.dialect.name != "sqlite":
        return 0
    return len((await connection.exec_driver_sql("PRAGMA foreign_key_check")).all())


async def schema_revisions(engine: AsyncEngine) -> tuple[str | None, str | None]:
    """The database's, and the newest that this version speaks."""
    async with engine.connect() as connection:
        current = await connection.run_sync(_current_revision)
    return current, ScriptDirectory.from_config(_config()).get_current_head()


def _current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()
