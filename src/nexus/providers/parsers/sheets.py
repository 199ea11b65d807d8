"""The cells of spreadsheets with what they are, for tables that are calculated with; text is made by other modules."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from nexus.providers.parsers.base import Cell, ParseError, Sheet, SheetRow
from nexus.providers.parsers.delimited import separator_of
from nexus.providers.parsers.encodings import read_text
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.office import Package
from nexus.providers.parsers.workbook import Workbook

_MOST_CELLS = 400_000
"""Of one file: what is larger is searched as text, and not calculated with."""


def of_workbook(path: Path, limits: ParseLimits) -> tuple[Sheet, ...]:
    with Package(path, limits) as package:
        return _counted(Workbook(package, limits).sheets())


def of_delimited(path: Path, limits: ParseLimits) -> tuple[Sheet, ...]:
    text, _ = read_text(path, limits)
    text = text.replace("\0", "")
    csv.field_size_limit(limits.text_characters)
    separator = separator_of(text)
    rows: list[SheetRow] = []
    # A quoted cell may run over lines: rows are counted as a spreadsheet counts them.
    for number, row in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
        if len(row) > limits.columns:
            raise ParseError("too-large", f"The file has more than {limits.columns:,} columns.")
        cells = tuple(Cell(column, cell.strip(), "text") for column, cell in enumerate(row) if cell.strip())
        if cells:
            rows.append(SheetRow(number, cells))
    return _counted(iter((Sheet(1, "", tuple(rows), decimal_comma={";": True, ",": False}.get(separator)),)))


def _counted(sheets: Iterator[Sheet]) -> tuple[Sheet, ...]:
    """As many of the sheets as may be calculated with."""
    kept: list[Sheet] = []
    cells = 0
    for sheet in sheets:
        cells += sum(len(row.cells) for row in sheet.rows)
        if cells > _MOST_CELLS:
            break
        kept.append(sheet)
    return tuple(kept)
