"""The paper around the code keeps its promises: short decisions, whole links, every noun explained."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RECORDS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
TEXTS = {".md", ".py", ".toml", ".json", ".jsonl", ".yaml", ".yml", ".txt", ".html", ".eml", ".sh", ".cfg", ".ini", ""}


def tracked() -> list[Path]:
    """Files that git knows and that are there."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in listing.split("\0") if name and (path := ROOT / name).is_file()]


def glossary() -> dict[str, str]:
    """Word → meaning, of the tables before the forbidden words."""
    text, _, _ = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").partition("## Words we do not use")
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    return {word: meaning for words, meaning in rows if words not in {"Word", "---"} for word in words.split(", ")}


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_decision_is_short_and_says_what_enforces_it(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").rstrip().splitlines()

    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
    assert re.match(rf"# (ADR )?{path.name[:4]}\b", lines[0])
    assert len(lines) <= 60
    assert lines[-1].startswith("Enforced by: ")


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")

    assert [path.name[:4] for path in RECORDS] == [f"{number:04}" for number in range(1, len(RECORDS) + 1)]
    assert re.findall(r"\]\((\d{4}-[^)]+)\)", index) == [path.name for path in RECORDS]


def test_the_glossary_defines_every_word_once_in_one_sentence() -> None:
    words = glossary()

    assert len(words) > 50
    for word, meaning in words.items():
        assert meaning.endswith("."), word
        assert ". " not in meaning, word


def test_the_glossary_knows_every_table() -> None:
    models = [path.read_text(encoding="utf-8") for path in (ROOT / "src/nexus").rglob("models.py")]
    tables = {name for text in models for name in re.findall(r'__tablename__ = "(\w+)"', text)}
    words = {word.replace("-", " ").lower() for word in glossary()}

    assert tables
    assert {table for table in tables if table.replace("_", " ") not in words} == set()


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in tracked():
        if path.suffix != ".md" or "demo/files" in path.as_posix() or "tests" in path.parts:
            continue
        for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if (
                ":" not in target
                and not target.startswith("#")
                and not (path.parent / target.partition("#")[0]).exists()
            ):
                broken.append(f"{path.relative_to(ROOT)}: {target}")
    assert broken == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    machine = re.compile(r"(?<![\w.:/<$}-])/(?:work|root|tmp|Users)/[\w.-]+")
    found = []
    for path in tracked():
        if path.suffix not in TEXTS or path.name == "uv.lock":
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := machine.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    assert found == []
