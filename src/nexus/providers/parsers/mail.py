"""EML: who wrote to whom and when, the text, and the names of what was attached."""

import re
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime
from pathlib import Path

from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.parsers.encodings import decode
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.web import write_html
from nexus.providers.parsers.writing import TextWriter, tidy

_PARAGRAPHS = re.compile(r"\n[ \t]*(?:>[ \t]*)*\n")
_FIELDS = ("From", "To", "Cc")


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    content = path.read_bytes()
    # Each level of nesting declares its boundary; the library descends into all of them.
    if content.lower().count(b"boundary=") > limits.depth:
        raise ParseError("damaged", "The mail is nested too deeply. Save its text as a PDF and upload that.")
    message = message_from_bytes(content, policy=policy.default)
    subject = tidy(_field(message, "Subject")).replace("\n", " ")
    writer = TextWriter(limits)
    writer.heading(subject, 1)
    body, attached = _split(message)
    writer.paragraph("\n".join(_lines(message, attached)))
    title = ""
    if body is not None:
        text = _text(body)
        if body.get_content_subtype() == "html":
            title = write_html(writer, text)
        else:
            for paragraph in _PARAGRAPHS.split(text.replace("\r\n", "\n")):
                writer.paragraph(paragraph)
    return writer.finish(MEDIA_TYPES["eml"], subject or title, _properties(message))


def _lines(message: EmailMessage, attached: list[str]) -> list[str]:
    lines = [f"{name}: {value}" for name in _FIELDS if (value := tidy(_field(message, name)).replace("\n", " "))]
    if date := _date(message):
        lines.append(f"Date: {date}")
    if attached:
        lines.append(f"Attachments: {', '.join(attached)}")
    return lines


def _field(message: EmailMessage, name: str) -> str:
    """A header decoded; as it stands where it is written too badly for that."""
    try:
        return str(message.get(name) or "")
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _date(message: EmailMessage) -> str:
    raw = _field(message, "Date")
    try:
        return parsedate_to_datetime(raw).isoformat(" ", "minutes") if raw else ""
    except (ValueError, TypeError, IndexError):
        return tidy(raw)


def _split(message: EmailMessage) -> tuple[Message | None, list[str]]:
    """The part to read and the names of the rest: plain text before HTML, whatever the structure around them."""
    plain: Message | None = None
    rich: Message | None = None
    attached: list[str] = []
    for part in message.walk():
        if part.is_multipart() and part.get_content_type() != "message/rfc822":
            continue
        name = _name(part)
        kind = part.get_content_type()
        if name or part.get_content_disposition() == "attachment" or kind == "message/rfc822":
            attached.append(tidy(name or kind).replace("\n", " ")[:200])
        elif kind == "text/plain" and (plain is None or not _text(plain).strip()):
            plain = part
        elif kind == "text/html" and rich is None:
            rich = part
    chosen = plain if plain is not None and _text(plain).strip() else rich
    return chosen, attached


def _name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return "attachment"


def _text(part: Message) -> str:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return ""
    return decode(content, part.get_content_charset() or "")[0]


def _properties(message: EmailMessage) -> dict[str, str]:
    found = {"from": tidy(_field(message, "From")), "to": tidy(_field(message, "To")), "date": _date(message)}
    return {name: value[:500] for name, value in found.items() if value}
