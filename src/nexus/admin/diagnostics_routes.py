"""HTTP of diagnostics: the installation for who operates it, jobs for administrators, each tenant's own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nexus.access.principal import Permission, Principal
from nexus.admin import diagnostics, jobs
from nexus.admin.diagnostics_schemas import DiagnosticsOut, JobOut
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.jobs.models import JobState
from nexus.core.text.storable import NO_NUL
from nexus.identity.deps import require_permission
from nexus.knowledge.deps import Blobs, Configuration, ConfiguredEmbedder, Index
from nexus.llms.deps import ModelsInUse

router = APIRouter(tags=["diagnostics"])
Administrator = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]


@router.get("/diagnostics", dependencies=[require_permission(Permission.OPERATE)])
async def get_diagnostics(
    settings: Configuration,
    db: Db,
    index: Index,
    blobs: Blobs,
    embedder: ConfiguredEmbedder,
    models: ModelsInUse,
) -> DiagnosticsOut:
    """How the installation is, and what to do about what is amiss."""
    return await diagnostics.diagnose(diagnostics.Installation(settings, db, index, blobs, embedder, models))


@router.get("/jobs")
async def list_jobs(
    session: ReadSession,
    principal: Administrator,
    state: JobState | None = None,
    kind: Annotated[str | None, Query(max_length=64, pattern=NO_NUL, description="Exactly this kind.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[JobOut]:
    """Jobs of your tenant, or of the whole installation for who operates it; the newest first."""
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    found = await jobs.list_jobs(
        session,
        principal,
        state=state,
        kind=kind,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    whole = principal.may(Permission.OPERATE)
    items = [jobs.render(job, whole=whole) for job in found[:limit]]
    more = encode_cursor(items[-1].created_at.isoformat(), items[-1].id) if len(found) > limit else None
    return Page(items=items, next_cursor=more)


@router.post("/jobs/{job_id}/retry")
async def retry_job(session: WriteSession, principal: Administrator, job_id: UUID) -> JobOut:
    """Has a failed job tried again."""
    job = await jobs.retry(session, principal, job_id)
    return jobs.render(job, whole=principal.may(Permission.OPERATE))


@router.post("/jobs/{job_id}/cancel")
async def cancel_job(session: WriteSession, principal: Administrator, job_id: UUID) -> JobOut:
    """Leaves a document unread that waits to be."""
    job = await jobs.cancel(session, principal, job_id)
    return jobs.render(job, whole=principal.may(Permission.OPERATE))
