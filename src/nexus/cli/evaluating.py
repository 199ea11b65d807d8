"""`nexus eval`: the pieces that serve real questions, on question sets, in memory and without a server."""

import asyncio
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console

from nexus.core.settings import load_settings
from nexus.ingestion.chunking import ChunkOptions, chunk
from nexus.providers.embeddings.tokens import TokenCounter
from nexus.providers.parsers.local import LocalParser
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.resources import build_embedder
from nexus.retrieval.evaluation.indexing import EvaluationTools
from nexus.retrieval.evaluation.rendering import render, render_following
from nexus.retrieval.evaluation.running import evaluate as evaluate_set
from nexus.retrieval.evaluation.scoring import SetReport


def evaluate(directories: Sequence[Path], json_file: Path | None) -> None:
    """Prints a table, and writes the figures where they are wanted after every set."""
    asyncio.run(_evaluate(directories, json_file))


def build_tools(report: Callable[[str], None]) -> EvaluationTools:
    """The pieces that serve real questions, by the settings. The embedder is the caller's to close."""
    parser, counter, options = LocalParser(), TokenCounter.load(), ChunkOptions()
    return EvaluationTools(
        # Question sets are trusted: parsing needs no child process here.
        parse=lambda path: parser.parse(path, path.name),
        chunk=lambda document: chunk(document, counter, options),
        embedder=build_embedder(load_settings()),
        index=EmbeddedIndex,
        report=report,
    )


async def _evaluate(directories: Sequence[Path], json_file: Path | None) -> None:
    tools = build_tools(Console(stderr=True, highlight=False).print)
    reports: list[SetReport] = []
    try:
        for directory in directories:
            reports.append(await evaluate_set(directory, tools))
            if json_file is not None:
                figures = json.dumps([report.as_json() for report in reports], indent=2)
                await asyncio.to_thread(json_file.write_text, figures + "\n", encoding="utf-8")
    finally:
        await tools.embedder.aclose()
    output = Console(file=sys.stdout, highlight=False)
    output.print(render(reports))
    if (followed := render_following(reports)) is not None:
        output.print(followed)
