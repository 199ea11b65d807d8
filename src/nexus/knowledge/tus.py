"""What the headers of resumable uploads say: tus 1.0.0 (https://tus.io/protocols/resumable-upload). Pure."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from nexus.core.text.storable import is_storable
from nexus.knowledge.errors import UploadMediaTypeError, UploadProtocolError, UploadVersionError
from nexus.providers.blobs.partial import HASHES

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,termination,expiration,checksum"
PART: Final = "application/offset+octet-stream"
_LONGEST_METADATA: Final = 8 * 1024
_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class Checksum:
    """What a part must hash to."""

    algorithm: str
    digest: bytes


def require_version(given: str | None) -> None:
    """Raises UploadVersionError."""
    if given != VERSION:
        error = UploadVersionError(f"Send the header Tus-Resumable: {VERSION}.")
        error.headers["Tus-Version"] = VERSION
        raise error


def require_part(content_type: str | None) -> None:
    """Raises UploadMediaTypeError."""
    if (content_type or "").partition(";")[0].strip().lower() != PART:
        raise UploadMediaTypeError(f"Send parts of a file as Content-Type: {PART}.")


def parse_number(header: str, given: str | None) -> int:
    """A number of bytes. Raises UploadProtocolError."""
    if given is None or not (given.isascii() and given.isdigit()) or len(given) > _MOST_DIGITS:
        raise UploadProtocolError(f"Send the header {header} with a number of bytes.")
    return int(given)


def parse_metadata(given: str | None) -> dict[str, str]:
    """`name d29ybGQ=,empty` as texts by their names. Raises UploadProtocolError."""
    found: dict[str, str] = {}
    if given is None or not given.strip():
        return found
    wrong = UploadProtocolError("Upload-Metadata has pairs of a name and a text in base64, with commas between.")
    if len(given) > _LONGEST_METADATA:
        raise wrong
    for pair in given.split(","):
        name, _, value = pair.strip().partition(" ")
        if not name or not name.isascii() or name in found:
            raise wrong
        try:
            found[name] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            raise wrong from None
    return found


def parse_checksum(given: str | None) -> Checksum | None:
    """`sha256 <base64>`. Raises UploadProtocolError."""
    if given is None:
        return None
    algorithm, _, value = given.strip().partition(" ")
    known = UploadProtocolError(f"Upload-Checksum is one of {', '.join(HASHES)} and the hash in base64.")
    if algorithm not in HASHES:
        raise known
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise known from None
    return Checksum(algorithm, digest)


def path_of(metadata: Mapping[str, str]) -> str:
    """Folder and name as the sender calls the file; the common clients differ in where they say it."""
    return next((metadata[name] for name in ("path", "filename", "name") if metadata.get(name)), "")


def modified_of(metadata: Mapping[str, str]) -> datetime | None:
    """When the file was changed, as ISO 8601 with a time zone. Raises UploadProtocolError."""
    given = metadata.get("modified_at")
    if not given:
        return None
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or not is_storable(moment):
        raise UploadProtocolError("modified_at needs a year of our time and a time zone, as in 2026-01-31T12:00:00Z.")
    return moment


def http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)
