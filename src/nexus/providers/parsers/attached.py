"""A mail with the text of what was attached to it, each under a heading of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nexus.providers.parsers.base import Block, Page, ParsedDocument, Sheet
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.writing import too_much_text

_REASONS = {
    "encrypted": "protected with a password",
    "empty": "empty",
    "unread": "pictures of text",
    "no-text": "no text was recognised",
    "no-converter": "an older format that is not read here",
    "no-decoder": "a kind of picture that is not read here",
    "too-large": "too large",
    "too-many": "too many attachments",
    "too-many-pages": "too many pages",
    "too-deep": "mails in mails",
    "timeout": "took too long",
    "memory": "too large",
    "bomb": "too large when unpacked",
    "unsupported": "not a document",
    "mislabelled": "not what its name says",
}
_LEVEL = 2
"""Of the heading above an attachment; the mail's subject has the first."""
_DEEPEST = 9


@dataclass(frozen=True, slots=True)
class PlacedSheet:
    """A sheet and the span `[start, end)` of the text that it is."""

    sheet: Sheet
    start: int
    end: int
    file: str = ""
    """The name of the attachment that it is in; empty where it is in the document itself."""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """What became of an attachment: a document, or the code of why not."""

    name: str
    document: ParsedDocument | None = None
    code: str = ""
    sheets: tuple[Sheet, ...] = ()
    enclosures: "tuple[Enclosure, ...]" = ()
    """Of an attached mail."""
    unread: tuple[int, ...] = ()
    """Pages of it that are pictures of text, numbered as `ingestion.enclosing` does it for the whole mail."""


def with_attachments(
    mail: ParsedDocument, enclosures: Sequence[Enclosure], limits: ParseLimits
) -> tuple[ParsedDocument, tuple[PlacedSheet, ...]]:
    """The mail, its attachments below it, and at the end which of them are not read; and the sheets among them.

    Raises ParseError (too-large).
    """
    writer = _Writer(mail, limits)
    unread = list(mail.unread)
    sheets: list[PlacedSheet] = []
    for each in enclosures:
        unread += each.unread
        if each.document is not None:
            document = replace(each.document, unread=())
            own = [replace(sheet, file=each.name) for sheet in place_sheets(document, each.sheets)]
            document, further = with_attachments(document, each.enclosures, limits)
            unread += document.unread
            sheets += writer.add(each.name, document, (*own, *further))
    left = [f"{each.name} ({_REASONS.get(each.code, 'damaged')})" for each in enclosures if each.document is None]
    if left:
        writer.block(Block("paragraph", 0, 0), f"Attachments that are not read: {', '.join(left)}")
    return replace(writer.finish(), unread=tuple(unread)), tuple(sheets)


def place_sheets(document: ParsedDocument, sheets: Sequence[Sheet]) -> Iterator[PlacedSheet]:
    """Each with its page of the text; with all of it where it has none."""
    pages = {page.number: page for page in document.pages}
    for sheet in sheets:
        page = pages.get(sheet.page)
        yield PlacedSheet(sheet, page.start, page.end) if page else PlacedSheet(sheet, 0, len(document.text))


class _Writer:
    def __init__(self, mail: ParsedDocument, limits: ParseLimits) -> None:
        self._mail = mail
        self._limits = limits
        self._parts = [mail.text]
        self._length = len(mail.text)
        self._blocks = list(mail.blocks)

    def add(self, name: str, document: ParsedDocument, sheets: Sequence[PlacedSheet]) -> list[PlacedSheet]:
        """Writes the document below what there is. Its sheets, where they stand then."""
        moved: list[tuple[Block, Block]] = []
        self.block(Block("heading", 0, 0, _LEVEL), f"Attachment {name}")
        pages = list(document.pages) if len(document.pages) > 1 else []
        deeper = _LEVEL + bool(pages)
        for block in document.blocks:
            text = document.text[block.start : block.end]
            for page in _begun(pages, block):
                label = page.label or f"page {page.number}"
                # A sheet's name stands above its rows anyway.
                if label != text:
                    self.block(Block("heading", 0, 0, _LEVEL + 1), label)
            level = min(block.level + deeper, _DEEPEST) if block.level else 0
            moved.append((block, self.block(replace(block, level=level), text)))
        found: list[PlacedSheet] = []
        for sheet in sheets:
            within = [now for before, now in moved if sheet.start <= before.start < sheet.end]
            if within:
                found.append(replace(sheet, start=within[0].start, end=within[-1].end))
        return found

    def block(self, block: Block, text: str) -> Block:
        """Writes `text` below what there is; `block` says what it is and where it stood."""
        self._parts += ("\n\n", text)
        by = self._length + 2 - block.start
        self._length += 2 + len(text)
        if self._length > self._limits.text_characters:
            raise too_much_text(self._limits)
        header = (block.header[0] + by, block.header[1] + by) if block.header else None
        rows = tuple((start + by, end + by) for start, end in block.rows)
        written = replace(block, start=block.start + by, end=self._length, header=header, rows=rows)
        self._blocks.append(written)
        return written

    def finish(self) -> ParsedDocument:
        return replace(self._mail, text="".join(self._parts), blocks=tuple(self._blocks))


def _begun(pages: list[Page], block: Block) -> Iterator[Page]:
    """The last of the pages that have begun where the block begins; all of those are taken off."""
    begun: Page | None = None
    while pages and pages[0].start <= block.start:
        begun = pages.pop(0)
    if begun is not None:
        yield begun
