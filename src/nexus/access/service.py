"""The one place that decides who may do what. Everything not granted is denied."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from nexus.access import queries
from nexus.access.explanation import AccountState, Code, Explanation, GrantFact, Question, Step
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Permission, Principal, SubjectKind, conversation_word, subject
from nexus.core.db import AsyncSession
from nexus.core.errors import ForbiddenError, NotFoundError
from nexus.providers.vectors.base import IndexFilter

_NOUNS = {ResourceKind.KNOWLEDGE_BASE: "knowledge base", ResourceKind.DOCUMENT: "document", ResourceKind.AGENT: "agent"}
_LAID_ASIDE = {
    ResourceKind.KNOWLEDGE_BASE: ResourceKind.DELETED_KNOWLEDGE_BASE,
    ResourceKind.DOCUMENT: ResourceKind.DELETED_DOCUMENT,
}


@dataclass(frozen=True, slots=True)
class GuardedDocument:
    """What access has to know of a document; `knowledge` fills it from the row."""

    id: UUID
    tenant_id: UUID
    knowledge_base_id: UUID
    restricted: bool


def not_found(kind: ResourceKind) -> NotFoundError:
    """The one wording for what does not exist and for what this principal may not know of."""
    return NotFoundError(f"There is no such {_NOUNS[kind]}, or you may not see it.")


def require_permission(principal: Principal, permission: Permission) -> None:
    """Raises ForbiddenError unless the principal's role has the permission."""
    if not principal.may(permission):
        raise ForbiddenError("Your role does not allow this. Ask an administrator.", permission=permission)


async def require(
    session: AsyncSession,
    principal: Principal,
    kind: ResourceKind,
    resource_id: UUID,
    level: Level = Level.READ,
    *,
    tenant_id: UUID,
) -> None:
    """Raises NotFoundError where no grant makes it visible, ForbiddenError where the level is missing.

    `tenant_id` is the resource's own, from its row. Documents have a place and go through `require_document`.
    """
    if kind is ResourceKind.DOCUMENT:
        raise ValueError("a document is guarded by require_document")
    if tenant_id != principal.tenant_id:
        raise not_found(kind)
    held = await queries.held_levels(session, principal, kind, resource_id)
    if not held:
        raise not_found(kind)
    if level is Level.MANAGE and Level.MANAGE not in held:
        raise ForbiddenError(f"You may read this {_NOUNS[kind]}, but not change it.")


async def require_document(
    session: AsyncSession, principal: Principal, document: GuardedDocument, level: Level = Level.READ
) -> None:
    """Raises NotFoundError where unreadable, ForbiddenError where readable but not manageable."""
    missing = not_found(ResourceKind.DOCUMENT)
    if document.tenant_id != principal.tenant_id:
        raise missing
    held = await queries.held_levels(session, principal, ResourceKind.KNOWLEDGE_BASE, document.knowledge_base_id)
    if not held:
        raise missing
    if document.restricted:
        own = await queries.held_levels(session, principal, ResourceKind.DOCUMENT, document.id)
        if not own:
            raise missing
        held |= own
    if level is Level.MANAGE and Level.MANAGE not in held:
        raise ForbiddenError("You may read this document, but not change it.")


def inherited_reader(knowledge_base_id: UUID) -> str:
    """The reader, in the index, of a document that whoever reads its knowledge base may read."""
    return f"kb:{knowledge_base_id.hex}"


