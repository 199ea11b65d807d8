"""HTTP of original files: the file or a part of it, and where a span of the text stands on its pages."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response, status
from fastapi import Path as FromPath
from fastapi.responses import StreamingResponse

from nexus.core.errors import InvalidError, NotFoundError
from nexus.core.http.deps import Db
from nexus.core.http.ranges import parse_range
from nexus.core.sandbox.limits import SandboxError
from nexus.identity.deps import CurrentPrincipal
from nexus.knowledge import documents, page_queries
from nexus.knowledge.deps import Blobs, ChildProcesses, Configuration, FileParser
from nexus.knowledge.document_routes import FILE, LONGEST_SLICE, VersionId
from nexus.knowledge.errors import OriginalGoneError
from nexus.knowledge.schemas import BoxesOut, BoxOut
from nexus.providers.parsers import base as parsers

router = APIRouter(tags=["documents"])

_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole file.", "content": FILE},
    206: {"description": "The part that `Range` names.", "content": FILE},
}
_PREVIEW: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The page.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/png", "image/jpeg")},
    }
}
_GONE = "The original file is missing. Upload it again."


@router.get("/documents/{document_id}/boxes")
async def get_boxes(
    db: Db,
    blobs: Blobs,
    sandbox: ChildProcesses,
    parser: FileParser,
    principal: CurrentPrincipal,
    document_id: UUID,
    start: Annotated[int, Query(ge=0)],
    end: Annotated[int, Query(ge=0)],
    version_id: VersionId = None,
) -> BoxesOut:
    """Where the span `[start, end)` of the text stands on its pages: a rectangle a line, for formats with pages."""
    if not start <= end <= start + LONGEST_SLICE:
        raise InvalidError(f"end must lie after start, by {LONGEST_SLICE:,} characters at most.")
    async with db.read() as session:
        document, version, key = await documents.get_original(session, principal, document_id, version_id)
        pages = tuple(parsers.Page(number, first, last, label) for number, first, last, label in version.pages)
        touched = [page.number for page in pages if page.start < end and page.end > start]
        recognised = (
            await page_queries.recognised_pages(session, version.id, touched[0], touched[-1]) if touched else ()
        )
    words = tuple(page_queries.page_words(page) for page in recognised)
    try:
        async with blobs.open_path(key) as path:
            boxes = await sandbox.run(parser.boxes, path, document.name, start, end, pages, words)
    except FileNotFoundError:
        raise OriginalGoneError(_GONE) from None
    except SandboxError as error:
        raise parsers.describe_sandbox_error(error.reason) from error
    rendered = [BoxOut(page=b.page, left=b.left, top=b.top, right=b.right, bottom=b.bottom) for b in boxes]
    confidence = min((page.confidence for page in recognised), default=None)
    return BoxesOut(version_id=version.id, boxes=rendered, confidence=confidence)


@router.get("/documents/{document_id}/pages/{number}", responses=_PREVIEW, response_class=Response)
async def get_page(
    db: Db,
    blobs: Blobs,
    sandbox: ChildProcesses,
    parser: FileParser,
    principal: CurrentPrincipal,
    settings: Configuration,
    document_id: UUID,
    number: Annotated[int, FromPath(ge=1, le=100_000)],
    version_id: VersionId = None,
) -> Response:
    """A page of a document that is a picture, as PNG or JPEG: drawn anew, upright, no larger than a screen shows."""
    async with db.read() as session:
        document, version, key = await documents.get_original(session, principal, document_id, version_id)
        if settings.scanner.is_on:
            documents.require_checked(document, version)
    if not version.media_type.startswith("image/"):
        raise NotFoundError("The document is not a picture.")
    if number > version.page_count:
        raise NotFoundError("The document has no such page.")
    try:
        async with blobs.open_path(key) as path:
            shown = await sandbox.run(parser.preview, path, document.name, number)
    except FileNotFoundError:
        raise OriginalGoneError(_GONE) from None
    except SandboxError as error:
        raise parsers.describe_sandbox_error(error.reason) from error
    headers = {
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, max-age=600",
    }
    media_type = "image/jpeg" if shown.media_type == "image/jpeg" else "image/png"
    return Response(shown.content, headers=headers, media_type=media_type)


@router.get("/documents/{document_id}/original", responses=_FILE, response_class=StreamingResponse)
async def get_original(
    db: Db,
    blobs: Blobs,
    settings: Configuration,
    principal: CurrentPrincipal,
    document_id: UUID,
    version_id: VersionId = None,
    wanted: Annotated[str | None, Header(alias="Range", description="One part of it, as `bytes=0-65535`.")] = None,
    known: Annotated[str | None, Header(alias="If-Range", description="The `ETag` the other parts came with.")] = None,
) -> StreamingResponse:
    """The file as it was uploaded, always as a download: a browser must not run what somebody uploaded. Recorded in the
    audit log, parts of it that are fetched together once."""
    async with db.read() as session:
        document, version, key = await documents.get_original(session, principal, document_id, version_id)
        if settings.scanner.is_on:
            documents.require_checked(document, version)
        recorded = wanted is not None and await documents.was_downloaded(session, principal, document)
    tag = f'"{version.sha256}"'
    part = parse_range(wanted, version.size) if known in (None, tag) else None
    first, stop = part or (0, version.size)
    stream = blobs.read(key, first, stop)
    try:
        block = await anext(stream, b"")
    except FileNotFoundError:
        raise OriginalGoneError(_GONE) from None
    if not recorded:
        async with db.write() as session:
            await documents.record_download(session, principal, document, version)

    async def body() -> AsyncIterator[bytes]:
        yield block
        async for later in stream:
            yield later

    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(document.name, safe='')}",
        "Content-Length": str(stop - first),
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Accept-Ranges": "bytes",
        "ETag": tag,
    }
    if part:
        headers["Content-Range"] = f"bytes {first}-{stop - 1}/{version.size}"
    code = status.HTTP_206_PARTIAL_CONTENT if part else status.HTTP_200_OK
    return StreamingResponse(body(), code, headers, media_type="application/octet-stream")
