"""What a file is, by its content. The name only decides between kinds of text, which content cannot tell apart."""

import mmap
import re
import zipfile
from pathlib import Path, PurePath

from nexus.providers.parsers.base import ParseError
from nexus.providers.parsers.formats import (
    ARCHIVE,
    BINARY_SHEET,
    BOOK,
    ENCRYPTED_ADVICE,
    OLD_EXCEL,
    OLD_POWERPOINT,
    OLD_WORD,
    OPEN_DOCUMENT,
    OPEN_TYPE,
    OPEN_TYPES,
    OUTLOOK,
    PICTURE,
    PROGRAM,
    RICH_TEXT,
    SOUND,
    UNKNOWN,
    Format,
    Kind,
    extensions,
)

_SAMPLE_BYTES = 16 * 1024


_BY_NAME: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".tab": "csv",
    ".md": "markdown",
    ".markdown": "markdown",
    ".mdown": "markdown",
    ".mdx": "markdown",
    ".qmd": "markdown",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".eml": "eml",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
}
# Names that promise what is never plain text: text found inside is a failed download or a disguise.
_BINARY_NAMES = extensions(
    ".pdf .docx .docm .pptx .pptm .xlsx .xlsm .zip .exe .dll .mp3 .mp4 .png .jpg .jpeg .gif .tif .tiff .webp .bmp"
)
# Names under which people upload text; something else inside is a mistake they should hear of.
_DOCUMENT_NAMES = _BINARY_NAMES | frozenset(_BY_NAME) | extensions(".txt .log .doc .xls .ppt .msg .rtf")

_OLE_NAMES = extensions(".doc .dot .xls .xlt .ppt .pps .pot .msg")
_PICTURE_NAMES = extensions(".png .jpg .jpeg .jfif .gif .tif .tiff .webp .bmp .heic .heif .avif")
"""Any picture under any of these is what it says: cameras and programs mix them up, and no reader cares."""
_CAMERAS = frozenset((b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"))
"""Brands of pictures in the container that video has, too."""
_PICTURES: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"BM", "bmp"),
)
_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x00\x00\x01\x00", PICTURE),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\x00asm", PROGRAM),
    (b"\x1f\x8b", ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", ARCHIVE),
    (b"Rar!\x1a\x07", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ\x00", ARCHIVE),
    (b"\x28\xb5\x2f\xfd", ARCHIVE),
    (b"ID3", SOUND),
    (b"OggS", SOUND),
    (b"fLaC", SOUND),
    (b"\x1a\x45\xdf\xa3", SOUND),
)
_PDF_MAGIC = b"%PDF-"
_RICH_TEXT_MAGIC = b"{\\rtf"
_TEXT_SAFE_MAGIC = (b"MZ", b"ID3", b"BZh", b"OggS", b"fLaC")
"""Signatures of letters only, which a text may begin with as well."""

# Streams of an OLE container, as its directory spells them.
_OLE_STREAMS: tuple[tuple[str, Kind], ...] = (
    ("WordDocument", OLD_WORD),
    ("Workbook", OLD_EXCEL),
    ("Book", OLD_EXCEL),
    ("PowerPoint Document", OLD_POWERPOINT),
    ("__properties_version1.0", OUTLOOK),
)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|title|meta|div|p|table|h[1-6]|article|main)\b", re.IGNORECASE)
_SVG = re.compile(rb"<(?:!doctype\s+)?svg\b", re.IGNORECASE)
_MAIL = re.compile(rb"(?:[!-9;-~]+:[^\n]*\r?\n(?:[ \t][^\n]*\r?\n)*){2,}", re.IGNORECASE)
_MAIL_FIELDS = re.compile(
    rb"^(?:from|received|message-id|mime-version|return-path|delivered-to):", re.IGNORECASE | re.MULTILINE
)


def sniff(path: Path, filename: str) -> Format:
    """The format to parse the file as. Raises ParseError (empty, encrypted, unsupported, mislabelled, damaged)."""
    extension = PurePath(filename).suffix.lower()
    with path.open("rb") as file:
        sample = file.read(_SAMPLE_BYTES)
    if not sample.strip(b"\x00 \t\r\n\xef\xbb\xbf") and path.stat().st_size <= _SAMPLE_BYTES:
        raise ParseError("empty", "The file is empty. Check that it was saved completely, then upload it again.")
    if sample.startswith(_PDF_MAGIC):
        return "pdf"
    if sample.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _sniff_zip(path, extension)
    if sample.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        kind = _ole_kind(path)
        if kind is UNKNOWN and extension in _OLE_NAMES:
            raise ParseError("damaged", "The file is damaged or incomplete: its end is missing. Upload a fresh copy.")
        if kind is OUTLOOK and (extension in kind.expected or extension not in _DOCUMENT_NAMES):
            return "msg"
        return _as_older(kind, extension)
    if (picture := _find_picture(sample)) is not None:
        if extension in _DOCUMENT_NAMES and extension not in _PICTURE_NAMES:
            raise ParseError(
                "mislabelled",
                f"The name ends in {extension}, but the file is a picture. Name it as one, or upload the document.",
            )
        return picture
    if sample.startswith(_RICH_TEXT_MAGIC):
        return _as_older(RICH_TEXT, extension)
    # Readers of PDF allow something before it; a text may speak of it.
    speaks = extension in _DOCUMENT_NAMES and extension != ".pdf" and looks_like_text(sample)
    if _PDF_MAGIC in sample[:1024] and not speaks:
        return "pdf"
    _refuse_binary(sample, extension)
    return _sniff_text(sample, extension)