async def index_filter(
    session: AsyncSession,
    principal: Principal,
    *,
    also: Principal | None = None,
    knowledge_bases: Collection[UUID] | None = None,
    media_types: Collection[str] | None = None,
    modified_from: datetime | None = None,
    modified_before: datetime | None = None,
) -> IndexFilter:
    """What this principal may find, from the grants of this moment; `knowledge_bases` None means all readable.

    Raises NotFoundError when one of the named knowledge bases is unknown or unreadable, which look the same. With
    `also`, what both may find, for showing the one what the other finds: what either may not read is not searched at
    all, a knowledge base or a document.
    """
    readable = await queries.readable_ids(session, principal, ResourceKind.KNOWLEDGE_BASE)
    if also is not None:
        same = also.tenant_id == principal.tenant_id
        readable &= await queries.readable_ids(session, also, ResourceKind.KNOWLEDGE_BASE) if same else frozenset()
    if knowledge_bases is not None:
        named = frozenset(knowledge_bases)
        if also is None and not named <= readable:
            raise not_found(ResourceKind.KNOWLEDGE_BASE)
        readable &= named
    inherited = {inherited_reader(knowledge_base_id) for knowledge_base_id in readable}
    return IndexFilter(
        tenant_id=principal.tenant_id,
        principals=principal.subjects | inherited,
        knowledge_bases=readable,
        media_types=None if media_types is None else frozenset(media_types),
        modified_from=modified_from,
        modified_before=modified_before,
        also=None if also is None else also.subjects | inherited,
    )


async def readable_knowledge_bases(session: AsyncSession, principal: Principal) -> frozenset[UUID]:
    return await queries.readable_ids(session, principal, ResourceKind.KNOWLEDGE_BASE)


async def levels(
    session: AsyncSession, principal: Principal, kind: ResourceKind, resource_ids: Collection[UUID]
) -> dict[UUID, Level]:
    """The principal's own level on each; absent where they hold none."""
    return await queries.levels(session, principal, kind, resource_ids)


