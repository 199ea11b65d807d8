"""One search of the embedded index: the true best of each side under a filter, both scores for each."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import Candidate, Candidates, QueryTerm
from nexus.providers.vectors.dense import Floats, cosines, quick_cosines, rounding_margin, unit
from nexus.providers.vectors.documents import unpack_id
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.state import SAMPLE, FilterView, Positions

_SPARE = 16
"""Rows fetched beyond k, so that near ties at the edge seldom cost a second scan."""

_FEW = SAMPLE
"""Up to this many chunks, all are compared, once for the list and the median; more are scanned under a bitmap."""

_NONE = np.zeros(0, np.int64)


def search(view: FilterView, vector: Floats | None, terms: Sequence[QueryTerm], limit: int, bm25: Bm25) -> Candidates:
    """What `VectorIndex.search` promises, computed in the calling thread."""
    median = 0.0
    near = worded = _NONE
    query = None if vector is None else unit(vector)
    if query is not None and view.searched:
        near, median = search_dense(view, query, limit)
    words = score_words(view, terms, bm25)
    if words is not None and limit:
        worded = words.best(view, limit)
    found = np.union1d(near, worded)
    return Candidates(
        hits=_candidates(view, found, query, words),
        searched=view.searched,
        dense_median=median,
        term_chunks=words.term_chunks if words is not None else [0] * len(terms),
    )


def search_dense(view: FilterView, query: Floats, limit: int) -> tuple[Positions, float]:
    """The `limit` chunks nearest to `query`, as ascending positions, and the median cosine."""
    sample = view.sample
    sampled = quick_cosines(view.halves(sample), query)
    median = float(np.median(sampled))
    if not limit:
        return _NONE, median
    if view.searched <= _FEW:
        close = _within(sampled, limit, rounding_margin(len(query)))
        contenders = sample[close]
    else:
        contenders = _contenders(view, query, limit)
    return view.best(contenders, cosines(view.halves(contenders), query), limit), median


def _within(scores: Floats, limit: int, margin: float) -> NDArray[np.intp]:
    """Where the scores are among the best `limit`, or too close below to be told apart."""
    if len(scores) <= limit:
        return np.arange(len(scores))
    return np.flatnonzero(scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit] - margin)


def _contenders(view: FilterView, query: Floats, limit: int) -> Positions:
    """Chunks that certainly include the nearest `limit`: those no further below the last than rounding can hide."""
    margin = rounding_margin(len(query))
    wanted = [limit + _SPARE] * len(view.parts)
    found = [part.segment.vectors.nearest(query, limit + _SPARE, part.bitmap) for part in view.parts]
    while True:
        scores = np.concatenate([scores for scores, _ in found])
        if len(scores) > limit:
            floor = float(np.partition(scores, len(scores) - limit)[len(scores) - limit]) - margin
        else:
            floor = -np.inf
        short = [
            index
            for index, (part, (scores, _)) in enumerate(zip(view.parts, found, strict=True))
            if len(scores) < part.count and scores[-1] >= floor
        ]
        if not short:
            break
        for index in short:
            wanted[index] *= 4
            part = view.parts[index]
            found[index] = part.segment.vectors.nearest(query, wanted[index], part.bitmap)
    return np.sort(
        np.concatenate(
            [rows[scores >= floor] + part.base for part, (scores, rows) in zip(view.parts, found, strict=True)]
        )
    )


@dataclass(frozen=True, slots=True)
class WordScores:
    """BM25 of every chunk of a view: one array a part, by row."""

    by_part: Sequence[Floats]
    term_chunks: Sequence[int]

    def best(self, view: FilterView, limit: int) -> Positions:
        """The `limit` chunks with the highest scores above zero, as ascending positions."""
        positions: list[Positions] = []
        values: list[Floats] = []
        for part, scores in zip(view.parts, self.by_part, strict=True):
            rows = np.flatnonzero(scores > 0)
            level = _within(scores[rows], limit, 0.0)
            positions.append(rows[level] + part.base)
            values.append(scores[rows[level]])
        if not positions:
            return _NONE
        return view.best(np.concatenate(positions), np.concatenate(values), limit)

    def at(self, view: FilterView, positions: Positions) -> Floats:
        return np.concatenate([self.by_part[index][rows] for index, rows in view.split(positions)])


def score_words(view: FilterView, terms: Sequence[QueryTerm], bm25: Bm25) -> WordScores | None:
    """BM25 with the frequencies, number and average length of the chunks in the view; None without terms."""
    if not terms:
        return None
    scores = [np.zeros(len(part.segment), np.float32) for part in view.parts]
    damping = [bm25.damping(part.segment.lengths, view.average_length) for part in view.parts]
    term_chunks: list[int] = []
    for term in terms:
        occurrences = [
            part.segment.postings.occurrences(term.ids, None if part.whole else part.mask, len(part.segment))
            for part in view.parts
        ]
        holding = sum(len(rows) for rows, _ in occurrences)
        term_chunks.append(holding)
        weight = np.float32(term.weight * bm25.inverse_frequency(view.searched, holding) * (bm25.k1 + 1))
        for (rows, counts), total, damped in zip(occurrences, scores, damping, strict=True):
            total[rows] += weight * counts / (counts + damped[rows])
    return WordScores(scores, term_chunks)


def _candidates(
    view: FilterView, positions: Positions, query: Floats | None, words: WordScores | None
) -> list[Candidate]:
    if not len(positions):
        return []
    dense = None if query is None else np.clip(cosines(view.halves(positions), query), -1, 1).tolist()
    keyword = None if words is None else words.at(view, positions).tolist()
    slots = view.documents(positions).tolist()
    documents: dict[int, tuple[UUID, UUID]] = {
        slot: (unpack_id(view.table.ids[slot]), unpack_id(view.table.versions[slot])) for slot in set(slots)
    }
    return [
        Candidate(
            chunk_id=unpack_id(chunk_id),
            document_id=documents[slot][0],
            version_id=documents[slot][1],
            dense=None if dense is None else dense[place],
            keyword=None if keyword is None else keyword[place],
        )
        for place, (chunk_id, slot) in enumerate(zip(view.chunk_ids(positions), slots, strict=True))
    ]
