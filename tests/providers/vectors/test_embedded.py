"""How the embedded index keeps its promises: segments, postings, rounding, snapshots."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.core.ids import new_id
from nexus.providers.vectors import search as searching
from nexus.providers.vectors import segment as segments
from nexus.providers.vectors import words, writing
from nexus.providers.vectors.base import ChunkTerms, DocumentAttributes, IndexedDocument, QueryTerm, SnapshotError
from nexus.providers.vectors.crew import Crew
from nexus.providers.vectors.dense import VectorBlock, cosines, limit_openmp, quick_cosines, rounding_margin, unit
from nexus.providers.vectors.documents import DocumentTable, pack_ids, unpack_ids
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.providers.vectors.keyword import Bm25, Postings
from nexus.providers.vectors.state import SAMPLE, IndexState
from providers.vectors.reference import bm25
from providers.vectors.worlds import DIMENSION, World

READERS = frozenset({"group:1"})


@pytest.fixture
async def index() -> AsyncGenerator[EmbeddedIndex, None]:
    index = EmbeddedIndex(DIMENSION)
    yield index
    await index.aclose()


def held(index: EmbeddedIndex) -> IndexState:
    return index._writer.state


def visible(world: World, chunks: int) -> IndexedDocument:
    return world.document(chunks=chunks, active=True, readers=READERS)


# Postings.


def chunk_of(words: dict[int, int]) -> ChunkTerms:
    ids = sorted(words)
    return ChunkTerms(np.array(ids, np.uint64), np.array([words[each] for each in ids], np.uint8), sum(words.values()))


def written_out(postings: Postings, rows: int) -> list[dict[int, int]]:
    chunks: list[dict[int, int]] = [{} for _ in range(rows)]
    for term in postings.terms.tolist():
        for row, count in zip(*postings.find(term), strict=True):
            chunks[int(row)][term] = int(count)
    return chunks


CHUNKS = st.lists(
    st.dictionaries(st.integers(0, 2**64 - 1) | st.integers(0, 9), st.integers(1, 255), max_size=8), max_size=12
)


@settings(deadline=None)
@given(CHUNKS, st.data())
def test_postings_hold_what_the_chunks_say(chunks: list[dict[int, int]], data: st.DataObject) -> None:
    postings = Postings.build([chunk_of(chunk) for chunk in chunks])
    assert written_out(postings, len(chunks)) == chunks
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=len(chunks), max_size=len(chunks))), np.bool_)
    kept = postings.kept(keep)
    assert written_out(kept, int(keep.sum())) == [chunk for chunk, stays in zip(chunks, keep, strict=True) if stays]
    assert len(kept.terms) == len({term for chunk, stays in zip(chunks, keep, strict=True) if stays for term in chunk})


@settings(deadline=None)
@given(st.lists(CHUNKS, min_size=1, max_size=4))
def test_merged_postings_are_those_of_all_parts_in_order(parts: list[list[dict[int, int]]]) -> None:
    merged = Postings.merged(
        [Postings.build([chunk_of(chunk) for chunk in part]) for part in parts], [len(part) for part in parts]
    )
    everything = [chunk for part in parts for chunk in part]
    assert written_out(merged, len(everything)) == everything
    assert (np.diff(merged.terms.astype(object)) > 0).all()


# Words.


@pytest.mark.parametrize("seed", range(8))
async def test_common_words_are_left_out_only_when_they_cannot_matter(
    index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Words of like frequency and many chunks: the best often hold none of the rarest."""
    monkeypatch.setattr(words, "_LONG", 0)
    world = World(seed, tenants=1)
    chunks = [
        chunk_of(
            {
                word: int(world.random.choice([1, 2, 250]))
                for word in range(6)
                if world.random.random() < 0.1 + word / 20
            }
        )
        for _ in range(400)
    ]
    document = replace(visible(world, 400), terms=chunks)
    await index.upsert([document])
    view = held(index).view(world.everything())
    for _ in range(10):
        question = [QueryTerm((int(word),)) for word in world.random.permutation(6)[:4]]
        scores, holding = bm25(question, chunks, 1.2, 0.75)
        search = words.WordSearch(view, question, Bm25())
        assert list(search.term_chunks) == holding
        for limit in (1, 3, 10):
            contenders = search.contenders(limit)
            best = np.argsort(-scores)[:limit]
            worst_in = scores[best[-1]]
            assert set(np.flatnonzero(scores > worst_in + 1e-5)) <= set(contenders.tolist())
            assert np.count_nonzero(scores[contenders] >= worst_in - 1e-5) >= limit
            assert search.scores(contenders) == pytest.approx(scores[contenders], abs=1e-5)


