"""`nexus migrate-store`: from embedded to servers and back, everything the same, and said so in a proof."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text, update
from tests.doubles.s3 import S3Double, S3Service

from moving.installations import Place, files_of, fill, read_everything, settings_of
from nexus.cli.moving import migrate_store
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError
from nexus.core.jobs.models import Job
from nexus.core.lock import DataFolderLock
from nexus.core.settings import Settings, SettingsError, load_settings_with
from nexus.moving.transferring import Side, prove, transfer
from nexus.resources import open_blobs

pytest_plugins = ("servers",)


@asynccontextmanager
async def sides(*all_settings: Settings) -> AsyncGenerator[list[Side], None]:
    opened = [open_blobs(settings) for settings in all_settings]
    try:
        yield [Side(s, await each.__aenter__()) for s, each in zip(all_settings, opened, strict=True)]
    finally:
        for each in opened:
            await each.__aexit__(None, None, None)


async def move(source: Settings, target: Settings) -> dict[str, Any]:
    async with sides(source, target) as (here, there):
        return await transfer(here, there)


async def rows(settings: Settings) -> dict[str, Any]:
    return await read_everything(settings, words=False)


async def test_from_embedded_to_servers_and_back(
    source: Settings, place: Place, s3_service: S3Service, tmp_path: Path
) -> None:
    database = place("postgresql").db.url
    async with S3Double(s3_service) as bucket:
        files = {"store": "s3", "bucket": bucket.bucket, "endpoint": bucket.origin, "prefix": "originals"}
        files |= {"access_key_id": "id", "secret_access_key": "sesame-of-s3"}
        servers = settings_of(tmp_path / "servers", database, files=files)
        again = place("sqlite")

        proof = await move(source, servers)
        assert proof["same"]
        assert proof["files"]["count"] == len(files_of(source)) == len(bucket.objects())
        assert await rows(servers) == await rows(source)
        assert "sesame" not in json.dumps(proof)

        back = await move(servers, again)
        assert files_of(again) == files_of(source)
        there, here = await rows(servers), await rows(again)
        assert here == there
        # Nothing but the two acts has come to the rows.
        events = proof["tables"]["audit_event"]["count"]
        assert back["tables"].pop("audit_event")["count"] == events + 1
        for each in (proof, back):
            each["tables"].pop("audit_event", None)
            each["tables"].pop("audit_head")
        assert back["tables"] == proof["tables"]


async def test_what_was_changed_afterwards_is_named(source: Settings, place: Place) -> None:
    target = place("sqlite")
    await move(source, target)
    async with sides(source, target) as (here, there):
        assert (await prove(here, there))["same"]
        db = Database(create_engine(target.database_url))
        async with db.write() as session:
            await session.execute(text("UPDATE chunk SET text = text || ' ' WHERE id = (SELECT min(id) FROM chunk)"))
        await db.aclose()
        with pytest.raises(ConflictError, match=r"The target does not hold.*: chunk \(5 rows, here 5\) differ"):
            await prove(here, there)


async def test_only_files_can_be_moved(source: Settings, place: Place, s3_service: S3Service) -> None:
    before = await rows(source)
    async with S3Double(s3_service) as bucket:
        files = {"store": "s3", "bucket": bucket.bucket, "endpoint": bucket.origin, "access_key_id": "i"}
        target = settings_of(source.data_dir, files=files | {"secret_access_key": "s"})
        proof = await move(source, target)
        assert len(bucket.objects()) == len(files_of(source)) == proof["files"]["count"]
    after = await rows(source)
    for each in (before, after):
        each.pop("audit_event")
        each.pop("audit_head")
    assert after == before


async def test_what_would_be_lost_or_mixed_is_refused(source: Settings, place: Place, tmp_path: Path) -> None:
    other = place("sqlite")
    await fill(other, seed=9)
    with pytest.raises(ConflictError, match="There is an installation in the target's database already"):
        await move(source, other)
    with pytest.raises(ConflictError, match="nothing to move"):
        await move(source, source)
    strange = place("sqlite")
    (strange.files_dir / "ff").mkdir(parents=True)
    (strange.files_dir / "ff" / ("f" * 32)).write_bytes(b"?")
    with pytest.raises(ConflictError, match="files of others"):
        await move(source, strange)

    db = Database(create_engine(source.database_url))
    async with db.write() as session:
        await session.execute(update(Job).values(state="running", lease_until=now() + timedelta(minutes=1)))
    await db.aclose()
    with pytest.raises(ConflictError, match="5 jobs are being run"):
        await move(source, place("sqlite"))
    assert not strange.data_dir.joinpath("nexus.db").exists()


KILLED = """
import asyncio, os, sys
from pathlib import Path
from nexus.core.settings import load_settings
from nexus.moving.transferring import Side, transfer
from nexus.resources import open_blobs

