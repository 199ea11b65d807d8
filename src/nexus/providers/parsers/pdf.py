"""PDF by pdfium: text page by page, headings by the size of their letters, rectangles of any span."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# pdfium's functions are ctypes and have no types.

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from nexus.providers.parsers.base import Block, Box, Page, ParsedDocument, ParseError
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.pdf_layout import Group, Line
from nexus.providers.parsers.pdf_page import PageText, read_page
from nexus.providers.parsers.sniffing import ENCRYPTED_ADVICE, MEDIA_TYPES
from nexus.providers.parsers.tables import begins_with_header
from nexus.providers.parsers.writing import tidy, too_many_pages, too_much_text

_HEADING_SIZE = 1.12
"""How much larger than the body's letters those of a heading are."""
_HEADING_LENGTH = 200
_UNTITLED = re.compile(
    r"microsoft word|powerpoint presentation|untitled|\(?anonymous\)?$|document\d*$|.*\.(?:docx?|pdf|indd|tex|pptx?)$",
    re.IGNORECASE,
)
_GRID = 1_000_000
"""Steps of the device on which pdfium places a page, for fractions of six digits."""


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    parts: list[str] = []
    pages: list[Page] = []
    groups: list[tuple[int, Group]] = []
    silent: list[str] = []
    with closing(_open(path, limits)) as document:
        length = 0
        for number in range(1, len(document) + 1):
            page = _read(document, number)
            if page.text and length:
                parts.append("\n\n")
                length += 2
            pages.append(Page(number, length, length, _label(document, number)))
            parts.append(page.text)
            groups += [(length, group) for group in page.groups]
            length += len(page.text)
            if not page.text:
                silent.append(str(number))
            if length > limits.text_characters:
                raise too_much_text(limits)
        title = tidy(document.get_metadata_value("Title")).replace("\n", " ")
    text = "".join(parts)
    if not text.strip():
        raise ParseError(
            "no-text",
            "The PDF holds pictures of pages and no text: it looks scanned. "
            "Run text recognition (OCR) over it, then upload the result.",
        )
    blocks = tuple(_blocks(text, groups))
    if not title or _UNTITLED.match(title):
        title = next((text[b.start : b.end].replace("\n", " ") for b in blocks if b.kind == "heading"), "")
    properties = {"pages_without_text": ", ".join(silent)} if silent else {}
    return ParsedDocument(MEDIA_TYPES["pdf"], text, _tile(pages, length), blocks, title[:300], properties)


def boxes(path: Path, start: int, end: int, pages: tuple[Page, ...], limits: ParseLimits) -> tuple[Box, ...]:
    with closing(_open(path, limits)) as document:
        if pages:
            starts = [(page.number, page.start) for page in pages if page.start < end and page.end > start]
        else:
            starts = list(_starts(document, end))
        found: list[Box] = []
        for number, offset in starts:
            if 1 <= number <= len(document):
                found += _boxes(document, number, start - offset, end - offset)
    return tuple(found)


def _starts(document: pypdfium2.PdfDocument, end: int) -> Iterator[tuple[int, int]]:
    """Number and offset of the pages before `end`, by reading them all."""
    length = 0
    for number in range(1, len(document) + 1):
        text = _read(document, number).text
        if text and length:
            length += 2
        if length >= end:
            return
        yield number, length
        length += len(text)


def _open(path: Path, limits: ParseLimits) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD:
            raise ParseError("encrypted", ENCRYPTED_ADVICE) from error
        raise ParseError(
            "damaged", "The PDF is damaged. Open it in a PDF reader, print or export it as a new PDF and upload that."
        ) from error
    count = len(document)
    if 1 <= count <= limits.pages:
        return document
    document.close()
    if count:
        raise too_many_pages(limits)
    raise ParseError("empty", "The PDF has no pages. Check that it was saved completely, then upload it again.")


