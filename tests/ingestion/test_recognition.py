"""Scans and pictures: what has text is searchable at once, the rest when it is recognised, and nothing is lost."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hub import PATIENCE, Company, Hub, Person, found_company
from mails import mail
from nexus.core.sandbox.limits import SandboxError
from nexus.core.settings import load_settings
from nexus.providers.parsers.base import Picture, Word
from nexus.providers.parsers.recognition import NOTHING_INSTALLED
from outlook_files import Attached, Mail, save
from programs import needs_tesseract
from scans import draw, encode, lines, pdf

PUMP = lines("The pump in hall seven", "carries the serial number HV-88213", "and was oiled in March.")
VALVE = lines("The valve beside the furnace", "is rated for 16 bar and 180 degrees.", "It leaks every winter.")


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["member"]])


async def finish(person: Person, document_id: str) -> Any:
    """The document when none of its pages is still to be recognised."""
    deadline = time.monotonic() + 4 * PATIENCE
    while True:
        document = await person.get(f"/documents/{document_id}")
        waits = document["state"] in ("queued", "processing")
        if not waits and document["pages_recognised"] >= document["pages_to_recognise"]:
            return document
        assert time.monotonic() < deadline, document
        await asyncio.sleep(0.02)


@needs_tesseract
async def test_a_scan_is_found_and_marked_where_it_stands(company: Company, shelf: str) -> None:
    uploaded = await company.owner.upload(shelf, "scan.pdf", pdf(PUMP, VALVE))
    document = await finish(company.owner, uploaded["id"])
    assert document["state"] == "ready", document["failure"]
    assert (document["pages_to_recognise"], document["unread_pages"], document["unread_reason"]) == (2, 0, None)
    [hit, *_] = await company.member.search("rated for 16 bar")
    assert hit["document_id"] == uploaded["id"]
    assert hit["page"] <= 2 <= hit["page_end"]
    whole = await company.member.get(f"/documents/{uploaded['id']}/text", start=0, end=2000)
    start = whole["text"].index("16 bar")
    found = await company.member.get(f"/documents/{uploaded['id']}/boxes", start=start, end=start + 6)
    [box] = found["boxes"]
    assert box["page"] == 2
    assert 0.18 < box["left"] < box["right"] < 0.4
    assert 0.14 < box["top"] < 0.15 < box["bottom"] < 0.17
    assert found["confidence"] > 0.8


@needs_tesseract
async def test_pages_with_text_answer_before_the_others_are_read(company: Company, shelf: str) -> None:
    printed = "Minutes of the safety committee\nThe muster point moves to gate nine on Monday."
    uploaded = await company.owner.upload(shelf, "mixed.pdf", pdf(printed, PUMP))
    await company.owner.settle(shelf)
    first = await company.owner.get(f"/documents/{uploaded['id']}")
    assert first["state"] == "ready"
    assert first["pages_to_recognise"] == 1
    assert await company.member.found("muster point gate nine") == {uploaded["id"]}
    earlier = await company.member.post("/ask", {"question": "Where does the muster point move to?"})
    document = await finish(company.owner, uploaded["id"])
    [hit, *_] = await company.member.search("serial number HV-88213")
    assert hit["page_end"] == 2
    [hit, *_] = await company.member.search("muster point gate nine")
    assert hit["page"] == 1
    # What was cited before is shown as it was.
    [citation] = earlier["message"]["citations"]
    assert citation["version_id"] == first["active_version_id"]
    assert document["active_version_id"] != first["active_version_id"]
    text = await company.member.get(
        f"/documents/{uploaded['id']}/text",
        version_id=citation["version_id"],
        start=citation["start"],
        end=citation["end"],
    )
    assert "muster point" in text["text"]
    assert [version["state"] for version in document["versions"]] == ["active", "superseded"]


@needs_tesseract
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
async def test_pictures_of_every_kind(company: Company, shelf: str, kind: str) -> None:
    uploaded = await company.owner.upload(shelf, f"photo.{kind.lower()}", encode(draw(PUMP), kind))
    document = await finish(company.owner, uploaded["id"])
    assert document["state"] == "ready", document["failure"]
    assert document["media_type"] == f"image/{kind.lower()}"
    [hit, *_] = await company.member.search("serial number HV-88213")
    assert hit["document_id"] == uploaded["id"]
    shown = await company.member.call("GET", f"/documents/{uploaded['id']}/pages/1")
    assert shown.status_code == 200
    assert shown.headers["content-type"] == ("image/jpeg" if kind == "JPEG" else "image/png")
    missing = await company.member.call("GET", f"/documents/{uploaded['id']}/pages/2")
    assert missing.status_code == 404
    hidden = await company.stranger.call("GET", f"/documents/{uploaded['id']}/pages/1")
    assert hidden.status_code == 404


@needs_tesseract
async def test_the_pages_of_a_tiff_and_a_photo_on_its_side(company: Company, shelf: str) -> None:
    second = draw(VALVE)
    tiff = encode(draw(PUMP), "TIFF", save_all=True, append_images=[second])
    uploaded = await company.owner.upload(shelf, "fax.tif", tiff)
    await finish(company.owner, uploaded["id"])
    [hit, *_] = await company.member.search("rated for 16 bar")
    assert hit["document_id"] == uploaded["id"]
    assert hit["page"] <= 2 <= hit["page_end"]
    # A camera says how it was held: 6 is turned by a quarter clockwise.
    turned = draw(VALVE).rotate(90, expand=True)
    exif = turned.getexif()
    exif[0x0112] = 6
    photo = await company.owner.upload(shelf, "photo.jpg", encode(turned, "JPEG", exif=exif.tobytes()))
    await finish(company.owner, photo["id"])
    whole = await company.member.get(f"/documents/{photo['id']}/text", start=0, end=2000)
    start = whole["text"].index("16 bar")
    found = await company.member.get(f"/documents/{photo['id']}/boxes", start=start, end=start + 6)
    [box] = found["boxes"]
    assert 0.18 < box["left"] < box["right"] < 0.4
    assert 0.14 < box["top"] < box["bottom"] < 0.17


@needs_tesseract
@pytest.mark.parametrize("kind", ["eml", "msg"])
async def test_what_is_attached_to_a_mail_is_recognised_where_it_hangs(company: Company, shelf: str, kind: str) -> None:
    scan, valve, sky = pdf("The covering letter of the offer", PUMP), encode(draw(VALVE)), encode(draw([]))
    if kind == "eml":
        inner = mail(("valve.png", valve), subject="About the valve")
        message = mail(("torn.pdf", b"%PDF-1.7 torn"), ("scan.pdf", scan), ("sky.png", sky))
        message.add_attachment(inner)
        content = bytes(message)
    else:
        within = Mail("About the valve", "See below.", files=(Attached("valve.png", valve),))
        files = (Attached("torn.pdf", b"%PDF-1.7 torn"), Attached("scan.pdf", scan), Attached("sky.png", sky))
        content = save(Mail("Two machines", "See below.", files=(*files, Attached("About the valve", within))))
    uploaded = await company.owner.upload(shelf, f"mail.{kind}", content)
    await company.owner.settle(shelf)
    first = await company.owner.get(f"/documents/{uploaded['id']}")
    assert (first["state"], first["pages_to_recognise"]) == ("ready", 3)
    assert await company.member.found("covering letter of the offer") == {uploaded["id"]}

    document = await finish(company.owner, uploaded["id"])
    assert (document["state"], document["unread_pages"]) == ("ready", 0)
    [hit, *_] = await company.member.search("serial number HV-88213")
    assert all(where in hit["heading_path"] or where in hit["text"] for where in ("Attachment scan.pdf", "page 2"))
    [hit, *_] = await company.member.search("rated for 16 bar")
    assert all(where in hit["heading_path"] or where in hit["text"] for where in ("About the valve.eml", "valve.png"))
    text = (await company.member.get(f"/documents/{uploaded['id']}/text", start=0, end=5000))["text"]
    assert text.endswith("not read: torn.pdf (damaged), sky.png (no text was recognised)")


@needs_tesseract
async def test_a_picture_without_words_says_so(company: Company, shelf: str) -> None:
    uploaded = await company.owner.upload(shelf, "sky.png", encode(draw([])))
    document = await finish(company.owner, uploaded["id"])
    assert (document["state"], document["failure_code"]) == ("failed", "no-text")
    assert "sharper" in document["failure"]


async def test_broken_and_monstrous_pictures_say_why(company: Company, shelf: str) -> None:
    torn = encode(draw(PUMP))[:3000]
    cases = {"torn.png": torn, "tiny.png": encode(draw([], size=(10, 10))), "huge.png": _huge()}
    for name, content in cases.items():
        await company.owner.upload(shelf, name, content)
    await company.owner.settle(shelf)
    documents = (await company.owner.get("/documents", knowledge_base_id=shelf))["items"]
    codes = {document["name"]: document["failure_code"] for document in documents}
    assert codes["tiny.png"] == "empty"
    assert codes["huge.png"] == "too-large"
    assert codes["torn.png"] in ("damaged", "no-text", "no-recognition")


def _huge() -> bytes:
    """A file of some kilobytes that unpacks to a hundred million pixels."""
    return encode(Image.new("1", (20_000, 6_000), 1))


# Without an engine, and with one that is watched.


@dataclass
class WatchedRecogniser:
    """Finds the same words on every page, when it is let; says why not where it may not at all."""

    reason: str = ""
    fails: bool = False
    calls: int = 0
    allowed: int = 1_000_000
    name: str = "watched"

    async def why_not(self) -> str:
        return self.reason

    async def recognise(self, picture: Picture) -> tuple[Word, ...]:
        assert len(picture.grey) == picture.width * picture.height
        self.calls += 1
        while self.calls > self.allowed:  # noqa: ASYNC110 another thread allows it
            await asyncio.sleep(0.01)
        if self.fails:
            raise SandboxError("timeout", "too slow")
        words = ("Recognised", "lighthouse", "number", str(self.calls))
        return tuple(Word(word, 0.1 + 0.2 * n, 0.1, 0.25 + 0.2 * n, 0.12, 0.9, 0) for n, word in enumerate(words))

    async def aclose(self) -> None:
        pass


@pytest.fixture
def watched() -> WatchedRecogniser:
    return WatchedRecogniser()


@pytest.fixture
async def apart(watched: WatchedRecogniser, tmp_path: Path) -> AsyncIterator[tuple[Hub, Company]]:
    """A hub of this test's own."""
    settings = load_settings(
        data_dir=tmp_path, recognition={"max_pages": 12}, conversion={"kind": "off"}, _env_file=None
    )
    with Hub(settings, recogniser=watched) as hub:
        async with hub.client() as client:
            yield hub, await found_company(hub, client)


