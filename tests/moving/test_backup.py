"""A backup brought back is the same installation: every row, every file, on either database, whatever happens."""

import asyncio
import random
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text, update

from moving.installations import Place, blobs_of, files_of, fill, one_event, read_everything, without_acts
from nexus.audit.acts import Action
from nexus.audit.models import AuditEvent
from nexus.audit.verification import verify
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError, InvalidError, NexusError
from nexus.core.lock import RESTORING, DataFolderLock
from nexus.core.migrate import downgrade_on, head_revision, migrate, revisions
from nexus.core.settings import Settings
from nexus.moving import archive as archives
from nexus.moving.archive import open_archive
from nexus.moving.backing_up import back_up
from nexus.moving.restoring import restore
from nexus.providers.blobs.local import LocalBlobStore

pytest_plugins = ("servers",)

WAYS = [("sqlite", "sqlite"), ("sqlite", "postgresql"), ("postgresql", "sqlite"), ("postgresql", "postgresql")]


async def carried(source: Settings, target: Settings, file: Path) -> None:
    await back_up(source, blobs_of(source), file)
    await restore(target, blobs_of(target), open_archive(file))


@contextmanager
def refused(kind: type[NexusError], sentence: str) -> Generator[None, None, None]:
    with pytest.raises(kind, match=sentence) as caught:
        yield
    assert caught.value.detail.endswith(".")


# --- everything is there -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("source_kind", "target_kind"), WAYS)
async def test_every_row_and_file_comes_back(source_kind: str, target_kind: str, place: Place, tmp_path: Path) -> None:
    source, target = place(source_kind), place(target_kind)
    await fill(source)
    same_engine = source_kind == target_kind
    before = await read_everything(source, words=same_engine)
    assert min(len(rows) for rows in before.values()) > 0

    await carried(source, target, tmp_path / "backup.nexus")

    after = await read_everything(target, words=same_engine)
    assert without_acts(after, Action.RESTORED) == without_acts(before)
    assert files_of(target) == files_of(source)
    assert len(files_of(target)) > 0
    assert not (target.data_dir / RESTORING).exists()


@pytest.mark.parametrize(("source_kind", "target_kind"), WAYS)
async def test_what_was_brought_back_goes_on(source_kind: str, target_kind: str, place: Place, tmp_path: Path) -> None:
    source, target = place(source_kind), place(target_kind)
    await fill(source)
    await carried(source, target, tmp_path / "one.nexus")

    db = Database(create_engine(target.database_url))
    try:
        assert await migrate(db.engine) is False
        # The log is whole, says what happened, and is guarded again.
        assert [report.fault async for report in verify(db)] == [None] * 6
        with pytest.raises(Exception, match="never"):
            async with db.write() as session:
                await session.execute(update(AuditEvent).values(action="user.created"))
        # Numbers go on, and messages are found.
        async with db.write() as session:
            last = await session.scalar(text("SELECT message_id FROM message_entry ORDER BY id DESC LIMIT 1"))
            await session.execute(text("DELETE FROM message_entry WHERE message_id = :last"), {"last": last})
            again = text("INSERT INTO message_entry (message_id, words) VALUES (:last, 'again')")
            await session.execute(again, {"last": last})
            query = (
                "SELECT count(*) FROM message_entry_words WHERE message_entry_words MATCH 'london'"
                if target_kind == "sqlite"
                else "SELECT count(*) FROM message_entry WHERE words @@ 'of <-> london'::tsquery"
            )
            assert await session.scalar(text(query)) == 1
    finally:
        await db.aclose()
    # And it can be carried on: nothing was lost on the way that the first comparison did not see.
    third = place(source_kind)
    await carried(target, third, tmp_path / "two.nexus")
    acts = (Action.RESTORED, Action.BACKED_UP)
    first = without_acts(await read_everything(source, words=False), *acts)
    last = without_acts(await read_everything(third, words=False), *acts)
    assert len(first.pop("message_entry")) == len(last.pop("message_entry"))
    assert last == first


