"""The text of one PDF page, and for every character of it the index under which pdfium knows its place.

The text depends on nothing but the page, so that a page can be read again alone when a citation is shown.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# pdfium's functions are ctypes and have no types.

import ctypes
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from nexus.core.text.normalise import normalise_with_offsets
from nexus.providers.parsers.pdf_layout import Group, Line, arrange

Indexes = npt.NDArray[np.int32]

SOFT_HYPHEN = "\x02"
_SOFT_HYPHENS = f"{SOFT_HYPHEN}\ufffe"
"""What pdfium writes where a word was divided at the end of a line; the line break itself it leaves out."""
_LINE = re.compile(r"[^\r\n]+")
_DIVIDED = re.compile(rf"[{_SOFT_HYPHENS}]")
_WORD_END = re.compile(rf"[ {_SOFT_HYPHENS}]")
_MARK = re.compile(r"(?:[^\w\s]|\(?(?:\d{1,3}|[A-Za-z])[.)])[ ]+(?=\S)")
"""What an item of a list begins with."""
_WORD = re.compile(r"\S+")
_MOST_RECTANGLES = 400
"""Rectangles of one line that are looked at; a line with more is art, not a row."""


@dataclass(slots=True)
class PageText:
    """A page as text. `origins[i]` is pdfium's index of character `i`, or -1 for what was added between."""

    text: str
    origins: Indexes
    groups: list[Group]
    """Lines that belong together, in reading order; their spans are those in `text`."""

    @classmethod
    def empty(cls) -> "PageText":
        return cls("", np.empty(0, np.int32), [])


def read_page(textpage: Any, rotation: int) -> PageText:
    """`textpage`: a raw FPDF_TEXTPAGE; `rotation`: quarter turns clockwise at which the page is shown."""
    characters, indexes = _characters(textpage)
    measure = _Measure(textpage, rotation, characters, indexes)
    lines = [measure.line(start, end) for start, end in _lines(characters)]
    return assemble(characters, indexes, arrange(lines, characters))


