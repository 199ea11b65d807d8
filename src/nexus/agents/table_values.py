"""What stands in the columns of text of a table, for questions that name a value."""

import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final

_MOST_VALUES: Final = 20_000


def text_values(
    columns: Sequence[Sequence[Any]], content: bytes, fold: Callable[[str], str]
) -> dict[str, dict[str, frozenset[str]]] | None:
    """By folded value, the columns that have it, and how it is written there. None where there are too many."""
    rows, _ = json.loads(zlib.decompress(content))
    found: dict[str, dict[str, set[str]]] = {}
    texts = [(at, column[0]) for at, column in enumerate(columns, 1) if column[2] == "text"]
    for name, values in ((name, {row[at] for row in rows if row[at]}) for at, name in texts):
        for value in values:
            if folded := fold(value):
                found.setdefault(folded, {}).setdefault(name, set()).add(value)
        if len(found) > _MOST_VALUES:
            return None
    return {value: {name: frozenset(one) for name, one in names.items()} for value, names in found.items()}