async def test_a_common_word_repeated_beats_a_rare_word_said_once(
    index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a word can earn is bounded by its most, not by what it earns where it stands once."""
    monkeypatch.setattr(words, "_LONG", 0)
    world = World(21, tenants=1)
    chunks = [replace(chunk_of({1 if at < 10 else 2 if at < 73 else 3: 1}), length=10) for at in range(400)]
    chunks[10] = replace(chunk_of({2: 255}), length=10)
    await index.upsert([replace(visible(world, 400), terms=chunks)])
    search = words.WordSearch(held(index).view(world.everything()), [QueryTerm((1,)), QueryTerm((2,))], Bm25())
    contenders = search.contenders(1)
    assert contenders.tolist() == [10]
    assert search.scores(np.array([0]))[0] < search.scores(contenders)[0] < 1.3 * search.scores(np.array([0]))[0]


# Threads.


def test_a_crew_answers_in_order_with_and_without_help() -> None:
    jobs = [partial(pow, 2, power) for power in range(9)]
    assert Crew().run(jobs) == [2**power for power in range(9)]
    assert Crew().run([]) == []
    with ThreadPoolExecutor(2) as executor:
        assert Crew(executor).run(jobs) == [2**power for power in range(9)]
        assert executor.submit(Crew(executor).run, jobs).result() == [2**power for power in range(9)]
    assert Crew(executor).run(jobs) == [2**power for power in range(9)]  # closed by now


def test_a_crew_takes_back_what_nobody_began() -> None:
    gate, where = threading.Event(), set[int]()
    with ThreadPoolExecutor(1) as executor:
        executor.submit(gate.wait)
        Crew(executor).run([lambda: where.add(threading.get_ident())] * 4)
        gate.set()
    assert where == {threading.get_ident()}


async def test_an_idle_crew_shares_a_search(index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "CAPACITY", 300)
    world = World(19, tenants=1)
    await index.upsert([visible(world, 5000)])
    question = (world.everything(), world.vector(), world.question(), 20)
    alone = await index.search(*question)
    monkeypatch.setattr(searching, "_SHARED", 1)
    assert await index.search(*question) == alone


# Vectors.


def test_scores_do_not_depend_on_where_a_row_stands() -> None:
    world = World(1)
    halves = world.vectors(300)
    query = unit(world.vector())
    whole = cosines(halves, query)
    assert all(cosines(halves[at : at + 1], query)[0] == whole[at] for at in range(300))
    assert np.array_equal(cosines(halves[7:120], query), whole[7:120])


def test_quick_scores_stay_within_the_margin() -> None:
    world = World(2)
    halves, query = world.vectors(2000), unit(world.vector())
    exact = halves.astype(np.float64) @ query.astype(np.float64)
    assert np.abs(quick_cosines(halves, query) - exact).max() < rounding_margin(DIMENSION) / 2
    assert np.abs(cosines(halves, query) - exact).max() < rounding_margin(DIMENSION) / 2
    assert len(quick_cosines(halves[:0], query)) == 0


def test_a_block_keeps_the_very_bits_it_was_given() -> None:
    halves = World(3).vectors(100)
    block = VectorBlock(halves)
    assert np.array_equal(block.halves.view(np.uint16), halves.view(np.uint16))
    assert not block.halves.flags.writeable
    assert not np.shares_memory(block.halves, halves)


def test_a_selection_is_all_that_is_looked_at() -> None:
    world = World(4)
    block, query = VectorBlock(world.vectors(500)), unit(world.vector())
    mask = world.random.random(500) < 0.1
    _, rows = block.nearest(query, 500, np.packbits(mask, bitorder="little"))
    assert sorted(rows.tolist()) == np.flatnonzero(mask).tolist()


def test_search_threads_do_not_multiply() -> None:
    faiss = pytest.importorskip("faiss")
    teams: list[int] = []

    def work() -> None:
        limit_openmp()
        teams.append(faiss.omp_get_max_threads())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert teams == [1]


async def test_equal_scores_go_to_the_smaller_chunk_id(index: EmbeddedIndex) -> None:
    """More twins than fit the spare rows of the scan, spread over many segments, above the exact-sample size."""
    world = World(5, tenants=1)
    twin, terms = world.vectors(1)[0], chunk_of({1: 1, 2: 2})
    ids = [UUID(int=at % 3 << 64 | at // 3) for at in range(3000)]  # both halves matter
    shuffled = [ids[at] for at in world.random.permutation(len(ids))]
    for start in range(0, 3000, 100):
        document = visible(world, 100)
        twins = replace(
            document,
            chunk_ids=shuffled[start : start + 100],
            vectors=np.repeat(twin[np.newaxis], 100, axis=0),
            terms=[terms] * 100,
        )
        await index.upsert([twins])
    found = await index.search(world.everything(), twin.astype(np.float32), [QueryTerm((1,))], 20)
    assert sorted(hit.chunk_id for hit in found.hits) == sorted(ids)[:20]
    assert list(found.term_chunks) == [3000]


async def test_above_the_sample_the_median_is_close_and_depends_on_nothing_hidden(index: EmbeddedIndex) -> None:
    world = World(6, tenants=1)
    seen = [visible(world, 5) for _ in range(SAMPLE)]
    hidden = [world.document(chunks=5, active=True, readers=frozenset({"group:2"})) for _ in range(300)]
    allowed, vector = replace(world.everything(), principals=READERS), world.vector()
    await index.upsert(seen)
    before = (await index.search(allowed, vector, (), 1)).dense_median
    await index.upsert(hidden)
    await index.upsert(seen[: len(seen) // 2])  # elsewhere in the index, and no other
    assert (await index.search(allowed, vector, (), 1)).dense_median == pytest.approx(before, abs=1e-6)
    rows = np.concatenate([document.vectors for document in seen]).astype(np.float64)
    cosine = rows @ (vector / np.linalg.norm(vector))
    assert np.quantile(cosine, 0.45) < before < np.quantile(cosine, 0.55)


async def test_a_question_need_not_be_of_unit_length_but_must_be_a_vector(index: EmbeddedIndex) -> None:
    world = World(7, tenants=1)
    await index.upsert([visible(world, 4)])
    vector = world.vector()
    one = await index.search(world.everything(), vector, (), 4)
    other = await index.search(world.everything(), 17 * vector, (), 4)
    for hit, same in zip(one.hits, other.hits, strict=True):
        assert hit.dense == pytest.approx(same.dense, abs=1e-6)
    zero = await index.search(world.everything(), np.zeros(DIMENSION, np.float32), (), 4)
    assert {hit.dense for hit in zero.hits} == {0.0}
    for wrong in (np.full(DIMENSION, np.nan, np.float32), np.ones(DIMENSION + 1, np.float32)):
        with pytest.raises(ValueError):
            await index.search(world.everything(), wrong, (), 4)
    with pytest.raises(ValueError):
        await index.search(world.everything(), vector, (), -1)
    broken = visible(world, 1)
    with pytest.raises(ValueError):
        await index.upsert([replace(broken, vectors=np.full((1, DIMENSION), np.inf, np.float16))])


async def test_parameters_of_bm25_are_the_callers() -> None:
    world = World(8, tenants=1)
    flat = EmbeddedIndex(DIMENSION, k1=0.0, b=0.0)
    terms = [chunk_of({1: 1}), chunk_of({1: 9, 2: 9})]
    await flat.upsert([replace(visible(world, 2), terms=terms)])
    found = await flat.search(world.everything(), None, [QueryTerm((1,))], 5)
    assert len({hit.keyword for hit in found.hits}) == 1  # neither repetition nor length counts
    await flat.aclose()
    with pytest.raises(ValueError):
        EmbeddedIndex(0)


# Segments and slots.


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "CAPACITY", 200)
    monkeypatch.setattr(segments, "_SMALL", 8)
    monkeypatch.setattr(writing, "_IDLE_SLOTS", 16)


@pytest.mark.usefixtures("small")
async def test_single_writes_leave_few_segments_and_each_within_the_capacity(index: EmbeddedIndex) -> None:
    world = World(9, tenants=1)
    for _ in range(300):
        await index.upsert([visible(world, 3)])
    sizes = [len(segment) for segment in held(index).segments]
    assert sum(sizes) == 900
    assert max(sizes) <= 200
    assert len(sizes) <= 900 / 100 + 12
    await index.upsert([visible(world, 450)])  # longer than a segment
    assert max(len(segment) for segment in held(index).segments) <= 200
    assert (await index.search(world.everything(), world.vector(), (), 1)).searched == 1350


@pytest.mark.usefixtures("small")
async def test_what_is_dead_is_dropped_before_it_is_a_quarter(index: EmbeddedIndex) -> None:
    world = World(10, tenants=1)
    documents = [visible(world, 3) for _ in range(100)]
    await index.upsert(documents)
    for start in range(0, 100, 5):
        await index.remove([document.document_id for document in documents[start : start + 5]])
        statistics = await index.statistics()
        assert statistics.chunks == 300 - 3 * (start + 5)
        assert statistics.dead_chunks <= (statistics.chunks + statistics.dead_chunks) / 4
    assert held(index).segments == ()


@pytest.mark.usefixtures("small")
async def test_replacing_and_regranting_for_ever_does_not_grow_the_tables(index: EmbeddedIndex) -> None:
    world = World(11, tenants=1)
    documents = [visible(world, 2) for _ in range(20)]
    for turn in range(60):
        await index.upsert(documents)
        changes = [
            DocumentAttributes(
                document.document_id, document.knowledge_base_id, READERS | {f"{turn}:{at}"}, document.modified_at, True
            )
            for at, document in enumerate(documents)
        ]
        await index.update_attributes(changes)
    table = held(index).table
    assert len(table) <= 20 * 3 + 16
    assert len(table.vocabularies.readers) <= 20 * 3 + 16
    found = await index.search(world.everything(), world.vector(), (), 1000)
    assert {hit.chunk_id for hit in found.hits} == {each for document in documents for each in document.chunk_ids}
    last = replace(world.everything(), principals=frozenset({"59:7", "58:3"}))
    found = await index.search(last, world.vector(), (), 1000)
    assert {hit.document_id for hit in found.hits} == {documents[7].document_id}


@pytest.mark.usefixtures("small")
async def test_compacted_tables_do_not_bring_the_dead_back(index: EmbeddedIndex) -> None:
    world = World(18, tenants=1)
    documents = [visible(world, 2) for _ in range(100)]
    await index.upsert(documents)
    await index.remove([document.document_id for document in documents[:80:10]])  # too few to rewrite the segment
    kept = [document for document in documents if documents.index(document) >= 80 or documents.index(document) % 10]
    for _ in range(150):
        await index.upsert(kept[:1])
    assert (await index.statistics()).dead_chunks >= 16
    assert len(held(index).table) < 100 + 150
    found = await index.search(world.everything(), world.vector(), (), 1000)
    assert {hit.chunk_id for hit in found.hits} == {each for document in kept for each in document.chunk_ids}
    assert {hit.document_id for hit in found.hits} == {document.document_id for document in kept}


def test_compaction_changes_nothing_that_a_filter_sees() -> None:
    world = World(20)
    table = DocumentTable.empty().appended(world.documents(80)).without([0, 3, 40, 79])
    compacted = table.compacted(table.alive)
    assert len(compacted) == 76
    for _ in range(60):
        allowed = world.filter(world.tenants[int(world.random.integers(2))])
        assert np.array_equal(compacted.passing(allowed), table.passing(allowed)[table.alive])
    nothing = table.compacted(np.zeros(80, np.bool_))
    assert len(nothing.vocabularies.readers) == len(nothing.vocabularies.tenants) == 0


async def test_a_search_keeps_the_state_it_began_with(index: EmbeddedIndex) -> None:
    world = World(12, tenants=1)
    await index.upsert([visible(world, 3)])
    view = held(index).view(world.everything())
    await index.remove(list(await index.contents(world.tenants[0])))
    assert view.searched == 3
    assert len(view.halves(view.sample)) == 3
    assert held(index).view(world.everything()).searched == 0


async def test_views_are_kept_but_not_without_end(index: EmbeddedIndex) -> None:
    world = World(13, tenants=1)
    await index.upsert([visible(world, 3)])
    allowed = world.everything()
    assert held(index).view(allowed) is held(index).view(replace(allowed))
    for number in range(100):
        held(index).view(replace(allowed, principals=frozenset({str(number)})))
    assert len(held(index)._views) <= 32


def test_ids_are_packed_in_their_order() -> None:
    ids = [new_id() for _ in range(50)]
    packed = pack_ids(ids)
    assert unpack_ids(packed) == ids
    assert np.array_equal(np.lexsort((packed[:, 1], packed[:, 0])), np.arange(50))


# Snapshots.


async def filled(world: World) -> EmbeddedIndex:
    index = EmbeddedIndex(DIMENSION)
    documents = world.documents(150)
    await index.upsert(documents)
    await index.remove([document.document_id for document in documents[::9]])
    return index


async def test_a_restored_index_is_the_same_index(tmp_path: Path, index: EmbeddedIndex) -> None:
    world = World(14)
    original = await filled(world)
    await original.snapshot(tmp_path / "new" / "index.snapshot", revision=2**40 + 3)
    assert await index.restore(tmp_path / "new" / "index.snapshot") == 2**40 + 3
    assert await index.statistics() == await original.statistics()
    for tenant in world.tenants:
        assert await index.contents(tenant) == await original.contents(tenant)
    for _ in range(2):
        for _ in range(20):
            question = (world.filter(), world.vector(), world.question(), 10)
            assert await index.search(*question) == await original.search(*question)
        more = world.documents(30)  # and it goes on from there
        known = next(iter(await index.contents(world.tenants[0])))
        for engine in (index, original):
            await engine.upsert([*more, replace(more[0], document_id=known)])
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["index.snapshot"]
    await original.aclose()


async def test_an_empty_index_has_a_snapshot_too(tmp_path: Path, index: EmbeddedIndex) -> None:
    world = World(15, tenants=1)
    await index.snapshot(tmp_path / "empty", revision=0)
    await index.upsert([visible(world, 2)])
    assert await index.restore(tmp_path / "empty") == 0
    assert (await index.statistics()).documents == 0


async def test_a_damaged_or_foreign_snapshot_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    world = World(16)
    original = await filled(world)
    path = tmp_path / "index.snapshot"
    await original.snapshot(path, revision=5)
    whole = path.read_bytes()
    wrongs = [
        b"",
        b"SQLite format 3\x00" + whole[16:],
        whole[:20],
        whole[: len(whole) // 2],
        whole[:-1],
        whole + b"\x00",
    ]
    for at in [*range(0, 64, 7), *world.random.integers(0, len(whole), 40).tolist()]:
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        wrongs.append(bytes(damaged))
    before = await original.statistics()
    for wrong in wrongs:
        path.write_bytes(wrong)
        with pytest.raises(SnapshotError):
            await original.restore(path)
    with pytest.raises(SnapshotError):
        await original.restore(tmp_path / "absent")
    with pytest.raises(SnapshotError):
        await original.restore(tmp_path)
    assert await original.statistics() == before
    await original.aclose()


async def test_a_snapshot_of_another_dimension_is_refused(tmp_path: Path, index: EmbeddedIndex) -> None:
    await index.snapshot(tmp_path / "index", revision=1)
    other = EmbeddedIndex(DIMENSION + 1)
    with pytest.raises(SnapshotError, match="dimensions"):
        await other.restore(tmp_path / "index")
    await other.aclose()


async def test_a_failed_snapshot_leaves_the_one_before(
    tmp_path: Path, index: EmbeddedIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "index"
    await index.snapshot(path, revision=1)

    def full(_: int) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        await index.snapshot(path, revision=2)
    assert await index.restore(path) == 1
    assert list(tmp_path.iterdir()) == [path]


async def test_snapshots_are_taken_while_writing_goes_on(tmp_path: Path, index: EmbeddedIndex) -> None:
    world = World(17, tenants=1)
    again = EmbeddedIndex(DIMENSION)
    for turn in range(5):
        await index.upsert([visible(world, 2)])
        await asyncio.gather(index.snapshot(tmp_path / "index", revision=turn), index.upsert([visible(world, 2)]))
        assert await again.restore(tmp_path / "index") == turn
        assert (await again.statistics()).documents >= 2 * turn + 1
    await again.aclose()
