"""BM25 with the statistics of what passes, over chunks that Qdrant put in nearly that order. Pure.

Qdrant adds up saturations that were computed for a chunk of typical length, weighted by the question. With the true
average length of what passes, no score is more than `headroom` times that sum: so as soon as the k-th best score of
what was fetched is above the last sum times the headroom, nothing that was not fetched can be among the best k.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nexus.providers.vectors.base import ChunkTerms, QueryTerm
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.qdrant_points import TYPICAL, axis

_ROUNDING = 1.0001
"""Qdrant adds in single precision."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of the chunks that pass."""

    searched: int
    lengths: Mapping[int, int]
    """How many of them have which length."""
    term_chunks: Sequence[int]

    @property
    def average(self) -> float:
        return sum(length * count for length, count in self.lengths.items()) / self.searched if self.searched else 0.0


class WordScoring:
    """The scores of one question."""

    def __init__(self, terms: Sequence[QueryTerm], statistics: Statistics, bm25: Bm25) -> None:
        self._terms = terms
        self._bm25 = bm25
        self._average = statistics.average
        self._longest = max(statistics.lengths, default=0)
        self._most = [
            term.weight * bm25.inverse_frequency(statistics.searched, held) * (bm25.k1 + 1)
            for term, held in zip(terms, statistics.term_chunks, strict=True)
        ]

    def weights(self) -> dict[int, float]:
        """By place in sparse vectors."""
        weights: dict[int, float] = {}
        for term, most in zip(self._terms, self._most, strict=True):
            for place in {axis(id_) for id_ in term.ids}:
                weights[place] = weights.get(place, 0.0) + most
        return {place: weight for place, weight in weights.items() if weight > 0}

    def score(self, chunk: ChunkTerms) -> float:
        damping = self._damping(chunk.length, self._average)
        total = 0.0
        for term, most in zip(self._terms, self._most, strict=True):
            count = sum(self._count(chunk, id_) for id_ in set(term.ids))
            if count:
                total += most * count / (count + damping)
        return total

    @staticmethod
    def _count(chunk: ChunkTerms, id_: int) -> int:
        place = int(chunk.ids.searchsorted(np.uint64(id_)))
        return int(chunk.counts[place]) if place < len(chunk.ids) and int(chunk.ids[place]) == id_ else 0

    def bound(self, last: float) -> float:
        """No chunk that Qdrant puts behind one with this sum has a higher score."""
        typical, own = self._damping(self._longest, TYPICAL), self._damping(self._longest, self._average)
        return last * max(1.0, (1 + typical) / (1 + own)) * _ROUNDING

    def _damping(self, length: int, average: float) -> float:
        slope = self._bm25.k1 * self._bm25.b / average if average else 0.0
        return length * slope + self._bm25.k1 * (1 - self._bm25.b)
