"""HTTP of what was deleted: looked through, restored, purged before its time; and how long it is kept."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status

from nexus.access.principal import Permission, Principal, SubjectKind, subject
from nexus.core.db import AsyncSession
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import subjects
from nexus.identity.deps import CurrentPrincipal, require_permission
from nexus.knowledge import deleted_queries, deleting
from nexus.knowledge.deleted_schemas import (
    DeletedDocumentOut,
    DeletedKnowledgeBaseOut,
    DocumentRulesIn,
    DocumentRulesOut,
    RestoreIn,
)
from nexus.knowledge.deps import Configuration
from nexus.knowledge.schemas import DocumentOut

router = APIRouter(tags=["deleted"])
RulesKeeper = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]


@router.get("/knowledge-bases/{knowledge_base_id}/deleted-documents")
async def list_deleted_documents(
    session: ReadSession,
    principal: CurrentPrincipal,
    knowledge_base_id: UUID,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DeletedDocumentOut]:
    """What you may restore, the last deleted first."""
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    found = await deleting.list_deleted(
        session, principal, knowledge_base_id, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shown = [(one, one.document.deleted_at, one.document.purge_after) for one in found[:limit]]
    names = await _names(session, principal, (one.document.deleted_by for one, _, _ in shown))
    items = [
        DeletedDocumentOut(
            id=one.document.id,
            knowledge_base_id=one.document.knowledge_base_id,
            path=one.document.path,
            name=one.document.name,
            title=one.document.title,
            media_type=one.document.media_type,
            size=one.document.size,
            restricted=one.document.restricted,
            deleted_at=deleted_at,
            deleted_by=names.get(one.document.deleted_by, ""),
            purge_after=purge_after,
            taken=one.taken,
        )
        for one, deleted_at, purge_after in shown
        if deleted_at and purge_after
    ]
    return Page(items=items, next_cursor=_more(items, len(found) > limit))


@router.post("/documents/{document_id}/restore")
async def restore_document(
    session: WriteSession, principal: CurrentPrincipal, document_id: UUID, wanted: RestoreIn
) -> DocumentOut:
    """Takes a deletion back, with the grants of that time. The next question finds it."""
    document = await deleting.restore_document(session, principal, document_id, keep_both=wanted.keep_both)
    return DocumentOut.model_validate(document, from_attributes=True)


@router.post("/documents/{document_id}/purge", status_code=status.HTTP_204_NO_CONTENT)
async def purge_document(session: WriteSession, principal: CurrentPrincipal, document_id: UUID) -> Response:
    """Removes a deleted document for good, before its time."""
    await deleting.purge_document(session, principal, document_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/deleted-knowledge-bases")
async def list_deleted_knowledge_bases(
    session: ReadSession, principal: CurrentPrincipal, cursor: Cursor = None, limit: Limit = 50
) -> Page[DeletedKnowledgeBaseOut]:
    """Those you may restore, the last deleted first."""
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    found = await deleted_queries.list_knowledge_bases(
        session, principal, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shown = found[:limit]
    names = await _names(session, principal, (shelf.deleted_by for shelf in shown))
    counts = await deleted_queries.count_in(session, [shelf.id for shelf in shown])
    items = [
        DeletedKnowledgeBaseOut(
            id=shelf.id,
            name=shelf.name,
            personal=shelf.personal,
            documents=counts[shelf.id],
            deleted_at=shelf.deleted_at,
            deleted_by=names.get(shelf.deleted_by, ""),
            purge_after=shelf.purge_after,
        )
        for shelf in shown
        if shelf.deleted_at and shelf.purge_after
    ]
    return Page(items=items, next_cursor=_more(items, len(found) > limit))


@router.post("/knowledge-bases/{knowledge_base_id}/restore", status_code=status.HTTP_204_NO_CONTENT)
async def restore_knowledge_base(
    session: WriteSession, principal: CurrentPrincipal, knowledge_base_id: UUID
) -> Response:
    """Takes a deletion back, with its documents and grants of that time."""
    await deleting.restore_knowledge_base(session, principal, knowledge_base_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/knowledge-bases/{knowledge_base_id}/purge", status_code=status.HTTP_204_NO_CONTENT)
async def purge_knowledge_base(session: WriteSession, principal: CurrentPrincipal, knowledge_base_id: UUID) -> Response:
    """Removes a deleted knowledge base and all that it holds for good, before its time."""
    await deleting.purge_knowledge_base(session, principal, knowledge_base_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/document-rules")
async def get_document_rules(
    session: ReadSession, principal: CurrentPrincipal, settings: Configuration
) -> DocumentRulesOut:
    """How long what is deleted can be restored."""
    return await deleting.get_rules(session, principal, settings.documents.deleted_days)


@router.put("/document-rules")
async def update_document_rules(
    session: WriteSession, principal: RulesKeeper, wanted: DocumentRulesIn, settings: Configuration
) -> DocumentRulesOut:
    """They count for what is deleted from now on."""
    return await deleting.update_rules(session, principal, wanted, settings.documents.deleted_days)


def _more(items: "list[DeletedDocumentOut] | list[DeletedKnowledgeBaseOut]", is_more: bool) -> str | None:
    return encode_cursor(items[-1].deleted_at.isoformat(), items[-1].id) if is_more else None


async def _names(
    session: AsyncSession, principal: Principal, user_ids: Iterable[UUID | None]
) -> dict[UUID | None, str]:
    """Of those who deleted; the tenant's own people alone."""
    words = {subject(SubjectKind.USER, user_id): user_id for user_id in user_ids if user_id is not None}
    named = await subjects.name_subjects(session, principal.tenant_id, list(words))
    return {words[word]: name for word, name in named.items()}
