"""The page's server and what tests do with a page again and again."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import ConsoleMessage, Page, Request

ROOT = Path(__file__).parents[2]
OUT = Path(__file__).parent / "out"
EMAIL, PASSWORD = "founder@acme.test", "plum-orbit-lantern"
_AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_READY_SECONDS = 60.0
_EXPECTED = ("Failed to load resource: the server responded with a status of 4",)
"""What Chromium writes to the console by itself when the server refuses something, as some tests want it to."""


@dataclass(frozen=True, slots=True)
class Hub:
    """A running server."""

    url: str
    folder: Path

    @property
    def password(self) -> str:
        """With which everybody signs in."""
        seeded = self.folder / "password"
        return seeded.read_text(encoding="utf-8") if seeded.is_file() else PASSWORD

    def setup_path(self) -> str:
        """The one-time link's path and fragment, as the server printed it."""
        printed = (self.folder / "serve.log").read_text(encoding="utf-8")
        return "/setup" + printed.split("/setup", 1)[1].split()[0]


@contextmanager
def running_hub(folder: Path, **settings: str) -> Iterator[Hub]:
    """`settings` by their names without the prefix, as `LLM__MODEL`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data" / "server.json").unlink(missing_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEXUS_")}
    environment |= {"NEXUS_DATA_DIR": str(folder / "data"), "NEXUS_HTTP__PORT": "0", "PYTHONUNBUFFERED": "1"}
    environment |= {f"NEXUS_{name}": value for name, value in settings.items()}
    with (folder / "serve.log").open("ab") as log:
        command = [sys.executable, "-m", "nexus.cli", "serve"]
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        yield Hub(_address(folder, process), folder)
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _address(folder: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + _READY_SECONDS
    known = folder / "data" / "server.json"
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return str(json.loads(known.read_text(encoding="utf-8"))["url"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise AssertionError((folder / "serve.log").read_text(encoding="utf-8")[-3000:])


FOUNDER = {"SUPER_ADMIN__EMAIL": EMAIL, "SUPER_ADMIN__PASSWORD": PASSWORD}


@dataclass
class Watched:
    """What a page did that no page of ours may do. `allowed`: beginnings of what a test brings about itself."""

    faults: list[str] = field(default_factory=list[str])
    allowed: tuple[str, ...] = _EXPECTED
    origins: tuple[str, ...] = ()
    """Where else a test leads its page, as to an identity provider."""

    def attach(self, page: Page, origin: str) -> None:
        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning") and not message.text.startswith(self.allowed):
                self.faults.append(f"console: {message.text}")

        def on_request(request: Request) -> None:
            if not request.url.startswith((f"{origin}/", "data:", f"blob:{origin}/", *self.origins)):
                self.faults.append(f"a request left: {request.url}")

        page.on("console", on_console)
        page.on("pageerror", lambda error: self.faults.append(f"page: {error}"))
        page.on("request", on_request)


def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    page.goto("/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/chat/**")


def wait_until_shown(page: Page) -> None:
    """The page itself, not what stands there while the server is asked who is signed in."""
    page.locator("main:not([aria-busy=true]) h1").first.wait_for(state="attached")


def check_accessibility(page: Page) -> int:
    """Fails with what axe finds on the page, once it is shown. How many of its rules the page has met."""
    wait_until_shown(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    violations = [
        "\n".join([f"{one['id']}: {one['help']}", *map(_describe, one["nodes"][:4])]) for one in found["violations"]
    ]
    assert not violations, "\n".join(violations)
    return len(found["passes"])


def _describe(node: dict[str, Any]) -> str:
    return f"    {node['html'][:160]}\n        {' '.join(str(node['failureSummary']).split())[:240]}"


def photograph(page: Page, name: str) -> None:
    """Keeps a picture for people below `tests/page/out`."""
    OUT.mkdir(exist_ok=True)
    page.screenshot(path=str(OUT / f"{name}.png"))
