"""What is deleted is gone at once, comes back as it was, and leaves nothing when it is purged."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from hub import Company, Hub, Person, found_company
from nexus.core.clock import now
from nexus.core.db import Base
from nexus.core.settings import DocumentSettings, load_settings
from nexus.identity import service as identity
from nexus.ingestion.jobs import ask_to_purge
from nexus.knowledge.models import Chunk, Document, DocumentVersion, KnowledgeBase

OLD = "# Leave\n\nEverybody has 23 days of annual leave.\n"
NEW = "# Leave\n\nEverybody has 25 days of annual leave.\n"


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["member"]])


async def deleted(person: Person, shelf: str) -> list[Any]:
    return await person.read_pages(f"/knowledge-bases/{shelf}/deleted-documents", limit=1)


async def test_what_is_deleted_is_gone_at_once_and_comes_back_as_it_was(company: Company, shelf: str) -> None:
    owner, member = company.owner, company.member
    document = await owner.add(shelf, "a/leave.md", OLD)
    await owner.add(shelf, "a/leave.md", NEW)
    answer = await member.post("/ask", {"question": "days of annual leave"})
    before = await member.get(f"/documents/{document}")
    await owner.delete(f"/documents/{document}")
    await owner.delete(f"/documents/{document}", 404)
    for path in ("", "/text", "/chunks", "/original", "/boxes"):
        await owner.get(f"/documents/{document}{path}", 404, start=0, end=1)
    assert (await owner.get(f"/documents/{document}/access"))["verdict"] == "gone"
    assert await owner.found("annual leave") == set()
    [citation] = (await member.get(f"/runs/{answer['run']['id']}"))["message"]["citations"]
    assert citation["available"] is False

    [entry] = await deleted(owner, shelf)
    assert (entry["id"], entry["path"], entry["taken"]) == (document, "a/leave.md", False)
    assert entry["deleted_by"] == (await owner.get("/me"))["user"]["name"]
    kept = datetime.fromisoformat(entry["purge_after"]) - datetime.fromisoformat(entry["deleted_at"])
    assert kept == timedelta(days=30)
    await owner.post(f"/documents/{document}/restore", {})
    assert await member.found("annual leave") == {document}
    after = await member.get(f"/documents/{document}")
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}
    [citation] = (await member.get(f"/runs/{answer['run']['id']}"))["message"]["citations"]
    assert "25 days" in citation["quote"]
    assert await deleted(owner, shelf) == []
    await owner.post(f"/documents/{document}/restore", {}, 404)


async def test_who_may_not_manage_it_learns_nothing_of_it(company: Company, shelf: str) -> None:
    document = await company.owner.add(shelf, "leave.md", NEW)
    for act in ("restore", "purge"):
        # What lives is neither restored nor purged.
        await company.owner.post(f"/documents/{document}/{act}", {}, 404)
    await company.owner.delete(f"/documents/{document}")
    for person, status in ((company.member, 403), (company.stranger, 404), (company.rival, 404), (company.admin, 403)):
        await person.get(f"/knowledge-bases/{shelf}/deleted-documents", status)
        for act in ("restore", "purge"):
            await person.post(f"/documents/{document}/{act}", {}, 404)
    assert len(await deleted(company.owner, shelf)) == 1


async def test_a_restricted_document_comes_back_to_its_readers_alone(company: Company, shelf: str) -> None:
    owner, member = company.owner, company.member
    manage = company.grants["group"] | {"level": "manage"}
    await owner.put(f"/knowledge-bases/{shelf}/grants", manage, 200)
    document = await owner.add(shelf, "pay.md", "The board is paid 90,000 pounds a year.")
    await owner.patch(f"/documents/{document}", {"restricted": True})
    assert await member.found("board pounds") == set()
    await owner.delete(f"/documents/{document}")
    # The other manager could not read it, and cannot learn that it was there.
    assert await deleted(member, shelf) == []
    await member.post(f"/documents/{document}/restore", {}, 404)
    [entry] = await deleted(owner, shelf)
    assert entry["restricted"] is True
    await owner.post(f"/documents/{document}/restore", {})
    assert await member.found("board pounds") == set()
    assert await owner.found("board pounds") == {document}
    assert len(await owner.get(f"/documents/{document}/grants")) == 1


async def test_a_name_that_is_taken_meanwhile_is_told_and_solved(company: Company, shelf: str) -> None:
    owner = company.owner
    first = await owner.add(shelf, "a/leave.md", OLD)
    await owner.delete(f"/documents/{first}")
    second = await owner.add(shelf, "a/leave.md", NEW)
    assert second != first
    assert [entry["taken"] for entry in await deleted(owner, shelf)] == [True]
    refused = await owner.post(f"/documents/{first}/restore", {}, 409)
    assert refused["type"].endswith(":name-taken")
    assert refused["free_path"] == "a/leave (2).md"
    assert await owner.found("annual leave") == {second}
    restored = await owner.post(f"/documents/{first}/restore", {"keep_both": True})
    assert (restored["path"], restored["name"]) == ("a/leave (2).md", "leave (2).md")
    assert await owner.found("annual leave") == {first, second}


async def test_many_are_deleted_restored_and_purged_at_once(company: Company, shelf: str, hub: Hub) -> None:
    owner = company.owner
    documents = [await owner.add(shelf, f"{n}.md", f"Pump {n} is oiled weekly.") for n in range(4)]
    for act, left in (("delete", 4), ("restore", 0), ("delete", 4), ("purge", 0)):
        assert (await owner.post("/documents/bulk", {"action": act, "document_ids": documents}))["done"] == 4
        entries = await deleted(owner, shelf)
        assert len(entries) == left
        moments = [entry["deleted_at"] for entry in entries]
        assert moments == sorted(moments, reverse=True)
    await hub.until_idle()
    refused = await owner.post("/documents/bulk", {"action": "restore", "document_ids": documents})
    assert (refused["done"], len(refused["refused"])) == (0, 4)


async def test_what_was_not_yet_read_is_read_when_it_is_back(company: Company, shelf: str, hub: Hub) -> None:
    document = (await company.owner.upload(shelf, "leave.md", NEW))["id"]
    await company.owner.delete(f"/documents/{document}")
    await hub.until_idle()
    async with hub.database() as db, db.write() as session:
        # As if it had been deleted before anybody came to read it.
        of_it = DocumentVersion.document_id == UUID(document)
        await session.execute(update(DocumentVersion).where(of_it).values(state="building"))
        chosen = select(DocumentVersion.id).where(of_it)
        for chunk in await session.scalars(select(Chunk).where(Chunk.version_id.in_(chosen))):
            await session.delete(chunk)
        values = {"state": "queued", "active_version_id": None}
        await session.execute(update(Document).where(Document.id == UUID(document)).values(**values))
    await company.owner.post(f"/documents/{document}/restore", {})
    assert await company.owner.settle(shelf) == {"ready": 1}
    assert await company.member.found("annual leave") == {document}


async def test_it_is_purged_when_its_time_has_come_and_not_before(company: Company, shelf: str, hub: Hub) -> None:
    owner = company.owner
    early, late, back = [await owner.add(shelf, f"{n}.md", f"Pump {n} is oiled weekly.") for n in range(3)]
    for document in (early, late, back):
        await owner.delete(f"/documents/{document}")
    await owner.post(f"/documents/{back}/restore", {})
    async with hub.database() as db:
        async with db.write() as session:
            past = now() - timedelta(seconds=1)
            await session.execute(update(Document).where(Document.id == UUID(early)).values(purge_after=past))
        # Its time has come: nobody can restore it, though no job has been there yet.
        await owner.post(f"/documents/{early}/restore", {}, 404)
        assert [entry["id"] for entry in await deleted(owner, shelf)] == [late]
        await ask_to_purge(db)
        await hub.until_idle()
        async with db.read() as session:
            rows = {row.id: row.purged_at for row in await session.scalars(select(Document))}
    assert [rows[UUID(document)] is not None for document in (early, late, back)] == [True, False, False]
    assert await owner.found("pump oiled") == {back}
    await owner.post(f"/documents/{late}/restore", {})
    assert await owner.found("pump oiled") == {back, late}


async def test_a_tenant_says_how_long(company: Company, shelf: str, hub: Hub) -> None:
    assert await company.member.get("/document-rules") == {"deleted_days": 30, "is_own": False, "kept_versions": None}
    for person in (company.member, company.owner):
        await person.put("/document-rules", {"deleted_days": 1}, 403)
    for wrong in ({"deleted_days": -1}, {"deleted_days": 4000}, {}):
        await company.admin.put("/document-rules", wrong, 422)
    first = await company.owner.add(shelf, "1.md", OLD)
    await company.owner.delete(f"/documents/{first}")
    assert await company.admin.put("/document-rules", {"deleted_days": 0}, 200) == {
        "deleted_days": 0,
        "is_own": True,
        "kept_versions": None,
    }
    assert await company.rival.get("/document-rules") == {"deleted_days": 30, "is_own": False, "kept_versions": None}
    second = await company.owner.add(shelf, "2.md", NEW)
    await company.owner.delete(f"/documents/{second}")
    # What was promised its day keeps it.
    assert [entry["id"] for entry in await deleted(company.owner, shelf)] == [first]
    await hub.until_idle()
    async with hub.database() as db, db.read() as session:
        assert (await session.get_one(Document, UUID(second))).purged_at is not None
    back = await company.admin.put("/document-rules", {"deleted_days": None}, 200)
    assert back == {"deleted_days": 30, "is_own": False, "kept_versions": None}


async def test_a_knowledge_base_comes_back_with_all_that_it_held(company: Company, hub: Hub) -> None:
    owner, member = company.owner, company.member
    async with hub.database() as db, db.write() as session:
        region = await identity.create_region(session, tenant_id=company.tenant, name="FR")
        department = await identity.create_department(
            session, tenant_id=company.tenant, region_id=region.id, name="Legal"
        )
    shelf = await owner.make_shelf(
        "Rules", grants=[company.grants["member"]], department_id=str(department.id), description="All of them"
    )
    kept = await owner.add(shelf, "leave.md", NEW)
    secret = await owner.add(shelf, "pay.md", "The board is paid 90,000 pounds a year.")
    await owner.patch(f"/documents/{secret}", {"restricted": True})
    gone = await owner.add(shelf, "gone.md", "Annual leave was 10 days once.")
    await owner.delete(f"/documents/{gone}")
    before = await member.get(f"/knowledge-bases/{shelf}")
    await owner.delete(f"/knowledge-bases/{shelf}")
    assert await member.found("annual leave") == set()
    await owner.post("/search", {"query": "leave", "scope": {"knowledge_base_ids": [shelf]}}, 404)
    await owner.get(f"/knowledge-bases/{shelf}", 404)
    await owner.post(f"/documents/{gone}/restore", {}, 404)
    for person in (member, company.stranger, company.rival):
        assert (await person.get("/deleted-knowledge-bases"))["items"] == []
        for act in ("restore", "purge"):
            await person.post(f"/knowledge-bases/{shelf}/{act}", None, 404)
    for person in (owner, company.admin):
        [entry] = (await person.get("/deleted-knowledge-bases"))["items"]
        assert (entry["id"], entry["name"], entry["documents"]) == (shelf, "Rules", 2)
    await company.admin.post(f"/knowledge-bases/{shelf}/restore", None, 204)
    assert await member.found("annual leave") == {kept}
    assert secret in await owner.found("board pounds")
    assert secret not in await member.found("board pounds")
    after = await member.get(f"/knowledge-bases/{shelf}")
    assert {**after, "updated_at": ""} == {**before, "updated_at": ""}
    assert [entry["id"] for entry in await deleted(owner, shelf)] == [gone]
    await owner.post(f"/documents/{gone}/restore", {})
    assert await member.found("annual leave") == {kept, gone}


async def test_a_personal_one_is_restored_by_its_owner_alone(company: Company) -> None:
    shelf = await company.owner.make_shelf("Mine", personal=True)
    await company.owner.delete(f"/knowledge-bases/{shelf}")
    for person in (company.admin, company.operator):
        assert (await person.get("/deleted-knowledge-bases"))["items"] == []
        await person.post(f"/knowledge-bases/{shelf}/restore", None, 404)
    await company.owner.post(f"/knowledge-bases/{shelf}/restore", None, 204)
    await company.owner.get(f"/knowledge-bases/{shelf}")


Rows = dict[str, Counter[tuple[Any, ...]]]
_TOLD: set[str] = {"audit_event", "audit_head", "job", "index_state", "knowledge_base_revision"}
"""Tables that say that something happened, and not what it held."""


async def everything(hub: Hub) -> Rows:
    rows: Rows = {}
    async with hub.database() as db, db.read() as session:
        for table in Base.metadata.sorted_tables:
            if table.name not in _TOLD and not table.name.startswith("audit"):
                found = (await session.execute(select(table))).all()
                rows[table.name] = Counter(tuple(map(str, row)) for row in found)
    return rows


def files(hub: Hub) -> Sequence[Path]:
    return sorted(file for file in hub.settings.files_dir.rglob("*") if file.is_file())


def differences(before: Rows, after: Rows) -> dict[str, tuple[int, int]]:
    """Rows that went and came, by table."""
    changed = {name: ((before[name] - after[name]).total(), (after[name] - before[name]).total()) for name in before}
    return {name: counts for name, counts in changed.items() if counts != (0, 0)}


async def test_a_purge_leaves_nothing_behind(tmp_path: Path) -> None:
    with Hub(load_settings(data_dir=tmp_path, _env_file=None)) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            owner = company.owner
            shelf = await owner.make_shelf(grants=[company.grants["tenant"]])
            await owner.add(shelf, "travel.md", "Hotels in London cost 185 pounds at most.")
            scores = await owner.search("hotels in London")
            await owner.search("annual leave")
            world, stored = await everything(hub), files(hub)

            document = await owner.add(shelf, "leave.md", OLD)
            await owner.add(shelf, "leave.md", NEW + "".join(f"\n\n## Rule {n}\n\nLeave rule {n}." for n in range(40)))
            await owner.patch(f"/documents/{document}", {"restricted": True})
            await owner.put(f"/documents/{document}/grants", company.grants["member"])
            assert document in await owner.found("annual leave")
            await owner.delete(f"/documents/{document}")
            await owner.post(f"/documents/{document}/purge", None, 204)
            await hub.until_idle()
            assert differences(world, await everything(hub)) == {"document": (0, 1)}
            assert files(hub) == stored
            async with hub.database() as db, db.read() as session:
                row = await session.get_one(Document, UUID(document))
                told = {row.name, row.title, row.sha256, row.media_type, row.language, row.failure, row.uploaded_by}
                assert told == {"", None}
                assert (row.path, row.size, row.state) == (f"deleted/{document}", 0, "deleted")
            assert await owner.search("hotels in London") == scores

            # A knowledge base goes as wholly.
            second = await owner.make_shelf("Second", grants=[company.grants["tenant"]], department_id=None)
            for number in range(3):
                await owner.add(second, f"{number}.md", f"{NEW} {number}")
            await owner.delete(f"/knowledge-bases/{second}")
            await company.admin.post(f"/knowledge-bases/{second}/purge", None, 204)
            await hub.until_idle()
            assert differences(world, await everything(hub)) == {"document": (0, 4), "knowledge_base": (0, 1)}
            assert files(hub) == stored
            async with hub.database() as db, db.read() as session:
                base = await session.get_one(KnowledgeBase, UUID(second))
                assert (base.name, base.description, base.purged_at is not None) == ("", "", True)
            checked = await company.operator.get("/index/check")
            assert (checked["ok"], checked["documents"]) == (True, 1)


async def test_the_installation_says_how_long_where_the_tenant_does_not(tmp_path: Path) -> None:
    wanted = load_settings(data_dir=tmp_path, documents=DocumentSettings(deleted_days=0), _env_file=None)
    with Hub(wanted) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            document = await company.owner.add(shelf, "leave.md", NEW)
            await company.owner.delete(f"/documents/{document}")
            assert await deleted(company.owner, shelf) == []
            await hub.until_idle()
            async with hub.database() as db, db.read() as session:
                assert await session.scalar(select(func.count()).select_from(Chunk)) == 0
            assert files(hub) == []


async def test_cursors_of_the_lists_are_checked(company: Company, shelf: str) -> None:
    for path in (f"/knowledge-bases/{shelf}/deleted-documents", "/deleted-knowledge-bases"):
        await company.owner.get(path, 422, cursor="nonsense")
