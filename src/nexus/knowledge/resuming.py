"""Files that arrive part by part: begun, gone on with after whatever interrupted them, and made documents when whole.

What has been acknowledged is on disk first and in the row then. The row says `length` only in the transaction that
makes the document, so a sender that comes back after a crash is never told that all is well when it is not.
"""

import asyncio
import errno
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError, NexusError, NotFoundError
from nexus.knowledge import documents, upload_queries
from nexus.knowledge.errors import ChecksumError, DiskFullError, NoDocumentError, UploadBusyError, WrongOffsetError
from nexus.knowledge.models import ResumableUpload
from nexus.knowledge.service import require_manage
from nexus.knowledge.tus import Checksum
from nexus.providers.blobs.base import BlobStore, BlobTooLargeError
from nexus.providers.blobs.partial import HASHES, PartialBusyError, PartialFile, PartialFiles
from nexus.providers.parsers.first_look import SAMPLE_BYTES, objection

PIECE: Final = 1 << 20
"""Bytes that are written at a time, and so held in memory."""
CHECKPOINT: Final = 16 << 20
"""So many bytes, at most, have to be sent again after a crash; the sender's rights are asked again as often."""
SILENCE: Final = 30.0
"""Seconds without a byte after which a sender is taken for gone, so that its next connection finds the upload free."""
SWEEP_EVERY: Final = timedelta(minutes=10)
RESERVE: Final = 64 << 20
"""Bytes of the disk that uploads leave to everything else."""

Who = Callable[[], Awaitable[Principal]]
"""The sender as the rows say at that moment. Raises when there is none any more."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What receiving files works with."""

    db: Database
    blobs: BlobStore
    partials: PartialFiles
    limit: int
    """Bytes of the largest file."""
    keep: timedelta
    """How long an upload is kept after its last part."""
    most_open: int
    """Unfinished ones of one person."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file that somebody is about to send."""

    path: str
    length: int
    described: str = ""
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of its bytes."""

    offset: int
    content: AsyncIterator[bytes]
    """Ends early where the connection does."""
    announced: int | None = None
    checksum: Checksum | None = None


async def begin(intake: Intake, principal: Principal, knowledge_base_id: UUID, wanted: Wanted) -> ResumableUpload:
    """Raises NotFoundError, ForbiddenError, InvalidError, BlobTooLargeError, ConflictError, DiskFullError."""
    path = documents.clean_path(wanted.path)
    if wanted.length > intake.limit:
        raise BlobTooLargeError.past(intake.limit)
    free = await intake.partials.free_bytes()
    async with intake.db.write() as session:
        shelf = await require_manage(session, principal, knowledge_base_id)
        count, to_come = await upload_queries.promised(session, principal)
        if count >= intake.most_open:
            raise ConflictError(f"You have {count} unfinished uploads. Finish or cancel some of them first.")
        if wanted.length + to_come + RESERVE > free:
            raise DiskFullError("The server has no room for a file of this size. Tell your administrator.")
        upload = ResumableUpload(
            tenant_id=principal.tenant_id,
            user_id=principal.user_id,
            knowledge_base_id=shelf.id,
            path=path,
            described=wanted.described,
            modified_at=wanted.modified_at,
            length=wanted.length,
            expires_at=now() + intake.keep,
        )
        session.add(upload)
    return upload


async def get_upload(session: AsyncSession, principal: Principal, upload_id: UUID) -> ResumableUpload:
    """One of the principal's own, while they may change its knowledge base. Raises NotFoundError, ForbiddenError."""
    found = await upload_queries.find_upload(session, principal, upload_id)
    if found is None:
        raise _unknown()
    await require_manage(session, principal, found.knowledge_base_id)
    return found


def _unknown() -> NotFoundError:
    return NotFoundError("There is no such upload, or it has expired. Send the file again.")


async def list_open(
    session: AsyncSession, principal: Principal, knowledge_base_id: UUID | None, *, after: UUID | None, limit: int
) -> Sequence[ResumableUpload]:
    """The principal's unfinished ones, to show them after a reload."""
    return await upload_queries.list_open(session, principal, knowledge_base_id, after=after, limit=limit)


async def standing(intake: Intake, upload: ResumableUpload) -> int:
    """From which byte on it goes on. Less than was acknowledged where those bytes are on another machine's disk."""
    if upload.document_id is not None or upload.offset == 0:
        return upload.offset
    return min(upload.offset, await intake.partials.size(upload.id))


async def take_back(intake: Intake, principal: Principal, upload_id: UUID) -> None:
    """Ends an upload; a document that it became stays. Raises NotFoundError."""
    async with intake.db.write() as session:
        if await upload_queries.find_upload(session, principal, upload_id) is None:
            raise _unknown()
        await upload_queries.remove(session, upload_id)
    await intake.partials.delete(upload_id)


