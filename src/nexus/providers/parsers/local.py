"""Parsing with libraries that run here: the content decides the format, one module reads each."""

from importlib import import_module
from pathlib import Path
from typing import Any

from nexus.providers.parsers import sniffing
from nexus.providers.parsers.base import Box, Page, ParsedDocument, ParseError
from nexus.providers.parsers.limits import ParseLimits

_MODULES: dict[sniffing.Format, str] = {
    "pdf": "pdf",
    "docx": "word",
    "pptx": "presentation",
    "xlsx": "workbook",
    "html": "web",
    "eml": "mail",
    "json": "structured",
    "jsonl": "structured",
    "csv": "delimited",
    "markdown": "markdown",
    "text": "plain",
}


class LocalParser:
    """Parses PDF, DOCX, PPTX, XLSX, CSV, HTML, EML, JSON, Markdown and text. Run it in a sandbox only."""

    def __init__(self, limits: ParseLimits | None = None) -> None:
        self.limits = limits or ParseLimits()

    def parse(self, path: Path, filename: str) -> ParsedDocument:
        """The text and structure of a file. Raises ParseError for anything that is wrong with it."""
        module = _module(self._sniff(path, filename))
        try:
            document: ParsedDocument = module.parse(path, self.limits)
        except (ParseError, MemoryError):
            raise
        except Exception as error:
            # Broken files make the libraries raise whatever they stumble over. The cause travels along for the log.
            raise ParseError(
                "damaged",
                "The file is damaged or not written as its format demands. Open it, save it again and upload the copy.",
            ) from error
        return document

    def boxes(self, path: Path, filename: str, start: int, end: int, pages: tuple[Page, ...] = ()) -> tuple[Box, ...]:
        """See the port."""
        if self._sniff(path, filename) != "pdf":
            return ()
        found: tuple[Box, ...] = _module("pdf").boxes(path, start, end, pages, self.limits)
        return found

    def _sniff(self, path: Path, filename: str) -> sniffing.Format:
        if path.stat().st_size > self.limits.input_bytes:
            megabytes = self.limits.input_bytes // (1024 * 1024)
            raise ParseError("too-large", f"The file is larger than {megabytes} MB. Split it and upload the parts.")
        return sniffing.sniff(path, filename)


def _module(kind: sniffing.Format) -> Any:
    # Only the libraries of the formats that a child has met are loaded into it.
    return import_module(f"nexus.providers.parsers.{_MODULES[kind]}")
