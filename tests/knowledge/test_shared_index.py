"""Processes that share one index in PostgreSQL: what one of them changes, the next question in any of them finds."""

import asyncio
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from pydantic import SecretStr

from hub import PATIENCE, Company, Hub, Person, found_company
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.settings import Settings, SettingsError, load_settings
from nexus.core.settings_index import IndexSettings
from nexus.knowledge import set_queries, set_writing
from nexus.knowledge.live_index import LiveIndex
from nexus.providers.embeddings.base import EmbeddingSpec
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.providers.vectors.base import IndexedDocument, SetGoneError, StaleTurnError
from nexus.providers.vectors.pgvector import PgVectorEngine

if TYPE_CHECKING:
    from servers import PostgresServer

pytest_plugins = ("servers",)
PUMP = "The pump of hall seven is serviced every March.\n"


class OtherModel(HashingEmbedder):
    """Another name and another dimension."""

    def __init__(self) -> None:
        super().__init__(dimension=64)

    @property
    def spec(self) -> EmbeddingSpec:
        return EmbeddingSpec("other/model", 64, 256)


def shared(url: str, folder: Path) -> Settings:
    return load_settings(data_dir=folder, db={"url": url}, index={"engine": "pgvector"}, _env_file=None)


@pytest.fixture(scope="module")
def url(postgres: "PostgresServer", postgres_template: str) -> str:
    return postgres.url(postgres.create_database(template=postgres_template))


@pytest.fixture(scope="module")
def hubs(url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Hub, Hub], None, None]:
    """Two serving processes on one database; the files are shared, too."""
    files = tmp_path_factory.mktemp("files")
    with ExitStack() as stack:
        made: list[Hub] = []
        for name in ("one", "other"):
            folder = tmp_path_factory.mktemp(name)
            (folder / "files").symlink_to(files)
            made.append(stack.enter_context(Hub(shared(url, folder))))
        yield made[0], made[1]


@pytest.fixture
async def both(hubs: tuple[Hub, Hub]) -> AsyncGenerator[tuple[Company, Person], None]:
    """A company at the first, and its owner at the second."""
    async with hubs[0].client() as first, hubs[1].client() as second:
        company = await found_company(hubs[0], first)
        yield company, Person(second, company.owner.email, company.owner.id)


@pytest.fixture
async def database(url: str) -> AsyncGenerator[Database, None]:
    db = Database(create_engine(url))
    yield db
    await db.aclose()


@pytest.fixture
async def engine(url: str) -> AsyncGenerator[PgVectorEngine, None]:
    engine = PgVectorEngine(url)
    yield engine
    await engine.aclose()


async def live_set(db: Database) -> set_queries.KnownSet:
    async with db.read() as session:
        live = await set_queries.find_live(session, "pgvector")
    assert live is not None
    return live


async def check(company: Company) -> dict[str, Any]:
    return await company.operator.get("/index/check")


async def test_what_one_takes_in_the_other_finds_at_once_and_a_deletion_too(both: tuple[Company, Person]) -> None:
    company, elsewhere = both
    shelf = await company.owner.make_shelf()
    for turn in range(5):
        document = await company.owner.add(shelf, f"pump-{turn}.md", PUMP)
        assert document in await elsewhere.found("When is the pump of hall seven serviced?")
        await elsewhere.delete(f"/documents/{document}")
        assert document not in await company.owner.found("When is the pump of hall seven serviced?")
    report = await check(company)
    assert report["ok"], report
    assert report["engine"] == "pgvector"
    # What is deleted is still stored, until it is purged.
    assert [(model["state"], model["stored"] >= model["indexed"]) for model in report["models"]] == [("live", True)]


