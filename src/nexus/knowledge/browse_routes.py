"""HTTP of knowledge as tables show it: documents sorted, filtered, changed many at a time, and watched."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from nexus.access.principal import Principal, SubjectKind
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import NexusError, NotFoundError
from nexus.core.http.deps import Db, ReadSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.http.sse import described_stream, event_stream, keep_up
from nexus.core.text.storable import NO_NUL, is_storable
from nexus.identity import subjects
from nexus.identity.deps import CurrentPrincipal, StillSignedIn
from nexus.knowledge import documents, listing, queries, service
from nexus.knowledge.listing import AT_ONCE, Watch
from nexus.knowledge.models import Document
from nexus.knowledge.schemas import (
    BulkIn,
    BulkOut,
    ChangesOut,
    DocumentOut,
    DocumentPatch,
    ProgressOut,
    RefusedOut,
    SubjectOut,
)

router = APIRouter(tags=["documents"])

State = Literal["uploaded", "queued", "processing", "ready", "failed"]
_POLL_SECONDS: Final = 0.7


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
async def change_documents(db: Db, principal: CurrentPrincipal, wanted: BulkIn) -> BulkOut:
    """The same action on many documents. Each is refused or done by itself, with the reason."""
    done, refused = 0, list[RefusedOut]()
    for document_id in dict.fromkeys(wanted.document_ids):
        try:
            async with db.write() as session:
                await _change(session, principal, document_id, wanted)
        except NexusError as error:
            refused.append(RefusedOut(document_id=document_id, detail=error.detail))
        else:
            done += 1
    return BulkOut(done=done, refused=refused)


async def _change(session: AsyncSession, principal: Principal, document_id: UUID, wanted: BulkIn) -> None:
    match wanted.action:
        case "delete":
            await documents.delete_document(session, principal, document_id)
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
    still: StillSignedIn,
    knowledge_base_id: UUID,
    last_event: LastEventId = None,
) -> StreamingResponse:
    """`documents.changed` at once with the totals, then with each change, as long as you may read and listen."""
    async with db.read() as session:
        await service.get_knowledge_base(session, principal, knowledge_base_id)
    position = _position(last_event)
    return event_stream(keep_up(_changes(db, principal, knowledge_base_id, position), still))


async def _changes(
    db: Database, principal: Principal, knowledge_base_id: UUID, after: tuple[datetime, UUID] | None
) -> AsyncGenerator[bytes, None]:
    """Reads the rows again and again, since another process may be the one that changes them. Holds no session
    meanwhile, and asks for the right to read each time."""
    watch = Watch(after)
    while True:
        async with db.read() as session:
            try:
                await service.get_knowledge_base(session, principal, knowledge_base_id)
            except NotFoundError:
                return
            changed, removed = await watch.look(session, principal, knowledge_base_id)
            told: ChangesOut | None = None
            if watch.is_first or changed or removed:
                counts = await queries.count_documents(session, principal, [knowledge_base_id])
                pages, chunks = await queries.progress(session, principal, knowledge_base_id)
                progress = ProgressOut(documents=counts.get(knowledge_base_id, {}), pages=pages, chunks=chunks)
                told = ChangesOut(documents=[_render(d) for d in changed], removed=list(removed), progress=progress)
        if told:
            watch.is_first = False
            yield _encode(watch.after, told)
        if len(changed) < AT_ONCE:
            await asyncio.sleep(_POLL_SECONDS)


def _encode(after: tuple[datetime, UUID] | None, told: ChangesOut) -> bytes:
    identified = f"id: {after[0].isoformat()}/{after[1]}\n" if after else ""
    return f"{identified}event: documents.changed\ndata: {told.model_dump_json()}\n\n".encode()


def _position(header: str | None) -> tuple[datetime, UUID] | None:
    """What `_encode` wrote; None, which is the beginning, for anything else."""
    try:
        moment, _, document_id = (header or "").partition("/")
        position = (datetime.fromisoformat(moment), UUID(document_id))
    except ValueError:
        return None
    return position if is_storable(position[0]) else None


def _render(document: Document) -> DocumentOut:
    return DocumentOut.model_validate(document, from_attributes=True)
