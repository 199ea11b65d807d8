"""What the embedded index holds at one moment, and the part of it that a filter lets through."""

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import Half, IndexFilter, IndexStatistics
from nexus.providers.vectors.dense import Bits
from nexus.providers.vectors.documents import Bools, DocumentTable, Ids, unpack_ids
from nexus.providers.vectors.segment import Segment

Positions = NDArray[np.int64]
"""Chunks of a view, numbered through its parts: `part.base + row`."""

SAMPLE = 1_024
"""How many chunks stand for all in the median."""
_VIEWS = 32
_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class SegmentView:
    """The rows of one segment that pass a filter: at least one."""

    segment: Segment
    base: int
    mask: Bools
    count: int

    @property
    def whole(self) -> bool:
        return self.count == len(self.mask)

    @cached_property
    def bitmap(self) -> Bits | None:
        """The mask as faiss reads it; None when every row passes."""
        return None if self.whole else np.packbits(self.mask, bitorder="little")


class FilterView:
    """The chunks of a state that pass one filter. Everything a search reports is computed from these alone."""

    def __init__(self, table: DocumentTable, segments: Sequence[Segment], index_filter: IndexFilter) -> None:
        self.table = table
        passing = table.passing(index_filter)
        parts: list[SegmentView] = []
        base = 0
        if passing.any():
            for segment in segments:
                mask = passing[segment.documents]
                count = int(np.count_nonzero(mask))
                if count:
                    parts.append(SegmentView(segment, base, mask, count))
                    base += len(segment)
        self.parts = tuple(parts)
        self._bases = np.array([part.base for part in parts], np.int64)
        self.searched = sum(part.count for part in parts)

    @property
    def average_length(self) -> float:
        """Mean number of terms a chunk."""
        return self._average_length

    @cached_property
    def _average_length(self) -> float:
        terms = sum(int(part.segment.lengths[part.mask].sum(dtype=np.int64)) for part in self.parts)
        return terms / self.searched if self.searched else 0.0

    @cached_property
    def sample(self) -> Positions:
        """All chunks if there are at most `SAMPLE`, else that many, chosen by a hash of their ids.

        The chunks with the smallest hashes: a uniform draw that is the same whenever the same chunks
        pass, whatever else the index holds and in whatever order it was filled.
        """
        if self.searched <= SAMPLE:
            return self._hashed_below(None)[0]
        # Hashes are spread evenly: half as many again as needed lie below this, but for one case in e^80.
        ceiling = int(2**64 * min(1.0, 1.5 * SAMPLE / self.searched)) - 1
        positions, hashes = self._hashed_below(ceiling)
        if len(positions) < SAMPLE:
            positions, hashes = self._hashed_below(None)
        return np.sort(positions[np.argpartition(hashes, SAMPLE - 1)[:SAMPLE]])

    def _hashed_below(self, ceiling: int | None) -> tuple[Positions, NDArray[np.uint64]]:
        """The chunks whose hash is at most `ceiling`, ascending, with the hashes; all without a ceiling."""
        positions: list[Positions] = []
        hashes: list[NDArray[np.uint64]] = []
        for part in self.parts:
            drawn = part.mask if ceiling is None else part.mask & (part.segment.hashes <= np.uint64(ceiling))
            rows = np.flatnonzero(drawn)
            positions.append(rows + part.base)
            hashes.append(part.segment.hashes[rows])
        if not positions:
            return np.zeros(0, np.int64), np.zeros(0, np.uint64)
        return np.concatenate(positions), np.concatenate(hashes)

    def split(self, positions: Positions) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Ascending positions as (index of the part, rows), in order, parts without any left out."""
        bounds = [*positions.searchsorted(self._bases).tolist(), len(positions)]
        for index, part in enumerate(self.parts):
            start, end = bounds[index], bounds[index + 1]
            if end > start:
                yield index, positions[start:end] - part.base

    def halves(self, positions: Positions) -> Half:
        return _joined([self.parts[at].segment.vectors.halves[rows] for at, rows in self.split(positions)])

    def chunk_ids(self, positions: Positions) -> Ids:
        return _joined([self.parts[at].segment.chunk_ids[rows] for at, rows in self.split(positions)])

    def documents(self, positions: Positions) -> NDArray[np.int32]:
        return _joined([self.parts[at].segment.documents[rows] for at, rows in self.split(positions)])

    def best(self, positions: Positions, scores: NDArray[np.float32], count: int) -> Positions:
        """The `count` positions with the highest scores, ties by chunk id; ascending positions in and out."""
        if len(positions) <= count:
            return positions
        threshold = np.partition(scores, len(scores) - count)[len(scores) - count]
        level = scores >= threshold
        positions, scores = positions[level], scores[level]
        if len(positions) > count:
            ids = self.chunk_ids(positions)
            positions = positions[np.lexsort((ids[:, 1], ids[:, 0], -scores))[:count]]
        return np.sort(positions)


@dataclass(frozen=True, eq=False)
class IndexState:
    """Everything the index holds. Immutable: a search keeps the one it began with, a write publishes another."""

    table: DocumentTable
    segments: tuple[Segment, ...]
    _views: OrderedDict[IndexFilter, FilterView] = field(default_factory=OrderedDict[IndexFilter, FilterView])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def empty(cls) -> "IndexState":
        return cls(DocumentTable.empty(), ())

    def view(self, index_filter: IndexFilter) -> FilterView:
        """The filter's view of this state, kept for the next question under the same filter."""
        with self._lock:
            known = self._views.get(index_filter)
            if known is not None:
                self._views.move_to_end(index_filter)
                return known
        view = FilterView(self.table, self.segments, index_filter)
        with self._lock:
            self._views[index_filter] = view
            if len(self._views) > _VIEWS:
                self._views.popitem(last=False)
        return view

    def contents(self, tenant_id: UUID) -> dict[UUID, tuple[UUID, int]]:
        table = self.table
        slots = table.of_tenant(tenant_id)
        versions = zip(unpack_ids(table.versions[slots]), table.chunks[slots].tolist(), strict=True)
        return dict(zip(unpack_ids(table.ids[slots]), versions, strict=True))

    def statistics(self) -> IndexStatistics:
        rows = sum(len(segment) for segment in self.segments)
        chunks = int(self.table.chunks[self.table.alive].sum(dtype=np.int64))
        return IndexStatistics(
            documents=int(np.count_nonzero(self.table.alive)),
            chunks=chunks,
            dead_chunks=rows - chunks,
            memory_bytes=self.table.nbytes + sum(segment.nbytes for segment in self.segments),
        )


def _joined(pieces: list[NDArray[_Scalar]]) -> NDArray[_Scalar]:
    return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
