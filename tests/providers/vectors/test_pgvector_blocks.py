"""The words of a set in PostgreSQL: blocks that are merged, and forget what is gone."""

from itertools import accumulate, chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.providers.vectors import pgvector_blocks
from nexus.providers.vectors.base import ChunkTerms
from nexus.providers.vectors.keyword import Postings
from nexus.providers.vectors.pgvector_blocks import Block, Stored, merge_blocks, next_merge, without
from nexus.providers.vectors.pgvector_packing import copy_of_pages, find_in_page, join_pages, ordered, read_page

_FIELDS = 2 + 4 + 4 + 4 + 8 + 4


def chunk(random: np.random.Generator) -> ChunkTerms:
    ids = np.unique(
        random.integers(0, 2**64, random.integers(0, 9), dtype=np.uint64) >> np.uint64(random.choice([0, 61]))
    )
    return ChunkTerms(ids, random.integers(1, 256, len(ids)).astype(np.uint8), int(random.integers(1, 500)))


def pages_of(copied: bytes) -> list[tuple[int, bytes]]:
    """Key and words of each row, as PostgreSQL would read them."""
    pages: list[tuple[int, bytes]] = []
    at = 19
    while copied[at : at + 2] != b"\xff\xff":
        size = int.from_bytes(copied[at + _FIELDS - 4 : at + _FIELDS])
        key = int.from_bytes(copied[at + 14 : at + 22], signed=True)
        pages.append((key, copied[at + _FIELDS : at + _FIELDS + size]))
        at += _FIELDS + size
    return pages


def same(ours: Postings, theirs: Postings) -> bool:
    return all(
        np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in ("terms", "offsets", "rows", "counts")
    )


@given(seed=st.integers(0, 2**32), sizes=st.lists(st.integers(1, 30), min_size=1, max_size=4))
def test_merged_blocks_are_one_that_never_held_what_is_gone(seed: int, sizes: list[int]) -> None:
    random = np.random.default_rng(seed)
    chunks = [[chunk(random) for _ in range(size)] for size in sizes]
    firsts = list(accumulate(sizes, initial=7))
    stored = [
        Stored(
            Block(first, len(some), 1, len(some), 1),
            np.array([each.length for each in some], "<u4").tobytes(),
            [page for _, page in pages_of(copy_of_pages(first, Postings.build(some)))],
        )
        for first, some in zip(firsts, chunks, strict=False)
    ]
    alive = random.random(sum(sizes)) < 0.6
    living = [(7 + int(at), 1) for at in np.flatnonzero(alive)]
    merged = merge_blocks(stored, living, 2)
    nothing = ChunkTerms(np.zeros(0, np.uint64), np.zeros(0, np.uint8), 0)
    left = [each if lives else nothing for each, lives in zip(chain(*chunks), alive, strict=True)]
    pages = pages_of(merged.pages)
    assert same(join_pages([page for _, page in pages]), Postings.build(left))
    assert np.array_equal(np.frombuffer(merged.lengths, "<u4"), [each.length for each in left])
    assert merged.block == Block(7, sum(sizes), len(living), len(living), 2)
    # Pages are in the order of their keys, each of which is its first word.
    for term in [*{int(term) for each in left for term in each.ids}, 5]:
        stands = [find_in_page(page, term) for _, page in pages]
        found = Postings.build(left).find(term)
        assert [np.concatenate([each[side] for each in stands] or [[]]).tolist() for side in (0, 1)] == [
            found[side].tolist() for side in (0, 1)
        ]
    assert [key for key, _ in pages] == sorted(int(ordered(read_page(page).terms[:1])[0]) for _, page in pages)


def test_small_writes_leave_few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks: list[Block] = []
    rewritten = number = 0
    for _ in range(20_000):
        blocks.append(Block(number, 10, 10, 10, 0))
        number += 10
        while chosen := next_merge(blocks):
            span = chosen[-1].end - chosen[0].first
            assert span <= pgvector_blocks.CAPACITY
            blocks = [block for block in blocks if block not in chosen]
            blocks = sorted([*blocks, Block(chosen[0].first, span, span, span, 0)], key=lambda block: block.first)
            rewritten += span
    assert sum(block.span for block in blocks) == number
    assert len(blocks) < 60
    assert rewritten <= 4.5 * number


def test_a_block_that_is_a_third_gone_is_made_anew() -> None:
    blocks = [Block(0, 40_000, 40_000, 40_000, 1), Block(40_000, 40_000, 40_000, 40_000, 2)]
    left = without(blocks, np.array([[39_990, 15_010]]))
    assert [block.live for block in left] == [39_990, 25_000]
    assert next_merge(left) == [left[1]]
