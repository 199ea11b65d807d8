"""A file that somebody sends: its bytes are kept before its rows, and go again where the rows refuse it."""

from collections.abc import AsyncIterator, Awaitable, Callable

from nexus.core.db import AsyncSession, Database
from nexus.core.errors import NexusError
from nexus.knowledge.documents import Arrival
from nexus.knowledge.schemas import DocumentOut, UploadOut
from nexus.providers.blobs.base import BlobStore, StoredBlob


async def upload(
    db: Database,
    blobs: BlobStore,
    content: AsyncIterator[bytes],
    limit: int,
    receive: Callable[[AsyncSession, StoredBlob], Awaitable[Arrival]],
) -> UploadOut:
    """Raises what `receive` raises, and BlobTooLargeError past `limit` bytes."""
    blob = await blobs.put(content, limit=limit)
    try:
        async with db.write() as session:
            arrival = await receive(session, blob)
    except NexusError:
        # Refused, so no row names the file. After any other failure one might: a commit can succeed unheard.
        await blobs.delete(blob.key)
        raise
    if arrival.outcome == "unchanged":
        await blobs.delete(blob.key)
    fields = DocumentOut.model_validate(arrival.document, from_attributes=True).model_dump()
    return UploadOut(**fields, outcome=arrival.outcome, duplicate_of=arrival.duplicate_of)
