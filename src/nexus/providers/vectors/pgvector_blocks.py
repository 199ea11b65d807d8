"""How words lie in PostgreSQL: in blocks of consecutive chunks, as the embedded index has them in segments. Pure.

A write adds a block. A row for each word of each document would take thirty times the room, and a question would read
a row for each document that has a common word. Small blocks that follow one another are made into one, so that there
are few of them, however small the writes were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import IndexedDocument
from nexus.providers.vectors.keyword import Postings
from nexus.providers.vectors.pgvector_packing import copy_of_pages, join_pages, only

CAPACITY = 65_536
"""Numbers of the largest block: what 16 bits can tell apart."""
_TIERS = (64, 1_024, 8_192, 57_344)
"""Blocks of at most so many numbers that follow one another are merged once they have more than that together."""
_DEAD_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Block:
    """Chunks numbered from `first` on, `span` of them. What it holds stays the same as long as `written` does."""

    first: int
    span: int
    live: int
    """Chunks that are still there."""
    held: int
    """Chunks whose words it holds, those that were removed since among them."""
    written: int
    """The write that made it."""

    @property
    def end(self) -> int:
        return self.first + self.span


@dataclass(frozen=True, slots=True, eq=False)
class Filled:
    """A block with what is in it, ready to be copied."""

    block: Block
    lengths: bytes
    """Four bytes a number, little-endian: how long the chunk is; 0 where none is left."""
    pages: bytes


def fill_blocks(documents: Sequence[IndexedDocument], first: int, written: int) -> list[Filled]:
    """The words of `documents`, whose chunks are numbered from `first` on."""
    terms = list(chain.from_iterable(document.terms for document in documents))
    filled: list[Filled] = []
    for start in range(0, len(terms), CAPACITY):
        part = terms[start : start + CAPACITY]
        lengths = np.fromiter((chunk.length for chunk in part), "<u4", len(part))
        block = Block(first + start, len(part), len(part), len(part), written)
        filled.append(Filled(block, lengths.tobytes(), copy_of_pages(block.first, Postings.build(part))))
    return filled


@dataclass(frozen=True, slots=True)
class Stored:
    """A block as it is read for being made anew: its lengths and pages."""

    block: Block
    lengths: bytes
    pages: Sequence[bytes]


def merge_blocks(stored: Sequence[Stored], living: Sequence[tuple[int, int]], written: int) -> Filled:
    """One block of several that follow one another. `living`: first number and count of chunks of the documents."""
    first, end = stored[0].block.first, stored[-1].block.end
    alive = np.zeros(end - first, np.bool_)
    for number, count in living:
        alive[max(number - first, 0) : max(number + count - first, 0)] = True
    lengths = np.zeros(end - first, "<u4")
    postings: list[Postings] = []
    for each in stored:
        place = slice(each.block.first - first, each.block.end - first)
        lengths[place] = np.frombuffer(each.lengths, "<u4")
        postings.append(only(join_pages(each.pages), alive[place]))
    lengths[~alive] = 0
    # Removed blocks leave gaps, which count as rows without words.
    sizes = [later.block.first - each.block.first for each, later in pairwise(stored)]
    joined = Postings.merged(postings, [*sizes, stored[-1].block.span])
    left = int(np.count_nonzero(alive))
    return Filled(Block(first, end - first, left, left, written), lengths.tobytes(), copy_of_pages(first, joined))


def without(blocks: Sequence[Block], removed: NDArray[np.int64]) -> list[Block]:
    """The blocks once chunks are gone; `removed`: rows of first number and count."""
    firsts, ends = removed[:, :1], removed.sum(axis=1, keepdims=True)
    starts, stops = np.array([block.first for block in blocks]), np.array([block.end for block in blocks])
    gone = np.clip(np.minimum(ends, stops) - np.maximum(firsts, starts), 0, None).sum(axis=0).tolist()
    return [
        Block(block.first, block.span, block.live - less, block.held, block.written)
        for block, less in zip(blocks, gone, strict=True)
    ]


def next_merge(blocks: Sequence[Block]) -> Sequence[Block]:
    """Blocks that should be made into one now, or one that holds too much of what is gone; none when all is well.

    `blocks` by their first numbers, with something living in each.
    """
    for block in blocks:
        if block.held - block.live > _DEAD_SHARE * block.held:
            return [block]
    for tier in _TIERS:
        run: list[Block] = []
        for block in blocks:
            if block.span > tier:
                run = []
                continue
            if run and block.end - run[0].first > CAPACITY:
                # With this one it would not fit; without it, there may never be more than there is.
                if len(run) > 1 and 2 * sum(each.span for each in run) > tier:
                    return run
                run = []
            run.append(block)
            if sum(each.span for each in run) > tier:
                return run
    return ()