def _read(document: pypdfium2.PdfDocument, number: int) -> PageText:
    """The text of a page; a page that pdfium cannot load counts as empty, as readers show it."""
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return PageText.empty()
    with closing(page), closing(page.get_textpage()) as textpage:
        return read_page(textpage.raw, page.get_rotation() // 90)


def _boxes(document: pypdfium2.PdfDocument, number: int, start: int, end: int) -> Iterator[Box]:
    """The boxes of `[start, end)` of a page's own text, line by line."""
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return
    with closing(page), closing(page.get_textpage()) as textpage:
        content = read_page(textpage.raw, page.get_rotation() // 90)
        for line in (line for group in content.groups for line in group.lines):
            indexes = content.origins[max(line.start, start) : max(0, min(line.end, end))]
            indexes = indexes[indexes >= 0]
            if len(indexes):
                breaks = np.flatnonzero(np.diff(indexes) != 1) + 1
                runs = [(int(run[0]), len(run)) for run in np.split(indexes, breaks)]
                yield from _merge(number, [box for run in runs for box in _rectangles(page.raw, textpage.raw, *run)])


def _rectangles(page: Any, textpage: Any, first: int, count: int) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, right and bottom of a run of characters, as fractions of the page as it is shown."""
    edges = [ctypes.c_double() for _ in range(4)]
    for number in range(pdfium.FPDFText_CountRects(textpage, first, count)):
        pdfium.FPDFText_GetRect(textpage, number, *map(ctypes.byref, edges))
        left, top, right, bottom = (edge.value for edge in edges)
        (x1, y1), (x2, y2) = _shown(page, left, top), _shown(page, right, bottom)
        if x1 != x2 and y1 != y2:  # else it lies outside of the page
            yield min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)


def _shown(page: Any, x: float, y: float) -> tuple[float, float]:
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, _GRID, _GRID, 0, x, y, ctypes.byref(across), ctypes.byref(down))
    return tuple(min(1.0, max(0.0, value.value / _GRID)) for value in (across, down))  # pyright: ignore[reportReturnType]


def _merge(page: int, rectangles: list[tuple[float, float, float, float]]) -> Iterator[Box]:
    """One box for what stands side by side, another for what stands below."""
    current: list[float] = []
    for left, top, right, bottom in rectangles:
        if current and min(bottom, current[3]) - max(top, current[1]) > 0.3 * min(
            bottom - top, current[3] - current[1]
        ):
            current = [min(left, current[0]), min(top, current[1]), max(right, current[2]), max(bottom, current[3])]
            continue
        if current:
            yield Box(page, *current)
        current = [left, top, right, bottom]
    if current:
        yield Box(page, *current)


def _blocks(text: str, groups: list[tuple[int, Group]]) -> Iterator[Block]:
    body, sizes = _letter_sizes(groups)
    levels = {size: level for level, size in enumerate(sorted(sizes, reverse=True)[:5], start=1)}
    for offset, group in groups:
        start, end = offset + group.lines[0].start, offset + group.lines[-1].end
        if start == end:
            continue
        level = _heading_level(text[start:end], group, body, levels)
        if group.kind == "table":
            yield _table(text, offset, group)
        elif level:
            yield Block("heading", start, end, level)
        else:
            yield Block("list" if group.kind == "list" else "paragraph", start, end)


def _heading_level(text: str, group: Group, body: float, levels: dict[float, int]) -> int:
    """The level by the size of the letters, bold ones of the body's size below; 0 for what is no heading."""
    size = _size(group.lines[0])
    is_short = len(text) <= _HEADING_LENGTH and len(group.lines) <= 3 and not text.rstrip().endswith((".", ",", ";"))
    if not is_short or sum(map(str.isalpha, text)) * 3 < len(text):
        return 0
    if size in levels:
        return levels[size]
    return len(levels) + 1 if group.kind == "text" and group.lines[0].bold and size >= body else 0


def _letter_sizes(groups: list[tuple[int, Group]]) -> tuple[float, set[float]]:
    """The size that most letters have, and the larger ones that headings have."""
    letters: Counter[float] = Counter()
    for _, group in groups:
        for line in group.lines:
            letters[_size(line)] += line.end - line.start
    body = letters.most_common(1)[0][0] if letters else 0.0
    total = letters.total()
    # A size in which a fifth of the text is written is not that of headings.
    return body, {size for size, count in letters.items() if size > body * _HEADING_SIZE and count * 5 < total}


def _size(line: Line) -> float:
    return round(line.size * 2) / 2


def _table(text: str, offset: int, group: Group) -> Block:
    rows = tuple((offset + line.start, offset + line.end) for line in group.lines)
    cells = [text[start:end].split(" | ") for start, end in rows]
    header = rows[0] if begins_with_header(cells) else None
    return Block("table", rows[0][0], rows[-1][1], header=header, rows=rows)


def _tile(pages: list[Page], length: int) -> tuple[Page, ...]:
    """Each page up to where the next one begins."""
    ends = [*(page.start for page in pages[1:]), length]
    return tuple(Page(page.number, page.start, end, page.label) for page, end in zip(pages, ends, strict=True))


def _label(document: pypdfium2.PdfDocument, number: int) -> str:
    """The number printed on the page where it is another than the page's place: `iv`, `A-3`."""
    label = document.get_page_label(number - 1)
    return tidy(label)[:40] if label and label != str(number) else ""
