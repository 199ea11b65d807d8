"""Numbers and names that stand in the sources, but not where an answer has put them."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Final

from nexus.retrieval.reading import Reading, Source, Token, Window

_SAME_AROUND: Final = 3
"""Words beside another name or number, that are the same, from which on it is the wrong one."""
_ONE_NAME: Final = 3
"""How many words of substance behind the first word of a name another one of it may stand."""
_APART: Final = frozenset({"and", "or", "und", "oder", "sowie", "et", "ou", "y", "e"})
"""What stands between two names and not inside one."""


def find_misplaced(claim: Reading, window: Window, sources: Sequence[Source]) -> list[Token]:
    """Those of the claim in whose place the sources have another one. `window`: what says most of it."""
    content = claim.content
    places = _exchanged(content, window) | _torn(claim, sources)
    return [
        token
        for at, token in enumerate(content)
        if token.kind in ("number", "name") and (at in places or _is_replaced(content, at, sources))
    ]


def _exchanged(claim: Sequence[Token], window: Window) -> set[int]:
    """Places of the claim at which the sentence that says most of it has another name or number."""
    said = {token.form for token in claim}
    theirs = max(window.sentences, key=lambda each: len(said & each.forms)).content
    matcher = SequenceMatcher(None, [each.form for each in claim], [each.form for each in theirs], autojunk=False)
    steps = matcher.get_opcodes()
    found: set[int] = set()
    for at, (kind, first, last, from_first, from_last) in enumerate(steps):
        if kind != "replace" or last - first != from_last - from_first:
            continue
        near = steps[max(0, at - 2) : at + 3]
        if sum(last - first for kind, first, last, *_ in near if kind == "equal") >= _SAME_AROUND:
            places = zip(range(first, last), theirs[from_first:from_last], strict=True)
            found |= {place for place, other in places if other.kind == claim[place].kind}
    return found


def _torn(claim: Reading, sources: Sequence[Source]) -> set[int]:
    """Places of names that follow each other in the claim, as those of one person or product do, and in no source."""
    found: set[int] = set()
    for at, (first, second) in enumerate(pairwise(claim.content)):
        is_one = first.kind == second.kind == "name" and not claim.text[first.end : second.start].strip()
        if is_one and not any(_names_both(source, first.form, second.form) for source in sources):
            found |= {at, at + 1}
    return found


def _names_both(source: Source, first: str, second: str) -> bool:
    """What stands above a text is what it is about, and so belongs to each of its names."""
    above = frozenset[str]().union(*(each.forms for each in source.above))
    if {first, second} <= source.forms and not above.isdisjoint({first, second}):
        return True
    return any(_stand_together(each, first, second) for each in source.sentences)


def _stand_together(sentence: Reading, first: str, second: str) -> bool:
    """Close behind each other, or the other way round with nothing between that tells them apart."""
    if not {first, second} <= sentence.forms:
        return False
    content = sentence.content
    for at, token in enumerate(content):
        if token.form == first:
            if any(each.form == second for each in content[at + 1 : at + 1 + _ONE_NAME]):
                return True
        elif token.form == second and at + 1 < len(content) and content[at + 1].form == first:
            between = sentence.text[token.end : content[at + 1].start].casefold()
            if _APART.isdisjoint(between.replace(",", " ").split()):
                return True
    return False


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
