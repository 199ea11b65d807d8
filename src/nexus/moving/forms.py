"""What a column's value looks like between two databases: exact, the same from either, plain enough for JSON.

A row is a JSON list of these. Two rows are the same when their lines are, whatever database they were read from.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import regex

from nexus.core.errors import InvalidError

Row = list[Any]
"""A row's portable values, in the order of its table's columns."""


class Form(StrEnum):
    """How a column's values are written. The words stand in every archive; none is ever renamed."""

    UUID = "uuid"
    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    MOMENT = "moment"
    DATE = "date"
    JSON = "json"
    """The text of it as it stands in the row: nothing of it is read."""
    BYTES = "bytes"
    WORDS = "words"
    """What a full-text index holds: words in their order, apart by spaces."""


@dataclass(frozen=True, slots=True)
class CarriedColumn:
    name: str
    form: Form
    is_long: bool = False
    """Whether one value may be of any length."""


@dataclass(frozen=True, slots=True)
class CarriedTable:
    """A table as one revision of the schema has it."""

    name: str
    columns: tuple[CarriedColumn, ...]
    primary_key: tuple[str, ...]

    @property
    def file_columns(self) -> tuple[str, ...]:
        """Those that name stored files."""
        return tuple(c.name for c in self.columns if c.name == "blob_key" or c.name.endswith("_blob_key"))

    def place(self, column: str) -> int:
        return next(place for place, each in enumerate(self.columns) if each.name == column)

    def description(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "columns": [[column.name, column.form.value] for column in self.columns],
            "primary_key": list(self.primary_key),
        }


_NOWHERE: Final = "\ue002"
"""Stands where PostgreSQL no longer knows which word stood: it keeps 256 places of a word. No word begins with it."""
_UNPLACED: Final = ("\ue000", "\ue001")
"""What an entry's owner and stems begin with: they have no place among the words."""
_LEXEME = regex.compile(r"'((?:[^']|'')*)'(?::([\d,]+))?")


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _float(value: float) -> float:
    # SQLite does not keep the sign of nought.
    return value + 0.0


_ENCODE: Final[dict[Form, Callable[[Any], Any]]] = {
    Form.UUID: lambda value: value.hex,
    Form.MOMENT: lambda value: value.isoformat(),
    Form.DATE: lambda value: value.isoformat(),
    Form.BYTES: _base64,
    Form.FLOAT: _float,
}
_DECODE: Final[dict[Form, Callable[[Any], Any]]] = {
    Form.UUID: UUID,
    Form.MOMENT: datetime.fromisoformat,
    Form.DATE: date.fromisoformat,
    Form.BYTES: base64.b64decode,
}


def encoder(table: CarriedTable) -> Callable[[Sequence[Any]], Row]:
    """From what the database's driver gives to portable values."""
    return _converter([_ENCODE.get(column.form) for column in table.columns])


def decoder(table: CarriedTable) -> Callable[[Sequence[Any]], Row]:
    """From portable values to what the database's driver takes. Raises InvalidError."""
    convert = _converter([_DECODE.get(column.form) for column in table.columns])

    def decode(row: Sequence[Any]) -> Row:
        try:
            return convert(row)
        except (ValueError, TypeError, AttributeError) as error:
            raise InvalidError(f"A row of {table.name} is not in the form of an archive.") from error

    return decode


def _converter(by_column: Sequence[Callable[[Any], Any] | None]) -> Callable[[Sequence[Any]], Row]:
    changed = [(place, convert) for place, convert in enumerate(by_column) if convert is not None]

    def convert_row(values: Sequence[Any]) -> Row:
        row = list(values)
        for place, convert in changed:
            if (value := row[place]) is not None:
                row[place] = convert(value)
        return row

    return convert_row


def line(row: Row) -> bytes:
    """One line of a row, without its end."""
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def compared_line(table: CarriedTable) -> Callable[[Row], bytes]:
    """The line by which rows are compared: of a full-text index it counts which words it holds."""
    places = [place for place, column in enumerate(table.columns) if column.form is Form.WORDS]
    if not places:
        return line

    def compared(row: Row) -> bytes:
        row = list(row)
        for place in places:
            row[place] = sorted(set(row[place].split()) - {_NOWHERE})
        return line(row)

    return compared


def words_of_tsvector(text: str) -> str:
    """Words in their order, then those without a place, of a tsvector's text."""
    placed: dict[int, str] = {}
    others: list[str] = []
    for found in _LEXEME.finditer(text):
        word = found[1].replace("''", "'").replace("\\\\", "\\")
        if found[2] is None:
            others.append(word)
        for place in (found[2] or "").split(","):
            if place:
                placed[int(place)] = word
    owner = [word for word in others if word.startswith(_UNPLACED[0])]
    last = max(placed, default=0)
    words = [placed.get(place, _NOWHERE) for place in range(1, last + 1)]
    return " ".join([*owner, *words, *(word for word in others if word not in owner)])


def tsvector_of_words(text: str) -> str:
    """The written form of a tsvector of words in their order."""
    parts: list[str] = []
    place = 0
    for word in text.split():
        if word.startswith(_UNPLACED):
            parts.append(word)
            continue
        place += 1
        if word != _NOWHERE:
            parts.append(f"{word}:{place}")
    return " ".join(parts)
