"""The page's walls: who may import whom, how long a component may be, and where its texts stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web"
LONGEST_COMPONENT = 250
LONGEST_PAGE = 60
_IMPORT = re.compile(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']""")


def sources(folder: str, *endings: str) -> list[Path]:
    return sorted(path for path in (WEB / folder).rglob("*") if path.suffix in (endings or (".ts", ".tsx")))


def imported(path: Path) -> Iterator[Path]:
    """What of our own a file imports, as places below `web`."""
    for name in _IMPORT.findall(path.read_text(encoding="utf-8")):
        if name.startswith("@/"):
            yield Path(name.removeprefix("@/"))
        elif name.startswith("."):
            yield (path.parent / name).resolve().relative_to(WEB)


@pytest.mark.parametrize("folder", ["app", "features", "components"])
def test_components_are_short(folder: str) -> None:
    limit = LONGEST_PAGE if folder == "app" else LONGEST_COMPONENT
    long = {
        str(path.relative_to(WEB)): lines
        for path in sources(folder, ".tsx")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > limit
    }
    assert not long


def test_features_do_not_know_each_other() -> None:
    crossed = [
        f"{path.relative_to(WEB)} imports {other}"
        for path in sources("features")
        for other in imported(path)
        if other.parts[0] == "features" and other.parts[1] != path.relative_to(WEB).parts[1]
    ]
    assert not crossed


def test_kit_and_ground_know_no_feature() -> None:
    crossed = [
        f"{path.relative_to(WEB)} imports {other}"
        for folder in ("components", "lib")
        for path in sources(folder)
        for other in imported(path)
        if other.parts[0] in ("features", "app") or (folder == "lib" and other.parts[0] == "components")
    ]
    assert not crossed


def test_nothing_writes_markup_by_itself() -> None:
    raw = re.compile(r"dangerouslySetInnerHTML|\.innerHTML\s*=|insertAdjacentHTML|document\.write")
    found = [
        str(path.relative_to(WEB))
        for folder in ("app", "features", "components", "lib")
        for path in sources(folder)
        if ".test." not in path.name
        if raw.search(path.read_text(encoding="utf-8"))
    ]
    assert not found


def test_no_text_stands_outside_of_a_catalogue() -> None:
    """Words between tags, and in the attributes that are read aloud."""
    told = re.compile(r">\s*[A-Z][a-z]+(?: [a-z]+)+[.!?]?\s*<|(?:aria-label|placeholder|title|alt)=\"[A-Z][^\"]*\"")
    found = [
        f"{path.relative_to(WEB)}: {match.group(0).strip()}"
        for folder in ("app", "features", "components")
        for path in sources(folder, ".tsx")
        if ".test." not in path.name
        for match in told.finditer(path.read_text(encoding="utf-8"))
    ]
    assert not found
