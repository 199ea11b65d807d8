"""Questions for figures: worked out from tables of spreadsheets, exactly, by one SELECT that is shown, and cited."""

import io
import json
from typing import Any

import pytest
from openpyxl import Workbook
from tests.doubles.openai_chat import OpenAIDouble, agent

from hub import Company, Person
from nexus.agents.table_query import LoadedTable, run_query
from nexus.agents.table_rows import rows_query
from nexus.agents.tools import ToolError
from nexus.ingestion.sheet_tables import read_tables
from nexus.providers.parsers.base import Cell, Sheet, SheetRow
from speaking import ChosenScript

QUESTION = {"question": "What is the total amount of all sales?"}


def workbook(**sheets: list[list[Any]]) -> bytes:
    book = Workbook()
    book.remove(book.active)  # pyright: ignore[reportArgumentType]
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


SALES = workbook(
    Sales=[
        ["Sales of pumps"],
        ["Region", "Amount", "Sold"],
        ["North", 0.1, "2024-01-31"],
        ["South", 0.2, "2024-02-01"],
        ["North", 1234567.85, "2024-03-01"],
        ["Total", 1234568.15, None],
    ]
)


@pytest.fixture
async def books(firm: Company) -> dict[str, str]:
    shelf = await firm.owner.make_shelf("Books", grants=[firm.grants["member"]])
    hidden = await firm.owner.make_shelf("Vault")
    return {
        "shelf": shelf,
        "sales": await firm.owner.add(shelf, "sales.xlsx", SALES),
        "prices": await firm.owner.add(shelf, "prices.csv", "part;price\nSeal;1.234,50\nOil;3,25\n"),
        "salaries": await firm.owner.add(hidden, "salaries.csv", "name;salary\nAda;90000\nBob;80000\n"),
    }


def told(double: OpenAIDouble) -> list[str]:
    return [message["content"] for message in double.answers[-1].body["messages"] if message["role"] == "tool"]


async def tables_of(person: Person, model: ChosenScript, double: OpenAIDouble) -> dict[str, str]:
    """Ids of the tables that a person's model is told of, by name."""
    model.script = agent([("list_tables", {})])
    await person.events("/ask/stream", QUESTION)
    [listed] = told(double)
    double.forget()
    parts = [line.split('"') for line in listed.splitlines() if line.startswith("<table id=")]
    return {each[3]: each[1] for each in parts}


async def test_a_model_calculates_exactly_and_cites_the_cells(
    firm: Company, books: dict[str, str], model: ChosenScript, double: OpenAIDouble
) -> None:
    tables = await tables_of(firm.member, model, double)
    assert tables.keys() == {"sales_of_pumps", "prices"}
    sql = 'SELECT region, SUM("amount") AS amount FROM sales_of_pumps GROUP BY region ORDER BY region'
    model.script = agent([("query_table", {"tables": [tables["sales_of_pumps"]], "sql": sql})])
    events = await firm.member.events("/ask/stream", QUESTION)
    [said] = told(double)
    assert "North | 1234567.95" in said
    assert "South | 0.2" in said
    assert "1 rows of sales_of_pumps that sum others up are left out" in said
    [finished] = [event.data for event in events if event.kind == "tool.finished"]
    assert finished["table"] == {
        "columns": ["region", "amount"],
        "rows": [["North", "1234567.95"], ["South", "0.2"]],
        "more": False,
        "places": [{"document_id": books["sales"], "title": "Sales", "sheet": "Sales", "cells": "A2:B6"}],
    }
    answer = await firm.member.get(f"/runs/{events[0].data['run_id']}")
    cited = next(each for each in answer["message"]["citations"] if each["document_id"] == books["sales"])
    assert cited["page_label"] == "Sales A2:B6"
    assert cited["quote"].splitlines() == [
        "North | 0.1 | 2024-01-31",
        "South | 0.2 | 2024-02-01",
        "North | 1234567.85 | 2024-03-01",
    ]
    step = answer["message"]["steps"][0]
    assert (step["arguments"]["sql"], step["table"]) == (sql, finished["table"])
    # What was calculated goes with any document that it was calculated of.
    await firm.owner.patch(f"/documents/{books['sales']}", {"restricted": True})
    later = await firm.member.get(f"/runs/{answer['run']['id']}")
    assert later["message"]["steps"][0]["table"] is None
    assert "1234567" not in json.dumps(later) + str(await firm.member.events(f"/runs/{answer['run']['id']}/events"))


