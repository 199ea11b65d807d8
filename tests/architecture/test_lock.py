"""That `npm ci` finds in the lock what it asks for on every system, whichever system the lock was made on."""

import json
from pathlib import Path
from typing import Any

import pytest

WEB = Path(__file__).parents[2] / "web"


@pytest.fixture(scope="module")
def packages() -> dict[str, dict[str, Any]]:
    """What the lock says of each package, by its place."""
    return json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]


def test_every_optional_package_is_in_the_lock(packages: dict[str, dict[str, Any]]) -> None:
    missing = [
        f"{name}, asked for by {place}"
        for place, package in packages.items()
        for name in package.get("optionalDependencies", {})
        if f"node_modules/{name}" not in packages and f"{place}/node_modules/{name}" not in packages
    ]

    assert not missing, f"run `npm install && node scripts/lock.mjs` in web: {missing}"


@pytest.mark.parametrize("builder", ["@next/swc-{}", "@tailwindcss/oxide-{}", "@biomejs/cli-{}"])
@pytest.mark.parametrize("system", ["linux-x64", "linux-arm64", "darwin-x64", "darwin-arm64", "win32-x64"])
def test_what_builds_the_page_is_there_for_every_system(
    packages: dict[str, dict[str, Any]], builder: str, system: str
) -> None:
    assert any(place.startswith("node_modules/" + builder.format(system)) for place in packages)


def test_the_lock_is_of_these_dependencies(packages: dict[str, dict[str, Any]]) -> None:
    wanted = json.loads((WEB / "package.json").read_text(encoding="utf-8"))

    assert packages[""].get("dependencies") == wanted["dependencies"]
    assert packages[""].get("devDependencies") == wanted["devDependencies"]


def test_nothing_is_fetched_from_elsewhere_than_the_registry(packages: dict[str, dict[str, Any]]) -> None:
    elsewhere = [
        place
        for place, package in packages.items()
        if not package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/")
    ]

    assert not elsewhere
