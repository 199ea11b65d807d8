"""One SELECT over tables of sheets, in a database of its own in memory: run it in a sandbox only.

Numbers are stored as SQLite stores them, and summed as decimals: a double holds every decimal of 15 digits, which is
what a spreadsheet has, so that money adds up to the last cent. Nothing but reading is authorised, and not for long.
"""

import json
import sqlite3
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from nexus.agents.table_rows import rows_query
from nexus.agents.tools import ToolError

MOST_ROWS: Final = 100
_MOST_COLUMNS: Final = 40
_MOST_ORIGIN: Final = 20_000
_MOST_LOADED: Final = 400_000
_LONGEST_CELL: Final = 300
_LONGEST_TEXT: Final = 1_000_000
"""Bytes of any value on the way to the result."""
_SECONDS: Final = 8.0
_STEPS: Final = 20_000
"""Instructions of the database between two looks at the clock."""
_DIGITS: Final = 15
_KINDS: Final = {"integer": "INTEGER", "decimal": "REAL", "boolean": "INTEGER", "date": "TEXT", "text": "TEXT"}
_SAID: Final = {
    "interrupted": "it took too long",
    "'step' method raised": "sums and averages take numbers only",
    "not authorized": "only a SELECT over these tables can be run",
}
_REFUSED: Final = frozenset(
    {"load_extension", "randomblob", "zeroblob", "writefile", "readfile", "edit", "fts3_tokenizer"}
)
_READING: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)

Value = int | str | None


@dataclass(frozen=True, slots=True)
class LoadedTable:
    """`columns`: name and kind. `content`: as `ingestion.sheet_tables.pack` makes it."""

    name: str
    columns: tuple[tuple[str, str], ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class QueryResult:
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    """Decimals as text, as exact as they are."""
    more: bool
    """Whether there are further rows."""
    used: tuple[tuple[str, str], ...]
    """Tables and columns that were read."""
    origin: tuple[int, ...] | None = None
    """Rows of the one table that it rests on; None where that is not known."""


def run_query(tables: Sequence[LoadedTable], sql: str) -> QueryResult:
    """Raises ToolError with what the database says of the statement."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        _load(connection, tables)
        return _select(connection, tables, sql)
    except sqlite3.Error as error:
        said = next((words for part, words in _SAID.items() if part in str(error)), str(error)[:300])
        raise ToolError(f"The query could not be run: {said}.") from None
    finally:
        connection.close()


def _load(connection: sqlite3.Connection, tables: Sequence[LoadedTable]) -> None:
    loaded = 0
    for table in tables:
        columns = ", ".join(f"{_quoted(name)} {_KINDS[kind]}" for name, kind in table.columns)
        connection.execute(f'CREATE TABLE {_quoted(table.name)} ("row" INTEGER, {columns})')
        rows, _ = json.loads(zlib.decompress(table.content))
        loaded += len(rows) * (len(table.columns) + 1)
        if loaded > _MOST_LOADED:
            raise ToolError("These tables are too large to be calculated with together.")
        # What affinity makes of a decimal's text is the nearest double, whose 15 digits are the decimal again.
        places = ", ".join("?" * (len(table.columns) + 1))
        connection.executemany(f"INSERT INTO {_quoted(table.name)} VALUES ({places})", rows)  # noqa: S608


def _select(connection: sqlite3.Connection, tables: Sequence[LoadedTable], sql: str) -> QueryResult:
    known = {table.name: {"row", *(name for name, _ in table.columns)} for table in tables}
    used: dict[tuple[str, str], None] = {}

    def authorise(action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action not in _READING:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION and (second or "").casefold() in _REFUSED:
            return sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_READ:
            if (first or "").startswith("sqlite_"):
                return sqlite3.SQLITE_DENY
            if first in known and (not second or second in known[first]):
                # Where rows are counted alone, no column is named.
                used[first, second or ""] = None
        return sqlite3.SQLITE_OK

    end = time.monotonic() + _SECONDS
    for name, made in (("sum", _Sum), ("total", _Sum), ("avg", _Average)):
        connection.create_window_function(name, 1, made)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_TEXT)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_authorizer(authorise)
    connection.set_progress_handler(lambda: int(time.monotonic() > end), _STEPS)
    cursor = connection.execute(sql)
    if cursor.description is None:
        raise ToolError("Only a SELECT can be run.")
    columns = tuple(str(each[0])[:120] for each in cursor.description)
    if len(columns) > _MOST_COLUMNS:
        raise ToolError(f"The result has more than {_MOST_COLUMNS} columns. Name those that are needed.")
    found = cursor.fetchmany(MOST_ROWS + 1)
    rows = tuple(tuple(map(_shown, row)) for row in found[:MOST_ROWS])
    read = tuple(used)
    return QueryResult(columns, rows, len(found) > MOST_ROWS, read, _origin(connection, read, sql))


def _origin(connection: sqlite3.Connection, used: Sequence[tuple[str, str]], sql: str) -> tuple[int, ...] | None:
    wanted = rows_query(sql) if len({table for table, _ in used}) == 1 else None
    if wanted is None:
        return None
    try:
        found = [row[-1] for row in connection.execute(wanted).fetchmany(_MOST_ORIGIN + 1)]
    except (sqlite3.Error, ToolError):
        return None
    if len(found) > _MOST_ORIGIN or not all(isinstance(row, int) for row in found):
        return None
    return tuple(found)


class _Sum:
    """Exact over decimals; what is no number is an error, and no zero."""

    def __init__(self) -> None:
        self.total = Decimal(0)
        self.count = 0

    def step(self, value: Any) -> None:
        if value is not None:
            self.total += _exact(value)
            self.count += 1

    def inverse(self, value: Any) -> None:
        if value is not None:
            self.total -= _exact(value)
            self.count -= 1

    def value(self) -> Any:
        return _returned(self.total) if self.count else None

    def finalize(self) -> Any:
        return self.value()


class _Average(_Sum):
    def value(self) -> Any:
        return float(self.total / self.count) if self.count else None


def _exact(value: Any) -> Decimal:
    return Decimal(f"{value:.{_DIGITS}g}") if isinstance(value, float) else Decimal(value)


def _returned(value: Decimal) -> int | float | str:
    """As a number where that is exact, else as its digits."""
    if value == value.to_integral_value() and abs(value) < 2**53:
        return int(value)
    return float(value) if _exact(float(value)) == value else f"{value:f}"


def _shown(value: Any) -> Value:
    if isinstance(value, float):
        text = f"{Decimal(f'{value:.{_DIGITS}g}'):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, bytes):
        return "(bytes)"
    return value[:_LONGEST_CELL] if isinstance(value, str) else value


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
