"""One ranking over the two sides of a search, and why each passage stands where it does.

Pure: the raw scores of both sides come in (`Candidates`), with the texts of the best of them if at hand, and a list in
order goes out. Nothing here depends on the engine that searched.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from nexus.core.text.analysis import QueryWord, query_languages, query_words, term_slots
from nexus.core.text.languages import detect_language
from nexus.providers.vectors.base import Candidate, Candidates, QueryTerm
from nexus.retrieval.telling import tellingness

RESCORED: Final = 50
"""How many of the fused list are worth reading."""
CONFIDENT: Final = 0.75
"""The confidence from which an answer is tried: 2 to 3 % of questions that have an answer stay below."""

# Chosen over six public sets (docs/adr/0006): the outcome is flat around each of them.
_MEANING: Final = 0.65
_SHARPNESS: Final = 0.8
_MEANING_RANGE: Final = (0.25, 0.85)
_FOREIGN: Final = 0.3
_CLOSENESS: Final = 0.1

_TENTH: Final = 9
_TAIL: Final = 50
_CLEAR: Final = 2.0
_FEW_LANGUAGES: Final = 2
_VOTERS: Final = 10
_COVERING: Final = 3
_ASSUMED_CHUNKS: Final = 50
_ASSUMED_HELD: Final = 5
_WORDS_ALONE: Final = 2.0


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart once, for the index, the ranking and the answer."""

    text: str
    words: tuple[QueryWord, ...]
    languages: tuple[str, ...]
    """What it may be in (ISO 639-1), likeliest first; never empty."""
    spoken: frozenset[str] | None = None
    """The languages that the embedding model knows; None: any."""

    @property
    def terms(self) -> list[QueryTerm]:
        """What the index is asked for; `Candidates.term_chunks` answers in this order."""
        return [QueryTerm(word.ids, word.weight) for word in self.words]

    @property
    def is_decided(self) -> bool:
        """Whether its language is known."""
        return len(self.languages) <= _FEW_LANGUAGES

    @property
    def is_foreign(self) -> bool:
        """Whether the embedding model is known not to understand it."""
        return self.is_decided and not self.speaks(self.languages[0])

    def speaks(self, language: str) -> bool:
        return self.spoken is None or language in self.spoken


def read_question(
    text: str, languages: Collection[str] | None = None, *, spoken: Collection[str] | None = None
) -> Question:
    """`languages`: those of the documents that are asked, if known (`core.text.analysis.query_words` says why).

    `spoken`: those of the embedding model (`EmbeddingSpec.languages`).
    """
    return Question(
        text,
        tuple(query_words(text, languages)),
        query_languages(text, languages),
        None if spoken is None else frozenset(spoken),
    )


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place. `score` is the sum of the three contributions: 0 to 1.1, the best mostly above 0.8."""

    candidate: Candidate
    score: float
    meaning: float
    """What nearness in meaning (cosine) contributed."""
    words: float
    """What the question's words (BM25) contributed."""
    closeness: float = 0.0
    """What words contributed that stand together as in the question; 0 when the text was not read."""
    coverage: float = 0.0
    """Share of the question's words, weighted by their rarity, that the passage and its context hold; 0 if not read."""
    matched: tuple[str, ...] = ()
    """Those words, as in the question."""


def word_weights(candidates: Candidates, words: Sequence[QueryWord]) -> list[float]:
    """How much each word of the question tells: its weight by its rarity (idf) among the chunks searched.

    Some chunks are assumed besides: in a small knowledge base every word that it holds would seem common,
    and every other one decisive.
    """
    total = candidates.searched + _ASSUMED_CHUNKS
    return [
        word.weight * math.log(1 + (total - held - _ASSUMED_HELD + 0.5) / (held + _ASSUMED_HELD + 0.5))
        for word, held in zip(words, candidates.term_chunks, strict=True)
    ]


def fuse(candidates: Candidates, question: Question | None = None) -> list[Ranked]:
    """The candidates in order by their scores alone: what to read the texts of."""
    return _fuse(candidates, is_foreign=question is not None and question.is_foreign)


