"""From words with places on a picture to the text of a page: lines, tables and headings as of a page
with text.

Lengths are such that the body's letters are ten high, y upwards.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise
from statistics import median
from typing import Literal

import numpy as np

from nexus.providers.parsers.base import Box, PageWords, Word
from nexus.providers.parsers.pdf_layout import Line, arrange
from nexus.providers.parsers.pdf_page import SOFT_HYPHEN, Indexes, PageText, assemble

_Direction = Literal["right", "left", "up", "down"]

BODY: float = 10.0
"""The height that the body's letters are said to have on every recognised page."""

_SURE = 0.3
_SURE_OF_MARKS = 0.6
"""Below these a word, or what has neither letter nor digit, is dirt on the paper or part of a drawing."""
_DESCENDERS = frozenset("gjpqyçQ,;()[]{}|ß§$/")
_ASCENDERS = frozenset("bdfhklt()[]{}|ß§$/!?%&")
_HEADING = 1.3
_SIZES = 1.25
"""Letters of one size come out of recognition with heights that differ by less than this factor."""
_PROSE = 20
"""Characters from which on a cell is a line of prose; see `pdf_layout`."""
_ALIGNED = 0.5


@dataclass(slots=True)
class _Row:
    """Words side by side."""

    words: list[tuple[int, Word]]
    """With their places among the words of the page."""

    @property
    def top(self) -> float:
        return median(word.top for _, word in self.words)

    @property
    def bottom(self) -> float:
        return median(word.bottom for _, word in self.words)

    @property
    def right(self) -> float:
        return max(word.right for _, word in self.words)

    @property
    def text(self) -> str:
        return " ".join(word.text for _, word in self.words)


@dataclass(slots=True)
class _Span:
    """Where a row stands among the characters."""

    start: int
    words: list[tuple[int, Word]] = field(default_factory=list[tuple[int, Word]])
    """With the place where each begins."""
    end: int = 0


def read_words(page: PageWords) -> PageText:
    """The page as text; `origins[i]` is the place among `page.words` of the word that character `i` is part of."""
    page = _upright(page)
    rows = _join(list(_rows(page.words)))
    if not rows:
        return PageText.empty()
    characters, indexes, spans = _write(rows)
    heights = [_letter_height(row) for row in rows]
    body = _body(rows, heights)
    down = BODY / body
    lines = [
        _line(row, span, across=down / page.shape, down=down, size=_size(height / body) * BODY)
        for row, span, height in zip(rows, spans, heights, strict=True)
    ]
    return assemble(characters, indexes, arrange(lines, characters))


def boxes(page: PageWords, start: int, end: int) -> Iterator[Box]:
    """The boxes of the span `[start, end)` of the page's own text, a line each."""
    content = read_words(page)
    for line in (line for group in content.groups for line in group.lines):
        origins = content.origins[max(line.start, start) : max(0, min(line.end, end))]
        indexes: list[int] = origins[origins >= 0].tolist()
        words = [page.words[index] for index in dict.fromkeys(indexes)]
        # A divided word stands on two lines, and cells of one row may be lines of their own to the engine.
        for _, part in groupby(words, key=lambda word: word.line):
            cell = list(part)
            yield Box(
                page.number,
                min(word.left for word in cell),
                min(word.top for word in cell),
                max(word.right for word in cell),
                max(word.bottom for word in cell),
            )


def _upright(page: PageWords) -> PageWords:
    """The page turned so that its words run to the right: engines read those that lie, and leave the places as seen."""
    votes: Counter[_Direction] = Counter(
        _direction(a, b, page.shape) for a, b in pairwise(page.words) if a.line == b.line and len(a.text) > 1
    )
    direction = votes.most_common(1)[0][0] if votes else "right"
    if direction == "right":
        return page
    shape = page.shape if direction == "left" else 1 / page.shape
    return replace(page, words=tuple(_turn(word, direction) for word in page.words), shape=shape)


def _direction(before: Word, after: Word, shape: float) -> _Direction:
    across = (after.left + after.right - before.left - before.right) / 2
    down = (after.top + after.bottom - before.top - before.bottom) / 2 * shape
    if abs(across) >= abs(down):
        return "right" if across > 0 else "left"
    return "down" if down > 0 else "up"


def _turn(word: Word, direction: _Direction) -> Word:
    left, top, right, bottom = word.left, word.top, word.right, word.bottom
    match direction:
        case "up":
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
        case "down":
            left, top, right, bottom = top, 1 - right, bottom, 1 - left
        case _:
            left, top, right, bottom = 1 - right, 1 - bottom, 1 - left, 1 - top
    return replace(word, left=left, top=top, right=right, bottom=bottom)


