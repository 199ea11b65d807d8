"""One order out of two sides' scores."""

import random
from collections.abc import Sequence
from uuid import UUID

import pytest

from nexus.core.text.analysis import count_terms
from nexus.providers.vectors.base import Candidate, Candidates
from nexus.retrieval.ranking import (
    CONFIDENT,
    Question,
    Ranked,
    WordFinder,
    closeness_of,
    confidence,
    fuse,
    rank,
    read_question,
    word_weights,
)
from nexus.retrieval.repeating import distinct


def hit(number: int, dense: float | None, keyword: float | None) -> Candidate:
    return Candidate(UUID(int=number), UUID(int=1000 + number), UUID(int=2000 + number), dense, keyword)


def candidates(
    question: Question, hits: Sequence[Candidate], *, searched: int = 1000, median: float = 0.1, held: int = 10
) -> Candidates:
    return Candidates(hits, searched, median, [held] * len(question.words))


def order(ranked: Sequence[Ranked]) -> list[int]:
    return [one.candidate.chunk_id.int for one in ranked]


QUESTION = read_question("What is the notice period?", ["en"])


def test_the_best_of_both_sides_comes_first() -> None:
    found = candidates(QUESTION, [hit(1, 0.5, 5.0), hit(2, 0.6, 8.0), hit(3, 0.2, 6.0)])
    ranked = fuse(found)
    assert order(ranked) == [2, 1, 3]
    assert ranked[0].score == pytest.approx(1.0)
    for one in ranked:
        assert one.score == pytest.approx(one.meaning + one.words + one.closeness)


def test_the_order_does_not_depend_on_the_order_that_came_in() -> None:
    hits = [hit(number, 0.3 + number % 3 / 10, float(number % 4)) for number in range(1, 40)]
    expected = order(fuse(candidates(QUESTION, hits)))
    random.Random(1).shuffle(hits)
    assert order(fuse(candidates(QUESTION, hits))) == expected


def test_one_side_alone_ranks_by_itself() -> None:
    words_only = candidates(QUESTION, [hit(1, None, 1.0), hit(2, None, 3.0), hit(3, None, None)], median=0.0)
    assert order(fuse(words_only)) == [2, 1, 3]
    assert fuse(words_only)[0].score == pytest.approx(1.0)
    meaning_only = candidates(QUESTION, [hit(1, 0.2, 0.0), hit(2, 0.7, 0.0), hit(3, 0.4, None)])
    assert order(fuse(meaning_only)) == [2, 3, 1]
    assert fuse(meaning_only)[0].score == pytest.approx(1.0)


def test_nothing_found_ranks_nothing() -> None:
    nothing = candidates(QUESTION, [])
    assert fuse(nothing) == []
    assert rank(nothing, QUESTION, {}) == []
    assert confidence([], nothing, QUESTION) < CONFIDENT


def test_equal_cosines_do_not_divide_by_zero() -> None:
    assert order(fuse(candidates(QUESTION, [hit(2, 0.1, 0.0), hit(1, 0.1, 0.0)]))) == [1, 2]


def test_the_side_that_stands_out_weighs_more() -> None:
    flat = [0.5 - number / 1000 for number in range(20)]
    clear = [0.9] + [0.2 - number / 1000 for number in range(19)]
    words_flat = [hit(n, dense, 5.0 - n / 100) for n, dense in enumerate(clear)]
    words_clear = [hit(n, dense, 9.0 if n == 0 else 1.0 - n / 100) for n, dense in enumerate(flat)]
    sure_of_meaning = fuse(candidates(QUESTION, words_flat))[0]
    sure_of_words = fuse(candidates(QUESTION, words_clear))[0]
    assert sure_of_meaning.meaning > 0.8
    assert sure_of_words.words > 0.7


def foreign(text: str) -> Question:
    return read_question(text, spoken={"en"})


