"""Excerpts for a model: the hits of a search with what stands beside them, read under the same lock as they."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from nexus.access.principal import Principal
from nexus.core.db import AsyncSession, Database
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
        return [await _excerpt(session, each, hits, known) for each in join(places, scores, near, budget)]


async def _excerpt(
    session: AsyncSession,
    stretch: Stretch,
    hits: Sequence[tuple[Passage, float]],
    known: Mapping[UUID, Passage],
) -> Excerpt:
    best, score = hits[stretch.hit]
    text = await _text_of(session, stretch)
    if text is None:
        return Excerpt.of(best, score)
    return Excerpt(tuple(known[place.chunk_id] for place in stretch.places), text, best, score)


def _place(passage: Passage) -> Place:
    chunk = passage.chunk
    return Place(chunk.id, chunk.version_id, chunk.ordinal, chunk.start, chunk.end, chunk.token_count, chunk.text)


async def _text_of(session: AsyncSession, stretch: Stretch) -> str | None:
    """The stretch to the letter; None where what lies between its chunks is gone."""
    first, *rest = stretch.places
    gaps: dict[int, tuple[int, int]] = {}
    end = first.end
    for number, place in enumerate(rest):
        if place.start > end:
            gaps[number] = (end, place.start)
        end = max(end, place.end)
    between: Mapping[int, str] = {}
    if gaps:
        found = await stretch_queries.text_between(session, first.version_id, list(gaps.values()))
        if not found:
            return None
        between = dict(zip(gaps, found, strict=True))
    text, end = first.text, first.end
    for number, place in enumerate(rest):
        # Windows overlap: what was said is not said again.
        text += between.get(number, "") + place.text[max(0, end - place.start) :]
        end = max(end, place.end)
    return text
