"""What is deleted: out of reach with one transaction, restorable for a while, then purged by jobs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import ResourceKind
from nexus.access.principal import Principal, SubjectKind
from nexus.audit.acts import Action, Target, changes
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError
from nexus.core.jobs.models import enqueue
from nexus.identity import subjects
from nexus.knowledge import acts, deleted_queries, index_queries, queries
from nexus.knowledge.deleted_schemas import DocumentRulesIn, DocumentRulesOut
from nexus.knowledge.documents import get_document, require_manage_document
from nexus.knowledge.errors import NameTakenError
from nexus.knowledge.messages import IngestVersion, PurgeDocument, PurgeKnowledgeBase
from nexus.knowledge.models import Document, DocumentRules, KnowledgeBase
from nexus.knowledge.service import require_govern, require_manage

_DOCUMENT: Final = ResourceKind.DOCUMENT
_KNOWLEDGE_BASE: Final = ResourceKind.KNOWLEDGE_BASE
_MOST_NAMES: Final = 1000
"""Free names that are tried."""


# --- documents -----------------------------------------------------------------------------------


async def delete_document(session: AsyncSession, principal: Principal, document_id: UUID, keep_days: int) -> None:
    """It stops answering with this transaction. It can be restored for so many days, or as many as its tenant says."""
    document = await get_document(session, principal, document_id)
    await require_manage_document(session, principal, document)
    days = await _days(session, principal.tenant_id, keep_days)
    await _delete(session, principal, document, days)


async def remove_document(session: AsyncSession, principal: Principal, document_id: UUID) -> None:
    """As `delete_document`, for what is purged at once."""
    document = await get_document(session, principal, document_id)
    await require_manage_document(session, principal, document)
    await _delete(session, principal, document, 0)


async def _delete(session: AsyncSession, principal: Principal, document: Document, days: int) -> None:
    await acts.record_document(session, principal, Action.DOCUMENT_DELETED, document)
    moment = now()
    document.deleted_at, document.deleted_by = moment, principal.user_id
    document.purge_after = moment + timedelta(days=days)
    await access.lay_aside(session, _DOCUMENT, [document.id])
    if not days:
        await _ask_to_purge(session, document)
    await session.flush()
    await index_queries.touch(session, [document.id])


async def _ask_to_purge(session: AsyncSession, document: Document) -> None:
    key = f"purge:{document.id}"
    await enqueue(session, PurgeDocument(document_id=document.id), tenant_id=document.tenant_id, dedup_key=key)


async def list_deleted(
    session: AsyncSession,
    principal: Principal,
    knowledge_base_id: UUID,
    *,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> Sequence[deleted_queries.DeletedDocument]:
    """What the principal may restore in it, the last deleted first. Raises NotFoundError, ForbiddenError."""
    await require_manage(session, principal, knowledge_base_id)
    return await deleted_queries.list_documents(session, principal, knowledge_base_id, after=after, limit=limit)


async def restore_document(
    session: AsyncSession, principal: Principal, document_id: UUID, *, keep_both: bool
) -> Document:
    """It answers again as it did. Raises NotFoundError; NameTakenError where a document came to its place meanwhile:
    with `keep_both`, this one gets a free name."""
    document = await _get_deleted(session, principal, document_id)
    path = document.path
    if not document.restricted and await deleted_queries.is_taken(session, document.knowledge_base_id, path):
        path = await _free(session, document)
        if not keep_both:
            raise NameTakenError(
                "A document of this name has come meanwhile. Restore this one under another name, or delete that one.",
                free_path=path,
            )
    if not await deleted_queries.bring_back(session, document, path):
        raise ConflictError("Somebody is uploading a file of this name just now. Try again.")
    await access.take_back(session, _DOCUMENT, [document.id])
    await index_queries.touch(session, [document.id])
    await _go_on(session, await deleted_queries.unfinished_of_document(session, document.id), document.tenant_id)
    await acts.record_document(session, principal, Action.DOCUMENT_RESTORED, document)
    return document


async def purge_document(session: AsyncSession, principal: Principal, document_id: UUID) -> None:
    """From now on it cannot be restored; a job removes what it left."""
    document = await _get_deleted(session, principal, document_id)
    await acts.record_document(session, principal, Action.DOCUMENT_PURGED, document)
    document.purge_after = document.deleted_at
    await _ask_to_purge(session, document)


async def _get_deleted(session: AsyncSession, principal: Principal, document_id: UUID) -> Document:
    found = await deleted_queries.find_document(session, principal, document_id)
    if found is None:
        raise access.not_found(_DOCUMENT)
    return found


async def _free(session: AsyncSession, document: Document) -> str:
    """`a/leave.md` → `a/leave (2).md`, or the first such name that is free."""
    path = PurePosixPath(document.path)
    for number in range(2, _MOST_NAMES):
        name = f"{path.stem[:280]} ({number}){path.suffix[:12]}"
        free = str(path.with_name(name))[-1000:]
        if not await deleted_queries.is_taken(session, document.knowledge_base_id, free):
            return free
    raise ConflictError("There are too many documents of this name. Delete some of them first.")


async def _go_on(session: AsyncSession, version_ids: Sequence[UUID], tenant_id: UUID) -> None:
    """What was being read when it was deleted is read once more."""
    for version_id in version_ids:
        message = IngestVersion(version_id=version_id)
        await enqueue(session, message, tenant_id=tenant_id, dedup_key=f"ingest:{version_id}")


# --- knowledge bases -----------------------------------------------------------------------------


async def delete_knowledge_base(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID, keep_days: int
) -> int:
    """Its documents stop answering with this transaction. Returns how many."""
    shelf = await require_govern(session, principal, knowledge_base_id)
    shelf.deleted_by = principal.user_id
    documents = await delete_shelf(session, shelf, await _days(session, principal.tenant_id, keep_days))
    record(session, principal, Action.KNOWLEDGE_BASE_DELETED, acts.shelf_target(shelf), {"documents": documents})
    return documents


async def forget_personal(session: AsyncSession, user_id: UUID) -> None:
    """Purges the personal knowledge bases of somebody who is gone, as the event of their deletion says."""
    for shelf in await queries.personal_of(session, user_id):
        await delete_shelf(session, shelf, 0)


async def delete_shelf(session: AsyncSession, shelf: KnowledgeBase, days: int) -> int:
    """The caller has made sure that it may go. Returns how many documents it had."""
    moment = shelf.deleted_at or now()
    shelf.deleted_at, shelf.purge_after = moment, moment + timedelta(days=days)
    if shelf.department_id is not None:
        # What is gone must not keep a department from being deleted.
        shelf.former_department_id, shelf.department_id = shelf.department_id, None
    if not days:
        await _ask_to_purge_shelf(session, shelf)
    await session.flush()
    await access.lay_aside(session, _KNOWLEDGE_BASE, [shelf.id])
    return await _touch_all(session, shelf)


async def _touch_all(session: AsyncSession, shelf: KnowledgeBase) -> int:
    documents = await deleted_queries.ids_in(session, shelf.id)
    if documents:
        await index_queries.touch(session, documents)
    return len(documents)


async def _ask_to_purge_shelf(session: AsyncSession, shelf: KnowledgeBase) -> None:
    message = PurgeKnowledgeBase(knowledge_base_id=shelf.id)
    await enqueue(session, message, tenant_id=shelf.tenant_id, dedup_key=f"purge-knowledge-base:{shelf.id}")


async def restore_knowledge_base(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> KnowledgeBase:
    """It is back with its documents and grants. What was deleted in it before stays deleted. Raises NotFoundError."""
    shelf = await _get_deleted_shelf(session, principal, knowledge_base_id)
    shelf.deleted_at = shelf.deleted_by = shelf.purge_after = None
    former, shelf.former_department_id = shelf.former_department_id, None
    if former is not None and await _still_there(session, principal, former):
        shelf.department_id = former
    await session.flush()
    await access.take_back(session, _KNOWLEDGE_BASE, [shelf.id])
    await _touch_all(session, shelf)
    await _go_on(session, await deleted_queries.unfinished_in(session, shelf.id), shelf.tenant_id)
    record(session, principal, Action.KNOWLEDGE_BASE_RESTORED, acts.shelf_target(shelf))
    return shelf


async def _still_there(session: AsyncSession, principal: Principal, department_id: UUID) -> bool:
    try:
        await subjects.require_subject(session, principal.tenant_id, SubjectKind.DEPARTMENT, department_id)
    except NotFoundError:
        return False
    return True


async def purge_knowledge_base(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> None:
    """From now on it cannot be restored; a job removes what it left. Raises NotFoundError."""
    shelf = await _get_deleted_shelf(session, principal, knowledge_base_id)
    record(session, principal, Action.KNOWLEDGE_BASE_PURGED, acts.shelf_target(shelf))
    shelf.purge_after = shelf.deleted_at
    await _ask_to_purge_shelf(session, shelf)


async def _get_deleted_shelf(session: AsyncSession, principal: Principal, knowledge_base_id: UUID) -> KnowledgeBase:
    found = await deleted_queries.find_knowledge_base(session, principal, knowledge_base_id)
    if found is None:
        raise access.not_found(_KNOWLEDGE_BASE)
    return found


# --- how long ------------------------------------------------------------------------------------


async def _days(session: AsyncSession, tenant_id: UUID, otherwise: int) -> int:
    rules = await deleted_queries.find_rules(session, tenant_id)
    return otherwise if rules is None or rules.deleted_days is None else rules.deleted_days


async def get_rules(session: AsyncSession, principal: Principal, otherwise: int) -> DocumentRulesOut:
    rules = await deleted_queries.find_rules(session, principal.tenant_id)
    own = None if rules is None else rules.deleted_days
    kept = None if rules is None else rules.kept_versions
    return DocumentRulesOut(deleted_days=otherwise if own is None else own, is_own=own is not None, kept_versions=kept)


async def update_rules(
    session: AsyncSession, principal: Principal, wanted: DocumentRulesIn, otherwise: int
) -> DocumentRulesOut:
    """The days count for what is deleted from now on: what is deleted already was promised its day. Former
    versions past those that are kept go within the hour."""
    before = (await get_rules(session, principal, otherwise)).model_dump()
    rules = await deleted_queries.find_rules(session, principal.tenant_id)
    if rules is None:
        rules = DocumentRules(tenant_id=principal.tenant_id)
        session.add(rules)
    rules.deleted_days, rules.kept_versions = wanted.deleted_days, wanted.kept_versions
    await session.flush()
    after = await get_rules(session, principal, otherwise)
    if changed := changes(before, after.model_dump()):
        record(session, principal, Action.DOCUMENT_RULES_CHANGED, Target("tenant", principal.tenant_id), changed)
    return after
