"""Jobs looked at, tried again and cancelled by administrators: of their tenant, or of the installation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from nexus.access.principal import Permission, Principal
from nexus.admin import job_queries
from nexus.admin.diagnostics_schemas import JobOut
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError
from nexus.core.jobs.models import Job
from nexus.core.logging import cleaned
from nexus.ingestion import retrying
from nexus.knowledge.messages import IngestVersion

_LONGEST: Final = 500
"""Characters of an error that are shown."""
_CANCELLABLE: Final = frozenset({IngestVersion.kind})
"""Whose subject learns of it. What else waits keeps a promise, or comes again within the hour."""


def scope(principal: Principal) -> UUID | None:
    """Whose jobs they look after: None means everybody's."""
    return None if principal.may(Permission.OPERATE) else principal.tenant_id


async def list_jobs(
    session: AsyncSession,
    principal: Principal,
    *,
    state: str | None,
    kind: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[Job]:
    wanted = job_queries.JobFilter(scope(principal), state, kind)
    return await job_queries.list_jobs(session, wanted, after=after, limit=limit)


async def retry(session: AsyncSession, principal: Principal, job_id: UUID) -> Job:
    """A failed job waits again, as if it had never been tried. Raises NotFoundError, ConflictError."""
    job = await _get(session, principal, job_id)
    if job.state != "failed":
        raise ConflictError("Only a job that has failed can be tried again.")
    if await job_queries.is_waiting(session, job.dedup_key):
        raise ConflictError("Another job does the same already. Wait for that one.")
    if job.kind == IngestVersion.kind:
        message = IngestVersion.model_validate(job.payload)
        if not await retrying.take_up(session, message.version_id):
            raise ConflictError("The document has moved on since then. Process it again from its knowledge base.")
    await job_queries.requeue(session, job)
    _record(session, principal, Action.JOB_RETRIED, job)
    await session.refresh(job)
    return job


async def cancel(session: AsyncSession, principal: Principal, job_id: UUID) -> Job:
    """A waiting job does not run; its document is told. Raises NotFoundError, ConflictError."""
    job = await _get(session, principal, job_id)
    if job.kind not in _CANCELLABLE:
        raise ConflictError("A job of this kind cannot be cancelled: something else waits for it.")
    if job.state != "queued":
        raise ConflictError("Only a job that waits can be cancelled.")
    await retrying.leave(session, IngestVersion.model_validate(job.payload).version_id)
    await job_queries.cancel(session, job, "Cancelled by an administrator.")
    _record(session, principal, Action.JOB_CANCELLED, job)
    await session.refresh(job)
    return job


async def _get(session: AsyncSession, principal: Principal, job_id: UUID) -> Job:
    job = await job_queries.find_job(session, job_id, scope(principal))
    if job is None:
        raise NotFoundError("There is no such job, or you may not see it.")
    return job


def _record(session: AsyncSession, principal: Principal, action: Action, job: Job) -> None:
    record(session, principal, action, Target("job", job.id, job.kind), {"subject": _subject(job)})


def _subject(job: Job) -> dict[str, str]:
    """Ids alone: what a message holds beside them is nobody's business here."""
    return {name: str(value) for name, value in job.payload.items() if name.endswith("_id") and value}


def render(job: Job, *, whole: bool) -> JobOut:
    """`whole`: with the words of the fault, which may name what other tenants have."""
    fault = cleaned(job.error or "")[:_LONGEST]
    return JobOut.model_validate(
        {
            "id": job.id,
            "kind": job.kind,
            "state": job.state,
            "subject": _subject(job),
            "attempts": job.attempts,
            "interruptions": job.interruptions,
            "run_at": job.run_at,
            "created_at": job.created_at,
            "started_at": job.started_at,
            "finished_at": job.finished_at,
            "error": fault if whole else fault.partition(":")[0],
            "retryable": job.state == "failed",
            "cancellable": job.state == "queued" and job.kind in _CANCELLABLE,
        }
    )
