"""MSG: a mail as Outlook saves it, a container of properties. MS-OXMSG and MS-OXPROPS say what the numbers mean."""

import struct
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, cast

import olefile

from nexus.providers.parsers import letters
from nexus.providers.parsers.base import Attachment, ParsedDocument, ParseError
from nexus.providers.parsers.encodings import decode
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.letters import Enclosed, Letter, line
from nexus.providers.parsers.limits import ParseLimits

Storage = tuple[str, ...]
"""A folder of the container, by its names from the root."""

_SUBJECT: Final = 0x0037
_SENT, _DELIVERED = 0x0039, 0x0E06
_SENDER_NAME: Final = 0x0C1A
_SENDER_SMTP, _SENDER_ADDRESS = 0x5D01, 0x0C1F
_DISPLAY: Final = {"To": 0x0E04, "Cc": 0x0E03}
_RECIPIENT: Final = {"To": 1, "Cc": 2}
_RECIPIENT_KIND, _RECIPIENT_SMTP = 0x0C15, 0x39FE
_NAME: Final = 0x3001
_BODY, _HTML = 0x1000, 0x1013
_CODE_PAGE, _HTML_CODE_PAGE = 0x3FFD, 0x3FDE
_LONG_NAME, _SHORT_NAME = 0x3707, 0x3704
_CONTENT, _MEDIA_TYPE, _CONTENT_ID, _HIDDEN = 0x3701, 0x370E, 0x3712, 0x7FFE

_UNICODE, _ANSI, _BINARY, _OBJECT = "001F", "001E", "0102", "000D"
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_HEADERS: Final = {"": 32, "__substg1.0_3701000D": 24}
"""Bytes before the properties of a mail: the outermost, and one inside another. Others have eight."""
_UTF8: Final = 65001
_PICTURES: Final = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    with _letter(path, limits) as letter:
        return letters.write(letter, MEDIA_TYPES["msg"], limits)


def attachments(path: Path, limits: ParseLimits) -> tuple[Attachment, ...]:
    with _letter(path, limits) as letter:
        return letters.attachments(letter, limits)


@contextmanager
def _letter(path: Path, limits: ParseLimits) -> Generator[Letter]:
    try:
        with path.open("rb") as file, cast("Any", olefile).OleFileIO(file) as container:
            yield _Message(container, (), limits).read()
    except OSError as error:
        raise ParseError(
            "damaged", "The message is damaged or incomplete. In Outlook, save it again and upload the copy."
        ) from error


class _Message:
    """A mail in a storage of the container."""

    def __init__(self, container: Any, storage: Storage, limits: ParseLimits, depth: int = 0) -> None:
        self._container = container
        self._storage = storage
        self._limits = limits
        self._depth = depth
        self._numbers = self._fixed(storage)
        code_page = self._numbers.get(_CODE_PAGE, 0) & 0xFFFFFFFF
        self._encoding = _encoding(code_page)

    def read(self) -> Letter:
        fields = {"From": self._sender(), **{name: self._recipients(name) for name in _RECIPIENT}}
        sent = self._numbers.get(_SENT) or self._numbers.get(_DELIVERED) or 0
        return Letter(
            self._text(self._storage, _SUBJECT),
            {name: value for name, value in fields.items() if value},
            _date(sent),
            self._text(self._storage, _BODY),
            self._html(),
            tuple(self._enclosed()),
        )

    def _sender(self) -> str:
        name = self._text(self._storage, _SENDER_NAME)
        return _person(name, self._text(self._storage, _SENDER_SMTP) or self._text(self._storage, _SENDER_ADDRESS))

    def _recipients(self, field: str) -> str:
        people = [
            _person(self._text(storage, _NAME), self._text(storage, _RECIPIENT_SMTP))
            for storage in self._storages("__recip_version1.0_#")
            if self._fixed(storage).get(_RECIPIENT_KIND) == _RECIPIENT[field]
        ]
        return ", ".join(filter(None, people)) or line(self._text(self._storage, _DISPLAY[field]))

    def _html(self) -> str:
        if content := self._stream(self._storage, _HTML, _BINARY):
            return decode(content, _encoding(self._numbers.get(_HTML_CODE_PAGE, 0) & 0xFFFFFFFF))[0]
        return self._text(self._storage, _HTML)

    def _enclosed(self) -> Iterator[Enclosed]:
        for storage in self._storages("__attach_version1.0_#"):
            named = self._text(storage, _LONG_NAME) or self._text(storage, _SHORT_NAME) or self._text(storage, _NAME)
            inner = (*storage, f"__substg1.0_{_CONTENT:04X}{_OBJECT}")
            if self._container.exists([*inner, "__properties_version1.0"]):
                name = named if named.lower().endswith((".eml", ".msg")) else f"{named or 'message'}.eml"
                yield Enclosed(name, partial(self._inner, inner))
                continue
            is_picture = self._text(storage, _MEDIA_TYPE).startswith("image/") or named.lower().endswith(_PICTURES)
            yield Enclosed(
                named,
                partial(self._stream, storage, _CONTENT, _BINARY),
                is_picture,
                self._text(storage, _CONTENT_ID).strip("<>"),
                bool(self._fixed(storage).get(_HIDDEN, 0) & 1),
            )

    def _inner(self, storage: Storage) -> bytes:
        """A mail inside, as a file of its own."""
        if self._depth >= self._limits.attached_depth:
            return b""
        letter = _Message(self._container, storage, self._limits, self._depth + 1).read()
        found = letters.attachments(letter, self._limits)
        return letters.serialise(letter, [(each.name, each.content) for each in found])

    def _storages(self, prefix: str) -> list[Storage]:
        depth = len(self._storage)
        found: list[Storage] = [
            tuple(entry)
            for entry in self._container.listdir(streams=False, storages=True)
            if len(entry) == depth + 1 and tuple(entry[:depth]) == self._storage and entry[depth].startswith(prefix)
        ]
        return sorted(found)

    def _fixed(self, storage: Storage) -> dict[int, int]:
        """Numbers, dates and yes or no among the properties of a storage."""
        content = self._bytes((*storage, "__properties_version1.0"))
        start = _HEADERS.get(storage[-1] if storage else "", 8)
        return {
            tag >> 16: int(value)
            for tag, _, value in struct.iter_unpack("<IIQ", content[start : start + (len(content) - start) // 16 * 16])
        }

    def _text(self, storage: Storage, number: int) -> str:
        if content := self._stream(storage, number, _UNICODE):
            return content.decode("utf-16-le", "replace").rstrip("\0")
        return (
            decode(content, self._encoding)[0].rstrip("\0") if (content := self._stream(storage, number, _ANSI)) else ""
        )

    def _stream(self, storage: Storage, number: int, kind: str) -> bytes:
        return self._bytes((*storage, f"__substg1.0_{number:04X}{kind}"))

    def _bytes(self, stream: Storage) -> bytes:
        if not self._container.exists(list(stream)):
            return b""
        with self._container.openstream(list(stream)) as file:
            content: bytes = file.read()
            return content


def _person(name: str, address: str) -> str:
    name, address = line(name), line(address)
    # Exchange's own addresses are paths of its directory.
    if "@" not in address or address == name:
        return name
    return f"{name} <{address}>" if name else address


def _encoding(code_page: int) -> str:
    return "utf-8" if code_page == _UTF8 else f"cp{code_page}" if code_page else ""


def _date(ticks: int) -> str:
    """From tenths of microseconds since 1601."""
    try:
        return (_EPOCH + timedelta(microseconds=ticks // 10)).isoformat(" ", "minutes") if ticks else ""
    except OverflowError:
        return ""
