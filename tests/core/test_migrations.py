"""Migrations run up, down and up again on both engines, and end at the schema that the code speaks."""

import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from nexus.core.db import create_engine
from nexus.core.migrate import downgrade_on, migrate, upgrade_on
from nexus.tables import metadata

if TYPE_CHECKING:
    from servers import PostgresServer

pytest_plugins = ("servers",)


@pytest.fixture
def empty_postgres_url(postgres: "PostgresServer") -> Generator[str, None, None]:
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'nexus.db'}"
    return request.getfixturevalue("empty_postgres_url")


@pytest.fixture
async def engine(url: str) -> AsyncGenerator[AsyncEngine, None]:
    engine = create_engine(url)
    yield engine
    await engine.dispose()


def is_mapped(name: str | None, *_: Any) -> bool:
    """Not a full-text index, nor the tables in which SQLite keeps one: nobody maps those."""
    return not (name or "").startswith("message_entry_words")


def differences(connection: Connection) -> list[Any]:
    """What autogenerate would write into the next migration."""
    opts = {"compare_type": True, "target_metadata": metadata, "include_name": is_mapped}
    context = MigrationContext.configure(connection, opts=opts)
    return compare_metadata(context, metadata)


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_up_down_and_up_again(engine: AsyncEngine) -> None:
    writing = engine.execution_options(nexus_writing=True)
    for _ in range(2):
        async with writing.begin() as connection:
            await connection.run_sync(upgrade_on)
        async with engine.connect() as connection:
            assert set(metadata.tables) <= await connection.run_sync(table_names)
            assert await connection.run_sync(differences) == []
        async with writing.begin() as connection:
            await connection.run_sync(downgrade_on, "base")
        async with engine.connect() as connection:
            assert await connection.run_sync(table_names) <= {"alembic_version"}


async def test_migrating_twice_does_it_once(engine: AsyncEngine) -> None:
    assert await migrate(engine) is True
    assert await migrate(engine) is False


def test_processes_that_start_together_migrate_one_after_the_other(url: str) -> None:
    code = (
        "import asyncio, sys; from nexus.core.db import create_engine; from nexus.core.migrate import migrate; "
        "print(asyncio.run(migrate(create_engine(sys.argv[1]))))"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE) for _ in range(2)]

    answers = [process.communicate(timeout=60)[0].strip() for process in processes]

    assert sorted(answers) == [b"False", b"True"]


async def test_a_failed_migration_leaves_the_former_schema(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from nexus.core import migrate as module

    scripts = shutil.copytree(module._script_location(), tmp_path / "scripts")
    (scripts / "versions/9999_broken.py").write_text(
        "from alembic import op\nimport sqlalchemy as sa\n"
        f"revision, down_revision = 'broken', {await head()!r}\n"
        "def upgrade():\n"
        "    op.create_table('half', sa.Column('id', sa.Integer))\n"
        "    op.execute('this is not SQL')\n"
    )
    assert await migrate(engine)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_script_location", lambda: scripts)
        with pytest.raises(Exception, match="syntax error"):
            await migrate(engine)

    async with engine.connect() as connection:
        assert "half" not in await connection.run_sync(table_names)
    assert await migrate(engine) is False


async def head() -> str:
    from alembic.script import ScriptDirectory

    from nexus.core.migrate import _config

    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision
    return revision
