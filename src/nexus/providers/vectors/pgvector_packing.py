"""What goes to PostgreSQL and comes back, as bytes: rows for COPY in its binary form, and pages of words.

A page is: how many words (4 bytes), the words (8 each), how many chunks hold each (4 each), then for each of those,
word by word, its row in the block (2 bytes), and again for each how often (1 byte). Little-endian. Pure; the tables
are described in `pgvector_set_queries`.
"""

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import Half, IndexedDocument
from nexus.providers.vectors.documents import pack_ids
from nexus.providers.vectors.keyword import Counts, Postings, Rows
from nexus.providers.vectors.segment import mixed

_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL: Final = b"\xff\xff"
_PAGE: Final = struct.Struct(">hiiiqi")
_FULL = 1_900
"""Bytes of a page: what PostgreSQL keeps in the row. A word that needs more has a page of its own, kept apart."""
_HALF_WAY: Final = np.uint64(1 << 63)


def draws(document: IndexedDocument) -> NDArray[np.int64]:
    """Per chunk, the hash by which it is drawn for the median, moved so that signed numbers are in its order."""
    return ordered(mixed(pack_ids(document.chunk_ids)))


def ordered(words: NDArray[np.uint64] | Sequence[int]) -> NDArray[np.int64]:
    """Unsigned numbers as PostgreSQL's eight-byte integers, in the same order."""
    return (np.asarray(words, np.uint64) ^ _HALF_WAY).view(np.int64)


def copy_of_chunks(documents: Sequence[IndexedDocument], places: Sequence[int], first: int) -> bytes:
    """Rows of `number, document, chunk_id, draw, vector`; chunks are numbered from `first` on."""
    parts: list[bytes] = [_HEAD]
    for document, place in zip(documents, places, strict=True):
        count = len(document.chunk_ids)
        if not count:
            continue
        dimension = document.vectors.shape[1]
        rows = np.zeros(count, _row_of_chunk(dimension))
        rows["columns"], rows["four"], rows["also_four"], rows["sixteen"], rows["eight"] = 5, 4, 4, 16, 8
        rows["size"], rows["dimension"] = 4 + 2 * dimension, dimension
        rows["number"] = np.arange(first, first + count)
        rows["document"] = place
        rows["chunk_id"] = np.frombuffer(b"".join(id_.bytes for id_ in document.chunk_ids), "V16")
        rows["draw"] = draws(document)
        rows["vector"] = document.vectors
        parts.append(rows.tobytes())
        first += count
    return b"".join([*parts, _TAIL])


def _row_of_chunk(dimension: int) -> np.dtype[np.void]:
    """Five columns, each after its size; a `halfvec` begins with its dimension and two bytes for later use."""
    size = np.dtype(">i4")
    return np.dtype(
        [
            *(("columns", np.dtype(">i2")), ("four", size), ("number", size), ("also_four", size), ("document", size)),
            *(("sixteen", size), ("chunk_id", np.dtype("V16")), ("eight", size), ("draw", np.dtype(">i8"))),
            *(("size", size), ("dimension", np.dtype(">i2")), ("unused", np.dtype(">i2"))),
            ("vector", np.dtype(">f2"), (dimension,)),
        ]
    )


def copy_of_pages(first: int, postings: Postings) -> bytes:
    """Rows of `first, term, words`: the pages of the block that begins at `first`."""
    parts: list[bytes] = [_HEAD]
    sizes = np.diff(postings.offsets).astype(np.int64)
    ends: NDArray[np.int64] = np.concatenate((np.zeros(1, np.int64), np.cumsum(12 + 3 * sizes)))
    keys = ordered(postings.terms)
    start, count = 0, len(postings.terms)
    while start < count:
        end = max(int(np.searchsorted(ends, int(ends[start]) + _FULL, "right")) - 1, start + 1)
        held = slice(int(postings.offsets[start]), int(postings.offsets[end]))
        page = b"".join(
            (
                struct.pack("<I", end - start),
                postings.terms[start:end].astype("<u8").tobytes(),
                sizes[start:end].astype("<u4").tobytes(),
                postings.rows[held].astype("<u2").tobytes(),
                postings.counts[held].tobytes(),
            )
        )
        parts.append(_PAGE.pack(3, 4, first, 8, int(keys[start]), len(page)) + page)
        start = end
    return b"".join([*parts, _TAIL])


