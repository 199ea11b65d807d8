"""Generated spreadsheets of which every figure is known: the same for the same seed.

They are as untidy as real ones: titles and notes, totals, empty cells, numbers stored as text, German decimals and
dates, units in headers and cells, headers of two rows, several sheets.
"""

import io
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, Literal

from openpyxl import Workbook


@dataclass(frozen=True, slots=True)
class Theme:
    name: str
    language: Literal["en", "de"]
    group: str
    groups: tuple[str, ...]
    other: str
    others: tuple[str, ...]
    decimal: str
    integer: str
    day: str


_PLACES: Final = ("Aldermere", "Brockham", "Castlebar", "Dunmore", "Eastleigh")
_ORTE: Final = ("Aachen", "Bremen", "Coburg", "Dresden", "Erfurt")
THEMES: Final = (
    Theme(
        "sales",
        "en",
        "Region",
        ("North", "South", "East", "West"),
        "Product",
        ("Heron", "Kestrel", "Osprey"),
        "Amount",
        "Units",
        "Sold on",
    ),
    Theme("travel", "en", "Department", ("Legal", "Design", "Finance"), "City", _PLACES, "Cost", "Nights", "Departed"),
    Theme("energy", "en", "Site", _PLACES, "Meter", ("Gas", "Power", "Water"), "Consumption", "Outages", "Read on"),
    Theme("stock", "en", "Warehouse", _PLACES, "Part", ("Seal", "Valve", "Bearing"), "Price", "Quantity", "Counted"),
    Theme(
        "umsatz",
        "de",
        "Region",
        ("Nord", "Süd", "Ost", "West"),
        "Produkt",
        ("Reiher", "Falke", "Adler"),
        "Betrag",
        "Menge",
        "Verkauft am",
    ),
    Theme("reisen", "de", "Abteilung", ("Recht", "Einkauf", "Technik"), "Ort", _ORTE, "Kosten", "Nächte", "Abreise"),
    Theme("lager", "de", "Lagerort", _ORTE, "Teil", ("Dichtung", "Ventil", "Lager 7"), "Preis", "Bestand", "Gezählt"),
)


@dataclass(frozen=True, slots=True)
class Row:
    group: str
    other: str
    decimal: Decimal | None
    integer: int | None
    day: date


@dataclass(frozen=True, slots=True)
class SheetMade:
    """One table. `over`: what stands above its numbers, in a header of two rows."""

    theme: Theme
    sheet: str
    rows: tuple[Row, ...]
    over: str = ""
    unit: str = ""
    mixed: bool = False
    """Its decimals are of two currencies: no sum of them is right."""

    @property
    def decimal(self) -> str:
        return f"{self.over} {self.theme.decimal}".strip()

    @property
    def integer(self) -> str:
        return f"{self.over} {self.theme.integer}".strip()


@dataclass(frozen=True, slots=True)
class FileMade:
    name: str
    content: bytes
    sheets: tuple[SheetMade, ...]
    traits: tuple[str, ...]


def make_files(count: int, seed: int) -> list[FileMade]:
    chance = random.Random(seed)
    return [_file(number, chance) for number in range(count)]


def _file(number: int, chance: random.Random) -> FileMade:
    theme = THEMES[number % len(THEMES)]
    form = chance.choice(("xlsx", "xlsx", "csv"))
    traits = [form, theme.language]
    several = form == "xlsx" and chance.random() < 0.3
    made: list[SheetMade] = []
    for part in range(2 if several else 1):
        name = f"{'Blatt' if theme.language == 'de' else 'Part'} {chr(65 + part)}{number}"
        over = chance.choice(("Plan", "Ist")) if form == "xlsx" and chance.random() < 0.2 else ""
        unit = chance.choice(("", "", "EUR"))
        made.append(SheetMade(theme, name, _rows(theme, chance), over, unit, mixed=chance.random() < 0.06))
    looks = {
        "title": chance.random() < 0.4,
        "total": chance.random() < 0.5,
        "note": chance.random() < 0.3,
        "text numbers": form == "xlsx" and chance.random() < 0.25,
        "currency in cells": chance.random() < 0.2,
    }
    traits += [name for name, has in looks.items() if has]
    traits += ["several sheets"] * several + ["two header rows"] * any(each.over for each in made)
    traits += ["empty cells"] * any(row.decimal is None for each in made for row in each.rows)
    content = _workbook(made, looks) if form == "xlsx" else _delimited(made[0], looks)
    return FileMade(f"{theme.name}{number:03}.{form}", content, tuple(made), tuple(traits))


