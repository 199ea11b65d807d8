"""From a question to passages: permissions, two lists of candidates, one ranking, and the second lock."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.knowledge import queries as knowledge
from nexus.knowledge.live_index import LiveIndex
from nexus.providers.embeddings.base import Embedder, EmbeddingError, Vectors
from nexus.providers.reranker.base import Reranker, RerankError
from nexus.providers.vectors.base import Candidates
from nexus.retrieval.following import earlier_questions, follow, follow_meaning, joined
from nexus.retrieval.gathering import gather
from nexus.retrieval.languages import LanguageCache
from nexus.retrieval.places import Where, find_place, look_where
from nexus.retrieval.preferring import preferred
from nexus.retrieval.ranking import (
    CONFIDENT,
    RESCORED,
    Question,
    Ranked,
    confidence,
    fuse,
    rank,
    read_question,
    word_weights,
)
from nexus.retrieval.repeating import distinct
from nexus.retrieval.reuse import Found, Ledger, Ordered, SearchCache, Wording
from nexus.retrieval.searches import Hit, SearchRequest, SearchResult

logger = logging.getLogger(__name__)

CANDIDATES: Final = 100
"""How many each side brings to the ranking."""
RERANKED: Final = 30
"""How many of the ranking a reranker reads."""
GIVEN: Final = 12
"""How many a model is given, with what stands beside them."""
_AT_ONCE: Final = 4
"""Searches that read and rank at a time. They share one processor: in turn, half of a crowd is served in half the time;
all together, everybody waits for the last."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    hits: Sequence[Hit]
    weights: Sequence[float]
    confident: bool
    searched: int


