"""Whether what an answer claims stands in what it cites: once it has been said, before it is stored.

A sentence holds when the passages behind it say its words, or mean the same; a number, a date or a name that stands in
none of them never does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from nexus.chat.claims import Claim, claims_of
from nexus.providers.embeddings.base import Embedder
from nexus.retrieval.support import Reading, Source, Support, Token, compare

_COVERED: Final = 0.55
"""From this share of its words on, a sentence is said by its source."""
_MEANT: Final = 0.45
"""From this cosine on, it is meant by it, in other words."""
_WINDOWS: Final = 48
"""Windows of one claim's sources that are embedded, the likeliest first."""


class Doubt(StrEnum):
    """Why a sentence is marked."""

    NUMBER = "number"
    """A number or date stands in no passage that the answer cites, or another one in its place."""
    NAME = "name"
    DENIED = "denied"
    """One side denies what the other says."""
    ELSEWHERE = "elsewhere"
    """Not in the passage it cites, but in another one of the answer."""
    NOT_FOUND = "not_found"
    UNCITED = "uncited"
    """Nothing is cited at all."""


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


async def check(answer: str, cited: Mapping[int, Source], embedder: Embedder) -> list[Finding]:
    """A finding for every sentence that states something. `cited`: the passages by their numbers in the answer."""
    found: list[Finding] = []
    everything = list(cited.values())
    for claim in claims_of(answer):
        own = [cited[number] for number in claim.cited if number in cited]
        found.append(await check_claim(claim, own or everything, everything, embedder))
    return found


async def check_claim(claim: Claim, own: Sequence[Source], everything: Sequence[Source], embedder: Embedder) -> Finding:
    def mark(doubt: Doubt | None, score: float, words: Sequence[str] = ()) -> Finding:
        return Finding(claim.start, claim.end, round(score, 3), doubt, tuple(words))

    if not everything:
        return mark(Doubt.UNCITED, 0.0)
    reading = Reading.of(claim.text)
    support = compare(reading, own)
    anywhere = support if len(own) == len(everything) else compare(reading, everything)
    if numbers := [token.text for token in (*anywhere.missing_numbers, *_astray(support, "number"))]:
        return mark(Doubt.NUMBER, support.covered / 2, numbers)
    if names := [token.text for token in (*anywhere.missing_names, *_astray(support, "name"))]:
        return mark(Doubt.NAME, support.covered / 2, names)
    if support.turned:
        return mark(Doubt.DENIED, support.covered / 2)
    if support.covered >= _COVERED:
        return mark(None, support.covered)
    meant = await _meaning(claim.text, own, embedder)
    if meant >= _MEANT:
        return mark(None, max(support.covered, meant))
    score = max(support.covered, meant, 0.0)
    if anywhere is not support and anywhere.covered >= _COVERED:
        return mark(Doubt.ELSEWHERE, score)
    return mark(Doubt.NOT_FOUND, score)


def _astray(support: Support, kind: str) -> list[Token]:
    return [token for token in support.astray if token.kind == kind]


async def _meaning(text: str, sources: Sequence[Source], embedder: Embedder) -> float:
    windows = [window.text for source in sources for window in source.windows][:_WINDOWS]
    if not windows:
        return 0.0
    vectors = np.asarray(await embedder.embed_documents([text, *windows]))
    lengths = np.linalg.norm(vectors, axis=1) + 1e-9
    return float(((vectors[1:] @ vectors[0]) / (lengths[1:] * lengths[0])).max())


def support_score(findings: Sequence[Finding]) -> float | None:
    """Of the whole answer: the mean of its sentences, those in doubt counting nothing; None where it states nothing."""
    if not findings:
        return None
    return round(sum(finding.score if finding.doubt is None else 0.0 for finding in findings) / len(findings), 3)
