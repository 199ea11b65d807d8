"""How much of an answer stands in what a model is given: hits apart, and joined with what stands beside them.

`python -m evals.context DIRECTORY… [--questions N] [--json FILE]` searches for each question of the sets, takes of the
ranking what the product takes, and measures the part of its answer in that: of gold spans the characters; of an answer
that stands word for word in a right document whether it is there; of any other the share of its words. A page's set
measures nothing here. Beside it the mean number of tokens that a model would read.
"""

import asyncio
import random
import sys
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final
from uuid import UUID

from rich.table import Table

from evals.command import Show, run
from nexus.core.text.languages import detect_language
from nexus.retrieval.evaluation.indexing import Corpus, CorpusChunk, EvaluationTools, index_documents
from nexus.retrieval.evaluation.questions import EvaluationQuestion, read_question_set
from nexus.retrieval.evaluation.running import search_corpus
from nexus.retrieval.joining import Place, join, neighbours_of
from nexus.retrieval.ranking import Ranked
from nexus.retrieval.reading import Reading
from nexus.retrieval.repeating import distinct

Measured = dict[str, dict[str, tuple[int, float, float]]]
"""By set and way of taking: as `measure` gives it."""
SEED: Final = 7
WAYS: Final = {
    "8 apart": (8, 6000, False),
    "12 apart": (12, 6000, False),
    "12 joined": (12, 6000, True),
    "12 apart, 1,500 tokens": (12, 1500, False),
    "12 joined, 1,500 tokens": (12, 1500, True),
}
"""What is taken: hits at most, tokens at most, and whether neighbours come with them. The product takes the third."""


class Held:
    """The chunks of a set as `retrieval.joining` takes them, and what is in them."""

    def __init__(self, corpus: Corpus) -> None:
        self._corpus = corpus
        versions: dict[str, UUID] = {}
        self.places: dict[UUID, Place] = {}
        for chunk_id, chunk in corpus.chunks.items():
            version = versions.setdefault(chunk.document, UUID(int=len(versions) + 1))
            self.places[chunk_id] = Place(
                chunk_id, version, chunk.ordinal, chunk.start, chunk.end, chunk.tokens, chunk.text
            )
        self._by_key = {place.key: place for place in self.places.values()}
        self._forms: dict[UUID, Collection[str]] = {}

    def take(self, ranked: Sequence[Ranked], most: int, budget: int, *, joined: bool) -> list[UUID]:
        """The chunks that a model would be given, none twice."""
        best = ranked[: 2 * most]
        texts = [self._corpus.chunks[one.candidate.chunk_id].read for one in best]
        kept = [best[number] for number in distinct(texts)[:most]]
        hits, scores = [self.places[one.candidate.chunk_id] for one in kept], [one.score for one in kept]
        keys = neighbours_of(hits, scores) if joined else []
        near = {key: self._by_key[key] for key in keys if key in self._by_key}
        return [place.chunk_id for each in join(hits, scores, near, budget) for place in each.places]

    def share(self, question: EvaluationQuestion, chunk_ids: Sequence[UUID]) -> float | None:
        """From 0 to 1, the part of the answer in these chunks; None where the set does not say what the answer is."""
        chunks = [self._corpus.chunks[each] for each in chunk_ids]
        if any(end for _, _, end in question.gold):
            return _characters(question, chunks)
        if not question.answers:
            return None
        right = {document for document, _, _ in question.gold}
        texts = [_plain(self._corpus.texts[each]) for each in right if each in self._corpus.texts]
        literal = [answer for answer in map(_plain, question.answers) if any(answer in text for text in texts)]
        if not literal:
            return self._words(question.answers[0], chunk_ids)
        given = _together([chunk for chunk in chunks if chunk.document in right])
        return float(any(answer in text for answer in literal for text in given))

    def _words(self, answer: str, chunk_ids: Sequence[UUID]) -> float | None:
        language = detect_language(answer)
        wanted = {token.form for token in Reading.of(answer, language).content}
        for chunk_id in chunk_ids:
            if chunk_id not in self._forms:
                self._forms[chunk_id] = frozenset(Reading.of(self._corpus.chunks[chunk_id].read, language).forms)
        given = set[str]().union(*(self._forms[each] for each in chunk_ids))
        return len(wanted & given) / len(wanted) if wanted else None


def _characters(question: EvaluationQuestion, chunks: Sequence[CorpusChunk]) -> float:
    whole = covered = 0
    for document, start, end in question.gold:
        spans = [range(max(start, each.start), min(end, each.end)) for each in chunks if each.document == document]
        covered += len({position for span in spans for position in span})
        whole += end - start
    return covered / whole


def _together(chunks: Sequence[CorpusChunk]) -> list[str]:
    """The texts of documents, as far as these chunks go, in their order."""
    by_document: defaultdict[str, list[CorpusChunk]] = defaultdict(list)
    for chunk in chunks:
        by_document[chunk.document].append(chunk)
    return [
        " ".join(_plain(chunk.text) for chunk in sorted(own, key=lambda one: one.ordinal))
        for own in by_document.values()
    ]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


async def measure(
    directory: Path, tools: EvaluationTools, *, questions: int, seed: int = SEED
) -> dict[str, tuple[int, float, float]]:
    """By way of taking: questions, the mean share of the answer, the mean number of tokens."""
    own = read_question_set(directory)
    corpus = await index_documents(own, tools)
    held = Held(corpus)
    asked = [each for each in own.questions if each.gold]
    random.Random(seed).shuffle(asked)
    shares: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    try:
        for question in asked[:questions]:
            ranked = (await search_corpus(question.text, question.earlier, corpus, tools)).ranked
            for name, (most, budget, joined) in WAYS.items():
                taken = held.take(ranked, most, budget, joined=joined)
                if (share := held.share(question, taken)) is not None:
                    shares[name].append((share, sum(held.places[each].tokens for each in taken)))
    finally:
        await corpus.index.aclose()
    return {
        name: (len(each), sum(share for share, _ in each) / len(each), sum(tokens for _, tokens in each) / len(each))
        for name, each in shares.items()
    }


def render(figures: Measured, show: Show) -> None:
    table = Table("set", "questions", *WAYS, title="Share of the answer in what is given, and tokens")
    for name, by_way in figures.items():
        if by_way:
            cells = (f"{share:.3f} ({tokens:,.0f})" for _, share, tokens in by_way.values())
            table.add_row(name, str(next(iter(by_way.values()))[0]), *cells)
    show(table)


async def main(arguments: Sequence[str]) -> None:
    async def measure_all(directories: Sequence[Path], tools: EvaluationTools, questions: int) -> Measured:
        return {each.name: await measure(each, tools, questions=questions) for each in directories}

    await run("context", __doc__, arguments, questions=500, measure=measure_all, render=render)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