@dataclass(frozen=True, slots=True)
class Retriever:
    """Reads only. `embedders` by name: the one whose vectors are searched may not be the configured one."""

    db: Database
    index: LiveIndex
    embedders: Mapping[str, Embedder]
    reranker: Reranker | None = None
    languages: LanguageCache = field(default_factory=LanguageCache)
    cache: SearchCache = field(default_factory=SearchCache)
    ledger: Ledger = field(default_factory=Ledger)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))

    async def search(
        self, principal: Principal, request: SearchRequest, *, also: Principal | None = None
    ) -> SearchResult:
        """Raises NotFoundError for a named knowledge base that is unknown or unreadable, and EmbeddingError.

        With `also`, only what both may read is searched, and no knowledge base is missed: what the one may not read
        changes nothing of what is found, ranked or counted.
        """
        began = time.perf_counter()
        earlier = earlier_questions(request.earlier)
        vector, together, where = await self._prepare(principal, request, earlier, also)
        asked = read_question(request.query, where.languages or None, spoken=self._spoken())
        if vector is not None and together is not None:
            vector = follow_meaning(asked, vector, together)
        before = [read_question(one, where.languages or None, spoken=self._spoken()) for one in earlier]
        question = follow(asked, before)
        async with self.turns:
            outcome = await self._reuse(principal, request, where, question, vector)
            if outcome is None:
                outcome = await self._search(principal, request, where, question, vector, also)
        return SearchResult(
            question=question,
            weights=outcome.weights,
            hits=outcome.hits,
            searched=outcome.searched,
            knowledge_bases=len(where.index_filter.knowledge_bases),
            confident=bool(outcome.hits) and outcome.confident,
            hints=where.hints.words,
            excerpts=await gather(
                self.db, principal, [(hit.passage, hit.score) for hit in outcome.hits], request.tokens
            ),
            milliseconds=(time.perf_counter() - began) * 1000,
        )

    async def _prepare(
        self, principal: Principal, request: SearchRequest, earlier: Sequence[str], also: Principal | None
    ) -> tuple[Vectors | None, Vectors | None, Where]:
        """The question's meaning, alone and with what was asked before, and where it is asked."""
        while True:
            model = self.index.model
            prepared = await asyncio.gather(
                self._embed(request.query),
                self._embed(joined(request.query, earlier)) if earlier else _nothing(),
                self._where(principal, request, also),
            )
            if model == self.index.model:  # else the index was changed over meanwhile
                return prepared

    async def expect(self, query: str) -> None:
        """Embeds the question ahead of the search for it, which then finds the vector (`CachedEmbedder`)."""
        with suppress(EmbeddingError):
            await self._embed(query)

    async def embed_texts(self, texts: Sequence[str]) -> Vectors | None:
        """None where no model is at hand, or it does not answer."""
        embedder = self.embedders.get(self.index.model)
        if embedder is None:
            return None
        try:
            return await embedder.embed_documents(texts)
        except EmbeddingError as error:
            logger.warning("an answer is checked by its words alone: %s", error.detail)
            return None

    async def _search(
        self,
        principal: Principal,
        request: SearchRequest,
        where: Where,
        question: Question,
        vector: Vectors | None,
        also: Principal | None,
    ) -> _Outcome:
        began = time.perf_counter()
        candidates = await self.index.search(where.index_filter, vector, question.terms, CANDIDATES)
        async with self.db.read() as session:
            liked, texts, ranked = await self._rank(session, principal, request, question, candidates, also, where)
            order: Ordered = [(one, None) for one in liked]
            hits: Sequence[Hit] = ()
            if self.reranker is None:
                hits = await self._hits(session, principal, request, order, texts)
        if self.reranker is not None:
            order = await self._rerank(self.reranker, request.query, liked, texts)
            async with self.db.read() as session:
                hits = await self._hits(session, principal, request, order, texts)
        weights = word_weights(candidates, question.words)
        confident = confidence(ranked, candidates, question) >= CONFIDENT
        if where.place is not None and question.words and not self._unranked(order):
            milliseconds = (time.perf_counter() - began) * 1000
            wording = Wording.of(where.place, question, where.hints, _wanted(request))
            self.cache.put(
                wording, Found.of(question, vector, order, confident, weights, candidates.searched, milliseconds)
            )
        self._note(where, None)
        return _Outcome(hits, weights, confident, candidates.searched)

    async def _reuse(
        self, principal: Principal, request: SearchRequest, where: Where, question: Question, vector: Vectors | None
    ) -> _Outcome | None:
        """What an earlier search found, read again for this asker; None where there is none or not all of it may be."""
        if where.place is None:
            return None
        began = time.perf_counter()
        wording = Wording.of(where.place, question, where.hints, _wanted(request))
        found = self.cache.find(wording, vector)
        if found is None:
            return None
        order, weights = found.for_question(question)
        shown = [one.candidate.chunk_id for one, _ in order[: 2 * request.limit]]
        async with self.db.read() as session:
            texts = await knowledge.readable_texts(session, principal, shown)
            if len(texts) < len(shown):
                # Something changed while it was being searched: it is not what is found now.
                self.cache.forget(wording)
                return None
            hits = await self._hits(session, principal, request, order, texts)
        self._note(where, found.milliseconds - (time.perf_counter() - began) * 1000)
        return _Outcome(hits, weights, found.confident, found.searched)

    def _unranked(self, order: Ordered) -> bool:
        """Whether the reranker did not answer: at the next time it may."""
        return self.reranker is not None and bool(order) and order[0][1] is None

    def _note(self, where: Where, saved: float | None) -> None:
        if where.place is None:
            return
        self.ledger.note(tuple(where.index_filter.knowledge_bases), now().date(), saved)

    async def _rank(
        self,
        session: AsyncSession,
        principal: Principal,
        request: SearchRequest,
        question: Question,
        candidates: Candidates,
        also: Principal | None,
        where: Where,
    ) -> tuple[Sequence[Ranked], Mapping[UUID, str], Sequence[Ranked]]:
        """The best and their texts, and all of the ranking, before any hint.

        The second lock: what the rows do not confirm as readable now is not there. The texts are read first, of many;
        where they are from is read of the few that remain.
        """
        best = [one.candidate.chunk_id for one in fuse(candidates, question)[:RESCORED]]
        best = await self._readable_to(session, also, best)
        texts = await knowledge.readable_texts(session, principal, best)
        ranked = rank(candidates, question, texts)
        wanted = _wanted(request)
        missing = [one.candidate.chunk_id for one in ranked[:wanted] if one.candidate.chunk_id not in texts]
        missing = await self._readable_to(session, also, missing)
        texts |= await knowledge.readable_texts(session, principal, missing)
        ranked = [one for one in ranked if one.candidate.chunk_id in texts]
        return (await preferred(session, ranked, where.hints))[:wanted], texts, ranked

    async def _readable_to(self, session: AsyncSession, also: Principal | None, chunk_ids: list[UUID]) -> list[UUID]:
        """Of these, what the other one may read as well."""
        if also is None:
            return chunk_ids
        theirs = await knowledge.readable_texts(session, also, chunk_ids)
        return [chunk_id for chunk_id in chunk_ids if chunk_id in theirs]

    async def _hits(
        self,
        session: AsyncSession,
        principal: Principal,
        request: SearchRequest,
        ordered: Sequence[tuple[Ranked, float | None]],
        texts: Mapping[UUID, str],
    ) -> list[Hit]:
        # The same passage in two files would only take the place of another.
        ordered = ordered[: 2 * request.limit]
        kept = [ordered[number] for number in distinct([texts[one.candidate.chunk_id] for one, _ in ordered])]
        kept = kept[: request.limit]
        passages = await knowledge.readable_passages(session, principal, [one.candidate.chunk_id for one, _ in kept])
        return [
            Hit(passages[one.candidate.chunk_id], one, reranked)
            for one, reranked in kept
            if one.candidate.chunk_id in passages
        ]

    async def _rerank(
        self, reranker: Reranker, query: str, ranked: Sequence[Ranked], texts: Mapping[UUID, str]
    ) -> list[tuple[Ranked, float | None]]:
        """Each with the reranker's score, the first of them in its order. Without its answer the order stands."""
        unscored: list[tuple[Ranked, float | None]] = [(one, None) for one in ranked]
        if not ranked:
            return unscored
        try:
            scores = await reranker.rerank(query, [texts[one.candidate.chunk_id] for one in ranked[:RERANKED]])
        except RerankError as error:
            logger.warning("ranking without %s: %s", reranker.name, error.detail)
            return unscored
        scored = sorted(zip(ranked, scores, strict=False), key=lambda pair: -pair[1])
        return [*scored, *unscored[RERANKED:]]

    async def _where(self, principal: Principal, request: SearchRequest, also: Principal | None) -> Where:
        """What may be found; the index has followed the rows to that moment."""
        async with self.db.read() as session:
            where = await look_where(session, principal, request, also, self.languages)
            if also is None and not self.cache.is_off:
                # What two may read between them is shown for a reason of its own, and seldom: it is always searched.
                place = await find_place(session, principal, where.index_filter, self.cache, self.index.model)
                where = where.at(place)
        await self.index.catch_up(where.revision)
        return where

    def _spoken(self) -> frozenset[str] | None:
        embedder = self.embedders.get(self.index.model)
        return embedder.spec.languages if embedder else None

    async def _embed(self, text: str) -> Vectors | None:
        """None while the stored vectors are of a model that is not at hand: words alone find then."""
        embedder = self.embedders.get(self.index.model)
        return await embedder.embed_query(text) if embedder else None


def _wanted(request: SearchRequest) -> int:
    """Passages that are put in order for it."""
    return max(RERANKED, 2 * request.limit)


async def _nothing() -> None:
    return None
