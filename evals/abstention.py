"""How often Nexus says that it found nothing good enough: where an answer is there, and where none is.

`python -m evals.abstention DIRECTORY… [--questions N] [--json FILE]` asks each set its own questions, questions of the
other sets, and its own once more with the documents away that answer them (and with them a tenth of the set for each);
all of it with the embedding model and by words alone. One half of each set's questions draws a curve over thresholds;
the table is of the other half. A reranker changes the order, never whether an answer is tried.
"""

import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from evals.command import Show, run
from nexus.retrieval.evaluation.indexing import (
    SHELVES,
    WHOLE_SET,
    Corpus,
    EvaluationTools,
    index_documents,
    without,
)
from nexus.retrieval.evaluation.questions import EvaluationQuestion, QuestionSet, read_question_set
from nexus.retrieval.evaluation.running import search_corpus
from nexus.retrieval.ranking import CONFIDENT, confidence

SEED: Final = 7
ALLOWED: Final = 0.03
"""Share of the answerable questions that may be refused, when a threshold is chosen."""
KINDS: Final = ("answerable", "unanswerable", "of other sets", "document away")
_THRESHOLDS: Final = tuple(number / 20 for number in range(8, 31))


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, and how sure Nexus was of what it found."""

    set: str
    kind: str
    by_meaning: bool
    chosen_on: bool
    """Whether it is of the half that thresholds are chosen on."""
    confidence: float


async def ask_all(
    directories: Sequence[Path], tools: EvaluationTools, *, questions: int = 300, seed: int = SEED
) -> list[Asked]:
    """At most so many questions of a kind and set. Raises InvalidError for a folder that is no question set."""
    sets = [read_question_set(directory) for directory in directories]
    found: list[Asked] = []
    for each in sets:
        corpus = await index_documents(each, tools)
        chance = random.Random(seed)
        try:
            for kind, asked in _kinds(each, sets, questions, chance):
                for number, question in enumerate(asked):
                    found += await _ask(each, kind, question, corpus, tools, chosen_on=number % 2 == 0)
        finally:
            await corpus.index.aclose()
        tools.report(f"{each.name}: asked")
    return found


def _kinds(
    own: QuestionSet, sets: Sequence[QuestionSet], most: int, chance: random.Random
) -> list[tuple[str, list[EvaluationQuestion]]]:
    answerable, unanswerable = [q for q in own.questions if q.gold], [q for q in own.questions if not q.gold]
    # What leans on a conversation says too little about where it is asked instead.
    foreign = [q for other in sets if other is not own for q in other.questions if q.gold and not q.earlier]
    for each in (answerable, unanswerable, foreign):
        chance.shuffle(each)
    asked = (answerable, unanswerable, foreign, answerable)
    return [(kind, list(each[:most])) for kind, each in zip(KINDS, asked, strict=True)]


async def _ask(
    own: QuestionSet,
    kind: str,
    question: EvaluationQuestion,
    corpus: Corpus,
    tools: EvaluationTools,
    *,
    chosen_on: bool,
) -> list[Asked]:
    where, earlier = WHOLE_SET, question.earlier
    if kind == "document away":
        named = {name if name in corpus.shelves else name.rpartition(":")[0] for name, _, _ in question.gold}
        away = {corpus.shelves[name] for name in named if name in corpus.shelves}
        if len(away) > SHELVES // 2:
            return []
        where = without(away)
    asked: list[Asked] = []
    for by_meaning in (True, False):
        found = await search_corpus(question.text, earlier, corpus, tools, where=where, by_meaning=by_meaning)
        sure = confidence(found.ranked, found.candidates, found.question)
        asked.append(Asked(own.name, kind, by_meaning, chosen_on, sure))
    return asked


def refused(asked: Sequence[Asked], threshold: float) -> float | None:
    """The mean over the sets of the share that is refused; None without questions."""
    by_set: defaultdict[str, list[bool]] = defaultdict(list)
    for each in asked:
        by_set[each.set].append(each.confidence < threshold)
    return sum(sum(one) / len(one) for one in by_set.values()) / len(by_set) if by_set else None


def choose(asked: Sequence[Asked]) -> float:
    """The highest threshold that refuses no more of the answerable ones than is allowed."""
    answerable = [each for each in asked if each.chosen_on and each.kind == "answerable"]
    fitting = [one for one in _THRESHOLDS if (refused(answerable, one) or 0.0) <= ALLOWED]
    return max(fitting, default=_THRESHOLDS[0])


def figures_of(asked: Sequence[Asked]) -> dict[str, Any]:
    """The curve and the choice of the one half, and of the other half what is refused at CONFIDENT."""
    told: dict[str, Any] = {}
    for by_meaning, name in ((True, "with meaning"), (False, "by words alone")):
        these = [each for each in asked if each.by_meaning is by_meaning]
        curve = {
            threshold: {kind: refused(_of(these, kind, chosen_on=True), threshold) for kind in KINDS}
            for threshold in _THRESHOLDS
        }
        sets = list(dict.fromkeys(each.set for each in these))
        rows = {
            one: {kind: refused([e for e in _of(these, kind) if e.set == one], CONFIDENT) for kind in KINDS}
            for one in sets
        }
        rows["mean"] = {kind: refused(_of(these, kind), CONFIDENT) for kind in KINDS}
        told[name] = {"chosen": choose(these), "curve": curve, "refused": rows}
    return told


def _of(asked: Sequence[Asked], kind: str, *, chosen_on: bool = False) -> list[Asked]:
    return [each for each in asked if each.kind == kind and each.chosen_on is chosen_on]


def render(figures: dict[str, Any], show: Show) -> None:
    for name, told in figures.items():
        table = Table(
            "set", *KINDS, title=f"Refused, {name}, at {CONFIDENT} (chosen on the other half: {told['chosen']})"
        )
        for one, row in told["refused"].items():
            if one == "mean":
                table.add_section()
            table.add_row(one, *("–" if row[kind] is None else f"{row[kind]:.1%}" for kind in KINDS))
        show(table)
        curve = Table("threshold", *KINDS, title=f"The half that thresholds are chosen on, {name}: refused")
        for threshold, row in told["curve"].items():
            curve.add_row(f"{threshold:.2f}", *("–" if row[k] is None else f"{row[k]:.1%}" for k in KINDS))
        show(curve)


async def main(arguments: Sequence[str]) -> None:
    async def measure(directories: Sequence[Path], tools: EvaluationTools, questions: int) -> dict[str, Any]:
        return figures_of(await ask_all(directories, tools, questions=questions))

    await run("abstention", __doc__, arguments, questions=300, measure=measure, render=render)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
