"""Where tables are in a sheet, and what their columns hold."""

import json
import zlib
from typing import Any

import pytest

from nexus.ingestion.sheet_tables import SheetTableRead, read_tables
from nexus.ingestion.sheet_values import type_column
from nexus.providers.parsers.base import Cell, CellKind, Sheet, SheetRow


def sheet(text: str, *, merged: tuple[tuple[int, int, int, int], ...] = (), comma: bool | None = None) -> Sheet:
    """A sheet of texts: a line a row, `|` between cells."""
    lines = [line.strip().split("|") for line in text.strip("\n").split("\n")]
    rows = [
        SheetRow(number, tuple(Cell(c, cell.strip(), "text") for c, cell in enumerate(line) if cell.strip()))
        for number, line in enumerate(lines, 1)
    ]
    return Sheet(1, "Sheet", tuple(row for row in rows if row.cells), merged, comma)


def shape(table: SheetTableRead) -> tuple[str, list[str], list[str], int, int]:
    columns = table.columns
    return table.cells, [c.name for c in columns], [c.kind for c in columns], table.row_count, table.total_count


def rows_of(table: SheetTableRead) -> Any:
    return json.loads(zlib.decompress(table.content))[0]


def test_a_title_a_header_and_a_total() -> None:
    [table] = read_tables(
        sheet(
            """
            Sales of pumps 2024

            Region | Amount | Sold on
            North | 1,234.50 | 2024-01-31
            South | (20.00) | 2024-02-01
            Total | 1,214.50 |
            """
        )
    )
    assert shape(table) == ("A3:C6", ["region", "amount", "sold_on"], ["text", "decimal", "date"], 2, 1)
    assert (table.title, table.name) == ("Sales of pumps 2024", "sales_of_pumps_2024")
    assert rows_of(table) == [[4, "North", "1234.50", "2024-01-31"], [5, "South", "-20.00", "2024-02-01"]]


def test_several_tables_below_and_beside_each_other() -> None:
    tables = read_tables(
        sheet(
            """
            Part | Price | | Name | Since
            Seal | 12 | | Ada | 2001
            Oil | 4 | | Bob | 2007

            Crew | Hours
            A | 7.5
            B | 8
            """
        )
    )
    assert [table.cells for table in tables] == ["A1:B3", "D1:E3", "A5:B7"] or [t.cells for t in tables] == [
        "A1:E3",
        "A5:B7",
    ]


def test_names_in_two_rows_over_merged_cells() -> None:
    [table] = read_tables(
        sheet(
            """
            Region | 2023 | | 2024 |
            | Units | Sales | Units | Sales
            North | 3 | 30.5 | 4 | 40.5
            South | 5 | 50.5 | 6 | 60.5
            """,
            merged=((1, 1, 1, 2), (1, 1, 3, 4), (1, 2, 0, 0)),
        )
    )
    assert [column.header for column in table.columns] == [
        "Region",
        "2023 Units",
        "2023 Sales",
        "2024 Units",
        "2024 Sales",
    ]
    assert table.row_count == 2


def test_an_empty_row_divides_no_table() -> None:
    [table] = read_tables(sheet("Part | Price\n\nSeal | 12\nOil | 4\n\nBolt | 1\n\nTotal | 17"))
    assert shape(table) == ("A1:B8", ["part", "price"], ["text", "integer"], 3, 1)


@pytest.mark.parametrize("word", ["Summe", "Gesamtsumme", "Sum", "Totals", "Zwischensumme", "Gesamtbetrag"])
def test_a_total_in_any_word(word: str) -> None:
    [table] = read_tables(sheet(f"Customer | Amount\nSummit | 5\nMeaney | 2\n{word} | 7"))
    assert (table.row_count, table.total_count) == (2, 1)


def test_what_is_no_total() -> None:
    [table] = read_tables(sheet("Customer | Amount\nTotal Energies | 5\nAda | 2\nTotal Ada | 2\nGrand total | 7"))
    assert (table.row_count, table.total_count) == (2, 2)


@pytest.mark.parametrize(
    ("texts", "comma", "kind", "values"),
    [
        (["1", "2", ""], None, "integer", [1, 2, None]),
        (["1.234,50 €", "3 €"], None, "decimal", ["1234.50", "3"]),
        (["$1,234.50", "$3"], None, "decimal", ["1234.50", "3"]),
        (["1 234,5", "2,5"], None, "decimal", ["1234.5", "2.5"]),
        (["12,5 %", "3 %"], True, "decimal", ["12.5", "3"]),
        (["(5)", "−3", "4-"], None, "integer", [-5, -3, -4]),
        (["5 €", "5 $"], None, "text", None),
        (["1,234.50", "1.234,50"], None, "text", None),
        # A thousand or a bit more than one: nobody knows.
        (["1.234", "5.678"], None, "text", None),
        (["1.234", "5.678"], True, "integer", [1234, 5678]),
        (["1,234", "5,678"], False, "integer", [1234, 5678]),
        (["00123", "00456"], None, "text", None),
        (["1234567890123456789", "3"], None, "text", None),
        (["31.12.2024", "1.2.2024"], None, "date", ["2024-12-31", "2024-02-01"]),
        (["12/31/2024", "1/2/2024"], None, "date", ["2024-12-31", "2024-01-02"]),
        (["1/2/2024", "3/4/2024"], None, "text", None),
        (["yes", "no", "yes"], None, "boolean", [1, 0, 1]),
        (["n/a", "3", "-"], None, "integer", [None, 3, None]),
        (["about 3", "4"], None, "text", None),
    ],
)
def test_what_a_column_holds(texts: list[str], comma: bool | None, kind: str, values: list[Any] | None) -> None:
    typed = type_column([Cell(0, text, "text") if text else None for text in texts], decimal_comma=comma)
    assert typed.kind == kind
    assert values is None or list(typed.values) == values


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        ([("1.234", "number"), ("2", "number")], "decimal", ["1.234", "2"]),
        ([("12.5%", "percent"), ("-3%", "percent")], "decimal", ["12.5", "-3"]),
        ([("2024-01-31", "date"), ("2024-02-01 12:30:00", "date")], "date", ["2024-01-31", "2024-02-01 12:30:00"]),
        ([("TRUE", "boolean"), ("TRUE", "boolean")], "boolean", [1, 1]),
    ],
)
def test_cells_that_say_what_they_are(cells: list[tuple[str, CellKind]], kind: str, values: list[Any]) -> None:
    typed = type_column([Cell(0, *cell) for cell in cells])
    assert (typed.kind, list(typed.values)) == (kind, values)


def test_what_does_not_fit_is_counted() -> None:
    typed = type_column([*(Cell(0, str(n), "number") for n in range(20)), Cell(0, "see note", "text")])
    assert (typed.kind, typed.odd, typed.values[-1]) == ("integer", 1, None)


def test_words_beside_words_are_no_table() -> None:
    assert read_tables(sheet("Dear all\nplease | read\nthis | now")) == []
    assert read_tables(sheet("only one column\n1\n2")) == []