async def test_many_changes_in_both_at_once_are_followed_once_each(both: tuple[Company, Person]) -> None:
    company, elsewhere = both
    shelf = await company.owner.make_shelf()

    async def churn(person: Person, mark: str) -> list[str]:
        kept: list[str] = []
        for turn in range(6):
            document = await person.add(shelf, f"{mark}-{turn}.md", f"Valve {mark} {turn} opens at four bar.")
            assert document in await person.found(f"valve {mark} {turn}")
            if turn % 2:
                await person.delete(f"/documents/{document}")
            else:
                kept.append(document)
        return kept

    kept = await asyncio.gather(churn(company.owner, "alpha"), churn(elsewhere, "beta"))
    for person in (company.owner, elsewhere):
        assert await person.found("valve alpha beta four bar") == {each for some in kept for each in some}
    assert (await check(company))["ok"]


async def test_a_process_killed_in_its_turn_holds_the_others_up_for_a_lease_at_most(
    both: tuple[Company, Person], database: Database
) -> None:
    company, elsewhere = both
    shelf = await company.owner.make_shelf()
    live, taken = await live_set(database), None
    while taken is None:
        async with database.write() as session:
            taken = await set_queries.take_turn(session, live.name, set_writing.LEASE)
    # Whoever took it says nothing more.
    began = time.monotonic()
    document = await company.owner.add(shelf, "pump.md", PUMP)
    assert document in await elsewhere.found("pump of hall seven")
    waited = time.monotonic() - began
    assert waited < PATIENCE
    async with database.write() as session:
        assert not await set_queries.note_revision(session, live.name, taken.turn, 10**9)


async def test_what_a_sleeper_writes_after_its_turn_is_refused(
    both: tuple[Company, Person], database: Database, engine: PgVectorEngine
) -> None:
    company, _ = both
    live = await live_set(database)
    shelf = await company.owner.make_shelf()
    document = await company.owner.add(shelf, "pump.md", PUMP)
    await company.owner.found("pump")
    sleeper = engine.open_set(live.name, live.dimension, live.turn)
    with pytest.raises(StaleTurnError):
        await sleeper.remove([UUID(document)])
    assert (await check(company))["ok"]


