"""Building a parsed document piece by piece, so that every span is exact by construction."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nexus.core.text.normalise import normalise
from nexus.providers.parsers.base import Block, BlockKind, Page, ParsedDocument, ParseError
from nexus.providers.parsers.limits import ParseLimits

PAGE_BREAK = "\f"
"""Inside the text of a block: a new page begins here."""

_SPACES = re.compile(r"[ \t]+")
_LINE_ENDS = re.compile(r" *\n *")
_BLANK_LINES = re.compile(r"\n{2,}")


class TextWriter:
    """Blocks are separated by a blank line, the items of a list and the rows of a table by a line break.

    What is given is normalised here; runs of spaces become one, except in code.
    """

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._parts: list[str] = []
        self._length = 0
        self._separated = True
        self._blocks: list[Block] = []
        self._page_starts: list[tuple[int, str]] = []
        self.first_heading = ""

    def start_page(self, label: str = "") -> None:
        """What follows stands on a new page, slide or sheet."""
        self._separate()
        self._add_page(label)

    def heading(self, text: str, level: int) -> None:
        text = tidy(self._without_breaks(text)).replace("\n", " ")
        if self._block("heading", text, level=max(1, min(level, 9))) and not self.first_heading:
            self.first_heading = text[:300]

    def paragraph(self, text: str) -> None:
        """Text with `\\n` where a line ends and `PAGE_BREAK` where a page does."""
        if PAGE_BREAK in text:
            self._paragraph_over_pages(text)
        else:
            self._block("paragraph", tidy(text))

    def items(self, items: Iterable[str]) -> None:
        """A list; each item brings its own mark and indentation."""
        lines = [(item, normalise(item.replace(PAGE_BREAK, " ")).rstrip()) for item in items]
        lines = [(item, line) for item, line in lines if line]
        margin = min((len(line) - len(line.lstrip(" ")) for _, line in lines), default=0)
        self._lines("list", ((item, line[margin:]) for item, line in lines))

    def code(self, text: str) -> None:
        self._block("code", normalise(text).strip("\n").rstrip())

    def table(self, rows: Iterable[Sequence[str]], *, header: bool) -> None:
        """Rows of cells, one line each, `a | b | c`; empty rows are left out."""
        lines = ((max(row, key=_breaks, default=""), row_line(row)) for row in rows)
        spans = self._lines("table", ((cell, line) for cell, line in lines if line))
        if spans:
            first = spans[0] if header and len(spans) > 1 else None
            self._blocks[-1] = replace(self._blocks[-1], header=first, rows=tuple(spans))

    def _lines(self, kind: BlockKind, lines: Iterable[tuple[str, str]]) -> list[tuple[int, int]]:
        """A block of pairs: what may hold page breaks, and the line to write. The spans of the lines."""
        spans: list[tuple[int, int]] = []
        for source, line in lines:
            if spans:
                self._write("\n")
            else:
                self._begin()
            self._without_breaks(source)
            start = self._length
            self._write(line)
            spans.append((start, self._length))
        if spans:
            self._blocks.append(Block(kind, spans[0][0], self._length))
        return spans

    def _without_breaks(self, text: str) -> str:
        """The pages that begin inside of a line begin with the line."""
        count = _breaks(text)
        for _ in range(count):
            self._separate()
            self._add_page("")
        return text.replace(PAGE_BREAK, " ") if count else text

    def finish(self, media_type: str, title: str = "", properties: dict[str, str] | None = None) -> ParsedDocument:
        """The document. `title` falls back to the first heading. Raises ParseError when nothing was written."""
        if not self._blocks:
            raise ParseError("empty", "The file holds no text. Check that it is the right one, then upload it again.")
        ends = [start for start, _ in self._page_starts[1:]] + [self._length]
        return ParsedDocument(
            media_type=media_type,
            text="".join(self._parts),
            pages=tuple(
                Page(number, start, end, label)
                for number, ((start, label), end) in enumerate(zip(self._page_starts, ends, strict=False), start=1)
            ),
            blocks=tuple(self._blocks),
            title=tidy(title).replace("\n", " ")[:300] or self.first_heading,
            properties=properties or {},
        )

    def _paragraph_over_pages(self, text: str) -> None:
        """One block, whatever number of pages it runs over; a page begins where its first character stands."""
        pieces = [tidy(piece) for piece in text.split(PAGE_BREAK)]
        start = self._begin() if any(pieces) else self._length
        for number, piece in enumerate(pieces):
            if piece and self._length > start:
                self._write(" ")
            if number:
                self._add_page("")
            self._write(piece)
        if self._length > start:
            self._blocks.append(Block("paragraph", start, self._length))

    def _add_page(self, label: str) -> None:
        if len(self._page_starts) >= self._limits.pages:
            raise too_many_pages(self._limits)
        self._page_starts.append((self._length, label))

    def _block(self, kind: BlockKind, text: str, *, level: int = 0) -> bool:
        if not text.strip():
            return False
        start = self._begin()
        self._write(text)
        self._blocks.append(Block(kind, start, self._length, level))
        return True

    def _begin(self) -> int:
        self._separate()
        self._separated = False
        return self._length

    def _separate(self) -> None:
        if not self._separated:
            self._write("\n\n")
            self._separated = True

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
        if self._length > self._limits.text_characters:
            raise too_much_text(self._limits)


def tidy(text: str) -> str:
    """Normalised, without the spaces that only lay out: one space between words, none at the ends of lines."""
    text = _LINE_ENDS.sub("\n", _SPACES.sub(" ", normalise(text)))
    return _BLANK_LINES.sub("\n", text).strip()


def _breaks(text: str) -> int:
    return text.count(PAGE_BREAK)


def row_line(cells: Sequence[str]) -> str:
    """One table row as a line; empty when all of its cells are."""
    count = len(cells)
    while count and not cells[count - 1].strip():
        count -= 1
    return tidy(" | ".join(cells[:count]).replace(PAGE_BREAK, " ")).replace("\n", " ")


def too_many_pages(limits: ParseLimits) -> ParseError:
    return ParseError(
        "too-many-pages", f"The file has more than {limits.pages:,} pages. Split it and upload the parts."
    )


def too_much_text(limits: ParseLimits) -> ParseError:
    return ParseError(
        "too-large",
        f"The file holds more than {limits.text_characters:,} characters of text. Split it and upload the parts.",
    )
