"""The keyword side of the embedded index: postings of one segment, and BM25 over the chunks a filter lets through."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import ChunkTerms

Rows = NDArray[np.uint16]
Counts = NDArray[np.uint8]

_SCATTER = 16
"""A binary search costs as much as writing this many postings into a table."""


@dataclass(frozen=True, slots=True)
class Bm25:
    """Okapi BM25: `k1` bounds what repetition earns, `b` how much a long chunk pays for its length."""

    k1: float = 1.2
    b: float = 0.75

    def inverse_frequency(self, chunks: int, holding: int) -> float:
        return float(np.log1p((chunks - holding + 0.5) / (holding + 0.5)))

    def damping(self, lengths: NDArray[np.uint32], average: float) -> NDArray[np.float32]:
        """Per chunk, what stands beside the term's count in the denominator."""
        slope = self.k1 * self.b / average if average else 0.0
        return lengths.astype(np.float32) * np.float32(slope) + np.float32(self.k1 * (1 - self.b))


@dataclass(frozen=True, slots=True, eq=False)
class Postings:
    """Which rows of a segment hold which terms, sorted by term and then by row. Immutable.

    Rows are 16 bits wide: a segment has at most 65,536, and three bytes a posting keep a hundred
    thousand chunks near 25 MB.
    """

    terms: NDArray[np.uint64]
    """`(terms,)`, ascending and distinct."""
    offsets: NDArray[np.uint32]
    """`(terms + 1,)`: the postings of term `i` are `offsets[i]` to `offsets[i + 1]`."""
    rows: Rows
    counts: Counts

    @property
    def nbytes(self) -> int:
        return self.terms.nbytes + self.offsets.nbytes + self.rows.nbytes + self.counts.nbytes

    def find(self, term: int) -> tuple[Rows, Counts]:
        """The rows that hold a term, ascending, and how often."""
        place = int(self.terms.searchsorted(np.uint64(term)))
        if place == len(self.terms) or int(self.terms[place]) != term:
            return self.rows[:0], self.counts[:0]
        start, end = int(self.offsets[place]), int(self.offsets[place + 1])
        return self.rows[start:end], self.counts[start:end]

    def holding(
        self, terms: Sequence[int], passing: NDArray[np.bool_] | None, size: int
    ) -> tuple[NDArray[np.integer], NDArray[np.integer]]:
        """Rows that pass and hold any of `terms`, ascending, with the summed counts.

        `size` is the segment's number of rows; without `passing` all of them pass.
        """
        found = [entry for entry in map(self.find, dict.fromkeys(terms)) if len(entry[0])]
        if len(found) == 1:
            rows, counts = found[0]
        else:
            tally = np.zeros(size, np.uint32)
            for some, times in found:
                tally[some] += times
            rows = np.flatnonzero(tally)
            counts = tally[rows]
        if passing is None:
            return rows, counts
        passed = np.flatnonzero(passing.take(rows, mode="clip"))  # a third of the time of `rows[passing[rows]]`
        return rows.take(passed), counts.take(passed)

    def counts_at(self, terms: Sequence[int], rows: Rows) -> NDArray[np.float32]:
        """How often each of `rows` holds `terms`, summed."""
        counts = np.zeros(len(rows), np.float32)
        for holders, times in map(self.find, dict.fromkeys(terms)):
            if not len(holders):
                continue
            if len(rows) * _SCATTER > len(holders):
                by_row = np.zeros(1 << 16, np.uint8)
                by_row[holders] = times
                counts += by_row.take(rows)
            else:
                places = np.minimum(holders.searchsorted(rows), len(holders) - 1)
                counts += np.where(holders[places] == rows, times[places], 0)
        return counts

    @classmethod
    def build(cls, chunks: Sequence[ChunkTerms]) -> "Postings":
        """The postings of `chunks`, the i-th of which is row i."""
        sizes = np.fromiter((len(chunk.ids) for chunk in chunks), np.intp, len(chunks))
        if not sizes.sum():
            return cls(np.zeros(0, np.uint64), np.zeros(1, np.uint32), np.zeros(0, np.uint16), np.zeros(0, np.uint8))
        terms = np.concatenate([chunk.ids for chunk in chunks]).astype(np.uint64, copy=False)
        counts = np.concatenate([chunk.counts for chunk in chunks]).astype(np.uint8, copy=False)
        rows = np.repeat(np.arange(len(chunks), dtype=np.uint16), sizes)
        order = np.argsort(terms, kind="stable")
        terms = terms[order]
        starts = np.flatnonzero(np.concatenate(([True], terms[1:] != terms[:-1])))
        offsets = np.append(starts, len(terms)).astype(np.uint32)
        return cls(terms[starts], offsets, rows[order], counts[order])

    def kept(self, keep: NDArray[np.bool_]) -> "Postings":
        """Only the rows in `keep`, renumbered in order."""
        renumbered = (np.cumsum(keep) - 1).astype(np.uint16)
        stays = keep[self.rows]
        before = np.concatenate(([0], np.cumsum(stays)))
        offsets = before[self.offsets]
        used = np.diff(offsets) > 0
        return Postings(
            self.terms[used],
            np.append(offsets[:-1][used], offsets[-1]).astype(np.uint32),
            renumbered[self.rows[stays]],
            self.counts[stays],
        )

    @classmethod
    def merged(cls, parts: Sequence["Postings"], sizes: Sequence[int]) -> "Postings":
        """The postings of the rows of all parts, one part after the other; `sizes` are their numbers of rows."""
        terms = np.unique(np.concatenate([part.terms for part in parts]))
        places = [terms.searchsorted(part.terms) for part in parts]
        widths = np.zeros(len(terms), np.int64)
        for part, place in zip(parts, places, strict=True):
            widths[place] += np.diff(part.offsets)
        offsets = np.concatenate(([0], np.cumsum(widths)))
        rows = np.empty(offsets[-1], np.uint16)
        counts = np.empty(offsets[-1], np.uint8)
        filled = offsets[:-1].copy()
        first_row = 0
        for part, place, size in zip(parts, places, sizes, strict=True):
            lengths = np.diff(part.offsets)
            target = np.arange(len(part.rows)) + np.repeat(filled[place] - part.offsets[:-1], lengths)
            rows[target] = part.rows + np.uint16(first_row)
            counts[target] = part.counts
            filled[place] += lengths
            first_row += size
        return cls(terms, offsets.astype(np.uint32), rows, counts)
