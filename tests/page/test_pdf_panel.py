"""A PDF beside the answer: its own pages, the cited lines marked where they stand."""

import io
import random
import time
from collections.abc import Callable

import httpx2
import pytest
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from PIL import Image
from playwright.sync_api import Page, Response, expect
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

Open = Callable[..., Page]
PAGES = 40
FACTS = {
    3: "The gland nut of the Merlin pump is tightened with 48 newton metres.",
    27: "The gland nut of the Merlin pump is checked every 900 hours.",
}
FROM_TOP = 300
"""Points above the line that holds a page's fact."""
QUESTION = "How is the gland nut of the Merlin pump tightened and checked?"


def manual() -> bytes:
    """Forty pages, every tenth across, some with a picture that is large and compresses badly."""
    file = io.BytesIO()
    noise = random.Random(7)
    canvas = Canvas(file, pagesize=(595, 842), invariant=True)
    for number in range(1, PAGES + 1):
        width, height = (842, 595) if number % 10 == 0 else (595, 842)
        canvas.setPageSize((width, height))
        canvas.drawString(72, height - 100, f"Chapter {number} of the manual, about part {number * 17}.")
        canvas.drawString(72, height - FROM_TOP, FACTS.get(number, f"Nothing is to be said of part {number * 17}."))
        if number % 5 == 1:
            picture = Image.frombytes("RGB", (400, 400), noise.randbytes(480_000))
            canvas.drawImage(ImageReader(picture), 72, 72, 200, 200)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@pytest.fixture(scope="module")
def document(hub: Hub) -> str:
    """The manual's id, once it can be searched."""
    with httpx2.Client(base_url=hub.url, timeout=60) as api:
        signed_in = api.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        api.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        shelf = api.post("/api/knowledge-bases", json={"name": "Manuals"}).raise_for_status().json()["id"]
        upload = api.post(f"/api/knowledge-bases/{shelf}/documents", params={"path": "merlin.pdf"}, content=manual())
        document: str = upload.raise_for_status().json()["id"]
        until = time.monotonic() + 60
        while api.get(f"/api/documents/{document}").json()["state"] != "ready":
            assert time.monotonic() < until
            time.sleep(0.1)
        return document


def open_source(page: Page, name: str = "Source 1") -> None:
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("48 newton metres")
    answer.get_by_role("button", name=name).first.click()


def test_a_cited_line_is_marked_on_its_page(hub: Hub, open_page: Open, document: str) -> None:
    page = open_page(hub)
    sign_in(page)
    read: list[int] = []

    def count(response: Response) -> None:
        if response.url.split("?")[0].endswith("/original"):
            assert response.status == 206
            read.append(int(response.headers["content-length"]))

    page.on("response", count)
    open_source(page)

    shown = page.locator('figure[data-page="3"]')
    mark = shown.locator("[data-mark]")
    expect(mark).to_be_in_viewport()
    expect(shown).to_have_attribute("data-state", "drawn")
    expect(page.get_by_text(f"Page 3 of {PAGES}")).to_be_visible()
    expect(page.get_by_text("The passage is marked on page 3.")).to_be_attached()
    # The mark lies over the very line: where the text that can be selected stands, too.
    box, whole = mark.bounding_box(), shown.bounding_box()
    line = shown.get_by_text("48 newton metres").bounding_box()
    assert box
    assert whole
    assert line
    middle = (box["y"] + box["height"] / 2 - whole["y"]) / whole["height"]
    assert middle == pytest.approx((FROM_TOP - 4) / 842, abs=0.006)
    assert (box["x"] - whole["x"]) / whole["width"] == pytest.approx(72 / 595, abs=0.01)
    for side in ("x", "y", "width", "height"):
        assert line[side] == pytest.approx(box[side], abs=8), side
    # A long file is not loaded for one page of it.
    assert sum(read) < len(manual()) / 3
    check_accessibility(page)
    photograph(page, "pdf-panel")

    # The other citation is in the same file: the panel goes there without opening it again.
    page.get_by_role("button", name="Next passage").click()
    expect(page.locator('figure[data-page="27"] [data-mark]')).to_be_in_viewport()
    expect(page.locator('figure[data-page="27"]')).to_have_attribute("data-state", "drawn")
    # Pages out of sight keep no picture.
    expect(page.locator('figure[data-page="3"]')).to_have_attribute("data-state", "waiting")
    assert page.locator('figure[data-state="drawn"]').count() <= 5

    page.get_by_role("button", name="Enlarge").click()
    expect(page.get_by_text("125%")).to_be_visible()
    expect(page.locator('figure[data-page="27"] [data-mark]')).to_be_in_viewport()
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.locator("mark")).to_contain_text("900 hours")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Text", exact=True)).to_have_count(0)


def test_who_may_read_it(hub: Hub, open_page: Open, document: str) -> None:
    page = open_page(hub, dark=True)
    sign_in(page)
    page.goto(f"/knowledge/document/?id={document}")
    expect(page.locator('figure[data-page="1"]')).to_have_attribute("data-state", "drawn")
    page.get_by_role("button", name="Who may read this").click()
    dialog = page.get_by_role("dialog", name="Who may read this")
    expect(dialog).to_contain_text("Everybody who may read its knowledge base.")
    expect(dialog).to_contain_text("its knowledge base is granted to")
    check_accessibility(page)
    photograph(page, "pdf-dark")


def test_its_passages_lead_to_their_pages(hub: Hub, open_page: Open, document: str) -> None:
    page = open_page(hub)
    sign_in(page)
    page.goto(f"/knowledge/document/?id={document}")
    page.get_by_role("button", name="Passages").click()
    passage = page.get_by_role("listitem").filter(has_text="48 newton metres")
    expect(passage).to_be_visible()
    check_accessibility(page)
    photograph(page, "document-passages")
    passage.get_by_role("button").click()
    expect(page.locator("[data-mark]").first).to_be_in_viewport()


def test_a_narrow_screen_fits_the_page(hub: Hub, open_page: Open, document: str) -> None:
    page = open_page(hub, width=390)
    sign_in(page)
    open_source(page)
    expect(page.locator('figure[data-page="3"] [data-mark]')).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    check_accessibility(page)
    photograph(page, "pdf-narrow")


def test_without_the_original_the_text_is_shown(hub: Hub, open_page: Open, document: str) -> None:
    page = open_page(hub)
    sign_in(page)
    page.route("**/original*", lambda route: route.fulfill(status=410, json={"status": 410, "title": "Gone"}))
    open_source(page)
    expect(page.get_by_text("The pages cannot be shown", exact=False)).to_be_visible()
    expect(page.locator("mark")).to_contain_text("48 newton metres")
