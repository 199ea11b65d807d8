"""Answers in the documents' own sentences."""

from collections.abc import Sequence

import pytest

from nexus.retrieval.asking import Wanted, holds, wanted_by
from nexus.retrieval.extractive import Passage, Quotation, quote
from nexus.retrieval.ranking import read_question

LEAVE = (
    "## Parental leave\n\nParental leave is meant for both parents. Every employee may take 16 weeks after a birth."
    " It can be split into two parts. Ask your manager in time."
)
CANTEEN = "The canteen is on the ground floor. It opens at 11:30 and closes at 14:00. The chef is Maria Lopez."


def answer(question: str, passages: Sequence[Passage], *, limit: int = 3) -> list[str]:
    read = read_question(question)
    found = quote(read, [1.0] * len(read.words), passages, limit=limit)
    return [passages[one.passage].text[one.start : one.end] for one in found]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many weeks of parental leave does an employee get?", "Every employee may take 16 weeks after a birth."),
        ("When does the canteen open?", "It opens at 11:30 and closes at 14:00."),
        ("Who is the chef of the canteen?", "The chef is Maria Lopez."),
        ("Where is the canteen?", "The canteen is on the ground floor."),
    ],
)
def test_the_sentence_that_answers_comes_first(question: str, expected: str) -> None:
    assert answer(question, [Passage(CANTEEN, "", 1.0), Passage(LEAVE, "", 0.95)])[0] == expected


def test_other_languages_are_answered_too() -> None:
    german = "Die Probezeit ist im Vertrag geregelt. Sie dauert sechs Monate. Danach gilt eine Frist von 4 Wochen."
    assert answer("Wie lange dauert die Probezeit?", [Passage(german, "", 1.0)], limit=1)[0].startswith(("Sie", "Die"))
    japanese = "会社は東京にあります。従業員は三百人です。社長は田中さんです。"
    assert answer("従業員は何人ですか", [Passage(japanese, "", 1.0)])[0] == "従業員は三百人です。"
    hindi = "कार्यालय मुंबई में है। वार्षिक अवकाश बीस दिन का है। प्रबंधक से पूछें।"
    assert "वार्षिक अवकाश" in answer("वार्षिक अवकाश कितने दिन का है?", [Passage(hindi, "", 1.0)])[0]


def test_a_heading_is_no_answer_but_helps_what_stands_under_it() -> None:
    text = "## Travel budget\n\nUp to 900 euros a year are paid.\n\n## Gym\n\nUp to 30 euros a month are paid."
    assert answer("What is the travel budget?", [Passage(text, "", 1.0)])[0] == "Up to 900 euros a year are paid."
    assert answer("What is the travel budget?", [Passage("Up to 900 euros a year.", "Travel budget", 1.0)])


def test_quotations_are_slices_in_order_of_worth() -> None:
    read = read_question("How many weeks of parental leave?")
    found = quote(read, [1.0] * len(read.words), [Passage(LEAVE, "", 0.9), Passage(CANTEEN, "", 1.0)], share=0.0)
    assert 0 < len(found) <= 3
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        text = (LEAVE, CANTEEN)[one.passage][one.start : one.end]
        assert text == text.strip()
        assert text


def test_weak_sentences_are_left_out() -> None:
    assert len(answer("How many weeks may every employee take after a birth?", [Passage(LEAVE, "", 1.0)])) == 1


@pytest.mark.parametrize("text", ["", "   ", "## Notice period"])
def test_nothing_to_quote_quotes_nothing(text: str) -> None:
    assert answer("What is the notice period?", [Passage(text, "", 1.0)]) == []
    assert answer("What is the notice period?", []) == []


def test_the_header_of_a_plain_table_is_not_an_answer() -> None:
    table = "Leave.\n\nYears of service | Days of annual leave\n0 to 4 | 25\n5 to 9 | 27"
    found = answer("How many days of annual leave after 5 years of service?", [Passage(table, "", 1.0)])
    assert "Years of service | Days of annual leave" not in found


def test_the_header_of_a_table_is_not_an_answer() -> None:
    table = "| Discount | Who may approve it |\n| --- | --- |\n| up to 10 % | the sales manager |\n| above | them |"
    found = answer("Who may approve a discount of up to 10 %?", [Passage(table, "", 1.0)], limit=1)
    assert found == ["| up to 10 % | the sales manager |"]


def test_a_question_of_unknown_words_quotes_the_best_passage() -> None:
    read = read_question("zzz")
    found = quote(read, [1.0] * len(read.words), [Passage(CANTEEN, "", 1.0)])
    assert found
    assert all(isinstance(one, Quotation) for one in found)


@pytest.mark.parametrize(
    ("question", "language", "wanted"),
    [
        ("When did it begin?", "en", Wanted.TIME),
        ("In what year did it begin?", "en", Wanted.TIME),
        ("How many days?", "en", Wanted.NUMBER),
        ("What is the price?", "en", Wanted.NUMBER),
        ("Who signs it?", "en", Wanted.NAME),
        ("Why is that so?", "en", None),
        ("Wann beginnt es?", "de", Wanted.TIME),
        ("Wie viele Tage?", "de", Wanted.NUMBER),
        ("Wer unterschreibt?", "de", Wanted.NAME),
        ("Combien de jours ?", "fr", Wanted.NUMBER),
        ("¿Quién firma?", "es", Wanted.NAME),
        ("Quando comincia?", "it", Wanted.TIME),
        ("Сколько дней?", "ru", Wanted.NUMBER),
        ("何人ですか", "ja", Wanted.NUMBER),
        ("什么时候开始", "zh", Wanted.TIME),
        ("กี่วัน", "th", Wanted.NUMBER),
        ("कितने दिन?", "hi", Wanted.NUMBER),
        ("كم يوما؟", "ar", Wanted.NUMBER),
        ("zzz", "xx", None),
    ],
)
def test_what_is_asked_for_is_known(question: str, language: str, wanted: Wanted | None) -> None:
    assert wanted_by(question, [language]) is wanted


def test_what_is_asked_for_is_recognised() -> None:
    assert holds("It began in 1998.", Wanted.TIME, "")
    assert holds("It begins on the 3rd of May.", Wanted.TIME, "")
    assert not holds("It began long ago.", Wanted.TIME, "")
    assert holds("There are three of them.", Wanted.NUMBER, "")
    assert holds("全部で三百人です。", Wanted.NUMBER, "")
    assert not holds("There are some.", Wanted.NUMBER, "")
    assert holds("It is signed by Maria Lopez.", Wanted.NAME, "Who signs?")
    assert not holds("It is signed by Maria.", Wanted.NAME, "Does Maria sign?")
    assert not holds("Nobody signs it.", Wanted.NAME, "Who signs?")
