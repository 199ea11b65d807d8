"""One search of a Qdrant collection: statistics of what passes, then both lists, then the scores that are missing.

Each side is the true best k: Qdrant compares all vectors that pass (`exact`), and words are fetched until nothing that
was not fetched can belong to the best (`qdrant_ranking`).
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from qdrant_client import models as m

from nexus.providers.vectors import qdrant_points as points
from nexus.providers.vectors.base import Candidate, Candidates, IndexFilter, QueryTerm
from nexus.providers.vectors.dense import rounding_margin
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.qdrant_ranking import Statistics, WordScoring
from nexus.providers.vectors.qdrant_server import QdrantServer
from nexus.providers.vectors.state import SAMPLE

_SPARE: Final = 16
"""Chunks fetched beyond k, among which ties show."""
_MORE: Final = 100
"""And of those with the words of the question, so that one request is mostly enough."""
_EXACT: Final = m.SearchParams(exact=True)
_LENGTHS: Final = 100_000
"""Different lengths of chunks that are counted: there are some hundreds."""


@dataclass(slots=True)
class _Hit:
    point: Any
    payload: dict[str, Any]
    dense: float | None = None
    keyword: float | None = None

    @property
    def chunk_id(self) -> str:
        return self.payload["chunk"]


class Search:
    """Of what was there after the write number `at`, whatever is written between its requests."""

    def __init__(
        self,
        server: QdrantServer,
        collection: str,
        index_filter: IndexFilter,
        at: int,
        query: list[float] | None,
        terms: Sequence[QueryTerm],
        limit: int,
        bm25: Bm25,
    ) -> None:
        self._server, self._collection, self._filter, self._at = server, collection, index_filter, at
        self._query, self._terms, self._limit, self._bm25 = query, terms, limit, bm25

    async def run(self) -> Candidates:
        statistics = await self._statistics()
        if not statistics.searched:
            return Candidates([], 0, 0.0, statistics.term_chunks)
        scoring = WordScoring(self._terms, statistics, self._bm25)
        median, near, worded = await asyncio.gather(
            self._median(statistics.searched), self._near(statistics.searched), self._worded(scoring, statistics)
        )
        hits = {hit.point: hit for hit in near}
        without = [hit for hit in worded if hit.point not in hits]
        hits |= {hit.point: hit for hit in without}
        if self._query is not None and without:
            await self._add_cosines({hit.point: hit for hit in without})
        return Candidates(
            [self._told(hit, scoring) for hit in hits.values()], statistics.searched, median, statistics.term_chunks
        )

    async def _statistics(self) -> Statistics:
        client, ask = self._server.client, self._server.ask
        passing = points.passing(self._filter, self._at)
        counted = ask(client.count(self._collection, passing, exact=True))
        if not self._terms:
            return Statistics((await counted).count, {}, [])
        lengths = ask(client.facet(self._collection, "length", facet_filter=passing, limit=_LENGTHS, exact=True))
        holding = [
            ask(
                client.count(self._collection, points.passing(self._filter, self._at, points.holding(term)), exact=True)
            )
            for term in self._terms
        ]
        whole, spread, each = await asyncio.gather(counted, lengths, asyncio.gather(*holding))
        spelled = {int(hit.value): hit.count for hit in spread.hits}
        return Statistics(whole.count, spelled, [found.count for found in each])

    async def _median(self, searched: int) -> float:
        """Of all chunks if they are few, else of about as many as stand for all, drawn by a hash of their ids."""
        if self._query is None:
            return 0.0
        passing = points.passing(self._filter, self._at)
        if searched > SAMPLE:
            sampled = points.passing(self._filter, self._at, points.drawn(SAMPLE / searched))
            count = await self._server.ask(self._server.client.count(self._collection, sampled, exact=True))
            if count.count:
                passing, searched = sampled, count.count
        found = await self._nearest(passing, 2 - searched % 2, offset=(searched - 1) // 2)
        return sum(point.score for point in found) / len(found) if found else 0.0

    async def _near(self, searched: int) -> list[_Hit]:
        """The nearest k, ties by the smaller chunk id."""
        limit = min(self._limit, searched)
        if self._query is None or not limit:
            return []
        fetched, margin = min(limit + _SPARE, searched), rounding_margin(len(self._query))
        payload = points.SPELLED if self._terms else points.SHOWN
        while True:
            found = await self._nearest(points.passing(self._filter, self._at), fetched, payload=payload)
            if len(found) < fetched or fetched == searched or found[-1].score < found[limit - 1].score - margin:
                hits = [_Hit(point.id, point.payload or {}, dense=point.score) for point in found]
                return sorted(hits, key=lambda hit: (-(hit.dense or 0.0), hit.chunk_id))[:limit]
            fetched = min(4 * fetched, searched)

    async def _worded(self, scoring: WordScoring, statistics: Statistics) -> list[_Hit]:
        """The best k by BM25, ties by the smaller chunk id."""
        weights = scoring.weights() if any(statistics.term_chunks) else {}
        if not weights or not self._limit:
            return []
        asked = m.SparseVector(indices=list(weights), values=list(weights.values()))
        fetched = min(self._limit + _MORE, statistics.searched)
        while True:
            answer = await self._server.ask(
                self._server.client.query_points(
                    self._collection,
                    asked,
                    using=points.WORDS,
                    query_filter=points.passing(self._filter, self._at),
                    search_params=_EXACT,
                    limit=fetched,
                    with_payload=points.SPELLED,
                )
            )
            hits = [_Hit(point.id, point.payload or {}) for point in answer.points]
            for hit in hits:
                hit.keyword = scoring.score(points.read_words(hit.payload))
            best = sorted((hit for hit in hits if hit.keyword), key=lambda hit: (-(hit.keyword or 0.0), hit.chunk_id))[
                : self._limit
            ]
            whole = len(answer.points) < fetched or fetched == statistics.searched
            if whole or (
                len(best) == self._limit and (best[-1].keyword or 0.0) > scoring.bound(answer.points[-1].score)
            ):
                return best
            fetched = min(4 * fetched, statistics.searched)

    async def _add_cosines(self, hits: dict[Any, _Hit]) -> None:
        named = points.passing(self._filter, self._at, m.HasIdCondition(has_id=list(hits)))
        for point in await self._nearest(named, len(hits)):
            hits[point.id].dense = point.score

    async def _nearest(
        self, passing: m.Filter, limit: int, *, offset: int = 0, payload: list[str] | None = None
    ) -> list[m.ScoredPoint]:
        answer = await self._server.ask(
            self._server.client.query_points(
                self._collection,
                self._query,
                using=points.DENSE,
                query_filter=passing,
                search_params=_EXACT,
                limit=limit,
                offset=offset,
                with_payload=payload or False,
            )
        )
        return answer.points

    def _told(self, hit: _Hit, scoring: WordScoring) -> Candidate:
        keyword = hit.keyword
        if keyword is None and self._terms:
            keyword = scoring.score(points.read_words(hit.payload))
        return Candidate(
            chunk_id=UUID(hit.chunk_id),
            document_id=UUID(hit.payload["document"]),
            version_id=UUID(hit.payload["version"]),
            dense=None if hit.dense is None else max(-1.0, min(1.0, hit.dense)),
            keyword=keyword,
        )
