"""The page in a real Chromium, against a real `nexus serve` on a data folder of its own."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from page_hub import FOUNDER, Hub, Watched, running_hub
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.doubles.openai_chat import OpenAIDouble


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the demo company, to be copied."""
    folder = tmp_path_factory.mktemp("seeded")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    environment |= {"NEXUS_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-m", "nexus.cli", "seed", "--demo"]
    said = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=300)
    (folder / "password").write_text(said.stdout.split("with the password ", 1)[1].split()[0], encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """An installation with its founder and nothing else; answers are quotations."""
    with running_hub(tmp_path_factory.mktemp("hub"), **FOUNDER) as hub:
        yield hub


@pytest.fixture(scope="module")
def demo_hub(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The demo company; answers are quotations. `sign_in(page, "hannah.cole@hollinvane.example", demo_hub.password)`"""
    folder = tmp_path_factory.mktemp("demo") / "hub"
    shutil.copytree(seeded, folder)
    with running_hub(folder) as hub:
        yield hub


@pytest.fixture(scope="module")
def model() -> Iterator[OpenAIDouble]:
    """A language model's server whose models do what their names say, as `words?rate=30&tokens=300`."""
    with OpenAIDouble() as double:
        yield double


@pytest.fixture(scope="module")
def told_hub(seeded: Path, model: OpenAIDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The demo company with a model that does what `model.dictate(…)` said last."""
    folder = tmp_path_factory.mktemp("told") / "hub"
    shutil.copytree(seeded, folder)
    with running_hub(folder, LLM__BASE_URL=model.base_url, LLM__MODEL="dictated") as hub:
        yield hub


@pytest.fixture
def start_demo_hub(seeded: Path, model: OpenAIDouble, tmp_path: Path) -> Iterator[Callable[[str], Hub]]:
    """`start_demo_hub("words?rate=30")` is the demo company with that model."""
    with ExitStack() as stack:

        def start(script: str) -> Hub:
            folder = tmp_path / f"hub-{len(list(tmp_path.iterdir()))}"
            shutil.copytree(seeded, folder)
            settings = {"LLM__BASE_URL": model.base_url, "LLM__MODEL": script}
            return stack.enter_context(running_hub(folder, **settings))

        yield start


# Not for the session: while Playwright runs, its thread has a running event loop, which asynchronous tests cannot bear.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
def open_page(browser: Browser, watched: Watched) -> Iterator[Any]:
    """`open_page(hub, width=…, dark=…)` is a tab of a browser of its own; what no page may do fails the test."""
    contexts: list[BrowserContext] = []

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
        # Every tab of it, those that the page opens too.
        context.on("page", lambda page: watched.attach(page, hub.url))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert not watched.faults, "\n".join(watched.faults)
