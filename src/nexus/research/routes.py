"""HTTP of research: plan, start, go on. Its run is stopped and followed as any other."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request, status

from nexus.chat.deps import Engine
from nexus.chat.schemas import RunOut
from nexus.chat.service import get_conversation
from nexus.core.http.deps import Db, ReadSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity.deps import CurrentPrincipal
from nexus.research import queries, service
from nexus.research.deps import Research
from nexus.research.schemas import ResearchIn, ResearchOut, StartIn

router = APIRouter(tags=["research"])


@router.post("/research", status_code=status.HTTP_201_CREATED)
async def create_research(
    request: Request, db: Db, researcher: Research, principal: CurrentPrincipal, wanted: ResearchIn
) -> ResearchOut:
    """Has the language model make a plan, for you to change and start. Takes as long as the model does; hanging up
    meanwhile leaves nothing."""

    async def still() -> bool:
        return not await request.is_disconnected()

    return await service.create_research(db, researcher, principal, wanted, still)


@router.get("/research/{research_id}")
async def get_research(session: ReadSession, principal: CurrentPrincipal, research_id: UUID) -> ResearchOut:
    research, run = await service.get_research(session, principal, research_id)
    done = await queries.steps_of(session, [research.id])
    return service.render(research, run, done.get(research.id, ()))


@router.get("/conversations/{conversation_id}/research")
async def list_research(
    session: ReadSession, principal: CurrentPrincipal, conversation_id: UUID, cursor: Cursor = None, limit: Limit = 50
) -> Page[ResearchOut]:
    """Oldest first; `question_id` tells where in the conversation it belongs."""
    conversation = await get_conversation(session, principal, conversation_id)
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    found = await queries.list_research(
        session, principal, conversation.id, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shown = found[:limit]
    done = await queries.steps_of(session, [research.id for research, _ in shown])
    more = encode_cursor(shown[-1][0].created_at.isoformat(), shown[-1][0].id) if len(found) > limit else None
    return Page(items=[service.render(each, run, done.get(each.id, ())) for each, run in shown], next_cursor=more)


@router.post("/research/{research_id}/start", status_code=status.HTTP_201_CREATED)
async def start_research(
    db: Db, engine: Engine, researcher: Research, principal: CurrentPrincipal, research_id: UUID, wanted: StartIn
) -> RunOut:
    """Starts it with the plan as you want it; follow it by `/runs/{id}/events`, stop it by `/runs/{id}/cancel`."""
    run = await service.start(db, engine, researcher, principal, research_id, wanted.plan)
    return RunOut.model_validate(run, from_attributes=True)


@router.post("/research/{research_id}/continue", status_code=status.HTTP_201_CREATED)
async def continue_research(
    db: Db, engine: Engine, researcher: Research, principal: CurrentPrincipal, research_id: UUID
) -> RunOut:
    """Goes on with one that was stopped or failed, from the parts that are finished, in a run of its own."""
    run = await service.start(db, engine, researcher, principal, research_id, None)
    return RunOut.model_validate(run, from_attributes=True)