def _characters(textpage: Any) -> tuple[str, Indexes]:
    count: int = max(0, pdfium.FPDFText_CountChars(textpage))
    buffer = (ctypes.c_ushort * (count + 1))()
    written: int = pdfium.FPDFText_GetText(textpage, 0, count, buffer)
    if written - 1 == count:
        text = bytes(buffer)[: 2 * count].decode("utf-16-le", "surrogatepass")
        probes = {0, count // 2, count - 1} if count else set[int]()
        # The fast call leaves out characters that it cannot map; then the slow one below is right.
        if len(text) == count and all(_same(text[i], pdfium.FPDFText_GetUnicode(textpage, i)) for i in probes):
            return text, np.arange(count, dtype=np.int32)
    codes = np.fromiter((pdfium.FPDFText_GetUnicode(textpage, i) for i in range(count)), np.uint32, count)
    return _join_surrogates(codes)


def _same(character: str, code: int) -> bool:
    return ord(character) == code or character in _SOFT_HYPHENS


def _join_surrogates(codes: npt.NDArray[np.uint32]) -> tuple[str, Indexes]:
    high = (codes[:-1] >= 0xD800) & (codes[:-1] < 0xDC00) & (codes[1:] >= 0xDC00) & (codes[1:] < 0xE000)
    pairs = np.flatnonzero(high)
    joined = codes.copy()
    joined[pairs] = 0x10000 + ((codes[pairs] - 0xD800) << 10) + (codes[pairs + 1] - 0xDC00)
    joined[joined > 0x10FFFF] = 0xFFFD
    kept = np.ones(len(codes), dtype=bool)
    kept[pairs + 1] = False
    text = "".join(map(chr, joined[kept].tolist()))
    return text, np.flatnonzero(kept).astype(np.int32)


def _lines(characters: str) -> list[tuple[int, int]]:
    """The lines as pdfium has them; after the word that a hyphen divided, the line that it hides begins."""
    spans: list[tuple[int, int]] = []
    for match in _LINE.finditer(characters):
        start, end = match.span()
        for hyphen in _DIVIDED.finditer(characters, start, end):
            after = _WORD_END.search(characters, hyphen.end(), end)
            if after and after[0] == " " and after.start() >= start:
                spans.append((start, after.start()))
                start = after.end()
        spans.append((start, end))
    return [trimmed for span in spans if (trimmed := _trim(characters, *span))]


def _trim(characters: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and characters[start].isspace():
        start += 1
    while end > start and characters[end - 1].isspace():
        end -= 1
    return (start, end) if end > start else None


class _Measure:
    """Asks pdfium for the size and place of lines. Coordinates are points as the page is shown, y upwards."""

    def __init__(self, textpage: Any, rotation: int, characters: str, indexes: Indexes) -> None:
        self._textpage = textpage
        self._rotation = rotation
        self._characters = characters
        self._indexes = indexes
        self._box = pdfium.FS_RECTF()
        self._box_at = ctypes.byref(self._box)
        self._edges = tuple(ctypes.c_double() for _ in range(4))
        self._edges_at = tuple(map(ctypes.byref, self._edges))
        self._name = ctypes.create_string_buffer(80)
        self._flags = ctypes.c_int()

    def line(self, start: int, end: int) -> Line:
        """The line made of the characters `[start, end)`."""
        textpage = self._textpage
        first, last = int(self._indexes[start]), int(self._indexes[end - 1])
        # The first character may be a bullet and the last a footnote's mark: the one in the middle is the line's own.
        middle = start + (end - start) // 2
        own = int(self._indexes[middle - self._characters[middle].isspace()])
        left = self._loose(first)[0]
        _, top, right, bottom = self._loose(own)
        line = Line(start, end, size=top - bottom, left=left, right=right, top=top, bottom=bottom)
        line.bold = self._is_bold(own) and (last - first < 3 or self._is_bold(last))
        previous = left
        for number in range(min(pdfium.FPDFText_CountRects(textpage, first, last - first + 1), _MOST_RECTANGLES)):
            edges = self._rectangle(number)
            if edges[3] > top or edges[1] < bottom:  # the rest of a divided word, on the next line
                continue
            if edges[0] - previous > line.size:
                line.gaps.append((previous, edges[0]))
            previous = edges[2]
            line.right = max(line.right, previous)
        if line.gaps:
            self._find_cells(line)
        return line

    def _find_cells(self, line: Line) -> None:
        """The text of a cell begins with the word that follows its gap; gaps inside of words do not count."""
        found: list[tuple[float, float]] = []
        waiting = line.gaps
        if mark := _MARK.match(self._characters, line.start, line.end):
            # What stands behind a bullet or a number is an item, however far behind.
            body = self._loose(int(self._indexes[mark.end()]))[0]
            waiting = [gap for gap in waiting if gap[1] > body + line.size / 2]
        for word in _WORD.finditer(self._characters, line.start + 1, line.end):
            if len(found) == len(waiting):
                break
            gap = waiting[len(found)]
            if self._loose(int(self._indexes[word.start()]))[0] > gap[1] - line.size / 2:
                line.cells.append(word.start())
                found.append(gap)
        line.gaps = found

    def _rectangle(self, number: int) -> tuple[float, float, float, float]:
        pdfium.FPDFText_GetRect(self._textpage, number, *self._edges_at)
        left, top, right, bottom = self._edges
        return self._turn(left.value, top.value, right.value, bottom.value)

    def _loose(self, index: int) -> tuple[float, float, float, float]:
        if not pdfium.FPDFText_GetLooseCharBox(self._textpage, index, self._box_at):
            return 0.0, 0.0, 0.0, 0.0
        box = self._box
        return self._turn(box.left, box.top, box.right, box.bottom)

    def _turn(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        match self._rotation:
            case 1:
                return bottom, -left, top, -right
            case 2:
                return -right, -bottom, -left, -top
            case 3:
                return -top, right, -bottom, left
            case _:
                return left, top, right, bottom

    def _is_bold(self, index: int) -> bool:
        length = pdfium.FPDFText_GetFontInfo(self._textpage, index, self._name, 80, self._flags)
        return length > 0 and b"bold" in self._name.raw[: min(length, 80)].lower()


def assemble(characters: str, indexes: Indexes, groups: list[Group]) -> PageText:
    """Put the groups one after the other, a blank line between, and note where each line came to stand."""
    builder = _Builder(characters, indexes)
    placed: list[tuple[Line, int, int]] = []
    for group in groups:
        builder.add("\n\n" if placed else "")
        for number, line in enumerate(group.lines):
            builder.add("\n" if number else "")
            start = builder.length
            builder.add_line(line, in_table=group.kind == "table")
            placed.append((line, start, builder.length))
    raw = "".join(builder.pieces)
    origins = builder.origins()
    result = normalise_with_offsets(raw)
    if result.text == raw:
        for line, start, end in placed:
            line.start, line.end = start, end
        return PageText(raw, origins, groups)
    bounds = np.searchsorted(result.origins, np.array([place[1:] for place in placed], dtype=np.int64))
    for (line, *_), (start, end) in zip(placed, bounds.tolist(), strict=True):
        line.start, line.end = start, end
    return PageText(result.text, origins[result.origins[:-1]], groups)


class _Builder:
    """Collects pieces of text and where each begins among the characters; -1 for what the page does not have."""

    def __init__(self, characters: str, indexes: Indexes) -> None:
        self._characters = characters
        self._indexes = indexes
        self.pieces: list[str] = []
        self._positions: list[int] = []
        self.length = 0

    def add(self, text: str, position: int = -1) -> None:
        if text:
            self.pieces.append(text)
            self._positions.append(position)
            self.length += len(text)

    def add_line(self, line: Line, *, in_table: bool) -> None:
        start = line.start
        for cell in line.cells if in_table else ():
            self._copy(start, cell)
            self.add(" | ")
            start = cell
        self._copy(start, line.end)

    def origins(self) -> Indexes:
        """pdfium's index of every character."""
        if not self.pieces:
            return np.empty(0, np.int32)
        lengths = np.array([len(piece) for piece in self.pieces])
        positions = np.array(self._positions)
        begins = np.cumsum(lengths) - lengths
        within = np.arange(self.length) - np.repeat(begins - positions, lengths)
        origins = self._indexes[np.minimum(within, len(self._indexes) - 1)]
        origins[np.repeat(positions < 0, lengths)] = -1
        return origins

    def _copy(self, start: int, end: int) -> None:
        text = self._characters[start:end].rstrip(" ")
        end = start + len(text)
        if _DIVIDED.search(text):
            for hyphen in _DIVIDED.finditer(self._characters, start, end):
                self.add(self._characters[start : hyphen.start()], start)
                # Not between small letters: then it is no division, but "2018-2019" or "Baden-Baden".
                if not self._characters[hyphen.end() : hyphen.end() + 1].islower():
                    self.add("-", hyphen.start())
                start = hyphen.end()
            text = self._characters[start:end]
        self.add(text, start)
