"""Versions of a document: laid side by side, brought back, removed without a trace."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from hub import Company, Hub, Person
from nexus.core.ids import new_id
from nexus.ingestion.jobs import ask_to_purge
from nexus.knowledge.models import Document, DocumentVersion

FIRST = "# Leave\n\nEverybody has 23 days of annual leave.\n\n# Sickness\n\nCall before nine.\n"
SECOND = "# Leave\n\nEverybody has 25 days of annual leave.\n\n# Sickness\n\nCall before nine.\nThen write.\n"
THIRD = "# Leave\n\nEverybody has 30 days of annual leave.\n"


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["member"]])


async def versions(person: Person, document: str) -> list[Any]:
    return (await person.get(f"/documents/{document}"))["versions"]


async def files(hub: Hub, document: str) -> set[str]:
    """Keys of the files that are there and that the document's versions name."""
    async with hub.database() as db, db.read() as session:
        rows = await session.scalars(
            select(DocumentVersion.blob_key).where(DocumentVersion.document_id == UUID(document))
        )
        return {key for key in rows if key}


async def stored(hub: Hub) -> set[str]:
    return {path.name for path in hub.settings.files_dir.rglob("*") if path.is_file()}


async def test_two_versions_are_laid_side_by_side(company: Company, shelf: str) -> None:
    owner, member = company.owner, company.member
    # So long that each chapter is passages of its own.
    document, filler = "", "".join(f"Rule {number} of many is about pump number {number}.\n\n" for number in range(60))
    for text in (FIRST, SECOND):
        document = await owner.add(shelf, "leave.md", text.replace("# Sickness", f"{filler}# Sickness\n\n{filler}"))
    second, first = [each["id"] for each in await versions(member, document)]
    path = f"/documents/{document}/versions/{second}/changes"
    found = await member.get(path, former_version_id=first)
    assert (found["former"]["number"], found["current"]["number"], found["changes"]) == (1, 2, 2)
    changed, added = found["items"]
    assert [(word["kind"], word["text"]) for word in changed["words"]] == [
        ("same", "Everybody has "),
        ("removed", "23 "),
        ("added", "25 "),
        ("same", "days of annual leave."),
    ]
    assert (changed["kind"], changed["current"]["heading_path"]) == ("changed", ["Leave"])
    assert (added["kind"], added["current"]["heading_path"]) == ("added", ["Sickness"])
    text = (await member.get(f"/documents/{document}/text"))["text"]
    assert text[added["current"]["start"] : added["current"]["end"]] == "Then write."
    pages = [await member.get(path, former_version_id=first, limit=1)]
    pages.append(await member.get(path, former_version_id=first, limit=1, first=pages[0]["next"]))
    assert [page["items"][0] for page in pages] == found["items"]
    assert (pages[0]["next"], pages[1]["next"]) == (1, None)
    assert (await member.get(path, former_version_id=second))["changes"] == 0
    other = await owner.add(shelf, "other.md", THIRD)
    foreign = (await versions(owner, other))[0]["id"]
    for wrong in (foreign, str(new_id())):
        await member.get(path, 404, former_version_id=wrong)
        await member.get(f"/documents/{document}/versions/{wrong}/changes", 404, former_version_id=first)
    for person in (company.stranger, company.rival):
        await person.get(path, 404, former_version_id=first)
    await owner.patch(f"/documents/{document}", {"restricted": True})
    await member.get(path, 404, former_version_id=first)


async def test_a_former_version_is_brought_back(company: Company, shelf: str, hub: Hub) -> None:
    owner, member = company.owner, company.member
    document = await owner.add(shelf, "leave.md", FIRST)
    before = await member.post("/ask", {"question": "days of annual leave"})
    await owner.add(shelf, "leave.md", SECOND)
    asked = await member.post("/ask", {"question": "days of annual leave"})
    second, first = [each["id"] for each in await versions(owner, document)]
    act = f"/documents/{document}/versions/{first}/restore"
    await member.post(act, None, 403)
    for person in (company.stranger, company.rival):
        await person.post(act, None, 404)
    for wrong, status in ((second, 409), (str(new_id()), 404)):
        await owner.post(f"/documents/{document}/versions/{wrong}/restore", None, status)
    assert (await owner.post(act, None, 202))["state"] == "queued"
    await owner.post(act, None, 409)
    await owner.settle(shelf)
    now = await versions(member, document)
    assert [(each["number"], each["state"], each["restored_from"]) for each in now] == [
        (3, "active", 1),
        (2, "superseded", None),
        (1, "superseded", None),
    ]
    [hit] = await member.search("annual leave")
    assert "23 days" in hit["text"]
    for answer, words, number in ((before, "23 days", 1), (asked, "25 days", 2)):
        [citation] = (await member.get(f"/runs/{answer['run']['id']}"))["message"]["citations"]
        assert words in citation["quote"]
        assert (citation["version_number"], citation["superseded"], citation["version_removed"]) == (
            number,
            True,
            False,
        )
        span = {name: citation[name] for name in ("version_id", "start", "end")}
        assert (await member.get(f"/documents/{document}/text", **span))["text"] == citation["quote"]
    # The newest file is the old one now, so uploading that changes nothing, and the other is a new version.
    assert (await owner.upload(shelf, "leave.md", FIRST))["outcome"] == "unchanged"
    assert (await owner.upload(shelf, "leave.md", SECOND))["outcome"] == "replaced"
    await owner.settle(shelf)
    assert (await company.operator.get("/index/check"))["ok"] is True


