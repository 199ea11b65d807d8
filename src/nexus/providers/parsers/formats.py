"""The formats that are read or told apart: what they are called, and what to do about those that are not read."""

from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

TextFormat = Literal["pdf", "docx", "pptx", "xlsx", "html", "eml", "msg", "json", "jsonl", "csv", "markdown", "text"]
PictureFormat = Literal["png", "jpeg", "tiff", "webp", "bmp", "gif", "avif", "heic"]
OlderFormat = Literal["doc", "xls", "ppt", "rtf", "odt", "ods", "odp"]
Format = TextFormat | PictureFormat | OlderFormat
PICTURE_FORMATS: Final[frozenset[Format]] = cast("frozenset[Format]", frozenset(get_args(PictureFormat)))

MEDIA_TYPES: dict[Format, str] = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "html": "text/html",
    "eml": "message/rfc822",
    "msg": "application/vnd.ms-outlook",
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
    "avif": "image/avif",
    "heic": "image/heic",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "ppt": "application/vnd.ms-powerpoint",
    "rtf": "application/rtf",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}

ENCRYPTED_ADVICE = (
    "The file is protected with a password. Remove the password in the program it was made with and upload it again."
)


def extensions(text: str) -> frozenset[str]:
    return frozenset(text.split())


@dataclass(frozen=True, slots=True)
class Kind:
    """Something recognised that cannot be read as a document, or only as one of an older format."""

    name: str
    advice: str
    expected: frozenset[str] = frozenset()
    """Names that are honest about it; under other names of documents the file is mislabelled."""
    older: OlderFormat | None = None


def _kind(name: str, advice: str, names: str, older: OlderFormat | None = None) -> Kind:
    return Kind(name, advice, extensions(names), older)


PICTURE = _kind(
    "a picture of a kind that is not read",
    "Save it as PNG, JPEG or TIFF and upload that.",
    ".heic .heif .avif .svg .ico .png .jpg .jpeg .gif .tif .tiff .webp .bmp",
)
PROGRAM = _kind("a program", "Programs are not documents. Upload the document.", ".exe .dll .so .com .scr .bin .elf")
ARCHIVE = _kind(
    "an archive",
    "Archives are not opened. Unpack it and upload the files inside.",
    ".zip .gz .tgz .tar .7z .rar .bz2 .xz .zst .jar .apk .whl",
)
SOUND = _kind("sound or video", "Upload a transcript of it.", ".mp3 .mp4 .m4a .wav .ogg .webm .mov .avi .mkv .flac")
RICH_TEXT = _kind(
    "a Rich Text document", "Open it in a word processor, save it as DOCX and upload that.", ".rtf .doc", "rtf"
)
OPEN_DOCUMENT = _kind(
    "an OpenDocument file of a kind that is not read",
    "Open it in LibreOffice, save it as DOCX, PPTX, XLSX or PDF and upload that.",
    ".odt .ods .odp .odg .ott .ots .otp .odf",
)
OPEN_TEXT = _kind("an OpenDocument text", "Save it as DOCX and upload that.", ".odt .ott", "odt")
OPEN_SHEET = _kind("an OpenDocument spreadsheet", "Save it as XLSX and upload that.", ".ods .ots", "ods")
OPEN_SLIDES = _kind("an OpenDocument presentation", "Save it as PPTX and upload that.", ".odp .otp", "odp")
OPEN_TYPES: dict[bytes, Kind] = {
    b"text": OPEN_TEXT,
    b"text-template": OPEN_TEXT,
    b"spreadsheet": OPEN_SHEET,
    b"spreadsheet-template": OPEN_SHEET,
    b"presentation": OPEN_SLIDES,
    b"presentation-template": OPEN_SLIDES,
}
OPEN_TYPE = b"application/vnd.oasis.opendocument."
BOOK = _kind("an e-book", "Convert it to PDF or HTML and upload that.", ".epub")
OLD_WORD = _kind("an old Word document", "Open it, save it as DOCX and upload that.", ".doc .dot", "doc")
OLD_EXCEL = _kind("an old Excel workbook", "Open it, save it as XLSX and upload that.", ".xls .xlt", "xls")
OLD_POWERPOINT = _kind(
    "an old PowerPoint presentation", "Open it, save it as PPTX and upload that.", ".ppt .pps .pot", "ppt"
)
OUTLOOK = _kind("an Outlook message", "Name it with .msg and upload it again.", ".msg .oft")
BINARY_SHEET = _kind("a binary Excel workbook", "Open it in Excel, save it as XLSX and upload that.", ".xlsb")
OLDER: dict[Format, tuple[str, str]] = {
    "doc": ("docx", OLD_WORD.name),
    "xls": ("xlsx", OLD_EXCEL.name),
    "ppt": ("pptx", OLD_POWERPOINT.name),
    "rtf": ("docx", RICH_TEXT.name),
    "odt": ("docx", OPEN_TEXT.name),
    "ods": ("xlsx", OPEN_SHEET.name),
    "odp": ("pptx", OPEN_SLIDES.name),
}
"""What each older format is converted into, and what it is called."""
UNKNOWN = _kind(
    "not text",
    "Upload a PDF, an Office document, a picture, text, Markdown, HTML, CSV, JSON or a mail as EML or MSG.",
    "",
)
