"""A company whose installation was carried finds what it found before, with the same scores, and goes on."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hub import Company, Hub, Person, found_company
from moving.installations import settings_of
from nexus.cli import carrying
from nexus.core.errors import ConflictError, NexusError
from nexus.core.settings import Settings

DOCUMENTS = {
    "leave.md": "# Leave\n\nEverybody has 25 days of annual leave.\n\nUnused days expire in March.\n",
    "travel.txt": "Hotels in London cost 185 pounds at most.\n\nTrains are booked second class.\n",
    "pumps.csv": "pump,seal\nHX-2041,HX-2041-B\nHX-2050,HX-2050-A\n",
}
QUESTIONS = ("annual leave", "hotels in London", "seal HX-2041-B", "second class trains")


async def tell_company(hub: Hub) -> tuple[Company, str, list[Any]]:
    async with hub.client() as client:
        company = await found_company(hub, client)
        shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
        for name, content in DOCUMENTS.items():
            await company.owner.add(shelf, name, content)
        removed = await company.owner.add(shelf, "old.txt", "Hotels in Paris cost 170 pounds at most.")
        await company.owner.delete(f"/documents/{removed}")
        return company, shelf, await ask(company.member)


async def ask(person: Person) -> list[Any]:
    """Hits, scores and reasons of every question."""
    return [await person.search(question) for question in QUESTIONS]


async def ask_again(hub: Hub, company: Company, shelf: str) -> tuple[list[Any], Any]:
    async with hub.client() as client:
        member = Person(client, company.member.email, company.member.id)
        owner = Person(client, company.owner.email, company.owner.id)
        operator = Person(client, company.operator.email, company.operator.id)
        found = await ask(member)
        checked = await operator.get("/index/check")
        for document in await owner.read_pages("/documents", knowledge_base_id=shelf, limit=10):
            original = await owner.call("GET", f"/documents/{document['id']}/original")
            assert original.text == DOCUMENTS[document["name"]]
        # And life goes on.
        await owner.add(shelf, "new.txt", "Ferries to Ghent leave on Fridays.")
        assert await member.search("ferries to Ghent")
        assert await Person(client, company.rival.email, company.rival.id).search("annual leave") == []
        return found, checked


def run(coroutine: Any) -> Any:
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(asyncio.run, coroutine).result()


def use(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    monkeypatch.setenv("NEXUS_DATA_DIR", str(settings.data_dir))
    monkeypatch.chdir(settings.data_dir.parent)


def test_a_company_is_carried_by_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = settings_of(tmp_path / "here"), settings_of(tmp_path / "there")
    file = tmp_path / "company.nexus"
    here.data_dir.mkdir()
    use(monkeypatch, here)
    with Hub(here) as hub:
        company, shelf, found = run(tell_company(hub))
        # While it runs.
        carrying.backup(file, with_keys=False)
    assert all(found)
    told = capsys.readouterr().out
    assert re.search(r"[34] files", told)
    assert "stored secrets cannot be read without them" in told

    use(monkeypatch, there)
    carrying.restore(file)
    assert "read again and the same as in the backup" in capsys.readouterr().out
    with Hub(there) as hub:
        again, checked = run(ask_again(hub, company, shelf))
    assert again == found
    assert checked["ok"], checked

    with pytest.raises(ConflictError, match="There is an installation already"):
        carrying.restore(file)
    monkeypatch.setenv("NEXUS_DATA_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(NexusError, match="There is no database"):
        carrying.backup(tmp_path / "other.nexus", with_keys=False)
