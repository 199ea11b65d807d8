"""Cutting what is longer than a chunk: at the ends of rows, items, lines, sentences, clauses, words, in that order."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import regex

from nexus.core.text.sentences import sentence_spans
from nexus.ingestion.chunking_outline import Part, trim

Span = tuple[int, int]

ALWAYS = float("-inf")
"""Cost of a break that must be made."""
NEVER = 100.0
"""Cost of a break that is made only where nothing else fits."""
CHARACTERS_PER_TOKEN = 8
"""A token is reckoned at no more than this many characters. Prose has four or five; only what the model cannot read
(base64, words of a hundred letters that are one unknown token) has more, and it must not make endless chunks."""


class Counter(Protocol):
    """Counts as the embedding model will. No token may cross white space, so that counts of parts add up."""

    def count(self, text: str) -> int:
        """How many tokens, special tokens apart."""
        ...

    def offsets(self, text: str) -> Sequence[Span]:
        """The half-open character span of each token, in order."""
        ...


@dataclass(slots=True)
class Piece:
    """The smallest thing that chunks are made of, `[start, end)`."""

    start: int
    end: int
    tokens: int
    size: int
    """Tokens, or more where the characters are many."""
    cost: float
    """Of a break before it: 0 at the end of a block, more inside one, ALWAYS or NEVER."""
    part: Part
    begins: bool
    """True for the first piece of its part."""


@dataclass(frozen=True, slots=True)
class _Level:
    """A way to cut, and what a cut costs."""

    spans: Callable[[str, int, int, Part], Iterator[Span]]
    cost: float


def size_of(tokens: int, start: int, end: int) -> int:
    """What a span weighs against a budget in tokens."""
    return max(tokens, -(-(end - start) // CHARACTERS_PER_TOKEN))


class Cutter:
    """Cuts parts of one text into pieces. Each part is tokenised once."""

    def __init__(self, text: str, counter: Counter, grain: int) -> None:
        """Neighbouring pieces are joined while they are at most `grain` tokens together."""
        self._text = text
        self._counter = counter
        self._grain = grain

    def whole(self, part: Part) -> Piece:
        """The part as one piece, whatever its size."""
        tokens = self._counter.count(self._text[part.start : part.end])
        return Piece(part.start, part.end, tokens, size_of(tokens, part.start, part.end), 0, part, begins=True)

    def cut(self, part: Part, budget: int) -> list[Piece]:
        """The part as one piece where it fits into `budget` tokens, otherwise as pieces that do."""
        if part.end - part.start <= 2 * budget:
            piece = self.whole(part)
            if piece.size <= budget:
                return [piece]
        return self._divide(part, budget, _LEVELS[part.kind], keep=True)

    def cut_words(self, part: Part, budget: int) -> list[Piece]:
        """The part in runs of words of about a grain."""
        return self._divide(part, budget, (_WORDS, _IDEOGRAPHS), keep=False)

    def _divide(self, part: Part, budget: int, levels: tuple[_Level, ...], *, keep: bool) -> list[Piece]:
        base = part.start
        starts = array("q", (base + start for start, _ in self._counter.offsets(self._text[base : part.end])))
        tokens = len(starts)
        if keep and (size := size_of(tokens, part.start, part.end)) <= budget:
            return [Piece(part.start, part.end, tokens, size, 0, part, begins=True)]
        division = _Division(self._text, self._counter, part, starts, budget, self._grain)
        division.descend(part.start, part.end, levels, 0)
        division.pieces[0].begins = True
        return division.pieces


class _Division:
    """One part being cut."""

    def __init__(self, text: str, counter: Counter, part: Part, starts: Sequence[int], budget: int, grain: int) -> None:
        self._text = text
        self._counter = counter
        self._part = part
        self._starts = starts
        self._budget = budget
        self._grain = grain
        self.pieces: list[Piece] = []

    def descend(self, start: int, end: int, levels: tuple[_Level, ...], cost: float) -> None:
        """Cut `[start, end)` by the first level, and what is still too long by the next.

        `cost` is that of a break at `start`.
        """
        if not levels:
            self._halve(start, end, cost)
            return
        level = levels[0]
        left = bisect_left(self._starts, start)
        open_start = open_end = open_left = -1
        for a, b in level.spans(self._text, start, end, self._part):
            right = bisect_left(self._starts, b, left)
            if open_start >= 0 and size_of(right - open_left, open_start, b) <= self._grain:
                open_end, left = b, right
                continue
            if open_start >= 0:
                self._add(open_start, open_end, left - open_left, cost)
                cost, open_start = level.cost, -1
            if size_of(right - left, a, b) > self._budget:
                self.descend(a, b, levels[1:], cost)
                cost = level.cost
            else:
                open_start, open_end, open_left = a, b, left
            left = right
        if open_start >= 0:
            self._add(open_start, open_end, left - open_left, cost)

    def _add(self, start: int, end: int, tokens: int, cost: float) -> None:
        self.pieces.append(Piece(start, end, tokens, size_of(tokens, start, end), cost, self._part, begins=False))

    def _halve(self, start: int, end: int, cost: float) -> None:
        """Cut inside a word, between graphemes. The counts of its halves don't add up, so they never meet again."""
        word = self._text[start:end]
        tokens = self._counter.count(word)
        size = size_of(tokens, start, end)
        if size <= self._budget or end - start == 1:
            self.pieces.append(Piece(start, end, tokens, size, cost, self._part, begins=False))
            return
        middle = len(word) // 2
        # A grapheme of more than this is an attack, not a letter: it is cut between code points.
        window = word[max(0, middle - 64) : middle + 64]
        ends = [match.end() + max(0, middle - 64) for match in regex.finditer(r"\X", window)]
        inner = [at for at in ends[:-1] if 0 < at < len(word)]
        at = start + min(inner, key=lambda offset: abs(offset - middle), default=middle)
        self._halve(start, at, cost)
        self._halve(at, end, ALWAYS)