PRINTED = "Minutes of the safety committee\nThe muster point moves to gate nine on Monday."


async def test_without_an_engine_the_reason_says_what_to_install(
    apart: tuple[Hub, Company], watched: WatchedRecogniser
) -> None:
    _, company = apart
    watched.reason = NOTHING_INSTALLED
    shelf = await company.owner.make_shelf()
    scan = await company.owner.upload(shelf, "scan.pdf", pdf(PUMP))
    photo = await company.owner.upload(shelf, "photo.png", encode(draw(PUMP)))
    mixed = await company.owner.upload(shelf, "mixed.pdf", pdf(PRINTED, PUMP, VALVE))
    older = await company.owner.upload(shelf, "older.rtf", rb"{\rtf1 Good text}")
    assert await company.owner.settle(shelf) == {"failed": 3, "ready": 1}
    document = await company.owner.get(f"/documents/{older['id']}")
    assert document["failure_code"] == "no-converter"
    assert "LibreOffice" in document["failure"]
    for uploaded in (scan, photo):
        document = await company.owner.get(f"/documents/{uploaded['id']}")
        assert document["failure_code"] == "no-recognition"
        assert "install Tesseract" in document["failure"]
    document = await company.owner.get(f"/documents/{mixed['id']}")
    assert (document["unread_pages"], document["unread_reason"]) == (2, "no-recognition")
    assert document["pages_to_recognise"] == 0
    assert await company.owner.found("muster point") == {mixed["id"]}
    # Installed at last, it is enough to process it again.
    watched.reason = ""
    await company.owner.post(f"/documents/{mixed['id']}/reprocess", status=202)
    document = await finish(company.owner, mixed["id"])
    assert (document["unread_pages"], document["unread_reason"], document["pages_recognised"]) == (0, None, 2)
    assert await company.owner.found("recognised lighthouse") == {mixed["id"]}


