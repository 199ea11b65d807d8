"""What the commands over question sets share: folders, a number of questions, a table, and the figures as JSON."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console

from nexus.cli.evaluating import build_tools
from nexus.retrieval.evaluation.indexing import EvaluationTools

Figures = TypeVar("Figures")
Show = Callable[[Any], None]


async def run(
    name: str,
    description: str | None,
    arguments: Sequence[str],
    *,
    questions: int,
    measure: Callable[[Sequence[Path], EvaluationTools, int], Awaitable[Figures]],
    render: Callable[[Figures, Show], None],
) -> None:
    """`questions`: of a set, at most, where nobody says another number. `render` shows what `measure` found."""
    parser = argparse.ArgumentParser(prog=f"python -m evals.{name}", description=description)
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--questions", type=int, default=questions, help="of a kind and set, at most")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args(arguments)
    tools = build_tools(Console(stderr=True, highlight=False).print)
    try:
        figures = await measure(wanted.directories, tools, wanted.questions)
    finally:
        await tools.embedder.aclose()
    render(figures, Console(file=sys.stdout, highlight=False, width=140).print)
    if wanted.json:
        await asyncio.to_thread(wanted.json.write_text, json.dumps(figures, indent=2) + "\n", encoding="utf-8")
