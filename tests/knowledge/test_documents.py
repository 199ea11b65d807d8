"""Documents arrive, are replaced, fail, are processed again, move and go."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from hub import Company, Hub, found_company
from nexus.core.settings import HttpSettings, Settings, load_settings
from nexus.knowledge.models import DocumentVersion

OLD = "# Leave\n\nEverybody has 23 days of annual leave.\n"
NEW = "# Leave\n\nEverybody has 25 days of annual leave.\n"


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["member"]])


async def test_an_upload_becomes_searchable(company: Company, shelf: str) -> None:
    moment = datetime(2024, 5, 6, 7, 8, tzinfo=UTC)
    uploaded = await company.owner.upload(shelf, "people/uk/leave.md", NEW, modified_at=moment)
    assert (uploaded["outcome"], uploaded["duplicate_of"]) == ("created", None)
    assert (uploaded["path"], uploaded["name"]) == ("people/uk/leave.md", "leave.md")
    assert uploaded["size"] == len(NEW)
    assert await company.owner.settle(shelf) == {"ready": 1}
    document = await company.member.get(f"/documents/{uploaded['id']}")
    assert (document["state"], document["title"], document["media_type"]) == ("ready", "Leave", "text/markdown")
    assert datetime.fromisoformat(document["modified_at"]) == moment
    [version] = document["versions"]
    assert version["id"] == document["active_version_id"]
    assert (version["number"], version["state"], version["page_count"]) == (1, "active", 1)
    assert version["chunk_count"] == 1
    assert await company.member.found("How many days of annual leave?") == {uploaded["id"]}
    progress = await company.member.get(f"/knowledge-bases/{shelf}/progress")
    assert progress == {"documents": {"ready": 1}, "pages": 1, "chunks": 1}


async def test_the_same_bytes_again_change_nothing(company: Company, shelf: str) -> None:
    first = await company.owner.add(shelf, "leave.md", NEW)
    again = await company.owner.upload(shelf, "leave.md", NEW)
    assert (again["id"], again["outcome"]) == (first, "unchanged")
    copy = await company.owner.upload(shelf, "copy.md", NEW)
    assert (copy["outcome"], copy["duplicate_of"]) == ("created", first)
    await company.owner.settle(shelf)
    assert len((await company.owner.get(f"/documents/{first}"))["versions"]) == 1


async def test_other_bytes_make_the_next_version_and_old_citations_still_open(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "leave.md", OLD)
    answer = await company.member.post("/ask", {"question": "days of annual leave"})
    [citation] = answer["message"]["citations"]
    assert citation["superseded"] is False
    again = await company.owner.upload(shelf, "leave.md", NEW)
    assert (again["id"], again["outcome"]) == (document, "replaced")
    await company.owner.settle(shelf)

    detail = await company.member.get(f"/documents/{document}")
    assert [(v["number"], v["state"]) for v in detail["versions"]] == [(2, "active"), (1, "superseded")]
    [hit] = await company.member.search("annual leave")
    assert hit["text"] == NEW.strip()
    [citation] = (await company.member.get(f"/runs/{answer['run']['id']}"))["message"]["citations"]
    assert citation["superseded"] is True
    span = {"version_id": citation["version_id"], "start": citation["start"], "end": citation["end"]}
    assert (await company.member.get(f"/documents/{document}/text", **span))["text"] == citation["quote"]
    assert "23 days" in citation["quote"]
    original = await company.member.call(
        "GET", f"/documents/{document}/original", params={"version_id": citation["version_id"]}
    )
    assert original.text == OLD


async def test_a_failed_replacement_leaves_the_old_version_answering(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "leave.md", OLD)
    await company.owner.upload(shelf, "leave.md", b"%PDF-1.7 and then nothing of the kind")
    assert await company.owner.settle(shelf) == {"failed": 1}
    detail = await company.member.get(f"/documents/{document}")
    assert detail["failure"]
    assert detail["failure_code"]
    assert [(v["number"], v["state"]) for v in detail["versions"]] == [(2, "failed"), (1, "active")]
    assert await company.member.found("annual leave") == {document}
    assert "23 days" in (await company.member.get(f"/documents/{document}/text"))["text"]
    # The third time it is right, and the failure is forgotten.
    await company.owner.add(shelf, "leave.md", NEW)
    detail = await company.member.get(f"/documents/{document}")
    assert (detail["state"], detail["failure"], detail["failure_code"]) == ("ready", None, None)
    [hit] = await company.member.search("annual leave")
    assert hit["text"] == NEW.strip()


@pytest.mark.parametrize("content", [b"", b" \n\t\n ", b"%PDF-1.7 and nothing"])
async def test_what_holds_no_text_fails_with_a_sentence(company: Company, shelf: str, content: bytes) -> None:
    uploaded = await company.owner.upload(shelf, "empty.txt", content)
    assert await company.owner.settle(shelf) == {"failed": 1}
    document = await company.owner.get(f"/documents/{uploaded['id']}")
    assert document["failure"].endswith(".")
    assert (await company.owner.get(f"/documents/{uploaded['id']}/text", 409))["detail"] == document["failure"]
    original = await company.owner.call("GET", f"/documents/{uploaded['id']}/original")
    assert original.content == content


async def test_reprocessing_follows_changed_settings(company: Company, shelf: str) -> None:
    text = "".join(f"Rule number {n} says that pump {n} is oiled once a week.\n\n" for n in range(40))
    document = await company.owner.add(shelf, "rules.md", text)
    before = (await company.owner.get(f"/documents/{document}"))["versions"][0]["chunk_count"]
    small = {"chunking": {"strategy": "fixed", "target_tokens": 32}}
    await company.owner.patch(f"/knowledge-bases/{shelf}", small)
    await company.owner.post(f"/documents/{document}/reprocess", status=202)
    await company.owner.settle(shelf)
    detail = await company.owner.get(f"/documents/{document}")
    assert [v["state"] for v in detail["versions"]] == ["active", "superseded"]
    assert detail["versions"][0]["chunk_count"] > before
    assert (await company.owner.post(f"/knowledge-bases/{shelf}/reprocess", status=202))["documents"] == 1
    await company.owner.settle(shelf)
    original = await company.owner.call("GET", f"/documents/{document}/original")
    assert original.text == text
    await company.member.post(f"/documents/{document}/reprocess", status=403)
    await company.stranger.post(f"/documents/{document}/reprocess", status=404)


async def test_originals_that_are_not_to_be_kept_are_gone_when_it_is_searchable(company: Company, hub: Hub) -> None:
    shelf = await company.owner.make_shelf(keep_originals=False)
    document = await company.owner.add(shelf, "leave.md", NEW)
    assert await company.owner.found("annual leave") == {document}
    gone = await company.owner.get(f"/documents/{document}/original", 410)
    assert gone["type"].endswith(":original-gone")
    await company.owner.post(f"/documents/{document}/reprocess", status=410)
    # One that cannot be processed again is told, and no reason not to process the others.
    await company.owner.patch(f"/knowledge-bases/{shelf}", {"keep_originals": True})
    await company.owner.add(shelf, "other.md", OLD)
    assert (await company.owner.post(f"/knowledge-bases/{shelf}/reprocess", status=202))["documents"] == 2
    await company.owner.settle(shelf)
    assert await originals(hub, document) == []


async def test_moving_takes_the_readers_of_the_new_place(company: Company, shelf: str) -> None:
    other = await company.owner.make_shelf("Other")
    document = await company.owner.add(shelf, "leave.md", NEW)
    moved = await company.owner.patch(f"/documents/{document}", {"knowledge_base_id": other})
    assert moved["knowledge_base_id"] == other
    await company.member.get(f"/documents/{document}", 404)
    assert await company.member.found("annual leave") == set()
    [hit] = await company.owner.search("annual leave", knowledge_base_ids=[other])
    assert hit["knowledge_base_id"] == other
    assert await company.owner.search("annual leave", knowledge_base_ids=[shelf]) == []
    await company.owner.patch(f"/documents/{document}", {"knowledge_base_id": shelf})
    assert await company.member.found("annual leave") == {document}


async def test_moving_needs_manage_on_both_sides(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "leave.md", NEW)
    theirs = await company.member.make_shelf("Theirs")
    move = {"knowledge_base_id": theirs}
    await company.member.patch(f"/documents/{document}", move, 403)
    # The owner cannot see the other place at all.
    assert "knowledge base" in (await company.owner.patch(f"/documents/{document}", move, 404))["detail"]
    foreign = await company.rival.make_shelf("Foreign")
    await company.owner.patch(f"/documents/{document}", {"knowledge_base_id": foreign}, 404)


async def test_a_name_that_is_taken_stops_a_move(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "leave.md", NEW)
    other = await company.owner.make_shelf("Other")
    await company.owner.add(other, "leave.md", OLD)
    await company.owner.patch(f"/documents/{document}", {"knowledge_base_id": other}, 409)
    assert (await company.owner.get(f"/documents/{document}"))["knowledge_base_id"] == shelf


@pytest.mark.parametrize(
    ("path", "becomes"),
    [
        ("a/b.md", "a/b.md"),
        ("/a//b.md", "a/b.md"),
        ("./a/./b.md", "a/b.md"),
        ("a\\b.md", "a/b.md"),
        (" a / b.md ", "a/b.md"),
        ("a/Übersicht ½ 漢字.md", "a/Übersicht ½ 漢字.md"),
        ("a/what? #1 & 100%.md", "a/what? #1 & 100%.md"),
    ],
)
async def test_paths_are_made_plain(company: Company, shelf: str, path: str, becomes: str) -> None:
    assert (await company.owner.upload(shelf, path, NEW))["path"] == becomes


@pytest.mark.parametrize("path", ["", "/", "..", "../etc/passwd", "a/../../b", ".", "x" * 301, "y/" * 600 + "z"])
async def test_paths_that_mean_nothing_are_refused(company: Company, shelf: str, path: str) -> None:
    await company.owner.upload(shelf, path, NEW, status=422)
    assert (await company.owner.get("/documents"))["items"] == []


async def test_a_moment_without_a_zone_is_refused(company: Company, shelf: str) -> None:
    path = f"/knowledge-bases/{shelf}/documents?path=a.md&modified_at=2024-01-01T00:00:00"
    answer = await company.owner.call("POST", path, content=NEW)
    assert answer.status_code == 422


async def test_lists_filter_and_page(company: Company, shelf: str) -> None:
    for name in ("c.md", "A.md", "b/a.md", "b/b.md", "100%_sure.md"):
        await company.owner.upload(shelf, name, f"Text of {name}, which is a document about pumps.")
    broken = await company.owner.upload(shelf, "broken.pdf", b"%PDF-1.7 nothing")
    await company.owner.settle(shelf)
    assert [d["id"] for d in (await company.member.get("/documents", state="failed"))["items"]] == [broken["id"]]
    names = [d["path"] for d in (await company.member.get("/documents", name="A.M"))["items"]]
    assert names == ["A.md", "b/a.md"]
    assert [d["path"] for d in (await company.member.get("/documents", name="%_"))["items"]] == ["100%_sure.md"]
    seen = [d["path"] for d in await company.member.read_pages("/documents", limit=2)]
    assert seen == sorted(["c.md", "A.md", "b/a.md", "b/b.md", "100%_sure.md", "broken.pdf"])
    await company.member.get("/documents", 422, state="lost")
    await company.member.get("/documents", 422, limit=0)
    # A cursor is a place, no permission.
    page = await company.member.get("/documents", limit=2)
    assert (await company.stranger.get("/documents", limit=2, cursor=page["next_cursor"]))["items"] == []


@pytest.fixture(scope="module")
def small_hub(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("small")
    return load_settings(data_dir=folder, http=HttpSettings(max_upload_mb=1), _env_file=None)


async def test_a_file_that_is_too_large_is_refused_and_leaves_nothing(small_hub: Settings) -> None:
    async def endless(blocks: int) -> AsyncIterator[bytes]:
        for _ in range(blocks):
            yield b"x" * 65536

    with Hub(small_hub) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            path = f"/knowledge-bases/{shelf}/documents"
            # Announced, and not announced.
            for options in ({"content": b"x" * (1 << 20) + b"y"}, {"content": endless(17)}):
                answer = await company.owner.call("POST", path, params={"path": "big.txt"}, **options)
                assert answer.status_code == 413, answer.text
                assert answer.json()["type"] == "urn:nexus:problem:too-large"
                assert "1 MiB" in answer.json()["detail"]
            await company.owner.upload(shelf, "fits.txt", "word " * 1000)
            await company.owner.settle(shelf)
            assert len((await company.owner.get("/documents"))["items"]) == 1
    files = [file for file in small_hub.files_dir.rglob("*") if file.is_file()]
    assert len(files) == 1


async def test_nothing_is_read_of_an_upload_that_is_not_allowed(company: Company, shelf: str) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x"

    path = f"/knowledge-bases/{shelf}/documents"
    answer = await company.member.call("POST", path, params={"path": "a.md"}, content=body())
    assert answer.status_code == 403
    answer = await company.rival.call("POST", path, params={"path": "a.md"}, content=body())
    assert answer.status_code == 404
    assert (await company.owner.get("/documents"))["items"] == []


async def test_an_upload_that_is_broken_off_leaves_nothing_and_is_no_fault(
    company: Company, shelf: str, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    async def until(some: bool) -> None:
        async with asyncio.timeout(20):
            while any(hub.settings.files_dir.glob("upload-*")) is not some:  # noqa: ASYNC110 - the disk tells nobody
                await asyncio.sleep(0.01)

    async def body() -> AsyncIterator[bytes]:
        yield b"The beginning"
        await asyncio.Event().wait()

    path = f"/knowledge-bases/{shelf}/documents"
    uploading = asyncio.create_task(company.owner.call("POST", path, params={"path": "a.md"}, content=body()))
    await until(some=True)
    uploading.cancel()
    await asyncio.wait((uploading,))
    await until(some=False)
    assert (await company.owner.get("/documents"))["items"] == []
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def originals(hub: Hub, document: str) -> list[Path]:
    async with hub.database() as db, db.read() as session:
        keys = await session.scalars(
            select(DocumentVersion.blob_key)
            .where(DocumentVersion.document_id == UUID(document), DocumentVersion.blob_key.is_not(None))
            .distinct()
        )
        files = [next(hub.settings.files_dir.glob(f"*/{key}")) for key in keys]
    assert all(file.exists() for file in files)
    return files
