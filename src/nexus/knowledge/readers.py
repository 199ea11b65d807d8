"""Who may read a restricted document."""

from collections.abc import Sequence
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Principal, SubjectKind
from nexus.audit.acts import Action
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError
from nexus.identity import subjects
from nexus.knowledge import acts, documents, index_queries
from nexus.knowledge.models import Document
from nexus.knowledge.schemas import GrantIn

_KIND = ResourceKind.DOCUMENT


async def grant_document(session: AsyncSession, principal: Principal, document_id: UUID, wanted: GrantIn) -> None:
    """Adds a reader to a restricted document."""
    document = await documents.get_document(session, principal, document_id)
    await documents.require_manage_document(session, principal, document)
    await subjects.require_subject(session, principal.tenant_id, wanted.subject_kind, wanted.subject_id)
    await documents.grant(session, principal, document, wanted.subject_kind, wanted.subject_id, wanted.level)
    await _require_manager(session, principal, document)
    await index_queries.touch(session, [document.id])


async def revoke_document(
    session: AsyncSession, principal: Principal, document_id: UUID, subject_kind: SubjectKind, subject_id: UUID
) -> None:
    """Raises NotFoundError when there is no such grant."""
    document = await documents.get_document(session, principal, document_id)
    await documents.require_manage_document(session, principal, document)
    await access.remove_grant(
        session,
        tenant_id=document.tenant_id,
        kind=_KIND,
        resource_id=document.id,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )
    target = await acts.document_target(session, document)
    acts.record_grant(session, principal, Action.GRANT_REMOVED, target, (subject_kind, subject_id))
    await _require_manager(session, principal, document)
    await index_queries.touch(session, [document.id])


async def list_document_grants(session: AsyncSession, principal: Principal, document_id: UUID) -> Sequence[Grant]:
    """The readers of a restricted document, for those who manage it."""
    document = await documents.get_document(session, principal, document_id)
    await documents.require_manage_document(session, principal, document)
    return await access.list_grants(session, principal, _KIND, document.id)


async def _require_manager(session: AsyncSession, principal: Principal, document: Document) -> None:
    """Nobody could open a restricted document again that nobody manages. Raises ConflictError."""
    grants = await access.list_grants(session, principal, _KIND, document.id)
    if document.restricted and all(grant.level != Level.MANAGE for grant in grants):
        raise ConflictError("The last one who manages a restricted document stays. Let everybody read it instead.")