async def main():
    places = (sys.argv[1:3], sys.argv[3:5])
    here, there = (load_settings(data_dir=Path(f), db={"url": url}, _env_file=None) for f, url in places)
    def tell(what, done, of):
        if what == sys.argv[5] and done >= 2:
            os.kill(os.getpid(), 9)
    async with open_blobs(here) as a, open_blobs(there) as b:
        await transfer(Side(here, a), Side(there, b), tell=tell)

asyncio.run(main())
"""


def killed(source: Settings, target: Settings, moment: str) -> None:
    arguments = [str(source.data_dir), source.db.url, str(target.data_dir), target.db.url, moment]
    process = subprocess.run([sys.executable, "-c", KILLED, *arguments], check=False, capture_output=True, timeout=120)
    assert process.returncode == -9, process.stderr.decode()


@pytest.mark.parametrize(("moment", "kind"), [("files", "sqlite"), ("rows", "postgresql")])
async def test_a_move_that_is_killed_can_be_done_again(moment: str, kind: str, source: Settings, place: Place) -> None:
    target = place(kind)
    killed(source, target, moment)
    # The source serves on, if that is wanted.
    with DataFolderLock(source.data_dir):
        pass

    assert (await move(source, target))["same"]
    assert await rows(target) == await rows(source)
    assert files_of(target) == files_of(source)


def test_what_a_file_does_not_say_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXUS_DATA_DIR", str(tmp_path / "here"))
    monkeypatch.setenv("NEXUS_DB__URL", "postgresql+asyncpg://db/nexus")
    monkeypatch.setenv("NEXUS_FILES__STORE", "s3")
    monkeypatch.setenv("NEXUS_FILES__BUCKET", "files")
    (tmp_path / "back.env").write_text("NEXUS_DB__URL=\nNEXUS_FILES__STORE=local\n")
    changed = load_settings_with(tmp_path / "back.env")
    assert (changed.data_dir, changed.db.url) == (tmp_path / "here", "")
    assert (changed.files.store, changed.files.bucket) == ("local", "files")


def test_the_command(
    source: Settings, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = place("sqlite")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXUS_DATA_DIR", str(source.data_dir))
    to = tmp_path / "there.env"
    to.write_text(f"NEXUS_DATA_DIR={target.data_dir}\n")

    with DataFolderLock(source.data_dir), pytest.raises(ConflictError, match="Another process serves this data folder"):
        migrate_store(to, only_prove=False)
    migrate_store(to, only_prove=False)
    said = capsys.readouterr().out
    migrate_store(to, only_prove=True)
    again = capsys.readouterr().out

    assert "document_version: 5 rows" in said
    assert "Everything is the same" in said
    assert said.splitlines()[:-2] == again.splitlines()[:-2]
    [first, *_] = sorted(target.data_dir.glob("moved-*.json"))
    proof = json.loads(first.read_text(encoding="utf-8"))
    assert proof["same"]
    assert proof["files"]["count"] == len(files_of(source))
    with pytest.raises(SettingsError, match="There is no file"):
        migrate_store(tmp_path / "nothing.env", only_prove=True)
