"""Words and vectors as bytes in rows, and back. Little-endian whatever the machine."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import ChunkTerms, Half


def pack_terms(terms: ChunkTerms) -> bytes:
    """4 bytes length, then 8 bytes a term id, then 1 byte a count."""
    return terms.length.to_bytes(4, "little") + terms.ids.astype("<u8").tobytes() + terms.counts.tobytes()


def unpack_terms(packed: bytes) -> ChunkTerms:
    count = (len(packed) - 4) // 9
    ids = np.frombuffer(packed, "<u8", count, 4).astype(np.uint64, copy=False)
    counts = np.frombuffer(packed, np.uint8, count, 4 + 8 * count)
    return ChunkTerms(ids, counts, int.from_bytes(packed[:4], "little"))


def pack_vectors(vectors: NDArray[np.float32]) -> list[bytes]:
    """A row each of `(n, dimension)`, rounded to float16: 2 bytes a component."""
    return [row.tobytes() for row in vectors.astype("<f2")]


def unpack_vectors(packed: Sequence[bytes], dimension: int) -> Half:
    """`(len(packed), dimension)` float16."""
    return np.frombuffer(b"".join(packed), "<f2").reshape(-1, dimension).astype(np.float16, copy=False)
