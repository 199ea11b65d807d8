"""What the cells of a column are: integers, decimals, dates, booleans or text. A whole column decides, never a cell.

Numbers are kept as decimals and read in one convention a column: `1,234.50` and `1.234,50` in the same column make it
text, and so do two currencies, because a sum over either would be wrong.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

import regex

from nexus.providers.parsers.base import Cell

ColumnKind = Literal["integer", "decimal", "date", "boolean", "text"]
Value = int | str | None
"""Decimals and dates as text (ISO 8601), booleans as 0 and 1."""

_EMPTY: Final = frozenset(
    {"", "-", "–", "—", "n/a", "n.a.", "na", "k.a.", "k. a.", "null", "none", "#n/a", "#nv", "?", "tbd"}
)
_CURRENCIES: Final = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "US$": "USD", "Fr.": "CHF"}
_CURRENCY: Final = r"(?:US\$|[€$£¥]|Fr\.|EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|CZK)"
_NUMBER: Final = regex.compile(
    rf"(?P<open>\()?\s*(?P<sign>[-+−])?\s*(?P<before>{_CURRENCY})?\s*(?P<inner>[-+−])?\s*"
    rf"(?P<digits>\d[\d.,'’\u00a0\u202f ]*|[.,]\d+)\s*(?P<after>{_CURRENCY}|%)?\s*(?P<late>[-−])?\s*(?P<close>\))?"
    rf"\s*(?P<last>{_CURRENCY}|%)?"
)
_GROUPED: Final[dict[str, regex.Pattern[str]]] = {
    ".": regex.compile(
        r"\d{1,3}(?:(?P<mark>[,'’\u00a0\u202f ])\d{3}(?:(?P=mark)\d{3})*)?(?:\.\d+)?|\.\d+|\d+(?:\.\d+)?"
    ),
    ",": regex.compile(r"\d{1,3}(?:(?P<mark>[.'’\u00a0\u202f ])\d{3}(?:(?P=mark)\d{3})*)?(?:,\d+)?|,\d+|\d+(?:,\d+)?"),
}
_TWOFOLD: Final = regex.compile(r"\d{1,3}[.,]\d{3}")
"""A thousand and something, or one and something."""
_ISO: Final = regex.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?))?")
_DATE: Final = regex.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d\d)")
_TRUE: Final = frozenset({"true", "yes", "ja", "wahr", "y", "x", "✓"})
_FALSE: Final = frozenset({"false", "no", "nein", "falsch", "n"})
_DIGITS: Final = 15
"""That a number may have: so many a spreadsheet calculates with exactly, and so does the query."""
_MOSTLY: Final = 0.9
"""So much of a column has to be of a kind; what is not is left out, counted and told."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A column's values, in the order of its cells. `odd`: filled cells that are not of its kind."""

    kind: ColumnKind
    values: tuple[Value, ...]
    unit: str = ""
    odd: int = 0


def type_column(cells: Sequence[Cell | None], *, decimal_comma: bool | None = None) -> Typed:
    """`decimal_comma`: how numbers that may be read in two ways are to be read."""
    filled = [cell for cell in cells if cell is not None and cell.text.strip().casefold() not in _EMPTY]
    texts = [cell.text if cell else None for cell in cells]
    if not filled:
        return Typed("text", tuple(texts))
    return (
        _as_booleans(cells, filled)
        or _as_dates(cells, filled)
        or _as_numbers(cells, filled, decimal_comma)
        or (Typed("text", tuple(texts)))
    )


def _is_empty(cell: Cell | None) -> bool:
    return cell is None or cell.text.strip().casefold() in _EMPTY


def _as_booleans(cells: Sequence[Cell | None], filled: Sequence[Cell]) -> Typed | None:
    words = {cell.text.strip().casefold() for cell in filled}
    if not words <= _TRUE | _FALSE or (len(words) == 1 and not any(cell.kind == "boolean" for cell in filled)):
        return None
    values = [None if cell is None or _is_empty(cell) else int(cell.text.strip().casefold() in _TRUE) for cell in cells]
    return Typed("boolean", tuple(values))


# --- dates ---------------------------------------------------------------------------------------


def _as_dates(cells: Sequence[Cell | None], filled: Sequence[Cell]) -> Typed | None:
    matches = [match for cell in filled if (match := _DATE.fullmatch(cell.text.strip()))]
    order = _order(matches)
    read = [None if cell is None or _is_empty(cell) else _date(cell, order) for cell in cells]
    good = sum(value is not None for value in read)
    if good < max(1, _MOSTLY * len(filled)):
        return None
    return Typed("date", tuple(read), odd=len(filled) - good)


