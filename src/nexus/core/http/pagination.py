"""Keyset pages. A cursor is a place in an order, not a permission: every query filters as if it were absent."""

import base64
import binascii
import json
from typing import Annotated, Any, Final, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel

from nexus.core.errors import InvalidError
from nexus.core.text.storable import is_storable

Item = TypeVar("Item")

Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]
Cursor = Annotated[str | None, Query(max_length=1500, description="`next_cursor` of the page before.")]

_FOREIGN_CURSOR: Final = "The cursor is not one this list gave. Start again without it."


class Page(BaseModel, Generic[Item]):
    """A page of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


def encode_cursor(*key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, default=str, ensure_ascii=False).encode()).decode().rstrip("=")


def small_number(value: Any) -> int:
    """A part of a cursor that is compared with a column of 32 bits. Raises ValueError."""
    number = int(value)
    if not -(2**31) <= number < 2**31:
        raise ValueError(number)
    return number


def decode_cursor(cursor: str, *kinds: Any) -> tuple[Any, ...]:
    """The key given to `encode_cursor`, each part made by its kind (UUID, str, …). Raises InvalidError."""
    try:
        parts: Any = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        key = tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, TypeError, AttributeError, OverflowError, binascii.Error) as error:
        raise InvalidError(_FOREIGN_CURSOR) from error
    if not all(is_storable(part) for part in key):
        raise InvalidError(_FOREIGN_CURSOR)
    return key
