"""What is different between two texts: by lines first, and word by word where a line has changed.

Lines that stand once in both texts are the fixed points (patience diff), so that a chapter that moved does not pull
everything apart, and two large texts take time in proportion to their lengths. How often blank lines stand and where
lines break is no difference.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

LONGEST_SHOWN: Final = 6000
"""Characters of one side of a difference that are shown."""
_SMALL: Final = 40_000
"""Of a stretch without fixed points: lengths multiplied, up to which every common piece is looked for."""
_LARGE: Final = 4_000_000
"""Up to which pieces are looked for that do not repeat. Beyond it the stretch counts as written anew."""
_ALIKE: Final = 0.3
"""The share of words that must be common for a difference to be told word by word."""
# Scripts without spaces have their letters for words.
_WORD: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]\s*|\w+\s*|[^\w\s]\s*|\s+")

Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of a difference."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Characters `[former_start, former_end)` of the former text stand as `[start, end)` in the current one. An empty
    span says where something was added, or taken away."""

    former_start: int
    former_end: int
    start: int
    end: int
    words: tuple[Words, ...]
    is_cut: bool
    """Longer than what `words` has of it."""


@dataclass(frozen=True, slots=True)
class Differences:
    """`count`: of all; `shown`: those that were asked for."""

    count: int
    shown: tuple[Difference, ...]


def find_differences(former: str, current: str, first: int, most: int) -> Differences:
    """All differences are counted, and `most` of them told from number `first` on."""
    before, after = _lines(former), _lines(current)
    spans = _differing([each[2] for each in before], [each[2] for each in after])
    count, shown = 0, list[Difference]()
    for from_line, to_line, start_line, end_line in spans:
        one, other = _span(before, from_line, to_line), _span(after, start_line, end_line)
        if _folded(former[slice(*one)]) == _folded(current[slice(*other)]):
            continue
        if first <= count < first + most:
            shown.append(_difference(former, one, current, other))
        count += 1
    return Differences(count, tuple(shown))


def _lines(text: str) -> list[tuple[int, int, str]]:
    """Start, end and words of each line that has any."""
    found: list[tuple[int, int, str]] = []
    start = 0
    for line in text.split("\n"):
        if folded := _folded(line):
            found.append((start, start + len(line), folded))
        start += len(line) + 1
    return found


def _folded(text: str) -> str:
    return " ".join(text.split())


def _span(lines: Sequence[tuple[int, int, str]], first: int, stop: int) -> tuple[int, int]:
    """The characters of lines `[first, stop)`; none, at the place where they would stand."""
    if first < stop:
        return lines[first][0], lines[stop - 1][1]
    place = lines[first][0] if first < len(lines) else (lines[-1][1] if lines else 0)
    return place, place


def _difference(former: str, one: tuple[int, int], current: str, other: tuple[int, int]) -> Difference:
    old, new = former[slice(*one)], current[slice(*other)]
    is_cut = max(len(old), len(new)) > LONGEST_SHOWN
    old, new = old[:LONGEST_SHOWN], new[:LONGEST_SHOWN]
    return Difference(*one, *other, _words(old, new), is_cut)


def _words(old: str, new: str) -> tuple[Words, ...]:
    whole: tuple[tuple[Kind, str], ...] = (("removed", old), ("added", new))
    apart = tuple(Words(kind, text) for kind, text in whole if text)
    if len(apart) < 2:
        return apart
    before, after = _WORD.findall(old), _WORD.findall(new)
    blocks = _common([each.strip() for each in before], [each.strip() for each in after])
    common = sum(len(each.strip()) for start, _, size in blocks for each in before[start : start + size])
    if common < _ALIKE * min(len(old), len(new)):
        return apart
    found: list[Words] = []
    i = j = 0
    for start, place, size in [*blocks, (len(before), len(after), 0)]:
        removed, added = "".join(before[i:start]), "".join(after[j:place])
        same = "".join(after[place : place + size])
        found += [Words("removed", removed)] * bool(removed) + [Words("added", added)] * bool(added)
        found += [Words("same", same)] * bool(same)
        i, j = start + size, place + size
    return tuple(found)


def _differing(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int, int]]:
    """The stretches between what is common, in order: `a[i:k]` became `b[j:l]`."""
    found: list[tuple[int, int, int, int]] = []
    i = j = 0
    for start, place, size in [*_common(a, b), (len(a), len(b), 0)]:
        if i < start or j < place:
            found.append((i, start, j, place))
        i, j = start + size, place + size
    return found


def _common(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int, int]]:
    """What is common: `a[start:start + size] == b[place:place + size]`, in the order of both."""
    found: list[tuple[int, int, int]] = []
    stretches = [(0, len(a), 0, len(b))]
    while stretches:
        i, k, j, m = stretches.pop()
        head = 0
        while i + head < k and j + head < m and a[i + head] == b[j + head]:
            head += 1
        tail = 0
        while k - tail > i + head and m - tail > j + head and a[k - tail - 1] == b[m - tail - 1]:
            tail += 1
        found += [(i, j, head)] * bool(head) + [(k - tail, m - tail, tail)] * bool(tail)
        i, j, k, m = i + head, j + head, k - tail, m - tail
        if i == k or j == m:
            continue
        fixed = _fixed_points(a, (i, k), b, (j, m)) if (k - i) * (m - j) > _SMALL else []
        if fixed:
            # A stretch begins at a fixed point, which its head takes.
            begins, ends = [(i, j), *fixed], [*fixed, (k, m)]
            stretches += [(x, p, y, q) for (x, y), (p, q) in zip(begins, ends, strict=True)]
        elif (k - i) * (m - j) <= _LARGE:
            few = (k - i) * (m - j) <= _SMALL
            blocks = SequenceMatcher(None, a[i:k], b[j:m], autojunk=not few).get_matching_blocks()
            found += [(i + block.a, j + block.b, block.size) for block in blocks if block.size]
    return sorted(found)


def _fixed_points(
    a: Sequence[str], of_a: tuple[int, int], b: Sequence[str], of_b: tuple[int, int]
) -> list[tuple[int, int]]:
    """What stands once in both stretches, as far as its order is the same in both: the longest such series."""
    once_a = {text for text, count in Counter(a[slice(*of_a)]).items() if count == 1}
    once_b = {text for text, count in Counter(b[slice(*of_b)]).items() if count == 1}
    places = {b[place]: place for place in range(*of_b) if b[place] in once_b and b[place] in once_a}
    pairs = [(start, places[a[start]]) for start in range(*of_a) if a[start] in places]
    # Patience sorting: of the series that are n long, the one that ends earliest.
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    series: list[tuple[int, int]] = []
    number = last[-1] if last else -1
    while number >= 0:
        series.append(pairs[number])
        number = before[number]
    return series[::-1]
