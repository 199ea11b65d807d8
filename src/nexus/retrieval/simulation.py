"""What somebody else finds, and why, as far as the one who asks may read it (docs/adr/0017)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.explanation import AccountState
from nexus.access.principal import Permission, Principal
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.identity.principals import PersonInQuestion, person_in_question
from nexus.knowledge import explaining, explaining_queries, queries, service
from nexus.knowledge.schemas import AccessOut
from nexus.retrieval.schemas import SimulatedBaseOut, SimulationIn, UnseenOut
from nexus.retrieval.searches import Hit, SearchRequest
from nexus.retrieval.service import Retriever

_NAMED: Final = 5
"""Documents called like the question of which it is said why the person does not find them."""
_LONGEST_NAME: Final = 300


@dataclass(frozen=True, slots=True)
class Simulation:
    person: PersonInQuestion
    knowledge_bases: Sequence[SimulatedBaseOut]
    hits: Sequence[tuple[Hit, AccessOut]]
    unseen: Sequence[UnseenOut]
    confident: bool


async def simulate(retriever: Retriever, asker: Principal, wanted: SimulationIn) -> Simulation:
    """Raises ForbiddenError without the permission or for a knowledge base whose grants the asker does not set,
    NotFoundError for unknown people and knowledge bases, EmbeddingError.

    The event is committed before anything is searched: there is no result without it.
    """
    access.require_permission(asker, Permission.ACCESS_SIMULATE)
    async with retriever.db.write() as session:
        bases, person = await _begin(session, asker, wanted)
    hits: Sequence[Hit] = ()
    confident = False
    if person.state is not AccountState.DEACTIVATED:
        request = SearchRequest(wanted.query, knowledge_bases=wanted.knowledge_base_ids, limit=wanted.limit)
        result = await retriever.search(asker, request, also=person.principal)
        hits, confident = result.hits, result.confident
    async with retriever.db.read() as session:
        explained = await _explain_hits(session, asker, person, hits)
        unseen = await _unseen(session, asker, person, wanted)
    return Simulation(person, bases, explained, unseen, confident and bool(explained))


async def _begin(
    session: AsyncSession, asker: Principal, wanted: SimulationIn
) -> tuple[list[SimulatedBaseOut], PersonInQuestion]:
    shelves = [
        await service.require_govern(session, asker, knowledge_base_id)
        for knowledge_base_id in dict.fromkeys(wanted.knowledge_base_ids)
    ]
    person = await person_in_question(session, asker, wanted.user_id)
    readable = await access.readable_knowledge_bases(session, asker)
    bases = [
        SimulatedBaseOut(
            id=shelf.id,
            name=shelf.name,
            shown=shelf.id in readable,
            access=await explaining.about_knowledge_base(session, asker, person, shelf, governs=True),
        )
        for shelf in shelves
    ]
    target = Target("user", person.principal.user_id, person.name)
    record(session, asker, Action.SEARCH_SIMULATED, target, {"knowledge_base_ids": [shelf.id for shelf in shelves]})
    return bases, person


async def _explain_hits(
    session: AsyncSession, asker: Principal, person: PersonInQuestion, hits: Sequence[Hit]
) -> list[tuple[Hit, AccessOut]]:
    """Each hit with its reason. Of what either could read a moment ago and no longer can, nothing."""
    sources = await queries.readable_sources(session, asker, list({hit.passage.document.id for hit in hits}))
    reasons: dict[UUID, AccessOut] = {}
    for document_id, source in sources.items():
        reason = await explaining.about_document(
            session, asker, person, source.document, source.knowledge_base, governs=True
        )
        if reason.readable:
            reasons[document_id] = reason
    return [(hit, reasons[hit.passage.document.id]) for hit in hits if hit.passage.document.id in reasons]


async def _unseen(
    session: AsyncSession, asker: Principal, person: PersonInQuestion, wanted: SimulationIn
) -> list[UnseenOut]:
    """Documents that the asker may read and that are called like the question, which the person does not find."""
    if len(wanted.query) > _LONGEST_NAME:
        return []
    searching = None if person.state is AccountState.DEACTIVATED else person.principal
    called = await explaining_queries.unseen_called(
        session, asker, searching, wanted.knowledge_base_ids, wanted.query, limit=_NAMED
    )
    return [
        UnseenOut(
            document_id=document.id,
            document_name=document.name,
            knowledge_base_id=shelf.id,
            access=await explaining.about_document(session, asker, person, document, shelf, governs=True),
        )
        for document, shelf in called
    ]
