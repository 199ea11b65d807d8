"""XLSX: a sheet is a page; formulas by their last result, dates as ISO 8601, numbers with all of their digits."""

import warnings
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl

from nexus.providers.parsers.base import ParsedDocument
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.office import Package
from nexus.providers.parsers.sniffing import MEDIA_TYPES
from nexus.providers.parsers.tables import GridWriter
from nexus.providers.parsers.writing import TextWriter


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    with Package(path, limits) as package:
        package.refuse_doctypes()
        title = package.title()
    writer = TextWriter(limits)
    # The library warns of features that it leaves out; none of them holds text.
    with path.open("rb") as file, warnings.catch_warnings(action="ignore"):
        workbook = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
        for sheet in workbook.worksheets:
            # What a sheet says about its own size is not to be believed.
            sheet.reset_dimensions()
            writer.start_page(sheet.title)
            GridWriter(writer, limits).write(_with_heading(writer, sheet.title, _rows(sheet)))
    return writer.finish(MEDIA_TYPES["xlsx"], title)


def _with_heading(writer: TextWriter, title: str, rows: Iterator[dict[int, str]]) -> Iterator[dict[int, str]]:
    """The rows; the sheet's name stands above them as soon as there is one."""
    for row in rows:
        if row:
            writer.heading(title, 1)
            yield row
            break
    yield from rows


def _rows(sheet: Any) -> Iterator[dict[int, str]]:
    for row in sheet.iter_rows():
        yield {
            column: text
            for column, cell in enumerate(row)
            if (value := cell.value) is not None and (text := _text(value, cell)).strip()
        }


def _text(value: object, cell: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case int() | float():
            return _number(value, cell.number_format or "")
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)


def _number(value: float, number_format: str) -> str:
    """Fifteen digits, as Excel counts; a percentage as it is shown."""
    if "%" in number_format:
        return f"{value * 100:.12g}%"
    if isinstance(value, int) or (value.is_integer() and abs(value) < 1e15):
        return str(int(value))
    return f"{value:.15g}"
