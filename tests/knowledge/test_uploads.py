"""Files that arrive part by part: the protocol, what interrupts them, and who may go on."""

import asyncio
import base64
import hashlib
import os
import random
import socket
from contextlib import suppress
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import update

from hub import PATIENCE, Company, Hub, Person, told
from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.identity.tokens import OperatorToken
from nexus.knowledge import resuming
from nexus.knowledge.models import ResumableUpload
from nexus.knowledge.upload_routes import intake
from nexus.providers.blobs.base import BlobStore
from nexus.providers.blobs.partial import PartialBusyError, PartialFiles

TUS = {"Tus-Resumable": "1.0.0"}
TEXT = b"# Leave\n\nEverybody has 25 days of annual leave.\n"


def in_base64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def announcing(path: str, length: int) -> dict[str, str]:
    return TUS | {"Upload-Length": str(length), "Upload-Metadata": f"path {in_base64(path)}"}


async def begin(person: Person, shelf: str, path: str, length: int) -> str:
    """The upload's place, below `/api`."""
    answer = await person.call("POST", f"/knowledge-bases/{shelf}/uploads", headers=announcing(path, length))
    assert answer.status_code == 201, answer.text
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["upload-expires"].endswith("GMT")
    return answer.headers["location"].removeprefix("/api")


async def send(person: Person, place: str, offset: int, content: Any, **headers: str) -> httpx2.Response:
    of_part = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
    return await person.call("PATCH", place, headers=of_part | headers, content=content)


async def offset_of(person: Person, place: str) -> int:
    answer = await person.call("HEAD", place, headers=TUS)
    assert answer.status_code == 200, answer.status_code
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def noise(size: int) -> bytes:
    """Nothing that could be read, so that reading it takes no time: here it is the bytes that matter."""
    return b"\x00\x01" + random.Random(size).randbytes(size - 2)


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["member"]])


async def test_a_file_arrives_in_parts_and_is_found(company: Company, shelf: str) -> None:
    owner = company.owner
    place = await begin(owner, shelf, "people/leave.md", len(TEXT))
    assert [one["path"] for one in (await owner.get("/uploads"))["items"]] == ["people/leave.md"]
    first = await send(owner, place, 0, TEXT[:10])
    assert (first.status_code, first.headers["upload-offset"], first.content) == (204, "10", b"")
    assert first.headers["tus-resumable"] == "1.0.0"
    assert await offset_of(owner, place) == 10
    last = await send(owner, place, 10, TEXT[10:])
    assert (last.status_code, last.headers["upload-offset"]) == (204, str(len(TEXT)))

    upload = await owner.get(place)
    assert (upload["offset"], upload["outcome"], upload["duplicate_of"]) == (len(TEXT), "created", None)
    assert await offset_of(owner, place) == len(TEXT)
    assert (await owner.get("/uploads"))["items"] == []
    assert await owner.settle(shelf) == {"ready": 1}
    document = await owner.get(f"/documents/{upload['document_id']}")
    assert (document["path"], document["sha256"]) == ("people/leave.md", hashlib.sha256(TEXT).hexdigest())
    assert await company.member.found("days of annual leave") == {upload["document_id"]}
    original = await owner.call("GET", f"/documents/{upload['document_id']}/original")
    assert original.content == TEXT


async def test_the_first_part_may_come_with_the_announcement(company: Company, shelf: str) -> None:
    headers = announcing("leave.md", len(TEXT)) | {"Content-Type": "application/offset+octet-stream"}
    at = f"/knowledge-bases/{shelf}/uploads"
    answer = await company.owner.call("POST", at, headers=headers, content=TEXT[:20])
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "20")
    place = answer.headers["location"].removeprefix("/api")
    assert (await send(company.owner, place, 20, TEXT[20:])).status_code == 204
    # And all of it at once, and a file of nothing.
    whole = await company.owner.call("POST", at, headers=headers, content=TEXT)
    assert whole.headers["upload-offset"] == str(len(TEXT))
    upload = await company.owner.get(whole.headers["location"].removeprefix("/api"))
    assert upload["outcome"] == "unchanged"
    empty = await company.owner.call("POST", at, headers=announcing("empty.txt", 0))
    assert empty.headers["upload-offset"] == "0"
    assert await company.owner.settle(shelf) == {"ready": 1, "failed": 1}


