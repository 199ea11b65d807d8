"""The search index goes where the installation goes: brought up there, compared, and without ghosts afterwards."""

import json
import shutil
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.doubles.qdrant import memory_client

from hub import Hub, Person
from moving.installations import Place, settings_of
from moving.test_carried_company import ask_again, run, tell_company, use
from nexus.cli import carrying, upgrading
from nexus.cli.moving import migrate_store
from nexus.core.db import Database, create_engine
from nexus.core.errors import ConflictError
from nexus.core.lock import RESTORING
from nexus.core.settings import Settings
from nexus.knowledge.live_index import LiveIndex
from nexus.knowledge.shared_index import SharedIndex
from nexus.moving import transferring
from nexus.moving.index_proof import prove_index
from nexus.providers.vectors.pgvector import PgVectorEngine
from nexus.providers.vectors.qdrant import QdrantEngine
from nexus.providers.vectors.qdrant_server import QdrantServer
from nexus.resources import build_index
from nexus.worker import run as run_worker

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

pytest_plugins = ("servers",)


def env_of(file: Path, settings: Settings, engine: str) -> Path:
    file.write_text(
        f"NEXUS_DATA_DIR={settings.data_dir}\nNEXUS_DB__URL={settings.db.url}\nNEXUS_INDEX__ENGINE={engine}\n"
    )
    return file


def proofs(folder: Path) -> list[Any]:
    return [json.loads(path.read_text()) for path in sorted(folder.glob("moved-*.json"))]


async def ask_server(settings: Settings, statement: str) -> list[Any]:
    url = create_engine(settings.database_url).url.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def sets_on(settings: Settings) -> list[str]:
    return [name for (name,) in await ask_server(settings, "SELECT name FROM nexus_index.known_set ORDER BY name")]


def test_to_a_server_and_back(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = place("sqlite"), place("postgresql")
    there = there.model_copy(update={"index": there.index.model_copy(update={"engine": "pgvector"})})
    here.data_dir.mkdir(parents=True)
    use(monkeypatch, here)
    with Hub(here) as hub:
        company, shelf, found = run(tell_company(hub))

    migrate_store(env_of(tmp_path / "there.env", there, "pgvector"), only_prove=False)
    [proof] = proofs(there.data_dir)
    index = proof["index"]
    assert index["questions"] == 3
    assert (index["source"]["engine"], index["target"]["engine"]) == ("embedded", "pgvector")
    # Vectors of the deleted document wait for its purge, and are not searched.
    assert index["source"]["chunks"] == index["target"]["chunks"] == proof["tables"]["chunk_vector"]["count"] - 1
    assert "rank alike in embedded and pgvector" in capsys.readouterr().out
    [made] = run(sets_on(there))

    # The first start has nothing to build, and finds the same.
    with Hub(there) as hub:
        again, checked = run(ask_again(hub, company, shelf))
    assert again == found
    assert checked["ok"], checked
    assert run(sets_on(there)) == [made]

    # Back, while the server's index lacks the words of a passage: the proof says so, mended it holds.
    back = place("sqlite")
    monkeypatch.setenv("NEXUS_DATA_DIR", str(there.data_dir))
    monkeypatch.setenv("NEXUS_DB__URL", there.db.url)
    monkeypatch.setenv("NEXUS_INDEX__ENGINE", "pgvector")
    to = env_of(tmp_path / "back.env", back, "embedded")
    run(ask_server(there, f"CREATE TABLE kept AS SELECT * FROM nexus_index.{made}_page"))
    run(ask_server(there, f"DELETE FROM nexus_index.{made}_page"))
    with pytest.raises(ConflictError, match="questions are not answered alike"):
        migrate_store(to, only_prove=False)
    run(ask_server(there, f"INSERT INTO nexus_index.{made}_page SELECT * FROM kept"))
    run(ask_server(there, "DROP TABLE kept"))
    migrate_store(to, only_prove=True)
    [proof] = proofs(back.data_dir)
    assert proof["index"]["target"]["engine"] == "embedded"
    assert list(back.cache_dir.glob("index-*.snapshot"))

    # And in Qdrant.
    other = back.model_copy(update={"index": back.index.model_copy(update={"engine": "qdrant"})})

    def open_index(settings: Settings, db: Database) -> LiveIndex:
        if settings is back:
            return build_index(settings, db)
        return SharedIndex(db, QdrantEngine(QdrantServer(memory_client())))

    proved = run(prove_index(back, other, open_index))
    assert (proved["questions"], proved["target"]["engine"]) == (4, "qdrant")

    def open_away(settings: Settings, db: Database) -> LiveIndex:
        away = PgVectorEngine("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
        return build_index(settings, db) if settings is back else SharedIndex(db, away)

    with pytest.raises(ConflictError, match="but not the index: The server of the search index does not answer"):
        run(prove_index(back, other, open_away))


def test_a_database_that_is_set_back_leaves_nothing_on_the_server(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = place("postgresql")
    settings = settings.model_copy(update={"index": settings.index.model_copy(update={"engine": "pgvector"})})
    settings.data_dir.mkdir(parents=True)
    use(monkeypatch, settings)
    monkeypatch.setenv("NEXUS_DB__URL", settings.db.url)
    monkeypatch.setenv("NEXUS_INDEX__ENGINE", "pgvector")
    file = tmp_path / "then.nexus"
    with Hub(settings) as hub:
        company, shelf, found = run(tell_company(hub))
        carrying.backup(file, with_keys=False)
        run(late_document(hub, company.owner, shelf))
    [former] = run(sets_on(settings))

    upgrading.rollback(file)
    assert run(sets_on(settings)) == []
    with Hub(settings) as hub:
        again, checked = run(ask_again(hub, company, shelf))
    # The late document is neither found nor counted, and nothing of the former set is left.
    assert again == found
    assert checked["ok"], checked
    [now] = run(sets_on(settings))
    assert now != former


async def late_document(hub: Hub, owner: Person, shelf: str) -> None:
    async with hub.client() as client:
        await Person(client, owner.email, owner.id).add(
            shelf, "late.txt", "Hotels in London cost 190 pounds since May."
        )


def test_room_is_looked_for_before_anything_is_moved(
    source: Settings, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place("sqlite")
    use(monkeypatch, source)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000))
    with pytest.raises(ConflictError, match="The installation needs about"):
        migrate_store(env_of(tmp_path / "there.env", target, "embedded"), only_prove=False)
    assert not (target.data_dir / "nexus.db").exists()
    assert transferring.GROWTH > 1


def test_a_worker_waits_for_the_end_of_a_restore(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "half", redis={"url": "redis://127.0.0.1:9/0"})
    settings.data_dir.mkdir()
    (settings.data_dir / RESTORING).write_text("{}")
    with pytest.raises(ConflictError, match=r"A restore into .* was not finished"):
        run_worker(settings)
