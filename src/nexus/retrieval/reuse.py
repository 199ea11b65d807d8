"""Searches that were made before, used again: never for another set of readable documents, nor for other words.

Pure and bounded: what is readable is said by whoever asks (`Place`), and what is found here is read again under the
asker's own rights before anybody sees it (docs/adr/0032).
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

import numpy as np

from nexus.providers.embeddings.base import Vectors
from nexus.retrieval.hints import Hints
from nexus.retrieval.newest import Newest
from nexus.retrieval.ranking import Question, Ranked

_WORDINGS: Final = 4
"""Of one set of words: the vectors of its orders."""

Word = tuple[tuple[int, ...], float]
Ordered = Sequence[tuple[Ranked, float | None]]
"""Passages in order, each with the reranker's score where one ranked it."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a question is asked. Places that are equal hold exactly the same searchable documents and chunks."""

    tenant_id: UUID
    knowledge_bases: frozenset[tuple[UUID, int]]
    """Each with its revision, which every change in it takes."""
    restricted: bytes
    """A digest of which of their restricted documents are readable."""
    media_types: frozenset[str] | None
    modified_from: datetime | None
    modified_before: datetime | None
    model: str
    """Whose vectors are searched."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a search depends on beside the nearness of its meaning."""

    place: Place
    words: frozenset[Word]
    languages: tuple[str, ...]
    hints: Hints
    wanted: int
    """Passages that were put in order."""

    @classmethod
    def of(cls, place: Place, question: Question, hints: Hints, wanted: int) -> "Wording":
        words = frozenset((word.ids, word.weight) for word in question.words)
        # By what other words a question gives the same hint makes no difference to what it finds.
        return cls(place, words, question.languages, replace(hints, words=()), wanted)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, before it is read for whoever asks."""

    vector: Vectors | None
    order: Ordered
    confident: bool
    weights: Mapping[Word, float]
    """How much each word tells."""
    spelled: Mapping[str, Word]
    """The words as that question wrote them, which another one does not repeat."""
    searched: int
    milliseconds: float
    """What it took to search and rank."""

    @classmethod
    def of(
        cls,
        question: Question,
        vector: Vectors | None,
        order: Ordered,
        confident: bool,
        weights: Sequence[float],
        searched: int,
        milliseconds: float,
    ) -> "Found":
        words = [(word.ids, word.weight) for word in question.words]
        spelled = {word.text: key for word, key in zip(question.words, words, strict=True)}
        told = dict(zip(words, weights, strict=True))
        return cls(vector, tuple(order), confident, told, spelled, searched, milliseconds)

    def for_question(self, question: Question) -> "tuple[Ordered, list[float]]":
        """The order with the words as this question writes them, and the weights in its order."""
        written = {(word.ids, word.weight): word.text for word in question.words}
        order = [
            (replace(one, matched=tuple(written[self.spelled[text]] for text in one.matched)), reranked)
            for one, reranked in self.order
        ]
        return order, [self.weights[word.ids, word.weight] for word in question.words]


class SearchCache:
    """The newest of so many searches, for so long. It belongs to one event loop."""

    def __init__(
        self,
        entries: int = 0,
        *,
        likeness: float = 1.0,
        seconds: float = 3600,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`entries` 0 remembers nothing. `likeness`: the least cosine of two questions of which one may have the
        other's search."""
        self._entries = entries
        self._likeness = likeness
        self._seconds = seconds
        self._clock = clock
        self._held: OrderedDict[Wording, list[tuple[float, Found]]] = OrderedDict()
        self._size = 0
        self.restricted = Newest[tuple[frozenset[str], frozenset[tuple[UUID, int]]], bytes](entries)
        """Digests of the restricted documents that so many subjects read in knowledge bases at these revisions."""

    def __len__(self) -> int:
        return self._size

    @property
    def is_off(self) -> bool:
        return not self._entries

    def find(self, wording: Wording, vector: Vectors | None) -> Found | None:
        """The nearest in meaning of what is remembered under the same words, if it is near enough."""
        held = self._held.get(wording)
        if held is None:
            return None
        moment = self._clock()
        alive = [(ends, found) for ends, found in held if ends > moment]
        self._replace(wording, alive)
        near = [(_likeness(vector, found.vector), found) for _, found in alive]
        likeness, best = max(near, key=lambda pair: pair[0], default=(-1.0, None))
        return best if likeness >= self._likeness else None

    def put(self, wording: Wording, found: Found) -> None:
        held = self._held.get(wording, [])
        self._replace(wording, [*held, (self._clock() + self._seconds, found)][-min(_WORDINGS, self._entries) :])
        while self._size > self._entries:
            _, oldest = self._held.popitem(last=False)
            self._size -= len(oldest)

    def forget(self, wording: Wording) -> None:
        self._replace(wording, [])

    def _replace(self, wording: Wording, held: list[tuple[float, Found]]) -> None:
        self._size -= len(self._held.pop(wording, ()))
        if held:
            self._held[wording] = held
            self._size += len(held)


def _likeness(one: Vectors | None, other: Vectors | None) -> float:
    """Cosine; without vectors on both sides the words alone decided, and they are the same."""
    if one is None or other is None:
        return 1.0 if one is other else -1.0
    if np.array_equal(one, other):
        return 1.0
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.vdot(one, other)) / scale if scale else -1.0


@dataclass(slots=True)
class Use:
    """How often a knowledge base was searched on one day, and how often a search was used again."""

    searches: int = 0
    reused: int = 0
    saved_milliseconds: float = 0.0


class Ledger:
    """What is counted until it is stored: sums of days, nothing of who asked what."""

    def __init__(self) -> None:
        self._uses: dict[tuple[UUID, date], Use] = {}

    def note(self, knowledge_bases: Sequence[UUID], day: date, saved: float | None) -> None:
        """`saved`: milliseconds; None when the search was made."""
        for knowledge_base_id in knowledge_bases:
            use = self._uses.setdefault((knowledge_base_id, day), Use())
            use.searches += 1
            if saved is not None:
                use.reused += 1
                use.saved_milliseconds += saved

    def counted(self, knowledge_base_id: UUID) -> Use:
        """What waits to be stored of it."""
        mine = [use for (each, _), use in self._uses.items() if each == knowledge_base_id]
        return Use(
            sum(use.searches for use in mine),
            sum(use.reused for use in mine),
            sum(use.saved_milliseconds for use in mine),
        )

    def take(self) -> Mapping[tuple[UUID, date], Use]:
        """All that was counted since the last time."""
        taken, self._uses = self._uses, {}
        return taken

    def give_back(self, taken: Mapping[tuple[UUID, date], Use]) -> None:
        """What could not be stored."""
        for key, use in taken.items():
            mine = self._uses.setdefault(key, Use())
            mine.searches += use.searches
            mine.reused += use.reused
            mine.saved_milliseconds += use.saved_milliseconds
