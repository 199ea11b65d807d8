"""Questions for one figure of a table, without a language model: worked out exactly and cited, or not understood."""

from typing import Any

import pytest

from hub import Company, Event, fold
from mails import mail
from nexus.chat.figures import ColumnWords, TableWords, read_figure, readings, select

SALES = (
    "Region;Betrag (EUR);Menge;Datum;Größe\n"
    "Nord;1.234,50;5;01.02.2024;klein\n"
    "Süd;0,10;7;15.03.2024;groß\n"
    "Nord;0,20;2;20.03.2025;groß\n"
    "Gesamt;1.234,80;14;;\n"
)


async def ask(company: Company, question: str, person: Any = None) -> tuple[str, list[Event], dict[str, Any]]:
    events = await (person or company.member).events("/ask/stream", {"question": question})
    answer = await company.member.get(f"/runs/{events[0].data['run_id']}")
    assert events[-1].kind == "run.succeeded"
    assert fold(events).strip() == answer["message"]["text"]
    return answer["message"]["text"], events, answer


@pytest.fixture
async def books(company: Company) -> dict[str, str]:
    shelf = await company.owner.make_shelf("Books", grants=[company.grants["member"]])
    hidden = await company.owner.make_shelf("Vault")
    return {
        "shelf": shelf,
        "sales": await company.owner.add(shelf, "umsatz.csv", SALES),
        "salaries": await company.owner.add(hidden, "salaries.csv", "name;salary\nAda;90000\nBob;80000\n"),
    }


async def test_a_sum_is_worked_out_shown_and_cited(company: Company, books: dict[str, str]) -> None:
    text, _, answer = await ask(company, "What is the total Betrag in umsatz.csv?")
    assert text == (
        "The sum of “Betrag (EUR)” in “umsatz”: **1234.8** [1]\n\nLeft out: rows that sum others up (1). [1]"
    )
    [cited] = answer["message"]["citations"]
    assert (cited["document_name"], cited["page_label"]) == ("umsatz.csv", "B1:B5")
    [step] = answer["message"]["steps"]
    assert step["arguments"]["sql"] == 'SELECT SUM("betrag_eur") AS result FROM "umsatz"'
    assert step["table"]["rows"] == [["1234.8"]]
    text, _, answer = await ask(company, "Wie hoch ist die Summe von Betrag für Nord?")
    assert text.startswith("Die Summe von „Betrag (EUR)“ in „umsatz“, wobei Region = Nord: **1234,7** [1]")
    [cited] = answer["message"]["citations"]
    assert cited["page_label"] == "A2:B2, A4:B4"
    assert cited["quote"].startswith("Nord")
    text, _, answer = await ask(company, "What is the highest Menge by Region?")
    assert "- Nord: 5 [1]\n\n- Süd: 7 [1]" in text
    # What was worked out of it goes with the document, with the query, which holds its words.
    await company.owner.patch(f"/documents/{books['sales']}", {"restricted": True})
    later = await company.member.get(f"/runs/{answer['run']['id']}")
    assert "Nord" not in str(later["message"])
    assert "menge" not in str(later["message"])
    assert (await ask(company, "What is the highest Menge by Region?"))[0].startswith("The documents you may read do")


async def test_tables_attached_to_a_mail_are_calculated_with_and_cited_in_it(company: Company) -> None:
    inner = mail(("stock.csv", b"part,pieces\nvalve,12\npump,30\n"), subject="Last year")
    message = mail(("note.txt", b"Mind the 9 pieces."), ("umsatz.csv", SALES.encode()), subject="The figures")
    message.add_attachment(inner)
    shelf = await company.owner.make_shelf("Mails", grants=[company.grants["member"]])
    uploaded = await company.owner.upload(shelf, "figures.eml", bytes(message))
    await company.owner.settle(shelf)
    text, _, answer = await ask(company, "What is the total Betrag in umsatz.csv?")
    assert "**1234.8** [1]" in text
    [cited] = answer["message"]["citations"]
    assert (cited["document_id"], cited["page"]) == (uploaded["id"], 1)
    assert cited["page_label"] == "umsatz.csv B1:B5"
    assert "Nord" in cited["quote"]
    text, _, answer = await ask(company, "What is the total of pieces?")
    assert "**42** [1]" in text
    [cited] = answer["message"]["citations"]
    assert cited["page_label"] == "stock.csv B1:B3"
    assert "valve" in cited["quote"]


