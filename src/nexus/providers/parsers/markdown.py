"""Markdown: the text stays the source as written, blocks say what its lines are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nexus.core.text.normalise import normalise
from nexus.providers.parsers.base import Block, ParsedDocument, ParseError
from nexus.providers.parsers.encodings import read_text
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_PROPERTY = re.compile(r"([A-Za-z][\w-]{0,40}):[ \t]+(\S.*)")
_ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|\Z)")
_SETEXT = re.compile(r" {0,3}(=+|-{2,})[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)\Z")
_RULE = re.compile(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})\Z")
_DELIMITERS = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\Z")
_ITEM = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]|\Z)")
_INDENTED = re.compile(r"(?: {4}|\t)")
_MARKS = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}|[ \t]*\{#[^}]*\}")


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    raw, encoding = read_text(path, limits)
    text = normalise(raw)
    properties = {"encoding": encoding}
    if match := _FRONT_MATTER.match(text):
        found = dict(pair for line in match[1].split("\n") if (pair := _property(line)))
        if found or not match[1].strip():
            # Lines are counted in the file, so the number of those left out is kept.
            properties |= found | {"first_line": str(1 + match[0].count("\n"))}
            text = text[match.end() :]
    blocks = tuple(_Scanner(text).blocks())
    if not blocks:
        raise ParseError("empty", "The file holds no text. Check that it is the right one, then upload it again.")
    title = properties.get("title", "") or next(
        (_plain(text, block) for block in blocks if block.kind == "heading"), ""
    )
    return ParsedDocument(MEDIA_TYPES["markdown"], text, (), blocks, title[:300], properties)


def _property(line: str) -> tuple[str, str] | None:
    match = _PROPERTY.fullmatch(line.rstrip())
    return (match[1].lower(), match[2].strip("\"' ")[:500]) if match else None


def _plain(text: str, heading: Block) -> str:
    first = text[heading.start : heading.end].split("\n", maxsplit=1)[0][:1000]
    if match := _ATX.match(first):
        first = first[match.end() :].rstrip(" \t#")
    return _MARKS.sub(lambda mark: mark[1] or "", first).strip()


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def is_blank(self) -> bool:
        return not self.text.strip()


class _Scanner:
    """One pass over the lines. Each method reads one block from `self._at` on and says where it ends."""

    def __init__(self, text: str) -> None:
        self._lines: list[_Line] = []
        start = 0
        for line in text.split("\n"):
            self._lines.append(_Line(start, line))
            start += len(line) + 1
        self._at = 0

    def blocks(self) -> Iterator[Block]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.is_blank or _RULE.match(line.text):
                self._at += 1
            elif match := _ATX.match(line.text):
                self._at += 1
                yield Block("heading", line.start, line.end, len(match[1]))
            elif fence := _FENCE.match(line.text):
                yield self._fenced(fence[1])
            elif self._is_table():
                yield self._table()
            elif _ITEM.match(line.text):
                yield self._list()
            elif _INDENTED.match(line.text):
                yield self._indented()
            else:
                yield self._paragraph()

    def _fenced(self, fence: str) -> Block:
        first = self._at
        closing = re.compile(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*\Z")
        self._at += 1
        while self._at < len(self._lines):
            self._at += 1
            if closing.match(self._lines[self._at - 1].text):
                break
        return self._block("code", first, self._at)

    def _indented(self) -> Block:
        first = self._at
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if not line.is_blank and not _INDENTED.match(line.text):
                break
            self._at += 1
        return self._block("code", first, self._at)

    def _is_table(self) -> bool:
        if self._at + 1 >= len(self._lines):
            return False
        header, delimiters = self._lines[self._at].text, self._lines[self._at + 1].text
        return "|" in header and "-" in delimiters and "|" in delimiters and _DELIMITERS.match(delimiters) is not None

    def _table(self) -> Block:
        header, delimiters = self._lines[self._at : self._at + 2]
        # The line of dashes belongs to the header's row, so that the rows leave nothing out.
        rows = [(header.start, delimiters.end)]
        self._at += 2
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.is_blank or "|" not in line.text:
                break
            rows.append((line.start, line.end))
            self._at += 1
        return Block("table", header.start, rows[-1][1], header=(header.start, header.end), rows=tuple(rows))

    def _list(self) -> Block:
        """Items with their continuation lines and sub-lists; a blank line ends it unless it goes on."""
        first = self._at
        fence = ""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if fence:
                fence = "" if line.text.strip().startswith(fence) else fence
            elif match := _FENCE.match(line.text.strip()):
                if not line.text.startswith((" ", "\t")):
                    break
                fence = match[1]
            elif line.is_blank:
                following = self._lines[self._at + 1].text if self._at + 1 < len(self._lines) else ""
                if not (following.startswith(("  ", "\t")) or _ITEM.match(following)):
                    break
            elif _ATX.match(line.text) or (_RULE.match(line.text) and self._at > first):
                break
            self._at += 1
        return self._block("list", first, self._at)

    def _paragraph(self) -> Block:
        first = self._at
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if self._at > first:
                if (match := _SETEXT.match(line.text)) and not self._lines[first].text.lstrip().startswith(">"):
                    self._at += 1
                    return self._block("heading", first, self._at, level=1 if match[1][0] == "=" else 2)
                if self._ends_paragraph(line):
                    break
            self._at += 1
        return self._block("paragraph", first, self._at)

    def _ends_paragraph(self, line: _Line) -> bool:
        text = line.text
        if line.is_blank or _ATX.match(text) or _FENCE.match(text) or _RULE.match(text) or self._is_table():
            return True
        # Only a list that begins with 1 interrupts a paragraph: "in\n1984. A year" does not begin one.
        return _ITEM.match(text) is not None and (not text.lstrip()[0].isdigit() or text.lstrip()[:2] in {"1.", "1)"})

    def _block(self, kind: str, first: int, after: int, level: int = 0) -> Block:
        lines = self._lines[first:after]
        while len(lines) > 1 and lines[-1].is_blank:
            lines.pop()
        return Block(kind, lines[0].start, lines[-1].end, level)  # pyright: ignore[reportArgumentType]
