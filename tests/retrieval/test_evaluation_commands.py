"""The commands that the figures come from start by themselves, and run to their end over a small set."""

import asyncio
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from evals import abstention, context, hints
from test_support_evaluation import question_set

ROOT = Path(__file__).parents[2]
COMMANDS = [
    f"{path.parent.name}.{path.stem}".removesuffix(".__main__")
    for folder in ("evals", "benchmarks")
    for path in sorted((ROOT / folder).glob("*.py"))
    if "if __name__" in (text := path.read_text(encoding="utf-8")) and ("ArgumentParser(" in text or "evals." in text)
]


@pytest.mark.parametrize("command", COMMANDS)
async def test_it_starts(command: str) -> None:
    """As a person starts it: from the checkout, with nothing added to the path."""
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", command, "--help", cwd=ROOT, stdout=asyncio.subprocess.PIPE, env={"COLUMNS": "120"}
    )
    told, _ = await asyncio.wait_for(started.communicate(), timeout=60)
    assert started.returncode == 0
    assert told.startswith(b"usage:")


async def run(command: ModuleType, folder: Path) -> dict[str, Any]:
    figures = folder / "figures.json"
    await command.main([str(question_set(folder)), "--json", str(figures)])
    return json.loads(await asyncio.to_thread(figures.read_text))


async def test_what_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = await run(abstention, tmp_path)
    assert set(figures) == {"with meaning", "by words alone"}
    for told in figures.values():
        assert 0.0 <= told["refused"]["mean"]["answerable"] <= 1.0
        assert told["refused"]["mean"]["of other sets"] is None, "there is no other set"
        assert all(row["document away"] is not None for row in told["curve"].values())
    assert "Refused, by words alone" in capsys.readouterr().out


async def test_what_a_model_is_given(tmp_path: Path) -> None:
    [figures] = (await run(context, tmp_path)).values()
    assert set(figures) == set(context.WAYS)
    for questions, share, tokens in figures.values():
        assert questions == 4
        assert share > 0.7, "all of so small a set is given; one answer is in no document"
        assert tokens > 20


async def test_what_hints_do(tmp_path: Path) -> None:
    [figures] = (await run(hints, tmp_path)).values()
    for questions, before, after in figures.values():
        assert questions > 0
        assert 0.0 < before <= 1.0
        assert 0.0 < after <= 1.0
