"""HTTP of documents that are processed again, and of those that want it."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, status

from nexus.access.principal import Principal, SubjectKind, subject
from nexus.core.db import AsyncSession
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import subjects
from nexus.identity.deps import CurrentPrincipal
from nexus.knowledge import reprocessing, reprocessing_queries
from nexus.knowledge.models import Reprocessing
from nexus.knowledge.recipe import reasons, recipe_of
from nexus.knowledge.reprocessing_schemas import (
    CareOut,
    ReprocessIn,
    ReprocessingFailureOut,
    ReprocessingOut,
    StaleDocumentOut,
)
from nexus.knowledge.schemas import DocumentOut

router = APIRouter(prefix="/knowledge-bases/{knowledge_base_id}", tags=["documents"])


@router.post("/reprocess", status_code=status.HTTP_202_ACCEPTED)
async def reprocess_knowledge_base(
    session: WriteSession, principal: CurrentPrincipal, knowledge_base_id: UUID, wanted: ReprocessIn | None = None
) -> ReprocessingOut:
    """Runs documents through the pipeline again, all or some; what is searchable stays so meanwhile."""
    run = await reprocessing.begin(session, principal, knowledge_base_id, wanted or ReprocessIn())
    return await _render(session, principal, run)


@router.get("/reprocessing")
async def get_reprocessing(
    session: ReadSession, principal: CurrentPrincipal, knowledge_base_id: UUID
) -> ReprocessingOut | None:
    """The one under way, or the last one; null when there was none."""
    run = await reprocessing.find_last(session, principal, knowledge_base_id)
    return await _render(session, principal, run) if run else None


@router.post("/reprocessing/{act}")
async def change_reprocessing(
    session: WriteSession,
    principal: CurrentPrincipal,
    knowledge_base_id: UUID,
    act: Literal["pause", "resume", "cancel"],
) -> ReprocessingOut:
    """Documents on their way go on to their end."""
    run = await reprocessing.change(session, principal, knowledge_base_id, act)
    return await _render(session, principal, run)


@router.get("/reprocessing/failures")
async def list_reprocessing_failures(
    session: ReadSession,
    principal: CurrentPrincipal,
    knowledge_base_id: UUID,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ReprocessingFailureOut]:
    """What could not be processed again, and why."""
    after = decode_cursor(cursor, str, UUID) if cursor else None
    found = await reprocessing.failures(
        session, principal, knowledge_base_id, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    items = [ReprocessingFailureOut(document_id=i, path=path, reason=reason) for i, path, reason in found[:limit]]
    more = encode_cursor(items[-1].path, items[-1].document_id) if len(found) > limit else None
    return Page(items=items, next_cursor=more)


@router.get("/care")
async def get_care(session: ReadSession, principal: CurrentPrincipal, knowledge_base_id: UUID) -> CareOut:
    """How many documents failed, and how many would be made otherwise today."""
    failed, stale = await reprocessing.count_care(session, principal, knowledge_base_id)
    return CareOut(failed=failed, stale=stale)


@router.get("/stale-documents")
async def list_stale_documents(
    session: ReadSession,
    principal: CurrentPrincipal,
    knowledge_base_id: UUID,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[StaleDocumentOut]:
    """Documents that were made by an older pipeline, or cut in another way than the knowledge base says now."""
    shelf = await reprocessing.stale_shelf(session, principal, knowledge_base_id)
    after = decode_cursor(cursor, str, UUID) if cursor else None
    found = await reprocessing_queries.list_stale(
        session, principal, shelf, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shown = found[:limit]
    kept = await reprocessing_queries.with_original(session, [document.id for document, _ in shown])
    current = recipe_of(shelf.chunking)
    items = [
        StaleDocumentOut(
            **DocumentOut.model_validate(document, from_attributes=True).model_dump(),
            reasons=reasons(version.recipe, current),
            original_kept=document.id in kept,
        )
        for document, version in shown
    ]
    more = encode_cursor(items[-1].path, items[-1].id) if len(found) > limit else None
    return Page(items=items, next_cursor=more)


async def _render(session: AsyncSession, principal: Principal, run: Reprocessing) -> ReprocessingOut:
    counts = await reprocessing_queries.count_items(session, run.id)
    name = ""
    if run.created_by is not None:
        word = subject(SubjectKind.USER, run.created_by)
        name = (await subjects.name_subjects(session, principal.tenant_id, [word])).get(word, "")
    states = {each: counts.get(each, 0) for each in ("waiting", "queued", "done", "failed", "skipped")}
    return ReprocessingOut.model_validate(
        {
            "which": run.which,
            "state": run.state,
            "documents": sum(counts.values()),
            "created_by": name,
            "created_at": run.created_at,
            "finished_at": run.finished_at,
        }
        | states
    )