async def test_what_may_not_be_read_is_not_calculated_with(company: Company, books: dict[str, str]) -> None:
    question = "What is the total salary?"
    assert "**170000" in (await ask_owner(company, question)).replace(",", "")
    hidden, events, _ = await ask(company, question)
    assert "170" not in hidden
    assert not [event for event in events if event.kind.startswith("tool.")]
    # A table that the asker may not read makes nothing ambiguous.
    await company.owner.add(books["shelf"], "wages.csv", "name;salary\nCid;7\nDan;8\n")
    assert "**15**" in (await ask(company, question))[0]
    # One that they may read does: nothing is guessed.
    await company.owner.add(books["shelf"], "pay.csv", "name;salary\nEve;1\nFay;2\n")
    assert "**" not in (await ask(company, question))[0]
    assert "**3**" in (await ask(company, f"{question[:-1]} in pay.csv?"))[0]
    await company.admin.put("/tools/query_table", {"roles": []})
    assert "**" not in (await ask(company, f"{question[:-1]} in pay.csv?"))[0]


async def ask_owner(company: Company, question: str) -> str:
    return (await company.owner.post("/ask", {"question": question}))["message"]["text"]


TABLE = TableWords(
    (
        ColumnWords("region", "text", frozenset({"region"})),
        ColumnWords("amount", "decimal", frozenset({"amount", "amount (eur)"})),
        ColumnWords("units", "integer", frozenset({"units"})),
        ColumnWords("sold", "date", frozenset({"sold"})),
        ColumnWords("note", "text", frozenset({"note"})),
    ),
    frozenset({"sales", "sales 2024"}),
    frozenset({"sales.xlsx"}),
    {
        "north": {"region": frozenset({"North"})},
        "ohara": {"note": frozenset({"O'Hara"})},
        "odd": {"region": frozenset({"odd"}), "note": frozenset({"odd"})},
    },
)


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("What is the total amount?", 'SELECT SUM("amount") AS result FROM "t"'),
        ("sum of the amounts in the sheet Sales", 'SELECT SUM("amount") AS result FROM "t"'),
        (
            "What's the average amount in sales.xlsx for North?",
            'SELECT AVG("amount") AS result FROM "t" WHERE "region" = \'North\'',
        ),
        ("Total units where note is O'Hara", 'SELECT SUM("units") AS result FROM "t" WHERE "note" = \'O\'\'Hara\''),
        (
            "Wie hoch ist die Summe von Amount je Region?",
            'SELECT "region", SUM("amount") AS result FROM "t" GROUP BY "region" ORDER BY "region"',
        ),
        (
            "How many rows are in Sales where amount is more than 2.5?",
            'SELECT COUNT(*) AS result FROM "t" WHERE "amount" > 2.5',
        ),
        (
            "Total amount in March 2024",
            'SELECT SUM("amount") AS result FROM "t" WHERE "sold" >= \'2024-03-01\' AND "sold" < \'2024-04-01\'',
        ),
        ("Maximum of sold", 'SELECT MAX("sold") AS result FROM "t"'),
        (
            "Was ist der höchste Amount für North im Jahr 2025?",
            'SELECT MAX("amount") AS result FROM "t" WHERE "region" = \'North\' AND {}'.format(
                "\"sold\" >= '2025-01-01' AND \"sold\" < '2026-01-01'"
            ),
        ),
        # A word that is not understood, a value of two columns, a sum of days, a column of text, two ways of reading.
        ("What is the total amount of all managers?", None),
        ("What is the total amount for odd?", None),
        ("What is the total sold?", None),
        ("What is the average region?", None),
        ("What is the total amount in Kestrel?", None),
        ("What is the total amount before 2024?", None),
        ("What is the total amount without North?", None),
        ("How many rows are there?", None),
        ("What is the total?", None),
        ("What is the total amount where amount is more than 1,234?", None),
        ("Total amount and units", None),
    ],
)
def test_a_question_is_understood_to_its_last_word_or_not_at_all(question: str, sql: str | None) -> None:
    figure = read_figure(question)
    found = readings(figure, TABLE) if figure else set()
    made = {select(figure, each, "t") for each in found} if figure else set[str]()
    assert made == {sql} if sql else len(made) != 1


@pytest.mark.parametrize("question", ["What is a seal?", "Who sold most?", "", "total", "How many moons are there?"])
def test_other_questions_ask_for_no_figure(question: str) -> None:
    assert read_figure(question) is None