def _order(matches: Sequence[regex.Match[str]]) -> str:
    """Day or month first, as the column itself says it; empty where it does not."""
    if any(int(match[1]) > 12 for match in matches):
        return "" if any(int(match[3]) > 12 for match in matches) else "day"
    if any(int(match[3]) > 12 for match in matches):
        return "month"
    return "day" if all(match[2] == "." for match in matches) else ""


def _date(cell: Cell, order: str) -> str | None:
    text = cell.text.strip()
    if match := _ISO.fullmatch(text):
        try:
            datetime.fromisoformat(text)
        except ValueError:
            return None
        return f"{text[:10]} {match[4]}" if match[4] else text
    match = _DATE.fullmatch(text) if order else None
    if match is None:
        return None
    day, month = (int(match[1]), int(match[3])) if order == "day" else (int(match[3]), int(match[1]))
    year = int(match[4]) if len(match[4]) == 4 else 2000 + int(match[4]) - (100 if int(match[4]) >= 70 else 0)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


# --- numbers -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Written:
    digits: str
    negative: bool
    unit: str
    plain: bool
    """Whether it is a number of the file, with a point for decimals, and no text."""


def _as_numbers(cells: Sequence[Cell | None], filled: Sequence[Cell], decimal_comma: bool | None) -> Typed | None:
    written = [None if cell is None or _is_empty(cell) else _written(cell) for cell in cells]
    found = [each for each in written if each]
    if len(found) < max(1, _MOSTLY * len(filled)) or any(_is_code(each) for each in found):
        return None
    # A currency or a percent sign that is missing here and there means the same; two of them never do.
    units = Counter(each.unit for each in found if each.unit)
    if len(units) > 1:
        return None
    unit = next(iter(units), "")
    if unit == "%" and units["%"] < len(found):
        return None
    point = _point([each.digits for each in found if not each.plain], decimal_comma)
    if point is None:
        return None
    values = [None if each is None else _decimal(each, "." if each.plain else point) for each in written]
    if any(len(value.as_tuple().digits) > _DIGITS for value in values if value is not None):
        return None
    good = sum(value is not None for value in values)
    if good < max(1, _MOSTLY * len(filled)):
        return None
    odd = len(filled) - good
    if all(value is None or value == value.to_integral_value() for value in values):
        return Typed("integer", tuple(None if value is None else int(value) for value in values), unit, odd)
    return Typed("decimal", tuple(None if value is None else f"{value:f}" for value in values), unit, odd)


def _written(cell: Cell) -> _Written | None:
    text = cell.text.strip()
    if cell.kind in {"number", "percent"}:
        unit = "%" if cell.kind == "percent" else ""
        plain = text.removesuffix("%")
        return _Written(plain.lstrip("-"), plain.startswith("-"), unit, plain=True)
    match = _NUMBER.fullmatch(text)
    if cell.kind != "text" or match is None or bool(match["open"]) != bool(match["close"]):
        return None
    units = [match[name] for name in ("before", "after", "last") if match[name]]
    if len(units) > 1:
        return None
    unit = units[0] if units else ""
    negative = any(match[name] in {"-", "−"} for name in ("sign", "inner", "late")) or bool(match["open"])
    return _Written(match["digits"].strip(), negative, _CURRENCIES.get(unit, unit), plain=False)


def _is_code(each: _Written) -> bool:
    """Article numbers and postal codes: `00123` is no number."""
    return not each.plain and len(each.digits) > 1 and each.digits[0] == "0" and each.digits[1].isdigit()


def _point(digits: Sequence[str], decimal_comma: bool | None) -> Literal[".", ","] | None:
    """The mark before decimals in which all of them can be read; None where there is none, or two that differ."""
    points: list[Literal[".", ","]] = [",", "."] if decimal_comma else [".", ","]
    fitting: list[Literal[".", ","]] = [
        point for point in points if all(_GROUPED[point].fullmatch(each) for each in digits)
    ]
    if len(fitting) > 1 and decimal_comma is None and any(_TWOFOLD.fullmatch(each) for each in digits):
        return None
    return fitting[0] if fitting else None


def _decimal(each: _Written, point: str) -> Decimal | None:
    digits = each.digits
    if not each.plain:
        digits = "".join(c for c in digits if c.isdigit() or c == point).replace(point, ".")
    try:
        value = Decimal(digits)
    except InvalidOperation:
        return None
    return -value if each.negative else value
