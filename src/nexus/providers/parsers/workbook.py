"""XLSX: a sheet is a page; formulas by their last result, dates as ISO 8601, numbers with all of their digits.

The cells are read as a stream, row by row; what a sheet says about its own size is not believed.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lxml has no types.

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from nexus.providers.parsers.base import Cell, CellKind, ParsedDocument, ParseError, Sheet, SheetRow
from nexus.providers.parsers.formats import MEDIA_TYPES
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.office import RELATIONSHIPS, Element, Package
from nexus.providers.parsers.tables import GridWriter
from nexus.providers.parsers.writing import TextWriter, too_much_text

_S = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ROW, _CELL, _VALUE, _INLINE = f"{_S}row", f"{_S}c", f"{_S}v", f"{_S}is"
_MERGED = f"{_S}mergeCell"
_TEXT, _PHONETIC = f"{_S}t", f"{_S}rPh"
_WORKBOOK = "xl/workbook.xml"

_LETTERS = re.compile(r"[A-Z]{1,3}")
_INTEGER = re.compile(r"-?\d{1,40}")
# Formats that are dates in East Asian editions and are not spelled out in the file.
_EAST_ASIAN_DATES = frozenset([*range(27, 37), *range(50, 59)])

_Kind = Literal["number", "percent", "date", "duration"]


def parse(path: Path, limits: ParseLimits) -> ParsedDocument:
    with Package(path, limits) as package:
        return Workbook(package, limits).parse()


class Workbook:
    def __init__(self, package: Package, limits: ParseLimits) -> None:
        self._package = package
        self._limits = limits
        root = package.xml(_WORKBOOK)
        properties = root.find(f"{_S}workbookPr")
        mac = properties is not None and properties.get("date1904") in {"1", "true"}
        self._epoch = CALENDAR_MAC_1904 if mac else CALENDAR_WINDOWS_1900
        self._related = package.related(_WORKBOOK)
        self._sheets = [
            (node.get("name", ""), self._related.get(node.get(f"{RELATIONSHIPS}id", ""), ("", "")))
            for node in root.iter(f"{_S}sheet")
        ]
        self._strings = self._read_strings()
        self._kinds = self._read_kinds()
        self._columns: dict[str, int] = {}

    def parse(self) -> ParsedDocument:
        writer = TextWriter(self._limits)
        for name, (kind, part) in self._sheets:
            if kind != "worksheet" or part not in self._package:
                continue
            writer.start_page(name)
            GridWriter(writer, self._limits).write(_with_heading(writer, name, self._rows(part)))
        return writer.finish(MEDIA_TYPES["xlsx"], self._package.title())

    def sheets(self) -> Iterator[Sheet]:
        """The same cells with what they are; pages are numbered as `parse` numbers them."""
        page = 0
        for name, (kind, part) in self._sheets:
            if kind != "worksheet" or part not in self._package:
                continue
            page += 1
            yield Sheet(page, name, tuple(self._typed_rows(part)), tuple(self._merged(part)))

    def _typed_rows(self, part: str) -> Iterator[SheetRow]:
        expected = 1
        for row in self._package.elements(part, _ROW):
            label = row.get("r", "")
            number = int(label) if label.isdigit() else expected
            expected = number + 1
            cells = tuple(
                Cell(column, text, self._cell_kind(node))
                for column, node in self._placed(row)
                if (text := self._text(node))
            )
            if cells:
                yield SheetRow(number, cells)

    def _merged(self, part: str) -> Iterator[tuple[int, int, int, int]]:
        for node in self._package.elements(part, _MERGED):
            try:
                left, top, right, bottom = range_boundaries(node.get("ref", ""))
            except (ValueError, TypeError):
                continue
            if left and top and right and bottom:
                yield top, bottom, left - 1, right - 1

    def _cell_kind(self, cell: Element) -> CellKind:
        kind = cell.get("t", "n")
        if kind == "n":
            return self._kinds.get(cell.get("s", "0"), "number")
        return "boolean" if kind == "b" else "text"

    def _rows(self, part: str) -> Iterator[dict[int, str]]:
        """The rows that have text, and an empty one for each gap between them."""
        expected = 1
        for row in self._package.elements(part, _ROW):
            label = row.get("r", "")
            number = int(label) if label.isdigit() else expected
            cells = self._cells(row)
            if cells:
                if number > expected:
                    yield {}
                yield cells
                expected = number + 1

    def _cells(self, row: Element) -> dict[int, str]:
        return {column: text for column, node in self._placed(row) if (text := self._text(node))}

    def _placed(self, row: Element) -> Iterator[tuple[int, Element]]:
        """Its cells with their columns."""
        column = -1
        for node in row.iterchildren(_CELL):
            reference = node.get("r")
            column = column + 1 if reference is None else self._column(reference)
            yield column, node

    def _column(self, reference: str) -> int:
        match = _LETTERS.match(reference)
        letters = match[0] if match else "A"
        if letters not in self._columns:
            number = 0
            for letter in letters:
                number = number * 26 + ord(letter) - ord("A") + 1
            self._columns[letters] = number - 1
        return self._columns[letters]

    def _text(self, cell: Element) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            inline = cell.find(_INLINE)
            return "" if inline is None else _string(inline)
        value = cell.findtext(_VALUE)
        if not value:
            return ""
        match kind:
            case "s":
                return self._strings[int(value)] if value.isdigit() and int(value) < len(self._strings) else ""
            case "b":
                return "FALSE" if value == "0" else "TRUE"
            case "n":
                style = cell.get("s", "0")
                return self._number(value, self._kinds.get(style, "number"))
            case _:
                return value.strip()

    def _number(self, value: str, kind: _Kind) -> str:
        if kind == "number" and _INTEGER.fullmatch(value):
            return value
        try:
            number = float(value)
        except ValueError:
            return value
        if kind == "percent":
            return f"{number * 100:.12g}%"
        if kind in {"date", "duration"}:
            try:
                return _moment(from_excel(number, self._epoch, timedelta=kind == "duration"))
            except (ValueError, OverflowError):
                return value
        return str(int(number)) if number.is_integer() and abs(number) < 1e15 else f"{number:.15g}"

    def _read_strings(self) -> list[str]:
        part = next((part for kind, part in self._related.values() if kind == "sharedStrings"), "")
        strings: list[str] = []
        length = 0
        for node in self._package.elements(part, f"{_S}si") if part in self._package else ():
            strings.append(_string(node))
            length += len(strings[-1])
            if length > self._limits.text_characters:
                raise too_much_text(self._limits)
            if len(strings) > self._limits.cells:
                raise ParseError("too-large", f"The file has more than {self._limits.cells:,} texts in its cells.")
        return strings

    def _read_kinds(self) -> dict[str, _Kind]:
        """What the numbers of each cell style are. Styles that are plain numbers are left out."""
        part = next((part for kind, part in self._related.values() if kind == "styles"), "")
        if part not in self._package:
            return {}
        root = self._package.xml(part)
        formats = {node.get("numFmtId", ""): node.get("formatCode", "") for node in root.iter(f"{_S}numFmt")}
        styles = root.find(f"{_S}cellXfs")
        kinds: dict[str, _Kind] = {}
        for number, style in enumerate(() if styles is None else styles.iterchildren(f"{_S}xf")):
            identifier = style.get("numFmtId", "0")
            kind = _kind(identifier, formats.get(identifier, ""))
            if kind != "number":
                kinds[str(number)] = kind
        return kinds


def _kind(identifier: str, code: str) -> _Kind:
    builtin = int(identifier) if identifier.isdigit() else 0
    code = code or BUILTIN_FORMATS.get(builtin, "")
    if is_timedelta_format(code):
        return "duration"
    if builtin in _EAST_ASIAN_DATES or is_date_format(code):
        return "date"
    return "percent" if "%" in code else "number"


def _string(node: Element) -> str:
    """The text of a string with its runs; readings of Japanese words, which stand above them, are left out."""
    return "".join(text.text or "" for text in node.iter(_TEXT) if text.getparent().tag != _PHONETIC).strip()


def _moment(value: object) -> str:
    match value:
        case datetime():
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            minutes, seconds = divmod(round(value.total_seconds()), 60)
            return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        case _:
            return str(value)


def _with_heading(writer: TextWriter, title: str, rows: Iterator[dict[int, str]]) -> Iterator[dict[int, str]]:
    """The rows; the sheet's name stands above them as soon as there is one."""
    for row in rows:
        if row:
            writer.heading(title, 1)
            yield row
            break
    yield from rows
