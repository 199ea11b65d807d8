"""What rows of cells say about themselves."""

import re
from collections.abc import Sequence

_NUMBER = re.compile(r"[(+-]?\s*[$€£¥]?\s*[+-]?\d[\d.,' ]*\s*(?:%|[a-zA-Z°]{1,3}|[$€£¥])?\)?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?")
_LONGEST_NAME = 120


def is_number(cell: str) -> bool:
    cell = cell.strip()
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
