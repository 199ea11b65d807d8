"""From a question to passages: permissions, two lists of candidates, one ranking, and the second lock."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.principal import Principal
from nexus.core.db import AsyncSession, Database
from nexus.knowledge import index_queries
from nexus.knowledge import queries as knowledge
from nexus.knowledge.live_index import LiveIndex
from nexus.providers.embeddings.base import Embedder, EmbeddingError, Vectors
from nexus.providers.reranker.base import Reranker, RerankError
from nexus.providers.vectors.base import Candidates, IndexFilter
from nexus.retrieval.following import earlier_questions, follow, follow_meaning, joined
from nexus.retrieval.gathering import gather
from nexus.retrieval.hints import Hints
from nexus.retrieval.languages import LanguageCache, common_languages
from nexus.retrieval.preferring import hints_in, preferred
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
class Retriever:
    """Reads only. `embedders` by name: the one whose vectors are searched may not be the configured one."""

    db: Database
    index: LiveIndex
    embedders: Mapping[str, Embedder]
    reranker: Reranker | None = None
    languages: LanguageCache = field(default_factory=LanguageCache)
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
        vector, together, (index_filter, languages, hints) = await asyncio.gather(
            self._embed(request.query),
            self._embed(joined(request.query, earlier)) if earlier else _nothing(),
            self._filter(principal, request, also),
        )
        asked = read_question(request.query, languages or None, spoken=self._spoken())
        if vector is not None and together is not None:
            vector = follow_meaning(asked, vector, together)
        before = [read_question(one, languages or None, spoken=self._spoken()) for one in earlier]
        question = follow(asked, before)
        async with self.turns:
            candidates = await self.index.search(index_filter, vector, question.terms, CANDIDATES)
            hits, ranked = await self._rank(principal, request, question, candidates, also, hints)
        found = [(hit.passage, hit.score) for hit in hits[: request.limit]]
        return SearchResult(
            question=question,
            weights=word_weights(candidates, question.words),
            hits=hits[: request.limit],
            searched=candidates.searched,
            knowledge_bases=len(index_filter.knowledge_bases),
            confident=bool(hits) and confidence(ranked, candidates, question) >= CONFIDENT,
            hints=hints.words,
            excerpts=await gather(self.db, principal, found, request.tokens),
            milliseconds=(time.perf_counter() - began) * 1000,
        )

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

    async def _rank(
        self,
        principal: Principal,
        request: SearchRequest,
        question: Question,
        candidates: Candidates,
        also: Principal | None,
        hints: Hints,
    ) -> tuple[list[Hit], list[Ranked]]:
        """The best, as asked for, and all of the ranking, before any hint.

        The second lock: what the rows do not confirm as readable now is not there. The texts are read first, of many;
        where they are from is read of the few that remain.
        """
        best = [one.candidate.chunk_id for one in fuse(candidates, question)[:RESCORED]]
        async with self.db.read() as session:
            best = await self._readable_to(session, also, best)
            texts = await knowledge.readable_texts(session, principal, best)
            ranked = rank(candidates, question, texts)
            wanted = max(RERANKED, 2 * request.limit)
            missing = [one.candidate.chunk_id for one in ranked[:wanted] if one.candidate.chunk_id not in texts]
            missing = await self._readable_to(session, also, missing)
            texts |= await knowledge.readable_texts(session, principal, missing)
            ranked = [one for one in ranked if one.candidate.chunk_id in texts]
            liked = await preferred(session, ranked, hints)
            if self.reranker is None:
                return await self._hits(session, principal, request, [(one, None) for one in liked], texts), ranked
        ordered = await self._rerank(self.reranker, request.query, liked[:wanted], texts)
        async with self.db.read() as session:
            return await self._hits(session, principal, request, ordered, texts), ranked

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

    async def _filter(
        self, principal: Principal, request: SearchRequest, also: Principal | None
    ) -> tuple[IndexFilter, Sequence[str], Hints]:
        """What may be found, from the grants of this moment, and the languages it is in; the index has followed the
        rows to that moment."""
        async with self.db.read() as session:
            index_filter = await access.index_filter(
                session,
                principal,
                also=also,
                knowledge_bases=request.knowledge_bases,
                media_types=request.media_types,
                modified_from=request.modified_from,
                modified_before=request.modified_before,
            )
            if request.within is not None:
                index_filter = replace(index_filter, knowledge_bases=index_filter.knowledge_bases & request.within)
            if request.department_id is not None:
                theirs = await knowledge.readable_of_department(session, principal, request.department_id)
                theirs |= {request.attached} if request.attached else set()
                index_filter = replace(index_filter, knowledge_bases=index_filter.knowledge_bases & theirs)
            shelves = index_filter.knowledge_bases
            hints = await hints_in(session, request.query, shelves) if request.hinted else Hints()
            state = await index_queries.index_state(session)
            revision = state.revision if state else 0
            languages = self.languages.get((revision, index_filter))
            if languages is None:
                counts = await knowledge.readable_languages(session, principal, index_filter.knowledge_bases)
                languages = self.languages.put((revision, index_filter), common_languages(counts))
        await self.index.catch_up(revision)
        return index_filter, languages, hints

    def _spoken(self) -> frozenset[str] | None:
        embedder = self.embedders.get(self.index.model)
        return embedder.spec.languages if embedder else None

    async def _embed(self, text: str) -> Vectors | None:
        """None while the stored vectors are of a model that is not at hand: words alone find then."""
        embedder = self.embedders.get(self.index.model)
        return await embedder.embed_query(text) if embedder else None


async def _nothing() -> None:
    return None
