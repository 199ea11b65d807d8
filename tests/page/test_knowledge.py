"""Knowledge bases in a browser: made, filled by a folder, watched, searched, shared, deleted."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five files that can be read, one that cannot, and one that nobody means to upload."""
    folder = tmp_path / "bench"
    (folder / "valves").mkdir(parents=True)
    for number in range(4):
        text = f"# Pump {number}\n\nPump number {number} turns at {number * 100} revolutions a minute.\n"
        (folder / f"pump-{number}.md").write_text(text, encoding="utf-8")
    (folder / "valves" / "green.txt").write_text("The green valve opens to the left.\n", encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (folder / ".DS_Store").write_bytes(b"left behind")
    return folder


@pytest.fixture(scope="module")
def api(hub: Hub) -> Iterator[httpx2.Client]:
    """The API as the founder."""
    with httpx2.Client(base_url=hub.url) as client:
        signed_in = client.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        client.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        yield client


def _create(page: Page, name: str) -> None:
    page.goto("/knowledge/")
    page.get_by_role("button", name="New knowledge base").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def _upload(page: Page, files: list[Path]) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload files").click()
    chooser.value.set_files(files)


def _rows(page: Page) -> list[str]:
    return page.locator("tbody tr").locator("a").all_inner_texts()


def test_a_folder_becomes_searchable_while_one_watches(hub: Hub, open_page: Open, folder: Path) -> None:
    page = open_page(hub)
    sign_in(page)
    _create(page, "Bench")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a folder").click()
    chooser.value.set_files(folder)

    expect(page.get_by_role("paragraph").filter(has_text="5 of 6 documents searchable")).to_be_visible(timeout=30_000)
    tray = page.get_by_role("region", name="Uploads")
    expect(tray.get_by_text("6 files sent", exact=False).first).to_be_visible()
    broken = page.get_by_role("row").filter(has_text="broken.pdf")
    expect(broken.get_by_text("The PDF is damaged.", exact=False)).to_be_visible()
    expect(page.get_by_text("bench/valves", exact=True)).to_be_visible()
    check_accessibility(page)
    photograph(page, "knowledge-documents")

    # Found again after a reload, because the state is the server's.
    page.reload()
    expect(page.get_by_role("paragraph").filter(has_text="5 of 6 documents searchable")).to_be_visible()
    page.get_by_role("button", name="Show the failed ones").click()
    expect(page.locator("tbody tr")).to_have_count(1)
    broken.get_by_role("button", name="Retry").click()
    expect(page.get_by_text("1 document will be processed again")).to_be_visible()


def test_a_table_is_sorted_filtered_and_changed_by_many(hub: Hub, open_page: Open, folder: Path) -> None:
    page = open_page(hub)
    sign_in(page)
    _create(page, "Tables")
    _upload(page, sorted(folder.glob("pump-*.md")))
    expect(page.locator("tbody").get_by_text("Searchable")).to_have_count(4, timeout=30_000)

    page.get_by_role("button", name="Name").click()
    expect(page.locator("tbody tr").first).to_contain_text("pump-3.md")
    assert _rows(page) == [f"pump-{number}.md" for number in (3, 2, 1, 0)]
    page.get_by_label("Filter by name").fill("pump-2")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_label("Filter by name").fill("")
    expect(page.locator("tbody tr")).to_have_count(4)

    page.get_by_label("Choose pump-1.md").check()
    page.get_by_label("Choose pump-2.md").check()
    page.get_by_role("button", name="Delete").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_contain_text("pump-1.md")
    expect(question.get_by_role("button", name="Cancel")).to_be_focused()
    question.get_by_role("button", name="Delete").click()
    expect(page.locator("tbody tr")).to_have_count(2)
    assert sorted(_rows(page)) == ["pump-0.md", "pump-3.md"]


def test_the_same_file_again_is_said_to_be_there(hub: Hub, open_page: Open, folder: Path) -> None:
    page = open_page(hub)
    sign_in(page)
    _create(page, "Twice")
    tray = page.get_by_role("region", name="Uploads")
    _upload(page, [folder / "pump-1.md"])
    expect(tray.get_by_text("Uploaded", exact=True)).to_be_visible()
    _upload(page, [folder / "pump-1.md"])
    expect(tray.get_by_text("Already there, unchanged")).to_be_visible()

    # The queue belongs to the tab: it is still there on another page of the app.
    page.get_by_role("link", name="All knowledge bases").click()
    expect(tray).to_be_visible()
    tray.get_by_role("button", name="Close").click()
    expect(tray).to_be_hidden()


def test_files_can_be_dropped_anywhere(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    sign_in(page)
    _create(page, "Dropped")
    expect(page.get_by_role("button", name="Upload files")).to_be_visible()
    hold = "const t = new DataTransfer(); t.items.add(new File(['A dropped note about seals.'], 'dropped.txt'));"
    page.evaluate(f"() => {{ {hold} window.dispatchEvent(new DragEvent('dragenter', {{dataTransfer: t}})); }}")
    expect(page.get_by_text("Drop to add to Dropped")).to_be_visible()
    page.evaluate(
        f"() => {{ {hold} window.dispatchEvent(new DragEvent('drop', {{dataTransfer: t, cancelable: true}})); }}"
    )
    expect(page.get_by_text("Drop to add to Dropped")).to_be_hidden()
    expect(page.get_by_role("row").filter(has_text="dropped.txt")).to_contain_text("Searchable", timeout=30_000)


def test_a_search_says_why_and_opens_the_place(hub: Hub, open_page: Open, folder: Path) -> None:
    page = open_page(hub)
    sign_in(page)
    _create(page, "Search")
    _upload(page, sorted(folder.glob("pump-*.md")))
    expect(page.locator("tbody").get_by_text("Searchable")).to_have_count(4, timeout=30_000)
    page.get_by_role("tab", name="Search").click()
    page.get_by_label("Search this knowledge base").fill("How fast does pump 3 turn?")
    page.keyboard.press("Enter")

    first = page.get_by_role("article").first
    expect(first).to_contain_text("300 revolutions")
    expect(first.locator("mark").first).to_be_visible()
    first.get_by_text("Why it ranked here").click()
    expect(first).to_contain_text("Meaning")
    check_accessibility(page)
    photograph(page, "knowledge-search")
    page.reload()
    expect(first).to_contain_text("300 revolutions")

    first.get_by_role("button", name="pump-3.md").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("article").nth(1).get_by_role("button").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary")).to_be_visible()


def test_access_is_given_checked_and_taken(hub: Hub, open_page: Open, api: httpx2.Client) -> None:
    jonas = {"email": "jonas@acme.test", "name": "Jonas Petersen"}
    api.post("/api/users", json=jonas).raise_for_status()
    page = open_page(hub)
    sign_in(page)
    _create(page, "Shared")
    page.get_by_role("tab", name="Access").click()
    who = page.get_by_role("combobox", name="Who")
    who.fill("Jonas")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Jonas")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Give access").click()
    grants = page.get_by_role("region", name="Who has access")
    expect(grants.get_by_text("Jonas Petersen")).to_be_visible()

    person = page.get_by_role("combobox", name="Person")
    person.fill("Jonas")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_contain_text("Jonas")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Jonas Petersen can read this knowledge base.")).to_be_visible()
    check_accessibility(page)
    photograph(page, "knowledge-access")

    grants.get_by_role("button", name="Remove Jonas Petersen").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Jonas Petersen cannot read this knowledge base.")).to_be_visible()

    grants.get_by_role("listitem").get_by_role("combobox").first.select_option("read")
    expect(page.get_by_role("alertdialog")).to_contain_text("You would lose your own right to manage")
    page.keyboard.press("Escape")
    expect(grants.get_by_role("listitem").get_by_role("combobox").first).to_have_value("manage")


def test_settings_offer_to_process_again_and_deleting_asks_for_the_name(
    hub: Hub, open_page: Open, folder: Path
) -> None:
    page = open_page(hub)
    sign_in(page)
    _create(page, "Fleeting")
    _upload(page, [folder / "pump-1.md"])
    expect(page.locator("tbody").get_by_text("Searchable")).to_have_count(1, timeout=30_000)
    page.get_by_role("tab", name="Settings").click()
    searches = page.get_by_role("region", name="Searches of the last 30 days")
    expect(searches.get_by_role("definition").first).to_have_text("0")
    searches.get_by_role("button", name="Search anew").click()
    expect(page.get_by_text("From now on everything is searched anew")).to_be_visible()
    page.get_by_label("Length of a passage").fill("31")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="from 32 to 240")).to_be_visible()
    page.get_by_label("Length of a passage").fill("64")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Process all again").click()
    expect(page.get_by_text("1 document will be processed again")).to_be_visible()

    page.get_by_role("button", name="Delete…").click()
    question = page.get_by_role("alertdialog")
    expect(question.get_by_role("button", name="Delete the knowledge base")).to_be_disabled()
    question.get_by_label("To confirm, type its name").fill("Fleeting")
    check_accessibility(page)
    question.get_by_role("button", name="Delete the knowledge base").click()
    page.wait_for_url("**/knowledge/")
    expect(page.get_by_role("link", name="Fleeting")).to_have_count(0)