def test_noise_in_a_language_the_model_does_not_know_hardly_counts() -> None:
    generator = random.Random(7)
    noise = sorted((generator.gauss(0.5, 0.05) for _ in range(1000)), reverse=True)[:100]
    hits = [hit(number, dense, 0.0) for number, dense in enumerate(noise, start=1)]
    hits.append(hit(500, 0.5, 6.0))
    question = foreign("सूचना अवधि कितनी है?")
    assert question.is_foreign
    ranked = fuse(candidates(question, hits, median=0.5), question)
    assert order(ranked)[0] == 500
    assert max(one.meaning for one in ranked) < 0.1
    understood = read_question("How long is the notice period?", spoken={"en"})
    assert max(one.meaning for one in fuse(candidates(understood, hits, median=0.5), understood)) >= 0.25


def test_nouns_without_a_language_take_that_of_the_passages() -> None:
    question = foreign("Kundenservice Telefonnummer")
    assert not question.is_decided
    hits = [hit(number, 0.6 - number / 1000, 7.0 - number) for number in range(1, 6)]
    german = {
        UUID(int=2): "Die Telefonnummer für den Kundenservice ist auf der Rückseite der Karte und auf der Rechnung.",
        UUID(int=1): "Der Vertrag wird mit der Unterschrift gültig und ist nicht übertragbar.",
    }
    english = {UUID(int=1): "The contract is valid with the signature and is not transferable to others."}
    found = candidates(question, hits, median=0.5)
    assert max(one.meaning for one in rank(found, question, german)) <= 0.3
    assert max(one.meaning for one in rank(found, question, english)) == max(one.meaning for one in fuse(found))


def test_words_that_stand_together_lift_a_passage() -> None:
    texts = {
        UUID(int=1): "A notice hangs at the door. The cooling period lasts a day.",
        UUID(int=2): "The notice period is three months.",
    }
    ranked = rank(candidates(QUESTION, [hit(1, 0.5, 5.0), hit(2, 0.5, 5.0)]), QUESTION, texts)
    assert order(ranked) == [2, 1]
    assert ranked[0].closeness > ranked[1].closeness > 0
    assert ranked[0].matched == ("notice", "period")
    assert ranked[0].coverage == pytest.approx(1.0)


def test_closeness_knows_order_and_distance() -> None:
    weights = [1.0, 1.0]
    assert closeness_of([[3], [4]], weights) == 1.0
    assert closeness_of([[4], [3]], weights) == pytest.approx(1 / 1.5)
    assert closeness_of([[1], [5]], weights) == pytest.approx(1 / 4)
    assert closeness_of([[1], []], weights) == 0.0
    assert closeness_of([[1]], [1.0]) == 0.0


def test_places_are_found_in_any_script() -> None:
    assert any(WordFinder(read_question("人口")).word_places("東京都の人口は多い。"))
    assert WordFinder(QUESTION).word_places("Periods of notice") == [[2], [0]]


def test_rare_words_weigh_more() -> None:
    found = Candidates([], 1000, 0.0, [900, 3])
    common, rare = word_weights(found, QUESTION.words)
    assert 0 < common < rare


def test_confidence_needs_words_or_meaning() -> None:
    on_topic = {UUID(int=1): "The notice period is three months."}
    good = candidates(QUESTION, [hit(1, 0.6, 8.0)])
    assert confidence(rank(good, QUESTION, on_topic), good, QUESTION) > CONFIDENT
    off_topic = {UUID(int=1): "The canteen opens at noon."}
    bad = candidates(QUESTION, [hit(1, 0.25, 0.0)])
    assert confidence(rank(bad, QUESTION, off_topic), bad, QUESTION) < CONFIDENT
    in_hindi = foreign("सूचना अवधि कितनी है?")
    held = {UUID(int=1): "सूचना अवधि तीन महीने है।"}
    found = candidates(in_hindi, [hit(1, 0.6, 8.0)], median=0.5)
    assert confidence(rank(found, in_hindi, held), found, in_hindi) > CONFIDENT


def test_the_same_said_twice_is_kept_once() -> None:
    texts = ["The notice period is three months.", "the NOTICE period is three months", "Lunch is at noon.", ""]
    assert distinct(texts) == [0, 2, 3]


def test_a_question_asks_the_index_word_by_word() -> None:
    held = set(count_terms("The notice periods of all contracts").ids.tolist())
    assert all(held.intersection(term.ids) for term in QUESTION.terms)
    assert [term.weight for term in QUESTION.terms] == [1.0, 1.0]