async def test_the_check_finds_what_is_missing_and_too_much_and_a_rebuild_mends_it(
    both: tuple[Company, Person], database: Database, engine: PgVectorEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    company, elsewhere = both
    shelf = await company.owner.make_shelf()
    missing = await company.owner.add(shelf, "missing.md", PUMP)
    await company.owner.add(shelf, "stays.md", "The stays of the mast.")
    await company.owner.found("pump")
    live = await live_set(database)
    index = engine.open_set(live.name, live.dimension, live.turn)
    ghost = IndexedDocument(
        document_id=uuid4(),
        version_id=uuid4(),
        tenant_id=company.tenant,
        knowledge_base_id=UUID(shelf),
        readers=frozenset(),
        media_type="text/plain",
        modified_at=now(),
        active=True,
        chunk_ids=[],
        vectors=np.zeros((0, live.dimension), np.float16),
        terms=[],
    )
    await index.remove([UUID(missing)])
    await index.upsert([ghost])
    report = await check(company)
    assert not report["ok"]
    assert (report["missing_documents"], report["ghost_documents"]) == ([missing], [str(ghost.document_id)])
    assert missing not in await elsewhere.found("pump of hall seven")
    report = await company.operator.post("/index/rebuild")
    assert report["ok"], report
    assert missing in await elsewhere.found("pump of hall seven")
    changed = await live_set(database)
    assert changed.name != live.name
    # The former one is dropped once nobody can be searching it.
    monkeypatch.setattr(set_writing, "SETTLED", set_writing.SETTLED * 0)
    deadline = time.monotonic() + PATIENCE
    while await engine.newest_turn(live.name) is not None:
        assert time.monotonic() < deadline, "the former set was never dropped"
        await asyncio.sleep(0.05)
    with pytest.raises(SetGoneError):
        await engine.open_set(live.name, live.dimension).statistics()
    assert missing in await elsewhere.found("pump of hall seven")


async def test_the_server_may_lose_everything_while_nobody_runs(
    postgres: "PostgresServer", postgres_template: str, tmp_path: Path
) -> None:
    url = postgres.url(postgres.create_database(template=postgres_template))
    settings = shared(url, tmp_path)
    with Hub(settings) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            document = await company.owner.add(await company.owner.make_shelf(), "pump.md", PUMP)
            assert document in await company.owner.found("pump")
    db, engine = Database(create_engine(url)), PgVectorEngine(url)
    former = await live_set(db)
    await engine.drop_set(former.name)
    with Hub(settings) as hub:
        async with hub.client() as client:
            assert document in await Person(client, company.owner.email, company.owner.id).found("pump")
    # And a database that is set back finds an index that is ahead of it.
    live = await live_set(db)
    assert live.name != former.name
    await engine.open_set(live.name, live.dimension, live.turn + 1).remove([uuid4()])
    with Hub(settings) as hub:
        async with hub.client() as client:
            assert document in await Person(client, company.owner.email, company.owner.id).found("pump")
    assert (await live_set(db)).name != live.name
    await engine.aclose()
    await db.aclose()


async def test_another_model_is_built_beside_while_searches_go_on(
    postgres: "PostgresServer", postgres_template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = postgres.url(postgres.create_database(template=postgres_template))
    settings = shared(url, tmp_path)
    texts = {f"valve-{number}.md": f"Valve {number} opens at {number} bar." for number in range(40)}
    with Hub(settings) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            documents = [await company.owner.add(shelf, path, text) for path, text in texts.items()]
    monkeypatch.setattr("hub.HashingEmbedder", OtherModel)
    with Hub(settings) as hub:
        index: LiveIndex = hub.resource(LiveIndex)
        async with hub.client() as client:
            owner = Person(client, company.owner.email, company.owner.id)
            operator = Person(client, company.operator.email, company.operator.id)
            models: set[str] = set()
            deadline = time.monotonic() + PATIENCE
            while index.model != "other/model" or len(models) < 1:
                assert time.monotonic() < deadline, "the new vectors never took over"
                models.add(index.model)
                number = len(models) + 3
                assert documents[number] in await owner.found(f"valve {number}")
            report = await operator.get("/index/check")
            assert report["ok"], report
            states = {(model["model"], model["state"], model["indexed"]) for model in report["models"]}
            assert ("other/model", "live", len(documents)) in states
            assert {state for model, state, _ in states if model != "other/model"} <= {"old"}
            for number in (7, 23):
                assert documents[number] in await owner.found(f"valve {number}")


async def test_a_server_that_goes_away_is_told_and_uploads_go_on(
    postgres: "PostgresServer", postgres_template: str, tmp_path: Path
) -> None:
    rows, elsewhere = (postgres.create_database(template=postgres_template) for _ in range(2))
    settings = shared(postgres.url(rows), tmp_path).model_copy(
        update={"index": IndexSettings(engine="pgvector", url=SecretStr(postgres.url(elsewhere)))}
    )
    with Hub(settings) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            await company.owner.add(shelf, "pump.md", PUMP)
            assert (await client.get("/health/ready")).json()["outside"]["index"] == "ok"
            await asyncio.to_thread(postgres.execute, f"ALTER DATABASE {elsewhere} ALLOW_CONNECTIONS false")
            await asyncio.to_thread(_end_connections, postgres, elsewhere)
            problem = await company.owner.post("/search", {"query": "pump"}, 503)
            assert problem["type"].endswith("index-unavailable")
            assert (await client.get("/health/ready")).json()["outside"]["index"] == "away"
            later = await company.owner.add(shelf, "later.md", "The pump of hall nine came later.")
            await asyncio.to_thread(postgres.execute, f"ALTER DATABASE {elsewhere} ALLOW_CONNECTIONS true")
            assert later in await company.owner.found("pump of hall nine")


def _end_connections(postgres: "PostgresServer", name: str) -> None:
    postgres.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


@pytest.mark.parametrize("given", [{}, {"url": "sqlite+aiosqlite:///index.db"}])
def test_it_needs_a_postgresql(tmp_path: Path, given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="NEXUS_INDEX__URL"):
        load_settings(data_dir=tmp_path, index={"engine": "pgvector", **given}, _env_file=None)
