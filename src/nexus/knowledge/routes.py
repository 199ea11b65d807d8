"""HTTP of knowledge bases and their grants."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from nexus.access.models import Grant, Level
from nexus.access.principal import Principal, SubjectKind
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.text.storable import NO_NUL
from nexus.identity import subjects
from nexus.identity.deps import CurrentPrincipal
from nexus.knowledge import deleting, queries, service
from nexus.knowledge.deps import Configuration
from nexus.knowledge.models import KnowledgeBase
from nexus.knowledge.schemas import (
    Chunking,
    GrantIn,
    GrantOut,
    KnowledgeBaseIn,
    KnowledgeBaseOut,
    KnowledgeBasePatch,
    ProgressOut,
)

router = APIRouter(prefix="/knowledge-bases", tags=["knowledge bases"])


@router.get("")
async def list_knowledge_bases(
    session: ReadSession,
    principal: CurrentPrincipal,
    name: Annotated[str | None, Query(max_length=200, pattern=NO_NUL, description="Exactly this name.")] = None,
    search: Annotated[str | None, Query(max_length=200, pattern=NO_NUL, description="Part of the name.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[KnowledgeBaseOut]:
    after = decode_cursor(cursor, str, UUID) if cursor else None
    found = await queries.list_knowledge_bases(
        session, principal, name=name, search=search, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shelves = found[:limit]
    more = encode_cursor(shelves[-1].name, shelves[-1].id) if len(found) > limit else None
    return Page(items=await _render(session, principal, *shelves), next_cursor=more)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_knowledge_base(
    session: WriteSession, principal: CurrentPrincipal, wanted: KnowledgeBaseIn
) -> KnowledgeBaseOut:
    shelf = await service.create_knowledge_base(session, principal, wanted)
    return (await _render(session, principal, shelf))[0]


@router.get("/{knowledge_base_id}")
async def get_knowledge_base(
    session: ReadSession, principal: CurrentPrincipal, knowledge_base_id: UUID
) -> KnowledgeBaseOut:
    shelf = await service.get_knowledge_base(session, principal, knowledge_base_id)
    return (await _render(session, principal, shelf))[0]


@router.patch("/{knowledge_base_id}")
async def update_knowledge_base(
    session: WriteSession, principal: CurrentPrincipal, knowledge_base_id: UUID, patch: KnowledgeBasePatch
) -> KnowledgeBaseOut:
    shelf = await service.update_knowledge_base(session, principal, knowledge_base_id, patch)
    return (await _render(session, principal, shelf))[0]


@router.delete("/{knowledge_base_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_knowledge_base(
    session: WriteSession, principal: CurrentPrincipal, settings: Configuration, knowledge_base_id: UUID
) -> Response:
    """It is out of reach at once, with its documents, and can be restored for a while."""
    await deleting.delete_knowledge_base(session, principal, knowledge_base_id, settings.documents.deleted_days)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/{knowledge_base_id}/progress")
async def get_progress(session: ReadSession, principal: CurrentPrincipal, knowledge_base_id: UUID) -> ProgressOut:
    shelf = await service.get_knowledge_base(session, principal, knowledge_base_id)
    counts = await queries.count_documents(session, principal, [shelf.id])
    pages, chunks = await queries.progress(session, principal, shelf.id)
    return ProgressOut(documents=counts.get(shelf.id, {}), pages=pages, chunks=chunks)


@router.get("/{knowledge_base_id}/grants")
async def list_grants(session: ReadSession, principal: CurrentPrincipal, knowledge_base_id: UUID) -> list[GrantOut]:
    return await render_grants(session, principal, await service.list_grants(session, principal, knowledge_base_id))


@router.put("/{knowledge_base_id}/grants")
async def add_grant(
    session: WriteSession, principal: CurrentPrincipal, knowledge_base_id: UUID, wanted: GrantIn
) -> GrantOut:
    """Grants, or changes the level of a grant that stands."""
    grant = await service.add_grant(session, principal, knowledge_base_id, wanted)
    return (await render_grants(session, principal, [grant]))[0]


@router.delete("/{knowledge_base_id}/grants/{subject_kind}/{subject_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_grant(
    session: WriteSession,
    principal: CurrentPrincipal,
    knowledge_base_id: UUID,
    subject_kind: SubjectKind,
    subject_id: UUID,
) -> Response:
    await service.remove_grant(session, principal, knowledge_base_id, subject_kind, subject_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def render_grants(session: ReadSession, principal: Principal, grants: Sequence[Grant]) -> list[GrantOut]:
    names = await subjects.name_subjects(session, principal.tenant_id, [grant.subject for grant in grants])
    rendered: list[GrantOut] = []
    for grant in grants:
        kind, _, subject_id = grant.subject.partition(":")
        rendered.append(
            GrantOut(
                subject_kind=SubjectKind(kind),
                subject_id=UUID(subject_id),
                subject_name=names.get(grant.subject, ""),
                level=Level(grant.level),
            )
        )
    return rendered


async def _render(session: ReadSession, principal: Principal, *shelves: KnowledgeBase) -> list[KnowledgeBaseOut]:
    ids = [shelf.id for shelf in shelves]
    levels = await queries.levels(session, principal, ids)
    counts = await queries.count_documents(session, principal, ids)
    return [
        KnowledgeBaseOut(
            id=shelf.id,
            name=shelf.name,
            description=shelf.description,
            personal=shelf.personal,
            department_id=shelf.department_id,
            chunking=Chunking.model_validate(shelf.chunking),
            keep_originals=shelf.keep_originals,
            kept_versions=shelf.kept_versions,
            level=levels.get(shelf.id),
            documents=counts.get(shelf.id, {}),
            created_at=shelf.created_at,
            updated_at=shelf.updated_at,
        )
        for shelf in shelves
    ]
