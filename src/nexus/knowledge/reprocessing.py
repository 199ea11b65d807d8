"""Many documents processed again: begun, watched, paused, taken up, cancelled. A job does it, a few at a time, so that
an upload waits behind no crowd; what is searchable stays so until the new version is ready."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from nexus.access.principal import Principal
from nexus.audit.acts import Action
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError
from nexus.core.jobs.models import enqueue
from nexus.knowledge import acts, queries, reprocessing_queries
from nexus.knowledge.documents import process_again
from nexus.knowledge.messages import Reprocess
from nexus.knowledge.models import KnowledgeBase, Reprocessing
from nexus.knowledge.reprocessing_schemas import ReprocessIn
from nexus.knowledge.service import require_manage

_WINDOW: Final = 100
"""Documents that are on their way at a time."""
_STEP: Final = 25
"""Documents that are queued in one transaction."""
_LOOK: Final = timedelta(seconds=1)
"""How often one looks what has become of them."""
_NOT_KEPT: Final = "The original file was not kept. Upload it again."
_OPEN: Final = ("running", "paused")


async def begin(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, wanted: ReprocessIn
) -> Reprocessing:
    """Raises NotFoundError, ForbiddenError, ConflictError where one is under way."""
    shelf = await require_manage(session, principal, knowledge_base_id)
    run = Reprocessing(
        tenant_id=shelf.tenant_id, knowledge_base_id=shelf.id, which=wanted.which, created_by=principal.user_id
    )
    if not await reprocessing_queries.add(session, run):
        raise ConflictError("Its documents are being processed again already. Wait for that, or cancel it first.")
    count = await reprocessing_queries.add_items(session, principal, shelf, run, wanted.document_ids)
    if count:
        await _enqueue(session, run)
    else:
        run.state, run.finished_at = "succeeded", now()
    await session.flush()
    about = {"documents": count, "which": wanted.which}
    record(session, principal, Action.KNOWLEDGE_BASE_REPROCESSED, acts.shelf_target(shelf), about)
    return run


async def _enqueue(session: AsyncSession, run: Reprocessing, *, after: timedelta = timedelta(0)) -> None:
    message = Reprocess(reprocessing_id=run.id)
    await enqueue(session, message, tenant_id=run.tenant_id, dedup_key=f"reprocess:{run.id}", run_at=now() + after)


async def find_last(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> Reprocessing | None:
    """Raises NotFoundError, ForbiddenError."""
    shelf = await require_manage(session, principal, knowledge_base_id)
    return await reprocessing_queries.find_last(session, shelf.id)


async def change(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, act: Literal["pause", "resume", "cancel"]
) -> Reprocessing:
    """What is on its way goes on to its end. Raises NotFoundError, ForbiddenError, ConflictError."""
    shelf = await require_manage(session, principal, knowledge_base_id)
    run = await reprocessing_queries.find_last(session, shelf.id, lock=True)
    if run is None:
        raise NotFoundError("Nothing of it was processed again.")
    if run.state not in _OPEN:
        raise ConflictError("That has ended already.")
    match act:
        case "pause":
            run.state = "paused"
        case "resume":
            run.state = "running"
            await _enqueue(session, run)
        case "cancel":
            run.state, run.finished_at = "cancelled", now()
            await reprocessing_queries.skip_waiting(session, run.id)
            # Once more, to say what becomes of those on their way.
            await _enqueue(session, run)
    await session.flush()
    record(session, principal, Action.REPROCESSING_CHANGED, acts.shelf_target(shelf), {"act": act})
    return run


async def failures(
    session: AsyncSession,
    principal: Principal,
    knowledge_base_id: UUID,
    *,
    after: tuple[str, UUID] | None,
    limit: int,
) -> Sequence[tuple[UUID, str, str]]:
    run = await find_last(session, principal, knowledge_base_id)
    if run is None:
        return []
    return await reprocessing_queries.list_failures(session, principal, run.id, after=after, limit=limit)


async def count_care(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> tuple[int, int]:
    """Failed and stale documents. Raises NotFoundError, ForbiddenError."""
    shelf = await require_manage(session, principal, knowledge_base_id)
    states = (await queries.count_documents(session, principal, [shelf.id])).get(shelf.id, {})
    return states.get("failed", 0), await reprocessing_queries.count_stale(session, principal, shelf)


async def stale_shelf(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> KnowledgeBase:
    """Whose stale documents may be listed. Raises NotFoundError, ForbiddenError."""
    return await require_manage(session, principal, knowledge_base_id)


# --- for the job ---------------------------------------------------------------------------------


async def step(session: AsyncSession, run_id: UUID) -> None:
    """One look and the next few documents, in the caller's transaction; asks for the next step while there is one."""
    run = await reprocessing_queries.lock_run(session, run_id)
    if run is None:
        return
    if run.state == "running" and await queries.find_knowledge_base_row(session, run.knowledge_base_id) is None:
        run.state, run.finished_at = "cancelled", now()
        await reprocessing_queries.skip_waiting(session, run.id)
    open_count = await _settle(session, run)
    fed = 0
    if run.state == "running":
        fed = await _feed(session, run, min(_STEP, _WINDOW - open_count))
        if not fed and not open_count:
            run.state, run.finished_at = "succeeded", now()
    if run.state == "running" or open_count:
        at_once = fed == _STEP and open_count + fed < _WINDOW
        await _enqueue(session, run, after=timedelta(0) if at_once else _LOOK)


async def end(session: AsyncSession, run_id: UUID) -> None:
    """Nobody could take the next step: it ends as if it had been cancelled, and can be begun anew."""
    run = await reprocessing_queries.lock_run(session, run_id)
    if run is not None and run.state in _OPEN:
        run.state, run.finished_at = "cancelled", now()
        await reprocessing_queries.skip_waiting(session, run.id)


async def _settle(session: AsyncSession, run: Reprocessing) -> int:
    """Says what has become of the documents on their way; returns how many still are."""
    open_count = 0
    for each in await reprocessing_queries.under_way(session, run.id):
        if each.is_gone or each.version_state is None:
            await reprocessing_queries.mark(session, run.id, each.document_id, "skipped")
        elif each.version_state == "failed":
            reason = each.failure or "It could not be processed. Try again."
            await reprocessing_queries.mark(session, run.id, each.document_id, "failed", reason=reason)
        elif each.version_state == "building":
            open_count += 1
        else:
            await reprocessing_queries.mark(session, run.id, each.document_id, "done")
    return open_count


async def _feed(session: AsyncSession, run: Reprocessing, limit: int) -> int:
    documents = await reprocessing_queries.waiting(session, run.id, max(0, limit))
    for document_id in documents:
        document = await queries.lock_document(session, document_id)
        if document is None or document.deleted_at is not None or document.knowledge_base_id != run.knowledge_base_id:
            await reprocessing_queries.mark(session, run.id, document_id, "skipped")
            continue
        version = await process_again(session, document)
        if version is None:
            await reprocessing_queries.mark(session, run.id, document_id, "failed", reason=_NOT_KEPT)
        else:
            await reprocessing_queries.mark(session, run.id, document_id, "queued", version_id=version.id)
    return len(documents)
