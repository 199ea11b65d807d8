"""What a file is, by its content. The name only decides between kinds of text, which content cannot tell apart."""

import mmap
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Final, Literal, cast, get_args

from nexus.providers.parsers.base import ParseError

TextFormat = Literal["pdf", "docx", "pptx", "xlsx", "html", "eml", "json", "jsonl", "csv", "markdown", "text"]
PictureFormat = Literal["png", "jpeg", "tiff", "webp", "bmp", "gif"]
Format = TextFormat | PictureFormat
PICTURE_FORMATS: Final[frozenset[Format]] = cast("frozenset[Format]", frozenset(get_args(PictureFormat)))

MEDIA_TYPES: dict[Format, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "eml": "message/rfc822",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv",
    "markdown": "text/markdown",
    "text": "text/plain",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "gif": "image/gif",
}

_SAMPLE_BYTES = 16 * 1024


def _names(extensions: str) -> frozenset[str]:
    return frozenset(extensions.split())


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
_BINARY_NAMES = _names(
    ".pdf .docx .docm .pptx .pptm .xlsx .xlsm .zip .exe .dll .mp3 .mp4 .png .jpg .jpeg .gif .tif .tiff .webp .bmp"
)
# Names under which people upload text; something else inside is a mistake they should hear of.
_DOCUMENT_NAMES = _BINARY_NAMES | frozenset(_BY_NAME) | _names(".txt .log .doc .xls .ppt .msg .rtf")


@dataclass(frozen=True, slots=True)
class _Kind:
    """Something recognised that cannot be read as a document."""

    name: str
    advice: str
    expected: frozenset[str] = frozenset()
    """Names that are honest about it; under other names of documents the file is mislabelled."""


def _kind(name: str, advice: str, names: str) -> _Kind:
    return _Kind(name, advice, _names(names))


_PICTURE = _kind(
    "a picture of a kind that is not read",
    "Save it as PNG, JPEG or TIFF and upload that.",
    ".heic .heif .avif .svg .ico .png .jpg .jpeg .gif .tif .tiff .webp .bmp",
)
_PICTURE_NAMES = _names(".png .jpg .jpeg .jfif .gif .tif .tiff .webp .bmp .heic .heif .avif")
"""Any picture under any of these is what it says: cameras and programs mix them up, and no reader cares."""
_PICTURES: tuple[tuple[bytes, Format], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"BM", "bmp"),
)
_PROGRAM = _kind("a program", "Programs are not documents. Upload the document.", ".exe .dll .so .com .scr .bin .elf")
_ARCHIVE = _kind(
    "an archive",
    "Archives are not opened. Unpack it and upload the files inside.",
    ".zip .gz .tgz .tar .7z .rar .bz2 .xz .zst .jar .apk .whl",
)
_SOUND = _kind("sound or video", "Upload a transcript of it.", ".mp3 .mp4 .m4a .wav .ogg .webm .mov .avi .mkv .flac")
_RICH_TEXT = _kind("a Rich Text document", "Open it in a word processor, save it as DOCX and upload that.", ".rtf .doc")
_OPEN_DOCUMENT = _kind(
    "an OpenDocument file",
    "Open it in LibreOffice, save it as DOCX, PPTX, XLSX or PDF and upload that.",
    ".odt .ods .odp .odg .ott",
)
_BOOK = _kind("an e-book", "Convert it to PDF or HTML and upload that.", ".epub")
_OLD_WORD = _kind("an old Word document", "Open it, save it as DOCX and upload that.", ".doc .dot")
_OLD_EXCEL = _kind("an old Excel workbook", "Open it, save it as XLSX and upload that.", ".xls .xlt")
_OLD_POWERPOINT = _kind("an old PowerPoint presentation", "Open it, save it as PPTX and upload that.", ".ppt .pps")
_OUTLOOK = _kind("an Outlook message", "In Outlook, save it as EML or as a PDF and upload that.", ".msg")
_BINARY_SHEET = _kind("a binary Excel workbook", "Open it in Excel, save it as XLSX and upload that.", ".xlsb")
_UNKNOWN = _kind(
    "not text", "Upload a PDF, an Office document, a picture, text, Markdown, HTML, CSV, JSON or a mail as EML.", ""
)

