"""BM25 over the chunks of a view, with the frequencies, number and average length of those chunks alone."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import QueryTerm
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.state import FilterView, Positions

_LONG = 2_048
"""A word in more chunks than this is worth an attempt to do without it."""
_SLACK = 1e-5
"""Relative room for rounding in single precision: sums of a few dozen gains err by far less."""


class WordSearch:
    """The words of one question in one view.

    Rare words earn much and stand in few chunks, common words the reverse. So the chunks are first scored
    by the rare words; once the last of the best is ahead by more than all remaining words together can
    earn, these cannot bring in a new chunk (MaxScore: Turtle and Flood, 1995). What is left is scored
    exactly, always in the order of the question: how a score was arrived at does not show in it.
    """

    def __init__(self, view: FilterView, terms: Sequence[QueryTerm], bm25: Bm25) -> None:
        self._view = view
        self._terms = terms
        self._bm25 = bm25
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

    def contenders(self, limit: int) -> Positions:
        """Chunks that certainly include the best `limit`; ascending."""
        if not limit:
            return np.zeros(0, np.int64)
        totals = [np.zeros(len(part.segment), np.float32) for part in self._view.parts]
        dampings = [self._bm25.damping(part.segment.lengths, self._view.average_length) for part in self._view.parts]
        pending = sorted(range(len(self._terms)), key=lambda word: self._most[word])
        to_come = sum(self._most)
        while pending:
            if self.term_chunks[pending[-1]] > _LONG and to_come < _last_of_best(totals, limit) * (1 - _SLACK):
                break
            word = pending.pop()
            most = np.float32(self._most[word])
            for (rows, counts), total, damping in zip(self._holding[word], totals, dampings, strict=True):
                if len(rows):
                    places = rows.astype(np.intp)
                    times = counts.astype(np.float32)
                    total[places] += most * times / (times + damping[places])
            to_come = sum(self._most[word] for word in pending)
        floor = _last_of_best(totals, limit) * (1 - _SLACK) - to_come
        found = [
            np.flatnonzero((total > 0) & (total >= floor)) + part.base
            for part, total in zip(self._view.parts, totals, strict=True)
        ]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    def scores(self, positions: Positions) -> NDArray[np.float32]:
        """BM25 of the chunks at ascending `positions`."""
        scores = np.zeros(len(positions), np.float32)
        done = 0
        for index, rows in self._view.split(positions):
            segment = self._view.parts[index].segment
            damping = self._bm25.damping(segment.lengths[rows], self._view.average_length)
            total = scores[done : done + len(rows)]
            for term, most, holding in zip(self._terms, self._most, self.term_chunks, strict=True):
                if holding:
                    counts = segment.postings.counts_at(term.ids, rows.astype(np.uint16))
                    # Zero lengths and parameters can make this 0 / 0 where the word is absent.
                    total += np.float32(most) * counts / np.where(counts > 0, counts + damping, 1)
            done += len(rows)
        return scores


def _last_of_best(totals: Sequence[NDArray[np.float32]], limit: int) -> float:
    """The `limit`-th highest of all totals; 0 when fewer are above zero."""
    positive = np.concatenate([total[total > 0] for total in totals]) if totals else np.zeros(0, np.float32)
    if len(positive) < limit:
        return 0.0
    return float(np.partition(positive, len(positive) - limit)[len(positive) - limit])
