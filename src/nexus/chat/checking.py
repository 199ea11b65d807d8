"""Whether what an answer claims stands in what it cites: once it has been said, before it is stored.

A sentence holds when the passages behind it say its words, or mean the same; a number, a date or a name that stands in
none of them never does.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from nexus.chat.claims import Claim, claims_of
from nexus.chat.doubts import Doubt
from nexus.core.tasks import BackgroundTasks
from nexus.providers.embeddings.base import Vectors
from nexus.retrieval.reading import Reading, Source, Token
from nexus.retrieval.support import Support, compare

Embed = Callable[[Sequence[str]], Awaitable[Vectors | None]]
"""Vectors of texts; None where there is no model to make them."""

_COVERED: Final = 0.55
"""From this share of its words on, a sentence is said by its source."""
_MEANT: Final = 0.45
"""From this cosine on, it is meant by it, in other words."""
BESIDE: Final = 0
"""The number of what stands behind every sentence, as the result of a calculation does, which no marker can name."""
_WINDOWS: Final = 48
"""Windows of one claim's sources that are embedded, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of the slice `[start, end)` of the answer. `doubt` None means that it holds."""

    start: int
    end: int
    score: float
    """0 to 1: how much of it stands in its sources."""
    doubt: Doubt | None
    words: tuple[str, ...] = ()
    """The numbers or names in question."""


async def check(answer: str, cited: Mapping[int, Source], embed: Embed) -> list[Finding]:
    """A finding for every sentence that states something. `cited`: the passages by their numbers in the answer."""
    return await Check(embed).of(answer, cited)


class Check:
    """Looks at one answer, again and again while it grows: what has been found of a sentence is found once."""

    def __init__(self, embed: Embed) -> None:
        self._embed = embed
        self._found: dict[tuple[Claim, frozenset[int]], Finding] = {}

    async def of(self, answer: str, cited: Mapping[int, Source]) -> list[Finding]:
        """As `check` does. A sentence is looked at again when more passages are cited than were before."""
        found: list[Finding] = []
        everything, beside = list(cited.values()), [cited[BESIDE]] if BESIDE in cited else []
        for claim in claims_of(answer):
            key = claim, frozenset(cited)
            if key not in self._found:
                own = [cited[number] for number in claim.cited if number in cited]
                own = [*own, *beside] if own else everything
                self._found[key] = await check_claim(claim, own, everything, self._embed)
            found.append(self._found[key])
        return found


class LiveCheck:
    """Looks at an answer while it is being said, paragraph by paragraph, beside whoever says it.

    `tell` is called with what was found so far, each time that is more.
    """

    def __init__(self, embed: Embed, tell: Callable[[Sequence[Finding]], None]) -> None:
        self._check = Check(embed)
        self._tell = tell
        self._tasks = BackgroundTasks()
        self._looked = 0
        self._is_busy = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.aclose()

    def heard(self, said: str, cited: Mapping[int, Source]) -> None:
        """Call whenever there is more. A paragraph is looked at once it has ended: its markers come last."""
        end = said.rfind("\n\n")
        if end > self._looked and not self._is_busy:
            self._looked, self._is_busy = end, True
            self._tasks.start(self._look(said[:end], dict(cited)), name="check")

    async def _look(self, said: str, cited: Mapping[int, Source]) -> None:
        try:
            if found := await self._check.of(said, cited):
                self._tell(found)
        finally:
            self._is_busy = False

    async def finish(self, said: str, cited: Mapping[int, Source]) -> list[Finding]:
        """All of it, at the end."""
        await self._tasks.aclose()
        return await self._check.of(said, cited)


async def check_claim(claim: Claim, own: Sequence[Source], everything: Sequence[Source], embed: Embed) -> Finding:
    def mark(doubt: Doubt | None, score: float, words: Sequence[str] = ()) -> Finding:
        return Finding(claim.start, claim.end, round(score, 3), doubt, tuple(words))

    if not everything:
        return mark(Doubt.UNCITED, 0.0)
    # Milliseconds of arithmetic a sentence, which other answers need not wait for.
    support, anywhere = await asyncio.to_thread(_compare, claim.text, own, everything)
    if numbers := [token.text for token in (*anywhere.missing_numbers, *_astray(support, "number"))]:
        return mark(Doubt.NUMBER, support.covered / 2, numbers)
    if names := [token.text for token in (*anywhere.missing_names, *_astray(support, "name"))]:
        return mark(Doubt.NAME, support.covered / 2, names)
    if support.turned:
        return mark(Doubt.DENIED, support.covered / 2)
    if support.covered >= _COVERED:
        return mark(None, support.covered)
    meant = await _meaning(claim.text, own, embed)
    if meant is None or meant >= _MEANT:
        # Where nobody can tell what it means, few common words are no reason to doubt it.
        return mark(None, max(support.covered, meant or 0.0))
    score = max(support.covered, meant, 0.0)
    if anywhere is not support and anywhere.covered >= _COVERED:
        return mark(Doubt.ELSEWHERE, score)
    return mark(Doubt.NOT_FOUND, score)


def _compare(text: str, own: Sequence[Source], everything: Sequence[Source]) -> tuple[Support, Support]:
    reading = Reading.of(text)
    support = compare(reading, own)
    return support, support if len(own) == len(everything) else compare(reading, everything)


def _astray(support: Support, kind: str) -> list[Token]:
    return [token for token in support.astray if token.kind == kind]


async def _meaning(text: str, sources: Sequence[Source], embed: Embed) -> float | None:
    windows = [window.text for source in sources for window in source.windows][:_WINDOWS]
    embedded = await embed([text, *windows])
    if embedded is None:
        return None
    vectors = np.asarray(embedded)
    lengths = np.linalg.norm(vectors, axis=1) + 1e-9
    return float(((vectors[1:] @ vectors[0]) / (lengths[1:] * lengths[0])).max())


def support_score(findings: Sequence[Finding]) -> float | None:
    """Of the whole answer: the mean of its sentences, those in doubt counting nothing; None where it states nothing."""
    if not findings:
        return None
    return round(sum(finding.score if finding.doubt is None else 0.0 for finding in findings) / len(findings), 3)
