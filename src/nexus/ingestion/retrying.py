"""What becomes of a document whose job is tried again, or given up, by hand."""

from uuid import UUID

from nexus.core.db import AsyncSession
from nexus.ingestion import queries, service
from nexus.knowledge import queries as knowledge


async def take_up(session: AsyncSession, version_id: UUID) -> bool:
    """The version is being made again. False where that leads nowhere: it is gone, overtaken, or has no file."""
    version = await knowledge.find_version(session, version_id)
    if version is None or version.blob_key is None or version.state not in ("failed", "building"):
        return False
    document = await knowledge.lock_document(session, version.document_id)
    if document is None or document.deleted_at is not None:
        return False
    if await queries.newest_number(session, document.id) > version.number:
        return False
    version.state = "building"
    document.state, document.stage, document.failure, document.failure_code = "queued", "", None, None
    return True


async def leave(session: AsyncSession, version_id: UUID) -> None:
    """The version is not made; the one before it goes on answering."""
    await service.mark_failed(session, version_id, "cancelled", "Processing was cancelled. Process it again.")
