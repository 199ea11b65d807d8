"""EML: a mail as it travels."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Final, cast

from nexus.providers.parsers import letters
from nexus.providers.parsers.base import Attachment, ParsedDocument, ParseError
from nexus.providers.parsers.encodings import decode
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.letters import Enclosed, Letter, line
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.writing import tidy

_MAIL: Final = "message/rfc822"


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    return letters.write(_read(path, limits), MEDIA_TYPES["eml"], limits)


def attachments(path: Path, limits: ParseLimits) -> tuple[Attachment, ...]:
    return letters.attachments(_read(path, limits), limits)


def _read(path: Path, limits: ParseLimits) -> Letter:
    content = path.read_bytes()
    # Each level of nesting declares its boundary; the library descends into all of them.
    if content.lower().count(b"boundary=") > limits.depth:
        raise ParseError("damaged", "The mail is nested too deeply. Save its text as a PDF and upload that.")
    message = message_from_bytes(content, policy=policy.default)
    plain, rich, enclosed = "", "", list[Enclosed]()
    for part in _parts(message):
        kind = part.get_content_type()
        name = _name(part)
        is_attached = part.get_content_disposition() == "attachment"
        if kind == _MAIL:
            enclosed.append(Enclosed(name or _subject_of(part), partial(_message, part)))
        elif name or is_attached or not kind.startswith("text/"):
            is_shown = part.get_content_disposition() == "inline" and not name
            is_picture = part.get_content_maintype() == "image"
            content_id = _field(part, "Content-ID").strip().strip("<>")
            enclosed.append(Enclosed(name or kind, partial(_bytes, part), is_picture, content_id, is_shown))
        elif kind == "text/plain" and not plain.strip():
            plain = _text(part)
        elif kind == "text/html" and not rich:
            rich = _text(part)
    fields = {name: value for name in letters.FIELDS if (value := line(_field(message, name) or _own(message, name)))}
    return Letter(_field(message, "Subject"), fields, _date(message), plain, rich, tuple(enclosed))


def _own(message: Message, name: str) -> str:
    """As `letters.serialise` wrote it."""
    return _field(message, f"X-{name}")


def _parts(message: EmailMessage) -> Iterator[Message]:
    """The parts that hold something, in order; mails inside are parts, and not opened."""
    waiting: list[Message] = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_type() != _MAIL and part.is_multipart():
            waiting += reversed(_inside(part))
        else:
            yield part


def _field(message: Message, name: str) -> str:
    """A header decoded; as it stands where it is written too badly for that."""
    try:
        return str(message.get(name) or "")
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _date(message: EmailMessage) -> str:
    raw = _field(message, "Date") or _own(message, "Date")
    try:
        return parsedate_to_datetime(raw).isoformat(" ", "minutes") if raw else ""
    except (ValueError, TypeError, IndexError):
        return tidy(raw)


def _name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return "attachment"


def _inside(part: Message) -> list[Message]:
    payload = cast("object", part.get_payload())
    found = cast("list[object]", payload) if isinstance(payload, list) else []
    return [each for each in found if isinstance(each, Message)]


def _subject_of(part: Message) -> str:
    subject = next((line(_field(inner, "Subject"))[:100] for inner in _inside(part)), "")
    return f"{subject or 'message'}.eml"


def _message(part: Message) -> bytes:
    return next((inner.as_bytes() for inner in _inside(part)), b"") or _bytes(part)


def _bytes(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(part: Message) -> str:
    return decode(_bytes(part), part.get_content_charset() or "")[0]