async def test_both_are_in_the_log(source: Settings, place: Place, tmp_path: Path) -> None:
    target = place("sqlite")
    report = await back_up(source, blobs_of(source), tmp_path / "backup.nexus")
    archive = open_archive(report.path)
    restored = await restore(target, blobs_of(target), archive)

    made = await one_event(source, Action.BACKED_UP)
    brought = await one_event(target, Action.RESTORED)
    assert made["sha256"] == brought["sha256"] == report.sha256 == archive.sha256
    assert made["rows"] == brought["rows"] == restored.rows == report.rows


async def test_keys_are_in_it_only_when_wanted(source: Settings, place: Place, tmp_path: Path) -> None:
    secrets = source.data_dir / "secrets"
    secrets.mkdir()
    (secrets / "sealing.key").write_bytes(b"k" * 32)

    without = await back_up(source, blobs_of(source), tmp_path / "without.nexus")
    await back_up(source, blobs_of(source), tmp_path / "with.nexus", with_keys=True)

    assert not without.keys
    assert b"k" * 32 not in without.path.read_bytes()
    assert without.path.stat().st_mode & 0o777 == 0o600
    target = place("sqlite")
    await restore(target, blobs_of(target), open_archive(tmp_path / "with.nexus"))
    brought = target.data_dir / "secrets" / "sealing.key"
    assert brought.read_bytes() == b"k" * 32
    assert brought.stat().st_mode & 0o777 == 0o600


async def test_an_older_schema_is_brought_up_to_date(source: Settings, place: Place, tmp_path: Path) -> None:
    target = place("sqlite")
    engine = create_engine(source.database_url)
    async with engine.begin() as connection:
        await connection.run_sync(downgrade_on, revisions()[-2])
    await engine.dispose()

    await back_up(source, blobs_of(source), tmp_path / "backup.nexus")
    report = await restore(target, blobs_of(target), open_archive(tmp_path / "backup.nexus"))

    assert report.upgraded_from == revisions()[-2]
    engine = create_engine(target.database_url)
    assert await migrate(engine) is False
    await engine.dispose()


# --- while the installation runs ---------------------------------------------------------------------------------


class Purging(LocalBlobStore):
    """Somebody deletes the first file that is wanted for good, in the same moment."""

    def __init__(self, settings: Settings, *, with_row: bool) -> None:
        super().__init__(settings.files_dir)
        self._url, self._with_row, self.gone = settings.database_url, with_row, ""

    @asynccontextmanager
    async def open_path(self, key: str) -> AsyncGenerator[Path, None]:
        if not self.gone:
            self.gone = key
            self._path(key).unlink()
            if self._with_row:
                with create_sync(self._url) as connection:
                    connection.execute("UPDATE document_version SET blob_key = NULL WHERE blob_key = ?", (key,))
        async with super().open_path(key) as path:
            yield path


@contextmanager
def create_sync(url: str) -> Generator[sqlite3.Connection, None, None]:
    connection = sqlite3.connect(url.removeprefix("sqlite+aiosqlite:///"))
    yield connection
    connection.commit()
    connection.close()


async def test_a_file_that_is_purged_meanwhile_is_named_by_no_row(
    source: Settings, place: Place, tmp_path: Path
) -> None:
    target = place("sqlite")
    blobs = Purging(source, with_row=True)

    report = await back_up(source, blobs, tmp_path / "backup.nexus")
    await restore(target, blobs_of(target), open_archive(report.path))

    assert report.missing == []
    assert files_of(target) == files_of(source)
    assert await read_versions(target) == await read_versions(source)


async def test_a_file_that_was_lost_before_is_told(source: Settings, place: Place, tmp_path: Path) -> None:
    target = place("sqlite")
    blobs = Purging(source, with_row=False)

    report = await back_up(source, blobs, tmp_path / "backup.nexus")
    restored = await restore(target, blobs_of(target), open_archive(report.path))

    assert report.missing == restored.missing == [blobs.gone]
    assert await read_versions(target) == await read_versions(source)