def rank(candidates: Candidates, question: Question, texts: Mapping[UUID, str]) -> list[Ranked]:
    """All candidates in order. `texts`, by chunk id, holds those that were read: passages with their context line."""
    found = fuse(candidates, question)
    if question.spoken is not None and not question.is_decided:
        # Bare nouns do not tell their language; the passages that hold them do.
        read = [text for one in found if (text := texts.get(one.candidate.chunk_id)) is not None]
        votes = Counter(detect_language(text) for text in read[:_VOTERS]).most_common(1)
        found = _fuse(candidates, is_foreign=bool(votes) and not question.speaks(votes[0][0]))
    weights, finder = word_weights(candidates, question.words), WordFinder(question)
    telling = [
        a * b for a, b in zip(weights, tellingness(question.text, question.words, question.languages[0]), strict=True)
    ]
    return _ordered([_read(one, texts.get(one.candidate.chunk_id), finder, weights, telling) for one in found])


def confidence(ranked: Sequence[Ranked], candidates: Candidates, question: Question) -> float:
    """How sure it is that the best passages (their texts read) hold an answer: compare with CONFIDENT.

    The share of the question's words that one of the best holds, and how far the nearest in meaning stands
    above the ordinary chunk. Where there is no meaning to go by, the words count for both.
    """
    coverage = max((one.coverage for one in ranked[:_COVERING]), default=0.0)
    nearest = max((one.candidate.dense for one in ranked if one.candidate.dense is not None), default=None)
    if nearest is None or question.is_foreign:
        return _WORDS_ALONE * coverage
    # Of a handful of chunks none is ordinary: their median counts as much as there are of them.
    trust = candidates.searched / (candidates.searched + _ASSUMED_CHUNKS)
    return coverage + nearest - trust * candidates.dense_median


def _fuse(candidates: Candidates, *, is_foreign: bool) -> list[Ranked]:
    """A convex combination: BM25 as a share of the best one, cosine between the median and the best one."""
    dense = sorted((hit.dense for hit in candidates.hits if hit.dense is not None), reverse=True)
    words = sorted((hit.keyword for hit in candidates.hits if hit.keyword), reverse=True)
    median = candidates.dense_median
    reach = dense[0] - median if dense else 0.0
    most = words[0] if words else 0.0
    if reach <= 0.0 or most <= 0.0:
        weight = 0.0 if reach <= 0.0 else 1.0
    elif is_foreign:
        weight = _FOREIGN * _standing_out(dense, median, candidates.searched)
    else:
        weight = _meaning_weight(dense, median, words)
    ranked: list[Ranked] = []
    for hit in candidates.hits:
        meaning = weight * (hit.dense - median) / reach if weight and hit.dense is not None else 0.0
        keyword = (1.0 - weight) * hit.keyword / most if weight < 1.0 and hit.keyword and most else 0.0
        ranked.append(Ranked(hit, meaning + keyword, meaning, keyword))
    return _ordered(ranked)


def _meaning_weight(dense: Sequence[float], median: float, words: Sequence[float]) -> float:
    """Both sides' scores best first. A side whose best stand clear of its tenth is surer of what it found."""
    tenth = dense[min(_TENTH, len(dense) - 1)]
    meaning = (dense[0] - tenth) / (dense[0] - median)
    keyword = 1.0 - (words[_TENTH] if len(words) > _TENTH else 0.0) / words[0]
    lowest, highest = _MEANING_RANGE
    return min(highest, max(lowest, _MEANING + _SHARPNESS * (meaning - keyword)))


