"""What the first bytes of a file already say against it, so that nobody sends a gigabyte to hear it afterwards.

Only what can be nothing else is refused here; everything else `sniffing` decides when the file is whole.
"""

import struct
from pathlib import PurePath
from typing import Final

from nexus.providers.parsers.sniffing import looks_like_text

SAMPLE_BYTES: Final = 16 * 1024

_PROGRAM: Final = "The file is a program. Programs are not documents; upload the document."
_ARCHIVE: Final = "The file is an archive. Archives are not opened; unpack it and upload the files inside."

_PROGRAMS: Final = (
    b"MZ",
    b"\x7fELF",
    b"\xca\xfe\xba\xbe",
    b"\xfe\xed\xfa\xce",
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\x00asm",
    b"dex\n",
)
_ARCHIVES: Final = (
    b"\x1f\x8b",
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!\x1a\x07",
    b"BZh",
    b"\xfd7zXZ\x00",
    b"\x28\xb5\x2f\xfd",
)
_ZIP: Final = b"PK\x03\x04"
_TAR: Final = (b"ustar\x0000", b"ustar  \x00")
_TAR_AT: Final = 257
_DOCUMENTS: Final = (
    *(".docx", ".docm", ".dotx", ".pptx", ".pptm", ".ppsx", ".xlsx", ".xlsm", ".xlsb", ".xltx"),
    *(".odt", ".ods", ".odp", ".odg", ".ott", ".epub"),
)
"""Names of documents that are a zip inside."""
_INSIDE: Final = (
    "[Content_Types].xml",
    "_rels/",
    "docProps/",
    "customXml/",
    "word/",
    "xl/",
    "ppt/",
    "mimetype",
)
"""How the first entry of such a document is called, whoever wrote it."""


def objection(beginning: bytes, filename: str) -> str | None:
    """A sentence where a file of this name that begins so is a program or an archive; None otherwise.

    `beginning` is the whole file, or its first `SAMPLE_BYTES`. A script is text, and read as such.
    """
    if beginning.startswith(_ZIP):
        known = PurePath(filename).suffix.lower() in _DOCUMENTS or _first_entry(beginning).startswith(_INSIDE)
        return None if known else _ARCHIVE
    if beginning[_TAR_AT : _TAR_AT + 8] in _TAR:
        return _ARCHIVE
    # Some signatures are letters, which a text may begin with as well.
    if looks_like_text(beginning):
        return None
    if beginning.startswith(_PROGRAMS):
        return _PROGRAM
    return _ARCHIVE if beginning.startswith(_ARCHIVES) else None


def _first_entry(beginning: bytes) -> str:
    if len(beginning) < 30:
        return ""
    (length,) = struct.unpack_from("<H", beginning, 26)
    return beginning[30 : 30 + length].decode("utf-8", "replace")
