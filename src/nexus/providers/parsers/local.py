"""Parsing with libraries that run here: the content decides the format, one module reads each."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from nexus.providers.parsers import formats, sniffing
from nexus.providers.parsers.base import (
    Attachment,
    Box,
    OlderFormatError,
    Page,
    PageWords,
    ParsedDocument,
    ParseError,
    Picture,
    Preview,
    Sheet,
)
from nexus.providers.parsers.limits import ParseLimits

_MODULES: dict[formats.Format, str] = {
    "pdf": "pdf",
    "docx": "word",
    "pptx": "presentation",
    "xlsx": "workbook",
    "html": "web",
    "eml": "mail",
    "msg": "outlook",
    "json": "structured",
    "jsonl": "structured",
    "csv": "delimited",
    "markdown": "markdown",
    "text": "plain",
    **dict.fromkeys(formats.PICTURE_FORMATS, "image"),
}
_DRAWN: frozenset[formats.Format] = frozenset((*formats.PICTURE_FORMATS, "pdf"))
"""Formats whose pages can be shown, and may be pictures of text."""

_MAILS: frozenset[formats.Format] = frozenset(("eml", "msg"))
_SHEETS: dict[formats.Format, str] = {"xlsx": "of_workbook", "csv": "of_delimited"}


class LocalParser:
    """Parses PDF, DOCX, PPTX, XLSX, CSV, HTML, mail, JSON, Markdown, text and pictures. Run it in a sandbox only."""

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self.limits = limits or ParseLimits()

    def parse(self, path: Path, filename: str, recognised: tuple[PageWords, ...] = ()) -> ParsedDocument:
        """The text and structure of a file. Raises ParseError for anything that is wrong with it, OlderFormatError for
        what has to be converted first."""
        kind = self._sniff(path, filename)
        if kind in formats.OLDER:
            with _named_errors():
                _module(kind).inspect(path, kind, self.limits)
            newer, called = formats.OLDER[kind]
            raise OlderFormatError(kind, newer, called, formats.MEDIA_TYPES[kind])
        with _named_errors():
            known = (recognised,) if kind in _DRAWN else ()
            document: ParsedDocument = _module(kind).parse(path, self.limits, *known)
            return document

    def sheets(self, path: Path, filename: str) -> tuple[Sheet, ...]:
        """See the port."""
        read = _SHEETS.get(self._sniff(path, filename))
        if read is None:
            return ()
        sheets: tuple[Sheet, ...] = getattr(import_module("nexus.providers.parsers.sheets"), read)(path, self.limits)
        return sheets

    def attachments(self, path: Path, filename: str) -> tuple[Attachment, ...]:
        """See the port."""
        kind = self._sniff(path, filename)
        if kind not in _MAILS:
            return ()
        with _named_errors():
            found: tuple[Attachment, ...] = _module(kind).attachments(path, self.limits)
            return found

    def picture(self, path: Path, filename: str, number: int) -> Picture:
        """See the port."""
        kind = self._sniff(path, filename)
        if kind not in _DRAWN:
            raise ParseError("unsupported", "Files of this kind have no pages that could be drawn.")
        with _named_errors():
            drawn: Picture = _module(kind).picture(path, number, self.limits)
            return drawn

    def preview(self, path: Path, filename: str, number: int) -> Preview:
        """See the port."""
        kind = self._sniff(path, filename)
        if kind not in formats.PICTURE_FORMATS:
            raise ParseError("unsupported", "The file is not a picture.")
        with _named_errors():
            shown: Preview = _module(kind).preview(path, number, self.limits)
            return shown

    def boxes(
        self,
        path: Path,
        filename: str,
        start: int,
        end: int,
        pages: tuple[Page, ...] = (),
        recognised: tuple[PageWords, ...] = (),
    ) -> tuple[Box, ...]:
        """See the port."""
        kind = self._sniff(path, filename)
        if kind not in _DRAWN:
            return ()
        found: tuple[Box, ...] = _module(kind).boxes(path, start, end, pages, recognised, self.limits)
        return found

    def _sniff(self, path: Path, filename: str) -> formats.Format:
        if path.stat().st_size > self.limits.input_bytes:
            megabytes = self.limits.input_bytes // (1024 * 1024)
            raise ParseError("too-large", f"The file is larger than {megabytes} MB. Split it and upload the parts.")
        return sniffing.sniff(path, filename)


@contextmanager
def _named_errors() -> Generator[None]:
    try:
        yield
    except (ParseError, MemoryError):
        raise
    except Exception as error:
        # Broken files make the libraries raise whatever they stumble over. The cause travels along for the log.
        raise ParseError(
            "damaged",
            "The file is damaged or not written as its format demands. Open it, save it again and upload the copy.",
        ) from error


def _module(kind: formats.Format) -> Any:
    # Only the libraries of the formats that a child has met are loaded into it.
    return import_module(f"nexus.providers.parsers.{_MODULES.get(kind, 'older')}")