async def test_a_citation_leads_to_the_rows_that_a_condition_chose(
    firm: Company, books: dict[str, str], model: ChosenScript, double: OpenAIDouble
) -> None:
    table = (await tables_of(firm.member, model, double))["sales_of_pumps"]
    sqls = {
        "SELECT SUM(amount) FROM sales_of_pumps WHERE region = 'South'": ("A4:B4", "South | 0.2 | 2024-02-01"),
        "SELECT MAX(amount) FROM sales_of_pumps": ("B5", "North | 1234567.85 | 2024-03-01"),
        "SELECT COUNT(*) FROM sales_of_pumps WHERE region = 'North'": ("A3, A5", "North | 0.1 | 2024-01-31"),
    }
    model.script = agent([("query_table", {"tables": [table], "sql": sql}) for sql in sqls])
    events = await firm.member.events("/ask/stream", QUESTION)
    places = [event.data["table"]["places"][0]["cells"] for event in events if event.kind == "tool.finished"]
    assert places == [cells for cells, _ in sqls.values()]
    answer = await firm.member.get(f"/runs/{events[0].data['run_id']}")
    cited = {each["page_label"]: each["quote"] for each in answer["message"]["citations"]}
    # The double cites what it was told last.
    quotes = {f"Sales {cells}": quote for cells, quote in sqls.values()}
    assert cited == {label: quotes[label] for label in cited}
    assert cited


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT a FROM t ORDER BY a DESC LIMIT 1;", 'SELECT a, "row" FROM t ORDER BY a DESC LIMIT 1'),
        ("SELECT max(a, b) FROM t LIMIT 2", 'SELECT max(a, b), "row" FROM t LIMIT 2'),
        (
            "SELECT max(a), x FROM \"t\" AS s WHERE a > 'FROM b'",
            'SELECT max(a), x, "row" FROM "t" AS s WHERE a > \'FROM b\'',
        ),
        ("SELECT x, sum(a) FROM t WHERE b GROUP BY x ORDER BY 2", 'SELECT "row" FROM t WHERE b '),
        ("SELECT json_group_array(a) FROM t", 'SELECT "row" FROM t '),
        ("SELECT a FROM t WHERE b IN (SELECT b FROM t)", None),
        ("SELECT a FROM t, u", None),
        ("SELECT a FROM t JOIN u", None),
        ("SELECT x, sum(a) FROM t GROUP BY x HAVING sum(a) > 1", None),
        ("SELECT a /* FROM */ FROM t", None),
        ("WITH u AS (SELECT 1) SELECT a FROM t", None),
    ],
)
def test_the_rows_of_a_plain_query_are_known(sql: str, wanted: str | None) -> None:
    assert rows_query(sql) == wanted


async def test_a_model_is_told_of_tables_that_fit_where_no_passage_does(
    firm: Company, books: dict[str, str], model: ChosenScript, double: OpenAIDouble
) -> None:
    question = {"question": "Average price over every imaginable thing that Wellington purchased?"}
    model.script = "words"
    events = await firm.member.events("/ask/stream", question)
    asked = double.answers[0].body["messages"][-1]["content"]
    assert '< table id="' in asked
    assert "salar" not in asked
    # It has calculated nothing: it is not heard.
    assert "".join(e.data["text"] for e in events if e.kind == "text.delta").startswith("The documents you may read do")
    double.forget()
    await firm.member.events("/ask/stream", {"question": "What is the highest mountain of Wellington?"})
    assert double.answers == []