async def append(intake: Intake, who: Who, upload_id: UUID, part: Part) -> ResumableUpload:
    """Takes in a part, and makes the document with the last one. Raises what the errors of this room name, and what
    `who` and `documents.receive` raise; what came before a fault of the connection is kept."""
    async with intake.db.read() as session:
        await get_upload(session, await who(), upload_id)
    try:
        async with intake.partials.open(upload_id) as file:
            async with intake.db.read() as session:
                # Again, under the lock: whoever held it may have gone on.
                upload = await get_upload(session, await who(), upload_id)
            if upload.document_id is None:
                await _take_in(intake, who, upload, file, part)
            elif part.offset != upload.length:
                raise WrongOffsetError("The upload is finished.")
    except PartialBusyError:
        raise UploadBusyError("Another request is sending this file. Try again in a moment.") from None
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFullError("The server's disk is full. Try again later, or tell your administrator.") from error
    if upload.document_id is not None:
        await intake.partials.delete(upload_id)
    return upload


async def _take_in(intake: Intake, who: Who, upload: ResumableUpload, file: PartialFile, part: Part) -> None:
    start = min(upload.offset, file.size)
    if part.offset != start:
        raise WrongOffsetError(f"The upload goes on at byte {start:,}.", offset=start)
    if part.announced is not None and part.announced > upload.length - start:
        raise BlobTooLargeError("The part is longer than what is left of the file.")
    await file.cut(start)
    whole = hashlib.sha256() if start == 0 else None
    checked = HASHES[part.checksum.algorithm]() if part.checksum else None
    hashes = [one for one in (whole, checked) if one is not None]
    kept = start
    async for piece in _gathered(part.content):
        if file.size + len(piece) > upload.length:
            raise BlobTooLargeError("The part is longer than what is left of the file.")
        looked = file.size >= SAMPLE_BYTES
        await file.write(piece, *hashes)
        if not looked:
            await _look(intake, upload, file)
        if checked is None and file.size - kept >= CHECKPOINT and file.size < upload.length:
            await _acknowledge(intake, who, upload, file)
            kept = file.size
    if part.checksum and checked is not None and checked.digest() != part.checksum.digest:
        await file.cut(start)
        raise ChecksumError("The part was damaged on its way. Send it again.")
    if file.size < upload.length:
        if file.size > kept:
            await _acknowledge(intake, who, upload, file)
        return
    if upload.length == 0:
        await _look(intake, upload, file)
    await _finish(intake, who, upload, file, whole.hexdigest() if whole else await file.sha256())


async def _gathered(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in larger pieces; what has come when the sender goes silent is still given."""
    pending = bytearray()
    ended = False
    while not ended:
        try:
            async with asyncio.timeout(SILENCE):
                pending += await anext(content)
        except (StopAsyncIteration, TimeoutError):
            ended = True
        if pending and (ended or len(pending) >= PIECE):
            yield bytes(pending)
            pending.clear()


async def _look(intake: Intake, upload: ResumableUpload, file: PartialFile) -> None:
    """As soon as there is enough to look at, so that nobody sends in vain. Raises NoDocumentError."""
    if file.size < min(SAMPLE_BYTES, upload.length):
        return
    sentence = objection(await file.beginning(SAMPLE_BYTES), upload.path)
    if sentence is None:
        return
    async with intake.db.write() as session:
        await upload_queries.remove(session, upload.id)
    await intake.partials.delete(upload.id)
    raise NoDocumentError(sentence)


async def _acknowledge(intake: Intake, who: Who, upload: ResumableUpload, file: PartialFile) -> None:
    """Raises NotFoundError and ForbiddenError for who may not go on; what they have sent is kept until it expires."""
    await file.sync()
    async with intake.db.write(durable=False) as session:
        if not await upload_queries.acknowledge(session, upload.id, file.size, intake.keep):
            raise _unknown()
    upload.offset, upload.expires_at = file.size, now() + intake.keep
    async with intake.db.read() as session:
        await get_upload(session, await who(), upload.id)


async def _finish(intake: Intake, who: Who, upload: ResumableUpload, file: PartialFile, sha256: str) -> None:
    await file.sync()
    blob = await intake.blobs.put_file(file.path, size=file.size, sha256=sha256)
    try:
        principal = await who()
        async with intake.db.write() as session:
            row = await upload_queries.find_upload(session, principal, upload.id, lock=True)
            if row is None:
                raise _unknown()
            sent = documents.Upload(row.path, blob, row.modified_at)
            arrival = await documents.receive(session, principal, row.knowledge_base_id, sent)
            row.offset, row.document_id = row.length, arrival.document.id
            row.outcome, row.duplicate_of = arrival.outcome, arrival.duplicate_of
            row.expires_at = now() + intake.keep
    except NexusError:
        # As in `uploading`: refused, so no row names the file.
        await intake.blobs.delete(blob.key)
        raise
    if arrival.outcome == "unchanged":
        await intake.blobs.delete(blob.key)
    upload.offset, upload.document_id = row.offset, row.document_id
    upload.outcome, upload.duplicate_of, upload.expires_at = row.outcome, row.duplicate_of, row.expires_at


async def sweep(intake: Intake) -> None:
    """Forgets uploads that nobody went on with, and removes files that no upload needs any more."""
    here = await intake.partials.ids()
    async with intake.db.write(durable=False) as session:
        await upload_queries.remove_expired(session, now())
        needed = await upload_queries.unfinished(session, here)
    for upload_id in here:
        if upload_id not in needed:
            await intake.partials.delete(upload_id)
