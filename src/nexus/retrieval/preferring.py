"""What a question says of where its answer may stand, laid to the documents that were found."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.knowledge import hint_queries
from nexus.retrieval.hints import Facts, Hints, Shelf, prefer, read_hints
from nexus.retrieval.ranking import Ranked

_SHELVES: Final = 500
"""Knowledge bases whose names are looked for in a question."""
_LOOKED_AT: Final = 50
"""Passages of the ranking that a hint may lift."""


async def hints_in(session: AsyncSession, question: str, readable: Collection[UUID]) -> Hints:
    """`readable`: the knowledge bases that are searched for the asker; no other name counts."""
    names = await hint_queries.shelf_names(session, readable, _SHELVES)
    return read_hints(question, now().date(), [Shelf(*each) for each in names])


async def preferred(session: AsyncSession, ranked: Sequence[Ranked], hints: Hints) -> Sequence[Ranked]:
    """`ranked`: only what the asker may read. The same when there are no hints."""
    if not hints:
        return ranked
    first, rest = ranked[:_LOOKED_AT], ranked[_LOOKED_AT:]
    documents = await hint_queries.documents_of(session, list({one.candidate.document_id for one in first}))
    facts = {
        each.id: Facts(each.knowledge_base_id, each.media_type, each.modified_at, f"{each.name} {each.title}")
        for each in documents
    }
    return [*prefer(first, hints, facts), *rest]
