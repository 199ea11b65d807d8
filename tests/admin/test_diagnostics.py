"""How an installation is, told to who operates it; and jobs, each tenant's to its own administrators."""

import asyncio
import hashlib
import time
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from hub import PATIENCE, Company, Hub, found_company
from nexus.admin.checking import IndexChecks
from nexus.admin.models import IndexCheck
from nexus.core.clock import now
from nexus.core.ids import new_id
from nexus.core.jobs.models import Job
from nexus.core.settings import DatabaseSettings, load_settings
from nexus.knowledge.models import Document, DocumentVersion

pytest_plugins = ("servers",)

NAMES = [
    "database",
    "schema",
    "index",
    "consistency",
    "queue",
    "jobs",
    "files",
    "disk",
    "embedder",
    "recognition",
    "scanner",
    "identity",
    "mail",
    "models",
]


async def add_job(hub: Hub, tenant: UUID | None, **values: Any) -> str:
    made: dict[str, Any] = {
        "kind": "test.nothing",
        "state": "failed",
        "error": "OSError: the key sk-0123456789abcdef was refused",
    }
    async with hub.database() as db, db.write() as session:
        made |= {"payload": {"document_id": str(new_id()), "path": "secret plan.md"}}
        job = Job(tenant_id=tenant, **(made | values))
        session.add(job)
        await session.flush()
        return str(job.id)


