"""Documents that are not PDF, opened from a search: readable, safe, and marked at exactly what was found."""

import re
import time
from collections.abc import Callable

import httpx2
import pytest
from document_files import FILES
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Locator, Page, expect

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def shelf(hub: Hub) -> str:
    """The id of a knowledge base that holds them all, ready to be searched."""
    with httpx2.Client(base_url=hub.url, timeout=60) as api:
        signed_in = api.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        api.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        shelf: str = api.post("/api/knowledge-bases", json={"name": "Shelf"}).raise_for_status().json()["id"]
        for name, make in FILES.items():
            upload = api.post(f"/api/knowledge-bases/{shelf}/documents", params={"path": name}, content=make())
            upload.raise_for_status()
        until = time.monotonic() + 90
        while True:
            found = api.get("/api/documents", params={"knowledge_base_id": shelf}).json()["items"]
            states = {one["name"]: one["state"] for one in found}
            if set(states.values()) == {"ready"}:
                return shelf
            assert "failed" not in states.values(), states
            assert time.monotonic() < until, states
            time.sleep(0.2)


def open_hit(page: Page, shelf: str, query: str, name: str) -> str:
    """Opens the best hit in a document and returns the hit's text as the server sent it."""
    page.goto(f"/knowledge/base/?id={shelf}&tab=search")
    with page.expect_response(lambda response: response.url.endswith("/api/search")) as answer:
        page.get_by_label("Search this knowledge base").fill(query)
        page.keyboard.press("Enter")
    hits = answer.value.json()["hits"]
    hit = next(one for one in hits if one["document_name"] == name)
    page.get_by_role("article").filter(has_text=name).first.get_by_role("button", name=name).click()
    expect(page.locator("mark[aria-current]")).to_be_in_viewport()
    text: str = hit["text"]
    return text


def body(page: Page) -> Locator:
    return page.get_by_role("article", name="Text of the document")


def marked(page: Page) -> str:
    return "".join(body(page).locator("mark").all_inner_texts())


def letters(text: str) -> str:
    """Without what only lays out: spaces, bars between cells, the colons of a mail's header."""
    return re.sub(r"[\s|:]+", "", text)


CASES = [
    ("maintenance.docx", "When is the shaft seal changed?"),
    ("budget.xlsx", "Which cost centre is owned by Ines Okonkwo?"),
    ("otter.pptx", "How loud is it? dB(A) at one metre"),
    ("visitors.html", "tangerine helmet for visitors"),
    ("crane.eml", "How much does the crane of hall 3 carry?"),
    ("tank.py", "drain_periwinkle_tank"),
    ("prices.csv", "zinnia price"),
]


@pytest.mark.parametrize(("name", "query"), CASES, ids=[name for name, _ in CASES])
def test_the_hit_is_marked_exactly(hub: Hub, open_page: Open, shelf: str, name: str, query: str) -> None:
    page = open_page(hub)
    sign_in(page)
    hit = open_hit(page, shelf, query, name)
    assert letters(marked(page)) == letters(hit)
    assert page.locator("mark[aria-current]").count() == 1
    # Only the text was scrolled.
    assert page.evaluate("document.scrollingElement.scrollTop") == 0
    check_accessibility(page)
    photograph(page, f"text-{name}")


@pytest.mark.parametrize("name", ["maintenance.docx", "budget.xlsx", "elsewhere.md"])
def test_it_is_read_in_the_dark_and_on_a_narrow_screen(hub: Hub, open_page: Open, shelf: str, name: str) -> None:
    query = dict(CASES).get(name, "How many days in Portugal?")
    for width, dark in ((1280, True), (390, False), (390, True)):
        page = open_page(hub, width=width, dark=dark)
        sign_in(page)
        open_hit(page, shelf, query, name)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        check_accessibility(page)
        photograph(page, f"text-{name}-{width}-{'dark' if dark else 'light'}")


