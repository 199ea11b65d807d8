"""One ranking over the two sides of a search, and why each passage stands where it does.

Pure: the raw scores of both sides come in (`Candidates`), with the texts of the best of them if at hand, and a list in
order goes out. Nothing here depends on the engine that searched.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from nexus.core.text.analysis import QueryWord, query_languages, query_words, term_slots
from nexus.core.text.languages import detect_language
from nexus.providers.vectors.base import Candidate, Candidates, QueryTerm

MEANING_WEIGHT: Final = 0.5
CLOSENESS_WEIGHT: Final = 0.15
RESCORED: Final = 50
"""How many of the fused list are worth reading."""
_FEW_LANGUAGES: Final = 2


@dataclass(frozen=True, slots=True)
class Question:
    """A question taken apart once, for the index, the ranking and the answer."""

    text: str
    words: tuple[QueryWord, ...]
    languages: tuple[str, ...]
    """What it may be in (ISO 639-1), likeliest first; never empty."""

    @property
    def terms(self) -> list[QueryTerm]:
        """What the index is asked for; `Candidates.term_chunks` answers in this order."""
        return [QueryTerm(word.ids, word.weight) for word in self.words]


def read_question(text: str, languages: Collection[str] | None = None) -> Question:
    """`languages`: those of the documents that are asked, if known (`core.text.analysis.query_words` says why)."""
    return Question(text, tuple(query_words(text, languages)), query_languages(text, languages))


@dataclass(frozen=True, slots=True)
class Ranked:
    """A candidate in its place. `score` is the sum of the three contributions; 0 to about 1."""

    candidate: Candidate
    score: float
    meaning: float
    """What nearness in meaning (cosine) contributed."""
    words: float
    """What the question's words (BM25) contributed."""
    closeness: float
    """What words standing together, as in the question, contributed; 0 when the text was not read."""
    matched: tuple[str, ...] = ()
    """The words of the question that the passage or its context holds, if it was read."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """What turns the raw scores of one question into parts of one score."""

    median: float
    meaning: float
    words: float


def word_weights(candidates: Candidates, words: Sequence[QueryWord]) -> list[float]:
    """How much each word of the question tells: its weight by its rarity (idf) among the chunks searched."""
    total = candidates.searched
    return [
        word.weight * math.log(1 + (total - held + 0.5) / (held + 0.5))
        for word, held in zip(words, candidates.term_chunks, strict=True)
    ]


def fuse(candidates: Candidates, *, meaning_weight: float = MEANING_WEIGHT) -> list[Ranked]:
    """The candidates in order by scores alone: what to read the texts of."""
    scale = _scale(candidates, meaning_weight)
    return _ordered([_fused(hit, scale) for hit in candidates.hits])


def rank(
    candidates: Candidates,
    question: Question,
    texts: Mapping[UUID, str],
    *,
    meaning_weight: float = MEANING_WEIGHT,
) -> list[Ranked]:
    """All candidates in order. `texts`, by chunk id, holds those that were read: passages with their context line."""
    weights = word_weights(candidates, question.words)
    ranked: list[Ranked] = []
    for found in fuse(candidates, meaning_weight=meaning_weight):
        text = texts.get(found.candidate.chunk_id)
        ranked.append(found if text is None else _read(found, text, question, weights))
    return _ordered(ranked)


def _scale(candidates: Candidates, meaning_weight: float) -> _Scale:
    median = candidates.dense_median
    nearest = max((hit.dense for hit in candidates.hits if hit.dense is not None), default=median) - median
    most = max((hit.keyword for hit in candidates.hits if hit.keyword is not None), default=0.0)
    if nearest <= 0.0:
        meaning_weight = 0.0
    elif most <= 0.0:
        meaning_weight = 1.0
    return _Scale(
        median,
        meaning_weight / nearest if meaning_weight else 0.0,
        (1.0 - meaning_weight) / most if most > 0.0 else 0.0,
    )


def _fused(hit: Candidate, scale: _Scale) -> Ranked:
    meaning = 0.0 if hit.dense is None else (hit.dense - scale.median) * scale.meaning
    words = 0.0 if hit.keyword is None else hit.keyword * scale.words
    return Ranked(hit, meaning + words, meaning, words, 0.0)


def _read(found: Ranked, text: str, question: Question, weights: Sequence[float]) -> Ranked:
    places = word_places(text, question)
    closeness = CLOSENESS_WEIGHT * closeness_of(places, weights)
    matched = tuple(word.text for word, at in zip(question.words, places, strict=True) if at)
    return Ranked(found.candidate, found.score + closeness, found.meaning, found.words, closeness, matched)


def reading_languages(question: Question, text: str) -> tuple[str, ...]:
    """In which languages to look for the question's words in a passage."""
    # Many languages mean that nobody knows: then the passage, being longer, tells better.
    return question.languages if len(question.languages) <= _FEW_LANGUAGES else (detect_language(text),)


def word_places(text: str, question: Question) -> list[list[int]]:
    """For each word of the question, where it stands in the text: numbers of words, ascending."""
    readings = [places_of(term_slots(text, language), question) for language in reading_languages(question, text)]
    if len(readings) == 1:
        return readings[0]
    return [sorted({place for at in places for place in at}) for places in zip(*readings, strict=True)]


def places_of(slots: Sequence[tuple[int, ...]], question: Question) -> list[list[int]]:
    """For each word of the question, the numbers of the slots that hold it, ascending."""
    found: list[list[int]] = [[] for _ in question.words]
    wanted: dict[int, list[int]] = {}
    for number, word in enumerate(question.words):
        for term in word.ids:
            wanted.setdefault(term, []).append(number)
    for place, slot in enumerate(slots):
        for term in slot:
            for number in wanted.get(term, ()):
                if found[number][-1:] != [place]:
                    found[number].append(place)
    return found


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
    best: float | None = None
    for a in before:
        for b in after:
            distance = float(b - a) if b >= a else a - b + 0.5
            if best is None or distance < best:
                best = distance
    return None if best is None else max(best, 1.0)


def _ordered(ranked: list[Ranked]) -> list[Ranked]:
    """Best first; ties by chunk id, so that the same question always finds the same list."""
    return sorted(ranked, key=lambda found: (-found.score, found.candidate.chunk_id))
