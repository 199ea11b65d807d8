"""No file is read before the virus scanner has let it through, where there is one; without its word, none is."""

import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from nexus.audit.acts import Action, Actor, Credential
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.jobs.models import enqueue
from nexus.core.jobs.runner import JobContext
from nexus.ingestion import queries
from nexus.knowledge import acts
from nexus.knowledge import queries as knowledge
from nexus.knowledge.documents import UNSCANNED
from nexus.knowledge.messages import IngestVersion
from nexus.providers.blobs.base import BlobStore
from nexus.providers.parsers.base import ParseError
from nexus.providers.scanner.base import Scanner, ScannerAwayError, TooLargeToScanError

logger = logging.getLogger(__name__)

AGAIN: Final = timedelta(seconds=30)
"""Between two tries at a scanner that is away."""
INFECTED: Final = "infected"
_TOO_LARGE: Final = (
    "The file is larger than the virus scanner takes. Split it, or ask your administrator to let the scanner take more."
)
_AWAY: Final = "The virus scanner could not be asked about this file. Try again later, or tell your administrator."
_GONE: Final = "The stored file is missing. Upload it again."


@dataclass(frozen=True, slots=True)
class Guard:
    """The scanner, and how long files wait for it."""

    scanner: Scanner
    patience: timedelta


async def let_through(
    guard: Guard, db: Database, blobs: BlobStore, version_id: UUID, key: str, context: JobContext
) -> bool:
    """Whether the file may be read. False when it has to wait, which is then seen to. Raises ParseError for a file that
    may never be read; of an infected one nothing is left."""
    content = blobs.read(key)
    try:
        finding = await guard.scanner.scan(content)
    except FileNotFoundError:
        raise ParseError("gone", _GONE) from None
    except TooLargeToScanError:
        raise ParseError(UNSCANNED, _TOO_LARGE) from None
    except ScannerAwayError as error:
        logger.warning("a file waits for the virus scanner: %s", error)
        if await _wait(guard, db, version_id, context):
            return False
        raise ParseError(UNSCANNED, _AWAY) from error
    finally:
        if isinstance(content, AsyncGenerator):
            await content.aclose()
    if finding is None:
        return True
    await _put_away(db, blobs, version_id, key, finding)
    sentence = f"The virus scanner found {finding} in this file, and the file was deleted. Have its machine checked."
    raise ParseError(INFECTED, sentence)


async def _wait(guard: Guard, db: Database, version_id: UUID, context: JobContext) -> bool:
    """Has the file tried again in a while; False when it has waited long enough."""
    async with db.write(durable=False) as session:
        version = await knowledge.find_version(session, version_id)
        document = await knowledge.lock_document(session, version.document_id) if version else None
        if version is not None and now() - version.created_at >= guard.patience:
            return False
        await context.finish(session)
        if version is not None and document is not None and document.deleted_at is None:
            document.state, document.stage = "queued", "scan"
            message = IngestVersion(version_id=version.id)
            key = f"ingest:{version.id}"
            await enqueue(session, message, tenant_id=version.tenant_id, dedup_key=key, run_at=now() + AGAIN)
    return True


async def _put_away(db: Database, blobs: BlobStore, version_id: UUID, key: str, finding: str) -> None:
    """The bytes go first: whatever happens then, nobody is given them. After a crash in between the file is told to be
    missing instead."""
    await blobs.delete(key)
    async with db.write() as session:
        version = await knowledge.find_version(session, version_id)
        if version is None:
            return
        await queries.forget_file(session, version.document_id, key)
        document = await knowledge.lock_document(session, version.document_id)
        if document is None:
            return
        scanner = Actor(document.tenant_id, None, "Virus scanner", Credential.NONE)
        about = {"knowledge_base_id": document.knowledge_base_id, "finding": finding, "sha256": version.sha256}
        record(session, scanner, Action.DOCUMENT_INFECTED, await acts.document_target(session, document), about)
