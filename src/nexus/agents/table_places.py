"""Where a figure came from: cells of a sheet, and the passage that opens at its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Final
from uuid import UUID

import regex

from nexus.agents import table_queries
from nexus.agents.passages import Cells, Shown
from nexus.agents.table_queries import TableOf
from nexus.agents.table_rows import line_span, ranges_of, runs_of
from nexus.agents.tools import ToolError
from nexus.knowledge import queries as knowledge

if TYPE_CHECKING:
    from nexus.agents.workbench import Workbench

_LONGEST_RANGE: Final = 5
_RANGE: Final = regex.compile(r"[A-Z]+(\d+):[A-Z]+(\d+)")


async def shown_at(
    bench: "Workbench",
    used: Mapping[str, TableOf],
    places: Mapping[str, str],
    origin: Sequence[int] | None,
    text: str,
) -> list[Shown]:
    """The result as a passage of each table, which leads to the rows it rests on, or to where the table begins."""
    async with bench.db.read() as session:
        principal = await bench.renewed(session)
        spans: dict[str, tuple[int, int]] = {}
        chunks: dict[str, UUID | None] = {}
        for name, one in used.items():
            body = await table_queries.text_of(session, principal, one.table) if origin else ""
            spans[name] = _span(one, body, origin)
            chunks[name] = await table_queries.chunk_at(session, one.table.version_id, spans[name][0])
        # The second lock, as for what a search finds.
        passages = await knowledge.readable_passages(session, principal, [each for each in chunks.values() if each])
    found: list[Shown] = []
    for name, one in used.items():
        passage = passages.get(chunks[name] or UUID(int=0))
        if passage is None:
            raise ToolError("There is no such table. Take ids from list_tables.")
        first, last = spans[name]
        start = max(first, passage.chunk.start)
        end = max(start, min(last, passage.chunk.end))
        label = f"{one.table.sheet} {places[name]}".strip()
        shown = Shown(passage, 0.01, bench.shelf.search)
        found.append(replace(shown, cells=Cells(label, start, end, text)))
    return found


def _span(one: TableOf, body: str, origin: Sequence[int] | None) -> tuple[int, int]:
    """Of the first of its rows and those beside it, in the version's text; of the table where they are not known."""
    match = _RANGE.fullmatch(one.table.cells)
    if match and origin:
        span = line_span(body, int(match[1]), int(match[2]), runs_of(origin)[0])
        if span is not None:
            return one.table.start + span[0], one.table.start + span[1]
    return one.table.start, one.table.end


def cells_of(one: TableOf, columns: Sequence[str], origin: Sequence[int] | None) -> str:
    """The ranges of the columns that were read, those beside each other as one, at the rows it rests on."""
    match = _RANGE.fullmatch(one.table.cells)
    letters = [column[3] for column in one.table.columns]
    at = sorted({number for number, column in enumerate(one.table.columns) if column[0] in columns})
    if match is None:
        return one.table.cells
    first, last = int(match[1]), int(match[2])
    groups = groupby(enumerate(at), key=lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in group] for _, group in groups]
    sides = [(letters[run[0]], letters[run[-1]]) for run in runs] or [(letters[0], letters[-1])]
    whole = ranges_of(sides, [(first, last)]) if at and len(runs) <= _LONGEST_RANGE else one.table.cells
    whole = whole or one.table.cells
    if not origin or len(set(origin)) >= one.table.row_count:
        return whole
    exact = ranges_of(sides, runs_of(origin))
    return exact or f"{whole} ({len(set(origin))} of {one.table.row_count} rows)"
