"""The page in a real Chromium, against a real `nexus serve` on a data folder of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from page_hub import FOUNDER, Hub, running_hub
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

_EXPECTED = ("Failed to load resource: the server responded with a status of 4",)
"""What Chromium writes to the console by itself when the server refuses something, as some tests want it to."""


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo company, to be copied."""
    folder = tmp_path_factory.mktemp("seeded")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    environment |= {"NEXUS_DATA_DIR": str(folder / "data")} | {f"NEXUS_{n}": v for n, v in FOUNDER.items()}
    command = [sys.executable, "-m", "nexus.cli", "seed", "--demo"]
    subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, timeout=300)
    return folder


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """An installation with its founder and nothing else; answers are quotations."""
    with running_hub(tmp_path_factory.mktemp("hub"), **FOUNDER) as hub:
        yield hub


@pytest.fixture(scope="module")
def demo_hub(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The demo company."""
    folder = tmp_path_factory.mktemp("demo") / "hub"
    shutil.copytree(seeded, folder)
    with running_hub(folder, **FOUNDER) as hub:
        yield hub


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


@dataclass
class Watched:
    """What a page did that no page of ours may do."""

    faults: list[str]

    def attach(self, page: Page, origin: str) -> None:
        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not message.text.startswith(_EXPECTED):
                self.faults.append(f"console: {message.text}")

        def on_request(request: Request) -> None:
            if not request.url.startswith((origin, "data:", "blob:")):
                self.faults.append(f"a request left: {request.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.faults.append(f"page: {error}"))
        page.on("request", on_request)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Any]:
    """`open_page(hub, width=…, dark=…)` is a tab of a browser of its own; what no page may do fails the test."""
    contexts: list[BrowserContext] = []
    watched = Watched([])

    def make(hub: Hub, *, width: int = 1280, height: int = 900, dark: bool = False, language: str = "en-GB") -> Page:
        context = browser.new_context(
            base_url=hub.url,
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale=language,
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        watched.attach(page, hub.url)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not watched.faults, "\n".join(watched.faults)
