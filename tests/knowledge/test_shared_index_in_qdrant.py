"""Processes that share one index in Qdrant, by settings alone; the real client speaks to a double of the server."""

from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.doubles.qdrant import Fault, QdrantDouble

from hub import Hub, Person, found_company
from nexus.core.settings import Settings, SettingsError, load_settings
from nexus.knowledge.live_index import LiveIndex

if TYPE_CHECKING:
    from servers import PostgresServer

pytest_plugins = ("servers",)
PUMP = "The pump of hall seven is serviced every March.\n"


@pytest.fixture
def double() -> Generator[QdrantDouble, None, None]:
    with QdrantDouble() as double:
        yield double


def settings_of(folder: Path, double: QdrantDouble, **given: Any) -> Settings:
    index = {"engine": "qdrant", "url": double.origin, "api_key": "open-sesame", "timeout_seconds": 5}
    return load_settings(data_dir=folder, index=index, _env_file=None, **given)


async def test_what_one_takes_in_the_other_finds_at_once_and_a_deletion_too(
    postgres: "PostgresServer", postgres_template: str, tmp_path: Path, double: QdrantDouble
) -> None:
    url = postgres.url(postgres.create_database(template=postgres_template))
    with ExitStack() as stack:
        hubs: list[Hub] = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            hubs.append(stack.enter_context(Hub(settings_of(tmp_path / name, double, db={"url": url}))))
        async with hubs[0].client() as first, hubs[1].client() as second:
            company = await found_company(hubs[0], first)
            elsewhere = Person(second, company.owner.email, company.owner.id)
            shelf = await company.owner.make_shelf()
            for turn in range(3):
                document = await company.owner.add(shelf, f"pump-{turn}.md", PUMP)
                assert document in await elsewhere.found("When is the pump of hall seven serviced?")
                assert await company.stranger.found("When is the pump of hall seven serviced?") == set()
                await elsewhere.delete(f"/documents/{document}")
                assert document not in await company.owner.found("When is the pump of hall seven serviced?")
            kept = await company.owner.add(shelf, "valve.md", "Valve nine opens at four bar.")
            report = await company.operator.get("/index/check")
            assert report["ok"], report
            assert (report["engine"], report["models"][0]["state"]) == ("qdrant", "live")
            before = await elsewhere.found("valve nine")
            report = await company.operator.post("/index/rebuild")
            assert report["ok"], report
            assert await elsewhere.found("valve nine") == before == {kept}
    assert {received.headers["api-key"] for received in double.received} == {"open-sesame"}


async def test_while_qdrant_is_away_searches_say_so_and_what_it_lost_is_built_anew(
    tmp_path: Path, double: QdrantDouble
) -> None:
    settings = settings_of(tmp_path, double)
    with Hub(settings) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            owner, shelf = company.owner, await company.owner.make_shelf()
            document = await owner.add(shelf, "pump.md", PUMP)
            assert await owner.found("pump of hall seven") == {document}
            assert (await client.get("/health/ready")).json()["outside"] == {"files": "ok", "index": "ok"}
            double.faults = [Fault(503)]
            answer = await owner.call("POST", "/search", json={"query": "hall seven", "scope": {}})
            assert answer.status_code == 503, answer.text
            assert answer.json()["type"] == "urn:nexus:problem:index-unavailable"
            assert (await client.get("/health/ready")).json()["outside"] == {"files": "ok", "index": "away"}
            later = await owner.upload(shelf, "valve.md", "Valve nine opens at four bar.")
            await owner.settle(shelf)
            double.faults = []
            assert await owner.found("valve nine opens") >= {later["id"]}
            assert hub.resource(LiveIndex).engine == "qdrant"
    for collection in (await double.client.get_collections()).collections:
        await double.client.delete_collection(collection.name)
    with Hub(settings) as hub:
        async with hub.client() as client:
            again = Person(client, company.owner.email, company.owner.id)
            assert document in await again.found("pump of hall seven")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "NEXUS_INDEX__ENGINE=qdrant needs https://"),
        ({"url": "postgresql+asyncpg://h/d"}, "NEXUS_INDEX__ENGINE=qdrant needs https://"),
        ({"url": "http://qdrant.corp:6333", "api_key": "open-sesame"}, "would show NEXUS_INDEX__API_KEY"),
    ],
)
def test_it_needs_an_address_and_keeps_its_key(tmp_path: Path, given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as refused:
        load_settings(data_dir=tmp_path, index={"engine": "qdrant", **given}, _env_file=None)
    assert "open-sesame" not in str(refused.value)