async def test_progress_is_told_and_a_new_upload_ends_it(
    apart: tuple[Hub, Company], watched: WatchedRecogniser
) -> None:
    _, company = apart
    shelf = await company.owner.make_shelf()
    watched.allowed = 1
    uploaded = await company.owner.upload(shelf, "mixed.pdf", pdf(PRINTED, PUMP, VALVE, PUMP))

    async def document() -> Any:
        return await company.owner.get(f"/documents/{uploaded['id']}")

    await until(lambda: watched.calls == 2)
    found = await document()
    assert (found["state"], found["pages_recognised"], found["pages_to_recognise"]) == ("ready", 1, 3)
    await company.owner.upload(shelf, "mixed.pdf", pdf(PRINTED.replace("nine", "twelve")))
    watched.allowed = 1_000_000
    await company.owner.settle(shelf)
    found = await finish(company.owner, uploaded["id"])
    assert (found["state"], found["pages_to_recognise"], found["media_type"]) == ("ready", 0, "application/pdf")
    [hit, *_] = await company.owner.search("muster point gate twelve")
    assert "twelve" in hit["text"]
    assert all("lighthouse" not in hit["text"] for hit in await company.owner.search("recognised lighthouse"))


async def test_a_page_that_cannot_be_read_is_no_more_than_that(
    apart: tuple[Hub, Company], watched: WatchedRecogniser
) -> None:
    _, company = apart
    shelf = await company.owner.make_shelf()
    watched.fails = True
    uploaded = await company.owner.upload(shelf, "mixed.pdf", pdf(PRINTED, PUMP))
    scan = await company.owner.upload(shelf, "scan.pdf", pdf(PUMP))
    document = await finish(company.owner, uploaded["id"])
    assert (document["state"], document["unread_pages"], document["unread_reason"]) == ("ready", 1, "timeout")
    assert await company.owner.found("muster point") == {uploaded["id"]}
    document = await finish(company.owner, scan["id"])
    assert (document["state"], document["failure_code"]) == ("failed", "no-text")