async def document_readers(session: AsyncSession, document_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """The readers, in the index, of restricted documents: an entry for each id, empty where nobody is named."""
    found = await queries.document_subjects(session, document_ids)
    return {document_id: frozenset(words) for document_id, words in found.items()}


async def list_grants(
    session: AsyncSession, principal: Principal, kind: ResourceKind, resource_id: UUID
) -> Sequence[Grant]:
    """Oldest first, all of them. The caller has required the right to see them."""
    return await queries.list_grants(session, principal.tenant_id, kind, resource_id)


async def add_grant(
    session: AsyncSession,
    *,
    tenant_id: UUID,
    kind: ResourceKind,
    resource_id: UUID,
    subject_kind: SubjectKind,
    subject_id: UUID,
    level: Level,
    created_by: UUID | None = None,
) -> Grant:
    """Grants, or changes the level of the grant that stands. The caller has made sure that the resource and
    the subject are of this tenant (`identity.service.require_subject`) and that its principal may grant."""
    grant = Grant(
        tenant_id=tenant_id,
        resource_kind=kind,
        resource_id=resource_id,
        subject=subject(subject_kind, subject_id),
        level=level,
        created_by=created_by,
    )
    return await queries.put_grant(session, grant)


async def grant_to_conversation(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, conversation_id: UUID
) -> None:
    """Puts a new knowledge base into the reach of whoever is `within` the conversation, and of nobody else."""
    grant = Grant(
        tenant_id=principal.tenant_id,
        resource_kind=ResourceKind.KNOWLEDGE_BASE,
        resource_id=knowledge_base_id,
        subject=conversation_word(conversation_id),
        level=Level.MANAGE,
        created_by=principal.user_id,
    )
    await queries.put_grant(session, grant)


async def remove_grant(
    session: AsyncSession,
    *,
    tenant_id: UUID,
    kind: ResourceKind,
    resource_id: UUID,
    subject_kind: SubjectKind,
    subject_id: UUID,
) -> None:
    """Raises NotFoundError when there is no such grant."""
    word = subject(subject_kind, subject_id)
    if not await queries.delete_grant(session, tenant_id, kind, resource_id, word):
        raise NotFoundError("There is no such grant.")


async def forget_resources(session: AsyncSession, kind: ResourceKind, resource_ids: Collection[UUID]) -> None:
    """Deletes every grant on resources that are gone, laid aside or not."""
    for each in filter(None, (kind, _LAID_ASIDE.get(kind))):
        await queries.delete_grants_on(session, each, resource_ids)


async def lay_aside(session: AsyncSession, kind: ResourceKind, resource_ids: Collection[UUID]) -> None:
    """Grants on what was deleted count no more; `take_back` has them count again."""
    await queries.change_kind(session, kind, _LAID_ASIDE[kind], resource_ids)


async def take_back(session: AsyncSession, kind: ResourceKind, resource_ids: Collection[UUID]) -> None:
    """What was deleted is back, for those it was granted to who still exist."""
    await queries.change_kind(session, _LAID_ASIDE[kind], kind, resource_ids)


async def forget_subject(session: AsyncSession, tenant_id: UUID, kind: SubjectKind, subject_id: UUID) -> None:
    """Deletes every grant to a user, group or department that is gone."""
    await queries.delete_grants_to(session, tenant_id, subject(kind, subject_id))


async def explain(
    session: AsyncSession,
    principal: Principal,
    document: GuardedDocument,
    *,
    account: AccountState = AccountState.ACTIVE,
    governable: bool = False,
) -> Explanation:
    """Why `principal` (not necessarily the asker) can or cannot read the document.

    The chain names other people's grants: only for those who may know them (`knowledge.explaining` decides), or
    about oneself after `readable` turned out true. `governable` says that its knowledge base is a shared one.
    """
    shelf = await explain_knowledge_base(
        session,
        principal,
        document.knowledge_base_id,
        tenant_id=document.tenant_id,
        account=account,
        governable=governable,
    )
    if shelf.level is None:
        return shelf
    if not document.restricted:
        return shelf.with_step(Step(Question.DOCUMENT, Code.INHERITED))
    own = await _granted(session, principal, Question.DOCUMENT, document.id)
    levels = {shelf.level, *_levels(principal, own)}
    level = None if not own.holds else Level.MANAGE if Level.MANAGE in levels else Level.READ
    return Explanation((*shelf.steps, own), level)


async def explain_knowledge_base(
    session: AsyncSession,
    principal: Principal,
    knowledge_base_id: UUID,
    *,
    tenant_id: UUID,
    account: AccountState = AccountState.ACTIVE,
    governable: bool = False,
) -> Explanation:
    """As `explain`. `tenant_id` is the knowledge base's own, from its row."""
    if tenant_id != principal.tenant_id:
        return Explanation((Step(Question.TENANT, Code.OTHER_TENANT),), None)
    granted = await _granted(session, principal, Question.KNOWLEDGE_BASE, knowledge_base_id)
    steps = [Step(Question.TENANT, Code.SAME_TENANT), Step(Question.ACCOUNT, _ACCOUNTS[account]), granted]
    levels = _levels(principal, granted)
    if not granted.holds and governable and principal.may(Permission.KNOWLEDGE_ADMINISTER):
        steps.append(Step(Question.ROLE, Code.GOVERNS_ONLY))
    if not principal.may_manage and any(fact.level is Level.MANAGE for fact in granted.through):
        steps.append(Step(Question.CREDENTIAL, Code.KEY_READS_ONLY))
    level = None if not granted.holds else Level.MANAGE if Level.MANAGE in levels else Level.READ
    return Explanation(tuple(steps), level)


_ACCOUNTS = {
    AccountState.ACTIVE: Code.ACTIVE,
    AccountState.INVITED: Code.INVITED,
    AccountState.DEACTIVATED: Code.DEACTIVATED,
}


def _levels(principal: Principal, step: Step) -> frozenset[Level]:
    return frozenset(fact.level if principal.may_manage else Level.READ for fact in step.through)


async def _granted(session: AsyncSession, principal: Principal, question: Question, resource_id: UUID) -> Step:
    rows = await queries.list_grants(session, principal.tenant_id, ResourceKind(question), resource_id)
    facts = [GrantFact(row.subject, Level(row.level), row.created_by, row.created_at) for row in rows]
    through = tuple(fact for fact in facts if fact.subject in principal.subjects)
    others = tuple(fact for fact in facts if fact.subject not in principal.subjects)
    yes, no = _GRANTED[question]
    return Step(question, yes if through else no, through=through, others=others)


_GRANTED = {
    Question.KNOWLEDGE_BASE: (Code.BASE_GRANTED, Code.BASE_NOT_GRANTED),
    Question.DOCUMENT: (Code.DOCUMENT_GRANTED, Code.DOCUMENT_NOT_GRANTED),
}
