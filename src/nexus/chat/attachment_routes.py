"""HTTP of the files that a conversation has of its own."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import PurePosixPath
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response, status
from fastapi.responses import StreamingResponse

from nexus.access.principal import Principal
from nexus.chat import attachments
from nexus.chat.attachment_schemas import AttachmentsOut
from nexus.chat.schemas import ConversationOut
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import NotFoundError
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.http.sse import described_stream, event_stream, keep_up
from nexus.identity.deps import CurrentPrincipal, StillSignedIn
from nexus.knowledge import documents
from nexus.knowledge.attached import MOST_FILES
from nexus.knowledge.deps import Blobs, UploadLimit
from nexus.knowledge.models import Document
from nexus.knowledge.schemas import DocumentOut, UploadOut
from nexus.knowledge.uploading import upload
from nexus.providers.blobs.base import StoredBlob

router = APIRouter(tags=["chat"])

FILE: Final[dict[str, Any]] = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_POLL_SECONDS: Final = 0.7


def _schema() -> dict[str, Any]:
    """FastAPI does not see a stream's events; what is in a list of them is described, because others return it."""
    schema = AttachmentsOut.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


@router.post("/conversations", status_code=status.HTTP_201_CREATED)
async def begin_conversation(session: WriteSession, principal: CurrentPrincipal) -> ConversationOut:
    """To attach files before the first question, which makes it a conversation like any other: until then it has no
    title, is in no list, and goes after a day. To ask without files, no conversation has to be begun."""
    begun = await attachments.begin(session, principal)
    return ConversationOut.model_validate(begun, from_attributes=True)


@router.post(
    "/conversations/{conversation_id}/attachments",
    status_code=status.HTTP_201_CREATED,
    openapi_extra={"requestBody": {"required": True, "content": FILE}},
)
async def attach_file(
    request: Request,
    db: Db,
    blobs: Blobs,
    principal: CurrentPrincipal,
    limit: UploadLimit,
    conversation_id: UUID,
    name: Annotated[str, Query(min_length=1, max_length=300, description="The file's name, without folders.")],
) -> UploadOut:
    """The request's body is the file. It is read like a document; only this conversation's answers can use it."""
    clean = PurePosixPath(documents.clean_path(name)).name
    async with db.read() as session:
        await attachments.require_may_attach(session, principal, conversation_id)

    async def receive(session: AsyncSession, blob: StoredBlob) -> documents.Arrival:
        return await attachments.attach(session, principal, conversation_id, documents.Upload(clean, blob))

    return await upload(db, blobs, request.stream(), limit, receive)


@router.get("/conversations/{conversation_id}/attachments")
async def list_attachments(
    session: ReadSession, principal: CurrentPrincipal, conversation_id: UUID, cursor: Cursor = None, limit: Limit = 50
) -> Page[DocumentOut]:
    """In the order in which they were attached."""
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await attachments.list_files(session, principal, conversation_id, after=after, limit=limit + 1)
    shown = found[:limit]
    more = encode_cursor(shown[-1].id) if len(found) > limit else None
    return Page(items=[_render(each) for each in shown], next_cursor=more)


@router.delete("/conversations/{conversation_id}/attachments/{attachment_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_attachment(
    session: WriteSession, principal: CurrentPrincipal, conversation_id: UUID, attachment_id: UUID
) -> Response:
    """It is deleted for good; answers that rest on it are not shown any more."""
    await attachments.remove(session, principal, conversation_id, attachment_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/conversations/{conversation_id}/attachments/{attachment_id}/retry", status_code=status.HTTP_202_ACCEPTED)
async def retry_attachment(
    session: WriteSession, principal: CurrentPrincipal, conversation_id: UUID, attachment_id: UUID
) -> DocumentOut:
    """Reads the file once more."""
    return _render(await attachments.retry(session, principal, conversation_id, attachment_id))


@router.get(
    "/conversations/{conversation_id}/attachments/changes",
    responses=described_stream(_schema()),
    response_class=StreamingResponse,
)
async def follow_attachments(
    db: Db, principal: CurrentPrincipal, still: StillSignedIn, conversation_id: UUID
) -> StreamingResponse:
    """`attachments.changed` with all files, at once and with each change, as long as you listen."""
    async with db.read() as session:
        await attachments.list_files(session, principal, conversation_id, limit=1)
    return event_stream(keep_up(_changes(db, principal, conversation_id), still))


async def _changes(db: Database, principal: Principal, conversation_id: UUID) -> AsyncGenerator[bytes, None]:
    """Reads the rows again and again, since another process may be the one that changes them."""
    told: bytes | None = None
    while True:
        async with db.read() as session:
            try:
                found = await attachments.list_files(session, principal, conversation_id, limit=MOST_FILES)
            except NotFoundError:
                return
            items = AttachmentsOut(items=[_render(each) for each in found])
        event = f"event: attachments.changed\ndata: {items.model_dump_json()}\n\n".encode()
        if event != told:
            told = event
            yield event
        await asyncio.sleep(_POLL_SECONDS)


@router.post("/runs/{run_id}/answer-now", status_code=status.HTTP_204_NO_CONTENT)
async def answer_now(session: WriteSession, principal: CurrentPrincipal, run_id: UUID) -> Response:
    """Waits for attached files no longer, and answers with what has been read."""
    await attachments.answer_now(session, principal, run_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _render(document: Document) -> DocumentOut:
    return DocumentOut.model_validate(document, from_attributes=True)
