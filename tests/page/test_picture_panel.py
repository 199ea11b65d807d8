"""A scan beside the answer: its pages drawn, the cited line marked where it stands, larger when that is wished."""

import time
from collections.abc import Callable

import httpx2
import pytest
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

from programs import needs_tesseract
from scans import draw, encode, lines

Open = Callable[..., Page]
FIRST = lines("Minutes of the building committee", "The roof of the archive was mended.")
SECOND = lines("Receipt of the ironmonger", "Forty hinges of brass were bought", "for 212 euros on Friday.", top=0.6)
QUESTION = "How many hinges of brass were bought?"

pytestmark = needs_tesseract


@pytest.fixture(scope="module")
def document(hub: Hub) -> str:
    """The scan's id, once its pages are recognised."""
    scan = encode(draw(FIRST), "TIFF", save_all=True, append_images=[draw(SECOND)], compression="tiff_deflate")
    with httpx2.Client(base_url=hub.url, timeout=60) as api:
        signed_in = api.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        api.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        shelf = api.post("/api/knowledge-bases", json={"name": "Scans"}).raise_for_status().json()["id"]
        upload = api.post(f"/api/knowledge-bases/{shelf}/documents", params={"path": "receipts.tif"}, content=scan)
        document: str = upload.raise_for_status().json()["id"]
        until = time.monotonic() + 90
        while api.get(f"/api/documents/{document}").json()["state"] != "ready":
            assert time.monotonic() < until
            time.sleep(0.1)
        return document


def open_source(page: Page) -> None:
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Send").click()
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("Forty hinges")
    answer.get_by_role("button", name="Source 1").first.click()


def test_a_cited_line_is_marked_and_grows_with_its_page(hub: Hub, open_page: Open, document: str) -> None:
    page = open_page(hub)
    sign_in(page)
    open_source(page)
    shown = page.locator('figure[data-page="2"]')
    mark = shown.locator("[data-mark]").first
    expect(mark).to_be_in_viewport()
    expect(page.get_by_text("The passage is marked on page 2.")).to_be_attached()
    check_accessibility(page)
    photograph(page, "picture-panel")

    before, small = mark.bounding_box(), shown.bounding_box()
    assert before
    assert small
    for _ in range(3):
        page.get_by_role("button", name="Enlarge").click()
    expect(page.get_by_text("200%")).to_be_visible()
    after, large = mark.bounding_box(), shown.bounding_box()
    assert after
    assert large
    assert large["width"] == pytest.approx(2 * small["width"], rel=0.02)
    assert after["width"] == pytest.approx(2 * before["width"], rel=0.02)
    # It stays over the very line.
    for box, whole in ((before, small), (after, large)):
        assert (box["y"] - whole["y"]) / whole["height"] == pytest.approx(0.6, abs=0.03)
    expect(mark).to_be_in_viewport()
    photograph(page, "picture-enlarged")


def test_it_fits_a_narrow_screen_in_the_dark(hub: Hub, open_page: Open, document: str) -> None:
    page = open_page(hub, width=390, dark=True)
    sign_in(page)
    open_source(page)
    expect(page.locator('figure[data-page="2"] [data-mark]').first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    check_accessibility(page)
    photograph(page, "picture-narrow-dark")