def _is_sure(word: Word) -> bool:
    has_letters = any(map(str.isalnum, word.text))
    return word.confidence >= (_SURE if has_letters else _SURE_OF_MARKS) and bool(word.text.strip())


def _rows(words: Sequence[Word]) -> Iterator[_Row]:
    for _, line in groupby(enumerate(words), key=lambda pair: pair[1].line):
        if sure := [pair for pair in line if _is_sure(pair[1])]:
            yield _Row(sure)


def _join(rows: list[_Row]) -> list[_Row]:
    """Cells of a table, which engines read column by column, side by side again; columns of prose stay apart."""
    joined: list[_Row] = []
    for row in rows:
        for other in reversed(joined[-200:]):
            if _is_beside(other, row):
                other.words += row.words
                other.words.sort(key=lambda pair: pair[1].left)
                break
        else:
            joined.append(row)
    return joined


def _is_beside(left: _Row, right: _Row) -> bool:
    height = min(left.bottom - left.top, right.bottom - right.top)
    shared = min(left.bottom, right.bottom) - max(left.top, right.top)
    if shared < _ALIGNED * height or _overlap(left, right):
        return False
    return not (_is_prose(left.text) and _is_prose(right.text))


def _overlap(one: _Row, other: _Row) -> bool:
    return any(a.left < b.right and b.left < a.right for _, a in one.words for _, b in other.words)


def _is_prose(text: str) -> bool:
    return len(text) >= _PROSE and sum(map(str.isdigit, text)) * 3 < len(text)


def _write(rows: list[_Row]) -> tuple[str, Indexes, list[_Span]]:
    """The rows as lines, which word each character is of, and where each row and its words begin.

    The rest of a word that was divided comes before its line, behind a soft hyphen, as pdfium has it.
    """
    pieces: list[str] = []
    origins: list[int] = []
    spans: list[_Span] = []

    def add(text: str, origin: int = -1) -> None:
        pieces.append(text)
        origins.extend([origin] * len(text))

    taken = 0
    for place, row in enumerate(rows):
        span = _Span(len(origins))
        following = rows[place + 1] if place + 1 < len(rows) else None
        divided = following is not None and _is_divided(row, following)
        for index, word in row.words[taken:]:
            if len(origins) > span.start:
                add(" ")
            span.words.append((len(origins), word))
            is_last = divided and word is row.words[-1][1]
            add(_one_line(word.text)[:-1] if is_last else _one_line(word.text), index)
        taken = 0
        if following is not None and divided:
            add(SOFT_HYPHEN)
            add(_one_line(following.words[0][1].text), following.words[0][0])
            taken = 1
        span.end = len(origins)
        spans.append(span)
        add("\n")
    return "".join(pieces), np.array(origins, dtype=np.int32), spans


def _is_divided(row: _Row, following: _Row) -> bool:
    """Whether the row ends inside of a word that the next one goes on with."""
    last = row.words[-1][1].text.strip()
    rest = following.words[0][1]
    is_under = rest.top > row.top and rest.left < row.right
    return (
        len(row.words) > 1
        and len(following.words) > 1
        and is_under
        and last[-1:] == "-"
        and last[-2:-1].isalpha()
        and rest.text[:1].islower()
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _letter_height(row: _Row) -> float:
    """The height from descender to ascender of the row's letters, from words that may have neither."""
    return median(_full(word) for _, word in row.words)


def _full(word: Word) -> float:
    has_low = not _DESCENDERS.isdisjoint(word.text)
    has_high = any(c.isupper() or c.isdigit() or c in _ASCENDERS for c in word.text)
    share = 1.0 if has_low and has_high else 0.77 if has_high else 0.75 if has_low else 0.53
    return (word.bottom - word.top) / share


def _body(rows: list[_Row], heights: list[float]) -> float:
    """The height that most letters have."""
    order = sorted(zip(heights, (len(row.text) for row in rows), strict=True))
    half = sum(length for _, length in order) / 2
    passed = 0
    for height, length in order:
        passed += length
        if passed >= half:
            return height or 1.0
    return 1.0


def _size(ratio: float) -> float:
    """The height against the body's, in steps that recognition can tell apart."""
    if ratio < _HEADING:
        return 1.0
    step = 1
    while ratio >= _HEADING * _SIZES**step and step < 8:
        step += 1
    return _HEADING * _SIZES ** (step - 1)


def _line(row: _Row, span: _Span, *, across: float, down: float, size: float) -> Line:
    line = Line(
        span.start,
        span.end,
        size=size,
        left=span.words[0][1].left * across,
        right=row.right * across,
        top=-row.top * down,
        bottom=-row.bottom * down,
    )
    for (_, before), (start, after) in pairwise(span.words):
        if (after.left - before.right) * across > size:
            line.gaps.append((before.right * across, after.left * across))
            line.cells.append(start)
    return line
