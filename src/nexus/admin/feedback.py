"""What reviewers do with what people think of answers. They see of an answer what they may read themselves."""

from collections.abc import Sequence
from uuid import UUID

from nexus.access.principal import Principal
from nexus.admin import feedback_queries as queries
from nexus.admin.feedback_queries import Rated
from nexus.admin.models import EvaluationCase
from nexus.admin.schemas import EvaluationCaseIn, EvaluationCaseOut, FeedbackEntry, NamedPerson, RatedAnswer, ReviewIn
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.chat.rendering import render_messages
from nexus.chat.schemas import MessageOut
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError
from nexus.knowledge import queries as knowledge


async def render(session: AsyncSession, principal: Principal, rated: Sequence[Rated]) -> list[FeedbackEntry]:
    answers = await render_messages(session, principal, [each.answer for each in rated])
    return [
        FeedbackEntry(
            id=each.feedback.id,
            rating="up" if each.feedback.rating == "up" else "down",
            comment=each.feedback.comment,
            state=each.feedback.state,  # pyright: ignore[reportArgumentType] - the table's words are these
            note=each.feedback.note,
            given_by=NamedPerson(id=each.giver.id, name=each.giver.name),
            reviewer=NamedPerson(id=each.reviewer.id, name=each.reviewer.name) if each.reviewer else None,
            reviewed_at=each.feedback.reviewed_at,
            created_at=each.feedback.created_at,
            updated_at=each.feedback.updated_at,
            question=each.question.text,
            answer=_rated(answer),
            evaluation_case_id=each.case_id,
        )
        for each, answer in zip(rated, answers, strict=True)
    ]


def _rated(answer: MessageOut) -> RatedAnswer:
    return RatedAnswer(
        text=answer.text,
        kind=answer.run.kind if answer.run else None,
        model=answer.run.model if answer.run else "",
        citations=answer.citations,
        web_citations=answer.web_citations,
        support=answer.support,
        findings=answer.findings,
    )


async def get_feedback(session: AsyncSession, principal: Principal, feedback_id: UUID) -> Rated:
    """Raises NotFoundError, the same for unknown, another tenant's, and of a conversation that was deleted."""
    found = await queries.find_feedback(session, principal.tenant_id, feedback_id)
    if found is None:
        raise NotFoundError("There is no such feedback.")
    return found


async def review(session: AsyncSession, principal: Principal, feedback_id: UUID, wanted: ReviewIn) -> Rated:
    rated = await get_feedback(session, principal, feedback_id)
    feedback = rated.feedback
    before = {"state": feedback.state}
    if wanted.state is not None and wanted.state != feedback.state:
        feedback.state = wanted.state
        feedback.reviewer_id, feedback.reviewed_at = principal.user_id, now()
    if wanted.note is not None:
        feedback.note = wanted.note
    await session.flush()
    # Whose question it was, and what was asked, is not the log's business.
    target = Target("feedback", feedback.id, "")
    record(session, principal, Action.FEEDBACK_REVIEWED, target, {"before": before, "state": feedback.state})
    return await get_feedback(session, principal, feedback_id)


async def make_case(
    session: AsyncSession, principal: Principal, feedback_id: UUID, wanted: EvaluationCaseIn
) -> EvaluationCase:
    """Of a good answer, what it cites is what a right answer cites. Raises ConflictError when there is one already."""
    rated = await get_feedback(session, principal, feedback_id)
    if rated.case_id is not None:
        raise ConflictError("There is an evaluation case of this already.")
    [answer] = await render_messages(session, principal, [rated.answer])
    cited = [each.document_id for each in answer.citations if each.document_id is not None]
    case = EvaluationCase(
        tenant_id=principal.tenant_id,
        feedback_id=rated.feedback.id,
        question=wanted.question or rated.question.text,
        expected=wanted.expected,
        document_ids=[str(each) for each in dict.fromkeys(cited)] if rated.feedback.rating == "up" else [],
        created_by=principal.user_id,
    )
    session.add(case)
    await session.flush()
    record(session, principal, Action.EVALUATION_CASE_CREATED, Target("evaluation_case", case.id, ""))
    return case


async def delete_case(session: AsyncSession, principal: Principal, case_id: UUID) -> None:
    """Raises NotFoundError."""
    case = await queries.find_case(session, principal.tenant_id, case_id)
    if case is None:
        raise NotFoundError("There is no such evaluation case.")
    record(session, principal, Action.EVALUATION_CASE_DELETED, Target("evaluation_case", case.id, ""))
    await session.delete(case)


async def render_cases(
    session: AsyncSession, principal: Principal, cases: Sequence[EvaluationCase]
) -> list[EvaluationCaseOut]:
    named = {UUID(each) for case in cases for each in case.document_ids}
    readable = await knowledge.readable_ids(session, principal, list(named))
    return [
        EvaluationCaseOut(
            id=case.id,
            question=case.question,
            expected=case.expected,
            document_ids=[UUID(each) for each in case.document_ids if UUID(each) in readable],
            feedback_id=case.feedback_id,
            created_at=case.created_at,
        )
        for case in cases
    ]
