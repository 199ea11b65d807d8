"""Office files as what they are: zipped XML, opened with suspicion."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingTypeStubs=false, reportAttributeAccessIssue=false
# lxml has no types.

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import IO, Any, Self

from lxml import etree

from nexus.providers.parsers.base import ParseError
from nexus.providers.parsers.formats import ENCRYPTED_ADVICE
from nexus.providers.parsers.limits import ParseLimits

Element = Any
"""An lxml element."""

RELATIONSHIPS = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PACKAGE = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DUBLIN_CORE = "{http://purl.org/dc/elements/1.1/}"

# The strict variant of the format differs in its names only.
_STRICT = re.compile(
    rb"http://purl\.oclc\.org/ooxml/(officeDocument|wordprocessingml|presentationml|spreadsheetml|drawingml)/"
)
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)|<\x00!\x00D\x00O\x00C|\x00<\x00!\x00D\x00O", re.IGNORECASE)
_PROLOGUE_BYTES = 64 * 1024
_SMALL_ENTRY = 16 * 1024 * 1024
_CHUNK = 1024 * 1024
_LOCAL_HEADER = 30

_UNTITLED = re.compile(
    r"(?:powerpoint presentation|word document|microsoft word.*|untitled|document\d*)", re.IGNORECASE
)


class Package:
    """The parts of an Office file. Raises ParseError (bomb, damaged, encrypted, too-large) at the first oddity."""

    def __init__(self, path: Path, limits: ParseLimits) -> None:
        self._limits = limits
        self._inflated = 0
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise _damaged() from error
        try:
            _inspect(self._archive.infolist(), limits)
        except ParseError:
            self._archive.close()
            raise
        self._names = set(self._archive.namelist())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def __contains__(self, part: str) -> bool:
        return part in self._names

    def read(self, part: str) -> bytes:
        """The bytes of a part, counted as they come out, whatever the archive says about their number."""
        pieces: list[bytes] = []
        with self.open(part) as file:
            while piece := file.read(_CHUNK):
                pieces.append(piece)
        return b"".join(pieces)

    def open(self, part: str) -> "_Part":
        """A part to be read piece by piece, counted as well."""
        try:
            return _Part(self._archive.open(part), self._count)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, OSError) as error:
            raise _damaged() from error

    def _count(self, size: int) -> None:
        self._inflated += size
        if self._inflated > self._limits.inflated_bytes:
            raise _bomb()

    def elements(self, part: str, *tags: str) -> Iterator[Element]:
        """The elements of these names one by one, each forgotten when the next is asked for."""
        with self.open(part) as file:
            refuse_doctype(file.peek(_PROLOGUE_BYTES))
            events = etree.iterparse(
                file,
                tag=tags,
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                remove_comments=True,
                remove_pis=True,
            )
            try:
                for _, node in events:
                    yield node
                    node.clear()
                    while node.getprevious() is not None:
                        del node.getparent()[0]
            except etree.XMLSyntaxError as error:
                raise _damaged() from error

    def xml(self, part: str) -> Element:
        """The root of a part. Nothing is resolved, loaded or expanded; a document type is refused."""
        content = _STRICT.sub(rb"http://schemas.openxmlformats.org/\1/2006/", self.read(part))
        refuse_doctype(content)
        parser = etree.XMLParser(
            resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
        )
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise _damaged() from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise _doctype()
        return root

    def related(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part refers to inside the file: id → (last word of the kind, name of the part)."""
        folder, name = posixpath.split(part)
        relationships = posixpath.join(folder, "_rels", f"{name}.rels")
        if relationships not in self:
            return {}
        found: dict[str, tuple[str, str]] = {}
        for node in self.xml(relationships).iter(f"{_PACKAGE}Relationship"):
            if node.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, node.get("Target", ""))).lstrip("/")
                found[node.get("Id", "")] = (node.get("Type", "").rpartition("/")[2], target)
        return found

    def title(self) -> str:
        """The title among the file's properties, unless it is the program's own."""
        if "docProps/core.xml" not in self:
            return ""
        title = (self.xml("docProps/core.xml").findtext(f"{_DUBLIN_CORE}title") or "").strip()
        return "" if _UNTITLED.fullmatch(title) else title


class _Part:
    """A file that reports what it gives out, and turns the archive's errors into ours."""

    def __init__(self, file: IO[bytes], count: Callable[[int], None]) -> None:
        self._file = file
        self._count = count
        self._ahead = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def peek(self, size: int) -> bytes:
        """The next bytes, at most `size`, which `read` will give again."""
        self._ahead += self._read(size - len(self._ahead))
        return self._ahead

    def read(self, size: int) -> bytes:
        if self._ahead:
            piece, self._ahead = self._ahead[:size], self._ahead[size:]
            return piece
        return self._read(size)

    def _read(self, size: int) -> bytes:
        try:
            piece = self._file.read(size)
        except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as error:
            raise _damaged() from error
        self._count(len(piece))
        return piece


def refuse_doctype(content: bytes) -> None:
    """Office files have no document type; one with entities is there to multiply, or to read other files."""
    if _DOCTYPE.search(content, 0, _PROLOGUE_BYTES):
        raise _doctype()


def _inspect(entries: list[zipfile.ZipInfo], limits: ParseLimits) -> None:
    if len(entries) > limits.archive_entries or sum(entry.file_size for entry in entries) > limits.inflated_bytes:
        raise _bomb()
    if any(entry.flag_bits & 1 for entry in entries):
        raise ParseError("encrypted", ENCRYPTED_ADVICE)
    for entry in entries:
        if entry.file_size > _SMALL_ENTRY and entry.file_size > limits.inflation * max(1, entry.compress_size):
            raise _bomb()
    # Entries that share their bytes unpack to more than the file could hold.
    for entry, following in pairwise(sorted(entries, key=lambda entry: entry.header_offset)):
        end = entry.header_offset + _LOCAL_HEADER + len(entry.orig_filename) + entry.compress_size
        if entry.compress_size and end > following.header_offset:
            raise _bomb()


def _bomb() -> ParseError:
    return ParseError(
        "bomb",
        "The file unpacks to far more than a document needs, so it is not opened. "
        "Save it again in the program it was made with, without large embedded objects.",
    )


def _doctype() -> ParseError:
    return ParseError(
        "bomb",
        "The file defines abbreviations that could grow without end, as no Office program does, so it is not opened. "
        "Save it again in the program it was made with.",
    )


def _damaged() -> ParseError:
    return ParseError(
        "damaged", "The file is damaged. Open it in the program it was made with, save it again and upload the copy."
    )