async def read_versions(settings: Settings) -> list[tuple[object, ...]]:
    return (await read_everything(settings))["document_version"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_it_is_the_state_of_one_moment(kind: str, place: Place, tmp_path: Path) -> None:
    source, target = place(kind), place("sqlite")
    await fill(source)
    before = await read_everything(source, words=False)
    acted = False

    async def delete_and_add() -> None:
        db = Database(create_engine(source.database_url))
        async with db.write() as session:
            await session.execute(text("DELETE FROM web_citation"))
            await session.execute(text("UPDATE tenant SET name = substr('Changed ' || name, 1, 200)"))
        await db.aclose()

    def tell(what: str, _done: int, _of: int) -> None:
        nonlocal acted
        if what == "files" and not acted:
            acted = True
            with ThreadPoolExecutor(1) as executor:
                executor.submit(asyncio.run, delete_and_add()).result()

    await back_up(source, blobs_of(source), tmp_path / "backup.nexus", tell=tell)
    await restore(target, blobs_of(target), open_archive(tmp_path / "backup.nexus"))

    assert acted
    assert without_acts(await read_everything(target, words=False), Action.RESTORED) == without_acts(before)


# --- what is refused ---------------------------------------------------------------------------------------------


@pytest.fixture
async def backup(source: Settings, tmp_path: Path) -> Path:
    return (await back_up(source, blobs_of(source), tmp_path / "whole.nexus")).path


def test_a_changed_byte_anywhere_is_found(backup: Path) -> None:
    whole = backup.read_bytes()
    end = len(whole.rstrip(b"\0"))
    rng = random.Random(3)
    for _ in range(60):
        changed = bytearray(whole)
        changed[rng.randrange(end - 700)] ^= 1 << rng.randrange(8)
        backup.write_bytes(changed)
        with refused(InvalidError, r"damaged or was changed"):
            open_archive(backup)


def test_a_seal_that_was_changed_is_refused(backup: Path) -> None:
    whole = backup.read_bytes()
    place = whole.rindex(b'"sha256": "') + 11
    changed = bytearray(whole)
    changed[place] = ord("0") if whole[place] != ord("0") else ord("1")
    backup.write_bytes(changed)
    with refused(InvalidError, r"damaged or was changed"):
        open_archive(backup)


def test_a_part_of_one_is_refused(backup: Path) -> None:
    whole = backup.read_bytes()
    for size in (0, 1, 511, 512, 5000, len(whole) // 2, len(whole.rstrip(b"\0")) - 1):
        backup.write_bytes(whole[:size])
        with refused(InvalidError, r"(is not a backup of Nexus|damaged)"):
            open_archive(backup)


def test_another_file_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tar"
    with tarfile.open(other, "w") as tar:
        tar.add(Path(__file__), "about.json")
    for path, sentence in ((other, "is not a backup"), (tmp_path / "nowhere", "cannot be read")):
        with refused(InvalidError, sentence):
            open_archive(path)


async def test_one_of_a_newer_nexus_is_refused(
    source: Settings, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place("sqlite")
    with monkeypatch.context() as patch:
        patch.setattr("nexus.moving.backing_up.FORMAT", archives.FORMAT + 1)
        await back_up(source, blobs_of(source), tmp_path / "form.nexus")
    with refused(InvalidError, "newer"):
        open_archive(tmp_path / "form.nexus")

    await back_up(source, blobs_of(source), tmp_path / "schema.nexus")
    monkeypatch.setattr("nexus.moving.restoring.revisions", lambda: revisions()[:-1])
    with refused(InvalidError, f"schema {head_revision()}.*newer"):
        await restore(target, blobs_of(target), open_archive(tmp_path / "schema.nexus"))
    assert not target.data_dir.exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_nothing_is_overwritten(kind: str, place: Place, backup: Path) -> None:
    target = place(kind)
    await fill(target, seed=8)
    before, files = await read_everything(target), files_of(target)

    with refused(ConflictError, "There is an installation already"):
        await restore(target, blobs_of(target), open_archive(backup))

    assert (await read_everything(target), files_of(target)) == (before, files)
    with refused(ConflictError, "is there already"):
        await back_up(target, blobs_of(target), backup)


async def test_a_database_of_others_is_left_alone(place: Place, backup: Path) -> None:
    target = place("postgresql")
    engine = create_engine(target.database_url)
    async with engine.begin() as connection:
        await connection.exec_driver_sql("CREATE TABLE theirs (id int)")
    await engine.dispose()
    with refused(ConflictError, "not Nexus's"):
        await restore(target, blobs_of(target), open_archive(backup))


async def test_without_room_nothing_is_begun(
    source: Settings, place: Place, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    target = place("sqlite")
    with refused(ConflictError, "Make room"):
        await restore(target, blobs_of(target), open_archive(backup))
    assert files_of(target) == {}
    with refused(ConflictError, "Make room"):
        await back_up(source, blobs_of(source), backup.with_name("other.nexus"))
    assert not list(backup.parent.glob("*other*"))


# --- killed ------------------------------------------------------------------------------------------------------

KILLED = """
import asyncio, os, sys
from pathlib import Path
from nexus.core.settings import load_settings
from nexus.moving.archive import open_archive
from nexus.moving.backing_up import back_up
from nexus.moving.restoring import restore
from nexus.moving import restoring
from nexus.providers.blobs.local import LocalBlobStore

act, folder, url, file, moment = sys.argv[1:]
settings = load_settings(data_dir=Path(folder), db={"url": url}, _env_file=None)
blobs = LocalBlobStore(settings.files_dir)

def tell(what, done, of):
    if what == moment:
        os.kill(os.getpid(), 9)

if moment == "end":
    async def die(*_):
        os.kill(os.getpid(), 9)
    restoring._finish = die
if act == "backup":
    asyncio.run(back_up(settings, blobs, Path(file), tell=tell))
else:
    asyncio.run(restore(settings, blobs, open_archive(Path(file)), tell=tell))
"""


def killed(act: str, settings: Settings, file: Path, moment: str) -> None:
    arguments = [act, str(settings.data_dir), settings.db.url, str(file), moment]
    process = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, capture_output=True, timeout=120)
    assert process.returncode == -9, process.stderr.decode()


@pytest.mark.parametrize(
    ("moment", "kind"),
    [("files", "sqlite"), ("rows", "sqlite"), ("end", "sqlite"), ("comparing", "postgresql"), ("end", "postgresql")],
)
async def test_a_restore_that_is_killed_can_be_done_again(
    moment: str, kind: str, filled: Settings, place: Place, backup: Path
) -> None:
    target = place(kind)
    killed("restore", target, backup, moment)

    with refused(ConflictError, "was not finished"), DataFolderLock(target.data_dir):
        pass
    report = await restore(target, blobs_of(target), open_archive(backup))

    assert report.was_done is (moment == "end")
    with DataFolderLock(target.data_dir):
        pass
    assert files_of(target) == files_of(filled)
    acts = (Action.RESTORED,)
    there, here = await read_everything(filled, words=False), await read_everything(target, words=False)
    assert without_acts(here, *acts) == without_acts(there, *acts)
    assert not list(target.data_dir.glob("*.restoring*"))


@pytest.mark.parametrize("moment", ["files", "rows"])
async def test_a_backup_that_is_killed_leaves_nothing_in_its_place(
    moment: str, source: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.nexus"
    killed("backup", source, file, moment)

    assert not file.exists()
    await back_up(source, blobs_of(source), file)
    open_archive(file)
    assert [path.name for path in tmp_path.glob("*backup.nexus*")] == ["backup.nexus"]