async def test_a_failed_upload_is_taken_back(company: Company, shelf: str) -> None:
    owner = company.owner
    document = await owner.add(shelf, "leave.docx.md", FIRST)
    await owner.upload(shelf, "leave.docx.md", b"\x00\x01\x02 nothing to read")
    assert await owner.settle(shelf) == {"failed": 1}
    failed, first = [each["id"] for each in await versions(owner, document)]
    await owner.post(f"/documents/{document}/versions/{failed}/restore", None, 409)
    await owner.get(f"/documents/{document}/versions/{first}/changes", 409, former_version_id=failed)
    await owner.post(f"/documents/{document}/versions/{first}/restore", None, 202)
    assert await owner.settle(shelf) == {"ready": 1}
    assert await owner.found("annual leave") == {document}


async def test_a_version_without_its_file_cannot_come_back(company: Company) -> None:
    owner = company.owner
    shelf = await owner.make_shelf(keep_originals=False)
    document = await owner.add(shelf, "leave.md", FIRST)
    await owner.add(shelf, "leave.md", SECOND)
    first = (await versions(owner, document))[1]
    assert first["has_original"] is False
    await owner.post(f"/documents/{document}/versions/{first['id']}/restore", None, 410)


async def test_a_removed_version_leaves_no_trace(company: Company, shelf: str, hub: Hub) -> None:
    owner, member = company.owner, company.member
    document = await owner.add(shelf, "leave.md", FIRST)
    answer = await member.post("/ask", {"question": "days of annual leave"})
    first_file = await files(hub, document)
    await owner.add(shelf, "leave.md", SECOND)
    second, first = [each["id"] for each in await versions(owner, document)]
    path = f"/documents/{document}/versions/{first}"
    await member.delete(path, 403)
    for person in (company.stranger, company.rival):
        await person.delete(path, 404)
    await owner.delete(f"/documents/{document}/versions/{second}", 409)
    await owner.delete(path)
    for gone in (owner.delete(path, 404), owner.post(f"{path}/restore", None, 404)):
        await gone
    for part in ("text", "original", "boxes"):
        await member.get(f"/documents/{document}/{part}", 404, version_id=first, start=0, end=1)
    assert [each["id"] for each in await versions(member, document)] == [second]
    await hub.until_idle()
    async with hub.database() as db, db.read() as session:
        assert await session.scalar(select(func.count()).where(DocumentVersion.id == UUID(first))) == 0
    assert not first_file & await stored(hub)
    assert await files(hub, document) <= await stored(hub)
    [citation] = (await member.get(f"/runs/{answer['run']['id']}"))["message"]["citations"]
    assert citation["version_removed"] is True
    assert "23 days" in citation["quote"]
    assert await member.found("annual leave") == {document}
    assert (await company.operator.get("/index/check"))["ok"] is True


async def test_a_file_stays_as_long_as_a_version_has_it(company: Company, shelf: str, hub: Hub) -> None:
    owner = company.owner
    document = await owner.add(shelf, "leave.md", FIRST)
    await owner.post(f"/documents/{document}/reprocess", None, 202)
    await owner.settle(shelf)
    first = (await versions(owner, document))[1]["id"]
    await owner.delete(f"/documents/{document}/versions/{first}")
    await hub.until_idle()
    assert len(await versions(owner, document)) == 1
    assert (await owner.call("GET", f"/documents/{document}/original")).content == FIRST.encode()


async def test_so_many_versions_are_kept_as_the_rules_say(company: Company, shelf: str, hub: Hub) -> None:
    owner, admin = company.owner, company.admin
    document = await owner.add(shelf, "leave.md", FIRST)
    await owner.post(f"/documents/{document}/reprocess", None, 202)
    await owner.settle(shelf)
    for text in (SECOND, THIRD, THIRD + "\nAsk early.\n"):
        await owner.add(shelf, "leave.md", text)
    deleted = await owner.add(shelf, "gone.md", FIRST)
    for text in (SECOND, THIRD):
        await owner.add(shelf, "gone.md", text)
    await owner.delete(f"/documents/{deleted}")

    async def kept() -> list[int]:
        async with hub.database() as db:
            await ask_to_purge(db)
        await hub.until_idle()
        return [each["number"] for each in await versions(owner, document)]

    assert await kept() == [5, 4, 3, 2, 1]
    for wrong in ({"deleted_days": None, "kept_versions": -1}, {"deleted_days": None, "kept_versions": 1001}):
        await admin.put("/document-rules", wrong, 422)
    await admin.put("/document-rules", {"deleted_days": None, "kept_versions": 0}, 200)
    await owner.patch(f"/knowledge-bases/{shelf}", {"kept_versions": 3})
    # What was made twice of one file counts once.
    assert await kept() == [5, 4, 3, 2, 1]
    await owner.patch(f"/knowledge-bases/{shelf}", {"kept_versions": 2})
    assert await kept() == [5, 4, 3]
    await owner.patch(f"/knowledge-bases/{shelf}", {"kept_versions": None})
    assert await kept() == [5]
    assert len(await files(hub, document)) == 1
    assert await files(hub, document) <= await stored(hub)
    # What is deleted comes back as it was, and follows the rules from then on.
    await owner.post(f"/documents/{deleted}/restore", {})
    assert [each["number"] for each in await versions(owner, deleted)] == [3, 2, 1]
    await kept()
    assert [each["number"] for each in await versions(owner, deleted)] == [3]
    async with hub.database() as db, db.read() as session:
        assert await session.scalar(select(Document.state).where(Document.id == UUID(document))) == "ready"
