"""An answer without a language model: the sentences of the best passages that answer the question, word for word."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nexus.core.text.analysis import term_slots
from nexus.core.text.sentences import sentence_spans
from nexus.retrieval.asking import Wanted, holds, wanted_by
from nexus.retrieval.ranking import Question, WordFinder, closeness_of, reading_languages

# How much each clue is worth beside the share of the question that the sentence itself holds. Fitted on half of SQuAD's
# questions, rounded, and checked on the other half: no weight is critical.
_BEFORE: Final = 0.35
"""What only the sentence before holds: it said what "it" is."""
_CONTEXT: Final = 0.2
"""What only the headings above hold."""
_CLOSENESS: Final = 0.25
_KIND: Final = 0.15
"""The kind of thing that is asked for is there."""
_PASSAGE: Final = 0.5
"""The passage's score, as a share of the best one's."""
_HEADER_RULE: Final = re.compile(r"\s*\n[ \t]*\|?[ \t]*:?-{3,}[-:| \t]*(?:\n|$)")
"""What stands below the header row of a table: the header says what the rows are about, and answers nothing."""
_CELLS: Final = " | "
_NEXT_ROW: Final = re.compile(r"[ \t]*\n[^\n]* \| ")
_STOPS: Final = tuple(".!?…。！？।؟۔።։")


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage in its place; `score` is the ranking's."""

    text: str
    context: str
    score: float


@dataclass(frozen=True, slots=True)
class Quotation:
    """The slice `[start, end)` of the text of `passages[passage]`."""

    passage: int
    start: int
    end: int
    score: float
    """Comparable among the quotations of one question only."""


@dataclass(frozen=True, slots=True)
class _Words:
    """What is told of a sentence by the question's words."""

    held: frozenset[int]
    closeness: float
    news: int
    """Words that are not the question's."""


def quote(
    question: Question,
    weights: Sequence[float],
    passages: Sequence[Passage],
    *,
    limit: int = 3,
    share: float = 0.7,
) -> list[Quotation]:
    """The sentences that answer best, best first: at most `limit`, and none below `share` of the first one's score.

    `weights` are those of the question's words (`ranking.word_weights`). Empty when no sentence holds a
    word of the question and there is no passage either.
    """
    asked, finder = wanted_by(question.text, question.languages), WordFinder(question)
    best = max((passage.score for passage in passages), default=0.0)
    found: list[Quotation] = []
    for number, passage in enumerate(passages):
        prior = _PASSAGE * passage.score / best if best > 0.0 else 0.0
        found += _quotations(finder, weights, passage, number, prior, asked)
    found.sort(key=lambda one: (-one.score, one.passage, one.start))
    return [one for one in found[:limit] if one.score >= share * found[0].score]


def _quotations(
    finder: WordFinder,
    weights: Sequence[float],
    passage: Passage,
    number: int,
    prior: float,
    asked: Wanted | None,
) -> list[Quotation]:
    total = sum(weights) or 1.0
    question = finder.question
    language = reading_languages(question, passage.text)[0]
    above = _read(passage.context, language, finder, weights).held if passage.context else frozenset[int]()
    before = frozenset[int]()
    found: list[Quotation] = []
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end]
        words = _read(sentence, language, finder, weights)
        has_kind = asked is not None and holds(sentence, asked, question.text)
        if _is_label(sentence, words.news, has_kind=has_kind) or _is_header(passage.text, start, end):
            above |= words.held
            continue
        beyond = before - words.held
        headings = above - words.held - beyond
        score = prior + _CLOSENESS * words.closeness
        for held, worth in ((words.held, 1.0), (beyond, _BEFORE), (headings, _CONTEXT)):
            score += worth * sum(weights[word] for word in held) / total
        if has_kind:
            score += _KIND
        found.append(Quotation(number, start, end, score))
        before = words.held
    return found


def _is_header(text: str, start: int, end: int) -> bool:
    """Whether it is the first row of a table: with a rule below it, or with the second row and no row above."""
    if _HEADER_RULE.match(text, end):
        return True
    above = text[text.rfind("\n", 0, max(0, start - 1)) + 1 : max(0, start - 1)]
    return _CELLS in text[start:end] and _CELLS not in above and _NEXT_ROW.match(text, end) is not None


def _is_label(sentence: str, news: int, *, has_kind: bool) -> bool:
    """Whether it only repeats the question, as a heading does: what is under it answers, not the heading itself."""
    return not news or sentence.startswith("#") or (news == 1 and not has_kind and not sentence.endswith(_STOPS))


def _read(text: str, language: str, finder: WordFinder, weights: Sequence[float]) -> _Words:
    slots = term_slots(text, language)
    places = finder.places_of(slots)
    held = frozenset(word for word, at in enumerate(places) if at)
    taken = len({place for at in places for place in at})
    return _Words(held, closeness_of(places, weights), len(slots) - taken)
