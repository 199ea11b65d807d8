"""The search of one's own messages. What a person may read no longer is not found, by none of its words."""

from collections.abc import Sequence
from typing import Final

from nexus.access.principal import Principal
from nexus.chat import search_queries
from nexus.chat.message_words import Clause, find_in, parse
from nexus.chat.rendering import render_own
from nexus.chat.schemas import FoundMessage, SnippetPart
from nexus.core.db import AsyncSession

_BATCH: Final = 60
_MOST_LOOKED_AT: Final = 1200
"""Messages of one page that are read in full: more of them are hidden only where whole documents were closed."""
_BEFORE, _AFTER = 60, 180
"""Characters of a snippet around what it is shown for."""


async def search_messages(
    session: AsyncSession, principal: Principal, search: str, *, before: int | None, limit: int
) -> tuple[list[FoundMessage], int | None]:
    """Latest first, and where the next page begins. Found is what stands in a message as the person may see it now."""
    clauses = parse(search)
    if not clauses:
        return [], None
    found: list[tuple[int, FoundMessage]] = []
    size = limit + 1
    for _ in range(_MOST_LOOKED_AT // _BATCH):
        entries = await search_queries.candidates(session, principal, clauses, before, size)
        rows = await search_queries.messages_behind(session, principal, entries)
        shown = await render_own(session, principal, [message for _, message, _ in rows])
        for (entry, message, title), seen in zip(rows, shown, strict=True):
            snippet = cut_snippet(seen.text, clauses)
            if snippet is not None:
                hit = FoundMessage(
                    conversation_id=message.conversation_id,
                    conversation_title=title,
                    message_id=seen.id,
                    role=seen.role,
                    created_at=seen.created_at,
                    snippet=snippet,
                )
                found.append((entry, hit))
        if len(found) > limit:
            return [hit for _, hit in found[:limit]], found[limit - 1][0]
        if len(entries) < size:
            return [hit for _, hit in found], None
        before, size = entries[-1], _BATCH
    return [hit for _, hit in found], before


def cut_snippet(text: str, clauses: Sequence[Clause]) -> list[SnippetPart] | None:
    """The part of the text where most of what is looked for stands together, marked; None when not all of it does."""
    places = find_in(text, clauses)
    if places is None:
        return None
    starts = sorted({start for each in places for start, _ in each})[:500]

    def covered(anchor: int) -> int:
        return sum(any(anchor <= start < anchor + _AFTER for start, _ in each) for each in places)

    anchor = max(starts, key=lambda start: (covered(start), -start))
    first = _at_space(text, max(0, anchor - _BEFORE), anchor)
    last = min(len(text), anchor + _AFTER)
    marks = sorted({slice_ for each in places for slice_ in each if first <= slice_[0] and slice_[1] <= last})
    parts: list[SnippetPart] = []
    position = first
    for start, end in marks:
        if start < position:
            continue
        parts += [_part(text[position:start], marked=False), _part(text[start:end], marked=True)]
        position = end
    parts.append(_part(text[position:last], marked=False))
    if first > 0:
        parts.insert(0, SnippetPart(text="…", marked=False))
    if last < len(text):
        parts.append(SnippetPart(text="…", marked=False))
    return [part for part in parts if part.text]


def _at_space(text: str, wanted: int, latest: int) -> int:
    """The beginning of a word at or after `wanted`."""
    if wanted == 0:
        return 0
    space = text.find(" ", wanted, latest)
    return space + 1 if space >= 0 else wanted


def _part(text: str, *, marked: bool) -> SnippetPart:
    """Lines become one."""
    return SnippetPart(text=" ".join(text.split("\n")), marked=marked)
