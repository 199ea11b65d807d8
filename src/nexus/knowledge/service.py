"""Knowledge bases and the grants on them."""

from collections.abc import Sequence
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Permission, Principal, SubjectKind
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.core.errors import ForbiddenError
from nexus.identity import subjects
from nexus.knowledge import acts, queries
from nexus.knowledge.errors import PersonalError
from nexus.knowledge.models import KnowledgeBase
from nexus.knowledge.schemas import GrantIn, KnowledgeBaseIn, KnowledgeBasePatch

_KIND = ResourceKind.KNOWLEDGE_BASE


async def get_knowledge_base(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> KnowledgeBase:
    """Raises NotFoundError, the same for unknown and invisible ones."""
    found = await queries.find_knowledge_base(session, principal, knowledge_base_id)
    if found is None:
        raise access.not_found(_KIND)
    return found


async def require_manage(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> KnowledgeBase:
    """The right to change content. Raises NotFoundError, ForbiddenError."""
    shelf = await get_knowledge_base(session, principal, knowledge_base_id)
    own = await queries.levels(session, principal, [shelf.id])
    if own.get(shelf.id) is not Level.MANAGE:
        raise ForbiddenError("You may not change this knowledge base. Ask one of its managers.")
    return shelf


async def require_govern(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> KnowledgeBase:
    """The right to change settings and grants: its managers, and administrators where it is shared."""
    shelf = await get_knowledge_base(session, principal, knowledge_base_id)
    if principal.may(Permission.KNOWLEDGE_ADMINISTER) and not shelf.personal:
        return shelf
    return await require_manage(session, principal, knowledge_base_id)


async def create_knowledge_base(session: AsyncSession, principal: Principal, wanted: KnowledgeBaseIn) -> KnowledgeBase:
    """The creator manages it; whoever else may read it is said by `wanted.grants`."""
    access.require_permission(principal, Permission.KNOWLEDGE_CREATE)
    if wanted.personal and wanted.grants:
        raise PersonalError("Make it shared, or leave the grants out.")
    if wanted.department_id is not None:
        await subjects.require_subject(session, principal.tenant_id, SubjectKind.DEPARTMENT, wanted.department_id)
    shelf = KnowledgeBase(
        tenant_id=principal.tenant_id,
        name=wanted.name,
        description=wanted.description,
        personal=wanted.personal,
        department_id=wanted.department_id,
        chunking=wanted.chunking.model_dump(),
        keep_originals=wanted.keep_originals,
        kept_versions=wanted.kept_versions,
        created_by=principal.user_id,
    )
    session.add(shelf)
    await session.flush()
    record(session, principal, Action.KNOWLEDGE_BASE_CREATED, acts.shelf_target(shelf), acts.described(shelf))
    for grant in wanted.grants:
        await subjects.require_subject(session, principal.tenant_id, grant.subject_kind, grant.subject_id)
        await _grant(session, principal, shelf, grant.subject_kind, grant.subject_id, grant.level)
    # Last, so that no grant in the list can take it from them.
    await _grant(session, principal, shelf, SubjectKind.USER, principal.user_id, Level.MANAGE)
    return shelf


async def update_knowledge_base(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, patch: KnowledgeBasePatch
) -> KnowledgeBase:
    shelf = await require_govern(session, principal, knowledge_base_id)
    before, wanted = acts.described(shelf), patch.model_dump(exclude_unset=True)
    if wanted.get("department_id") is not None:
        await subjects.require_subject(session, principal.tenant_id, SubjectKind.DEPARTMENT, wanted["department_id"])
    nullable = {"department_id", "kept_versions"}
    for name, value in wanted.items():
        if value is not None or name in nullable:
            setattr(shelf, name, value)
    await session.flush()
    changed = changes(before, acts.described(shelf))
    if changed or (shelf.personal and wanted):
        record(session, principal, Action.KNOWLEDGE_BASE_CHANGED, acts.shelf_target(shelf), changed)
    return shelf


async def list_grants(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> Sequence[Grant]:
    shelf = await require_govern(session, principal, knowledge_base_id)
    return await access.list_grants(session, principal, _KIND, shelf.id)


async def add_grant(session: AsyncSession, principal: Principal, knowledge_base_id: UUID, wanted: GrantIn) -> Grant:
    shelf = await require_govern(session, principal, knowledge_base_id)
    if shelf.personal:
        raise PersonalError("Make a shared knowledge base and move the documents there.")
    await subjects.require_subject(session, principal.tenant_id, wanted.subject_kind, wanted.subject_id)
    return await _grant(session, principal, shelf, wanted.subject_kind, wanted.subject_id, wanted.level)


async def remove_grant(
    session: AsyncSession,
    principal: Principal,
    knowledge_base_id: UUID,
    subject_kind: SubjectKind,
    subject_id: UUID,
) -> None:
    """Raises NotFoundError when there is no such grant."""
    shelf = await require_govern(session, principal, knowledge_base_id)
    if shelf.personal:
        raise PersonalError("Delete the knowledge base if you do not need it.")
    await access.remove_grant(
        session,
        tenant_id=shelf.tenant_id,
        kind=_KIND,
        resource_id=shelf.id,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )
    acts.record_grant(session, principal, Action.GRANT_REMOVED, acts.shelf_target(shelf), (subject_kind, subject_id))


async def _grant(
    session: AsyncSession,
    principal: Principal,
    shelf: KnowledgeBase,
    subject_kind: SubjectKind,
    subject_id: UUID,
    level: Level,
) -> Grant:
    target = acts.shelf_target(shelf)
    acts.record_grant(session, principal, Action.GRANT_ADDED, target, (subject_kind, subject_id), level)
    return await access.add_grant(
        session,
        tenant_id=principal.tenant_id,
        kind=_KIND,
        resource_id=shelf.id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        level=level,
        created_by=principal.user_id,
    )


async def governs(session: AsyncSession, principal: Principal, shelf: KnowledgeBase) -> bool:
    """Whether they may set its grants, and so know them."""
    if principal.may(Permission.KNOWLEDGE_ADMINISTER) and not shelf.personal:
        return True
    return (await queries.levels(session, principal, [shelf.id])).get(shelf.id) is Level.MANAGE


async def require_may_grant(session: AsyncSession, principal: Principal) -> None:
    """Raises ForbiddenError unless there is something whose grants the principal may set."""
    governs = principal.may(Permission.KNOWLEDGE_ADMINISTER) or principal.may(Permission.AGENTS_ADMINISTER)
    if not governs and not await queries.manages_any(session, principal):
        raise ForbiddenError("Only who manages a knowledge base or an agent may look up whom to grant it to.")
