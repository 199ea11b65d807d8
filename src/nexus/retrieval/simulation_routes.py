"""HTTP of searching as somebody else."""

from typing import Annotated

from fastapi import APIRouter

from nexus.access.principal import Permission, Principal
from nexus.identity.deps import require_permission
from nexus.knowledge.schemas import PersonOut
from nexus.retrieval import simulation
from nexus.retrieval.deps import Search
from nexus.retrieval.routes import render_hit
from nexus.retrieval.schemas import SimulatedHitOut, SimulationIn, SimulationOut

router = APIRouter(tags=["search", "access"])

Simulator = Annotated[Principal, require_permission(Permission.ACCESS_SIMULATE)]


@router.post("/search/as")
async def search_as(retriever: Search, principal: Simulator, wanted: SimulationIn) -> SimulationOut:
    """What somebody of your tenant finds, with the reasons, of what you may read yourself. Every use is recorded.

    Nothing that you may not read is searched, so that the answer cannot tell anything about it.
    """
    found = await simulation.simulate(retriever, principal, wanted)
    person = found.person
    return SimulationOut(
        person=PersonOut(id=person.principal.user_id, name=person.name, state=person.state),
        knowledge_bases=list(found.knowledge_bases),
        hits=[SimulatedHitOut(**render_hit(hit).model_dump(), access=reason) for hit, reason in found.hits],
        unseen=list(found.unseen),
        confident=found.confident,
    )
