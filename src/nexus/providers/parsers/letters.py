"""A mail whatever file it comes in: who wrote to whom and when, the text, and what was attached."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage

from nexus.providers.parsers.base import Attachment, ParsedDocument
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.web import write_html
from nexus.providers.parsers.writing import TextWriter, tidy

_PARAGRAPHS = re.compile(r"\n[ \t]*(?:>[ \t]*)*\n")
_LONGEST_NAME = 200
FIELDS = ("From", "To", "Cc")


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What came with a mail."""

    name: str
    content: Callable[[], bytes]
    """Decoded when it is asked for."""
    is_picture: bool = False
    content_id: str = ""
    """By which the text shows it."""
    is_shown: bool = False
    """The mail says of it that it is part of the text."""


@dataclass(frozen=True, slots=True)
class Letter:
    subject: str
    fields: dict[str, str]
    """By `FIELDS`; those that are empty are missing."""
    date: str
    plain: str
    rich: str
    """HTML."""
    enclosed: tuple[Enclosed, ...] = field(default=())

    def attached(self) -> Iterator[Enclosed]:
        """What was attached: not the pictures that the text shows, logos and the like."""
        text = self.rich.lower()
        for each in self.enclosed:
            is_within = each.is_picture and (
                each.is_shown or (each.content_id and f"cid:{each.content_id.lower()}" in text)
            )
            if not is_within:
                yield each


def write(letter: Letter, media_type: str, limits: ParseLimits) -> ParsedDocument:
    """The mail as a document; plain text before HTML. Raises ParseError."""
    writer = TextWriter(limits)
    subject = line(letter.subject)
    writer.heading(subject, 1)
    writer.paragraph("\n".join(_lines(letter)))
    title = ""
    if letter.plain.strip():
        for paragraph in _PARAGRAPHS.split(letter.plain.replace("\r\n", "\n")):
            writer.paragraph(paragraph)
    elif letter.rich:
        title = write_html(writer, letter.rich)
    properties = {name.lower(): letter.fields.get(name, "") for name in FIELDS[:2]} | {"date": letter.date}
    said = {name: value[:500] for name, value in properties.items() if value}
    return writer.finish(media_type, subject or title, said)


def _lines(letter: Letter) -> list[str]:
    lines = [f"{name}: {letter.fields[name]}" for name in FIELDS if letter.fields.get(name)]
    if letter.date:
        lines.append(f"Date: {letter.date}")
    names = [name_of(each) for each in letter.attached()]
    if names:
        lines.append(f"Attachments: {', '.join(names)}")
    return lines


def name_of(each: Enclosed) -> str:
    return line(each.name)[:_LONGEST_NAME] or "attachment"


def line(text: str) -> str:
    return tidy(text).replace("\n", " ")


def attachments(letter: Letter, limits: ParseLimits) -> tuple[Attachment, ...]:
    """What was attached, as far as it may be read; the others are named."""
    found: list[Attachment] = []
    size = 0
    for number, each in enumerate(letter.attached()):
        if number >= limits.attachments:
            found.append(Attachment(name_of(each), b"", "too-many"))
            continue
        content = each.content()
        size += len(content)
        if size > limits.attached_bytes:
            found.append(Attachment(name_of(each), b"", "too-large"))
            size -= len(content)
        else:
            found.append(Attachment(name_of(each), content))
    return tuple(found)


def serialise(letter: Letter, enclosed: Sequence[tuple[str, bytes]]) -> bytes:
    """The mail as a file of the mail format, to be read like any other."""
    message = EmailMessage()
    message["Subject"] = line(letter.subject)
    for name, value in letter.fields.items():
        # Not as addresses: what a program wrote there need not be any.
        message[f"X-{name}"] = value
    message["X-Date"] = letter.date
    message["MIME-Version"] = "1.0"
    message.set_content(letter.plain or " ")
    if letter.rich and not letter.plain.strip():
        message.set_content(letter.rich, subtype="html")
    for name, content in enclosed:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
