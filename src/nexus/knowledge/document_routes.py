"""HTTP of documents: upload, look, read, change, delete."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status

from nexus.access.principal import SubjectKind
from nexus.core.db import AsyncSession
from nexus.core.errors import InvalidError
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor, small_number
from nexus.core.text.storable import is_storable
from nexus.identity.deps import CurrentPrincipal
from nexus.knowledge import attached_queries, deleting, documents, queries, readers, service
from nexus.knowledge.deps import Blobs, Configuration, UploadLimit
from nexus.knowledge.models import Document, DocumentVersion
from nexus.knowledge.routes import render_grants
from nexus.knowledge.schemas import (
    ChunkOut,
    DocumentDetail,
    DocumentOut,
    DocumentPatch,
    GrantIn,
    GrantOut,
    PageOut,
    TextOut,
    UploadOut,
    VersionOut,
)
from nexus.knowledge.uploading import upload
from nexus.providers.blobs.base import StoredBlob

router = APIRouter(tags=["documents"])

VersionId = Annotated[UUID | None, Query(description="A version of the document; the active one when absent.")]
State = Literal["uploaded", "queued", "processing", "ready", "failed"]
FILE: dict[str, Any] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
LONGEST_SLICE = 200_000


@router.post(
    "/knowledge-bases/{knowledge_base_id}/documents",
    status_code=status.HTTP_201_CREATED,
    openapi_extra={"requestBody": {"required": True, "content": FILE}},
)
async def upload_document(
    request: Request,
    db: Db,
    blobs: Blobs,
    principal: CurrentPrincipal,
    limit: UploadLimit,
    knowledge_base_id: UUID,
    path: Annotated[str, Query(min_length=1, max_length=1300, description="Folder and file name, `/` between.")],
    modified_at: datetime | None = None,
) -> UploadOut:
    """The request's body is the file, streamed to disk. The same path again makes a new version; the same bytes change
    nothing."""
    clean = documents.clean_path(path)
    if not is_storable(modified_at):
        raise InvalidError("modified_at needs a year of our time and a time zone, as in 2026-01-31T12:00:00Z.")
    async with db.read() as session:
        await service.require_manage(session, principal, knowledge_base_id)

    async def receive(session: AsyncSession, blob: StoredBlob) -> documents.Arrival:
        return await documents.receive(
            session, principal, knowledge_base_id, documents.Upload(clean, blob, modified_at)
        )

    return await upload(db, blobs, request.stream(), limit, receive)


@router.get("/documents/{document_id}")
async def get_document(session: ReadSession, principal: CurrentPrincipal, document_id: UUID) -> DocumentDetail:
    document = await documents.get_document(session, principal, document_id)
    versions = await queries.versions_of(session, document.id)
    attached = await attached_queries.is_file(session, document.knowledge_base_id)
    rendered = [render_version(version) for version in versions if version.state != "pruned"]
    return DocumentDetail(**_render(document).model_dump(), attached=attached, versions=rendered)


@router.patch("/documents/{document_id}")
async def update_document(
    session: WriteSession, principal: CurrentPrincipal, document_id: UUID, patch: DocumentPatch
) -> DocumentOut:
    """Moves a document, or restricts it to readers of its own. Searches follow at once."""
    return _render(await documents.update_document(session, principal, document_id, patch))


@router.delete("/documents/{document_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_document(
    session: WriteSession, principal: CurrentPrincipal, settings: Configuration, document_id: UUID
) -> Response:
    """The next question does not find it. It can be restored for a while."""
    await deleting.delete_document(session, principal, document_id, settings.documents.deleted_days)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/documents/{document_id}/reprocess", status_code=status.HTTP_202_ACCEPTED)
async def reprocess_document(session: WriteSession, principal: CurrentPrincipal, document_id: UUID) -> DocumentOut:
    return _render(await documents.reprocess(session, principal, document_id))


@router.get("/documents/{document_id}/grants")
async def list_document_grants(session: ReadSession, principal: CurrentPrincipal, document_id: UUID) -> list[GrantOut]:
    grants = await readers.list_document_grants(session, principal, document_id)
    return await render_grants(session, principal, grants)


@router.put("/documents/{document_id}/grants", status_code=status.HTTP_204_NO_CONTENT)
async def add_document_grant(
    session: WriteSession, principal: CurrentPrincipal, document_id: UUID, wanted: GrantIn
) -> Response:
    """Adds a reader of a restricted document; they need to read its knowledge base as well."""
    await readers.grant_document(session, principal, document_id, wanted)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.delete("/documents/{document_id}/grants/{subject_kind}/{subject_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_document_grant(
    session: WriteSession, principal: CurrentPrincipal, document_id: UUID, subject_kind: SubjectKind, subject_id: UUID
) -> Response:
    await readers.revoke_document(session, principal, document_id, subject_kind, subject_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/documents/{document_id}/text")
async def get_text(
    session: ReadSession,
    principal: CurrentPrincipal,
    document_id: UUID,
    version_id: VersionId = None,
    start: Annotated[int, Query(ge=0)] = 0,
    end: Annotated[int | None, Query(ge=0, description=f"At most {LONGEST_SLICE:,} characters at a time.")] = None,
) -> TextOut:
    """A slice of the stored text, in characters, and the pages it touches."""
    version = await documents.get_version(session, principal, document_id, version_id)
    length = await queries.text_length(session, version.id)
    start = min(start, length)
    end = max(start, min(length if end is None else end, length, start + LONGEST_SLICE))
    pages = [
        PageOut(number=n, start=s, end=e, label=label) for n, s, e, label in version.pages if s < end and e > start
    ]
    text = await queries.text_slice(session, version.id, start, end)
    return TextOut(version_id=version.id, start=start, end=end, length=length, text=text, pages=pages)


@router.get("/documents/{document_id}/chunks")
async def list_chunks(
    session: ReadSession,
    principal: CurrentPrincipal,
    document_id: UUID,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ChunkOut]:
    """The active version's chunks in reading order."""
    version = await documents.get_version(session, principal, document_id, None)
    after = decode_cursor(cursor, small_number)[0] if cursor else -1
    found = await queries.list_chunks(session, version.id, after=after, limit=limit + 1)
    items = [ChunkOut.model_validate(c, from_attributes=True) for c in found[:limit]]
    return Page(items=items, next_cursor=encode_cursor(items[-1].ordinal) if len(found) > limit else None)


def _render(document: Document) -> DocumentOut:
    return DocumentOut.model_validate(document, from_attributes=True)


def render_version(version: DocumentVersion) -> VersionOut:
    """As every list of versions shows it."""
    return VersionOut.model_validate(version, from_attributes=True)