def _between(pattern: re.Pattern[str]) -> Callable[[str, int, int, Part], Iterator[Span]]:
    def spans(text: str, start: int, end: int, _part: Part) -> Iterator[Span]:
        for match in pattern.finditer(text, start, end):
            span = trim(text, start, match.start())
            if span is not None:
                yield span
            start = match.end()
        span = trim(text, start, end)
        if span is not None:
            yield span

    return spans


def _sentences(text: str, start: int, end: int, _part: Part) -> Iterator[Span]:
    return ((start + a, start + b) for a, b in sentence_spans(text[start:end]))


def _rows(text: str, start: int, end: int, part: Part) -> Iterator[Span]:
    """Rows, with what stands between them (a rule of dashes) at the end of the row before."""
    inner = [row_start for row_start, _ in part.rows if start < row_start < end] or [
        match.end() for match in re.compile(r"\n").finditer(text, start, end)
    ]
    for a, b in zip((start, *inner), (*inner, end), strict=True):
        span = trim(text, a, b)
        if span is not None:
            yield span


_IDEOGRAPH = r"[\u3400-\u4dbf\u4e00-\u9fff]"
_SENTENCES = _Level(_sentences, 0.1)
_CLAUSES = _Level(_between(re.compile(r"(?<=[,;:–—])\s+|(?<=[、，；：،؛])\s*|\n")), 0.6)
_WORDS = _Level(_between(re.compile(r"\s+|(?<=[、，；：。！？])")), 1.0)
_IDEOGRAPHS = _Level(_between(re.compile(rf"(?<={_IDEOGRAPH})(?={_IDEOGRAPH})")), 1.2)
_ITEMS = _Level(_between(re.compile(r"\n(?=[ \t]*(?:[-*+•‣◦▪▸●○■□·–]|\(?(?:\d{1,3}|[A-Za-z])[.)])[ \t])")), 0.1)
_STANZAS = _Level(_between(re.compile(r"\n\s*\n(?=[ \t]*\S)")), 0.05)
_LINES = _Level(_between(re.compile(r"\n")), 0.2)
_ROWS = _Level(_rows, 0.1)
_CELLS = _Level(_between(re.compile(r"(?<=\|)|\t")), 0.6)

_PROSE = (_SENTENCES, _CLAUSES, _WORDS, _IDEOGRAPHS)
_LEVELS: dict[str, tuple[_Level, ...]] = {
    "heading": _PROSE,
    "paragraph": _PROSE,
    "list": (_ITEMS, *_PROSE),
    "code": (_STANZAS, _LINES, _WORDS, _IDEOGRAPHS),
    "table": (_ROWS, _CELLS, _WORDS, _IDEOGRAPHS),
}
