"""HTTP of uploads that can be resumed: tus 1.0.0, which many programs speak. See docs/api/uploads.md."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Request, Response, status
from starlette.requests import ClientDisconnect

from nexus.core.http.deps import Db, ReadSession, provided
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity.deps import CallerAfresh, CurrentPrincipal, public
from nexus.knowledge import resuming, service, tus
from nexus.knowledge.deps import Blobs, Configuration
from nexus.knowledge.errors import UploadProtocolError
from nexus.knowledge.models import ResumableUpload
from nexus.knowledge.resuming import Intake, Part, Wanted
from nexus.knowledge.upload_schemas import ResumableUploadOut
from nexus.providers.blobs.partial import HASHES, PartialFiles

_PARTS: Final[dict[str, Any]] = {
    "requestBody": {"content": {tus.PART: {"schema": {"type": "string", "format": "binary"}}}}
}


def _speaks_tus(request: Request) -> None:
    """Every answer says so, a refusal too."""
    request.state.extra_headers = {"Tus-Resumable": tus.VERSION}


router = APIRouter(tags=["uploads"], dependencies=[Depends(_speaks_tus)])


def intake(
    db: Db,
    blobs: Blobs,
    partials: Annotated[PartialFiles, Depends(provided(PartialFiles))],
    settings: Configuration,
) -> Intake:
    wanted = settings.uploads
    limit = settings.http.max_upload_mb << 20
    return Intake(db, blobs, partials, limit, timedelta(hours=wanted.keep_hours), wanted.open_per_user)


UploadIntake = Annotated[Intake, Depends(intake)]
Version = Annotated[str | None, Header(alias="Tus-Resumable", description=f"{tus.VERSION}: the protocol's version.")]
Checksum = Annotated[str | None, Header(alias="Upload-Checksum", description="`sha256` or `sha1` and the base64 hash.")]


@router.options(
    "/uploads",
    include_in_schema=False,
    dependencies=[public("what the protocol can do here is the same for everybody")],
)
async def describe_uploads(settings: Configuration) -> Response:
    headers = {
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Max-Size": str(settings.http.max_upload_mb << 20),
        "Tus-Checksum-Algorithm": ",".join(HASHES),
    }
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=headers)


@router.post(
    "/knowledge-bases/{knowledge_base_id}/uploads",
    status_code=status.HTTP_201_CREATED,
    response_class=Response,
    openapi_extra=_PARTS,
)
async def begin_upload(
    request: Request,
    intake: UploadIntake,
    principal: CurrentPrincipal,
    sender: CallerAfresh,
    knowledge_base_id: UUID,
    version: Version = None,
    length: Annotated[str | None, Header(alias="Upload-Length", description="Bytes of the whole file.")] = None,
    metadata: Annotated[
        str | None,
        Header(alias="Upload-Metadata", description="`path` (or `filename`) and `modified_at`, each in base64."),
    ] = None,
    checksum: Checksum = None,
) -> Response:
    """Announces a file, and may bring its first part along. `Location` is where the rest goes."""
    async with intake.db.read() as session:
        await service.require_manage(session, principal, knowledge_base_id)
    tus.require_version(version)
    described = tus.parse_metadata(metadata)
    wanted = Wanted(
        tus.path_of(described),
        tus.parse_number("Upload-Length", length),
        metadata or "",
        tus.modified_of(described),
    )
    checked = tus.parse_checksum(checksum)
    brings = request.headers.get("content-type", "").startswith(tus.PART)
    upload = await resuming.begin(intake, principal, knowledge_base_id, wanted)
    headers = {"Location": f"/api/uploads/{upload.id}"}
    if brings or upload.length == 0:
        part = Part(0, _until_gone(request), _announced(request), checked)
        upload = await resuming.append(intake, sender, upload.id, part)
        headers["Upload-Offset"] = str(upload.offset)
    return Response(status_code=status.HTTP_201_CREATED, headers=headers | _expiry(upload))


@router.get("/uploads")
async def list_uploads(
    session: ReadSession,
    principal: CurrentPrincipal,
    knowledge_base_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ResumableUploadOut]:
    """Your own that are not finished, oldest first."""
    if knowledge_base_id is not None:
        await service.get_knowledge_base(session, principal, knowledge_base_id)
    after = decode_cursor(cursor, UUID)[0] if cursor else None
    found = await resuming.list_open(session, principal, knowledge_base_id, after=after, limit=limit + 1)
    shown = found[:limit]
    more = encode_cursor(shown[-1].id) if len(found) > limit else None
    return Page(items=[_render(each) for each in shown], next_cursor=more)


@router.get("/uploads/{upload_id}")
async def get_upload(session: ReadSession, principal: CurrentPrincipal, upload_id: UUID) -> ResumableUploadOut:
    """How far it is, and what it became."""
    return _render(await resuming.get_upload(session, principal, upload_id))


@router.head("/uploads/{upload_id}", include_in_schema=False)
async def get_upload_offset(
    intake: UploadIntake, principal: CurrentPrincipal, upload_id: UUID, version: Version = None
) -> Response:
    """From which byte on it goes on."""
    async with intake.db.read() as session:
        upload = await resuming.get_upload(session, principal, upload_id)
    tus.require_version(version)
    offset = await resuming.standing(intake, upload)
    headers = {"Upload-Offset": str(offset), "Upload-Length": str(upload.length), "Cache-Control": "no-store"}
    if upload.described:
        headers["Upload-Metadata"] = upload.described
    return Response(status_code=status.HTTP_200_OK, headers=headers | _expiry(upload))


@router.patch(
    "/uploads/{upload_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    response_class=Response,
    openapi_extra=_PARTS,
)
async def continue_upload(
    request: Request,
    intake: UploadIntake,
    principal: CurrentPrincipal,
    sender: CallerAfresh,
    upload_id: UUID,
    version: Version = None,
    offset: Annotated[str | None, Header(alias="Upload-Offset", description="Where the part begins.")] = None,
    checksum: Checksum = None,
) -> Response:
    """The body is the next part of the file; with the last one it becomes a document."""
    async with intake.db.read() as session:
        await resuming.get_upload(session, principal, upload_id)
    tus.require_version(version)
    tus.require_part(request.headers.get("content-type"))
    start = tus.parse_number("Upload-Offset", offset)
    part = Part(start, _until_gone(request), _announced(request), tus.parse_checksum(checksum))
    upload = await resuming.append(intake, sender, upload_id, part)
    headers = {"Upload-Offset": str(upload.offset)} | _expiry(upload)
    return Response(status_code=status.HTTP_204_NO_CONTENT, headers=headers)


@router.delete("/uploads/{upload_id}", status_code=status.HTTP_204_NO_CONTENT)
async def end_upload(intake: UploadIntake, principal: CurrentPrincipal, upload_id: UUID) -> Response:
    """Takes an unfinished upload back; what has come of it is thrown away."""
    await resuming.take_back(intake, principal, upload_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def _until_gone(request: Request) -> AsyncIterator[bytes]:
    """The body as far as it comes: what arrived before the connection broke is kept."""
    try:
        async for piece in request.stream():
            yield piece
    except ClientDisconnect:
        return


def _announced(request: Request) -> int | None:
    given = request.headers.get("content-length")
    if given is None:
        return None
    if not (given.isascii() and given.isdigit()):
        raise UploadProtocolError("Content-Length is a number of bytes.")
    return int(given)


def _expiry(upload: ResumableUpload) -> dict[str, str]:
    return {} if upload.document_id else {"Upload-Expires": tus.http_date(upload.expires_at)}


def _render(upload: ResumableUpload) -> ResumableUploadOut:
    return ResumableUploadOut.model_validate(upload, from_attributes=True)
