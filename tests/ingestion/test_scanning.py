"""Nothing is read before the virus scanner has let it through, by whatever way it came."""

import asyncio
from collections.abc import AsyncGenerator, Generator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.clamd import EICAR, Clamd, Fault

from attaching import begin, send_file, settled
from hub import PATIENCE, Company, Hub, found_company
from nexus.core.settings import load_settings
from nexus.core.settings_scanner import ScannerSettings
from nexus.ingestion import scanning

TEXT = b"# Leave\n\nEverybody has 25 days of annual leave.\n"


@pytest.fixture(scope="module")
def clamd() -> Generator[Clamd, None, None]:
    with Clamd(most=2 << 20) as clamd:
        yield clamd


@pytest.fixture(scope="module")
def hub(clamd: Clamd, tmp_path_factory: pytest.TempPathFactory) -> Generator[Hub, None, None]:
    """One with a scanner."""
    scanner = ScannerSettings(clamd=clamd.address, timeout_seconds=1, wait_minutes=0)
    with Hub(load_settings(data_dir=tmp_path_factory.mktemp("scanned"), scanner=scanner, _env_file=None)) as hub:
        yield hub


@pytest.fixture
async def company(hub: Hub, clamd: Clamd) -> AsyncGenerator[Company, None]:
    async with hub.client() as client:
        yield await found_company(hub, client)
    clamd.fault = ""


async def failed(company: Company, shelf: str, path: str, content: bytes) -> Any:
    sent = await company.owner.upload(shelf, path, content)
    assert await company.owner.settle(shelf) == {"failed": 1}
    return await company.owner.get(f"/documents/{sent['id']}")


async def test_a_harmless_file_is_read(company: Company, clamd: Clamd) -> None:
    shelf = await company.owner.make_shelf()
    before = len(clamd.scanned)
    document = await company.owner.add(shelf, "leave.md", TEXT)
    assert clamd.scanned[before:] == [len(TEXT)]
    assert (await company.owner.call("GET", f"/documents/{document}/original")).content == TEXT


async def test_an_infected_file_is_told_recorded_and_gone(hub: Hub, company: Company) -> None:
    shelf = await company.owner.make_shelf()
    kept = set(files(hub))
    document = await failed(company, shelf, "invoice.txt", b"Pay this:\n" + EICAR)
    assert document["failure_code"] == "infected"
    assert "Eicar-Test-Signature" in document["failure"]
    assert set(files(hub)) == kept
    assert (await company.owner.call("GET", f"/documents/{document['id']}/original")).status_code == 410
    assert await company.owner.search("Pay this") == []
    [event] = [
        one
        for one in (await company.admin.get("/audit-events", limit=20))["items"]
        if one["action"] == "document.infected"
    ]
    assert (event["target_id"], event["actor_name"]) == (document["id"], "Virus scanner")
    assert event["details"]["finding"] == "Eicar-Test-Signature"
    # Sent again without it, it is a document like any other.
    await company.owner.add(shelf, "invoice.txt", b"Pay this: 20 pounds.")


def files(hub: Hub) -> list[Path]:
    return [path for path in hub.settings.files_dir.rglob("*") if path.is_file()]


async def test_files_of_conversations_are_scanned_too(company: Company) -> None:
    conversation = await begin(company.owner)
    await send_file(company.owner, conversation, "a.txt", EICAR)
    assert await settled(company.owner, conversation) == {"a.txt": "failed"}


async def test_a_file_too_large_for_the_scanner_is_refused(company: Company) -> None:
    shelf = await company.owner.make_shelf()
    document = await failed(company, shelf, "long.txt", b"word " * 600_000)
    assert document["failure_code"] == "unscanned"
    assert "larger than the virus scanner takes" in document["failure"]


@pytest.mark.parametrize("fault", ["silent", "hangs up", "error"])
async def test_without_a_verdict_nothing_is_read_or_given_out(company: Company, clamd: Clamd, fault: Fault) -> None:
    clamd.fault = fault
    shelf = await company.owner.make_shelf()
    document = await failed(company, shelf, "leave.md", TEXT)
    assert document["failure_code"] == "unscanned"
    assert (await company.owner.call("GET", f"/documents/{document['id']}/original")).status_code == 409
    clamd.fault = ""
    await company.owner.post(f"/documents/{document['id']}/reprocess", status=202)
    assert await company.owner.settle(shelf) == {"ready": 1}
    assert (await company.owner.call("GET", f"/documents/{document['id']}/original")).content == TEXT


async def test_files_wait_for_a_scanner_that_comes_back(
    tmp_path: Path, clamd: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "AGAIN", timedelta(milliseconds=100))
    clamd.fault = "hangs up"
    scanner = ScannerSettings(clamd=clamd.address, timeout_seconds=5)
    with Hub(load_settings(data_dir=tmp_path, scanner=scanner, _env_file=None)) as hub:
        async with hub.client() as client:
            company = await found_company(hub, client)
            shelf = await company.owner.make_shelf()
            sent = await company.owner.upload(shelf, "leave.md", TEXT)

            async def waits() -> bool:
                document = await company.owner.get(f"/documents/{sent['id']}")
                return (document["state"], document["stage"]) == ("queued", "scan")

            async with asyncio.timeout(PATIENCE):
                while not await waits():  # noqa: ASYNC110 - the hub is in another thread
                    await asyncio.sleep(0.02)
            assert (await company.owner.call("GET", f"/documents/{sent['id']}/original")).status_code == 409
            clamd.fault = ""
            assert await company.owner.settle(shelf) == {"ready": 1}