@pytest.fixture(scope="module")
def handbook(api: httpx2.Client) -> str:
    """The id of a knowledge base with a document that can be read and one that cannot."""
    made = api.post("/api/knowledge-bases", json={"name": "Handbook", "description": "What everybody may know."})
    knowledge_base_id = str(made.raise_for_status().json()["id"])
    for path, content in (
        ("leave/holiday.md", b"# Holiday\n\nEverybody has 28 days of holiday."),
        ("old.pdf", b"%PDF-1.4"),
    ):
        api.post(
            f"/api/knowledge-bases/{knowledge_base_id}/documents", params={"path": path}, content=content
        ).raise_for_status()
    return knowledge_base_id


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    ("tab", "shows"),
    [
        ("documents", "The PDF is damaged."),
        ("search&q=holiday", "28 days of"),
        ("access", "Check a person's access"),
        ("settings", "Danger zone"),
    ],
)
def test_axe_finds_nothing(
    hub: Hub, open_page: Open, handbook: str, tab: str, shows: str, width: int, *, dark: bool
) -> None:
    page = open_page(hub, width=width, dark=dark)
    sign_in(page)
    page.goto(f"/knowledge/base/?id={handbook}&tab={tab}")
    expect(page.get_by_text(shows).first).to_be_visible(timeout=30_000)
    check_accessibility(page)
    photograph(page, f"knowledge-{tab.partition('&')[0]}-{width}{'-dark' if dark else ''}")
