"""What hints in questions ("in 2023") do to the ranking: where they are right, where they are wrong, and by accident.

`python -m evals.hints DIRECTORY… [--questions N] [--json FILE]` gives each document of a set a year by chance, and asks
its questions with "in" and the year of a right document behind them, with another year, and as they are (those that
speak of a year themselves, about something in the text). nDCG@10 without and with the hints, of the same words.
"""

import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from rich.table import Table

from evals.command import Show, run
from nexus.retrieval.evaluation.indexing import Corpus, EvaluationTools, index_documents
from nexus.retrieval.evaluation.questions import EvaluationQuestion, read_question_set
from nexus.retrieval.evaluation.running import search_corpus
from nexus.retrieval.evaluation.scoring import score_ranking
from nexus.retrieval.hints import Facts, prefer, read_hints
from nexus.retrieval.ranking import Ranked

Measured = dict[str, dict[str, tuple[int, float, float]]]
"""By set and kind of hint: as `measure` gives it."""
SEED: Final = 7
TODAY: Final = date(2026, 6, 30)
_YEARS: Final = range(2015, 2025)
_NOBODY: Final = UUID(int=0)


async def measure(
    directory: Path, tools: EvaluationTools, *, questions: int, seed: int = SEED
) -> dict[str, tuple[int, float, float]]:
    """By kind of hint: questions, and the mean nDCG@10 without and with it."""
    own, chance = read_question_set(directory), random.Random(seed)
    corpus = await index_documents(own, tools)
    years = {name: chance.choice(_YEARS) for name in corpus.texts}
    asked = [each for each in own.questions if each.gold and not each.earlier and own.unit == "document"]
    chance.shuffle(asked)
    scores: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    try:
        for question in asked[:questions]:
            for kind, text in _asked(question, years, chance):
                scores[kind].append(await _score(text, question, years, corpus, tools))
    finally:
        await corpus.index.aclose()
    return {
        kind: (len(pairs), sum(one for one, _ in pairs) / len(pairs), sum(two for _, two in pairs) / len(pairs))
        for kind, pairs in scores.items()
    }


def _asked(question: EvaluationQuestion, years: Mapping[str, int], chance: random.Random) -> Iterator[tuple[str, str]]:
    right = {years[name] for name, _, _ in question.gold if name in years}
    if not right:
        return
    if read_hints(question.text, TODAY):
        yield "by accident", question.text
        return
    bare = question.text.rstrip("? ")
    yield "right", f"{bare} in {min(right)}?"
    yield "wrong", f"{bare} in {chance.choice([year for year in _YEARS if year not in right])}?"


async def _score(
    text: str, question: EvaluationQuestion, years: Mapping[str, int], corpus: Corpus, tools: EvaluationTools
) -> tuple[float, float]:
    found = await search_corpus(text, (), corpus, tools)
    relevant = {name for name, _, _ in question.gold}
    facts = {
        one.candidate.document_id: Facts(
            _NOBODY,
            "text/markdown",
            datetime(years[corpus.chunks[one.candidate.chunk_id].document], 6, 1, tzinfo=UTC),
            "",
        )
        for one in found.ranked
    }

    def ndcg(ranked: Sequence[Ranked]) -> float:
        names = dict.fromkeys(corpus.chunks[one.candidate.chunk_id].document for one in ranked)
        return score_ranking(list(names), relevant).ndcg

    return ndcg(found.ranked), ndcg(prefer(found.ranked, read_hints(text, TODAY), facts))


def render(figures: Measured, show: Show) -> None:
    table = Table("set", "hint", "questions", "nDCG@10 without", "with", title="Hints in questions")
    for name, kinds in figures.items():
        for kind, (count, without, with_hints) in kinds.items():
            table.add_row(name, kind, str(count), f"{without:.3f}", f"{with_hints:.3f}")
    show(table)


async def main(arguments: Sequence[str]) -> None:
    async def measure_all(directories: Sequence[Path], tools: EvaluationTools, questions: int) -> Measured:
        return {each.name: await measure(each, tools, questions=questions) for each in directories}

    await run("hints", __doc__, arguments, questions=500, measure=measure_all, render=render)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
