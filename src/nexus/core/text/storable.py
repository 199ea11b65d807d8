"""What a database can hold. SQLite takes more than PostgreSQL does, and both must mean the same."""

from datetime import datetime
from typing import Any, Final

NO_NUL: Final = r"^[^\x00]*$"
"""For the `pattern` of a text field: PostgreSQL has no place for U+0000."""

_LAST_YEAR: Final = 9999


def is_storable(value: Any) -> bool:
    """Whether both databases can compare a column with this text, number or moment."""
    match value:
        case str():
            return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
        case int():
            return -(2**63) <= value < 2**63
        case datetime():
            # At the ends of the calendar there is no UTC for every time zone.
            return value.tzinfo is not None and 1 < value.year < _LAST_YEAR
        case _:
            return True
