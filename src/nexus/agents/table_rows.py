"""Which rows of a sheet a figure came from: asked of the same tables, where the query says it plainly.

Pure. A query over one table without joins, subqueries or windows is understood; of any other it is not known.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import Final

import regex

_TOKEN: Final = regex.compile(
    r"\s+|(?P<comment>--|/\*)|(?P<text>'(?:[^']|'')*')"
    r'|(?P<name>"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\])|(?P<word>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<sign>.)',
    regex.DOTALL,
)
_BEYOND: Final = frozenset(
    {"WITH", "UNION", "INTERSECT", "EXCEPT", "JOIN", "OVER", "VALUES", "HAVING", "EXISTS", "FILTER", "OFFSET"}
)
_CLAUSES: Final = frozenset({"WHERE", "GROUP", "ORDER", "LIMIT"})
_OF_ONE_ROW: Final = frozenset(
    [
        "ABS",
        "CAST",
        "COALESCE",
        "DATE",
        "DATETIME",
        "FORMAT",
        "IFNULL",
        "IIF",
        "IN",
        "INSTR",
        "JULIANDAY",
        "LENGTH",
        "LOWER",
        "LTRIM",
        "NULLIF",
        "PRINTF",
        "REPLACE",
        "ROUND",
        "RTRIM",
        "STRFTIME",
        "SUBSTR",
        "SUBSTRING",
        "TRIM",
        "UPPER",
        "AND",
        "OR",
        "NOT",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "BETWEEN",
        "LIKE",
    ]
)
"""What stands before a parenthesis and looks at one row; anything else is taken to look at many."""
_EXTREMES: Final = frozenset({"MIN", "MAX"})
_MOST_RUNS: Final = 5


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    upper: str
    start: int
    end: int
    depth: int


def rows_query(sql: str) -> str | None:
    """A query whose last column tells the rows that the given one rests on."""
    tokens = list(_tokens(sql.rstrip().rstrip(";")))
    words = [token.upper for token in tokens if token.kind == "word"]
    if not tokens or words[:1] != ["SELECT"] or words.count("SELECT") != 1 or words.count("FROM") != 1:
        return None
    if not _BEYOND.isdisjoint(words) or any(token.kind == "comment" for token in tokens):
        return None
    place = next(n for n, token in enumerate(tokens) if token.upper == "FROM" and token.kind == "word")
    behind = next(
        (n for n in range(place, len(tokens)) if tokens[n].kind == "word" and tokens[n].upper in _CLAUSES), len(tokens)
    )
    source = [token for token in tokens[place + 1 : behind] if token.upper != "AS"]
    if tokens[place].depth or not 1 <= len(source) <= 2 or any(each.kind not in ("name", "word") for each in source):
        return None
    wished = sql[tokens[0].end : tokens[place].start].strip()
    table = sql[source[0].start : source[-1].end]
    tail = sql[tokens[behind].start : tokens[-1].end] if behind < len(tokens) else ""
    where = _where(sql, tokens[behind:])
    kinds = list(_calls(tokens[1:place]))
    if "GROUP" in words or "DISTINCT" in words or "aggregate" in kinds or kinds.count("extreme") > 1:
        return f'SELECT "row" FROM {table} {where}'  # noqa: S608
    if "extreme" in kinds:
        # The database takes what stands beside a single highest or lowest value from its own row.
        return f'SELECT {wished}, "row" FROM {table} {where}'  # noqa: S608
    return f'SELECT {wished}, "row" FROM {table} {tail}'  # noqa: S608


def _tokens(sql: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(sql):
        if match.lastgroup is None:
            continue
        depth -= match[0] == ")"
        yield _Token(match.lastgroup, match[0].upper(), match.start(), match.end(), depth)
        depth += match[0] == "("


def _where(sql: str, tokens: Sequence[_Token]) -> str:
    if not tokens or tokens[0].upper != "WHERE":
        return ""
    end = next((each.start for each in tokens[1:] if each.kind == "word" and each.upper in _CLAUSES), tokens[-1].end)
    return sql[tokens[0].start : end]


def _calls(tokens: Sequence[_Token]) -> Iterator[str]:
    """Of what is selected: functions over many rows."""
    for number, (one, two) in enumerate(pairwise(tokens)):
        if one.kind not in ("word", "name") or two.upper != "(" or one.upper in _OF_ONE_ROW:
            continue
        if one.upper not in _EXTREMES:
            yield "aggregate"
            continue
        inside = takewhile(lambda each, depth=two.depth: each.depth > depth, tokens[number + 2 :])
        # With several arguments it compares values of one row.
        if not any(each.upper == "," and each.depth == two.depth + 1 for each in inside):
            yield "extreme"


def runs_of(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Rows beside each other, as first and last."""
    found: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if found and row == found[-1][1] + 1:
            found[-1] = (found[-1][0], row)
        else:
            found.append((row, row))
    return found


def ranges_of(columns: Sequence[tuple[str, str]], runs: Sequence[tuple[int, int]]) -> str | None:
    """As `B3:C3, B7:C9`; `columns`: first and last letters. None where that would be long."""
    if len(columns) * len(runs) > _MOST_RUNS:
        return None
    cells = [(f"{left}{first}", f"{right}{last}") for first, last in runs for left, right in columns]
    return ", ".join(one if one == two else f"{one}:{two}" for one, two in cells)


def line_span(text: str, first_row: int, last_row: int, rows: tuple[int, int]) -> tuple[int, int] | None:
    """Where rows of a table stand in its text; None where its lines are not its rows."""
    spans: list[tuple[int, int]] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            spans.append((at, at + len(line)))
        at += len(line) + 1
    if len(spans) != last_row - first_row + 1 or not first_row <= rows[0] <= rows[1] <= last_row:
        return None
    return spans[rows[0] - first_row][0], spans[rows[1] - first_row][1]
