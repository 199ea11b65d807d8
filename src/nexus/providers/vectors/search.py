"""One search of the embedded index: the true best of each side under a filter, both scores for each."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from nexus.providers.vectors.base import Candidate, Candidates, QueryTerm
from nexus.providers.vectors.crew import Crew
from nexus.providers.vectors.dense import Floats, cosines, quick_cosines, rounding_margin, unit, within
from nexus.providers.vectors.documents import unpack_ids
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.state import SAMPLE, FilterView, Positions
from nexus.providers.vectors.words import WordSearch

_SPARE = 16
"""Rows fetched beyond k, so that near ties at the edge seldom cost a second scan."""

_FEW = SAMPLE
"""Up to this many chunks, all are compared, once for the list and the median; more are scanned under a bitmap."""

_SHARED = 20_000
"""From this many chunks on a scan is shared among threads; below, handing over costs more than it brings."""

_NONE = np.zeros(0, np.int64)


def search(
    view: FilterView, vector: Floats | None, terms: Sequence[QueryTerm], limit: int, bm25: Bm25, crew: Crew
) -> Candidates:
    """What `VectorIndex.search` promises, computed in this thread with whatever help `crew` has to give."""
    if view.searched < _SHARED:
        crew = Crew()
    query = None if vector is None else unit(vector)
    near, median = (_NONE, 0.0) if query is None or not view.searched else search_dense(view, query, limit, crew)
    words = WordSearch(view, terms, bm25) if terms else None
    found = near if words is None else np.union1d(near, words.contenders(limit))
    keyword = None if words is None else words.scores(found)
    if keyword is not None:
        above = np.flatnonzero(keyword > 0)
        chosen = np.union1d(near, view.best(found[above], keyword[above], limit))
        keyword = keyword[found.searchsorted(chosen)]
        found = chosen
    return Candidates(
        hits=_candidates(view, found, query, keyword),
        searched=view.searched,
        dense_median=median,
        term_chunks=[] if words is None else words.term_chunks,
    )


def search_dense(view: FilterView, query: Floats, limit: int, crew: Crew) -> tuple[Positions, float]:
    """The `limit` chunks nearest to `query`, as ascending positions, and the median cosine."""
    sample = view.sample
    sampled = quick_cosines(view.halves(sample), query)
    median = float(np.median(sampled))
    if not limit:
        return _NONE, median
    if view.searched <= _FEW:
        close = within(sampled, limit, rounding_margin(len(query)))
        contenders = sample[close]
    else:
        contenders = _contenders(view, query, limit, crew)
    return view.best(contenders, cosines(view.halves(contenders), query), limit), median


def _contenders(view: FilterView, query: Floats, limit: int, crew: Crew) -> Positions:
    """Chunks that certainly include the nearest `limit`: those no further below the last than rounding can hide."""
    margin = rounding_margin(len(query))
    wanted = [limit + _SPARE] * len(view.parts)
    found = crew.run([partial(part.segment.vectors.nearest, query, limit + _SPARE, part.bitmap) for part in view.parts])
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


def _candidates(
    view: FilterView, positions: Positions, query: Floats | None, keyword: Floats | None
) -> list[Candidate]:
    if not len(positions):
        return []
    slots, inverse = np.unique(view.documents(positions), return_inverse=True)
    places: list[int] = inverse.tolist()
    documents = unpack_ids(view.table.ids[slots])
    versions = unpack_ids(view.table.versions[slots])
    unknown = [None] * len(positions)
    columns = (
        unpack_ids(view.chunk_ids(positions)),
        places,
        unknown if query is None else np.clip(cosines(view.halves(positions), query), -1, 1).tolist(),
        unknown if keyword is None else keyword.tolist(),
    )
    return [
        Candidate(chunk_id, documents[place], versions[place], cosine, bm25)
        for chunk_id, place, cosine, bm25 in zip(*columns, strict=True)
    ]
