"""An upgrade looks first, backs up, migrates and checks; one command goes back to every row of before."""

import shutil
from typing import Any

import pytest
from sqlalchemy import MetaData, select, text

from moving.installations import Place, blobs_of, files_of
from nexus.audit.acts import Action
from nexus.cli import upgrading as commands
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError, NexusError
from nexus.core.lock import DataFolderLock
from nexus.core.migrate import head_revision, revision_on
from nexus.core.settings import Settings
from nexus.moving.archive import open_archive
from nexus.moving.landing import landing
from nexus.moving.row_queries import read_table, snapshot
from nexus.moving.schema_queries import tables_at
from nexus.moving.upgrading import backups_folder, find_backup, look_before, roll_back, upgrade

pytest_plugins = ("servers",)

FORMER = "0020"
"""A schema that is years old by the day somebody reads this."""


async def installed(kind: str, place: Place, source: Settings) -> Settings:
    """An installation of back then: the rows of one of today, as far as there were tables and columns for them."""
    settings = place(kind)
    shutil.copytree(source.files_dir, settings.files_dir)
    engine = create_engine(source.database_url)
    today = {table.name: table for table in await tables_at(head_revision())}
    async with landing(settings, FORMER) as former, snapshot(engine) as connection, former.adding():
        for table in former.tables:
            places = [today[table.name].place(column.name) for column in table.columns]
            async for page in read_table(connection, today[table.name]):
                await former.add(table, [[row[place] for place in places] for row in page])
    await engine.dispose()
    return settings


async def everything(settings: Settings) -> dict[str, Any]:
    """Revision and all rows, in whatever schema it is."""
    engine = create_engine(settings.database_url)
    async with engine.connect() as connection:
        found: dict[str, Any] = {"revision": await connection.run_sync(revision_on)}
        schema = MetaData()
        await connection.run_sync(lambda sync: schema.reflect(sync, only=lambda name, _: "_words" not in name))
        for table in schema.sorted_tables:
            shown = [c for c in table.columns if (table.name, c.name) != ("message_entry", "words")]
            found[table.name] = sorted(map(repr, (await connection.execute(select(*shown))).all()))
    await engine.dispose()
    return found


def without_restored(found: dict[str, Any]) -> dict[str, Any]:
    events = [row for row in found["audit_event"] if str(Action.RESTORED) not in row]
    nobody = "00000000-0000-0000-0000-000000000000"
    heads = [row for row in found["audit_head"] if nobody not in row and nobody.replace("-", "") not in row]
    return found | {"audit_event": events, "audit_head": heads}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_up_and_back(kind: str, place: Place, source: Settings) -> None:
    settings = await installed(kind, place, source)
    before, files = await everything(settings), files_of(settings)

    assert [finding.problem for finding in await look_before(settings)] == [""] * 5
    report = await upgrade(settings, blobs_of(settings))

    assert report is not None
    assert (report.former, report.newest) == (FORMER, head_revision())
    upgraded = await everything(settings)
    assert upgraded["revision"] == head_revision()
    assert any(str(Action.UPGRADED) in row for row in upgraded["audit_event"])
    assert await upgrade(settings, blobs_of(settings)) is None

    path = find_backup(settings)
    assert path == report.backup.path
    restored, kept = await roll_back(settings, blobs_of(settings), open_archive(path))

    assert restored.rows == report.backup.rows
    assert without_restored(await everything(settings)) == without_restored(before)
    assert files_of(settings) == files
    assert kept is not None
    assert open_archive(kept.path).about.revision == head_revision()
    # And up again.
    assert find_backup(settings) == path
    again = await upgrade(settings, blobs_of(settings))
    assert again is not None
    with DataFolderLock(settings.data_dir):
        pass


async def test_the_commands(
    place: Place, source: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    settings = await installed("sqlite", place, source)
    monkeypatch.setenv("NEXUS_DATA_DIR", str(settings.data_dir))
    monkeypatch.chdir(settings.data_dir)

    def run(act: Any, *arguments: Any, **options: Any) -> str:
        with ThreadPoolExecutor(1) as executor:
            executor.submit(act, *arguments, **options).result()
        return capsys.readouterr().out

    assert "NO" not in run(commands.upgrade, only_check=True)
    assert not backups_folder(settings).exists()
    said = run(commands.upgrade, only_check=False)
    assert f"Upgraded from schema {FORMER} to {head_revision()}." in said
    assert "The database is up to date." in run(commands.upgrade, only_check=False)
    assert f"schema {FORMER}" in run(commands.rollback, None)
    assert len(list(settings.data_dir.glob("nexus.db.rolled-back-*"))) == 1
    with DataFolderLock(settings.data_dir), pytest.raises(ConflictError, match="Another process"):
        run(commands.upgrade, only_check=False)


async def test_what_stands_in_the_way_is_said(source: Settings, place: Place) -> None:
    db = Database(create_engine(source.database_url))
    async with db.write() as session:
        await session.execute(text("UPDATE job SET state = 'running', lease_until = '2999-01-01 00:00:00.000000'"))
    await db.aclose()
    problems = [finding.problem for finding in await look_before(source) if finding.problem]
    assert problems == ["5 jobs are being run. Stop the workers, and wait until their leases have run out."]

    db = Database(create_engine(source.database_url))
    async with db.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'future'"))
    await db.aclose()
    [finding] = await look_before(source)
    assert "newer Nexus" in finding.problem
    with pytest.raises(NexusError, match="There is no backup of an upgrade"):
        find_backup(place("sqlite"))


async def test_a_migration_that_fails_changes_nothing(
    place: Place, source: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = await installed("sqlite", place, source)
    before = await everything(settings)

    async def fail(_: Any) -> bool:
        raise ConflictError("It cannot be done.")

    monkeypatch.setattr("nexus.moving.upgrading.migrate", fail)
    with pytest.raises(ConflictError):
        await upgrade(settings, blobs_of(settings))
    assert await everything(settings) == before
    assert find_backup(settings).is_file()
