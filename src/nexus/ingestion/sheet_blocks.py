"""Where tables are in a sheet: rectangles of filled cells with empty rows and columns around them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

import regex

from nexus.ingestion.sheet_values import type_column
from nexus.providers.parsers.base import Cell

LONGEST_NAME: Final = 120
_TOTAL: Final = regex.compile(
    r"(?:(?:(?:grand|overall|net|gross) |sub-?\s?)?totals?|sums?|averages?|mean|(?:zwischen|end|gesamt)?summen?"
    r"|gesamt(?:betrag|ergebnis)?|insgesamt|durchschnitt|mittelwert|sous-total|totale)(?!\p{L})",
    regex.IGNORECASE,
)
_BESIDE_TOTAL: Final = regex.compile(
    r"[\s:=]*(?:(?:19|20)\d\d|eur|usd|gbp|chf|€|\$|£|net|gross|netto|brutto|overall)?[\s:]*"
)
_YEAR: Final = regex.compile(r"(?:19|20)\d\d")

Grid = dict[int, dict[int, Cell]]
"""Cells by row (from 1) and column (from 0)."""


def spread(grid: Grid, merged: Sequence[tuple[int, int, int, int]]) -> frozenset[tuple[int, int]]:
    """Words of merged cells stand for all of their cells; numbers do not, which would count them twice. The places
    that are parts of merged cells over columns."""
    places: set[tuple[int, int]] = set()
    for top, bottom, left, right in merged:
        cell = grid.get(top, {}).get(left)
        if cell is None or (bottom - top + 1) * (right - left + 1) > 10_000:
            continue
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                if right > left:
                    places.add((row, column))
                if row in grid and (not is_numeric(cell) or (right > left and is_year(cell))):
                    grid[row].setdefault(column, replace(cell, column=column))
    return frozenset(places)


def blocks(grid: Grid) -> Iterator[Grid]:
    """Rectangles with empty rows and columns around them; a gap inside of a table is none."""
    bands = _bands(grid)
    merged: list[Grid] = []
    for band in bands:
        if merged and _continues(merged[-1], band):
            merged[-1] = merged[-1] | band
        else:
            merged.append(band)
    for band in merged:
        parts = _side_by_side(band)
        if len(parts) == 1:
            yield parts[0]
        else:
            for part in parts:
                yield from blocks(part)


def _bands(grid: Grid) -> list[Grid]:
    rows = sorted(grid)
    groups = groupby(enumerate(rows), key=lambda pair: pair[1] - pair[0])
    return [{row: grid[row] for _, row in group} for _, group in groups]


def columns_of(grid: Grid) -> list[int]:
    return sorted({column for cells in grid.values() for column in cells})


def _continues(above: Grid, band: Grid) -> bool:
    """Whether an empty row only divides one table: below it stands what has no header, in the same columns."""
    first, columns = band[min(band)], columns_of(above)
    if len(columns) < 2 or not set(columns_of(band)) <= set(columns) or is_heading(first.values()):
        return False
    if len(above) == 1 and is_heading(above[min(above)].values()):
        return len(first) > 1
    if len(band) == 1 and is_total(first):
        return True
    body = list(above.values())[-1]
    same = [column for column in first if column in body and is_numeric(first[column]) == is_numeric(body[column])]
    return len(first) > 1 and len(same) == len(first) and any(is_numeric(cell) for cell in first.values())


def _side_by_side(band: Grid) -> list[Grid]:
    """Parts between empty columns. One that is as high as its neighbour and names no column anew belongs to it."""
    columns = columns_of(band)
    groups = [[c for _, c in group] for _, group in groupby(enumerate(columns), key=lambda pair: pair[1] - pair[0])]
    parts: list[Grid] = []
    for group in groups:
        part = {row: {c: cells[c] for c in group if c in cells} for row, cells in band.items()}
        part = {row: cells for row, cells in part.items() if cells}
        if parts and _belongs(parts[-1], part):
            rows = sorted({*parts[-1], *part})
            parts[-1] = {row: parts[-1].get(row, {}) | part.get(row, {}) for row in rows}
        else:
            parts.append(part)
    return parts


def _belongs(left: Grid, right: Grid) -> bool:
    if min(left) != min(right) or max(left) != max(right) or len(left) != len(right):
        return False
    names = [{cell.text.strip().casefold() for cell in part[min(part)].values()} for part in (left, right)]
    return names[0].isdisjoint(names[1])


def is_numeric(cell: Cell) -> bool:
    if cell.kind in {"number", "percent", "date", "duration"}:
        return True
    typed = type_column([cell])
    return typed.kind in {"integer", "decimal", "date"}


def is_heading(cells: Iterable[Cell]) -> bool:
    """Names, no values: years may stand among them."""
    listed = list(cells)
    names = [cell.text.strip() for cell in listed]
    if len(names) < 2 or any(len(name) > LONGEST_NAME for name in names):
        return False
    values = [cell for cell in listed if is_numeric(cell) and not is_year(cell)]
    words = [cell for cell in listed if not is_numeric(cell)]
    return not values and bool(words) and len(set(names)) == len(names)


def is_year(cell: Cell) -> bool:
    return _YEAR.fullmatch(cell.text.strip()) is not None


def is_total(cells: Mapping[int, Cell], labels: Iterable[str] = ()) -> bool:
    """Its first text says that it sums up, and a number stands behind it. "Total Energies" is a name, unless there are
    rows of Energies: `labels` are what the rows begin with, in small letters."""
    label = cells[min(cells)]
    if label.kind != "text":
        return False
    text = label.text.strip()
    match = _TOTAL.match(text)
    if match is not None:
        rest = text[match.end() :]
        named = _BESIDE_TOTAL.fullmatch(rest) is not None or rest.strip(" :-").casefold() in labels
    else:
        before, _, last = text.rpartition(" ")
        named = _TOTAL.fullmatch(last) is not None and before.strip(" :-").casefold() in labels
    return named and any(is_numeric(cell) for cell in cells.values())