def state_of(found: Any, name: str) -> str:
    return next(check["state"] for check in found["checks"] if check["name"] == name)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_everything_is_looked_at(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    url = "" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with Hub(load_settings(data_dir=tmp_path, db=DatabaseSettings(url=url), _env_file=None)) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
            await company.owner.found("annual leave")
            found = await company.operator.get("/diagnostics")
            assert [check["name"] for check in found["checks"]] == NAMES
            assert {check["state"] for check in found["checks"]} == {"ok", "off"}
            assert found["database"]["kind"] == kind
            assert found["database"]["size"] > 0
            assert found["database"]["revision"] == found["database"]["newest_revision"]
            assert found["index"]["documents"] == 1
            assert found["index"]["revision"] == found["index"]["committed_revision"]
            assert found["disk"]["originals"] == len("Everybody has 25 days of annual leave.")
            assert {"python", "nexus-hub"} <= {each["name"] for each in found["versions"]}
            failed = await add_job(hub, company.tenant)
            await add_job(hub, None, state="queued", run_at=now() - timedelta(hours=1))
            found = await company.operator.get("/diagnostics")
            assert (state_of(found, "jobs"), state_of(found, "queue")) == ("warning", "fault")
            [queue] = found["queues"]
            assert (queue["kind"], queue["queued"], queue["failed"]) == ("test.nothing", 1, 1)
            assert all(check["advice"] for check in found["checks"] if check["state"] in ("warning", "fault"))
            jobs = (await company.operator.get("/jobs", state="failed"))["items"]
            assert [job["id"] for job in jobs] == [failed]


async def test_the_installation_is_for_who_operates_it(company: Company) -> None:
    for person in (company.admin, company.owner, company.member, company.rival):
        await person.get("/diagnostics", 403)
    for person in (company.owner, company.member, company.rival):
        await person.get("/jobs", 403)


async def test_administrators_see_the_jobs_of_their_tenant(company: Company, hub: Hub) -> None:
    own = await add_job(hub, company.tenant)
    foreign = await add_job(hub, company.rivals)
    nobodys = await add_job(hub, None)
    jobs = {job["id"]: job for job in await company.admin.read_pages("/jobs", limit=1)}
    assert own in jobs
    assert not {foreign, nobodys} & jobs.keys()
    # Of what went wrong the kind alone: the words may be of somebody else's.
    assert jobs[own]["error"] == "OSError"
    assert jobs[own]["subject"].keys() == {"document_id"}
    everything = {job["id"]: job for job in await company.operator.read_pages("/jobs", limit=50, kind="test.nothing")}
    assert {own, foreign, nobodys} <= everything.keys()
    assert "sk-0123456789" not in everything[foreign]["error"]
    assert "was refused" in everything[foreign]["error"]
    for act in ("retry", "cancel"):
        for job in (foreign, nobodys, str(new_id())):
            answer = await company.admin.post(f"/jobs/{job}/{act}", None, 404)
            assert answer["detail"] == "There is no such job, or you may not see it."
    await company.admin.post(f"/jobs/{own}/retry")
    await company.admin.post(f"/jobs/{own}/retry", None, 409)
    await company.admin.post(f"/jobs/{own}/cancel", None, 409)


async def test_a_document_whose_job_failed_is_read_when_it_is_tried_again(company: Company, hub: Hub) -> None:
    owner = company.owner
    shelf = await owner.make_shelf()
    document = await owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    await owner.upload(shelf, "leave.md", "Everybody has 26 days of annual leave.")
    await owner.settle(shelf)
    async with hub.database() as db, db.write() as session:
        newest = await session.scalar(
            select(DocumentVersion).where(DocumentVersion.document_id == UUID(document), DocumentVersion.number == 2)
        )
        assert newest is not None
        # As after three attempts that failed at the end: it was given up, and what had been stored went.
        copy = DocumentVersion(
            document_id=newest.document_id,
            tenant_id=newest.tenant_id,
            number=3,
            state="failed",
            blob_key=newest.blob_key,
            sha256=newest.sha256,
            size=newest.size,
        )
        session.add(copy)
        values = {"state": "failed", "failure": "Processing stopped after several attempts.", "failure_code": "gave-up"}
        await session.execute(update(Document).where(Document.id == UUID(document)).values(**values))
        await session.flush()
        payload = {"version_id": str(copy.id)}
        text = await session.scalar(select(DocumentVersion.text).where(DocumentVersion.id == newest.id))
        assert text is not None
        checkpoint = {"chunks": 1, "text": hashlib.sha256(text.encode()).hexdigest()}
    job = await add_job(hub, company.tenant, kind="ingestion.ingest-version", payload=payload, checkpoint=checkpoint)
    again = await company.admin.post(f"/jobs/{job}/retry")
    assert (again["state"], again["attempts"]) == ("queued", 0)
    await owner.settle(shelf)
    detail = await owner.get(f"/documents/{document}")
    assert (detail["state"], detail["chunk_count"]) == ("ready", 1)
    [found] = await owner.search("annual leave", knowledge_base_ids=[shelf])
    assert "26 days" in found["text"]


async def test_a_document_that_waits_can_be_left(company: Company, hub: Hub) -> None:
    owner = company.owner
    shelf = await owner.make_shelf()
    document = await owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    async with hub.database() as db, db.write() as session:
        row = await session.get_one(Document, UUID(document))
        version = DocumentVersion(
            document_id=row.id, tenant_id=row.tenant_id, number=2, blob_key="there-is-none", sha256="0" * 64, size=1
        )
        session.add(version)
        row.state = "queued"
        await session.flush()
        waiting = {"kind": "ingestion.ingest-version", "state": "queued", "run_at": now() + timedelta(hours=1)}
        payload = {"version_id": str(version.id)}
    job = await add_job(hub, company.tenant, payload=payload, **waiting)
    [listed] = [each for each in await company.admin.read_pages("/jobs", limit=50) if each["id"] == job]
    assert (listed["cancellable"], listed["retryable"]) == (True, False)
    cancelled = await company.admin.post(f"/jobs/{job}/cancel")
    assert cancelled["state"] == "cancelled"
    detail = await owner.get(f"/documents/{document}")
    assert (detail["state"], detail["failure_code"]) == ("failed", "cancelled")
    assert document in await owner.found("annual leave")


async def test_the_index_is_checked_in_the_background_and_the_result_kept(company: Company, hub: Hub) -> None:
    operator, owner = company.operator, company.owner
    for person in (company.admin, owner, company.rival):
        await person.get("/index/checks", 403)
        await person.post("/index/checks", None, 403)
    shelf = await owner.make_shelf()
    document = await owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")

    async def checked() -> Any:
        begun = await operator.post("/index/checks", None, 202)
        assert (begun["state"], begun["is_asked"]) == ("running", True)
        deadline = time.monotonic() + PATIENCE
        while (last := (await operator.get("/index/checks"))[0])["state"] == "running":
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        assert last["id"] == begun["id"]
        return last

    last = await checked()
    assert (last["state"], last["is_ok"], last["amiss"]) == ("succeeded", True, {})
    assert state_of(await operator.get("/diagnostics"), "consistency") == "ok"
    async with hub.database() as db, db.write() as session:
        version = await session.scalar(select(DocumentVersion).where(DocumentVersion.document_id == UUID(document)))
        assert version is not None
        key, version.blob_key = version.blob_key, "a file that is gone"
    last = await checked()
    assert (last["state"], last["is_ok"], last["amiss"]) == ("succeeded", False, {"missing_originals": 1})
    [told] = [each for each in (await operator.get("/diagnostics"))["checks"] if each["name"] == "consistency"]
    assert (told["state"], bool(told["advice"])) == ("fault", True)
    assert "1 missing originals" in told["detail"]
    async with hub.database() as db, db.write() as session:
        await session.execute(update(DocumentVersion).where(DocumentVersion.id == version.id).values(blob_key=key))
        # One that goes on in a process that is alive, and then one that nobody makes any more.
        session.add(IndexCheck(is_asked=False))
    refused = await operator.post("/index/checks", None, 409)
    assert "already" in refused["detail"]
    async with hub.database() as db, db.write() as session:
        ago = now() - timedelta(days=2)
        await session.execute(update(IndexCheck).where(IndexCheck.state == "running").values(begun_at=ago))
    assert (await checked())["is_ok"] is True
    assert [each["state"] for each in await operator.get("/index/checks")].count("failed") == 1
    # Once a day, whoever else looks.
    checks = hub.resource(IndexChecks)
    count = len(await operator.get("/index/checks"))
    await hub.within(checks.check_when_due())
    assert len(await operator.get("/index/checks")) == count


async def test_a_check_that_died_with_its_process_holds_nobody_up(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, _env_file=None)
    with Hub(settings) as hub:
        async with hub.database() as db, db.write() as session:
            session.add(IndexCheck(is_asked=True))
    with Hub(settings) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            deadline = time.monotonic() + PATIENCE
            while (await company.operator.get("/index/checks"))[0]["state"] == "running":
                assert time.monotonic() < deadline
                await asyncio.sleep(0.01)
            await company.operator.post("/index/checks", None, 202)
