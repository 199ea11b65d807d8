"""What is attached to mails is read where it can be, said where it cannot, and hurts nobody."""

import contextlib
import zipfile
from collections.abc import AsyncIterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any, cast

import pytest

from corpus.files import logo, pdf, slides
from mails import mail
from nexus.core.sandbox.limits import MEBIBYTE, SandboxLimits
from nexus.core.sandbox.pool import Sandbox
from nexus.ingestion import enclosing
from nexus.ingestion.enclosing import read_enclosures
from nexus.ingestion.pipeline import Pipeline
from nexus.providers.parsers.attached import with_attachments
from nexus.providers.parsers.base import ParsedDocument, ParseError
from nexus.providers.parsers.conversion import NoConverter
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.local import LocalParser
from outlook_files import Attached, Mail, save
from scans import lines


class Reading:
    """The part of ingestion that mails go through."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.parser, self.converter = sandbox, LocalParser(), NoConverter()
        self._folder = folder

    async def read(self, content: bytes, name: str = "mail.eml") -> ParsedDocument:
        path = self._folder / name
        path.write_bytes(content)
        mail = await self.sandbox.run(self.parser.parse, path, name)
        enclosures = await read_enclosures(cast("Pipeline", cast("Any", self)), path, name)
        return with_attachments(mail, enclosures, ParseLimits())[0]


@pytest.fixture
async def reading(tmp_path: Path) -> AsyncIterator[Reading]:
    limits = SandboxLimits(memory_bytes=512 * MEBIBYTE, cpu_seconds=5, wall_seconds=20)
    async with Sandbox(1, limits) as sandbox:
        yield Reading(sandbox, tmp_path)


def left(document: ParsedDocument) -> str:
    return document.text.rpartition("Attachments that are not read: ")[2]


def headings(document: ParsedDocument) -> Sequence[tuple[int, str]]:
    return [(b.level, document.text[b.start : b.end]) for b in document.blocks if b.kind == "heading"]


def bomb() -> bytes:
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * (300 * MEBIBYTE))
    return written.getvalue()


async def test_what_cannot_be_read_is_said(reading: Reading) -> None:
    document = await reading.read(
        bytes(
            mail(
                ("notes.txt", b"The pump is oiled on Mondays."),
                ("bomb.docx", bomb()),
                ("drawing.dwg", b"AC1032\x00\x01\x02\x03" * 300),
                ("old.rtf", b"{\\rtf1 Old text}"),
                ("scan.pdf", pdf(lines("A scanned letter"))),
                ("run.pdf", b"MZ\x90\x00" + bytes(range(256)) * 20),
                ("nothing.txt", b""),
                ("../../etc/passwd.zip", b"PK\x03\x04 torn"),
            )
        )
    )
    assert "The pump is oiled on Mondays." in document.text
    said = left(document)
    for each in ("bomb.docx (too large when unpacked)", "drawing.dwg (not a document)", "nothing.txt (empty)"):
        assert each in said
    assert "old.rtf (an older format that is not read here)" in said
    assert "scan.pdf (pictures of text)" in said
    assert len(document.unread) == 1
    assert "run.pdf (not what its name says)" in said
    assert "passwd.zip (damaged)" in said
    assert [b.end for b in document.blocks] == sorted(b.end for b in document.blocks)


@pytest.mark.parametrize("kind", ["eml", "msg"])
async def test_pages_slides_and_mails_keep_their_places(reading: Reading, kind: str) -> None:
    if kind == "eml":
        inner = mail(("deck.pptx", slides()), subject="Inner")
        message = mail(subject="Outer")
        message.add_attachment(inner)
        content = bytes(message)
    else:
        inner_mail = Mail("Inner", "The body.", files=(Attached("deck.pptx", slides()),))
        content = save(Mail("Outer", "The body.", files=(Attached("Inner", inner_mail),)))
    document = await reading.read(content, f"mail.{kind}")
    assert headings(document) == [
        (1, "Outer"),
        (2, "Attachment Inner.eml"),
        (3, "Inner"),
        (4, "Attachment deck.pptx"),
        (5, "Slide 1"),
        (6, "Market overview"),
        (5, "Slide 2"),
        (6, "Competitors"),
    ]


async def test_pictures_that_the_text_shows_are_not_attachments(reading: Reading) -> None:
    message = mail()
    message.add_alternative('<p>The body.</p><img src="cid:logo@x">', subtype="html")
    cast("Any", message.get_payload())[1].add_related(
        logo(), maintype="image", subtype="png", cid="<logo@x>", filename="logo.png", disposition="attachment"
    )
    assert "ttachment" not in (await reading.read(bytes(message))).text
    message.make_mixed()
    message.add_attachment(logo(), maintype="image", subtype="png", filename="photo.png")
    document = await reading.read(bytes(message))
    assert "Attachments: photo.png" in document.text
    assert left(document).startswith("photo.png (pictures of text)")
    shown = Mail("S", "Text", '<img src="cid:logo@x">', files=(Attached("logo.png", logo(), "logo@x"),))
    assert "ttachment" not in (await reading.read(save(shown), "m.msg")).text


async def test_depth_number_size_and_time_are_bounded(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    message = mail(("core.txt", b"The innermost."), subject="Level 0")
    for number in range(1, 6):
        outer = mail(subject=f"Level {number}")
        outer.add_attachment(message)
        message = outer
    document = await reading.read(bytes(message))
    assert "Attachment Level 2.eml" in document.text
    assert "Level 1.eml (mails in mails)" in document.text
    assert "The innermost." not in document.text

    many = mail(*((f"{number}.txt", f"Note {number}.".encode()) for number in range(52)))
    document = await reading.read(bytes(many))
    assert "Note 49." in document.text
    assert left(document) == "50.txt (too many attachments), 51.txt (too many attachments)"

    monkeypatch.setattr(enclosing, "_SECONDS", -1.0)
    document = await reading.read(bytes(mail(("a.txt", b"Late."))))
    assert left(document) == "a.txt (took too long)"

    reading.parser = LocalParser(ParseLimits(attached_bytes=1000))
    document = await reading.read(bytes(mail(("a.txt", b"x" * 2000))))
    assert left(document) == "a.txt (too large)"


async def test_a_torn_outlook_mail_fails_with_a_sentence(reading: Reading) -> None:
    whole = save(Mail("Subject", "Body " * 2000, files=(Attached("a.txt", b"text " * 2000),)))
    for size in (600, len(whole) // 2, len(whole) - 600):
        with pytest.raises(ParseError) as caught:
            await reading.read(whole[:size], "torn.msg")
        assert caught.value.code == "damaged"
    noise = bytearray(whole)
    noise[1024:1400] = b"\xfe" * 376
    with contextlib.suppress(ParseError):  # and nothing else
        await reading.read(bytes(noise), "noise.msg")