def _sniff_zip(path: Path, extension: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            declared = _declared(archive) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise ParseError(
            "damaged",
            "The file is damaged: its end is missing or unreadable. Upload a fresh copy.",
        ) from error
    if "[Content_Types].xml" in names:
        if "word/document.xml" in names:
            return "docx"
        if "ppt/presentation.xml" in names:
            return "pptx"
        if "xl/workbook.xml" in names:
            return "xlsx"
        if "xl/workbook.bin" in names:
            raise _refuse(BINARY_SHEET, extension)
    if "META-INF/container.xml" in names and "mimetype" in names:
        raise _refuse(BOOK, extension)
    if "content.xml" in names and "mimetype" in names:
        return _as_older(OPEN_TYPES.get(declared, OPEN_DOCUMENT), extension)
    raise _refuse(ARCHIVE, extension)


def _declared(archive: zipfile.ZipFile) -> bytes:
    """What an OpenDocument file says it is."""
    with archive.open("mimetype") as file:
        return file.read(100).strip().removeprefix(OPEN_TYPE)


def _ole_kind(path: Path) -> Kind:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise ParseError("encrypted", ENCRYPTED_ADVICE)
        for stream, kind in _OLE_STREAMS:
            if content.find(f"{stream}\0".encode("utf-16-le")) >= 0:
                return kind
    return UNKNOWN


def _find_picture(sample: bytes) -> Format | None:
    if sample[:4] == b"RIFF" and sample[8:12] == b"WEBP":
        return "webp"
    if sample[4:8] == b"ftyp" and sample[8:12] in _CAMERAS:
        return "avif" if sample[8:11] == b"avi" else "heic"
    for magic, kind in _PICTURES:
        # Letters that a text may begin with as well.
        if sample.startswith(magic) and not (kind in ("bmp", "gif") and looks_like_text(sample)):
            return kind
    return None


def _refuse_binary(sample: bytes, extension: str) -> None:
    texts = looks_like_text(sample)
    for magic, kind in _MAGIC:
        if sample.startswith(magic) and not (texts and magic.startswith(_TEXT_SAFE_MAGIC)):
            raise _refuse(kind, extension)
    if sample[4:8] == b"ftyp":
        raise _refuse(PICTURE if sample[8:11] in {b"hev", b"mif"} else SOUND, extension)
    if sample[:4] == b"RIFF":
        raise _refuse(SOUND, extension)
    if _SVG.match(_without_prologue(sample)):
        raise _refuse(PICTURE, extension)
    if not texts:
        raise _refuse(UNKNOWN, extension)


def looks_like_text(sample: bytes) -> bool:
    """Whether the bytes are characters of some encoding: no NUL outside of UTF-16 and UTF-32, hardly any controls."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\x00" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        return max(even, odd) > 0.3 * len(sample) / 2 and min(even, odd) < 0.05 * len(sample)
    controls = sum(sample.count(bytes([code])) for code in (*range(1, 8), *range(14, 27), *range(28, 32), 127))
    return controls <= len(sample) // 100


def _sniff_text(sample: bytes, extension: str) -> Format:
    if extension in _BINARY_NAMES:
        raise ParseError(
            "mislabelled",
            f"The name ends in {extension}, but the file is plain text or a web page: probably a failed download. "
            "Open the original, save it again and upload that.",
        )
    if extension in _BY_NAME:
        return _BY_NAME[extension]
    if _HTML.match(_without_prologue(sample)):
        return "html"
    headers = _MAIL.match(sample.removeprefix(b"\xef\xbb\xbf"))
    if headers and len(_MAIL_FIELDS.findall(headers[0])) >= 2:
        return "eml"
    return "text"


def _without_prologue(sample: bytes) -> bytes:
    """Markup from its first element or document type on."""
    rest = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    while rest.startswith((b"<?", b"<!--")):
        end = b"?>" if rest.startswith(b"<?") else b"-->"
        rest = rest.partition(end)[2].lstrip()
    return rest


def _as_older(kind: Kind, extension: str) -> Format:
    if kind.older is None or (extension in _DOCUMENT_NAMES and extension not in kind.expected):
        raise _refuse(kind, extension)
    return kind.older


def _refuse(kind: Kind, extension: str) -> ParseError:
    if extension in _DOCUMENT_NAMES and extension not in kind.expected:
        what = "something else" if kind is UNKNOWN else kind.name
        return ParseError("mislabelled", f"The name ends in {extension}, but the file is {what}. {kind.advice}")
    return ParseError("unsupported", f"The file is {kind.name}. {kind.advice}")
