"""What is Qdrant's own: its protocol and failures, how many words are read, what a broken write leaves, and turns."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from qdrant_client.models import Filter
from tests.doubles.qdrant import Fault, QdrantDouble, memory_client

from nexus.core.ids import new_id
from nexus.providers.vectors import qdrant, qdrant_search
from nexus.providers.vectors.base import (
    ChunkTerms,
    IndexUnavailableError,
    QueryTerm,
    SetGoneError,
    StaleTurnError,
    VectorIndex,
)
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.qdrant import QdrantEngine
from nexus.providers.vectors.qdrant_points import CONTROL, axis, equals
from nexus.providers.vectors.qdrant_ranking import Statistics, WordScoring
from nexus.providers.vectors.qdrant_server import QdrantServer, build_client
from providers.vectors.reference import ReferenceIndex
from providers.vectors.worlds import DIMENSION, World


@pytest.fixture
async def double() -> AsyncGenerator[QdrantDouble, None]:
    async with QdrantDouble() as double:
        yield double


@pytest.fixture
async def engine(double: QdrantDouble) -> AsyncGenerator[QdrantEngine, None]:
    """Over the real client and its REST protocol."""
    engine = QdrantEngine(QdrantServer(build_client(double.origin, "open-sesame"), seconds=5, write_seconds=5))
    await engine.make_set("a1", DIMENSION)
    yield engine
    await engine.aclose()


@pytest.fixture
def index(engine: QdrantEngine) -> VectorIndex:
    return engine.open_set("a1", DIMENSION)


async def test_over_the_protocol_it_finds_what_the_definition_finds(index: VectorIndex, double: QdrantDouble) -> None:
    world, truth = World(1), ReferenceIndex(DIMENSION)
    for _ in range(2):
        documents = world.documents(40)
        for each in (index, truth):
            await each.upsert(documents)
            await each.remove([documents[3].document_id, new_id()])
    for _ in range(15):
        question = (world.filter(), world.vector(), world.question(), int(world.random.integers(1, 30)))
        found, expected = await index.search(*question), await truth.search(*question)
        assert {hit.chunk_id for hit in found.hits} == {hit.chunk_id for hit in expected.hits}
        assert (found.searched, list(found.term_chunks)) == (expected.searched, list(expected.term_chunks))
        assert found.dense_median == pytest.approx(expected.dense_median, abs=1e-6)
    assert await index.contents(world.tenants[0]) == await truth.contents(world.tenants[0])
    assert all(received.headers["api-key"] == "open-sesame" for received in double.received)


@pytest.mark.parametrize("failure", ["cut", 500, 503, 401, 429])
async def test_a_server_that_fails_is_said_to(
    index: VectorIndex, double: QdrantDouble, failure: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world = World(2)
    await index.upsert(world.documents(5, active=True))
    for ends in ("points", "points/count", "points/query", "facet"):
        double.faults = [Fault(failure, ends)]
        with pytest.raises(IndexUnavailableError, match="does not answer") as refused:
            await index.search(world.everything(), world.vector(), world.question(), 5)
        assert not isinstance(refused.value, SetGoneError)
    assert ("NEXUS_INDEX__API_KEY" in caplog.text) is (failure == 401)
    assert "open-sesame" not in caplog.text
    double.faults = []
    assert (await index.search(world.everything(), world.vector(), (), 5)).hits


async def test_nothing_waits_for_ever(double: QdrantDouble) -> None:
    server = QdrantServer(build_client(double.origin, ""), seconds=0.2, write_seconds=0.3)
    engine, world = QdrantEngine(server), World(3)
    await engine.make_set("a1", DIMENSION)
    index = engine.open_set("a1", DIMENSION)
    double.faults = [Fault("silent")]
    for call in (
        index.search(world.everything(), world.vector(), (), 5),
        index.upsert(world.documents(3)),
        index.remove([new_id()]),
        index.contents(world.tenants[0]),
        index.statistics(),
        engine.newest_turn("a1"),
        engine.make_set("a2", DIMENSION),
        engine.drop_set("a1"),
    ):
        with pytest.raises(IndexUnavailableError):
            await call
    await engine.aclose()


async def test_a_set_that_is_not_there_is_gone(engine: QdrantEngine) -> None:
    world, nowhere = World(4), engine.open_set("b2", DIMENSION)
    for call in (
        nowhere.search(world.everything(), world.vector(), (), 5),
        nowhere.upsert(world.documents(2)),
        nowhere.remove([new_id()]),
        nowhere.contents(world.tenants[0]),
        nowhere.statistics(),
    ):
        with pytest.raises(SetGoneError):
            await call
    assert await engine.newest_turn("b2") is None
    await engine.drop_set("b2")
    await engine.make_set("a1", DIMENSION)  # there already
    await engine.drop_set("a1")
    assert await engine.newest_turn("a1") is None


async def test_what_a_broken_write_left_is_seen_by_nobody_and_gone_with_the_next(
    index: VectorIndex, double: QdrantDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(qdrant, "_SENT", 2)
    world = World(5, tenants=1)
    reader = frozenset({"group:1"})
    old = world.document(chunks=3, active=True, readers=reader)
    new = replace(world.document(chunks=5, active=True, readers=reader), document_id=old.document_id)
    stranger = world.document(chunks=2, active=True, readers=reader)
    await index.upsert([old])

    async def seen() -> set[UUID]:
        found = await index.search(world.everything(), world.vector(), (), 100)
        assert found.searched == len(found.hits)
        return {hit.chunk_id for hit in found.hits}

    for broken in (new, stranger):
        double.faults = [Fault(503, "points/batch", after=1)]
        with pytest.raises(IndexUnavailableError):
            await index.upsert([broken])
    double.faults = []
    # Of the last request a part may have been carried out.
    [mark] = await double.client.retrieve("nexus_a1", [CONTROL])
    theirs = Filter(must=[equals("document", str(old.document_id))])
    await double.client.set_payload("nexus_a1", {"until": (mark.payload or {})["begun"]}, theirs)
    assert await seen() == set(old.chunk_ids)
    assert await index.contents(world.tenants[0]) == {old.document_id: (old.version_id, 3)}
    assert (await index.statistics()).dead_chunks == 2
    await index.upsert([stranger])
    assert await seen() == {*old.chunk_ids, *stranger.chunk_ids}
    await index.upsert([new])
    assert await seen() == {*new.chunk_ids, *stranger.chunk_ids}
    assert (await index.statistics()).chunks == 7
    assert (await index.statistics()).dead_chunks == 3  # what was replaced, for searches that began before


async def test_an_earlier_turn_is_refused(engine: QdrantEngine) -> None:
    world = World(6)
    assert await engine.newest_turn("a1") == 0
    await engine.open_set("a1", DIMENSION, 4).upsert(world.documents(2))
    assert await engine.newest_turn("a1") == 4
    for write in (
        engine.open_set("a1", DIMENSION, 3).upsert(world.documents(1)),
        engine.open_set("a1", DIMENSION, 3).remove([new_id()]),
    ):
        with pytest.raises(StaleTurnError):
            await write
    await engine.open_set("a1", DIMENSION, 5).remove([new_id()])
    assert await engine.newest_turn("a1") == 5


async def test_a_search_sees_what_was_there_when_it_began_and_what_was_replaced_goes_later(
    index: VectorIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(7, tenants=1)
    document = world.document(chunks=2, active=True, readers=frozenset({"group:1"}))
    await index.upsert([document])
    near = qdrant_search.Search._near

    async def overtaken(self: qdrant_search.Search, searched: int) -> Any:
        monkeypatch.setattr(qdrant_search.Search, "_near", near)
        await index.remove([document.document_id])
        return await near(self, searched)

    monkeypatch.setattr(qdrant_search.Search, "_near", overtaken)
    question = (world.everything(), world.vector(), world.question(), 5)
    assert {hit.chunk_id for hit in (await index.search(*question)).hits} == set(document.chunk_ids)
    assert not (await index.search(*question)).hits
    assert (await index.statistics()).dead_chunks == 2
    monkeypatch.setattr(qdrant, "KEPT", 0.05)
    await index.remove([new_id()])
    async with asyncio.timeout(10):
        while (await index.statistics()).dead_chunks:  # noqa: ASYNC110 - a server tells nobody
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("average", [5, 100, 900])
@pytest.mark.parametrize("seed", range(5))
def test_no_score_is_above_its_bound(seed: int, average: int) -> None:
    from nexus.providers.vectors.qdrant_points import _saturations

    random, bm25 = np.random.default_rng(seed), Bm25()
    chunks: list[ChunkTerms] = []
    for _ in range(300):
        ids = np.unique(random.integers(1, 60, random.integers(1, 30), dtype=np.uint64))
        ids = np.sort(ids | (ids % np.uint64(3) << np.uint64(32)))  # some share their place in sparse vectors
        chunks.append(ChunkTerms(ids, random.integers(1, 9, len(ids), np.uint8), int(random.exponential(average)) + 1))
    terms = [
        QueryTerm(tuple(int(x) for x in random.choice(chunks[at].ids, 2)), float(random.choice([0.5, 1.0])))
        for at in range(6)
    ]
    lengths = {length: sum(c.length == length for c in chunks) for length in {c.length for c in chunks}}
    holding = [sum(bool(set(c.ids.tolist()) & set(t.ids)) for c in chunks) for t in terms]
    scoring = WordScoring(terms, Statistics(len(chunks), lengths, holding), bm25)
    weights = scoring.weights()
    assert set(weights) == {axis(id_) for term in terms for id_ in term.ids}
    for chunk in chunks:
        sparse = _saturations(chunk, bm25)
        added = sum(weights.get(at, 0.0) * value for at, value in zip(sparse.indices, sparse.values, strict=True))
        assert scoring.score(chunk) <= scoring.bound(added)


async def test_words_are_read_on_until_the_best_are_certain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qdrant_search, "_MORE", 0)
    engine, world, truth = QdrantEngine(QdrantServer(memory_client())), World(8, tenants=1), ReferenceIndex(DIMENSION)
    await engine.make_set("a1", DIMENSION)
    index = engine.open_set("a1", DIMENSION)
    documents = world.documents(120, active=True, readers=frozenset({"group:1"}))
    for each in (index, truth):
        await each.upsert(documents)
    for limit in (1, 3, 10, 40):
        question = (world.everything(), None, world.question(), limit)
        found, expected = await index.search(*question), await truth.search(*question)
        assert {hit.chunk_id for hit in found.hits} == {hit.chunk_id for hit in expected.hits}
    await engine.aclose()


async def test_a_median_of_many_is_that_of_a_part_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, world = QdrantEngine(QdrantServer(memory_client())), World(9, tenants=1)
    await engine.make_set("a1", DIMENSION)
    index = engine.open_set("a1", DIMENSION)
    documents = world.documents(300, active=True, readers=frozenset({"group:1"}))
    await index.upsert(documents)
    vector = world.vector()
    whole = (await index.search(world.everything(), vector, (), 1)).dense_median
    monkeypatch.setattr(qdrant_search, "SAMPLE", 200)
    part = (await index.search(world.everything(), vector, (), 1)).dense_median
    assert part != whole
    assert part == pytest.approx(whole, abs=0.15)
    hidden = [replace(world.document(chunks=4), readers=frozenset({"group:2"}), active=True) for _ in range(50)]
    await index.upsert(hidden)
    only = replace(world.everything(), principals=frozenset({"group:1"}))
    assert (await index.search(only, vector, (), 1)).dense_median == part
    await engine.aclose()
