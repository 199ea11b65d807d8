"""The port from a file to text with structure. Parsers run in limited child processes only."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal, Protocol

from nexus.core.errors import NexusError

BlockKind = Literal["heading", "paragraph", "list", "code", "table"]


class ParseError(NexusError):
    """The file cannot become text. `detail` tells the person who uploaded it what to do.

    `code` is stable and short: encrypted, damaged, empty, no-text, too-large, too-many-pages,
    bomb, timeout, memory, unsupported, mislabelled.
    """

    status: ClassVar[int] = 422
    slug: ClassVar[str] = "unreadable-file"
    title: ClassVar[str] = "The file cannot be read"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail, code=code)
        self.code = code

    def __reduce__(self) -> "tuple[type[ParseError], tuple[str, str]]":
        return type(self), (self.code, self.detail)


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

    def parse(self, path: Path, filename: str) -> ParsedDocument:
        """Raises ParseError for anything that is wrong with the file."""
        ...

    def boxes(self, path: Path, filename: str, start: int, end: int, pages: tuple[Page, ...] = ()) -> tuple[Box, ...]:
        """The rectangles of the text's span `[start, end)`, a line each; empty for formats without pages' geometry.

        With the document's `pages` at hand only those that the span touches are read, else all up to them.
        """
        ...
