"""How well the check of answers tells sentences that stand in their sources from those that do not.

`python -m evals.support DIRECTORY… [--sentences N] [--json FILE]` prints one table over question sets in the form that
`README.md` describes.
"""

import argparse
import asyncio
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.labelled import SEED, Labelled, labelled_sentences
from nexus.chat.checking import Embed, check_claim
from nexus.chat.claims import Claim
from nexus.core.settings import load_settings
from nexus.resources import build_embedder


async def mark(sentences: Sequence[Labelled], embed: Embed) -> list[bool]:
    """Whether each one is marked as not said by its sources."""
    marked: list[bool] = []
    for each in sentences:
        claim = Claim(0, len(each.sentence), each.sentence, (1,))
        finding = await check_claim(claim, each.sources, each.sources, embed)
        marked.append(finding.doubt is not None)
    return marked


def figures_of(sentences: Sequence[Labelled], marked: Sequence[bool]) -> list[dict[str, Any]]:
    """A row for each label; of the supported ones also for each set and origin. `precision` is over all labels."""
    counts: defaultdict[tuple[str, str], Counter[bool]] = defaultdict(Counter)
    for each, is_marked in zip(sentences, marked, strict=True):
        corrupted = each.label != "supported"
        counts[each.label, ""][is_marked] += 1
        if corrupted:
            counts["corrupted, all", ""][is_marked] += 1
        else:
            counts[each.label, each.set][is_marked] += 1
            counts[each.label, each.origin][is_marked] += 1
    return [
        {"label": label, "part": part, "sentences": seen.total(), "marked": seen[True] / seen.total()}
        for (label, part), seen in sorted(counts.items())
    ]


def precision(sentences: Sequence[Labelled], marked: Sequence[bool]) -> float:
    """Of the marked ones, the share that was corrupted; of as many corrupted as supported ones."""
    right = [is_marked for each, is_marked in zip(sentences, marked, strict=True) if each.label != "supported"]
    wrong = [is_marked for each, is_marked in zip(sentences, marked, strict=True) if each.label == "supported"]
    recall, false = sum(right) / max(len(right), 1), sum(wrong) / max(len(wrong), 1)
    return recall / (recall + false) if recall + false else 1.0


async def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.support", description=__doc__)
    parser.add_argument("directories", nargs="+", type=Path)
    parser.add_argument("--sentences", type=int, default=6000, help="how many of them, drawn at random")
    parser.add_argument("--words", action="store_true", help="by words alone, without the embedding model")
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args(arguments)
    sentences = labelled_sentences(wanted.directories)
    random.Random(SEED).shuffle(sentences)
    sentences = sentences[: wanted.sentences]
    embedder = build_embedder(load_settings())

    async def nobody(_: Sequence[str]) -> None:
        return None

    began = time.process_time()
    try:
        marked = await mark(sentences, nobody if wanted.words else embedder.embed_documents)
    finally:
        await embedder.aclose()
    milliseconds = 1000 * (time.process_time() - began) / max(len(sentences), 1)
    rows, share = figures_of(sentences, marked), precision(sentences, marked)
    table = Table("what it is", "of", "sentences", "marked", title="Sentences that are marked as not in their sources")
    for row in rows:
        table.add_row(row["label"], row["part"], str(row["sentences"]), f"{row['marked']:.1%}")
    console = Console(file=sys.stdout, highlight=False)
    console.print(table)
    console.print(
        f"precision {share:.3f} (as many corrupted as supported); {milliseconds:.1f} ms of processor a sentence"
    )
    if wanted.json:
        figures = {"rows": rows, "precision": share, "cpu_ms": milliseconds}
        await asyncio.to_thread(wanted.json.write_text, json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
