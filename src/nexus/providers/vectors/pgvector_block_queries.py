"""SQL of the blocks of words of a set of vectors in PostgreSQL. The tables are described in `pgvector_set_queries`."""

import asyncio
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncConnection

from nexus.providers.vectors.base import IndexedDocument
from nexus.providers.vectors.pgvector_blocks import (
    Block,
    Filled,
    Stored,
    fill_blocks,
    merge_blocks,
    next_merge,
    without,
)
from nexus.providers.vectors.pgvector_set_queries import Write, copy, run


async def blocks(connection: AsyncConnection, name: str) -> list[Block]:
    rows = await run(connection, name, "SELECT first, span, live, held, written FROM @block ORDER BY first")
    return [Block(*row) for row in rows]


async def lengths(connection: AsyncConnection, name: str, firsts: Sequence[int]) -> dict[int, bytes]:
    """By the first number of a block, the lengths of its chunks."""
    if not firsts:
        return {}
    statement = "SELECT first, lengths FROM @block WHERE first = ANY($1::int[])"
    return dict(tuple(row) for row in await run(connection, name, statement, list(firsts)))


async def pages(
    connection: AsyncConnection, name: str, wanted: Iterable[tuple[int, int]]
) -> list[tuple[int, int, bytes]]:
    """For a block's first number and a word's key, both again, and the page on which the word stands if it does."""
    firsts, keys = zip(*wanted, strict=True)
    rows = await run(
        connection,
        name,
        """SELECT wanted.first, wanted.term, page.words
        FROM unnest($1::int[], $2::bigint[]) AS wanted (first, term) CROSS JOIN LATERAL (
            SELECT words FROM @page page WHERE page.first = wanted.first AND page.term <= wanted.term
            ORDER BY page.term DESC LIMIT 1
        ) page""",
        list(firsts),
        list(keys),
    )
    return [tuple(row) for row in rows]


async def add(connection: AsyncConnection, name: str, documents: Sequence[IndexedDocument], write: Write) -> None:
    """The words of new documents, whose chunks are numbered from the first number of the write on."""
    for filled in await asyncio.to_thread(fill_blocks, documents, write.number, write.written):
        await _store(connection, name, filled)


async def _store(connection: AsyncConnection, name: str, filled: Filled) -> None:
    block = filled.block
    row = (block.first, block.span, block.live, block.held, block.written, filled.lengths)
    await run(connection, name, "INSERT INTO @block VALUES ($1, $2, $3, $4, $5, $6)", *row)
    await copy(connection, name, "page", filled.pages)


async def settle(connection: AsyncConnection, name: str, write: Write, removed: Sequence[tuple[int, int]]) -> None:
    """Blocks in good order after chunks have come, or gone: `removed`, each the first number and how many."""
    known = await blocks(connection, name)
    if removed and known:
        known = await _take_out(connection, name, known, np.array(removed, np.int64))
    while chosen := next_merge(known):
        firsts = [block.first for block in chosen]
        there = await lengths(connection, name, firsts)
        statement = "SELECT first, words FROM @page WHERE first = ANY($1::int[]) ORDER BY first, term"
        by_block: dict[int, list[bytes]] = {first: [] for first in firsts}
        for first, words in await run(connection, name, statement, firsts):
            by_block[first].append(words)
        living = await run(
            connection,
            name,
            "SELECT first, chunks FROM @document WHERE first < $2 AND first + chunks > $1",
            chosen[0].first,
            chosen[-1].end,
        )
        stored = [Stored(block, there[block.first], by_block[block.first]) for block in chosen]
        filled = await asyncio.to_thread(merge_blocks, stored, [tuple(row) for row in living], write.written)
        await _drop(connection, name, firsts)
        await _store(connection, name, filled)
        known = sorted([*(block for block in known if block not in chosen), filled.block], key=lambda at: at.first)


async def _take_out(
    connection: AsyncConnection, name: str, known: list[Block], removed: NDArray[np.int64]
) -> list[Block]:
    left = without(known, removed)
    changed = [block for block in left if block not in known]
    statement = """UPDATE @block b SET live = changed.live
    FROM unnest($1::int[], $2::int[]) AS changed (first, live) WHERE b.first = changed.first"""
    await run(connection, name, statement, [block.first for block in changed], [block.live for block in changed])
    await _drop(connection, name, [block.first for block in changed if not block.live])
    return [block for block in left if block.live]


async def _drop(connection: AsyncConnection, name: str, firsts: Sequence[int]) -> None:
    if firsts:
        for part in ("@page", "@block"):
            await run(connection, name, f"DELETE FROM {part} WHERE first = ANY($1::int[])", list(firsts))  # noqa: S608
