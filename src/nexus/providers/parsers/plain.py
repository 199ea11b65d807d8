"""Plain text: as it is written, in paragraphs and lists."""

import re
from collections.abc import Iterator
from pathlib import Path

from nexus.core.text.normalise import normalise
from nexus.providers.parsers.base import Block, Page, ParsedDocument, ParseError
from nexus.providers.parsers.encodings import read_text
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.writing import too_many_pages

_ITEM = re.compile(r"[ \t]*(?:[-*+•‣◦▪–]|\(?(?:\d{1,3}|[A-Za-z])[.)])[ \t]+\S")


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    raw, encoding = read_text(path, limits)
    if raw.count("\ufffd") > len(raw) // 20 + 1:
        raise ParseError("mislabelled", "The file is not text. Upload the document itself.")
    pieces = [normalise(piece) for piece in raw.split("\f")]  # printers' page breaks, as RFCs still have them
    if len(pieces) > limits.pages:
        raise too_many_pages(limits)
    text = "\n".join(pieces)
    blocks = tuple(
        Block("list" if _ITEM.match(text, start, end) else "paragraph", start, end) for start, end in _paragraphs(text)
    )
    if not blocks:
        raise ParseError("empty", "The file holds no text. Check that it is the right one, then upload it again.")
    return ParsedDocument(
        MEDIA_TYPES["text"], text, _pages(pieces) if len(pieces) > 1 else (), blocks, properties={"encoding": encoding}
    )


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Spans of the lines between blank ones."""
    first = position = end = 0
    for line in text.split("\n"):
        if line and not line.isspace():
            first = first if end else position
            end = position + len(line)
        elif end:
            yield first, end
            end = 0
        position += len(line) + 1
    if end:
        yield first, end


def _pages(pieces: list[str]) -> tuple[Page, ...]:
    pages: list[Page] = []
    start = 0
    for number, piece in enumerate(pieces, start=1):
        end = start + len(piece) + (number < len(pieces))
        pages.append(Page(number, start, end))
        start = end
    return tuple(pages)
