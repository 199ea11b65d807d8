"""Whether a sentence says what its sources say: word by word, number by number, name by name.

Nothing here asks a model. A sentence is laid beside every short window of its sources; what the best window holds of
it, and what stands in no source at all, decide.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property
from typing import Final

from nexus.core.text.languages import detect_language
from nexus.core.text.sentences import sentence_spans
from nexus.retrieval.reading import Reading, Token

_LONGEST_WINDOW: Final = 3
"""Sentences that may say together what one of the answer says."""
_SAME_AROUND: Final = 3
"""Words beside another name or number, that are the same, from which on it is the wrong one."""
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


def compare(claim: Reading, sources: Sequence["Source"]) -> Support:
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
        exchanged = _exchanged(content, window)
        astray = tuple(
            token
            for at, token in enumerate(content)
            if token not in missing_numbers
            and token not in missing_names
            and token.kind in ("number", "name")
            and (at in exchanged or _is_replaced(content, at, sources))
        )
        if claim.denied and not window.denied:
            turned = bool(claim.denied & window.forms)
        elif window.denied and not claim.denied:
            turned = bool(window.denied & {token.form for token in content})
    return Support(best, missing_numbers, missing_names, astray, turned, window.text if window else "")


@dataclass(frozen=True, slots=True)
class Window:
    """Some sentences of a passage that follow each other."""

    passage: str
    spans: Sequence[tuple[int, int]]
    sentences: Sequence[Reading]

    @property
    def text(self) -> str:
        return self.passage[self.spans[0][0] : self.spans[-1][1]]

    @property
    def forms(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.forms for each in self.sentences))

    @property
    def denied(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.denied for each in self.sentences))


@dataclass(frozen=True)
class Source:
    """A passage that a sentence may cite, with what stands above it (title, headings)."""

    text: str
    context: str = ""

    @cached_property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Of its sentences."""
        return sentence_spans(self.text) or [(0, len(self.text))]

    @cached_property
    def language(self) -> str:
        return detect_language(f"{self.context}\n{self.text}", "en")

    @cached_property
    def above(self) -> tuple[Reading, ...]:
        """What stands above it counts as sentences too: a title names what the text takes for granted."""
        return tuple(Reading.of(each, self.language) for each in self.context.splitlines())

    @cached_property
    def sentences(self) -> tuple[Reading, ...]:
        """One for each span."""
        return tuple(Reading.of(self.text[first:last], self.language) for first, last in self.spans)

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.forms for each in (*self.above, *self.sentences)))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.numbers for each in (*self.above, *self.sentences)))

    @cached_property
    def initials(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.initials for each in (*self.above, *self.sentences)))

    @property
    def windows(self) -> Iterator[Window]:
        """Each sentence, each two, and each three."""
        for length in range(1, _LONGEST_WINDOW + 1):
            for first in range(len(self.spans) - length + 1):
                last = first + length
                yield Window(self.text, self.spans[first:last], self.sentences[first:last])


def _best_window(content: Sequence[Token], sources: Sequence[Source]) -> tuple[float, Window | None]:
    """The first of those that hold most of the words, and how much of them."""
    looked_for = _LookedFor(content)
    most, best = 0.0, None
    for source in sources:
        held = [looked_for.held_by(sentence) for sentence in source.sentences]
        for length in range(1, _LONGEST_WINDOW + 1):
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


def _exchanged(claim: Sequence[Token], window: Window) -> set[int]:
    """Places of the claim at which the window that says the same has another name or number."""
    theirs = [token for sentence in window.sentences for token in sentence.content]
    matcher = SequenceMatcher(None, [each.form for each in claim], [each.form for each in theirs], autojunk=False)
    steps = matcher.get_opcodes()
    found: set[int] = set()
    for at, (kind, first, last, from_first, from_last) in enumerate(steps):
        if kind != "replace" or last - first != from_last - from_first:
            continue
        around = sum(last - first for kind, first, last, *_ in steps[max(0, at - 1) : at + 2] if kind == "equal")
        if around >= _SAME_AROUND:
            places = zip(range(first, last), theirs[from_first:from_last], strict=True)
            found |= {place for place, other in places if other.kind == claim[place].kind != "word"}
    return found


def _is_replaced(claim: Sequence[Token], at: int, sources: Sequence[Source]) -> bool:
    """Whether the sources have something else of its kind between, behind or before the same neighbours, and never it.

    A number or name that stands somewhere in the sources may still be the wrong one of them.
    """
    token = claim[at]
    left = [each.form for each in claim[max(0, at - 2) : at]]
    right = [each.form for each in claim[at + 1 : at + 3]]
    neighbours = {*left[-1:], *right[:1]}
    others = False
    for sentence in (each for source in sources for each in (*source.above, *source.sentences)):
        if neighbours.isdisjoint(sentence.forms):
            continue
        content = sentence.content
        for place, each in enumerate(content):
            if each.form != token.form and each.kind != token.kind:
                continue
            before = [one.form for one in content[max(0, place - 2) : place]]
            behind = [one.form for one in content[place + 1 : place + 3]]
            if each.form == token.form and not neighbours.isdisjoint((*before, *behind)):
                return False
            if each.kind != token.kind:
                continue
            around = bool(left and right and before and behind and left[-1] == before[-1] and right[0] == behind[0])
            same = around or (len(left) == 2 and left == before) or (len(right) == 2 and right == behind)
            if same and each.form == token.form:
                return False
            others = others or same
    return others


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