_MAGIC: tuple[tuple[bytes, _Kind], ...] = (
    (b"\x00\x00\x01\x00", _PICTURE),
    (b"MZ", _PROGRAM),
    (b"\x7fELF", _PROGRAM),
    (b"\xca\xfe\xba\xbe", _PROGRAM),
    (b"\xcf\xfa\xed\xfe", _PROGRAM),
    (b"\x00asm", _PROGRAM),
    (b"\x1f\x8b", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"Rar!\x1a\x07", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ\x00", _ARCHIVE),
    (b"\x28\xb5\x2f\xfd", _ARCHIVE),
    (b"ID3", _SOUND),
    (b"OggS", _SOUND),
    (b"fLaC", _SOUND),
    (b"\x1a\x45\xdf\xa3", _SOUND),
    (b"{\\rtf", _RICH_TEXT),
)
_TEXT_SAFE_MAGIC = (b"MZ", b"ID3", b"BZh", b"OggS", b"fLaC")
"""Signatures of letters only, which a text may begin with as well."""

# Streams of an OLE container, as its directory spells them.
_OLE_STREAMS: tuple[tuple[str, _Kind], ...] = (
    ("WordDocument", _OLD_WORD),
    ("Workbook", _OLD_EXCEL),
    ("Book", _OLD_EXCEL),
    ("PowerPoint Document", _OLD_POWERPOINT),
    ("__properties_version1.0", _OUTLOOK),
)
ENCRYPTED_ADVICE = (
    "The file is protected with a password. Remove the password in the program it was made with and upload it again."
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
    if b"%PDF-" in sample[:1024]:
        return "pdf"
    if sample.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _sniff_zip(path, extension)
    if sample.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        raise _refuse(_ole_kind(path), extension)
    if (picture := _find_picture(sample)) is not None:
        if extension in _DOCUMENT_NAMES and extension not in _PICTURE_NAMES:
            raise ParseError(
                "mislabelled",
                f"The name ends in {extension}, but the file is a picture. Name it as one, or upload the document.",
            )
        return picture
    _refuse_binary(sample, extension)
    return _sniff_text(sample, extension)


def _sniff_zip(path: Path, extension: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
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
            raise _refuse(_BINARY_SHEET, extension)
    if "META-INF/container.xml" in names and "mimetype" in names:
        raise _refuse(_BOOK, extension)
    if "content.xml" in names and "mimetype" in names:
        raise _refuse(_OPEN_DOCUMENT, extension)
    raise _refuse(_ARCHIVE, extension)


def _ole_kind(path: Path) -> _Kind:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content.find("EncryptedPackage".encode("utf-16-le")) >= 0:
            raise ParseError("encrypted", ENCRYPTED_ADVICE)
        for stream, kind in _OLE_STREAMS:
            if content.find(f"{stream}\0".encode("utf-16-le")) >= 0:
                return kind
    return _UNKNOWN


def _find_picture(sample: bytes) -> Format | None:
    if sample[:4] == b"RIFF" and sample[8:12] == b"WEBP":
        return "webp"
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
        raise _refuse(_PICTURE if sample[8:11] in {b"hei", b"avi", b"mif"} else _SOUND, extension)
    if sample[:4] == b"RIFF":
        raise _refuse(_SOUND, extension)
    if _SVG.match(_without_prologue(sample)):
        raise _refuse(_PICTURE, extension)
    if not texts:
        raise _refuse(_UNKNOWN, extension)


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


def _refuse(kind: _Kind, extension: str) -> ParseError:
    if extension in _DOCUMENT_NAMES and extension not in kind.expected:
        what = "something else" if kind is _UNKNOWN else kind.name
        return ParseError("mislabelled", f"The name ends in {extension}, but the file is {what}. {kind.advice}")
    return ParseError("unsupported", f"The file is {kind.name}. {kind.advice}")
