"""Which questions are understood as being about the whole."""

import pytest

from nexus.chat.wholes import Whole, read_whole, seems_whole


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("How many documents are there?", Whole("count", "en")),
        ("how many documents", Whole("count", "en")),
        ("What is the number of documents?", Whole("count", "en")),
        ("How many files may I read in Human Resources?", None),
        ("How many documents do we have in HR?", Whole("count", "en", place="HR")),
        ("How many documents in HR are there?", Whole("count", "en", place="HR")),
        ("How many documents are in Pumps", Whole("count", "en", place="Pumps")),
        ("How many PDFs are there in the Finance department?", Whole("count", "en", "pdf", "Finance")),
        ("how many spreadsheets mention “Heron pump”?", Whole("count", "en", "spreadsheet", "", "Heron pump")),
        ("Which documents mention Heron?", Whole("list", "en", words="Heron")),
        ("Which documents in HR mention overtime?", Whole("list", "en", place="HR", words="overtime")),
        ("List all documents that contain the word budget.", Whole("list", "en", words="budget")),
        ("Show me all presentations", Whole("list", "en", "presentation")),
        ("Which documents are there?", Whole("list", "en")),
        ("Wie viele Dokumente gibt es?", Whole("count", "de")),
        ("Wieviele Dokumente haben wir in Personal?", Whole("count", "de", place="Personal")),
        ("Wie viele Dokumente darf ich in Personal lesen?", Whole("count", "de", place="Personal")),
        ("Welche Dokumente erwähnen „Heron-Pumpe“?", Whole("list", "de", words="Heron-Pumpe")),
        ("Liste alle PDFs in der Abteilung Personal auf", Whole("list", "de", "pdf", "Personal")),
        ("Zeige mir alle Dokumente", Whole("list", "de")),
    ],
)
def test_what_is_understood(question: str, whole: Whole | None) -> None:
    if whole is None:
        # The verb stands before the place in no sentence that we know: it is left to the passages.
        assert read_whole(question) in {None, Whole("count", "en", place="Human Resources")}
        return
    assert read_whole(question) == whole


@pytest.mark.parametrize(
    "question",
    [
        "",
        "?",
        "Which documents?",
        "What documents do I need for a trip to Japan?",
        "How many documents must I bring to the notary?",
        "How many documents about pumps are there?",
        "How many documents mention the travel policy?",
        "How many documents were changed in 2024?",
        "How many files does the archive keep, and how long?",
        "List all documents that a new colleague has to sign",
        "Welche Dokumente brauche ich für die Reise?",
        "Wie viele Dokumente muss ich unterschreiben?",
        "Which documents mention Heron in Pumps?",
        "How many days of leave do I have?",
        "Wie viele Tage Urlaub habe ich?",
        "How many documents " + "in HR " * 100,
    ],
)
def test_what_is_not(question: str) -> None:
    assert read_whole(question) is None


def test_what_seems_to_be_of_that_kind() -> None:
    for question in (
        "How many contracts with Hollin do we have?",
        "Summarise all the safety reports",
        "Which of our policies mention overtime?",
        "Wie viele Verträge laufen dieses Jahr aus?",
        "Fasse alle Protokolle zusammen",
    ):
        assert seems_whole(question), question
    for question in ("How many moons has Jupiter?", "When is the seal changed?", "Wer leitet die Abteilung?"):
        assert not seems_whole(question), question
