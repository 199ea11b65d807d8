"""PDF by pdfium: text page by page, headings by the size of their letters, rectangles of any span."""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# pdfium's functions are ctypes and have no types.

import ctypes
import math
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium

from nexus.providers.parsers.base import Box, Page, PageWords, ParsedDocument, ParseError, Picture
from nexus.providers.parsers.formats import ENCRYPTED_ADVICE, MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.pdf_layout import Group
from nexus.providers.parsers.pdf_page import PageText, read_page
from nexus.providers.parsers.recognised import boxes as recognised_boxes
from nexus.providers.parsers.recognised import read_words
from nexus.providers.parsers.sections import find_blocks
from nexus.providers.parsers.writing import tidy, too_many_pages, too_much_text

_SCANNED_LETTERS = 60
"""Letters below which a page that a picture covers is a scan with a stamp or a number on it."""
_COVERED = 0.5
"""How much of a page pictures cover when it is one."""
_RESOLUTION = 300
"""Dots an inch at which pages are given to text recognition."""
_UNTITLED = re.compile(
    r"microsoft word|powerpoint presentation|untitled|\(?anonymous\)?$|document\d*$|.*\.(?:docx?|pdf|indd|tex|pptx?)$",
    re.IGNORECASE,
)
_GRID = 1_000_000
"""Steps of the device on which pdfium places a page, for fractions of six digits."""


def parse(path: Path, limits: ParseLimits, recognised: tuple[PageWords, ...] = ()) -> ParsedDocument:
    known = {page.number: page for page in recognised}
    parts: list[str] = []
    pages: list[Page] = []
    printed: list[tuple[int, Group]] = []
    read: list[tuple[int, Group]] = []
    unread: list[int] = []
    with closing(_open(path, limits)) as document:
        length = 0
        for number in range(1, len(document) + 1):
            if number in known:
                page = read_words(known[number])
            else:
                page, is_picture = _read(document, number)
                if is_picture:
                    unread.append(number)
            if page.text and length:
                parts.append("\n\n")
                length += 2
            pages.append(Page(number, length, length, _label(document, number)))
            parts.append(page.text)
            (read if number in known else printed).extend((length, group) for group in page.groups)
            length += len(page.text)
            if length > limits.text_characters:
                raise too_much_text(limits)
        title = tidy(document.get_metadata_value("Title")).replace("\n", " ")
    text = "".join(parts)
    if not text.strip() and not unread and not known:
        raise ParseError("empty", "The PDF holds no text. Check that it is the right one, then upload it again.")
    # Sizes are measured in points on printed pages and against the body on recognised ones: each have their headings.
    blocks = tuple(sorted((*find_blocks(text, printed), *find_blocks(text, read)), key=lambda block: block.start))
    if not title or _UNTITLED.match(title):
        title = next((text[b.start : b.end].replace("\n", " ") for b in blocks if b.kind == "heading"), "")
    return ParsedDocument(MEDIA_TYPES["pdf"], text, _tile(pages, length), blocks, title[:300], unread=tuple(unread))


def picture(path: Path, number: int, limits: ParseLimits) -> Picture:
    with closing(_open(path, limits)) as document:
        try:
            page = document[number - 1]
        except (pypdfium2.PdfiumError, IndexError) as error:
            raise ParseError("damaged", "The PDF has no such page.") from error
        with closing(page):
            width, height = page.get_size()
            scale = min(_RESOLUTION / 72, math.sqrt(limits.drawn_pixels / max(1.0, width * height)))
            with closing(page.render(scale=cast("int", scale), grayscale=True)) as bitmap:
                grey = np.ascontiguousarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
                return Picture(bitmap.width, bitmap.height, grey.tobytes())


def boxes(
    path: Path,
    start: int,
    end: int,
    pages: tuple[Page, ...],
    recognised: tuple[PageWords, ...],
    limits: ParseLimits,
) -> tuple[Box, ...]:
    known = {page.number: page for page in recognised}
    with closing(_open(path, limits)) as document:
        if pages:
            starts = [(page.number, page.start) for page in pages if page.start < end and page.end > start]
        else:
            starts = list(_starts(document, end))
        found: list[Box] = []
        for number, offset in starts:
            if number in known:
                found += recognised_boxes(known[number], start - offset, end - offset)
            elif 1 <= number <= len(document):
                found += _boxes(document, number, start - offset, end - offset)
    return tuple(found)


def _starts(document: pypdfium2.PdfDocument, end: int) -> Iterator[tuple[int, int]]:
    """Number and offset of the pages before `end`, by reading them all."""
    length = 0
    for number in range(1, len(document) + 1):
        text = _read(document, number)[0].text
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


def _read(document: pypdfium2.PdfDocument, number: int) -> tuple[PageText, bool]:
    """The text of a page, and whether it is a picture of more; a page that pdfium cannot load counts as empty, as
    readers show it."""
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError:
        return PageText.empty(), False
    with closing(page), closing(page.get_textpage()) as textpage:
        content = read_page(textpage.raw, page.get_rotation() // 90)
        letters = sum(map(str.isalnum, content.text))
        if not letters:
            return content, pdfium.FPDFPage_CountObjects(page.raw) > 0
        return content, letters < _SCANNED_LETTERS and _is_covered(page)


def _is_covered(page: pypdfium2.PdfPage) -> bool:
    """Whether a picture takes most of the page."""
    width, height = page.get_size()
    for found in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = found.get_bounds()
        if abs((right - left) * (top - bottom)) >= _COVERED * width * height:
            return True
    return False


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


def _tile(pages: list[Page], length: int) -> tuple[Page, ...]:
    """Each page up to where the next one begins."""
    ends = [*(page.start for page in pages[1:]), length]
    return tuple(Page(page.number, page.start, end, page.label) for page, end in zip(pages, ends, strict=True))


def _label(document: pypdfium2.PdfDocument, number: int) -> str:
    """The number printed on the page where it is another than the page's place: `iv`, `A-3`."""
    label = document.get_page_label(number - 1)
    return tidy(label)[:40] if label and label != str(number) else ""
