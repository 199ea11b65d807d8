"""HTTP of knowledge as tables show it: documents sorted, filtered, changed many at a time, and watched."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from nexus.access.principal import Principal, SubjectKind
from nexus.core.db import AsyncSession
from nexus.core.errors import NexusError
from nexus.core.http.deps import Db, ReadSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.http.sse import described_stream, event_stream, keep_up
from nexus.core.text.storable import NO_NUL
from nexus.identity import subjects
from nexus.identity.deps import CallerAfresh, CurrentPrincipal, StillSignedIn
from nexus.knowledge import deleting, documents, listing, service
from nexus.knowledge.deps import Configuration
from nexus.knowledge.models import Document
from nexus.knowledge.schemas import (
    BulkIn,
    BulkOut,
    ChangesOut,
    DocumentOut,
    DocumentPatch,
    RefusedOut,
    SubjectOut,
)
from nexus.knowledge.watching import Told, changes, parse_position

router = APIRouter(tags=["documents"])

State = Literal["uploaded", "queued", "processing", "ready", "failed"]


def _schema(model: type[BaseModel]) -> dict[str, Any]:
    """Of a stream's events, which FastAPI does not see: its parts are in the document because others return them."""
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


_STREAM = described_stream(_schema(ChangesOut))
LastEventId = Annotated[str | None, Header(alias="Last-Event-ID", description="The id of the last event you have.")]


@router.get("/documents")
async def list_documents(
    session: ReadSession,
    principal: CurrentPrincipal,
    knowledge_base_id: UUID | None = None,
    state: State | None = None,
    name: Annotated[str | None, Query(max_length=200, pattern=NO_NUL, description="Part of the name.")] = None,
    media_type: Annotated[str | None, Query(max_length=100, pattern=NO_NUL)] = None,
    sort: listing.Sort = "path",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[DocumentOut]:
    """What you may read. `sort` with a minus in front is descending."""
    if knowledge_base_id is not None:
        await service.get_knowledge_base(session, principal, knowledge_base_id)
    after = decode_cursor(cursor, listing.key_kind(sort), UUID) if cursor else None
    found = await listing.list_documents(
        session,
        principal,
        listing.DocumentFilter(knowledge_base_id, state, name, media_type),
        sort=sort,
        after=(after[0], after[1]) if after else None,
        limit=limit + 1,
    )
    shown = found[:limit]
    more = encode_cursor(listing.key_of(shown[-1], sort), shown[-1].id) if len(found) > limit else None
    return Page(items=[_render(d) for d in shown], next_cursor=more)


@router.post("/documents/bulk")
async def change_documents(db: Db, principal: CurrentPrincipal, settings: Configuration, wanted: BulkIn) -> BulkOut:
    """The same action on many documents. Each is refused or done by itself, with the reason."""
    done, refused = 0, list[RefusedOut]()
    for document_id in dict.fromkeys(wanted.document_ids):
        try:
            async with db.write() as session:
                await _change(session, principal, document_id, wanted, settings.documents.deleted_days)
        except NexusError as error:
            refused.append(RefusedOut(document_id=document_id, detail=error.detail))
        else:
            done += 1
    return BulkOut(done=done, refused=refused)


async def _change(
    session: AsyncSession, principal: Principal, document_id: UUID, wanted: BulkIn, keep_days: int
) -> None:
    match wanted.action:
        case "delete":
            await deleting.delete_document(session, principal, document_id, keep_days)
        case "restore":
            await deleting.restore_document(session, principal, document_id, keep_both=True)
        case "purge":
            await deleting.purge_document(session, principal, document_id)
        case "reprocess":
            await documents.reprocess(session, principal, document_id)
        case "move":
            patch = DocumentPatch(knowledge_base_id=wanted.knowledge_base_id)
            await documents.update_document(session, principal, document_id, patch)


@router.get("/subjects")
async def list_subjects(
    session: ReadSession,
    principal: CurrentPrincipal,
    search: Annotated[str, Query(max_length=200, pattern=NO_NUL, description="Part of the name or address.")] = "",
    kind: SubjectKind | None = None,
    limit: Annotated[int, Query(ge=1, le=50)] = 20,
    deactivated: Annotated[bool, Query(description="Also people whose account is deactivated, to ask about.")] = False,
) -> list[SubjectOut]:
    """Whom you may grant to, or ask about: for who manages a knowledge base, or administers them."""
    await service.require_may_grant(session, principal)
    found = await subjects.search_subjects(
        session, principal.tenant_id, search.strip(), kind, limit, deactivated=deactivated
    )
    return [SubjectOut(kind=one.kind, id=one.id, name=one.name, detail=one.detail) for one in found]


@router.get("/knowledge-bases/{knowledge_base_id}/changes", responses=_STREAM, response_class=StreamingResponse)
async def follow_changes(
    db: Db,
    principal: CurrentPrincipal,
    listener: CallerAfresh,
    still: StillSignedIn,
    knowledge_base_id: UUID,
    last_event: LastEventId = None,
) -> StreamingResponse:
    """`documents.changed` at once with the totals, then with each change, as long as you may read and listen."""
    async with db.read() as session:
        await service.get_knowledge_base(session, principal, knowledge_base_id)
    told = changes(db, listener, knowledge_base_id, parse_position(last_event))
    return event_stream(keep_up(_encoded(told), still))


async def _encoded(told: AsyncGenerator[Told, None]) -> AsyncGenerator[bytes, None]:
    async for one in told:
        identified = f"id: {one.position}\n" if one.position else ""
        yield f"{identified}event: documents.changed\ndata: {one.changes.model_dump_json()}\n\n".encode()


def _render(document: Document) -> DocumentOut:
    return DocumentOut.model_validate(document, from_attributes=True)
