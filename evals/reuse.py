"""What it costs to give a question another one's search: nearness in meaning, the same words, and both.

`python -m evals.reuse DIRECTORY… [--questions N] [--json FILE]` asks each question of the sets once more in its words
alone, without stop words, as they stand and in the opposite order: the product takes such questions for the same search
where their meanings are near enough. By how near they are, it prints how well the one's ranking serves the other,
beside the ranking of its own. And it counts which different questions of a set would have been taken for the same by
nearness alone, and how many of those have a right result in common.
"""

import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.table import Table

from evals.command import Show, run
from nexus.retrieval.evaluation.indexing import EvaluationTools, index_documents
from nexus.retrieval.evaluation.questions import EvaluationQuestion, read_question_set
from nexus.retrieval.evaluation.running import score_found, search_corpus
from nexus.retrieval.ranking import Question, read_question

SEED: Final = 7
BOUNDS: Final = (1.01, 0.98, 0.95, 0.92, 0.88, 0.8, -1.0)
"""Of the bands of cosine."""
_ROWS: Final = 512


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its words alone: how near they are, and how right each ranking is for the question."""

    cosine: float
    own: float
    others: float


def words_of(question: Question) -> frozenset[tuple[int, ...]]:
    return frozenset(word.ids for word in question.words)


def wordings(question: Question) -> Iterator[str]:
    words = [word.text for word in question.words]
    yield " ".join(words)
    yield " ".join(reversed(words))


async def measure(directory: Path, tools: EvaluationTools, *, questions: int, seed: int = SEED) -> dict[str, Any]:
    own = read_question_set(directory)
    corpus = await index_documents(own, tools)
    asked = [each for each in own.questions if each.gold and not each.earlier]
    random.Random(seed).shuffle(asked)
    pairs: list[Pair] = []
    try:
        languages = corpus.common_languages() or None
        for question in asked[:questions]:
            first = read_question(question.text, languages)
            vector = await tools.embedder.embed_query(question.text)
            right = score_found(await search_corpus(question.text, (), corpus, tools), question, own, corpus).ndcg
            for text in wordings(first):
                if text and words_of(read_question(text, languages)) == words_of(first):
                    found = await search_corpus(text, (), corpus, tools)
                    cosine = float(np.dot(vector, await tools.embedder.embed_query(text)))
                    pairs.append(Pair(cosine, right, score_found(found, question, own, corpus).ndcg))
    finally:
        await corpus.index.aclose()
    return {"same words": _by_band(pairs), "nearness alone": await _near(own.questions, tools)}


def _by_band(pairs: Sequence[Pair]) -> dict[str, tuple[int, float, float]]:
    """By the least cosine of the band: pairs, mean nDCG@10 of the own ranking, and of the other's."""
    bands: dict[str, tuple[int, float, float]] = {}
    for upper, lower in pairwise(BOUNDS):
        of = [pair for pair in pairs if lower <= pair.cosine < upper]
        if of:
            mean = (sum(pair.own for pair in of) / len(of), sum(pair.others for pair in of) / len(of))
            bands[str(lower)] = (len(of), *mean)
    return bands


async def _near(questions: Sequence[EvaluationQuestion], tools: EvaluationTools) -> dict[str, tuple[int, int, int]]:
    """By the least cosine of the band: pairs of different questions, those with a right result in common, and of all
    of them those in the same words."""
    texts = [question.text for question in questions if not question.earlier]
    gold = [frozenset(question.gold) for question in questions if not question.earlier]
    words = [words_of(read_question(text)) for text in texts]
    vectors = np.array(await tools.embedder.embed_documents(texts), np.float32)
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for start in range(0, len(texts), _ROWS):
        cosines = vectors[start : start + _ROWS] @ vectors.T
        for row, column in zip(*np.nonzero(cosines >= BOUNDS[4]), strict=True):
            one, other = int(start + row), int(column)
            if one < other and texts[one] != texts[other]:
                band = next(lower for lower in BOUNDS[1:] if cosines[row, column] >= lower)
                count = counts[str(band)]
                count[0] += 1
                count[1] += not gold[one].isdisjoint(gold[other])
                count[2] += words[one] == words[other]
    return {str(bound): (*counts[str(bound)],) for bound in BOUNDS[1:5] if str(bound) in counts}  # type: ignore[misc]


def render(figures: dict[str, Any], show: Show) -> None:
    table = Table("set", "cosine from", "pairs", "nDCG@10, own search", "the other wording's", title="The same words")
    near = Table("set", "cosine from", "pairs", "same right result", "same words", title="Different questions")
    for name, of in figures.items():
        for bound, (count, own, others) in of["same words"].items():
            table.add_row(name, bound, str(count), f"{own:.3f}", f"{others:.3f}")
        for bound, counts in of["nearness alone"].items():
            near.add_row(name, bound, *map(str, counts))
    show(table)
    show(near)


async def main(arguments: Sequence[str]) -> None:
    async def measure_all(directories: Sequence[Path], tools: EvaluationTools, questions: int) -> dict[str, Any]:
        return {each.name: await measure(each, tools, questions=questions) for each in directories}

    await run("reuse", __doc__, arguments, questions=300, measure=measure_all, render=render)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
