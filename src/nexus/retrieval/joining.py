"""What a model is given of a ranking: chunks that stand beside each other as one stretch, within a budget of tokens.

Pure. The best hits bring the chunks beside them, other good ones where their text runs on over an end (a sentence, a
list, a table that the chunker had to cut). A chunk is never cut, and chunks end where sentences do. The figures are in
docs/adr/0030.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import regex

LONGEST: Final = 4
"""Chunks of one stretch: a citation names the stretch, and has to be found in it."""
BEST: Final = 3
"""So many hits bring both their neighbours, as far as the budget goes."""
STRONG: Final = 0.6
"""From this share of the best one's score on, a hit may bring what it runs on into."""
_STOPS: Final = tuple(".!?…。！？।؟۔።։")
_CLOSERS: Final = "\"'”“’‘»«›‹)]}」』）*_`"
_ITEM: Final = regex.compile(r"[ \t]*(?:[-*+•‣◦▪–·][ \t]|\(?(?:\d{1,3}|\p{L})[.)][ \t]|\|)")
_CELLS: Final = regex.compile(r" \| |\t")


@dataclass(frozen=True, slots=True)
class Place:
    """A chunk where it stands: `[start, end)` of its version's text."""

    chunk_id: UUID
    version_id: UUID
    ordinal: int
    start: int
    end: int
    tokens: int
    text: str

    @property
    def key(self) -> tuple[UUID, int]:
        return self.version_id, self.ordinal


@dataclass(frozen=True, slots=True)
class Stretch:
    """Chunks of one version that follow each other."""

    places: tuple[Place, ...]
    hit: int
    """Number of the best hit in it, from 0."""

    @property
    def tokens(self) -> int:
        return sum(place.tokens for place in self.places)


def neighbours_of(hits: Sequence[Place], scores: Sequence[float]) -> list[tuple[UUID, int]]:
    """Where those chunks stand that some hit may bring with it. `scores` are those of the hits, best first."""
    own = {hit.key for hit in hits}
    wanted: dict[tuple[UUID, int], None] = {}
    for number, (hit, score) in enumerate(zip(hits, scores, strict=True)):
        if _is_strong(score, scores):
            for key in _beside(hit):
                if number < BEST or _may_run_on(hit, forward=key[1] > hit.ordinal):
                    wanted[key] = None
    return [key for key in wanted if key not in own]


def join(
    hits: Sequence[Place], scores: Sequence[float], neighbours: Mapping[tuple[UUID, int], Place], budget: int
) -> list[Stretch]:
    """The hits, best first, as many as the budget holds and always one; then what they run on into, as far as it goes.

    A stretch stands where its best hit stood.
    """
    taken: dict[tuple[UUID, int], Place] = {}
    left = budget
    for hit in hits:
        if hit.tokens <= left or not taken:
            taken[hit.key] = hit
            left -= hit.tokens
    for number, (hit, score) in enumerate(zip(hits, scores, strict=True)):
        if hit.key not in taken or not _is_strong(score, scores):
            continue
        for beside in filter(None, map(neighbours.get, _beside(hit))):
            if beside.key in taken or beside.tokens > left:
                continue
            if number < BEST or _run_on(hit, beside):
                taken[beside.key] = beside
                left -= beside.tokens
    return _runs(hits, taken)


def runs_on(text: str, following: str) -> bool:
    """Whether what the first chunk says goes on in the second: a sentence, a list, the rows of a table."""
    last, first = _last_line(text), _first_line(following)
    if not last or not first:
        return False
    if _ITEM.match(first):
        return bool(_ITEM.match(last)) or last.endswith(":")
    if _CELLS.search(first):
        return bool(_CELLS.search(last)) or last.endswith(":")
    if first.startswith("#") or last.startswith("#"):
        return last.startswith("#") and not first.startswith("#")
    return not last.rstrip(_CLOSERS).endswith(_STOPS)


def _may_run_on(hit: Place, *, forward: bool) -> bool:
    """By the hit alone: most end and begin with a whole sentence, and their neighbours need not be read."""
    line = _last_line(hit.text) if forward else _first_line(hit.text)
    if not line or _ITEM.match(line) or _CELLS.search(line):
        return True
    return not line.rstrip(_CLOSERS).endswith(_STOPS) if forward else line[0].islower()


def _last_line(text: str) -> str:
    return text[text.rfind("\n") + 1 :].strip()


def _first_line(text: str) -> str:
    return text.partition("\n")[0].strip()


def _is_strong(score: float, scores: Sequence[float]) -> bool:
    # A reranker may have put another one first.
    return score >= STRONG * max(scores)


def _run_on(one: Place, other: Place) -> bool:
    first, second = sorted((one, other), key=lambda place: place.ordinal)
    return runs_on(first.text, second.text)


def _beside(place: Place) -> list[tuple[UUID, int]]:
    """What follows says more often what is meant than what went before."""
    behind = (place.version_id, place.ordinal + 1)
    return [behind, (place.version_id, place.ordinal - 1)] if place.ordinal else [behind]


def _runs(hits: Sequence[Place], taken: Mapping[tuple[UUID, int], Place]) -> list[Stretch]:
    """Those that were taken, neighbours together; a run that gets too long is divided, and parts without a hit fall
    away."""
    rank = {hit.key: number for number, hit in enumerate(hits)}
    runs: list[list[Place]] = []
    for place in sorted(taken.values(), key=lambda one: one.key):
        last = runs[-1][-1] if runs else None
        follows = last is not None and (last.version_id, last.ordinal + 1) == place.key
        if follows and len(runs[-1]) < LONGEST:
            runs[-1].append(place)
        else:
            runs.append([place])
    ranks = [[rank[place.key] for place in run if place.key in rank] for run in runs]
    found = [Stretch(tuple(run), min(held)) for run, held in zip(runs, ranks, strict=True) if held]
    return sorted(found, key=lambda one: one.hit)