def read_page(page: bytes) -> Postings:
    (count,) = struct.unpack_from("<I", page)
    sizes = np.frombuffer(page, "<u4", count, 4 + 8 * count)
    offsets = np.concatenate(([0], np.cumsum(sizes))).astype(np.uint32)
    held, at = int(offsets[-1]), 4 + 12 * count
    return Postings(
        np.frombuffer(page, "<u8", count, 4).astype(np.uint64),
        offsets,
        np.frombuffer(page, "<u2", held, at).astype(np.uint16),
        np.frombuffer(page, np.uint8, held, at + 2 * held).copy(),
    )


def find_in_page(page: bytes, word: int) -> tuple[Rows, Counts]:
    """The rows that hold a word, and how often; none if it is not on the page, which is told at once."""
    (count,) = struct.unpack_from("<I", page)
    wanted, at = word.to_bytes(8, "little"), 4
    while (at := page.find(wanted, at, 4 + 8 * count)) >= 0 and (at - 4) % 8:
        at += 1
    if at < 0:
        return np.zeros(0, np.uint16), np.zeros(0, np.uint8)
    place = (at - 4) // 8
    sizes = np.frombuffer(page, "<u4", count, 4 + 8 * count)
    start, held, total = int(sizes[:place].sum()), int(sizes[place]), int(sizes.sum())
    rows = 4 + 12 * count
    return (
        np.frombuffer(page, "<u2", held, rows + 2 * start).astype(np.uint16),
        np.frombuffer(page, np.uint8, held, rows + 2 * total + start).copy(),
    )


def join_pages(pages: Sequence[bytes]) -> Postings:
    """A block's postings of all its pages, in order."""
    parts = [read_page(page) for page in pages]
    if not parts:
        return Postings.build(())
    sizes = np.concatenate([np.diff(part.offsets) for part in parts])
    return Postings(
        np.concatenate([part.terms for part in parts]),
        np.concatenate(([0], np.cumsum(sizes))).astype(np.uint32),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.counts for part in parts]),
    )


def only(postings: Postings, alive: NDArray[np.bool_]) -> Postings:
    """Without the rows that are not alive; the others keep their numbers."""
    stays = alive[postings.rows]
    if stays.all():
        return postings
    offsets = np.concatenate(([0], np.cumsum(stays)))[postings.offsets]
    used = np.diff(offsets) > 0
    return Postings(
        postings.terms[used],
        np.append(offsets[:-1][used], offsets[-1]).astype(np.uint32),
        postings.rows[stays],
        postings.counts[stays],
    )


def few_words(found: Sequence[tuple[int, Rows, Counts]]) -> Postings:
    """Postings of some words alone."""
    held = sorted((entry for entry in found if len(entry[1])), key=lambda entry: entry[0])
    if not held:
        return Postings.build(())
    words, rows, counts = zip(*held, strict=True)
    return Postings(
        np.array(words, np.uint64),
        np.concatenate(([0], np.cumsum([len(each) for each in rows]))).astype(np.uint32),
        np.concatenate(rows),
        np.concatenate(counts),
    )


def read_vectors(sent: Sequence[bytes], dimension: int) -> Half:
    """`(n, dimension)` of what `halfvec_send` wrote: two numbers of two bytes, then the components."""
    rows = np.frombuffer(b"".join(sent), ">f2").reshape(len(sent), dimension + 2)
    return np.ascontiguousarray(rows[:, 2:], np.float16)
