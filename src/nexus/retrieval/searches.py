"""What is searched for, and what is found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from nexus.core.errors import InvalidError
from nexus.core.text.storable import is_storable
from nexus.knowledge.queries import Passage
from nexus.retrieval.extractive import Passage as Quotable
from nexus.retrieval.extractive import Quotation, quote
from nexus.retrieval.gathering import Excerpt
from nexus.retrieval.ranking import Question, Ranked
from nexus.retrieval.schemas import Scope

PASSAGES: Final = 8
"""How many an answer may quote."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A question and where to look; None does not narrow."""

    query: str
    knowledge_bases: Sequence[UUID] | None = None
    within: frozenset[UUID] | None = None
    """Knowledge bases beside which nothing is searched. Unlike those above, one that may not be read is not missed."""
    department_id: UUID | None = None
    media_types: Sequence[str] | None = None
    modified_from: datetime | None = None
    modified_before: datetime | None = None
    attached: UUID | None = None
    """The shelf of its conversation's files, which belongs to no department and is searched all the same."""
    limit: int = PASSAGES
    tokens: int = 0
    """How many the excerpts may take that are made of the hits; 0: none are made."""
    hinted: bool = False
    """Whether what the question says of where to look lifts what fits it (`hints`)."""
    earlier: Sequence[str] = ()
    """The questions before it in its conversation, oldest first: what they are about, it may leave out."""


def to_request(query: str, scope: Scope, limit: int) -> SearchRequest:
    """Raises InvalidError for a moment without a time zone, or at the ends of the calendar."""
    for moment in (scope.modified_from, scope.modified_before):
        if not is_storable(moment):
            raise InvalidError("A moment needs a year of our time and a time zone, as in 2026-01-31T12:00:00Z.")
    return SearchRequest(
        query=query,
        knowledge_bases=scope.knowledge_base_ids,
        department_id=scope.department_id,
        media_types=scope.media_types,
        modified_from=scope.modified_from,
        modified_before=scope.modified_before,
        limit=limit,
    )


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that the principal may read at this moment, and how it ranked."""

    passage: Passage
    ranked: Ranked
    reranked: float | None = None
    """The reranker's score, where one is configured and answered: it decides the order then."""

    @property
    def score(self) -> float:
        return self.ranked.score


class Found(Protocol):
    """A passage with its rank, as a hit is one."""

    @property
    def passage(self) -> Passage: ...

    @property
    def score(self) -> float: ...


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`searched` counts the chunks that passed the filter: never one that the principal may not read."""

    question: Question
    weights: Sequence[float]
    """How much each of its words tells."""
    hits: Sequence[Hit]
    searched: int
    knowledge_bases: int
    confident: bool
    """Whether the best of them are good enough to answer with."""
    milliseconds: float
    hints: Sequence[str] = ()
    """The question's words for where to look, if it has any and was to be read for them."""
    excerpts: Sequence[Excerpt] = ()
    """The hits, with what stands beside them, as a model is shown them."""

    def quote(self, hits: Sequence[Found]) -> list[Quotation]:
        """The sentences of these hits that answer best; spans within each chunk's text."""
        passages = [Quotable(h.passage.chunk.text, h.passage.chunk.context, h.score) for h in hits]
        return quote(self.question, self.weights, passages)
