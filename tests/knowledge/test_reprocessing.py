"""Documents processed again: many at once, watched, paused, cancelled, and found where they want it."""

import asyncio
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from hub import PATIENCE, Company, Hub, Person, found_company
from nexus.core.settings import DatabaseSettings, load_settings
from nexus.knowledge.models import Document, DocumentVersion
from nexus.knowledge.recipe import reasons, recipe_of

TEXT = "Pump {} is oiled once a week, and looked after by the workshop.\n"


async def ended(person: Person, shelf: str) -> Any:
    deadline = time.monotonic() + PATIENCE
    while True:
        run = await person.get(f"/knowledge-bases/{shelf}/reprocessing")
        if run["state"] in ("succeeded", "cancelled") and not run["queued"]:
            return run
        assert time.monotonic() < deadline, run
        await asyncio.sleep(0.02)


def counts(run: Any) -> dict[str, int]:
    return {name: run[name] for name in ("documents", "done", "failed", "skipped", "waiting", "queued")}


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf(grants=[company.grants["member"]])


async def test_all_go_through_again_and_answer_meanwhile(company: Company, shelf: str, hub: Hub) -> None:
    owner = company.owner
    documents = [await owner.add(shelf, f"{n:02}.md", TEXT.format(n)) for n in range(30)]
    assert await owner.get(f"/knowledge-bases/{shelf}/reprocessing") is None
    begun = await owner.post(f"/knowledge-bases/{shelf}/reprocess", None, 202)
    assert (begun["state"], begun["documents"], begun["which"]) == ("running", 30, "all")
    while (await owner.get(f"/knowledge-bases/{shelf}/reprocessing"))["state"] == "running":
        assert await company.member.found("pump oiled workshop") <= set(documents)
        assert await company.member.found("pump oiled workshop")
    run = await ended(owner, shelf)
    assert counts(run) == {"documents": 30, "done": 30, "failed": 0, "skipped": 0, "waiting": 0, "queued": 0}
    assert run["created_by"]
    assert run["finished_at"]
    async with hub.database() as db, db.read() as session:
        found = await session.scalars(select(DocumentVersion).where(DocumentVersion.tenant_id == company.tenant))
        states = sorted((version.number, version.state) for version in found)
    assert states == [(1, "superseded")] * 30 + [(2, "active")] * 30


async def test_what_would_be_made_otherwise_is_stale(company: Company, shelf: str, hub: Hub) -> None:
    owner, at = company.owner, f"/knowledge-bases/{shelf}"
    first, second = [await owner.add(shelf, f"{n}.md", TEXT.format(n) * 30) for n in "ab"]
    await owner.upload(shelf, "broken.pdf", b"%PDF-1.7 nothing")
    await owner.settle(shelf)
    assert await owner.get(f"{at}/care") == {"failed": 1, "stale": 0}
    await owner.patch(at, {"chunking": {"strategy": "fixed", "target_tokens": 40}})
    assert await owner.get(f"{at}/care") == {"failed": 1, "stale": 2}
    async with hub.database() as db, db.write() as session:
        # Made by a pipeline that is not of today.
        old = recipe_of({}, pipeline=0)
        chosen = update(DocumentVersion).where(DocumentVersion.document_id == UUID(second))
        await session.execute(chosen.values(recipe=old))
    stale = await owner.read_pages(f"{at}/stale-documents", limit=1)
    assert [(one["id"], one["reasons"]) for one in stale] == [(first, ["chunking"]), (second, ["pipeline", "chunking"])]
    assert all(one["original_kept"] for one in stale)
    begun = await owner.post(f"{at}/reprocess", {"which": "stale"}, 202)
    assert begun["documents"] == 2
    assert counts(await ended(owner, shelf))["done"] == 2
    assert await owner.get(f"{at}/care") == {"failed": 1, "stale": 0}
    begun = await owner.post(f"{at}/reprocess", {"which": "failed"}, 202)
    assert begun["documents"] == 1
    run = await ended(owner, shelf)
    assert (run["failed"], run["state"]) == (1, "succeeded")
    [failure] = await owner.read_pages(f"{at}/reprocessing/failures", limit=5)
    assert failure["path"] == "broken.pdf"
    assert "PDF" in failure["reason"]


async def test_some_can_be_chosen_and_originals_may_be_missing(company: Company) -> None:
    owner = company.owner
    shelf = await owner.make_shelf(keep_originals=False)
    bare = await owner.add(shelf, "bare.md", TEXT.format(1))
    await owner.patch(f"/knowledge-bases/{shelf}", {"keep_originals": True})
    kept = await owner.add(shelf, "kept.md", TEXT.format(2))
    await owner.add(shelf, "other.md", TEXT.format(3))
    await owner.post(f"/knowledge-bases/{shelf}/reprocess", {"which": "chosen"}, 422)
    await owner.post(f"/knowledge-bases/{shelf}/reprocess", {"which": "all", "document_ids": [kept]}, 422)
    elsewhere = await owner.add(await owner.make_shelf("Elsewhere"), "far.md", TEXT.format(4))
    wanted = {"which": "chosen", "document_ids": [bare, kept, elsewhere]}
    await owner.post(f"/knowledge-bases/{shelf}/reprocess", wanted, 202)
    run = await ended(owner, shelf)
    assert (run["documents"], run["done"], run["failed"]) == (2, 1, 1)
    [failure] = await owner.read_pages(f"/knowledge-bases/{shelf}/reprocessing/failures", limit=5)
    assert (failure["document_id"], "Upload it again" in failure["reason"]) == (bare, True)


