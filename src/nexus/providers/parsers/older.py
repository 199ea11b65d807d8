"""A look into files of older formats before a program converts them: passwords and bombs are told apart."""

# pyright: reportUnknownMemberType=false, reportMissingTypeStubs=false
# olefile has no types.

import struct
from pathlib import Path
from typing import IO, Any, Final, cast

import olefile

from nexus.providers.parsers.base import ParseError
from nexus.providers.parsers.formats import ENCRYPTED_ADVICE, Format
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.office import Package

_WORD: Final = "WordDocument"
_WORD_FLAGS: Final = 10
_WORD_ENCRYPTED: Final = 0x0100
_BOOKS: Final = ("Workbook", "Book")
_FILE_PASS: Final = 0x2F
_BOUND_SHEET: Final = 0x85
_DECK_USER: Final = "Current User"
_DECK_TOKEN: Final = 12
_DECK_ENCRYPTED: Final = 0xF3D1C4DF
_MANIFEST: Final = "META-INF/manifest.xml"
_BEGINNING: Final = 64 * 1024


def inspect(path: Path, kind: Format, limits: ParseLimits) -> None:
    """Raises ParseError (encrypted, bomb, damaged)."""
    if kind in ("odt", "ods", "odp"):
        with Package(path, limits) as package:
            encrypted = _MANIFEST in package and b"encryption-data" in package.read(_MANIFEST)
    elif kind == "rtf":
        encrypted = False
    else:
        try:
            with path.open("rb") as file, _container(file) as container:
                encrypted = _is_encrypted(container)
        except OSError as error:
            raise ParseError(
                "damaged",
                "The file is damaged or incomplete. Open it in the program it was made with, save it again and upload "
                "the copy.",
            ) from error
    if encrypted:
        raise ParseError("encrypted", ENCRYPTED_ADVICE)


def _container(file: IO[bytes]) -> Any:
    container: Any = cast("Any", olefile).OleFileIO(file)
    return container


def _is_encrypted(container: Any) -> bool:
    if container.exists(_WORD):
        beginning = _beginning(container, _WORD)
        return len(beginning) > _WORD_FLAGS + 1 and bool(_number("<H", beginning, _WORD_FLAGS) & _WORD_ENCRYPTED)
    for book in _BOOKS:
        if container.exists(book):
            return _has_password(_beginning(container, book))
    if container.exists(_DECK_USER):
        beginning = _beginning(container, _DECK_USER)
        return len(beginning) >= _DECK_TOKEN + 4 and _number("<I", beginning, _DECK_TOKEN) == _DECK_ENCRYPTED
    return False


def _has_password(beginning: bytes) -> bool:
    """Whether a workbook's records say so, before those that name its sheets."""
    at = 0
    while at + 4 <= len(beginning):
        kind, size = struct.unpack_from("<HH", beginning, at)
        if kind in (_FILE_PASS, _BOUND_SHEET):
            return kind == _FILE_PASS
        at += 4 + size
    return False


def _beginning(container: Any, stream: str) -> bytes:
    with container.openstream(stream) as file:
        content: bytes = file.read(_BEGINNING)
        return content


def _number(form: str, content: bytes, at: int) -> int:
    (number,) = struct.unpack_from(form, content, at)
    return int(number)
