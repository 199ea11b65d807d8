"""Kinds of files as people speak of them."""

from typing import Final, Literal

Kind = Literal["pdf", "word", "spreadsheet", "presentation", "web", "mail", "text", "data", "image"]

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"

MEDIA_TYPES: Final[dict[Kind, frozenset[str]]] = {
    "pdf": frozenset({"application/pdf"}),
    "word": frozenset(
        {
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OPEN}.text",
            "application/msword",
            "application/rtf",
            "text/rtf",
        }
    ),
    "spreadsheet": frozenset(
        {f"{_OFFICE}.spreadsheetml.sheet", f"{_OPEN}.spreadsheet", "application/vnd.ms-excel", "text/csv"}
    ),
    "presentation": frozenset(
        {f"{_OFFICE}.presentationml.presentation", f"{_OPEN}.presentation", "application/vnd.ms-powerpoint"}
    ),
    "web": frozenset({"text/html"}),
    "mail": frozenset({"message/rfc822", "application/vnd.ms-outlook"}),
    "text": frozenset({"text/plain", "text/markdown"}),
    "data": frozenset({"application/json", "application/x-ndjson", "application/xml", "text/xml"}),
    "image": frozenset(f"image/{kind}" for kind in ("png", "jpeg", "tiff", "gif", "webp", "bmp", "avif", "heic")),
}


def kind_of(media_type: str) -> str:
    """What stands for a media type that is of no kind is the type itself."""
    return next((kind for kind, types in MEDIA_TYPES.items() if media_type in types), media_type)
