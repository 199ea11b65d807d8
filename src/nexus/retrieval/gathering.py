"""Excerpts for a model: the hits of a search with what stands beside them, read under the same lock as they."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from nexus.access.principal import Principal
from nexus.core.db import Database
from nexus.knowledge import stretch_queries
from nexus.knowledge.queries import Passage, readable_passages
from nexus.retrieval.joining import Place, Stretch, join, neighbours_of
from nexus.retrieval.repeating import distinct


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Passages of one version that follow each other, as one: what a model is shown under one number."""

    passages: tuple[Passage, ...]
    """In the order of the text; never empty."""
    text: str
    """The version's, from the first character of the first passage to the last one of the last."""
    best: Passage
    """The one that ranked best."""
    score: float

    @classmethod
    def of(cls, passage: Passage, score: float) -> "Excerpt":
        return cls((passage,), passage.chunk.text, passage, score)

    @property
    def start(self) -> int:
        return self.passages[0].chunk.start

    def passage_at(self, character: int) -> Passage:
        """That holds this character of the version's text."""
        return next((each for each in self.passages if character < each.chunk.end), self.passages[-1])


async def gather(
    db: Database, principal: Principal, hits: Sequence[tuple[Passage, float]], budget: int
) -> list[Excerpt]:
    """Best first, with at most `budget` tokens altogether (the first one stands in any case); none without a budget.

    A neighbour is shown only if the principal may read it at this moment, like a hit.
    """
    if not hits or not budget:
        return []
    places, scores = [_place(passage) for passage, _ in hits], [score for _, score in hits]
    async with db.read() as session:
        wanted = await stretch_queries.chunks_at(session, neighbours_of(places, scores))
        beside = list((await readable_passages(session, principal, wanted)).values())
        # The same text in another document stands among the hits already.
        kept = distinct([place.text for place in places] + [passage.chunk.text for passage in beside])
        beside = [beside[number - len(hits)] for number in kept if number >= len(hits)]
        known = {passage.chunk.id: passage for passage in (*(passage for passage, _ in hits), *beside)}
        near = {place.key: place for place in map(_place, beside)}
        stretches = join(places, scores, near, budget)
        gaps = {place.chunk_id: length for each in stretches for place, length in _gaps(each)}
        behind = await stretch_queries.text_behind(session, list(gaps), max(gaps.values())) if gaps else {}
    between = {chunk_id: text[: gaps[chunk_id]] for chunk_id, text in behind.items()}
    return [_excerpt(each, hits, known, between) for each in stretches]


def _place(passage: Passage) -> Place:
    chunk = passage.chunk
    return Place(chunk.id, chunk.version_id, chunk.ordinal, chunk.start, chunk.end, chunk.token_count, chunk.text)


def _gaps(stretch: Stretch) -> list[tuple[Place, int]]:
    """Chunks with characters between their end and the beginning of the next."""
    return [(one, two.start - one.end) for one, two in pairwise(stretch.places) if two.start > one.end]


def _excerpt(
    stretch: Stretch,
    hits: Sequence[tuple[Passage, float]],
    known: Mapping[UUID, Passage],
    between: Mapping[UUID, str],
) -> Excerpt:
    """The stretch to the letter; its best hit alone where what lies between its chunks is gone."""
    best, score = hits[stretch.hit]
    if any(place.chunk_id not in between for place, _ in _gaps(stretch)):
        return Excerpt.of(best, score)
    text = stretch.places[0].text
    for one, two in pairwise(stretch.places):
        # Windows overlap: what was said is not said again.
        text += between.get(one.chunk_id, "") + two.text[max(0, one.end - two.start) :]
    return Excerpt(tuple(known[place.chunk_id] for place in stretch.places), text, best, score)