def _rows(theme: Theme, chance: random.Random) -> tuple[Row, ...]:
    sparse = chance.random() < 0.4
    first = date(2023, 1, 1)
    rows = [
        Row(
            chance.choice(theme.groups),
            chance.choice(theme.others),
            None if sparse and chance.random() < 0.1 else Decimal(chance.randint(-500, 900_000)) / 100,
            None if sparse and chance.random() < 0.1 else chance.randint(0, 400),
            first + timedelta(days=chance.randint(0, 1000)),
        )
        for _ in range(chance.randint(6, 60))
    ]
    return tuple(rows)


def _lines(made: SheetMade, looks: Mapping[str, bool], show: Callable[[Any], Any]) -> Iterator[list[Any]]:
    """`show` makes what stands in a cell of a value."""
    theme = made.theme
    if looks["title"]:
        yield ["Bericht über alles" if theme.language == "de" else "A report on everything"]
        yield []
    if made.over:
        yield [None, None, made.over, made.over, None]
    unit = f" ({made.unit})" if made.unit else ""
    yield [theme.group, theme.other, f"{theme.decimal}{unit}", theme.integer, theme.day]
    for number, row in enumerate(made.rows):
        value: Any = show(row.decimal)
        if made.mixed:
            value = f"{row.decimal or 1} {'€' if number % 2 else '$'}"
        elif looks["currency in cells"] and not made.unit and row.decimal is not None:
            value = f"{_local(row.decimal, theme)} €"
        yield [row.group, row.other, value, show(row.integer), show(row.day)]
    if looks["total"]:
        word = "Summe" if theme.language == "de" else "Total"
        sums = (sum((row.decimal or Decimal() for row in made.rows), Decimal()), sum(r.integer or 0 for r in made.rows))
        yield [word, None, None if made.mixed else show(sums[0]), show(sums[1]), None]
    if looks["note"]:
        yield []
        yield ["Quelle: Buchhaltung" if theme.language == "de" else "Source: accounting"]


def _local(value: Decimal, theme: Theme) -> str:
    written = f"{value:,.2f}"
    return written.translate(str.maketrans(",.", ".,")) if theme.language == "de" else written


def _workbook(sheets: Sequence[SheetMade], looks: Mapping[str, bool]) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for made in sheets:
        page = book.create_sheet(made.sheet)

        def show(value: Any, theme: Theme = made.theme) -> Any:
            if isinstance(value, Decimal):
                return _local(value, theme) if looks["text numbers"] else float(value)
            return str(value) if isinstance(value, int) and looks["text numbers"] else value

        for line in _lines(made, looks, show):
            page.append(line)
        if made.over:
            at = 3 if looks["title"] else 1
            page.merge_cells(start_row=at, end_row=at, start_column=3, end_column=4)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _delimited(made: SheetMade, looks: Mapping[str, bool]) -> bytes:
    german = made.theme.language == "de"

    def show(value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{value:.2f}".replace(".", ",") if german else f"{value:.2f}"
        return value.strftime("%d.%m.%Y") if german and isinstance(value, date) else value

    mark = ";" if german else ","
    lines: list[str] = []
    for line in _lines(made, looks, show):
        cells = ["" if cell is None else str(cell) for cell in line]
        lines.append(mark.join(f'"{cell}"' if mark in cell else cell for cell in cells))
    return ("\n".join(lines) + "\n").encode()
