"""Asking the questions of a set, with the pieces that serve real ones."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from nexus.providers.vectors.base import Candidates, IndexFilter
from nexus.retrieval.evaluation.indexing import WHOLE_SET, Corpus, EvaluationTools, index_documents
from nexus.retrieval.evaluation.questions import EvaluationQuestion, QuestionSet, read_question_set
from nexus.retrieval.evaluation.scoring import Following, Scores, SetReport, Share, mean_scores, score_ranking
from nexus.retrieval.extractive import Passage, quote
from nexus.retrieval.following import earlier_questions, follow, follow_meaning, joined
from nexus.retrieval.ranking import (
    CONFIDENT,
    RESCORED,
    Question,
    Ranked,
    WordFinder,
    confidence,
    fuse,
    rank,
    read_question,
    word_weights,
)

_CANDIDATES = 100
_QUOTED_PASSAGES = 5
_COVERED = 0.5
"""A chunk answers when it covers this share of a gold span."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question's outcome."""

    keyword: Scores
    dense: Scores
    hybrid: Scores
    abstained: bool
    answered: bool


async def evaluate(directory: Path, tools: EvaluationTools) -> SetReport:
    """Index the set in memory, ask every question, score. Raises InvalidError for a folder that is no set."""
    began = time.perf_counter()
    questions = read_question_set(directory)
    corpus = await index_documents(questions, tools)
    tools.report(f"{questions.name}: {len(corpus.chunks):,} chunks, asking {len(questions.questions):,} questions")
    try:
        asked = [(question, await _ask(question, questions, corpus, tools)) for question in questions.questions]
        following = await _follow([pair for pair in asked if pair[0].gold], questions, corpus, tools)
    finally:
        await corpus.index.aclose()
    answerable = [outcome for question, outcome in asked if question.gold]
    unanswerable = [outcome for question, outcome in asked if not question.gold]
    quotable = [outcome for question, outcome in asked if _is_quotable(question, corpus)]
    return SetReport(
        name=questions.name,
        queries=len(answerable),
        keyword=mean_scores([outcome.keyword for outcome in answerable]),
        dense=mean_scores([outcome.dense for outcome in answerable]),
        hybrid=mean_scores([outcome.hybrid for outcome in answerable]),
        abstained=Share(sum(outcome.abstained for outcome in unanswerable), len(unanswerable)),
        wrongly_abstained=Share(sum(outcome.abstained for outcome in answerable), len(answerable)),
        answered=Share(sum(outcome.answered for outcome in quotable), len(quotable)),
        documents=corpus.documents,
        chunks=len(corpus.chunks),
        unreadable=corpus.unreadable,
        seconds=time.perf_counter() - began,
        following=following,
    )


@dataclass(frozen=True, slots=True)
class Found:
    question: Question
    candidates: Candidates
    ranked: Sequence[Ranked]


async def search_corpus(
    text: str,
    earlier: Sequence[str],
    corpus: Corpus,
    tools: EvaluationTools,
    *,
    where: IndexFilter = WHOLE_SET,
    by_meaning: bool = True,
) -> Found:
    """As `Retriever.search` does it; without `by_meaning`, as where no embedding model is at hand."""
    languages, spoken = corpus.common_languages() or None, tools.embedder.spec.languages
    read = read_question(text, languages, spoken=spoken)
    vector = await tools.embedder.embed_query(text) if by_meaning else None
    if earlier := earlier_questions(earlier):
        if vector is not None:
            vector = follow_meaning(read, vector, await tools.embedder.embed_query(joined(text, earlier)))
        read = follow(read, [read_question(one, languages, spoken=spoken) for one in earlier])
    candidates = await corpus.index.search(where, vector, read.terms, _CANDIDATES)
    texts = {
        one.candidate.chunk_id: corpus.chunks[one.candidate.chunk_id].read for one in fuse(candidates, read)[:RESCORED]
    }
    return Found(read, candidates, rank(candidates, read, texts))


def score_found(found: Found, question: EvaluationQuestion, questions: QuestionSet, corpus: Corpus) -> Scores:
    """How right what was found is for this question, for which it may not have been searched."""
    results = _results([one.candidate.chunk_id for one in found.ranked], questions, corpus, lambda _: 0.0)
    return score_ranking(results, _relevant(question, questions, corpus))


