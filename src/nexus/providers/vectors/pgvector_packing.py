"""What goes to PostgreSQL and comes back, as bytes: rows for COPY in its binary form, words packed eight bytes each.

Pure. A set's tables are described in `pgvector_queries`.
"""

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import ChunkTerms, Half, IndexedDocument
from nexus.providers.vectors.documents import pack_ids
from nexus.providers.vectors.segment import mixed

_HEAD: Final = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_TAIL: Final = b"\xff\xff"
_CHUNK: Final = struct.Struct(">hiiiii16siqihh")
_POSTING: Final = struct.Struct(">hiqiii")
_LONGEST: Final = 2**24 - 1

Words = NDArray[np.uint64]
"""One a chunk that holds a term: number of the chunk (32 bits), occurrences (8), length of the chunk (24)."""


def draws(document: IndexedDocument) -> NDArray[np.int64]:
    """Per chunk, the hash by which it is drawn for the median, moved so that signed numbers are in its order."""
    return (mixed(pack_ids(document.chunk_ids)) ^ np.uint64(1 << 63)).view(np.int64)


def signed(terms: NDArray[np.uint64] | Sequence[int]) -> list[int]:
    """Term ids as PostgreSQL's eight-byte integers hold them."""
    return np.asarray(terms, np.uint64).view(np.int64).tolist()


def copy_of_chunks(documents: Sequence[IndexedDocument], places: Sequence[int], first: int) -> bytes:
    """Rows of `number, document, chunk_id, draw, vector`; chunks are numbered from `first` on."""
    rows: list[bytes] = [_HEAD]
    number = first
    for document, place in zip(documents, places, strict=True):
        if not len(document.chunk_ids):
            continue
        dimension = document.vectors.shape[1]
        big = document.vectors.astype(">f2")
        for chunk_id, draw, vector in zip(document.chunk_ids, draws(document).tolist(), big, strict=True):
            size = 4 + 2 * dimension
            rows.append(
                _CHUNK.pack(5, 4, number, 4, place, 16, chunk_id.bytes, 8, draw, size, dimension, 0) + vector.tobytes()
            )
            number += 1
    return b"".join([*rows, _TAIL])


def copy_of_postings(documents: Sequence[IndexedDocument], places: Sequence[int], first: int) -> bytes:
    """Rows of `term, document, chunks`: which chunks of the document hold the term."""
    rows: list[bytes] = [_HEAD]
    number = first
    for document, place in zip(documents, places, strict=True):
        terms, words = _postings(document.terms, number)
        number += len(document.terms)
        starts = np.flatnonzero(np.concatenate(([True], terms[1:] != terms[:-1]))) if len(terms) else terms
        ends = [*starts[1:].tolist(), len(terms)]
        packed = words.astype("<u8").tobytes()
        for term, start, end in zip(signed(terms[starts.astype(np.intp)]), starts.tolist(), ends, strict=False):
            rows.append(_POSTING.pack(3, 8, term, 4, place, 8 * (end - start)) + packed[8 * start : 8 * end])
    return b"".join([*rows, _TAIL])


def _postings(chunks: Sequence[ChunkTerms], first: int) -> tuple[NDArray[np.uint64], Words]:
    """All terms of all chunks, ascending, and beside each its word."""
    if not chunks:
        return np.zeros(0, np.uint64), np.zeros(0, np.uint64)
    sizes = [len(chunk.ids) for chunk in chunks]
    terms = np.concatenate([chunk.ids for chunk in chunks]).astype(np.uint64, copy=False)
    counts = np.concatenate([chunk.counts for chunk in chunks]).astype(np.uint64)
    numbers = np.repeat(np.arange(first, first + len(chunks), dtype=np.uint64), sizes)
    lengths = np.repeat(np.array([min(chunk.length, _LONGEST) for chunk in chunks], np.uint64), sizes)
    order = np.argsort(terms, kind="stable")
    words = numbers << np.uint64(32) | counts << np.uint64(24) | lengths
    return terms[order], words[order]


def read_words(packed: bytes) -> tuple[NDArray[np.int64], NDArray[np.uint32], NDArray[np.uint32]]:
    """Numbers of the chunks that hold a term, in any order, how often, and their lengths."""
    words = np.frombuffer(packed, "<u8")
    numbers = (words >> np.uint64(32)).astype(np.int64)
    counts = (words >> np.uint64(24)).astype(np.uint32) & np.uint32(255)
    return numbers, counts, words.astype(np.uint32) & np.uint32(_LONGEST)


def read_vectors(sent: Sequence[bytes], dimension: int) -> Half:
    """`(n, dimension)` of what `halfvec_send` wrote: two numbers of two bytes, then the components."""
    rows = np.frombuffer(b"".join(sent), ">f2").reshape(len(sent), dimension + 2)
    return np.ascontiguousarray(rows[:, 2:], np.float16)
