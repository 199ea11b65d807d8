"""How the installation is, on the page: for who operates it, and for administrators what is theirs."""

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from page_hub import EMAIL, Hub, check_accessibility, photograph, sign_in
from people_api import Founder
from playwright.sync_api import Page, expect

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def founder(hub: Hub) -> Iterator[Founder]:
    with Founder(hub) as founder:
        yield founder


def add_failed_job(hub: Hub) -> None:
    """As after three attempts, of the founder's tenant."""
    with sqlite3.connect(hub.folder / "data" / "nexus.db", timeout=30) as db:
        (tenant,) = db.execute('SELECT tenant_id FROM "user" WHERE email = ?', (EMAIL,)).fetchone()
        moment = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        values = {
            "id": uuid.uuid4().hex,
            "tenant_id": tenant,
            "kind": "ingestion.prune-versions",
            "payload": f'{{"document_id": "{uuid.uuid4()}"}}',
            "state": "failed",
            "attempts": 3,
            "interruptions": 0,
            "checkpoint": "{}",
            "error": "OSError: the disk was away",
            "run_at": moment,
            "created_at": moment,
            "finished_at": moment,
        }
        names = ", ".join(values)
        db.execute(f"INSERT INTO job ({names}) VALUES ({', '.join('?' * len(values))})", tuple(values.values()))


def test_who_operates_it_sees_what_is_amiss_and_mends_it(hub: Hub, open_page: Open, founder: Founder) -> None:
    shelf = founder.call("POST", "/knowledge-bases", {"name": "Rules"})["id"]
    add_failed_job(hub)
    page = open_page(hub)
    sign_in(page)
    page.goto("/admin/diagnostics/")
    expect(page.get_by_role("heading", name="One thing wants looking after.")).to_be_visible()
    checks = page.get_by_role("list", name="What was looked at").get_by_role("listitem")
    expect(checks).to_have_count(14)
    expect(checks.first).to_contain_text("Failed: 1 ingestion.prune-versions.")
    expect(page.get_by_text("They have not been compared yet.")).to_be_visible()
    page.get_by_role("button", name="Compare now").click()
    expect(page.get_by_text("They agreed on 0 documents.")).to_be_visible()
    check_accessibility(page)
    photograph(page, "diagnostics")

    # A file is gone: the next comparison says so, and the list of checks with it.
    client = founder._client  # pyright: ignore[reportPrivateUsage]
    params = {"path": "leave.md"}
    client.post(f"/knowledge-bases/{shelf}/documents", params=params, content=b"25 days.").raise_for_status()
    expect_ready(founder, shelf)
    for file in (hub.folder / "data" / "files").rglob("*"):
        if file.is_file():
            file.unlink()
    page.get_by_role("button", name="Compare now").click()
    expect(page.get_by_text("1 original file is missing")).to_be_visible()
    expect(page.get_by_role("heading", name="2 things want looking after.")).to_be_visible(timeout=20_000)
    expect(checks.filter(has_text="Consistency")).to_contain_text("fault")
    page.evaluate("localStorage.setItem('nexus-language', 'de')")
    page.reload()
    told = page.get_by_role("list", name="Was nachgesehen wurde")
    expect(told).to_contain_text("1 Originaldatei fehlt")
    assert "{" not in told.inner_text()
    expect(told.locator("[lang=en]")).to_have_count(0)
    photograph(page, "diagnostics-german")
    page.evaluate("localStorage.setItem('nexus-language', 'en')")
    page.reload()
    page.get_by_role("button", name="Build the index anew").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Build it").click()
    expect(page.get_by_text("The index was built anew")).to_be_visible()

    jobs = page.get_by_role("list", name="Jobs", exact=True).get_by_role("listitem")
    expect(jobs).to_contain_text(["the disk was away"])
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It waits again")).to_be_visible()
    expect(page.get_by_text("There are none.")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    check_accessibility(page)
    photograph(page, "diagnostics-narrow-dark")


def expect_ready(founder: Founder, shelf: str) -> None:
    for _ in range(2000):
        if founder.call("GET", f"/knowledge-bases/{shelf}/progress")["documents"] == {"ready": 1}:
            return
    raise AssertionError("the document is not ready")


def test_an_administrator_sees_jobs_alone_and_sets_the_rules(hub: Hub, open_page: Open, founder: Founder) -> None:
    admin = founder.add("Rita", "admin")
    page = open_page(hub)
    sign_in(page, admin)
    page.goto("/admin/diagnostics/")
    expect(page.get_by_role("heading", name="Jobs", exact=True)).to_be_visible()
    expect(page.get_by_text("What was looked at")).to_have_count(0)
    expect(page.get_by_role("heading", name="Figures")).to_have_count(0)
    check_accessibility(page)
    page.goto("/admin/documents/")
    page.get_by_label("Days in which what was deleted").fill("ten")
    page.get_by_label("Former versions of a document").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a number from 0 to 3,650, or nothing.")).to_be_visible()
    page.get_by_label("Days in which what was deleted").fill("90")
    check_accessibility(page)
    photograph(page, "document-rules")
    page.get_by_role("button", name="Save").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("older versions of every document go for good")
    question.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rules were saved.")).to_be_visible()
    rules = founder.call("GET", "/document-rules")
    assert rules == {"deleted_days": 90, "is_own": True, "kept_versions": 3}