async def test_it_is_paused_taken_up_and_cancelled(company: Company, shelf: str) -> None:
    owner, at = company.owner, f"/knowledge-bases/{shelf}"
    for number in range(40):
        await owner.upload(shelf, f"{number:02}.md", TEXT.format(number))
    await owner.settle(shelf)
    await owner.post(f"{at}/reprocessing/pause", None, 404)
    await owner.post(f"{at}/reprocess", None, 202)
    paused = await owner.post(f"{at}/reprocessing/pause")
    assert paused["state"] == "paused"
    await owner.post(f"{at}/reprocess", None, 409)
    resumed = await owner.post(f"{at}/reprocessing/resume")
    assert resumed["state"] == "running"
    cancelled = await owner.post(f"{at}/reprocessing/cancel")
    assert (cancelled["state"], cancelled["waiting"]) == ("cancelled", 0)
    run = await ended(owner, shelf)
    assert run["done"] + run["skipped"] == run["documents"] == 40
    for act in ("pause", "resume", "cancel"):
        await owner.post(f"{at}/reprocessing/{act}", None, 409)
    await owner.settle(shelf)
    assert len(await company.member.found("pump oiled workshop")) > 0


async def test_only_who_manages_it_sees_and_does(company: Company, shelf: str) -> None:
    await company.owner.add(shelf, "a.md", TEXT.format(1))
    await company.owner.post(f"/knowledge-bases/{shelf}/reprocess", None, 202)
    gets = ("reprocessing", "reprocessing/failures", "care", "stale-documents")
    for person, status in ((company.member, 403), (company.admin, 403), (company.stranger, 404), (company.rival, 404)):
        for path in gets:
            await person.get(f"/knowledge-bases/{shelf}/{path}", status)
        for path in ("reprocess", "reprocessing/pause", "reprocessing/cancel"):
            await person.post(f"/knowledge-bases/{shelf}/{path}", None, status)


async def test_restricted_documents_are_left_to_their_readers(company: Company, shelf: str) -> None:
    owner, at = company.owner, f"/knowledge-bases/{shelf}"
    await owner.put(f"{at}/grants", company.grants["member"] | {"level": "manage"}, 200)
    secret = await owner.add(shelf, "secret.md", TEXT.format(1))
    await owner.patch(f"/documents/{secret}", {"restricted": True})
    await owner.patch(at, {"chunking": {"strategy": "paragraph"}})
    assert (await company.member.get(f"{at}/care"))["stale"] == 0
    assert (await owner.get(f"{at}/care"))["stale"] == 1
    begun = await company.member.post(f"{at}/reprocess", None, 202)
    assert (begun["documents"], begun["state"]) == (0, "succeeded")


async def test_what_is_deleted_meanwhile_is_skipped(company: Company, shelf: str, hub: Hub) -> None:
    owner = company.owner
    documents = [await owner.add(shelf, f"{n}.md", TEXT.format(n)) for n in range(3)]
    await owner.post(f"/knowledge-bases/{shelf}/reprocess", None, 202)
    await owner.delete(f"/documents/{documents[1]}")
    run = await ended(owner, shelf)
    assert run["done"] + run["skipped"] == 3
    await owner.post(f"/documents/{documents[1]}/purge", None, 204)
    await hub.until_idle()
    assert (await owner.get(f"/knowledge-bases/{shelf}/reprocessing"))["documents"] == 2


async def test_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    settings = load_settings(data_dir=tmp_path, db=DatabaseSettings(url=postgres_url), _env_file=None)
    with Hub(settings) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            document = await company.owner.add(shelf, "a.md", TEXT.format(1))
            await company.owner.patch(f"/knowledge-bases/{shelf}", {"chunking": {"strategy": "paragraph"}})
            [stale] = await company.owner.read_pages(f"/knowledge-bases/{shelf}/stale-documents", limit=1)
            assert stale["id"] == document
            await company.owner.post(f"/knowledge-bases/{shelf}/reprocess", {"which": "stale"}, 202)
            assert (await ended(company.owner, shelf))["done"] == 1
            # Deleting too, where locks are real.
            await company.owner.delete(f"/documents/{document}")
            await company.owner.post(f"/documents/{document}/restore", {})
            assert await company.owner.found("pump oiled") == {document}
            await company.owner.delete(f"/documents/{document}")
            await company.owner.post(f"/documents/{document}/purge", None, 204)
            await hub.until_idle()
            async with hub.database() as db, db.read() as session:
                assert (await session.get_one(Document, UUID(document))).purged_at is not None
            await company.owner.delete(f"/knowledge-bases/{shelf}")
            await company.owner.post(f"/knowledge-bases/{shelf}/restore", None, 204)


@pytest.mark.parametrize(
    ("made", "found"),
    [
        ("1:heading:0:0", []),
        ("", []),
        ("0:heading:0:0", ["pipeline"]),
        ("1:fixed:40:0", ["chunking"]),
        ("0:fixed:40:8", ["pipeline", "chunking"]),
    ],
)
def test_reasons(made: str, found: list[str]) -> None:
    assert reasons(made, recipe_of({}, pipeline=1)) == found


def test_what_was_made_before_recipes_were_kept_is_of_the_first_pipeline() -> None:
    assert reasons("", recipe_of({}, pipeline=2)) == ["pipeline"]