async def test_what_the_protocol_can_do_is_told_to_anybody(hub: Hub) -> None:
    async with httpx2.AsyncClient(base_url=hub.url) as anybody:
        answer = await anybody.request("OPTIONS", "/api/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-max-size"] == str(1 << 30)
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation",
        "creation-with-upload",
        "termination",
        "expiration",
        "checksum",
    }
    assert answer.headers["tus-checksum-algorithm"] == "sha1,sha256"


async def test_the_protocol_is_kept(company: Company, shelf: str) -> None:
    owner, at = company.owner, f"/knowledge-bases/{shelf}/uploads"

    async def refused(**changes: str) -> tuple[int, str]:
        headers = announcing("leave.md", 40) | {name.replace("_", "-"): value for name, value in changes.items()}
        answer = await owner.call("POST", at, headers=headers)
        assert answer.headers["tus-resumable"] == "1.0.0"
        return answer.status_code, answer.json()["type"].rpartition(":")[2]

    old = await owner.call("POST", at, headers={"Upload-Length": "3", "Tus-Resumable": "0.2.2"})
    assert (old.status_code, old.headers["tus-version"]) == (412, "1.0.0")
    assert await refused(Upload_Length="many") == (400, "upload-protocol")
    assert await refused(Upload_Length="-1") == (400, "upload-protocol")
    assert await refused(Upload_Length=str((1 << 30) + 1)) == (413, "too-large")
    assert await refused(Upload_Metadata="path ???") == (400, "upload-protocol")
    assert await refused(Upload_Metadata=f"path {in_base64('a')},path {in_base64('b')}") == (400, "upload-protocol")
    assert await refused(Upload_Metadata=f"path {in_base64('../../etc/passwd')}") == (422, "invalid")
    assert await refused(Upload_Metadata="") == (422, "invalid")
    bad = f"path {in_base64('a.md')},modified_at {in_base64('yesterday')}"
    assert await refused(Upload_Metadata=bad) == (400, "upload-protocol")
    assert (await owner.get("/uploads"))["items"] == []

    place = await begin(owner, shelf, "leave.md", len(TEXT))
    headers = {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert (await owner.call("PATCH", place, headers=headers, content=TEXT)).status_code == 412
    assert (await send(owner, place, 0, TEXT, **{"Content-Type": "text/plain"})).status_code == 415
    assert (await send(owner, place, 5, TEXT[5:])).status_code == 409
    assert (await send(owner, place, 0, TEXT + b"and more")).status_code == 413
    assert await offset_of(owner, place) == 0
    described = await owner.call("HEAD", place, headers=TUS)
    assert described.headers["upload-metadata"] == f"path {in_base64('leave.md')}"
    assert described.headers["upload-length"] == str(len(TEXT))


async def test_a_part_that_was_damaged_is_not_kept(company: Company, shelf: str) -> None:
    owner = company.owner
    place = await begin(owner, shelf, "leave.md", len(TEXT))
    wrong = in_base64(hashlib.sha256(b"something else").digest())
    damaged = await send(owner, place, 0, TEXT[:30], **{"Upload-Checksum": f"sha256 {wrong}"})
    assert (damaged.status_code, await offset_of(owner, place)) == (460, 0)
    assert (await send(owner, place, 0, TEXT[:30], **{"Upload-Checksum": "crc32 AAAA"})).status_code == 400
    right = in_base64(hashlib.sha1(TEXT[:30]).digest())
    assert (await send(owner, place, 0, TEXT[:30], **{"Upload-Checksum": f"sha1 {right}"})).status_code == 204
    rest = in_base64(hashlib.sha256(TEXT[30:]).digest())
    assert (await send(owner, place, 30, TEXT[30:], **{"Upload-Checksum": f"sha256 {rest}"})).status_code == 204
    assert await owner.settle(shelf) == {"ready": 1}


class Cut:
    """A connection of one's own, to stop in the middle of a part."""

    def __init__(self, hub: Hub, person: Person, place: str, offset: int, length: int) -> None:
        address = urlsplit(hub.url)
        self._socket = socket.create_connection((address.hostname or "", address.port or 0))
        lines = [
            f"PATCH /api{place} HTTP/1.1",
            "Host: nexus",
            f"Authorization: Bearer {hub.resource(OperatorToken).value}",
            *(f"{name}: {value}" for name, value in (person.headers | TUS).items()),
            "Content-Type: application/offset+octet-stream",
            f"Upload-Offset: {offset}",
            f"Content-Length: {length}",
        ]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    async def send(self, content: bytes) -> None:
        with suppress(OSError):  # it may have been answered already, and hung up on
            await asyncio.to_thread(self._socket.sendall, content)


async def until_offset(person: Person, place: str, least: int) -> int:
    async with asyncio.timeout(PATIENCE):
        while (offset := await offset_of(person, place)) < least:  # noqa: ASYNC110 - the hub is in another thread
            await asyncio.sleep(0.02)
    return offset


async def until_free(hub: Hub, place: str) -> None:
    """Nobody writes to it any more."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(PartialBusyError):
                async with hub.resource(PartialFiles).open(UUID(place.rpartition("/")[2])):
                    return
            await asyncio.sleep(0.02)


async def test_a_broken_connection_loses_nothing_that_came(hub: Hub, company: Company, shelf: str) -> None:
    owner, content = company.owner, noise(3_000_000)
    place = await begin(owner, shelf, "manual.bin", len(content))
    with Cut(hub, owner, place, 0, len(content)) as cut:
        await cut.send(content[:1_700_000])
    assert await until_offset(owner, place, 1) == 1_700_000
    assert (await send(owner, place, 1_700_000, content[1_700_000:])).status_code == 204
    await owner.settle(shelf)
    document = await owner.get(f"/documents/{(await owner.get(place))['document_id']}")
    assert document["sha256"] == hashlib.sha256(content).hexdigest()


async def test_only_one_at_a_time_writes(hub: Hub, company: Company, shelf: str) -> None:
    owner, content = company.owner, noise(3_000_000)
    place = await begin(owner, shelf, "manual.bin", len(content))
    with Cut(hub, owner, place, 0, len(content)) as slow:
        await slow.send(content[:1_500_000])
        async with asyncio.timeout(PATIENCE):
            while not await hub.resource(PartialFiles).size(UUID(place.rpartition("/")[2])):  # noqa: ASYNC110 - the same
                await asyncio.sleep(0.02)
        assert (await send(owner, place, 0, content)).status_code == 423
    offset = await until_offset(owner, place, 1_500_000)
    # Of two that go on from the same byte, one does.
    both = await asyncio.gather(*(send(owner, place, offset, content[offset:]) for _ in range(2)))
    assert sorted(one.status_code for one in both) in ([204, 409], [204, 423]), [one.text for one in both]
    assert await owner.settle(shelf) == {"failed": 1}


async def test_who_goes_silent_makes_room_for_the_next(
    hub: Hub, company: Company, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "SILENCE", 0.3)
    owner, content = company.owner, noise(200_000)
    place = await begin(owner, shelf, "manual.bin", len(content))
    with Cut(hub, owner, place, 0, len(content)) as silent:
        await silent.send(content[:100_000])
        assert await until_offset(owner, place, 1) == 100_000
        assert (await send(owner, place, 100_000, content[100_000:])).status_code == 204


async def test_somebody_elses_upload_is_unknown(company: Company, shelf: str) -> None:
    place = await begin(company.owner, shelf, "leave.md", len(TEXT))
    await company.owner.put(
        f"/knowledge-bases/{shelf}/grants",
        {"subject_kind": "user", "subject_id": str(company.member.id), "level": "manage"},
        200,
    )
    for other in (company.member, company.stranger, company.admin, company.rival):
        for method in ("GET", "HEAD", "PATCH", "DELETE"):
            headers = TUS | {"Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
            real = await other.call(method, place, headers=headers)
            unknown = await other.call(method, f"/uploads/{new_id()}", headers=headers)
            assert real.status_code == unknown.status_code == 404
            assert method == "HEAD" or told(real) == told(unknown)
        assert (await other.get("/uploads"))["items"] == []
    begun = await company.stranger.call(
        "POST", f"/knowledge-bases/{shelf}/uploads", headers=announcing("a.md", 3), content=b"abc"
    )
    assert begun.status_code == 404


async def test_readers_may_not_send(company: Company, shelf: str) -> None:
    answer = await company.member.call("POST", f"/knowledge-bases/{shelf}/uploads", headers=announcing("a.md", 3))
    assert answer.status_code == 403


async def test_a_right_that_is_taken_away_ends_the_upload(
    hub: Hub, company: Company, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resuming, "CHECKPOINT", 1 << 20)
    content = noise(6_000_000)
    manager = {"subject_kind": "group", "subject_id": str(company.group), "level": "manage"}
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", manager, 200)
    place = await begin(company.member, shelf, "manual.bin", len(content))
    with Cut(hub, company.member, place, 0, len(content)) as sending:
        await sending.send(content[:2_500_000])
        await until_offset(company.member, place, 1 << 20)
        # Not the grant, but what the sender had it by: the rows are asked again in the middle of the part.
        await company.admin.patch(f"/users/{company.member.id}", {"group_ids": []})
        assert (await send(company.member, place, 0, b"")).status_code == 403
        await sending.send(content[2_500_000:])
    await until_free(hub, place)
    assert (await company.owner.get("/documents", knowledge_base_id=shelf))["items"] == []
    # With the right it goes on from where it was.
    await company.admin.patch(f"/users/{company.member.id}", {"group_ids": [str(company.group)]})
    offset = await offset_of(company.member, place)
    assert 1 << 20 <= offset < len(content)
    assert (await send(company.member, place, offset, content[offset:])).status_code == 204
    [document] = (await company.owner.get("/documents", knowledge_base_id=shelf))["items"]
    assert document["sha256"] == hashlib.sha256(content).hexdigest()


async def test_uploads_expire_and_are_swept(hub: Hub, company: Company, shelf: str) -> None:
    owner = company.owner
    place = await begin(owner, shelf, "leave.md", len(TEXT))
    kept = await begin(owner, shelf, "kept.md", len(TEXT))
    for one in (place, kept):
        await send(owner, one, 0, TEXT[:10])
    partials = hub.resource(PartialFiles)
    ids = [UUID(one.rpartition("/")[2]) for one in (place, kept)]
    async with hub.database() as db:
        async with db.write() as session:
            gone = update(ResumableUpload).where(ResumableUpload.id == ids[0])
            await session.execute(gone.values(expires_at=now() - timedelta(seconds=1)))
        assert (await owner.call("HEAD", place, headers=TUS)).status_code == 404
        assert (await send(owner, place, 10, TEXT[10:])).status_code == 404
        await resuming.sweep(intake(db, hub.resource(BlobStore), partials, hub.settings))
    assert ids[0] not in await partials.ids()
    assert ids[1] in await partials.ids()
    assert (await send(owner, kept, 10, TEXT[10:])).status_code == 204
    assert ids[1] not in await partials.ids()


async def test_an_upload_is_taken_back(hub: Hub, company: Company, shelf: str) -> None:
    place = await begin(company.owner, shelf, "leave.md", len(TEXT))
    await send(company.owner, place, 0, TEXT[:10])
    await company.owner.delete(place)
    assert (await company.owner.call("HEAD", place, headers=TUS)).status_code == 404
    assert UUID(place.rpartition("/")[2]) not in await hub.resource(PartialFiles).ids()


async def test_nobody_keeps_too_many_open(company: Company, shelf: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resuming.upload_queries, "promised", _promised_a_lot)
    many = await company.owner.call("POST", f"/knowledge-bases/{shelf}/uploads", headers=announcing("a.md", 3))
    assert many.status_code == 409
    assert "100 unfinished" in many.json()["detail"]


async def _promised_a_lot(*_: Any) -> tuple[int, int]:
    return 100, 100


async def test_a_full_disk_is_told_before_anything_is_sent(
    hub: Hub, company: Company, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def little() -> int:
        return resuming.RESERVE + 1000

    monkeypatch.setattr(hub.resource(PartialFiles), "free_bytes", little)
    at = f"/knowledge-bases/{shelf}/uploads"
    place = await begin(company.owner, shelf, "a.md", 900)
    full = await company.owner.call("POST", at, headers=announcing("b.md", 900))
    assert full.status_code == 507
    assert full.json()["detail"].endswith("administrator.")
    await company.owner.delete(place)
    await begin(company.owner, shelf, "b.md", 900)


async def test_a_disk_that_fills_up_meanwhile_loses_nothing(
    company: Company, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = await begin(company.owner, shelf, "leave.md", len(TEXT))
    await send(company.owner, place, 0, TEXT[:10])

    def full(*_: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "pwrite", full)
        assert (await send(company.owner, place, 10, TEXT[10:])).status_code == 507
    assert (await send(company.owner, place, 10, TEXT[10:])).status_code == 204


@pytest.mark.parametrize(
    ("name", "beginning", "word"),
    [
        ("setup.pdf", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00", "program"),
        ("tool", b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00", "program"),
        ("all.zip", b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + b"\0" * 16 + b"\x05\x00\x00\x00a.txt", "archive"),
        ("all.7z", b"7z\xbc\xaf\x27\x1c\x00\x04", "archive"),
        ("all.rar", b"Rar!\x1a\x07\x01\x00", "archive"),
        ("all.tar.gz", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "archive"),
        ("all.tar", b"a.txt".ljust(257, b"\0") + b"ustar\x0000", "archive"),
    ],
)
async def test_programs_and_archives_are_refused_with_the_first_bytes(
    hub: Hub, company: Company, shelf: str, name: str, beginning: bytes, word: str
) -> None:
    place = await begin(company.owner, shelf, name, 500_000_000)
    answer = await send(company.owner, place, 0, beginning.ljust(20_000, b"\0"))
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("no-document")
    assert word in answer.json()["detail"]
    assert (await company.owner.call("HEAD", place, headers=TUS)).status_code == 404
    assert UUID(place.rpartition("/")[2]) not in await hub.resource(PartialFiles).ids()


async def test_duplicates_are_told_only_of_what_one_may_read(company: Company, shelf: str) -> None:
    owner = company.owner
    first = await owner.add(shelf, "leave.md", TEXT)
    secret = await owner.add(shelf, "secret.md", TEXT + b"And a bonus.")
    await owner.patch(f"/documents/{secret}", {"restricted": True})
    manager = {"subject_kind": "user", "subject_id": str(company.member.id), "level": "manage"}
    await owner.put(f"/knowledge-bases/{shelf}/grants", manager, 200)

    async def sent(path: str, content: bytes) -> Any:
        place = await begin(company.member, shelf, path, len(content))
        assert (await send(company.member, place, 0, content)).status_code == 204
        return await company.member.get(place)

    copy = await sent("copy.md", TEXT)
    assert (copy["outcome"], copy["duplicate_of"]) == ("created", first)
    unseen = await sent("other.md", TEXT + b"And a bonus.")
    assert (unseen["outcome"], unseen["duplicate_of"]) == ("created", None)
    same = await sent("leave.md", TEXT)
    assert (same["outcome"], same["document_id"]) == ("unchanged", first)
    blobs = [version["state"] for version in (await owner.get(f"/documents/{first}"))["versions"]]
    assert blobs == ["active"]


async def test_a_sender_that_did_not_hear_the_end_finds_it(company: Company, shelf: str) -> None:
    place = await begin(company.owner, shelf, "leave.md", len(TEXT))
    assert (await send(company.owner, place, 0, TEXT)).status_code == 204
    assert await offset_of(company.owner, place) == len(TEXT)
    again = await send(company.owner, place, len(TEXT), b"")
    assert (again.status_code, again.headers["upload-offset"]) == (204, str(len(TEXT)))
    assert (await send(company.owner, place, 0, TEXT)).status_code == 409
    assert await company.owner.settle(shelf) == {"ready": 1}


async def test_parts_on_a_disk_that_is_not_here_are_sent_again(hub: Hub, company: Company, shelf: str) -> None:
    """As where several API processes have a folder each, and the next part comes to another of them."""
    place = await begin(company.owner, shelf, "leave.md", len(TEXT))
    await send(company.owner, place, 0, TEXT[:30])
    await hub.resource(PartialFiles).delete(UUID(place.rpartition("/")[2]))
    assert await offset_of(company.owner, place) == 0
    assert (await send(company.owner, place, 30, TEXT[30:])).status_code == 409
    assert (await send(company.owner, place, 0, TEXT)).status_code == 204
    assert await company.owner.settle(shelf) == {"ready": 1}
