"""A document as a row of parts, each in its section: what chunking reads before it cuts anything."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from nexus.providers.parsers.base import Block, BlockKind, ParsedDocument

_SLIDES_OR_SHEETS = ("presentation", "powerpoint", "spreadsheet", "excel")
"""In media types whose pages are things of their own: nothing runs on from one to the next."""
_LONGEST_PART = 200_000
"""Characters in a part. Longer blocks become several, so that memory for tokens doesn't grow with the block."""
_LINE_OR_SPACE = (re.compile(r"\n"), re.compile(r"\s"))
_BLANK_LINES = re.compile(r"\n\s*\n")
_MARKDOWN_HEADING = re.compile(r"\A#{1,6}[ \t]+|[ \t]+#+[ \t]*\Z|\n[ \t]*[=-]+[ \t]*\Z|[ \t]*\{#[^}\n]*\}[ \t]*\Z")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")


@dataclass(frozen=True, slots=True)
class Section:
    """What stands under one heading, up to the next one of any level."""

    path: tuple[str, ...]
    """The headings above and its own, outermost first; empty before the first heading."""
    starts: tuple[int, ...]
    """Where each heading of the path begins in the text."""

    def is_within(self, other: "Section") -> bool:
        """True where `other` is this section or one above it."""
        return self.starts[: len(other.starts)] == other.starts

    def is_sibling(self, other: "Section") -> bool:
        """True where both stand under the same heading, or one is the other's introduction."""
        shorter, longer = sorted((self.starts, other.starts), key=len)
        return longer[:-1] in (shorter, shorter[:-1])


@dataclass(frozen=True, slots=True)
class Part:
    """A block, or text between blocks: `[start, end)` without white space at its ends."""

    kind: BlockKind
    start: int
    end: int
    section: Section
    sheet: int
    """Index of the slide or sheet; 0 throughout in documents whose text runs over pages."""
    header: tuple[int, int] | None = None
    rows: tuple[tuple[int, int], ...] = ()

    def header_above(self, at: int) -> tuple[int, int] | None:
        """The table's header row where a chunk that begins at `at` does not hold it."""
        return self.header if self.header is not None and self.header[0] < at else None


class PageNumbers:
    """Finds the page of a character."""

    def __init__(self, document: ParsedDocument) -> None:
        self._starts = [page.start for page in document.pages]
        self._numbers = [page.number for page in document.pages]

    def at(self, offset: int) -> int:
        """The number of the page that holds `offset`; 1 where the format has no pages."""
        if not self._numbers:
            return 1
        return self._numbers[max(0, bisect_right(self._starts, offset) - 1)]


def read_parts(document: ParsedDocument) -> list[Part]:
    """The parts in order: between them lies nothing but white space."""
    apart = any(word in document.media_type for word in _SLIDES_OR_SHEETS)
    sheets = [page.start for page in document.pages[1:]] if apart else []
    markdown = document.media_type == "text/markdown"
    section = Section((), ())
    levels: list[int] = []
    parts: list[Part] = []
    for block in _cover(document):
        if block.kind == "heading":
            heading = _heading_text(document.text[block.start : block.end], markdown=markdown)
            if heading:
                while levels and levels[-1] >= block.level:
                    levels.pop()
                depth = len(levels)
                levels.append(block.level)
                section = Section((*section.path[:depth], heading), (*section.starts[:depth], block.start))
        for start, end in _divide(document.text, block, sheets):
            rows = block.rows[bisect_left(block.rows, (start, 0)) : bisect_left(block.rows, (end, 0))]
            parts.append(Part(block.kind, start, end, section, bisect_right(sheets, start), block.header, rows))
    return parts


def _cover(document: ParsedDocument) -> Iterator[Block]:
    """The blocks, and paragraphs made of what no block covers."""
    position = 0
    for block in document.blocks:
        yield from _paragraphs(document.text, position, block.start)
        if block.end > position:
            yield block
            position = block.end
    yield from _paragraphs(document.text, position, len(document.text))


def _paragraphs(text: str, start: int, end: int) -> Iterator[Block]:
    if end <= start or text[start:end].isspace():
        return
    for blank in _BLANK_LINES.finditer(text, start, end):
        yield Block("paragraph", start, blank.start())
        start = blank.end()
    yield Block("paragraph", start, end)


def _divide(text: str, block: Block, sheets: list[int]) -> Iterator[tuple[int, int]]:
    """The block's span, cut where a slide or sheet ends inside it or it gets too long, without outer white space."""
    start = block.start
    inside = sheets[bisect_right(sheets, block.start) : bisect_left(sheets, block.end)] if sheets else []
    for end in (*inside, block.end):
        while end - start > _LONGEST_PART:
            cut = _cut(text, block, start + _LONGEST_PART // 2, end)
            if (span := trim(text, start, cut)) is not None:
                yield span
            start = cut
        if (span := trim(text, start, end)) is not None:
            yield span
        start = end


def _cut(text: str, block: Block, at: int, end: int) -> int:
    """The first place from `at` on that is between rows, else lines, else words; `end` where there is none."""
    if block.rows:
        row = bisect_left(block.rows, (at, at))
        return min(block.rows[row][0], end) if row < len(block.rows) else end
    for white in _LINE_OR_SPACE:
        found = white.search(text, at, min(end, at + _LONGEST_PART // 2))
        if found is not None:
            return found.end()
    found = _LINE_OR_SPACE[1].search(text, at, end)
    return found.end() if found is not None else end


def trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    """`[start, end)` without white space at its ends; None where there is nothing else."""
    piece = text[start:end]
    stripped = piece.strip()
    if not stripped:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(stripped)


def _heading_text(heading: str, *, markdown: bool) -> str:
    """A heading as people read it, on one line."""
    if markdown:
        heading = heading.strip()
        for _ in range(3):  # `## Title ## {#anchor}` has several marks, one inside the other
            heading = _MARKDOWN_HEADING.sub("", heading)
        heading = _MARKDOWN_LINK.sub(r"\1", heading).replace("**", "").replace("`", "")
    return " ".join(heading.split())
