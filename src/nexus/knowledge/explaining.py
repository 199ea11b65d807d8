"""Why somebody may or may not read a document or a knowledge base, as far as the asker may know.

Everybody may ask about themselves what they may see. About others ask those who set the grants: on the knowledge base
for its documents too, on a restricted document for that one. Names of grants are told to those who set them, and the
grants that name a person to that person.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from nexus.access import service as access
from nexus.access.explanation import Code, Explanation, GrantFact, Question, Step
from nexus.access.models import ResourceKind
from nexus.access.principal import Principal, SubjectKind, parse_subject, subject
from nexus.audit.acts import Action
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.core.errors import ForbiddenError
from nexus.identity import subjects
from nexus.identity.principals import PersonInQuestion, person_in_question
from nexus.knowledge import acts, explaining_queries, service
from nexus.knowledge.documents import guarded, require_manage_document
from nexus.knowledge.models import Document, KnowledgeBase
from nexus.knowledge.schemas import AccessOut, AccessStepOut, GrantThroughOut, PersonOut

_REFUSED = "Only those who set its grants may ask about others. Ask one of its managers."


@dataclass(frozen=True, slots=True)
class _Subject:
    """What is asked about, and of which questions the asker may know the grants: if of none, they may not ask about
    others."""

    noun: str
    known: frozenset[Question]


async def explain_knowledge_base(
    session: AsyncSession, asker: Principal, knowledge_base_id: UUID, user_id: UUID
) -> AccessOut:
    """Raises NotFoundError, ForbiddenError. Asking about others is recorded, and so takes a session that writes."""
    shelf = await service.get_knowledge_base(session, asker, knowledge_base_id)
    governs = await service.governs(session, asker, shelf)
    if user_id != asker.user_id and not governs:
        raise ForbiddenError(_REFUSED)
    person = await person_in_question(session, asker, user_id)
    if user_id != asker.user_id:
        record(session, asker, Action.ACCESS_EXPLAINED, acts.shelf_target(shelf), {"user_id": user_id})
    return await about_knowledge_base(session, asker, person, shelf, governs=governs)


async def about_knowledge_base(
    session: AsyncSession, asker: Principal, person: PersonInQuestion, shelf: KnowledgeBase, *, governs: bool
) -> AccessOut:
    """The caller has made sure that the asker may ask."""
    explanation = await access.explain_knowledge_base(
        session,
        person.principal,
        shelf.id,
        tenant_id=shelf.tenant_id,
        account=person.state,
        governable=not shelf.personal,
    )
    known = frozenset({Question.KNOWLEDGE_BASE}) if governs else frozenset[Question]()
    return await _render(session, asker, person, explanation, _Subject("knowledge base", known))


async def explain_document(session: AsyncSession, asker: Principal, document_id: UUID, user_id: UUID) -> AccessOut:
    """Raises NotFoundError for what the asker may not read, ForbiddenError. Recorded as `explain_knowledge_base`.

    Of a deleted document those who set the grants learn that it was deleted, where it was theirs to read.
    """
    found = await explaining_queries.find_once_readable(session, asker, document_id)
    if found is None:
        raise access.not_found(ResourceKind.DOCUMENT)
    document, shelf = found
    governs = await service.governs(session, asker, shelf)
    if document.deleted_at is not None and not governs:
        raise access.not_found(ResourceKind.DOCUMENT)
    if user_id != asker.user_id and not governs and not await _manages(session, asker, document):
        raise ForbiddenError(_REFUSED)
    person = await person_in_question(session, asker, user_id)
    if user_id != asker.user_id:
        await acts.record_document(session, asker, Action.ACCESS_EXPLAINED, document, {"user_id": user_id})
    return await about_document(session, asker, person, document, shelf, governs=governs)


async def about_document(
    session: AsyncSession,
    asker: Principal,
    person: PersonInQuestion,
    document: Document,
    shelf: KnowledgeBase,
    *,
    governs: bool,
) -> AccessOut:
    """The caller has made sure that the asker may read the document, and ask."""
    explanation = await access.explain(
        session, person.principal, guarded(document), account=person.state, governable=not shelf.personal
    )
    if document.deleted_at is not None:
        # Its own grants went with it.
        reached = [step for step in explanation.steps if step.question is not Question.DOCUMENT]
        code = Code.DELETED if document.purged_at is None else Code.PURGED
        deleted = Step(Question.DOCUMENT, code, at=document.deleted_at)
        explanation = Explanation((*reached, deleted), explanation.level)
    elif explanation.level is not None:
        explanation = explanation.with_step(_content(document))
    known: set[Question] = set()
    if governs:
        known.add(Question.KNOWLEDGE_BASE)
    if document.restricted and document.deleted_at is None and await _manages(session, asker, document):
        known.add(Question.DOCUMENT)
    return await _render(session, asker, person, explanation, _Subject("document", frozenset(known)))


async def _manages(session: AsyncSession, asker: Principal, document: Document) -> bool:
    try:
        await require_manage_document(session, asker, document)
    except ForbiddenError:
        return False
    return True


def _content(document: Document) -> Step:
    failed, searchable = document.state == "failed", document.active_version_id is not None
    if document.state == "ready":
        code = Code.SEARCHABLE
    elif searchable:
        code = Code.REPLACEMENT_FAILED if failed else Code.REPLACING
    else:
        code = Code.FAILED if failed else Code.WAITING
    if not failed:
        return Step(Question.CONTENT, code)
    return Step(Question.CONTENT, code, detail=document.failure_code or "", note=document.failure or "")


async def _render(
    session: AsyncSession, asker: Principal, person: PersonInQuestion, explanation: Explanation, about: _Subject
) -> AccessOut:
    oneself = person.principal.user_id == asker.user_id
    steps = [
        replace(
            step,
            through=step.through if oneself or step.question in about.known else (),
            others=step.others if step.question in about.known and not step.holds else (),
        )
        for step in explanation.steps
    ]
    facts = [fact for step in steps for fact in (*step.through, *step.others)]
    givers = {_user(fact.granted_by) for fact in facts if fact.granted_by}
    words = {fact.subject for fact in facts}
    names = await subjects.place_subjects(session, asker.tenant_id, words | givers)
    since = await subjects.memberships(session, person.principal.user_id) if facts else {}

    def told(given: Iterable[GrantFact], question: Question) -> list[GrantThroughOut]:
        rendered: list[GrantThroughOut] = []
        for fact in given:
            kind, subject_id = parse_subject(fact.subject)
            giver = names.get(_user(fact.granted_by)) if fact.granted_by and question in about.known else None
            rendered.append(
                GrantThroughOut(
                    subject=fact.subject,
                    kind=kind,
                    subject_id=subject_id,
                    name=names.get(fact.subject, ""),
                    level=fact.level,
                    granted_by=giver,
                    granted_at=fact.granted_at,
                    member_since=since.get(fact.subject),
                )
            )
        return rendered

    return AccessOut(
        person=PersonOut(id=person.principal.user_id, name=person.name, state=person.state),
        verdict=explanation.verdict,
        sentence=explanation.summary(person.name, about.noun),
        readable=explanation.readable,
        manageable=explanation.manageable,
        searchable=explanation.searchable,
        may_ask=bool(about.known),
        steps=[
            AccessStepOut(
                question=step.question,
                code=step.code,
                holds=step.holds,
                sentence=step.in_words(names),
                through=told(step.through, step.question),
                missing=told(step.others, step.question),
                detail=step.detail,
                note=step.note,
                at=step.at,
            )
            for step in steps
        ],
    )


def _user(user_id: UUID) -> str:
    return subject(SubjectKind.USER, user_id)
