"""Whether a sentence says what its sources say: word by word, number by number, name by name.

Nothing here asks a model. A sentence is laid beside every short window of its sources; what the best window holds of
it, and what stands in no source at all, decide.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from nexus.retrieval.misplaced import find_misplaced
from nexus.retrieval.reading import LONGEST_WINDOW, Reading, Source, Token, Window

_HEAVIER: Final = 0.5
"""What a name or a number weighs more than another word."""


@dataclass(frozen=True, slots=True)
class Support:
    """How a sentence stands to its sources."""

    covered: float
    """Share of its words that the best window of them holds."""
    missing_numbers: tuple[Token, ...]
    missing_names: tuple[Token, ...]
    astray: tuple[Token, ...]
    """Numbers and names in whose place the sources have another one."""
    turned: bool
    """One denies what the other says."""
    window: str
    """The best one."""


def compare(claim: Reading, sources: Sequence[Source]) -> Support:
    """Lays the claim beside its sources. With no sources nothing of it is covered."""
    content = claim.content
    all_forms = frozenset[str]().union(*(source.forms for source in sources))
    all_numbers = frozenset[str]().union(*(source.numbers for source in sources))
    initials = frozenset[str]().union(*(source.initials for source in sources))
    prefixes = _Prefixes(all_forms)
    missing_numbers = tuple(
        token
        for at, token in enumerate(claim.tokens)
        if token.kind == "number" and not _stands(claim, at, all_numbers, all_forms)
    )
    missing_names = tuple(
        token
        for token in claim.tokens
        if token.kind == "name" and not prefixes.holds(token) and token.text not in initials
    )
    best, window = _best_window(content, sources)
    astray: tuple[Token, ...] = ()
    turned = False
    if window is not None:
        missing = {*missing_numbers, *missing_names}
        astray = tuple(token for token in find_misplaced(claim, window, sources) if token not in missing)
        if claim.denied and not window.denied:
            turned = bool(claim.denied & window.forms)
        elif window.denied and not claim.denied:
            turned = bool(window.denied & {token.form for token in content})
    return Support(best, missing_numbers, missing_names, astray, turned, window.text if window else "")


def _best_window(content: Sequence[Token], sources: Sequence[Source]) -> tuple[float, Window | None]:
    """The first of those that hold most of the words, and how much of them."""
    looked_for = _LookedFor(content)
    most, best = 0.0, None
    for source in sources:
        held = [looked_for.held_by(sentence) for sentence in source.sentences]
        for length in range(1, LONGEST_WINDOW + 1):
            for first in range(len(held) - length + 1):
                weight = looked_for.weigh(held[first : first + length])
                if weight > most:
                    most, best = weight, (source, first, first + length)
    if best is None:
        return 0.0, None
    source, first, last = best
    return most / looked_for.weight, Window(source.text, source.spans[first:last], source.sentences[first:last])


class _LookedFor:
    """The words of a claim. What a sentence holds of them is a set of bits, one for each."""

    def __init__(self, content: Sequence[Token]) -> None:
        self._keys: dict[str, int] = {}
        self._numbers: dict[str, int] = {}
        self._heavy = 0
        for place, token in enumerate(content):
            bit = 1 << place
            for key in {token.form, token.plain}:
                self._keys[key] = self._keys.get(key, 0) | bit
            if token.kind == "number":
                self._numbers[token.form] = self._numbers.get(token.form, 0) | bit
            if token.kind in ("name", "number"):
                self._heavy |= bit
        self.weight = len(content) + _HEAVIER * self._heavy.bit_count()

    def held_by(self, sentence: Reading) -> int:
        held = 0
        for key in self._keys.keys() & sentence.forms:
            held |= self._keys[key]
        if self._numbers:
            for key in self._numbers.keys() & sentence.numbers:
                held |= self._numbers[key]
        return held

    def weigh(self, held: Sequence[int]) -> float:
        """All that sentences hold together."""
        together = 0
        for each in held:
            together |= each
        return together.bit_count() + _HEAVIER * (together & self._heavy).bit_count()


def _stands(claim: Reading, at: int, numbers: Collection[str], forms: Collection[str]) -> bool:
    token, scaled = claim.tokens[at], claim.scaled(at)
    if scaled is None:
        return token.form in numbers
    # "in millions" may stand above a column of numbers.
    return scaled in numbers or (token.form in numbers and claim.tokens[at + 1].form in forms)


class _Prefixes:
    """Finds America for American, and Normandy for Normans."""

    def __init__(self, forms: Collection[str]) -> None:
        self._forms = forms
        self._by_beginning: dict[str, list[str]] = {}
        for form in forms:
            self._by_beginning.setdefault(form[:4], []).append(form)

    def holds(self, token: Token) -> bool:
        if token.form in self._forms or token.plain in self._forms:
            return True
        form = token.form
        if len(form) < 5:
            return False
        return any(
            _common(form, other) >= 0.7 * min(len(form), len(other)) for other in self._by_beginning.get(form[:4], ())
        )


def _common(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
