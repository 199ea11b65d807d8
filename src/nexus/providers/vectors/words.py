"""BM25 over the chunks of a view, with the frequencies, number and average length of those chunks alone."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import QueryTerm
from nexus.providers.vectors.documents import Bools
from nexus.providers.vectors.keyword import Bm25, Postings
from nexus.providers.vectors.state import Positions

_LONG = 2_048
"""A word in more chunks than this is worth an attempt to do without it."""
_SLACK = 1e-5
"""Relative room for rounding in single precision: sums of a few dozen gains err by far less."""


class Chunks(Protocol):
    """A run of chunks with their words, of one engine or another."""

    @property
    def postings(self) -> Postings: ...

    @property
    def lengths(self) -> NDArray[np.uint32]: ...

    def __len__(self) -> int: ...


class Part(Protocol):
    """The chunks of one run that pass a filter; those of all runs are numbered through: `base` + row."""

    @property
    def segment(self) -> Chunks: ...

    @property
    def base(self) -> int: ...

    @property
    def mask(self) -> Bools: ...

    @property
    def whole(self) -> bool:
        """Whether all whose words the run holds pass."""
        ...


class View(Protocol):
    """The chunks that pass a filter."""

    @property
    def parts(self) -> Sequence[Part]: ...

    @property
    def searched(self) -> int: ...

    @property
    def average_length(self) -> float: ...

    def split(self, positions: Positions) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """Ascending positions as (index of the part, rows), in order, parts without any left out."""
        ...


class WordSearch:
    """The words of one question in one view.

    Rare words earn much and stand in few chunks, common words the reverse. So the chunks are first scored
    by the rare words; once the last of the best is ahead by more than all remaining words together can
    earn, these cannot bring in a new chunk (MaxScore: Turtle and Flood, 1995). What is left is scored
    exactly, always in the order of the question: how a score was arrived at does not show in it.
    """

    def __init__(self, view: View, terms: Sequence[QueryTerm], bm25: Bm25) -> None:
        self._view = view
        self._terms = terms
        self._holding = [
            [
                part.segment.postings.holding(term.ids, None if part.whole else part.mask, len(part.segment))
                for part in view.parts
            ]
            for term in terms
        ]
        self.term_chunks = [sum(len(rows) for rows, _ in parts) for parts in self._holding]
        """Per word, in how many chunks of the view it stands."""
        self._most = [
            term.weight * bm25.inverse_frequency(view.searched, holding) * (bm25.k1 + 1) if holding else 0.0
            for term, holding in zip(terms, self.term_chunks, strict=True)
        ]
        """Per word, what no chunk can reach however often it repeats the word."""
        average = view.average_length
        self._damping = [bm25.damping(part.segment.lengths, average) for part in view.parts]

    def contenders(self, limit: int) -> Positions:
        """Chunks that certainly include the best `limit`; ascending."""
        if not limit or not self._view.parts:
            return np.zeros(0, np.int64)
        words = sorted(range(len(self._terms)), key=lambda word: -self._most[word])
        swept, totals = self._sweep(words, limit)
        positions, scores = self._leading(totals, limit, self._together(words[swept:]))
        for place in range(swept, len(words)):
            scores += self._gains(words[place], positions)
            ahead = scores >= _last_of_best(scores, limit) * (1 - _SLACK) - self._together(words[place + 1 :])
            positions, scores = positions[ahead], scores[ahead]
        return positions

    def scores(self, positions: Positions) -> NDArray[np.float32]:
        """BM25 of the chunks at ascending `positions`."""
        scores = np.zeros(len(positions), np.float32)
        for word, holding in enumerate(self.term_chunks):
            if holding:
                scores += self._gains(word, positions)
        return scores

    def _together(self, words: Sequence[int]) -> float:
        return sum(self._most[word] for word in words)

    def _sweep(self, words: Sequence[int], limit: int) -> tuple[int, list[NDArray[np.float32]]]:
        """How many of `words` were scored for all chunks before the rest could bring in none, and the totals."""
        totals = [np.zeros(len(part.segment), np.float32) for part in self._view.parts]
        for place, word in enumerate(words):
            to_come = self._together(words[place:])
            if self.term_chunks[word] > _LONG and to_come < self._together(words[:place]):
                positive = np.concatenate([total.take(np.flatnonzero(total > 0)) for total in totals])
                if to_come < _last_of_best(positive, limit) * (1 - _SLACK):
                    return place, totals
            most = np.float32(self._most[word])
            for (rows, counts), total, damping in zip(self._holding[word], totals, self._damping, strict=True):
                if len(rows):
                    places, times = rows.astype(np.intp), counts.astype(np.float32)
                    total[places] += most * times / (times + damping[places])
        return len(words), totals

    def _leading(
        self, totals: Sequence[NDArray[np.float32]], limit: int, to_come: float
    ) -> tuple[Positions, NDArray[np.float32]]:
        """Chunks with words so far, and their totals, but for those too far behind to catch up."""
        rows = [np.flatnonzero(total > 0) for total in totals]
        scores = np.concatenate([total.take(some) for total, some in zip(totals, rows, strict=True)])
        positions = np.concatenate([some + part.base for part, some in zip(self._view.parts, rows, strict=True)])
        ahead = np.flatnonzero(scores >= _last_of_best(scores, limit) * (1 - _SLACK) - to_come)
        return positions.take(ahead), scores.take(ahead)

    def _gains(self, word: int, positions: Positions) -> NDArray[np.float32]:
        """What one word earns each of some chunks."""
        gains = np.zeros(len(positions), np.float32)
        most, done = np.float32(self._most[word]), 0
        for index, rows in self._view.split(positions):
            counts = self._view.parts[index].segment.postings.counts_at(self._terms[word].ids, rows.astype(np.uint16))
            # Absent words are kept out of the division: without lengths or damping it would be 0 / 0.
            gains[done : done + len(rows)] = (
                most * counts / np.where(counts > 0, counts + self._damping[index][rows], 1)
            )
            done += len(rows)
        return gains


def _last_of_best(scores: NDArray[np.float32], limit: int) -> float:
    """The `limit`-th highest of `scores`; 0 when there are fewer."""
    if len(scores) < limit:
        return 0.0
    return float(np.partition(scores, len(scores) - limit)[len(scores) - limit])