def _standing_out(dense: Sequence[float], median: float, searched: int) -> float:
    """0 to 1: how far the nearest is beyond what chance would bring among so many chunks.

    An encoder that does not understand a text still gives cosines, but they scatter like noise around
    their median: the best of n is about where the normal distribution puts it. The spread is read off the
    upper tail, the part of the distribution that a search returns.
    """
    from statistics import NormalDist  # noqa: PLC0415 - wanted for foreign questions only

    normal = NormalDist()
    place = max(1, min(_TAIL, searched // 8, len(dense)))
    spread = (dense[place - 1] - median) / normal.inv_cdf(1 - (place - 0.5) / max(searched, 2))
    if spread <= 0.0:
        return 0.0
    excess = (dense[0] - median) / spread - normal.inv_cdf(1 - 1 / (searched + 1))
    return min(1.0, max(0.0, excess / _CLEAR))


def _read(
    found: Ranked, text: str | None, finder: "WordFinder", weights: Sequence[float], telling: Sequence[float]
) -> Ranked:
    if text is None:
        return found
    places = finder.word_places(text)
    held = [number for number, at in enumerate(places) if at]
    total = sum(telling)
    closeness = _CLOSENESS * closeness_of(places, weights)
    return Ranked(
        found.candidate,
        found.score + closeness,
        found.meaning,
        found.words,
        closeness,
        sum(telling[number] for number in held) / total if total > 0.0 else 0.0,
        tuple(finder.question.words[number].text for number in held),
    )


def reading_languages(question: Question, text: str) -> tuple[str, ...]:
    """In which languages to look for the question's words in a passage."""
    # Many languages mean that nobody knows: then the passage, being longer, tells better.
    return question.languages if question.is_decided else (detect_language(text),)


class WordFinder:
    """Finds the words of one question in texts. It remembers each slot it has met: texts repeat most of theirs."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self._numbers = _WordNumbers(question.words)

    def word_places(self, text: str) -> list[list[int]]:
        """For each word of the question, where it stands in the text: numbers of words, ascending."""
        languages = reading_languages(self.question, text)
        readings = [self.places_of(term_slots(text, language)) for language in languages]
        if len(readings) == 1:
            return readings[0]
        return [sorted({place for at in places for place in at}) for places in zip(*readings, strict=True)]

    def places_of(self, slots: Sequence[tuple[int, ...]]) -> list[list[int]]:
        """For each word of the question, the numbers of the slots that hold it, ascending."""
        found: list[list[int]] = [[] for _ in self.question.words]
        for place, numbers in enumerate(map(self._numbers.__getitem__, slots)):
            for number in numbers:
                found[number].append(place)
        return found


class _WordNumbers(dict[tuple[int, ...], tuple[int, ...]]):
    """A slot → the numbers of the question's words that it holds."""

    def __init__(self, words: Sequence[QueryWord]) -> None:
        super().__init__()
        self._ids = frozenset(term for word in words for term in word.ids)
        self._words = [frozenset(word.ids) for word in words]

    def __missing__(self, slot: tuple[int, ...]) -> tuple[int, ...]:
        held: tuple[int, ...] = ()
        if not self._ids.isdisjoint(slot):
            held = tuple(number for number, ids in enumerate(self._words) if not ids.isdisjoint(slot))
        self[slot] = held
        return held


def closeness_of(places: Sequence[Sequence[int]], weights: Sequence[float]) -> float:
    """0 to 1: how near the neighbours of the question stand to each other here, the telling ones above all.

    A pair earns the weight of its commoner word over the distance between the two; half a step is added
    where their order is reversed.
    """
    earned = possible = 0.0
    for first in range(len(places) - 1):
        weight = min(weights[first], weights[first + 1])
        possible += weight
        distance = _distance(places[first], places[first + 1])
        if distance is not None:
            earned += weight / distance
    return earned / possible if possible > 0.0 else 0.0


def _distance(before: Sequence[int], after: Sequence[int]) -> float | None:
    """The least distance between two words of a text, at least 1; None when one is absent."""
    if not before or not after:
        return None
    return max(1.0, min(float(b - a) if b >= a else a - b + 0.5 for a in before for b in after))


def _ordered(ranked: list[Ranked]) -> list[Ranked]:
    """Best first; ties by chunk id, so that the same question always finds the same list."""
    return sorted(ranked, key=lambda one: (-one.score, one.candidate.chunk_id))
