"""Tables in sheets: where they are, what their columns are called and hold, and which rows are totals.

Pure. Whatever is doubtful stays text: a question about it is answered by passages then, and not by a wrong sum.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import regex

from nexus.ingestion.sheet_blocks import (
    LONGEST_NAME,
    Grid,
    blocks,
    columns_of,
    is_heading,
    is_numeric,
    is_total,
    is_year,
    spread,
)
from nexus.ingestion.sheet_values import ColumnKind, Typed, type_column
from nexus.providers.parsers.base import Cell, Sheet

MOST_TABLES: Final = 100
_MOST_COLUMNS: Final = 200
_LONGEST_CELL: Final = 2000
_TITLE_ABOVE: Final = 3
"""Rows that a title stands above its table at most."""
_LETTERS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is what a query calls it, `header` what the sheet does."""

    name: str
    header: str
    kind: ColumnKind
    letter: str
    unit: str = ""
    odd: int = 0
    """Filled cells that are not of its kind, and have no value in the table."""


@dataclass(frozen=True, slots=True)
class SheetTableRead:
    """`first_row`, `last_row`: of the sheet, header and totals included. `content`: as `pack` makes it."""

    page: int
    sheet: str
    title: str
    name: str
    cells: str
    """Its range, as `A3:F120`."""
    first_row: int
    last_row: int
    columns: tuple[Column, ...]
    row_count: int
    total_count: int
    content: bytes


def read_tables(sheet: Sheet, otherwise: str = "sheet") -> list[SheetTableRead]:
    """Those with at least one row below their header. `otherwise`: what one is called that nothing names."""
    grid: Grid = {row.number: {cell.column: cell for cell in row.cells if cell.text.strip()} for row in sheet.rows}
    grid = {number: cells for number, cells in grid.items() if cells}
    merged = spread(grid, sheet.merged)
    found: list[SheetTableRead] = []
    above: tuple[int, str] | None = None
    for block in blocks(grid):
        table = _read(block, sheet, merged, otherwise)
        if table is not None:
            if above and not table.title and 0 < table.first_row - above[0] <= _TITLE_ABOVE:
                table = replace(table, title=above[1], name=slug(above[1]) or table.name)
            found.append(table)
        above = _line_alone(block)
        if len(found) == MOST_TABLES:
            break
    return found


def _line_alone(block: Grid) -> tuple[int, str] | None:
    """A text that stands alone, perhaps as the title of what follows it, and its row."""
    cells = [cell for row in block.values() for cell in row.values()]
    if len({cell.text for cell in cells}) != 1 or len(block) > 1 or is_numeric(cells[0]):
        return None
    return min(block), cells[0].text.strip()[:LONGEST_NAME]


def _read(block: Grid, sheet: Sheet, merged: frozenset[tuple[int, int]], otherwise: str) -> SheetTableRead | None:
    rows = sorted(block)
    columns = columns_of(block)
    if not 2 <= len(columns) <= _MOST_COLUMNS or len(rows) < 2:
        return None
    title: list[str] = []
    while len(rows) > 2 and _is_title(rows[0], block, merged):
        title.append(next(iter(block[rows.pop(0)].values())).text.strip())
    notes = len(rows)
    while (
        notes > 2 and len(block[rows[notes - 1]]) == 1 and not is_numeric(next(iter(block[rows[notes - 1]].values())))
    ):
        notes -= 1
    rows = rows[:notes]
    columns = sorted({column for row in rows for column in block[row]})
    count = _header_rows([block[row] for row in rows], rows, columns, merged)
    header, body = rows[:count], rows[count:]
    labels = {block[row][min(block[row])].text.strip().casefold() for row in body}
    totals = [row for row in body if is_total(block[row], labels)]
    body = [row for row in body if row not in set(totals)]
    if not body or len(columns) < 2:
        return None
    headers = _headers([block[row] for row in header], columns)
    typed = [
        type_column([block[row].get(column) for row in body], decimal_comma=sheet.decimal_comma) for column in columns
    ]
    plain = all(each.kind == "text" for each in typed)
    if plain and (not count or len(body) < 2):
        # Words beside words without a name for any of them are a form or a layout.
        return None
    made = _named(headers, columns, typed)
    kept = {row: [_plain(block[row].get(column)) for column in columns] for row in totals}
    name = " ".join(title)[:LONGEST_NAME]
    return SheetTableRead(
        page=sheet.page,
        sheet=sheet.name,
        title=name,
        name=slug(name) or slug(sheet.name) or slug(otherwise) or "sheet",
        cells=f"{letter(columns[0])}{rows[0]}:{letter(columns[-1])}{rows[-1]}",
        first_row=rows[0],
        last_row=rows[-1],
        columns=made,
        row_count=len(body),
        total_count=len(totals),
        content=pack(body, typed, kept),
    )


