"""The small part of Markdown that the sources are written in, as blocks.

A block is a heading, a list, a table or a paragraph, and ends at an empty line (a heading at its line's end).
There is no inline markup: what stands in a source is what a reader of the finished document sees.
"""

import re
from dataclasses import dataclass

_BULLET = re.compile(r"- (.+)")
_NUMBER = re.compile(r"\d+\. (.+)")


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    """From 1; the first heading of level 1 is the document's title."""
    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    ordered: bool
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Heading | Paragraph | Items | Table


def parse(source: str) -> tuple[Block, ...]:
    """Raises ValueError for a table whose rows differ in width or a list that mixes kinds."""
    return tuple(_block(part) for part in re.split(r"\n{2,}", source.strip()))


def _block(part: str) -> Block:
    lines = [line.strip() for line in part.splitlines()]
    first = lines[0]
    if first.startswith("#"):
        if len(lines) > 1:
            raise ValueError(f"An empty line must follow the heading {first!r}.")
        marks, text = first.split(" ", 1)
        return Heading(len(marks), text)
    if first.startswith("|"):
        return _table(lines)
    for pattern, ordered in ((_BULLET, False), (_NUMBER, True)):
        if pattern.fullmatch(first):
            found = [pattern.fullmatch(line) for line in lines]
            if None in found:
                raise ValueError(f"The list that begins with {first!r} has a line that is not an item.")
            return Items(ordered, tuple(match[1] for match in found if match))
    return Paragraph(" ".join(lines))


def _table(lines: list[str]) -> Table:
    header, _rule, *rows = (tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines)
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"The table under {header!r} has a row of another width.")
    return Table(header, tuple(rows))
