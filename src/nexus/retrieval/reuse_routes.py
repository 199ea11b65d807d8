"""HTTP of searches that are used again."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from nexus.core.http.deps import ReadSession, WriteSession
from nexus.identity.deps import CurrentPrincipal
from nexus.retrieval import reuse_care
from nexus.retrieval.deps import Search
from nexus.retrieval.schemas import SearchUseOut

router = APIRouter(prefix="/knowledge-bases/{knowledge_base_id}/searches", tags=["search"])


@router.get("/use")
async def get_search_use(
    session: ReadSession, retriever: Search, principal: CurrentPrincipal, knowledge_base_id: UUID
) -> SearchUseOut:
    """How often the knowledge base was searched in the last thirty days, and how often a search was used again."""
    stored = await reuse_care.use_of(session, principal, knowledge_base_id)
    days = [*stored, retriever.ledger.counted(knowledge_base_id)]
    return SearchUseOut(
        searches=sum(day.searches for day in days),
        reused=sum(day.reused for day in days),
        saved_milliseconds=round(sum(day.saved_milliseconds for day in days)),
    )


@router.delete("/remembered", status_code=status.HTTP_204_NO_CONTENT)
async def forget_searches(session: WriteSession, principal: CurrentPrincipal, knowledge_base_id: UUID) -> Response:
    """Searches of it that are remembered are not used again, in any process."""
    await reuse_care.forget(session, principal, knowledge_base_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