def pack(rows: Sequence[int], typed: Sequence[Typed], totals: Mapping[int, Sequence[str | None]]) -> bytes:
    """The rows with their numbers in the sheet, and the totals as they are written."""
    values = [[row, *(_bounded(column.values[at]) for column in typed)] for at, row in enumerate(rows)]
    kept = [[row, *cells] for row, cells in totals.items()]
    return zlib.compress(json.dumps([values, kept], ensure_ascii=False, separators=(",", ":")).encode())


def _bounded(value: int | str | None) -> int | str | None:
    return value[:_LONGEST_CELL] if isinstance(value, str) else value


def _plain(cell: Cell | None) -> str | None:
    return cell.text[:_LONGEST_CELL] if cell else None


def _is_title(row: int, block: Grid, merged: frozenset[tuple[int, int]]) -> bool:
    """One text above everything, alone in its row or merged over it."""
    cells = list(block[row].values())
    if is_numeric(cells[0]):
        return False
    if len(cells) == 1:
        return True
    spread = all((row, cell.column) in merged for cell in cells) and len({cell.text for cell in cells}) == 1
    return spread and len(cells) == len(columns_of(block))


def _header_rows(
    lines: Sequence[Mapping[int, Cell]], rows: Sequence[int], columns: Sequence[int], merged: frozenset[tuple[int, int]]
) -> int:
    first = lines[0]
    over = any((rows[0], column) in merged for column in first)
    if over or len(first) < len(columns):
        # Groups of columns stand above their names.
        nothing: Mapping[int, Cell] = {}
        second = lines[1] if len(lines) > 2 else nothing
        grouped = over or any(column not in first for column in second)
        named = {column: second.get(column) or first.get(column) for column in columns}
        full = all(named.values()) and not any(is_numeric(c) and not is_year(c) for c in second.values())
        below = lines[2] if len(lines) > 2 else nothing
        differs = any(is_numeric(cell) for cell in below.values())
        words = all(not is_numeric(cell) or is_year(cell) for cell in first.values())
        if grouped and full and words and differs and len(second) > 1 and (over or len(first) < len(second)):
            return 2
    if is_heading(first.values()) and len(first) >= max(2, len(columns) - 1):
        return 1
    return 0


def _headers(header: Sequence[Mapping[int, Cell]], columns: Sequence[int]) -> list[str]:
    named: list[str] = []
    for column in columns:
        words: list[str] = []
        for line in header:
            text = " ".join(line[column].text.split()) if column in line else ""
            if text and text not in words:
                words.append(text)
        named.append(" ".join(words)[:LONGEST_NAME])
    return named


def _named(headers: Sequence[str], columns: Sequence[int], typed: Sequence[Typed]) -> tuple[Column, ...]:
    made: list[Column] = []
    taken = {"row"}
    for header, column, each in zip(headers, columns, typed, strict=True):
        plain = slug(header) or f"column_{letter(column).lower()}"
        name, number = plain, 2
        while name in taken:
            name, number = f"{plain}_{number}", number + 1
        taken.add(name)
        made.append(Column(name, header, each.kind, letter(column), each.unit, each.odd))
    return tuple(made)


def slug(text: str) -> str:
    """A name that needs no quotation marks in SQL."""
    plain = regex.sub(r"[^a-z0-9]+", "_", text.casefold().translate(_LETTERS)).strip("_")[:60]
    return f"t_{plain}" if plain[:1].isdigit() else plain


def letter(column: int) -> str:
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
