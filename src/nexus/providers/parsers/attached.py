"""A mail with the text of what was attached to it, each under a heading of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nexus.providers.parsers.base import Block, Page, ParsedDocument
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.writing import too_much_text

_REASONS = {
    "encrypted": "protected with a password",
    "empty": "empty",
    "no-text": "pictures of text, which are read in files that are uploaded by themselves",
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
class Enclosure:
    """What became of an attachment: a document, or the code of why not."""

    name: str
    document: ParsedDocument | None = None
    code: str = ""
    enclosures: "tuple[Enclosure, ...]" = ()
    """Of an attached mail."""


def with_attachments(mail: ParsedDocument, enclosures: Sequence[Enclosure], limits: ParseLimits) -> ParsedDocument:
    """The mail, its attachments below it, and at the end which of them are not read. Raises ParseError (too-large)."""
    writer = _Writer(mail, limits)
    for each in enclosures:
        if each.document is not None:
            writer.add(each.name, with_attachments(each.document, each.enclosures, limits))
    left = [f"{each.name} ({_REASONS.get(each.code, 'damaged')})" for each in enclosures if each.document is None]
    if left:
        writer.block(Block("paragraph", 0, 0), f"Attachments that are not read: {', '.join(left)}")
    return writer.finish()


class _Writer:
    def __init__(self, mail: ParsedDocument, limits: ParseLimits) -> None:
        self._mail = mail
        self._limits = limits
        self._parts = [mail.text]
        self._length = len(mail.text)
        self._blocks = list(mail.blocks)

    def add(self, name: str, document: ParsedDocument) -> None:
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
            self.block(replace(block, level=level), text)

    def block(self, block: Block, text: str) -> None:
        """Writes `text` below what there is; `block` says what it is and where it stood."""
        self._parts += ("\n\n", text)
        by = self._length + 2 - block.start
        self._length += 2 + len(text)
        if self._length > self._limits.text_characters:
            raise too_much_text(self._limits)
        header = (block.header[0] + by, block.header[1] + by) if block.header else None
        rows = tuple((start + by, end + by) for start, end in block.rows)
        self._blocks.append(replace(block, start=block.start + by, end=self._length, header=header, rows=rows))

    def finish(self) -> ParsedDocument:
        return replace(self._mail, text="".join(self._parts), blocks=tuple(self._blocks))


def _begun(pages: list[Page], block: Block) -> Iterator[Page]:
    """The last of the pages that have begun where the block begins; all of those are taken off."""
    begun: Page | None = None
    while pages and pages[0].start <= block.start:
        begun = pages.pop(0)
    if begun is not None:
        yield begun
