"""HTTP of diagnostics: the installation for who operates it, jobs for administrators, each tenant's own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from nexus.access.principal import Permission, Principal
from nexus.admin import checking, diagnostics, jobs
from nexus.admin.checking import IndexChecks
from nexus.admin.diagnostics_schemas import DiagnosticsOut, IndexCheckOut, JobOut
from nexus.admin.models import IndexCheck
from nexus.core.http.deps import Db, ReadSession, WriteSession, provided
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.jobs.models import JobState
from nexus.core.text.storable import NO_NUL
from nexus.identity.deps import require_permission
from nexus.ingestion.pipeline import Pipeline
from nexus.knowledge.deps import Blobs, Configuration, ConfiguredEmbedder, Index
from nexus.llms.deps import ModelsInUse

router = APIRouter(tags=["diagnostics"])
Administrator = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]
Processing = Annotated[Pipeline, Depends(provided(Pipeline))]
Checks = Annotated[IndexChecks, Depends(provided(IndexChecks))]


@router.get("/diagnostics", dependencies=[require_permission(Permission.OPERATE)])
async def get_diagnostics(
    settings: Configuration,
    db: Db,
    index: Index,
    blobs: Blobs,
    embedder: ConfiguredEmbedder,
    models: ModelsInUse,
    pipeline: Processing,
) -> DiagnosticsOut:
    """How the installation is, and what to do about what is amiss."""
    looked_at = diagnostics.Installation(settings, db, index, blobs, embedder, models, pipeline)
    return await diagnostics.diagnose(looked_at)


@router.get("/index/checks", dependencies=[require_permission(Permission.OPERATE)])
async def list_index_checks(session: ReadSession) -> list[IndexCheckOut]:
    """How the last comparisons of rows, index and files went, the newest first. One is made every day."""
    return [_render(check) for check in await checking.list_checks(session)]


@router.post(
    "/index/checks",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[require_permission(Permission.OPERATE)],
)
async def begin_index_check(checks: Checks) -> IndexCheckOut:
    """Compares rows, index and files of the whole installation in the background; the result is kept."""
    return _render(await checks.begin())


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


def _render(check: IndexCheck) -> IndexCheckOut:
    return IndexCheckOut.model_validate(check, from_attributes=True)