def test_markdown_is_read_as_it_is_meant(hub: Hub, open_page: Open, shelf: str) -> None:
    page = open_page(hub)
    sign_in(page)
    open_hit(page, shelf, "How many days in Portugal?", "elsewhere.md")
    text = body(page)
    expect(text.get_by_role("heading", name="Working from elsewhere")).to_be_visible()
    expect(text.get_by_role("columnheader").all()[1]).to_have_text("Days")
    expect(text.get_by_role("row").filter(has_text="Portugal").get_by_role("cell").last).to_have_text("A1 | pelican")
    expect(text.get_by_role("listitem").filter(has_text="early").last).to_have_text("early")
    expect(text.get_by_text('    return f"{left} days"')).to_be_attached()
    # Links and pictures are their words; nothing leads or reaches out of the page.
    expect(text.get_by_text("the policy")).to_be_visible()
    assert text.locator("a, img").count() == 0
    assert not re.search(r"\*\*|```|\]\(", text.inner_text())
    check_accessibility(page)
    photograph(page, "text-elsewhere.md")


def test_a_page_of_the_web_brings_nothing(hub: Hub, open_page: Open, shelf: str) -> None:
    page = open_page(hub)
    sign_in(page)
    open_hit(page, shelf, "tangerine helmet for visitors", "visitors.html")
    expect(body(page)).to_contain_text("<img src=x onerror=alert(1)> is shown.")
    expect(body(page).get_by_role("columnheader", name="Hall")).to_be_visible()
    assert body(page).locator("img, script, a, iframe").count() == 0
    assert "taken" not in page.title()


def press_until_gone(text: Locator, button: Locator) -> None:
    while button.count():
        rows = text.get_by_role("row").count()
        button.click()
        expect(text.get_by_role("row").nth(rows + 1)).to_be_attached()


def test_a_long_sheet_grows_where_it_is_read(hub: Hub, open_page: Open, shelf: str) -> None:
    page = open_page(hub, height=700)
    sign_in(page)
    open_hit(page, shelf, "Which cost centre is owned by Ines Okonkwo?", "budget.xlsx")
    text = body(page)
    expect(text.get_by_role("cell", name="Ines Okonkwo 🌊")).to_be_visible()
    # The columns' names stay in sight.
    expect(text.get_by_role("columnheader", name="Cost centre")).to_be_in_viewport()
    expect(text.get_by_role("heading", name="Sheet Budget")).to_be_attached()

    earlier = text.get_by_role("button", name="Show what stands before")
    earlier.scroll_into_view_if_needed()
    first = text.get_by_role("row").filter(has=page.get_by_role("cell")).first
    name, rows = first.get_by_role("cell").first.inner_text(), text.get_by_role("row").count()
    held = text.get_by_role("cell", name=name, exact=True)
    before = held.bounding_box()
    earlier.click()
    expect(text.get_by_role("row").nth(rows + 10)).to_be_attached()
    after = held.bounding_box()
    assert before
    assert after
    assert after["y"] == pytest.approx(before["y"], abs=3)
    press_until_gone(text, earlier)
    expect(text).to_be_focused()
    # Every row once, and whole.
    numbers = text.locator("tbody tr td:first-child").all_inner_texts()
    centres = [number for number in numbers if number.startswith("CC-")]
    assert centres == [f"CC-{number:04}" for number in range(1, len(centres) + 1)]
    press_until_gone(text, text.get_by_role("button", name="Show more"))
    expect(text.get_by_role("heading", name="Sheet Terms")).to_be_attached()
    expect(text.get_by_role("cell", name="Glockenspiel reserve")).to_be_attached()


def test_in_german(hub: Hub, open_page: Open, shelf: str) -> None:
    page = open_page(hub)
    sign_in(page)
    page.add_init_script("localStorage.setItem('nexus-language', 'de')")
    page.goto(f"/knowledge/base/?id={shelf}&tab=search")
    page.get_by_role("searchbox").fill("Marigold compound hose price")
    page.keyboard.press("Enter")
    page.get_by_role("article").filter(has_text="otter.pptx").first.get_by_role("button", name="otter.pptx").click()
    text = page.get_by_role("article", name="Text des Dokuments")
    expect(text.get_by_role("heading", name="Folie 3")).to_be_visible()
    expect(text.get_by_role("region", name="Tabelle 1")).to_contain_text("£ 131")
