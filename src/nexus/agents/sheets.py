"""The tools for numbers in spreadsheets: which tables there are, and one SELECT over some of them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final
from uuid import UUID

import regex
from pydantic import Field, StringConstraints

from nexus.agents import table_queries
from nexus.agents.builtin import Arguments, Word, narrowed, own_tool
from nexus.agents.passages import Shelf, attribute, defuse
from nexus.agents.table_places import cells_of, shown_at
from nexus.agents.table_queries import TableOf
from nexus.agents.table_query import LoadedTable, QueryResult, run_query
from nexus.agents.tools import Outcome, Tool, ToolError, Touches
from nexus.core.sandbox.limits import MEBIBYTE, SandboxError, SandboxLimits
from nexus.core.sandbox.pool import Sandbox

if TYPE_CHECKING:
    from nexus.agents.workbench import Workbench

LIST: Final = "list_tables"
QUERY: Final = "query_table"

_LISTED: Final = 20
_LOOKED: Final = 500
_SHOWN_ROWS: Final = 20
_LIMITS: Final = SandboxLimits(
    memory_bytes=768 * MEBIBYTE, cpu_seconds=15, wall_seconds=20.0, result_bytes=4 * MEBIBYTE
)
_WORD: Final = regex.compile(r"[\p{L}\p{N}]{3,}")

_LIST: Final = """\
Lists tables of spreadsheets that the asker may read, with their columns, by words of their names, sheets or column
headers. For questions about figures: totals, averages, the highest, how many rows."""
_QUERY: Final = """\
Calculates with tables of spreadsheets: one SELECT of SQLite over tables as list_tables names them. Rows that sum others
up are left out of the tables already. Dates are text like 2026-01-31; "row" is the row in the sheet. Gives a numbered
passage to cite. Use it for every figure that is to be worked out from a spreadsheet."""


_FITTING: Final = "Tables of spreadsheets with words of the question in their names; query_table calculates with them:"


class ListTablesArguments(Arguments):
    query: Word = Field(
        default="", description="Words of table names, sheets or column headers; all tables when empty."
    )
    knowledge_base: Word = Field(default="", description="Name of the only knowledge base to look in.")


class QueryArguments(Arguments):
    tables: list[Word] = Field(min_length=1, max_length=5, description="Ids of the tables, as list_tables gives them.")
    sql: Annotated[str, StringConstraints(strip_whitespace=True, min_length=6, max_length=4000)] = Field(
        description='One SELECT; name tables and columns as list_tables does, as in SELECT SUM("amount") FROM "sales".'
    )


def sheet_tools(sandbox: Sandbox) -> Sequence[Tool]:
    async def query(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
        return await _query(sandbox, bench, QueryArguments.model_validate(arguments))

    reading = Touches(company=True)
    return (
        own_tool(LIST, _LIST, ListTablesArguments, _list, reading),
        own_tool(QUERY, _QUERY, QueryArguments, query, reading),
    )


async def tables_for(bench: "Workbench", most: int = 5) -> list[TableOf]:
    """Tables in whose names or headers words of the question stand, those with the most of them first."""
    words = sorted({word.casefold() for word in _WORD.findall(bench.request.query) if len(word) > 3})
    if not words:
        return []
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await narrowed(bench, session, principal, (), None)
        found = await table_queries.list_tables(session, principal, bounds, words, _LOOKED)
    return sorted(found, key=lambda one: -_fit(one, words))[:most]


def offer(shelf: Shelf, found: Sequence[TableOf]) -> None:
    """Tells a model ahead of its first word which tables there are for the question."""
    if found:
        name_documents(shelf, found)
        shelf.notes.append(f"{_FITTING}\n{describe(found)}")


def describe(found: Sequence[TableOf]) -> str:
    return "\n".join(["<tables>", *map(_line, found), "</tables>"])


def name_documents(shelf: Shelf, found: Sequence[TableOf]) -> list[tuple[UUID, str]]:
    """For the shelf and the step: whoever may not read one of them later does not read its headers either."""
    for one in found:
        headers = (column[1] for column in one.table.columns)
        told = (one.document.name, one.document.title, one.knowledge_base, one.table.title, one.table.sheet, *headers)
        shelf.name(one.document.id, *told)
    return list({one.document.id: one.document.title or one.document.name for one in found}.items())


async def _list(bench: "Workbench", arguments: Mapping[str, Any]) -> Outcome:
    wanted = ListTablesArguments.model_validate(arguments)
    names = [wanted.knowledge_base] if wanted.knowledge_base else []
    words = [word.casefold() for word in _WORD.findall(wanted.query)]
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await narrowed(bench, session, principal, names, None)
        tables, documents = await table_queries.count_tables(session, principal, bounds)
        found = await table_queries.list_tables(session, principal, bounds, words, _LOOKED)
    shown = sorted(found, key=lambda one: -_fit(one, words))[:_LISTED]
    lines = [f"There are {tables} tables in {documents} documents that the asker may read; {len(found)} fit the words."]
    if len(found) > len(shown):
        lines.append("Those that fit best are listed; use other words for others.")
    lines.append(describe(shown))
    bench.shelf.notes.append("\n".join(lines))
    named = name_documents(bench.shelf, shown)
    return Outcome(bench.shelf.notes[-1], len(found), named, (documents, documents))


def _fit(one: TableOf, words: Sequence[str]) -> int:
    headers = " ".join(f"{column[0]} {column[1]}" for column in one.table.columns)
    told = f"{headers} {one.table.title} {one.table.sheet} {one.document.name} {one.document.title}".casefold()
    return sum(word in told for word in words)


def _line(one: TableOf) -> str:
    table, document = one.table, one.document
    columns = ", ".join(
        f'"{name}" {kind}{f" {unit}" if unit else ""}{f" ({attribute(header)})" if header else ""}'
        for name, header, kind, _, unit, _ in table.columns
    )
    about = f'document="{attribute(document.title or document.name)}" sheet="{attribute(table.sheet)}"'
    title = f' title="{attribute(table.title)}"' if table.title else ""
    return (
        f'<table id="{table.id}" name="{table.name}" {about}{title} cells="{table.cells}" rows="{table.row_count}">'
        f"{defuse(columns)}</table>"
    )


async def _query(sandbox: Sandbox, bench: "Workbench", wanted: QueryArguments) -> Outcome:
    chosen = await _chosen(bench, wanted.tables)
    loaded = [
        LoadedTable(name, tuple((column[0], column[2]) for column in one.table.columns), one.table.content)
        for name, one in chosen.items()
    ]
    try:
        result = await sandbox.run(run_query, loaded, wanted.sql, limits=_LIMITS)
    except SandboxError:
        raise ToolError("The query took too long, or too much memory. Make it simpler.") from None
    read = {name: [column for table, column in result.used if table == name] for name in chosen}
    read = {name: columns for name, columns in read.items() if any(table == name for table, _ in result.used)}
    if not read:
        raise ToolError("The query reads none of these tables.")
    used = {name: chosen[name] for name in read}
    text = "\n".join([_rendered(result), *_asides(used, read)])
    # Where one table was read alone, the rows may be known that it rests on.
    places = {name: cells_of(one, read[name], result.origin) for name, one in used.items()}
    shown = await shown_at(bench, used, places, result.origin, text)
    named = name_documents(bench.shelf, list(used.values()))
    rendered = bench.shelf.render(bench.shelf.put_cells(shown))
    return Outcome(rendered, len(result.rows), named, table=_preview(result, used, places))


async def _chosen(bench: "Workbench", ids: Sequence[str]) -> dict[str, TableOf]:
    """By the names that the query has for them, with their rows. Raises ToolError for any that may not be read."""
    wanted = [found for each in ids if (found := _id(each))]
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        bounds = await narrowed(bench, session, principal, (), None)
        found = await table_queries.load_tables(session, principal, bounds, wanted)
    if len(wanted) < len(ids) or any(each not in found for each in wanted):
        raise ToolError("There is no such table. Take ids from list_tables.")
    chosen: dict[str, TableOf] = {}
    for each in dict.fromkeys(wanted):
        name, number = found[each].table.name, 2
        while name in chosen:
            # Two of the same name in one query: the second is name_2, in the order of the ids.
            name, number = f"{found[each].table.name}_{number}", number + 1
        chosen[name] = found[each]
    return chosen


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _rendered(result: QueryResult) -> str:
    rows = [" | ".join("" if value is None else str(value) for value in row) for row in result.rows]
    lines = [" | ".join(result.columns), *(" ".join(row.split()) for row in rows)]
    if result.more:
        lines.append(f"(Only the first {len(result.rows)} rows.)")
    return "\n".join(lines)


def _asides(used: Mapping[str, TableOf], read: Mapping[str, Sequence[str]]) -> list[str]:
    """What a reader of the result should know of it."""
    said: list[str] = []
    for name, one in used.items():
        for column, header, kind, _, unit, odd in one.table.columns:
            if column in read[name] and odd:
                said.append(f"({odd} cells of {header or column} hold no {kind} and are left out.)")
            if column in read[name] and unit:
                said.append(f"({header or column} is in {unit}.)")
        if one.table.total_count:
            said.append(f"({one.table.total_count} rows of {name} that sum others up are left out.)")
    return said


def _preview(result: QueryResult, used: Mapping[str, TableOf], places: Mapping[str, str]) -> dict[str, Any]:
    return {
        "columns": list(result.columns),
        "rows": [list(row) for row in result.rows[:_SHOWN_ROWS]],
        "more": result.more or len(result.rows) > _SHOWN_ROWS,
        "places": [
            {
                "document_id": str(one.document.id),
                "title": one.document.title or one.document.name,
                "sheet": one.table.sheet,
                "cells": places[name],
            }
            for name, one in used.items()
        ],
    }
