"""What a person waits for in the page: the first word after Enter, and a cited page of a PDF after a click.

Measured in Chromium by the browser's own clock, from the event to the frame that shows it, with a model that needs no
time and no network between: what is left is ours.
"""

import asyncio
import json
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import corpora, shelves
from benchmarks.figures import spread
from benchmarks.processes import load_average
from benchmarks.product import FOUNDER, PASSWORD, Product
from benchmarks.streams import model_double
from nexus.identity.passwords import PasswordHasher

_ROUNDS = 20
_WATCH = """
([event, key, shown]) => {
  window.measured = new Promise((resolve) => {
    const start = (pressed) => {
      if (key && pressed.key !== key) return;
      document.removeEventListener(event, start, true);
      const began = performance.now();
      const look = () => {
        if (!document.querySelector(shown)?.getClientRects().length) return requestAnimationFrame(look);
        // The frame after: by then it has been painted.
        requestAnimationFrame(() => resolve(performance.now() - began));
      };
      look();
    };
    document.addEventListener(event, start, true);
  });
}
"""


def run(*, quick: bool = False) -> dict[str, Any]:
    rounds, chunks = (3, 10_000) if quick else (_ROUNDS, 100_000)
    with model_double() as double, shelves.copy_of(chunks) as folder:
        _give_passwords(folder)
        settings = {"NEXUS_LLM__BASE_URL": double.url, "NEXUS_LLM__MODEL": "normal"}
        with Product(folder, settings) as product, sync_playwright() as playwright:
            path = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
            arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
            browser = playwright.chromium.launch(executable_path=path, args=arguments)
            words = _first_words(browser, product, rounds)
            opened = _pdf_pages(browser, product, rounds)
            browser.close()
    return {"chunks": chunks, "first_word_ms": words, **opened, "load": load_average()}


def _give_passwords(folder: Path) -> None:
    """The people of the shelves have none: nobody has ever signed in there."""
    stored = asyncio.run(PasswordHasher().hash(PASSWORD))
    with closing(sqlite3.connect(folder / "nexus.db")) as db, db:
        db.execute('UPDATE "user" SET password_hash = ?', (stored,))


def _signed_in(browser: Browser, product: Product, email: str) -> Page:
    address = f"http://127.0.0.1:{product.port}"
    page = browser.new_context(base_url=address, viewport={"width": 1280, "height": 900}).new_page()
    page.goto("/login/")
    page.get_by_label("E-mail").fill(email)
    page.locator('input[type="password"]').fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_label("Your question").wait_for()
    return page


def _time(page: Page, event: str, key: str, shown: str, act: Callable[[], None]) -> float:
    """Milliseconds from the event (of that key) to the frame that shows what the selector finds."""
    page.evaluate(_WATCH, [event, key, shown])
    act()
    return float(page.evaluate("window.measured"))


def _first_words(browser: Browser, product: Product, rounds: int) -> dict[str, float]:
    page = _signed_in(browser, product, shelves.READERS["100 %"])
    times: list[float] = []
    for question in shelves.sentences(rounds + 2, 900):
        page.goto("/chat/")
        page.get_by_label("Your question").fill(question)
        times.append(
            _time(page, "keydown", "Enter", 'article[aria-label="Answer"] p', lambda: page.keyboard.press("Enter"))
        )
    page.context.close()
    return spread(times[2:], 0)


def _upload(product: Product, shelf: str, file: Path) -> str:
    connection = product.connect()
    target = f"/api/knowledge-bases/{shelf}/documents?path={file.name}"
    connection.request("POST", target, file.read_bytes(), product.headers())
    document: str = json.loads(connection.getresponse().read())["id"]
    connection.close()
    return document


def _pdf_pages(browser: Browser, product: Product, rounds: int) -> dict[str, Any]:
    """A passage in the middle of a PDF, opened from the search: for the first time in a browser, and again."""
    [file] = corpora.pdfs(1)
    shelf = product.call("POST", "/api/knowledge-bases", {"name": "Page benchmark"})["id"]
    document = _upload(product, shelf, file)
    while (state := product.call("GET", f"/api/documents/{document}"))["state"] != "ready":
        time.sleep(0.2)
    chunks = product.call("GET", f"/api/documents/{document}/chunks", limit=100)["items"]
    middle = chunks[len(chunks) // 2]
    query = " ".join(middle["text"].split()[:12])
    drawn = 'figure[data-state="drawn"] [data-mark]'
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(rounds):
        page = _signed_in(browser, product, FOUNDER)
        page.goto(f"/knowledge/base/?id={shelf}&tab=search")
        page.get_by_role("searchbox").fill(query)
        page.keyboard.press("Enter")
        hit = page.locator("[data-open-hit]").first
        hit.wait_for()
        cold.append(_time(page, "click", "", drawn, hit.click))
        page.keyboard.press("Escape")
        warm.append(_time(page, "click", "", drawn, hit.click))
        page.context.close()
    return {
        "pdf": {"pages": state["page_count"], "kb": state["size"] // 1000},
        "pdf_first_ms": spread(cold, 0),
        "pdf_again_ms": spread(warm, 0),
    }
