"""From lines with places to lines that belong together: columns, paragraphs, lists and tables of one page."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import Literal

_ITEM = re.compile(r"\s*(?:[•‣◦▪●○■□–—*\uf0b7\uf0a7-]|\(?(?:\d{1,3}|[A-Za-z])[.)])\s+\S")
_COLUMN_TEXT = 20
"""Characters a line of prose in a column has on average; the cells of tables are shorter."""
_COLUMN_LINES = 4
_ROWS = 3
"""Rows that make a table; two are enough from three columns on."""


@dataclass(slots=True)
class Line:
    """One line: a span of characters, and its place in points, y upwards."""

    start: int
    end: int
    size: float
    """Height of the font from descender to ascender, a little more than its nominal size."""
    left: float
    right: float
    top: float
    bottom: float
    bold: bool = False
    gaps: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])
    """Wide empty stretches, from left to right."""
    cells: list[int] = field(default_factory=list[int])
    """Where the text after each gap begins."""

    @property
    def extents(self) -> list[tuple[float, float]]:
        """Left and right edge of each cell."""
        lefts = [self.left, *(after for _, after in self.gaps)]
        rights = [*(before for before, _ in self.gaps), self.right]
        return list(zip(lefts, rights, strict=True))


@dataclass(slots=True)
class Group:
    """Lines that make one paragraph, list, heading or table."""

    kind: Literal["text", "list", "table"]
    lines: list[Line]


def arrange(lines: list[Line], characters: str) -> list[Group]:
    """The lines in reading order, grouped. `characters` is what their spans refer to."""
    lines = _split_columns(lines, characters)
    pitch = _pitch(lines)
    groups: list[Group] = []
    position = 0
    while position < len(lines):
        if rows := _table_at(lines, position):
            groups.append(Group("table", lines[position : position + rows]))
            position += rows
            continue
        line = lines[position]
        is_item = _ITEM.match(characters, line.start, line.end) is not None
        if groups and not _begins_group(groups[-1], line, is_item, pitch):
            groups[-1].lines.append(line)
        else:
            groups.append(Group("list" if is_item else "text", [line]))
        position += 1
    return groups


def _begins_group(group: Group, line: Line, is_item: bool, pitch: float) -> bool:
    previous = group.lines[-1]
    if group.kind == "table" or line.bold != previous.bold or not 0.88 < line.size / (previous.size or 1) < 1.14:
        return True
    step = previous.top - line.top
    if step < -0.5 * line.size or step > (2 if is_item and group.kind == "list" else 1.25) * pitch + 1:
        return True
    if group.kind == "list":
        return not is_item and line.left < group.lines[0].left + 1
    # A first line that is indented, in text that is otherwise flush.
    return is_item or (line.left - previous.left > 0.8 * line.size and abs(previous.right - line.right) < 4 * line.size)


def _pitch(lines: Sequence[Line]) -> float:
    """The usual distance from one line to the next."""
    steps = [a.top - b.top for a, b in pairwise(lines) if 0 < a.top - b.top < 3 * a.size and abs(a.size - b.size) < 1]
    return median(steps) if steps else 14.0


def _table_at(lines: Sequence[Line], position: int) -> int:
    """How many lines from `position` on are rows of one table; 0 when it is none."""
    columns = len(lines[position].cells) + 1
    if columns < 2:
        return 0
    end = position + 1
    while end < len(lines) and len(lines[end].cells) + 1 == columns and lines[end].top < lines[end - 1].top:
        end += 1
    rows = [line.extents for line in lines[position:end]]
    if len(rows) < (_ROWS if columns == 2 else 2):
        return 0
    aligned = (_aligned([row[column] for row in rows], lines[position].size) for column in range(columns))
    return end - position if all(aligned) else 0


def _aligned(cells: Sequence[tuple[float, float]], tolerance: float) -> bool:
    """Whether the cells of a column share their left edge, right edge or middle."""
    edges: tuple[Callable[[tuple[float, float]], float], ...] = (
        lambda cell: cell[0],
        lambda cell: cell[1],
        lambda cell: (cell[0] + cell[1]) / 2,
    )
    return any(max(map(edge, cells)) - min(map(edge, cells)) < tolerance for edge in edges)


def _split_columns(lines: list[Line], characters: str) -> list[Line]:
    """Where a page was written across its columns, line by line, read each column by itself.

    Most files hold one column after the other already; then no line crosses the gutter and nothing changes.
    """
    divided = [line for line in lines if len(line.cells) == 1 and _is_prose(line, characters)]
    if len(divided) < _COLUMN_LINES:
        return lines
    gutter = (max(line.gaps[0][0] for line in divided), min(line.gaps[0][1] for line in divided))
    if gutter[0] >= gutter[1]:
        return lines
    middle = (gutter[0] + gutter[1]) / 2
    arranged: list[Line] = []
    left: list[Line] = []
    right: list[Line] = []
    for line in lines:
        sides = _sides(line, middle)
        if sides is None:  # a title or a figure across both: what is above it is read before
            arranged += [*left, *right, line]
            left, right = [], []
        else:
            left += sides[0]
            right += sides[1]
    return [*arranged, *left, *right]


def _is_prose(line: Line, characters: str) -> bool:
    halves = (characters[line.start : line.cells[0]], characters[line.cells[0] : line.end])
    return all(len(half) >= _COLUMN_TEXT and sum(map(str.isdigit, half)) * 3 < len(half) for half in halves)


def _sides(line: Line, middle: float) -> tuple[list[Line], list[Line]] | None:
    """What of a line stands left and right of the gutter; None when it runs across."""
    if line.right <= middle:
        return [line], []
    if line.left >= middle:
        return [], [line]
    for number, (gap, cell) in enumerate(zip(line.gaps, line.cells, strict=True)):
        if gap[0] <= middle <= gap[1]:
            return [_part(line, line.start, cell, 0, number)], [
                _part(line, cell, line.end, number + 1, len(line.cells))
            ]
    return None


def _part(line: Line, start: int, end: int, first: int, last: int) -> Line:
    """The cells `first` to `last` of a line as a line of their own."""
    extents = line.extents
    return Line(
        start,
        end,
        line.size,
        extents[first][0],
        extents[last][1],
        line.top,
        line.bottom,
        line.bold,
        line.gaps[first:last],
        line.cells[first:last],
    )
