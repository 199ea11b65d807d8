"""Whether a sentence says what its sources say: word by word, number by number, name by name.

Nothing here asks a model. A sentence is laid beside every short window of its sources; what the best window holds of
it, and what stands in no source at all, decide.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from nexus.core.text.sentences import sentence_spans
from nexus.retrieval.reading import Reading, Token


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
    all_forms = frozenset[str]().union(*(source.whole.forms for source in sources))
    all_numbers = frozenset[str]().union(*(source.whole.numbers for source in sources))
    initials = frozenset[str]().union(*(source.whole.initials for source in sources))
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
    best, window = 0.0, None
    total = sum(map(_weight, content)) or 1.0
    for source in sources:
        for each in source.windows:
            held = sum(_weight(token) for token in content if _is_in(token, each))
            if held / total > best:
                best, window = held / total, each
    astray: tuple[Token, ...] = ()
    turned = False
    if window is not None:
        astray = tuple(
            token
            for at, token in enumerate(claim.content)
            if token not in missing_numbers
            and token not in missing_names
            and token.kind in ("number", "name")
            and _is_replaced(
                claim.content, at, [sentence.content for source in sources for sentence in source.sentences]
            )
        )
        if claim.denied and not window.denied:
            turned = bool(claim.denied & window.forms)
        elif window.denied and not claim.denied:
            turned = bool(window.denied & {token.form for token in content})
    return Support(best, missing_numbers, missing_names, astray, turned, window.text if window else "")


@dataclass(frozen=True)
class Source:
    """A passage that a sentence may cite, with what stands above it (title, headings)."""

    text: str
    context: str = ""

    @cached_property
    def whole(self) -> Reading:
        return Reading.of(f"{self.context}\n{self.text}")

    @cached_property
    def sentences(self) -> tuple[Reading, ...]:
        """What stands above it counts as sentences too: a title names what the text takes for granted."""
        said = [self.text[first:last] for first, last in sentence_spans(self.text)]
        return tuple(Reading.of(each, self.whole.language) for each in (*self.context.splitlines(), *said))

    @cached_property
    def windows(self) -> tuple[Reading, ...]:
        """Each sentence, each two, and each three, under what stands above them."""
        spans = sentence_spans(self.text)
        found: list[Reading] = []
        for length in (1, 2, 3):
            for first in range(len(spans) - length + 1):
                piece = self.text[spans[first][0] : spans[first + length - 1][1]]
                found.append(Reading.of(piece, self.whole.language))
        return tuple(found) or (self.whole,)


def _weight(token: Token) -> float:
    return 1.5 if token.kind in ("name", "number") else 1.0


def _is_in(token: Token, window: Reading) -> bool:
    return (
        token.form in window.forms
        or token.plain in window.forms
        or (token.kind == "number" and token.form in window.numbers)
    )


def _is_replaced(claim: Sequence[Token], at: int, sources: Sequence[Sequence[Token]]) -> bool:
    """Whether the sources have something else of its kind between, behind or before the same neighbours, and never it.

    A number or name that stands somewhere in the sources may still be the wrong one of them.
    """
    token = claim[at]
    left = [each.form for each in claim[max(0, at - 2) : at]]
    right = [each.form for each in claim[at + 1 : at + 3]]
    others = False
    for source in sources:
        for place, each in enumerate(source):
            if each.form == token.form:
                near = {one.form for one in (*source[max(0, place - 2) : place], *source[place + 1 : place + 3])}
                if near & {*left[-1:], *right[:1]}:
                    return False
            if each.kind != token.kind:
                continue
            before = [one.form for one in source[max(0, place - 2) : place]]
            behind = [one.form for one in source[place + 1 : place + 3]]
            around = bool(left and right and before and behind and left[-1] == before[-1] and right[0] == behind[0])
            same = around or (len(left) == 2 and left == before) or (len(right) == 2 and right == behind)
            if not same:
                continue
            if each.form == token.form:
                return False
            others = True
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
