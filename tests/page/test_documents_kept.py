"""What happens to documents on the page: deleted, taken back, purged, processed again."""

from collections.abc import Callable, Iterator

import httpx2
import pytest
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
TEXT = "# Pump {}\n\nPump number {} is oiled once a week by the workshop.\n"


@pytest.fixture(scope="module")
def api(hub: Hub) -> Iterator[httpx2.Client]:
    """The API as the founder."""
    with httpx2.Client(base_url=hub.url) as client:
        signed_in = client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        yield client


def _shelf(api: httpx2.Client, name: str, count: int = 3) -> str:
    shelf = api.post("/api/knowledge-bases", json={"name": name}).raise_for_status().json()["id"]
    for number in range(count):
        params = {"path": f"pumps/pump-{number}.md"}
        text = TEXT.format(number, number)
        api.post(f"/api/knowledge-bases/{shelf}/documents", params=params, content=text).raise_for_status()
    return shelf


def test_a_deletion_is_taken_back_at_once_or_later(hub: Hub, open_page: Open, api: httpx2.Client) -> None:
    shelf = _shelf(api, "Kept")
    page = open_page(hub)
    sign_in(page)
    page.goto(f"/knowledge/base/?id={shelf}")
    expect(page.locator("tbody").get_by_text("Searchable")).to_have_count(3, timeout=30_000)
    for name in ("pump-0.md", "pump-1.md"):
        page.get_by_label(f"Choose {name}").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("tbody tr")).to_have_count(3)

    page.get_by_label("Choose pump-0.md").check()
    page.get_by_label("Choose pump-1.md").check()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    api.post(
        f"/api/knowledge-bases/{shelf}/documents", params={"path": "pumps/pump-0.md"}, content="Another pump."
    ).raise_for_status()
    page.get_by_role("tab", name="Deleted").click()
    rows = page.get_by_role("list", name="Deleted documents").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="pump-0.md")).to_contain_text("Another document has this name now")
    check_accessibility(page)
    photograph(page, "knowledge-deleted")
    page.get_by_role("button", name="Restore pump-0.md").click()
    expect(page.get_by_text("pumps/pump-0 (2).md is back")).to_be_visible()
    page.get_by_role("button", name="Delete for good: pump-1.md").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("This cannot be undone")
    question.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("Nothing was deleted")).to_be_visible()


def test_a_knowledge_base_is_taken_back(hub: Hub, open_page: Open, api: httpx2.Client) -> None:
    shelf = _shelf(api, "Came back", 1)
    api.delete(f"/api/knowledge-bases/{shelf}").raise_for_status()
    page = open_page(hub)
    sign_in(page)
    page.goto("/knowledge/")
    section = page.get_by_role("region", name="Deleted knowledge bases")
    expect(section).to_contain_text("Came back · 1 document")
    check_accessibility(page)
    photograph(page, "knowledge-bases-deleted")
    section.get_by_role("button", name="Restore Came back").click()
    expect(page.get_by_role("list", name="Knowledge bases", exact=True)).to_contain_text("Came back")


def test_documents_are_processed_again_while_one_watches(hub: Hub, open_page: Open, api: httpx2.Client) -> None:
    shelf = _shelf(api, "Again", 12)
    path = f"/api/knowledge-bases/{shelf}"
    api.post(f"{path}/documents", params={"path": "broken.pdf"}, content=b"%PDF-1.4 broken").raise_for_status()
    page = open_page(hub)
    sign_in(page)
    page.goto(f"/knowledge/base/?id={shelf}")
    expect(page.get_by_role("paragraph").filter(has_text="12 of 13 documents searchable")).to_be_visible(timeout=30_000)
    api.patch(path, json={"chunking": {"strategy": "fixed", "target_tokens": 64}}).raise_for_status()
    page.get_by_role("tab", name="Processing").click()
    expect(page.get_by_text("12 documents would be made otherwise today.", exact=False)).to_be_visible()
    expect(page.get_by_text("Cut in another way than the settings say").first).to_be_visible()
    check_accessibility(page)
    photograph(page, "knowledge-care")
    page.get_by_role("button", name="Process all again").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Process all again").click()
    progress = page.get_by_role("region", name="Processing again")
    expect(progress).to_contain_text("13 of 13 documents", timeout=30_000)
    expect(progress).to_contain_text("Finished")
    expect(progress).to_contain_text("broken.pdf")
    expect(page.get_by_text("Every document is as it would be made today.")).to_be_visible()
    photograph(page, "knowledge-care-finished")
    page.get_by_role("link", name="Show the failed ones").click()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_versions_are_compared_brought_back_and_removed(hub: Hub, open_page: Open, api: httpx2.Client) -> None:
    shelf = api.post("/api/knowledge-bases", json={"name": "Versions"}).raise_for_status().json()["id"]
    path, place = f"/api/knowledge-bases/{shelf}", {"path": "leave.md"}
    page = open_page(hub)
    sign_in(page)
    document = chat = ""
    for days in (23, 25, 30):
        text = f"# Leave\n\nEverybody has {days} days of annual leave.\n\nAsk your manager.\n" + "No more.\n" * (
            days > 25
        )
        document = api.post(f"{path}/documents", params=place, content=text).raise_for_status().json()["id"]
        page.goto(f"/knowledge/document/?id={document}")
        expect(page.get_by_text(f"Everybody has {days} days")).to_be_visible(timeout=30_000)
        if not chat:
            page.goto("/chat/")
            page.get_by_label("Your question").fill("How many days of annual leave?")
            page.keyboard.press("Enter")
            expect(page.get_by_role("list", name="Sources")).to_contain_text("read ", timeout=30_000)
            photograph(page, "sources-fresh")
            chat = page.url
    page.get_by_role("button", name="Versions").click()
    sheet = page.get_by_role("dialog", name="Versions")
    rows = sheet.get_by_role("list", name="Versions").get_by_role("listitem")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("answers now")
    check_accessibility(page)
    photograph(page, "document-versions")
    sheet.get_by_role("button", name="Compare version 1").click()
    changes = sheet.get_by_role("list", name="Changes").get_by_role("listitem")
    expect(changes).to_have_count(2)
    expect(changes.first.locator("del")).to_have_text("23 ")
    expect(changes.first.locator("ins")).to_have_text("30 ")
    check_accessibility(page)
    photograph(page, "document-versions-compared")
    sheet.get_by_label("To").select_option(label=sheet.get_by_label("To").locator("option").nth(2).inner_text())
    expect(sheet.get_by_text("Choose two different versions.")).to_be_visible()
    sheet.get_by_role("button", name="All versions").click()
    sheet.get_by_role("button", name="More about version 1").click()
    page.get_by_role("menuitem", name="Bring back").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Bring it back").click()
    expect(rows.first).to_contain_text("brought back from version 1")
    expect(rows.first).to_contain_text("answers now", timeout=30_000)
    sheet.get_by_role("button", name="More about version 1").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove it").click()
    expect(rows).to_have_count(3)
    expect(sheet).not_to_contain_text("Version 1 ")
    page.goto(chat)
    expect(page.get_by_role("list", name="Sources")).to_contain_text("The version that is cited is no longer kept.")
    photograph(page, "sources-removed")
