"""Rows of cells: where a table begins, and whether its first row names the columns."""

import re
from collections.abc import Iterable, Sequence

from nexus.providers.parsers.base import ParseError
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.writing import TextWriter, row_line

_NUMBER = re.compile(r"[(+-]?\s*[$€£¥]?\s*[+-]?\d[\d.,' ]*\s*(?:%|[a-zA-Z°]{1,3}|[$€£¥])?\)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?")
_LONGEST_NAME = 120
_LONGEST_NUMBER = 40


class GridWriter:
    """Writes the rows of a sheet: a blank row ends a table, rows of one cell above it are its title.

    Rows are sparse, `{column: text}` with columns from 0, because sheets are. Columns without text are left out.
    """

    def __init__(self, writer: TextWriter, limits: ParseLimits) -> None:
        self._writer = writer
        self._limits = limits
        self._cells = 0

    def write(self, rows: Iterable[dict[int, str]]) -> None:
        region: list[dict[int, str]] = []
        for row in rows:
            if row:
                self._cells += len(row)
                if self._cells > self._limits.cells:
                    raise self._too_large(f"{self._limits.cells:,} filled cells")
                region.append(row)
            elif region:
                self._region(region)
                region = []
        if region:
            self._region(region)

    def _region(self, rows: list[dict[int, str]]) -> None:
        first = next((number for number, row in enumerate(rows) if len(row) > 1), len(rows))
        for row in rows[:first]:
            self._writer.paragraph(row_line(tuple(row.values())))
        rows = rows[first:]
        columns = sorted({column for row in rows for column in row})
        if len(columns) > self._limits.columns or len(columns) * len(rows) > 4 * self._limits.cells:
            raise self._too_large(f"{self._limits.columns:,} columns")
        table = [[row.get(column, "") for column in columns] for row in rows]
        self._writer.table(table, header=begins_with_header(table))

    def _too_large(self, what: str) -> ParseError:
        return ParseError("too-large", f"The file has more than {what}. Split it, or export the part that matters.")


def is_number(cell: str) -> bool:
    """Whether a cell holds a number, an amount or a date."""
    cell = cell.strip()
    if len(cell) > _LONGEST_NUMBER:
        return False
    return _NUMBER.fullmatch(cell) is not None or _DATE.fullmatch(cell) is not None


def begins_with_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: short, distinct names, years allowed, where values follow."""
    if len(rows) < 2:
        return False
    names = [cell.strip() for cell in rows[0]]
    named = [name for name in names if name]
    width = max(len([cell for cell in row if cell.strip()]) for row in rows[1:50])
    if len(named) < 2 or len(named) < width - 1 or len(set(named)) < len(named):
        return False
    if any(len(name) > _LONGEST_NAME for name in named):
        return False
    return sum(is_number(name) and not _is_year(name) for name in named) * 4 < len(named)


def _is_year(name: str) -> bool:
    return re.fullmatch(r"(?:19|20)\d\d", name) is not None