async def test_tables_that_may_not_be_read_are_as_those_that_do_not_exist(
    firm: Company, books: dict[str, str], model: ChosenScript, double: OpenAIDouble
) -> None:
    mine = await tables_of(firm.member, model, double)
    model.script = agent([("list_tables", {"query": "salary"})])
    await firm.owner.events("/ask/stream", QUESTION)
    hidden = told(double)[0].split('<table id="')[1].split('"')[0]
    double.forget()
    assert hidden not in str(mine)
    missing = "01a1fe40-29e5-79a0-a1af-0c0f88a2146e"
    known = mine["sales_of_pumps"]
    model.script = agent(
        [
            ("query_table", {"tables": [hidden], "sql": "SELECT * FROM sheet"}),
            ("query_table", {"tables": [missing], "sql": "SELECT * FROM sheet"}),
            ("query_table", {"tables": [known, hidden], "sql": "SELECT * FROM sheet"}),
            ("query_table", {"tables": ["nonsense"], "sql": "SELECT * FROM sheet"}),
            ("list_tables", {"query": "salary"}),
        ]
    )
    await firm.member.events("/ask/stream", QUESTION)
    refused = told(double)
    assert set(refused[:4]) == {"There is no such table. Take ids from list_tables."}
    assert "salar" not in refused[4]


async def test_several_tables_are_joined_and_replaced_with_their_document(
    firm: Company, books: dict[str, str], model: ChosenScript, double: OpenAIDouble
) -> None:
    tables = await tables_of(firm.member, model, double)
    sql = "SELECT COUNT(*) AS n, MAX(price) AS most FROM sales_of_pumps, prices"
    model.script = agent([("query_table", {"tables": list(tables.values()), "sql": sql})])
    events = await firm.member.events("/ask/stream", QUESTION)
    [finished] = [event.data for event in events if event.kind == "tool.finished"]
    assert finished["table"]["rows"] == [[6, "1234.5"]]
    assert {each["title"] for each in finished["table"]["places"]} == {"Sales", "prices"}
    double.forget()
    await firm.owner.upload(books["shelf"], "prices.csv", "part;price\nSeal;5\n")
    await firm.owner.settle(books["shelf"])
    again = await tables_of(firm.member, model, double)
    assert again["sales_of_pumps"] == tables["sales_of_pumps"]
    assert again["prices"] != tables["prices"]


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("DROP TABLE t", "only a SELECT"),
        ("INSERT INTO t VALUES (1, 2)", "only a SELECT"),
        ("PRAGMA table_info(t)", "only a SELECT"),
        ("ATTACH ':memory:' AS x", "only a SELECT"),
        ("SELECT 1; SELECT 2", "one statement"),
        ("SELECT * FROM sqlite_master", "prohibited"),
        ("SELECT load_extension('x')", "only a SELECT"),
        ("SELECT sum(name) FROM t", "numbers only"),
        ("WITH RECURSIVE a(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM a) SELECT count(*) FROM a", "too long"),
        ("SELEC", "syntax error"),
    ],
)
def test_only_reading_is_allowed(sql: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nexus.agents.table_query._SECONDS", 0.2)
    with pytest.raises(ToolError) as refused:
        run_query([sample()], sql)
    assert said in refused.value.detail


def sample() -> LoadedTable:
    rows = [["Name", "Amount"], ["a", "0.1"], ["b", "0.2"], ["c", "9999999999999.07"]]
    cells = [SheetRow(n, tuple(Cell(c, v, "text") for c, v in enumerate(row))) for n, row in enumerate(rows, 1)]
    [table] = read_tables(Sheet(1, "t", tuple(cells)))
    return LoadedTable("t", tuple((column.name, column.kind) for column in table.columns), table.content)


def test_sums_are_exact() -> None:
    assert run_query([sample()], "SELECT sum(amount) FROM t WHERE amount < 1").rows == (("0.3",),)
    assert run_query([sample()], "SELECT sum(amount) FROM t").rows == (("9999999999999.37",),)
    assert run_query([sample()], "SELECT avg(amount) FROM t WHERE amount < 1").rows == (("0.15",),)
    running = run_query([sample()], "SELECT sum(amount) OVER (ORDER BY amount) FROM t WHERE amount < 1")
    assert running.rows == (("0.1",), ("0.3",))
    assert running.used == (("t", "amount"),)