async def _follow(
    answerable: Sequence[tuple[EvaluationQuestion, _Asked]],
    questions: QuestionSet,
    corpus: Corpus,
    tools: EvaluationTools,
) -> Following | None:
    """What else one might search for than what we do, where the questions are of conversations."""
    if not any(question.earlier for question, _ in answerable):
        return None

    async def score(question: EvaluationQuestion, text: str) -> Scores:
        return score_found(await search_corpus(text, (), corpus, tools), question, questions, corpus)

    last = [await score(question, question.text) for question, _ in answerable]
    three = [await score(question, " ".join((*question.earlier[-2:], question.text))) for question, _ in answerable]
    by_hand = [await score(question, question.rewrite) for question, _ in answerable if question.rewrite]
    return Following(
        len(answerable),
        mean_scores(last),
        mean_scores(three),
        mean_scores([outcome.hybrid for _, outcome in answerable]),
        mean_scores(by_hand) if len(by_hand) == len(answerable) else None,
    )


async def _ask(question: EvaluationQuestion, questions: QuestionSet, corpus: Corpus, tools: EvaluationTools) -> _Asked:
    found = await search_corpus(question.text, question.earlier, corpus, tools)
    read, candidates, ranked = found.question, found.candidates, found.ranked
    hits = candidates.hits
    by_words = sorted((hit for hit in hits if hit.keyword), key=lambda hit: (-(hit.keyword or 0.0), hit.chunk_id))
    by_meaning = sorted(
        (hit for hit in hits if hit.dense is not None), key=lambda hit: (-(hit.dense or 0.0), hit.chunk_id)
    )
    relevant = _relevant(question, questions, corpus)
    weights, finder = word_weights(candidates, read.words), WordFinder(read)

    def page_order(text: str) -> float:
        return -sum(weight for weight, at in zip(weights, finder.word_places(text), strict=True) if at)

    def scores(found: Sequence[UUID]) -> Scores:
        return score_ranking(_results(found, questions, corpus, page_order), relevant)

    return _Asked(
        keyword=scores([hit.chunk_id for hit in by_words]),
        dense=scores([hit.chunk_id for hit in by_meaning]),
        hybrid=scores([one.candidate.chunk_id for one in ranked]),
        abstained=confidence(ranked, candidates, read) < CONFIDENT,
        answered=_answers(question, read, candidates, ranked, corpus),
    )


def _relevant(question: EvaluationQuestion, questions: QuestionSet, corpus: Corpus) -> Collection[object]:
    if questions.unit != "span":
        return {name for name, _, _ in question.gold}
    return {
        chunk_id
        for chunk_id, chunk in corpus.chunks.items()
        for name, start, end in question.gold
        if chunk.document == name and min(end, chunk.end) - max(start, chunk.start) >= _COVERED * (end - start)
    }


def _results(
    found: Sequence[UUID], questions: QuestionSet, corpus: Corpus, page_order: Callable[[str], float]
) -> list[object]:
    """What the set counts as results: chunks for spans, else documents or pages by their best chunk.

    A chunk that runs over pages stands first for the one that holds most of the question, as its citation would.
    """
    if questions.unit == "span":
        return list(found)
    chunks = [corpus.chunks[chunk_id] for chunk_id in found]
    if questions.unit == "document":
        return list(dict.fromkeys(chunk.document for chunk in chunks))
    pages: dict[object, None] = {}
    for chunk in chunks:
        in_order = chunk.pages if len(chunk.pages) == 1 else sorted(chunk.pages, key=lambda page: page_order(page[1]))
        pages |= dict.fromkeys(page for page, _ in in_order)
    return list(pages)


def _is_quotable(question: EvaluationQuestion, corpus: Corpus) -> bool:
    """Whether an accepted answer stands word for word in a document that is named for the question."""
    named = {name.rpartition(":")[0] if name not in corpus.texts else name for name, _, _ in question.gold}
    texts = [_plain(corpus.texts[name]) for name in named if name in corpus.texts]
    return any(_plain(answer) in text for answer in question.answers for text in texts)


def _answers(
    question: EvaluationQuestion, read: Question, candidates: Candidates, ranked: Sequence[Ranked], corpus: Corpus
) -> bool:
    if not question.answers or not question.gold:
        return False
    best = [(corpus.chunks[one.candidate.chunk_id], one.score) for one in ranked[:_QUOTED_PASSAGES]]
    passages = [Passage(chunk.text, chunk.context, score) for chunk, score in best]
    quotations = quote(read, word_weights(candidates, read.words), passages)
    quoted = [_plain(passages[one.passage].text[one.start : one.end]) for one in quotations]
    return any(_plain(answer) in text for answer in question.answers for text in quoted)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
