"""The port from a file to text with structure. Parsers run in limited child processes only."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final, Literal, Protocol

from nexus.core.errors import NexusError

BlockKind = Literal["heading", "paragraph", "list", "code", "table"]


class ParseError(NexusError):
    """The file cannot become text. `detail` tells the person who uploaded it what to do.

    `code` is stable and short: encrypted, damaged, empty, no-text, no-recognition, no-converter, no-decoder,
    too-large, too-many-pages, bomb, timeout, memory, unsupported, mislabelled.
    """

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "unreadable-file"
    title: ClassVar[str] = "The file cannot be read"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail, code=code)
        self.code = code

    def __reduce__(self) -> "tuple[type[ParseError], tuple[str, ...]]":
        return type(self), (self.code, self.detail)


class OlderFormatError(ParseError):
    """The file is of a format that is read only when it has been converted (`conversion.Converter`).

    `kind`: the format as files are named by it, as `doc`; `newer`: what it is converted into, as `docx`.
    """

    def __init__(self, kind: str, newer: str, called: str, media_type: str) -> None:
        super().__init__(
            "no-converter",
            f"The file is {called}, and LibreOffice, which reads such files, is not installed here. Ask your "
            f"administrator to install it, then process the document again; or save the file as {newer.upper()} and "
            "upload that.",
        )
        self.kind, self.newer, self.called, self.media_type = kind, newer, called, media_type

    def __reduce__(self) -> tuple[type[ParseError], tuple[str, ...]]:
        return type(self), (self.kind, self.newer, self.called, self.media_type)


def describe_sandbox_error(reason: str) -> ParseError:
    """What to tell the uploader when reading the file ended its child process (`core.sandbox.SandboxReason`)."""
    sentences = {
        "memory": (
            "memory",
            "Reading the file needs more memory than allowed. Split it into smaller files, or save it again.",
        ),
        "timeout": ("timeout", "Reading the file takes too long. Split it into smaller files, or save it again."),
    }
    code, detail = sentences.get(
        reason, ("damaged", "The file made its reader stop. It is damaged: open it, save it again and upload that.")
    )
    return ParseError(code, detail)


@dataclass(frozen=True, slots=True)
class Page:
    """A page, slide or sheet: the half-open slice `[start, end)` of the text."""

    number: int
    """From 1."""
    start: int
    end: int
    label: str = ""
    """What people call it when it is not just the number: a sheet's name, `Slide 3`."""


@dataclass(frozen=True, slots=True)
class Block:
    """A run of text of one kind, `[start, end)`; blocks are ordered and do not overlap."""

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    """Heading level from 1; 0 for everything else."""
    header: tuple[int, int] | None = None
    """For a table: the span of its header row (inside the block), if it has one."""
    rows: tuple[tuple[int, int], ...] = ()
    """For a table: the spans of its rows, header included, in order. A chunk never cuts one."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as it is shown, in shades of grey, row by row from the top, a byte each."""

    width: int
    height: int
    grey: bytes


@dataclass(frozen=True, slots=True)
class Preview:
    """A picture that a browser can show, made anew: nothing of the file that it is of goes to the browser."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Word:
    """A word that was recognised in a picture; its place in fractions of the picture, origin at the top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float
    """From 0 to 1, as the engine estimates it."""
    line: int
    """Words of one line have the same number; lines are numbered in reading order."""


@dataclass(frozen=True, slots=True)
class PageWords:
    """What was recognised on the picture of a page; the words from left to right, line by line."""

    number: int
    words: tuple[Word, ...]
    shape: float
    """Height divided by width."""


MAILS: Final = frozenset(("message/rfc822", "application/vnd.ms-outlook"))
"""Media types of files that others may be attached to."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside of a mail."""

    name: str
    content: bytes
    code: str = ""
    """Why its content is not here: too-large, too-many."""


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The text of a file, normalised once (`core.text.normalise`), and where its parts are."""

    media_type: str
    """What the content is (sniffed), not what the name says."""
    text: str
    pages: tuple[Page, ...]
    blocks: tuple[Block, ...]
    title: str = ""
    """From the file's own metadata or first heading; empty when it has none."""
    properties: dict[str, str] = field(default_factory=dict[str, str])
    unread: tuple[int, ...] = ()
    """Numbers of the pages that are pictures of text: `Parser.picture` gives them, and text recognition their words."""


CellKind = Literal["text", "number", "percent", "date", "duration", "boolean"]


@dataclass(frozen=True, slots=True)
class Cell:
    """A filled cell of a sheet; `column` from 0. Numbers have a point for decimals, dates are ISO 8601."""

    column: int
    text: str
    kind: CellKind


@dataclass(frozen=True, slots=True)
class SheetRow:
    """`number` as the sheet counts it, from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The filled cells of a sheet. `page`: the page that it is of the document's text."""

    page: int
    name: str
    rows: tuple[SheetRow, ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First and last row (from 1), first and last column (from 0)."""
    decimal_comma: bool | None = None
    """Whether its numbers, where they are text, are likely written with a comma for decimals; None: who knows."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page in fractions of its width and height, origin at the top left."""

    page: int
    left: float
    top: float
    right: float
    bottom: float


class Parser(Protocol):
    """Synchronous, picklable, without state: it is sent to a child process."""

    def parse(self, path: Path, filename: str, recognised: tuple[PageWords, ...] = ()) -> ParsedDocument:
        """Raises ParseError for anything that is wrong with the file. `recognised` is the text of pages that had none.

        The text is empty only where all of it is still `unread`.
        """
        ...

    def picture(self, path: Path, filename: str, number: int) -> Picture:
        """A page as its reader sees it, sharp enough to recognise text. Raises ParseError."""
        ...

    def preview(self, path: Path, filename: str, number: int) -> Preview:
        """A page of a file that is itself a picture, as people look at it. Raises ParseError for other files."""
        ...

    def sheets(self, path: Path, filename: str) -> tuple[Sheet, ...]:
        """The cells of a spreadsheet; nothing of any other file. Raises ParseError."""
        ...

    def attachments(self, path: Path, filename: str) -> tuple[Attachment, ...]:
        """What is attached to a mail; nothing of any other file. Raises ParseError."""
        ...

    def boxes(
        self,
        path: Path,
        filename: str,
        start: int,
        end: int,
        pages: tuple[Page, ...] = (),
        recognised: tuple[PageWords, ...] = (),
    ) -> tuple[Box, ...]:
        """The rectangles of the text's span `[start, end)`, a line each; empty for formats without pages' geometry.

        With the document's `pages` at hand only those that the span touches are read, else all up to them. `recognised`
        are those among them that were read from pictures.
        """
        ...
