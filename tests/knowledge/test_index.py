"""The index is level with the rows, says so, and can be built anew while people search."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from hub import Company, Hub
from nexus.knowledge.index_queries import StoredVersion
from nexus.knowledge.own_index import OwnIndex


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf()


async def test_only_operators_look_after_it(company: Company) -> None:
    for person in (company.admin, company.owner, company.member):
        await person.get("/index/check", 403)
        await person.post("/index/rebuild", status=403)


async def test_the_check_finds_nothing_amiss_while_documents_come_and_go(company: Company, shelf: str) -> None:
    async def churn(number: int) -> None:
        for turn in range(3):
            uploaded = await company.owner.upload(shelf, f"{number}.md", f"Document {number} of turn {turn}.")
            if turn == 1:
                await company.owner.delete(f"/documents/{uploaded['id']}")

    working = asyncio.gather(*(churn(number) for number in range(4)))
    reports = [await company.operator.get("/index/check") for _ in range(5)]
    await working
    await company.owner.settle(shelf)
    reports.append(await company.operator.get("/index/check"))
    for report in reports:
        amiss = {name: found for name, found in report.items() if name not in ("documents", "chunks", "revision")}
        assert amiss.pop("ok"), {name: found for name, found in amiss.items() if found}
    assert reports[-1]["revision"] > 0
    assert reports[-1]["documents"] >= 4


async def test_what_is_amiss_only_for_a_moment_is_not_told_and_what_stays_so_is(
    company: Company, shelf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if each look met another document between the rows and the index."""
    stays = UUID(await company.owner.add(shelf, "stays.md", "The stays of the pump."))
    looks: list[list[UUID]] = []

    async def look(index: OwnIndex, stored: Sequence[StoredVersion], tenants: set[UUID]) -> tuple[list[UUID], ...]:
        looks.append([uuid4(), *([stays] if gone else [])])
        return looks[-1], [], []

    monkeypatch.setattr(OwnIndex, "check", look)
    gone = False
    report = await company.operator.get("/index/check")
    assert report["ok"]
    assert report["missing_documents"] == []
    assert len(looks) == 2
    gone = True
    report = await company.operator.get("/index/check")
    assert not report["ok"]
    assert report["missing_documents"] == [str(stays)]


async def test_searches_go_on_while_it_is_built_anew(company: Company, shelf: str) -> None:
    documents = {
        await company.owner.add(shelf, f"{name}.md", f"The {name} pump is oiled with care.")
        for name in ("heron", "kestrel", "osprey")
    }
    done = asyncio.Event()

    async def search() -> int:
        count = 0
        while not done.is_set():
            assert await company.owner.found("pump oiled with care") == documents
            count += 1
        return count

    searching = [asyncio.create_task(search()) for _ in range(4)]
    for _ in range(5):
        report = await company.operator.post("/index/rebuild")
        assert report["ok"], report
    done.set()
    assert sum(await asyncio.gather(*searching)) > 4
    await company.owner.delete(f"/documents/{documents.pop()}")
    assert await company.owner.found("pump oiled with care") == documents


async def test_the_check_names_a_file_that_has_gone(company: Company, shelf: str, hub: Hub) -> None:
    document = await company.owner.add(shelf, "heron.md", "The heron pump is oiled with care.")
    before = set(hub.settings.files_dir.glob("??/*"))
    await company.owner.upload(shelf, "heron.md", "The heron pump is oiled with great care.")
    await company.owner.settle(shelf)
    [file] = set(hub.settings.files_dir.glob("??/*")) - before
    content = file.read_bytes()
    file.unlink()
    try:
        report = await company.operator.get("/index/check")
        assert (report["ok"], report["missing_originals"]) == (False, [document])
        gone = await company.owner.get(f"/documents/{document}/original", 410)
        assert gone["detail"].endswith(".")
        await company.owner.get(f"/documents/{document}/boxes", 410, start=0, end=1)
    finally:
        file.write_bytes(content)
    assert (await company.operator.get("/index/check"))["ok"]