async def test_more_pages_than_allowed_stay_unread(apart: tuple[Hub, Company], watched: WatchedRecogniser) -> None:
    _, company = apart
    shelf = await company.owner.make_shelf()
    uploaded = await company.owner.upload(shelf, "long.pdf", pdf(*[PUMP] * 14))
    document = await finish(company.owner, uploaded["id"])
    assert (document["state"], document["page_count"]) == ("ready", 14)
    assert (document["unread_pages"], document["unread_reason"]) == (2, "too-many-pages")
    assert watched.calls == 12


async def test_a_process_that_dies_loses_no_page(watched: WatchedRecogniser, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    watched.allowed = 5
    with Hub(settings, recogniser=watched) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            uploaded = await company.owner.upload(shelf, "scan.pdf", pdf(*[PUMP] * 11))
            await until(lambda: watched.calls == 6)
    # It was in the middle of the sixth page; another process goes on with it.
    after = WatchedRecogniser()
    with Hub(settings, recogniser=after) as hub:
        async with hub.client() as client:
            owner = Person(client, company.owner.email, company.owner.id)
            document = await finish(owner, uploaded["id"])
            assert (document["state"], document["pages_recognised"]) == ("ready", 11)
            assert after.calls == 6
            check = await owner.get(f"/documents/{uploaded['id']}/text", start=0, end=2000)
            assert check["text"].count("lighthouse") == 11


async def test_originals_that_are_not_kept_stay_until_their_pages_are_read(
    apart: tuple[Hub, Company], watched: WatchedRecogniser
) -> None:
    hub, company = apart
    shelf = await company.owner.make_shelf(keep_originals=False)
    watched.allowed = 0
    uploaded = await company.owner.upload(shelf, "mixed.pdf", pdf(PRINTED, PUMP))
    await until(lambda: watched.calls == 1)
    watched.allowed = 1_000_000
    document = await finish(company.owner, uploaded["id"])
    assert document["pages_recognised"] == 1
    assert await company.owner.found("recognised lighthouse") == {uploaded["id"]}

    async def files() -> int:
        return sum(1 for path in hub.settings.files_dir.rglob("*") if path.is_file())

    deadline = time.monotonic() + PATIENCE
    while await files():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
