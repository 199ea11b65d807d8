"""Words of any language become terms that questions and chunks share."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus.core.text.analysis import (
    analyse,
    count_terms,
    query_languages,
    query_words,
    term_id,
    term_slots,
)
from nexus.core.text.languages import detect_language, rank_languages, script_of


def finds(question: str, text: str, languages: list[str] | None = None) -> bool:
    """Whether the text holds every word of the question, parts of identifiers apart."""
    held = set(count_terms(text).ids.tolist())
    words = [word for word in query_words(question, languages) if word.weight == 1.0]
    return bool(words) and all(held.intersection(word.ids) for word in words)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("holiday policies", "The holiday policy of the company is here."),
        ("Who approves expenses?", "An expense is approved by the manager who asked for it."),
        ("Wie lange ist die Kündigungsfrist?", "Die Kündigungsfristen sind im Vertrag geregelt, sie sind lang."),
        (
            "Welche Fristen gibt es für eine Kündigung?",
            "Die Kündigungsfrist, die es für alle gibt, ist einen Monat lang.",
        ),
        ("strasse", "Die Straße ist nach der Sanierung wieder offen."),
        ("Mueller", "Frau Mueller und Herr Müller sind in der Abteilung."),
        ("Quelle est la durée du congé ?", "La durée des congés est de cinq semaines pour tous les salariés."),
        ("l'entreprise", "Les entreprises qui ont plus de dix salariés et leurs bureaux."),
        ("¿Cuántos días de vacaciones?", "Los empleados tienen treinta días de vacación por año."),
        ("Сколько дней отпуска?", "Отпуск составляет двадцать восемь дней, и это много дней."),
        ("छुट्टियों की नीति", "यह छुट्टियों की नीति है और सभी कर्मचारियों के लिए है।"),
        ("المدارس", "هذه هي المدارس التي في المدينة"),
        ("นโยบายการลา", "บริษัทมีนโยบายการลาพักร้อนสิบวัน"),
        ("東京都の人口", "東京都の人口は約千四百万人です。"),
        ("北京人口", "北京人口有两千万。"),
        ("서울의 인구", "서울의 인구는 약 천만 명이다."),
        ("trường đại học", "Các trường đại học ở Việt Nam và của Hà Nội."),
        ("πολιτική αδειών", "Η πολιτική των αδειών είναι για όλους τους εργαζομένους."),
    ],
)
def test_a_question_finds_its_text_in_its_language(question: str, text: str) -> None:
    assert finds(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("AB-1234/X", "Order part AB-1234/X from the store."),
        ("AB1234X", "Order part AB-1234/X from the store."),
        ("ab 1234", "Order part AB-1234/X from the store."),
        ("ISO27001", "We are certified to ISO-27001."),
        ("ISO 27001", "Certified: ISO27001."),
        ("v2.3.1", "Fixed in v2.3.1, not before."),
        ("foo_bar", "Call foo_bar() first."),
        ("http client", "The HttpClient is closed by its owner."),
        ("httpclient", "The HttpClient is closed by its owner."),
        ("PDF parser", "A PDFParser reads it."),
        ("jane.doe@example.com", "Write to Jane.Doe@example.com."),
        ("Doe", "Write to jane.doe@example.com."),
        ("example.com", "See https://www.example.com/a/b?x=1."),
        ("C++", "Written in C++, not in C#."),
        ("email", "Send an e-mail."),
        ("e-mail", "Send an email."),
        ("follow-up", "There were followups and follow-ups."),
        ("FY2018", "Revenue in fiscal year 2018 rose."),
        ("fiscal 2018", "In FY18 it rose; fiscal is the word."),
        ("third quarter", "Q3: the third month of the quarter."),
        ("Q3", "In the third quarter it fell."),
        ("1234.5", "It cost 1,234.5 in all."),
        ("$1.2 million", "It cost $1.2m in all."),
        ("5 percent", "A rise of 5% was seen."),
        ("U.S.", "The US is large."),
        ("ﬁnance ①", "Finance 1"),
        ("cafe", "We met in the café that is near the office."),
    ],
)
def test_identifiers_and_spellings_meet(question: str, text: str) -> None:
    assert finds(question, text, ["en"])


@pytest.mark.parametrize(("text", "number"), [("1.234,5", "1234.5"), ("12.500", "12500"), ("3,5", "3.5")])
def test_numbers_are_read_as_the_language_writes_them(text: str, number: str) -> None:
    assert number in analyse(text, "de")


def test_an_identifier_is_not_confused_with_its_neighbours() -> None:
    assert not finds("AB-1234/X", "Parts AB-1235/X and AB-1234/Y.", ["en"])
    assert not finds("v2.3.1", "Since v2.31 and v23.1.", ["en"])


def test_possessives_and_footnotes_leave_the_word_alone() -> None:
    assert analyse("the company's policy² ™", "en") == ["the", "compani", "polici"]


def test_questions_drop_the_words_that_carry_no_topic() -> None:
    assert [word.text for word in query_words("What is the notice period?", ["en"])] == ["notice", "period"]
    assert [word.text for word in query_words("the who", ["en"])] == ["the", "who"]
    assert [word.text for word in query_words("What does WHO say about IT policy?", ["en"])] == [
        "who", "say", "it", "policy",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("猫的寿命是多少", ["猫", "寿", "寿命", "命"]),
        ("서울의 인구는 얼마입니까?", ["서울", "인구"]),
        ("พนักงานคือใคร", ["พนั", "นัก", "กง", "งา", "าน"]),
        ("什么", ["什", "什么", "么"]),
    ],
)
def test_unspaced_questions_drop_them_too(question: str, words: list[str]) -> None:
    assert [word.text for word in query_words(question)] == words


def test_japanese_endings_weigh_little() -> None:
    weights = {word.text: word.weight for word in query_words("りんごを食べる会社")}
    assert weights["会社"] == 1.0
    assert weights["べる"] == 0.2


def test_a_word_asked_twice_counts_once() -> None:
    assert len(query_words("policy policies Policy", ["en"])) == 1


def test_stems_of_several_languages_count_as_one_word() -> None:
    (word,) = query_words("Regelungen")
    assert {term_id("regelung"), term_id("regelungen")} <= set(word.ids)
    (word,) = query_words("policies", ["en"])
    assert word.ids == (term_id("polici"), term_id("policies"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who is the head of the department?", "en"),
        ("Wer ist der Leiter der Abteilung?", "de"),
        ("Qui est le chef du service ?", "fr"),
        ("¿Quién es el jefe del departamento?", "es"),
        ("Chi è il capo della divisione?", "it"),
        ("Quem é o chefe do departamento?", "pt"),
        ("Wie is het hoofd van de afdeling?", "nl"),
        ("Kto jest szefem tego działu?", "pl"),
        ("Кто начальник этого отдела?", "ru"),
        ("Хто є начальником цього відділу?", "uk"),
        ("من هو رئيس القسم؟", "ar"),
        ("विभाग का प्रमुख कौन है?", "hi"),
        ("部門の責任者は誰ですか", "ja"),
        ("谁是部门负责人", "zh"),
        ("ใครเป็นหัวหน้าแผนก", "th"),
        ("부서장은 누구입니까", "ko"),
        ("iPhoneの価格", "ja"),
    ],
)
def test_languages_are_told_apart(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_text_without_evidence_takes_the_default() -> None:
    assert rank_languages("Kundenservice 2024") == []
    assert detect_language("Kundenservice 2024", "de") == "de"
    assert detect_language("12 34") == "en"
    assert script_of("12 34") == ""


def test_the_documents_languages_settle_a_question_of_nouns() -> None:
    assert query_languages("parental leave", ["en"]) == ("en",)
    assert len(query_languages("parental leave")) > 2


def test_counts_saturate_and_ids_ascend() -> None:
    counted = count_terms("word " * 300 + "other", "en")
    assert counted.length == 301
    assert sorted(counted.counts.tolist()) == [1, 255]
    assert counted.ids.dtype == np.uint64
    assert counted.counts.dtype == np.uint8
    assert counted.ids.tolist() == sorted(set(counted.ids.tolist()))


def test_hashes_never_change() -> None:
    assert term_id("polici") == 0x6AB43BA8D0DC7725
    assert term_id("東京") == 0xF02B68D1CA5511EE


def test_a_very_long_run_is_one_term() -> None:
    assert len(analyse("x" * 100_000, "en")) == 1
    assert analyse("", "en") == []
    assert count_terms("").length == 0


@given(st.text())
def test_any_text_has_terms_that_agree(text: str) -> None:
    counted = count_terms(text, "en")
    readable = [term_id(term) for term in analyse(text, "en")]
    assert counted.length == len(readable)
    assert set(counted.ids.tolist()) == set(readable)
    assert {term for slot in term_slots(text, "en") for term in slot} <= set(readable)


@given(st.text(min_size=1))
def test_a_text_is_found_by_itself(text: str) -> None:
    held = set(count_terms(text, "en").ids.tolist())
    assert all(held.intersection(word.ids) for word in query_words(text, ["en"]))
