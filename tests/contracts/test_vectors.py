"""What every engine behind the index port must do, adapter by adapter."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.doubles.qdrant import memory_client

from nexus.core.ids import new_id
from nexus.providers.vectors import (
    pgvector_blocks,
    pgvector_memory,
    pgvector_packing,
    pgvector_search,
    search,
    segment,
    words,
)
from nexus.providers.vectors.base import (
    Candidate,
    Candidates,
    ChunkTerms,
    DocumentAttributes,
    IndexedDocument,
    IndexFilter,
    IndexUnavailableError,
    QueryTerm,
    SetGoneError,
    SharedEngine,
    StaleTurnError,
    VectorIndex,
)
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.providers.vectors.pgvector import PgVectorEngine
from nexus.providers.vectors.qdrant import QdrantEngine
from nexus.providers.vectors.qdrant_server import QdrantServer
from providers.vectors.reference import ReferenceIndex, passes
from providers.vectors.worlds import DIMENSION, START, World

if TYPE_CHECKING:
    from servers import PostgresServer

pytest_plugins = ("servers",)
MakeIndex = Callable[[], VectorIndex]
MakeEngine = Callable[[], SharedEngine]
SHARED = {"pgvector": "make_pgvector", "qdrant": "make_qdrant"}
"""Engines on a server: the fixture that opens one, new to the test."""


def embedded() -> VectorIndex:
    return EmbeddedIndex(DIMENSION)


def reference() -> VectorIndex:
    return ReferenceIndex(DIMENSION)


class SetOfItsOwn:
    """A set of vectors that is made on the server with the first call, and dropped when it is closed.

    One object of it is kept for reading, as a serving process does it; another is opened for each write.
    """

    def __init__(self, make_engine: MakeEngine) -> None:
        self._engine = make_engine()
        self._name = f"s{new_id().hex}"
        self._made = False
        self._read = self._engine.open_set(self._name, DIMENSION)

    @property
    def dimension(self) -> int:
        return DIMENSION

    def __getattr__(self, name: str) -> Any:
        async def call(*arguments: Any) -> Any:
            if not self._made:
                await self._engine.make_set(self._name, DIMENSION)
                self._made = True
            reading = name in ("search", "contents", "statistics")
            index = self._read if reading else self._engine.open_set(self._name, DIMENSION)
            return await getattr(index, name)(*arguments)

        return call

    async def aclose(self) -> None:
        await self._engine.drop_set(self._name)
        await self._engine.aclose()


@pytest.fixture(scope="module")
def make_pgvector(postgres: "PostgresServer") -> MakeEngine:
    url = postgres.url(postgres.create_database())
    return lambda: PgVectorEngine(url, pool_size=8)


@pytest.fixture
def make_qdrant() -> MakeEngine:
    client = memory_client()
    return lambda: QdrantEngine(QdrantServer(client))


@pytest.fixture(params=["embedded", "embedded-in-small-segments", "reference", *SHARED])
def make_index(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> MakeIndex:
    if request.param in SHARED:
        make_engine = request.getfixturevalue(SHARED[request.param])
        monkeypatch.setattr(pgvector_blocks, "CAPACITY", 64)
        monkeypatch.setattr(pgvector_blocks, "_TIERS", (2, 8, 32))
        monkeypatch.setattr(pgvector_packing, "_FULL", 64)
        monkeypatch.setattr(pgvector_memory, "_WORD_BYTES", 20_000)
        monkeypatch.setattr(pgvector_search, "_FEW", 8)
        monkeypatch.setattr(pgvector_search, "_SPARE", 1)
        return lambda: cast("VectorIndex", SetOfItsOwn(make_engine))
    if request.param == "embedded-in-small-segments":  # so that few documents take all the paths of many
        monkeypatch.setattr(segment, "CAPACITY", 64)
        monkeypatch.setattr(segment, "_SMALL", 4)
        monkeypatch.setattr(search, "_FEW", 8)
        monkeypatch.setattr(search, "_SPARE", 1)
        monkeypatch.setattr(search, "_SHARED", 1)
        monkeypatch.setattr(words, "_LONG", 0)
    return reference if request.param == "reference" else embedded


@pytest.fixture
async def index(make_index: MakeIndex) -> AsyncGenerator[VectorIndex, None]:
    index = make_index()
    yield index
    await index.aclose()


def by_chunk(candidates: Candidates) -> dict[UUID, Candidate]:
    hits = {hit.chunk_id: hit for hit in candidates.hits}
    assert len(hits) == len(candidates.hits)
    return hits


def assert_same(found: Candidates, expected: Candidates) -> None:
    """Same statistics, same chunks, same scores, but for rounding."""
    assert found.searched == expected.searched
    assert list(found.term_chunks) == list(expected.term_chunks)
    assert found.dense_median == pytest.approx(expected.dense_median, abs=1e-6)
    ours, theirs = by_chunk(found), by_chunk(expected)
    assert ours.keys() == theirs.keys()
    for chunk_id, hit in ours.items():
        other = theirs[chunk_id]
        assert (hit.document_id, hit.version_id) == (other.document_id, other.version_id)
        for mine, yours in ((hit.dense, other.dense), (hit.keyword, other.keyword)):
            assert (mine is None) == (yours is None)
            if mine is not None:
                assert mine == pytest.approx(yours, abs=2e-6, rel=2e-6)


async def everything_found(index: VectorIndex, index_filter: IndexFilter) -> dict[UUID, Candidate]:
    return by_chunk(await index.search(index_filter, np.ones(DIMENSION, np.float32), (), 1_000_000))


# The true best, under any filter.


@pytest.mark.parametrize("seed", range(6))
async def test_a_search_finds_what_the_definition_finds(index: VectorIndex, seed: int) -> None:
    world = World(seed)
    truth = ReferenceIndex(DIMENSION)
    for _ in range(4):
        documents = world.documents(40)
        await index.upsert(documents)
        await truth.upsert(documents)
    for _ in range(25):
        question = (world.filter(), world.vector(), world.question(), int(world.random.integers(1, 30)))
        assert_same(await index.search(*question), await truth.search(*question))


async def test_recall_is_whole_however_little_the_filter_keeps(index: VectorIndex) -> None:
    world = World(7, tenants=1)
    shares = {"group:all": 1, "group:tenth": 10, "group:hundredth": 100, "group:thousandth": 1000}
    documents = [
        world.document(
            chunks=3, active=True, readers=frozenset(name for name, every in shares.items() if not at % every)
        )
        for at in range(2000)
    ]
    await index.upsert(documents)
    for name, every in shares.items():
        kept = documents[::every]
        rows = np.concatenate([document.vectors for document in kept]).astype(np.float64)
        ids = [chunk_id for document in kept for chunk_id in document.chunk_ids]
        allowed = IndexFilter(world.tenants[0], frozenset({name}), frozenset(world.knowledge_bases))
        for _ in range(3):
            vector = world.vector()
            scores = rows @ (vector / np.linalg.norm(vector))
            least = np.sort(scores)[-min(10, len(scores))]
            found = by_chunk(await index.search(allowed, vector, (), 10))
            assert len(found) == min(10, len(ids))
            for chunk_id in found:
                assert scores[ids.index(chunk_id)] >= least - 1e-6


async def test_both_scores_are_given_for_every_hit(index: VectorIndex) -> None:
    world = World(3)
    await index.upsert(world.documents(60, active=True))
    found = await index.search(world.everything(), world.vector(), world.question(), 5)
    assert len(found.hits) > 5
    assert all(hit.dense is not None and hit.keyword is not None for hit in found.hits)


async def test_one_side_alone(index: VectorIndex) -> None:
    world = World(4)
    await index.upsert(world.documents(40, active=True))
    by_words = await index.search(world.everything(), None, world.question(), 5)
    assert by_words.hits
    assert by_words.dense_median == 0.0
    assert all(hit.dense is None and hit.keyword for hit in by_words.hits)
    by_meaning = await index.search(world.everything(), world.vector(), (), 5)
    assert len(by_meaning.hits) == 5
    assert list(by_meaning.term_chunks) == []
    assert all(hit.keyword is None and hit.dense is not None for hit in by_meaning.hits)
    neither = await index.search(world.everything(), None, (), 5)
    assert not neither.hits
    assert neither.searched == by_words.searched


async def test_limits_beyond_and_below_what_is_there(index: VectorIndex) -> None:
    world = World(5)
    documents = world.documents(20, active=True, tenant_id=world.tenants[0], readers=frozenset(world.readers))
    await index.upsert(documents)
    chunks = {chunk_id for document in documents for chunk_id in document.chunk_ids}
    assert by_chunk(await index.search(world.everything(), world.vector(), (), 10_000)).keys() == chunks
    nothing = await index.search(world.everything(), world.vector(), world.question(), 0)
    assert not nothing.hits
    assert nothing.searched == len(chunks)


async def test_an_empty_index_finds_nothing(index: VectorIndex) -> None:
    world = World(6)
    found = await index.search(world.everything(), world.vector(), world.question(3), 10)
    assert (list(found.hits), found.searched, found.dense_median) == ([], 0, 0.0)
    assert list(found.term_chunks) == [0, 0, 0]
    assert await index.contents(world.tenants[0]) == {}
    assert (await index.statistics()).documents == 0


async def test_alternatives_of_a_word_count_as_one_word(index: VectorIndex) -> None:
    world = World(8, tenants=1)
    spelled = [{1: 2}, {2: 1}, {1: 1, 2: 1}, {3: 4}]
    terms = [
        ChunkTerms(np.array(list(words), np.uint64), np.array(list(words.values()), np.uint8), 10) for words in spelled
    ]
    document = world.document(chunks=4, active=True, readers=frozenset({"group:0"}))
    await index.upsert([replace(document, terms=terms)])
    found = await index.search(world.everything(), None, [QueryTerm((1, 2)), QueryTerm((9,))], 10)
    assert list(found.term_chunks) == [3, 0]
    scores = {chunk_id: hit.keyword for chunk_id, hit in by_chunk(found).items()}
    twice, once, both = (scores[document.chunk_ids[at]] for at in range(3))
    assert twice == both  # counts are summed over the alternatives
    assert twice is not None
    assert once is not None
    assert twice > once
    assert document.chunk_ids[3] not in scores


# Filters.


async def test_each_condition_hides_on_its_own(index: VectorIndex) -> None:
    world = World(9, tenants=1)
    seen = world.document(
        chunks=2, active=True, readers=frozenset({"group:1"}), media_type="text/plain", modified_at=START
    )
    base = IndexFilter(seen.tenant_id, frozenset({"group:1", "group:2"}), frozenset({seen.knowledge_base_id}))
    await index.upsert([seen, world.document(chunks=3, active=False, readers=frozenset({"group:1"}))])
    day = timedelta(days=1)
    for allowed in (
        base,
        replace(base, media_types=frozenset({"text/plain", "text/unheard-of"})),
        replace(base, modified_from=START),
        replace(base, modified_before=START + timedelta(microseconds=1)),
        replace(base, also=frozenset({"group:1", "group:3"})),
    ):
        assert set(await everything_found(index, allowed)) == set(seen.chunk_ids)
    for allowed in (
        replace(base, tenant_id=new_id()),
        replace(base, principals=frozenset()),
        replace(base, principals=frozenset({"group:3", "nobody"})),
        replace(base, knowledge_bases=frozenset()),
        replace(base, knowledge_bases=frozenset({new_id()})),
        replace(base, media_types=frozenset()),
        replace(base, media_types=frozenset({"application/pdf"})),
        replace(base, modified_from=START + day),
        replace(base, modified_before=START),
        replace(base, also=frozenset()),
        replace(base, also=frozenset({"group:2"})),
    ):
        found = await index.search(allowed, world.vector(), [QueryTerm((int(world.words[0]),))], 10)
        assert (list(found.hits), found.searched, list(found.term_chunks)) == ([], 0, [0])


async def test_a_document_without_readers_is_seen_by_nobody(index: VectorIndex) -> None:
    world = World(10, tenants=1)
    await index.upsert([world.document(chunks=2, active=True, readers=frozenset())])
    assert not await everything_found(index, world.everything())


async def test_tenants_do_not_see_each_other(index: VectorIndex) -> None:
    world = World(11)
    documents = world.documents(60, readers=frozenset(world.readers), active=True)
    await index.upsert(documents)
    for tenant in world.tenants:
        theirs = [document for document in documents if document.tenant_id == tenant]
        found = await everything_found(index, world.everything(tenant))
        assert {hit.document_id for hit in found.values()} <= {document.document_id for document in theirs}
        assert len(found) == sum(len(document.chunk_ids) for document in theirs)
        assert await index.contents(tenant) == {
            document.document_id: (document.version_id, len(document.chunk_ids)) for document in theirs
        }


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1), size=st.integers(0, 80), limit=st.integers(0, 20))
def test_what_is_hidden_changes_nothing(make_index: MakeIndex, seed: int, size: int, limit: int) -> None:
    async def compare() -> None:
        world = World(seed)
        documents = world.documents(size)
        allowed, vector, question = world.filter(), world.vector(), world.question()
        whole, permitted = make_index(), make_index()
        await whole.upsert(documents)
        await permitted.upsert([document for document in documents if passes(document, allowed)])
        answers = [await index.search(allowed, vector, question, limit) for index in (whole, permitted)]
        assert_same(*answers)
        await whole.aclose()
        await permitted.aclose()

    asyncio.run(compare())


# Writes.


async def test_an_upsert_replaces_the_document_whole(index: VectorIndex) -> None:
    world = World(12, tenants=1)
    old = world.document(chunks=5, active=True, readers=frozenset({"group:1"}))
    new = replace(world.document(chunks=2, active=True, readers=frozenset({"group:2"})), document_id=old.document_id)
    other = world.document(chunks=3, active=True, readers=frozenset({"group:1"}))
    await index.upsert([old, other])
    await index.upsert([new])
    found = await everything_found(index, world.everything())
    assert set(found) == {*new.chunk_ids, *other.chunk_ids}
    assert {hit.version_id for hit in found.values()} == {new.version_id, other.version_id}
    assert (await index.contents(world.tenants[0]))[old.document_id] == (new.version_id, 2)


async def test_the_last_of_two_in_one_batch_stands(index: VectorIndex) -> None:
    world = World(13, tenants=1)
    first = world.document(chunks=4, active=True, readers=frozenset({"group:1"}))
    second = replace(
        world.document(chunks=1, active=True, readers=frozenset({"group:1"})), document_id=first.document_id
    )
    await index.upsert([first, second])
    assert set(await everything_found(index, world.everything())) == set(second.chunk_ids)
    assert (await index.statistics()).documents == 1


async def test_a_document_may_move_to_another_tenant(index: VectorIndex) -> None:
    world = World(14)
    there = world.document(chunks=2, active=True, readers=frozenset({"group:1"}), tenant_id=world.tenants[0])
    await index.upsert([there])
    await index.upsert([replace(there, tenant_id=world.tenants[1])])
    assert not await everything_found(index, world.everything(world.tenants[0]))
    assert len(await everything_found(index, world.everything(world.tenants[1]))) == 2
    assert await index.contents(world.tenants[0]) == {}


async def test_attributes_change_without_the_content(index: VectorIndex) -> None:
    world = World(15, tenants=1)
    document = world.document(chunks=3, active=True, readers=frozenset({"group:1"}), modified_at=START)
    bystander = world.document(chunks=1, active=True, readers=frozenset({"group:1"}))
    await index.upsert([document, bystander])
    base = DocumentAttributes(document.document_id, document.knowledge_base_id, document.readers, START, active=True)
    allowed = IndexFilter(
        document.tenant_id,
        frozenset({"group:1"}),
        frozenset({document.knowledge_base_id}),
        modified_before=START + timedelta(1),
    )
    elsewhere = new_id()
    for change, visible in (
        (replace(base, readers=frozenset({"group:2"})), False),
        (base, True),
        (replace(base, knowledge_base_id=elsewhere), False),
        (replace(base, active=False), False),
        (replace(base, modified_at=START + timedelta(2)), False),
        (replace(base, readers=frozenset({"group:1", "group:never-seen"})), True),
    ):
        await index.update_attributes([change, replace(base, document_id=new_id())])
        found = await everything_found(index, allowed)
        assert set(document.chunk_ids) & set(found) == (set(document.chunk_ids) if visible else set())
        assert (await index.contents(document.tenant_id))[document.document_id] == (document.version_id, 3)
    moved = replace(allowed, knowledge_bases=frozenset({elsewhere}))
    await index.update_attributes([replace(base, knowledge_base_id=elsewhere)])
    assert set(await everything_found(index, moved)) == set(document.chunk_ids)


async def test_removed_documents_never_return(index: VectorIndex) -> None:
    world = World(16, tenants=1)
    truth = ReferenceIndex(DIMENSION)
    for step in range(30):
        added = world.documents(int(world.random.integers(1, 12)))
        known = list(truth.documents.values())
        again = [
            replace(world.document(), document_id=known[at].document_id)
            for at in world.random.permutation(len(known))[: step % 5]
        ]
        gone = [known[at].document_id for at in world.random.permutation(len(known))[: step % 7]]
        for engine in (index, truth):
            await engine.upsert([*added, *again])
            await engine.remove([*gone, new_id()])
        question = (world.filter(), world.vector(), world.question(), 10)
        assert_same(await index.search(*question), await truth.search(*question))
        assert await index.contents(world.tenants[0]) == await truth.contents(world.tenants[0])
    await index.remove(list(truth.documents))
    assert not await everything_found(index, world.everything())
    assert (await index.statistics()).chunks == 0


async def test_a_document_may_have_no_chunks(index: VectorIndex) -> None:
    world = World(17, tenants=1)
    empty = world.document(chunks=0, active=True, readers=frozenset({"group:1"}))
    await index.upsert([empty])
    assert not await everything_found(index, world.everything())
    assert await index.contents(world.tenants[0]) == {empty.document_id: (empty.version_id, 0)}


async def test_what_does_not_fit_is_refused_and_changes_nothing(index: VectorIndex) -> None:
    world = World(18, tenants=1)
    good = world.document(chunks=2, active=True, readers=frozenset({"group:1"}))
    bad = replace(world.document(chunks=2), vectors=np.zeros((2, DIMENSION + 1), np.float16))
    with pytest.raises(ValueError):
        await index.upsert([good, bad])
    assert await index.contents(world.tenants[0]) == {}


async def test_statistics_count_what_lives(index: VectorIndex) -> None:
    world = World(19, tenants=1)
    documents = world.documents(30)
    await index.upsert(documents)
    await index.remove([document.document_id for document in documents[:5]])
    statistics = await index.statistics()
    assert statistics.documents == 25
    assert statistics.chunks == sum(len(document.chunk_ids) for document in documents[5:])


# Many at once.


async def test_a_search_never_sees_half_a_document(index: VectorIndex) -> None:
    world = World(20, tenants=1)
    reader = frozenset({"group:1"})
    sizes: dict[UUID, int] = {}

    def versions(document: IndexedDocument) -> list[IndexedDocument]:
        made = [
            replace(world.document(chunks=1 + at % 6, active=True, readers=reader), document_id=document.document_id)
            for at in range(12)
        ]
        sizes.update((version.version_id, len(version.chunk_ids)) for version in made)
        return made

    histories = [versions(world.document()) for _ in range(8)]
    finished = asyncio.Event()

    async def write() -> None:
        for step in zip(*histories, strict=True):
            await asyncio.gather(*(index.upsert([version]) for version in step))
        finished.set()

    async def ask() -> int:
        asked = 0
        while not finished.is_set():
            seen: dict[UUID, set[UUID]] = {}
            counts: dict[UUID, int] = {}
            for hit in (await everything_found(index, world.everything())).values():
                seen.setdefault(hit.document_id, set()).add(hit.version_id)
                counts[hit.version_id] = counts.get(hit.version_id, 0) + 1
            assert all(len(each) == 1 for each in seen.values())
            assert all(sizes[version] == count for version, count in counts.items())
            asked += 1
            await asyncio.sleep(0)
        return asked

    async with asyncio.TaskGroup() as tasks:
        asking = [tasks.create_task(ask()) for _ in range(4)]
        tasks.create_task(write())
    assert all(task.result() for task in asking)
    assert {hit.version_id for hit in (await everything_found(index, world.everything())).values()} == {
        history[-1].version_id for history in histories
    }


async def test_a_hundred_questions_at_once(index: VectorIndex) -> None:
    world = World(21)
    truth = ReferenceIndex(DIMENSION)
    documents = world.documents(100)
    await index.upsert(documents)
    await truth.upsert(documents)
    questions = [(world.filter(), world.vector(), world.question(), 8) for _ in range(100)]
    for question, found in zip(
        questions, await asyncio.gather(*(index.search(*question) for question in questions)), strict=True
    ):
        assert_same(found, await truth.search(*question))


# On a server that several processes share.


@pytest.fixture(params=SHARED)
def make_engine(request: pytest.FixtureRequest) -> MakeEngine:
    return request.getfixturevalue(SHARED[request.param])


async def test_sets_outlive_the_process_and_do_not_meet(make_engine: MakeEngine) -> None:
    world = World(30, tenants=1)
    documents = world.documents(20, active=True, readers=frozenset(world.readers))
    truth = ReferenceIndex(DIMENSION)
    await truth.upsert(documents)
    question = (world.everything(), world.vector(), world.question(), 10)
    names = [f"s{new_id().hex}" for _ in range(2)]
    engine = make_engine()
    for name in names:
        await engine.make_set(name, DIMENSION)
    await engine.open_set(names[0], DIMENSION, 1).upsert(documents)
    await engine.make_set(names[0], DIMENSION)  # it is there: nothing is lost
    await engine.settle(names[0])
    await engine.aclose()
    again = make_engine()
    assert_same(await again.open_set(names[0], DIMENSION).search(*question), await truth.search(*question))
    assert not (await again.open_set(names[1], DIMENSION).search(*question)).hits
    for name in names:
        await again.drop_set(name)
    await again.aclose()


async def test_what_one_process_writes_the_next_search_of_another_sees(make_engine: MakeEngine) -> None:
    world = World(31, tenants=1)
    writer, reader = make_engine(), make_engine()
    name = f"s{new_id().hex}"
    await writer.make_set(name, DIMENSION)
    ours, theirs = writer.open_set(name, DIMENSION, 1), reader.open_set(name, DIMENSION)
    for _ in range(10):
        document = world.document(chunks=3, active=True, readers=frozenset(world.readers))
        await ours.upsert([document])
        assert set(document.chunk_ids) <= set(await everything_found(theirs, world.everything()))
        await ours.remove([document.document_id])
        assert not set(document.chunk_ids) & set(await everything_found(theirs, world.everything()))
    await writer.drop_set(name)
    await writer.aclose()
    await reader.aclose()


async def test_two_processes_may_write_at_once(make_engine: MakeEngine) -> None:
    world = World(32, tenants=1)
    engines = [make_engine() for _ in range(2)]
    name = f"s{new_id().hex}"
    await asyncio.gather(*(engine.make_set(name, DIMENSION) for engine in engines))
    documents = world.documents(60, active=True, readers=frozenset(world.readers))
    # The same documents from both, in other orders.
    await asyncio.gather(
        *(engines[0].open_set(name, DIMENSION, 1).upsert(documents[at : at + 6]) for at in range(0, 60, 6)),
        *(engines[1].open_set(name, DIMENSION, 1).upsert(documents[at : at + 10][::-1]) for at in range(0, 60, 10)),
    )
    index, truth = engines[0].open_set(name, DIMENSION), ReferenceIndex(DIMENSION)
    await truth.upsert(documents)
    assert await index.contents(world.tenants[0]) == await truth.contents(world.tenants[0])
    question = (world.everything(), world.vector(), world.question(), 10)
    assert_same(await index.search(*question), await truth.search(*question))
    await engines[0].drop_set(name)
    for engine in engines:
        await engine.aclose()


async def test_a_set_that_is_gone_says_so(make_engine: MakeEngine) -> None:
    world = World(33, tenants=1)
    engine, name = make_engine(), f"s{new_id().hex}"
    index = engine.open_set(name, DIMENSION, 1)
    assert await engine.newest_turn(name) is None
    for gone in (
        index.search(world.everything(), world.vector(), (), 5),
        index.upsert(world.documents(2)),
        index.remove([new_id()]),
        index.contents(world.tenants[0]),
        index.statistics(),
    ):
        with pytest.raises(SetGoneError):
            await gone
    await engine.drop_set(name)
    await engine.make_set(name, DIMENSION)
    assert await engine.newest_turn(name) == 0
    await engine.drop_set(name)
    with pytest.raises(IndexUnavailableError):
        await engine.make_set("x; drop table", DIMENSION)
    await engine.aclose()


async def test_an_earlier_turn_writes_nothing(make_pgvector: MakeEngine) -> None:
    """Only of engines whose server can tell: `SharedEngine` says what others owe."""
    world = World(34, tenants=1)
    engine, name = make_pgvector(), f"s{new_id().hex}"
    await engine.make_set(name, DIMENSION)
    document = world.document(chunks=2, active=True)
    await engine.open_set(name, DIMENSION, 7).upsert([document])
    assert await engine.newest_turn(name) == 7
    sleeper = engine.open_set(name, DIMENSION, 6)
    late = [sleeper.remove([document.document_id]), sleeper.upsert(world.documents(2)), sleeper.update_attributes([])]
    for each in late:
        with pytest.raises(StaleTurnError):
            await each
    assert set(await engine.open_set(name, DIMENSION).contents(document.tenant_id)) == {document.document_id}
    await engine.drop_set(name)
    await engine.aclose()


async def test_a_server_that_is_away_is_told_in_a_sentence() -> None:
    world = World(35, tenants=1)
    engine = PgVectorEngine("postgresql+asyncpg://nobody@127.0.0.1:9/nothing")
    with pytest.raises(IndexUnavailableError, match="does not answer"):
        await engine.open_set("s1", DIMENSION).search(world.everything(), world.vector(), (), 5)
    await engine.aclose()
