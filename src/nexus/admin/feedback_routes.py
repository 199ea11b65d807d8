"""HTTP of the feedback queue, and of the evaluation cases that come out of it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from nexus.access.principal import Permission, Principal
from nexus.admin import feedback
from nexus.admin import feedback_queries as queries
from nexus.admin.feedback_queries import FeedbackFilter
from nexus.admin.schemas import (
    EvaluationCaseIn,
    EvaluationCaseOut,
    FeedbackCounts,
    FeedbackEntry,
    FeedbackState,
    Rating,
    ReviewIn,
)
from nexus.core.errors import InvalidError
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.text.storable import is_storable
from nexus.identity.deps import require_permission

router = APIRouter(tags=["feedback"])

Reviewer = Annotated[Principal, require_permission(Permission.FEEDBACK_REVIEW)]
Moment = Annotated[datetime | None, Query(description="With a time zone, as in 2026-01-31T12:00:00Z.")]


@router.get("/feedback")
async def list_feedback(
    session: ReadSession,
    principal: Reviewer,
    state: FeedbackState | None = None,
    rating: Rating | None = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to", description="Before this moment.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[FeedbackEntry]:
    """What people of your tenant think of answers, the latest first. Answers show what you may read yourself."""
    if not all(is_storable(moment) for moment in (since, until)):
        raise InvalidError("from and to need a year of our time and a time zone, as in 2026-01-31T12:00:00Z.")
    before = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    wanted = FeedbackFilter(state, rating, since, until)
    found = await queries.list_feedback(session, principal.tenant_id, wanted, before=before, limit=limit + 1)
    shown = found[:limit]
    last = shown[-1].feedback if len(found) > limit else None
    more = encode_cursor(last.updated_at.isoformat(), last.id) if last else None
    return Page(items=await feedback.render(session, principal, shown), next_cursor=more)


@router.get("/feedback/counts")
async def count_feedback(session: ReadSession, principal: Reviewer) -> FeedbackCounts:
    counts = await queries.count_feedback(session, principal.tenant_id)
    return FeedbackCounts(**{state: counts.get(state, 0) for state in FeedbackCounts.model_fields})


@router.get("/feedback/{feedback_id}")
async def get_feedback(session: ReadSession, principal: Reviewer, feedback_id: UUID) -> FeedbackEntry:
    [entry] = await feedback.render(session, principal, [await feedback.get_feedback(session, principal, feedback_id)])
    return entry


@router.patch("/feedback/{feedback_id}")
async def review_feedback(
    session: WriteSession, principal: Reviewer, feedback_id: UUID, wanted: ReviewIn
) -> FeedbackEntry:
    """Says how far it is seen to."""
    rated = await feedback.review(session, principal, feedback_id, wanted)
    [entry] = await feedback.render(session, principal, [rated])
    return entry


@router.post("/feedback/{feedback_id}/evaluation-case", status_code=status.HTTP_201_CREATED)
async def make_case(
    session: WriteSession, principal: Reviewer, feedback_id: UUID, wanted: EvaluationCaseIn
) -> EvaluationCaseOut:
    """Keeps the question, to see whether it is answered better from now on."""
    case = await feedback.make_case(session, principal, feedback_id, wanted)
    [shown] = await feedback.render_cases(session, principal, [case])
    return shown


@router.get("/evaluation-cases")
async def list_cases(
    session: ReadSession, principal: Reviewer, cursor: Cursor = None, limit: Limit = 50
) -> Page[EvaluationCaseOut]:
    """The newest first."""
    before = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    found = await queries.list_cases(session, principal.tenant_id, before=before, limit=limit + 1)
    shown = found[:limit]
    more = encode_cursor(shown[-1].created_at.isoformat(), shown[-1].id) if len(found) > limit else None
    return Page(items=await feedback.render_cases(session, principal, shown), next_cursor=more)


@router.delete("/evaluation-cases/{evaluation_case_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_case(session: WriteSession, principal: Reviewer, evaluation_case_id: UUID) -> Response:
    await feedback.delete_case(session, principal, evaluation_case_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
