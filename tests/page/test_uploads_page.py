"""Large files in a browser: paused, broken off by a reload, gone on with, and followed until they are searchable."""

import hashlib
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
SIZE = 40 << 20


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """More than one request of it, and nothing that could be read."""
    path = tmp_path / "film.bin"
    path.write_bytes(b"\x00\x01" + random.Random(7).randbytes(SIZE - 2))
    return path


def _create(page: Page, name: str) -> None:
    page.goto("/knowledge/")
    page.get_by_role("button", name="New knowledge base").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill(name)
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()


def _choose(page: Page, button: str, file: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name=button).click()
    chooser.value.set_files(file)


def _slow(page: Page, bytes_a_second: int) -> None:
    session: Any = page.context.new_cdp_session(page)
    conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": bytes_a_second}
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", conditions)


def test_a_large_file_outlives_a_pause_and_a_reload(hub: Hub, open_page: Open, film: Path) -> None:
    page = open_page(hub)
    page.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    sign_in(page)
    _create(page, "Films")
    _slow(page, 6 << 20)
    tray = page.get_by_role("region", name="Uploads")
    _choose(page, "Upload files", film)
    bar = tray.get_by_role("progressbar", name="film.bin")
    expect(bar).to_have_attribute("aria-valuenow", re.compile("^([2-9][0-9]|100)$"), timeout=30_000)
    tray.get_by_role("button", name="Pause film.bin").click()
    expect(tray.get_by_text("Paused", exact=True)).to_be_visible()
    check_accessibility(page)
    photograph(page, "uploads-paused")
    tray.get_by_role("button", name="Go on with film.bin").click()
    expect(tray.get_by_role("button", name="Pause film.bin")).to_be_visible()

    # The browser forgets the file, the server does not.
    page.reload()
    expect(tray.get_by_text("Not finished: choose the file again to go on")).to_be_visible(timeout=30_000)
    expect(tray.get_by_text("1 file is not finished", exact=True).first).to_be_visible()
    check_accessibility(page)
    photograph(page, "uploads-left")
    other = film.with_name("other.bin")
    other.write_bytes(b"another file")
    _choose(page, "Choose film.bin again", other)
    expect(page.get_by_text("This is not the file that film.bin was begun with.")).to_be_visible()
    _choose(page, "Choose film.bin again", film)
    # It is no document, and the row says so as soon as the server knows.
    expect(tray.get_by_text("Upload a PDF, an Office document", exact=False)).to_be_visible(timeout=60_000)
    photograph(page, "uploads-done")
    _, document = page.evaluate(
        """async () => {
            const token = await fetch('/api/auth/refresh', {method: 'POST', headers: {'X-Nexus-Request': '1'}});
            const headers = {Authorization: `Bearer ${(await token.json()).access_token}`};
            const found = await (await fetch('/api/documents?name=film.bin', {headers})).json();
            return [found.items.length, found.items[0]];
        }"""
    )
    assert document["sha256"] == hashlib.sha256(film.read_bytes()).hexdigest()


def test_a_file_is_followed_until_it_is_searchable(hub: Hub, open_page: Open, tmp_path: Path) -> None:
    page = open_page(hub)
    sign_in(page)
    _create(page, "Followed")
    note = tmp_path / "note.md"
    note.write_text("# Seals\n\nThe seal of the Heron pump is changed every year.\n", encoding="utf-8")
    with page.expect_websocket(lambda socket: socket.url.endswith("/api/ws")):
        _choose(page, "Upload files", note)
    # Away from the table: the tray hears of it by itself.
    page.get_by_role("link", name="All knowledge bases").click()
    tray = page.get_by_role("region", name="Uploads")
    expect(tray.get_by_text("Uploaded", exact=True)).to_be_visible(timeout=30_000)
