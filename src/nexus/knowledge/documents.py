"""Documents: arriving, being looked at, moving, leaving."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import Final, Literal
from uuid import UUID

from nexus.access import service as access
from nexus.access.models import Level, ResourceKind
from nexus.access.principal import Principal, SubjectKind
from nexus.audit.acts import Action
from nexus.audit.service import was_recorded
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, InvalidError, NotFoundError
from nexus.core.jobs.models import enqueue
from nexus.core.text.normalise import normalise
from nexus.knowledge import acts, attached_queries, index_queries, queries
from nexus.knowledge.errors import NotReadyError, OriginalGoneError
from nexus.knowledge.messages import IngestVersion
from nexus.knowledge.models import Document, DocumentVersion
from nexus.knowledge.schemas import DocumentPatch
from nexus.knowledge.service import require_manage
from nexus.providers.blobs.base import StoredBlob

_KIND = ResourceKind.DOCUMENT
UNSCANNED: Final = "unscanned"
"""The failure of a document of which the virus scanner said nothing."""
_ONE_DOWNLOAD: Final = timedelta(minutes=15)
"""So long, parts of an original that one person fetches are one download: a reader of PDFs asks for dozens."""


def clean_path(raw: str) -> str:
    """A path as people may name a document: relative, `/` between, no empty or upward parts. Raises InvalidError."""
    parts = [p for p in normalise(raw).replace("\\", "/").replace("\n", " ").split("/") if p.strip() not in ("", ".")]
    if not parts or ".." in parts or len("/".join(parts)) > 1000 or len(parts[-1]) > 300:
        raise InvalidError("The file needs a name: at most 300 characters, its folder at most 1,000, without '..'.")
    return "/".join(p.strip() for p in parts)


@dataclass(frozen=True, slots=True)
class Arrival:
    document: Document
    outcome: Literal["created", "replaced", "unchanged"]
    duplicate_of: UUID | None


@dataclass(frozen=True, slots=True)
class Upload:
    """What is known of a file that has been stored."""

    path: str
    blob: StoredBlob
    modified_at: datetime | None = None


async def receive(session: AsyncSession, principal: Principal, knowledge_base_id: UUID, upload: Upload) -> Arrival:
    """Makes a document, or a new version of the one at that path, and queues it. The same bytes change nothing."""
    shelf = await require_manage(session, principal, knowledge_base_id)
    document = await queries.find_readable_at(session, principal, shelf.id, upload.path)
    if document is None:
        document = Document(
            tenant_id=shelf.tenant_id,
            knowledge_base_id=shelf.id,
            path=upload.path,
            name=PurePosixPath(upload.path).name,
            size=upload.blob.size,
            sha256=upload.blob.sha256,
            uploaded_by=principal.user_id,
            modified_at=upload.modified_at or now(),
        )
        if not await queries.add_document(session, document):
            raise ConflictError("Somebody is uploading a file of this name just now. Try again.")
        outcome, number = "created", 1
    else:
        if document.sha256 == upload.blob.sha256 and document.state != "failed":
            return Arrival(document, "unchanged", None)
        versions = await queries.versions_of(session, document.id)
        outcome, number = "replaced", versions[0].number + 1 if versions else 1
        document.size, document.sha256 = upload.blob.size, upload.blob.sha256
        document.modified_at = upload.modified_at or now()
    version = DocumentVersion(
        document_id=document.id,
        tenant_id=document.tenant_id,
        number=number,
        blob_key=upload.blob.key,
        sha256=upload.blob.sha256,
        size=upload.blob.size,
    )
    session.add(version)
    await session.flush()
    await queue(session, document, version)
    action = Action.DOCUMENT_UPLOADED if outcome == "created" else Action.DOCUMENT_REPLACED
    about = {"version": number, "size": version.size, "sha256": version.sha256}
    await acts.record_document(session, principal, action, document, about)
    duplicate = await queries.find_same_content(session, principal, shelf.id, upload.blob.sha256, not_id=document.id)
    return Arrival(document, outcome, duplicate)


async def queue(session: AsyncSession, document: Document, version: DocumentVersion) -> None:
    """Has the version made searchable."""
    document.state, document.stage, document.failure, document.failure_code = "queued", "", None, None
    await enqueue(
        session, IngestVersion(version_id=version.id), tenant_id=document.tenant_id, dedup_key=f"ingest:{version.id}"
    )


async def get_document(session: AsyncSession, principal: Principal, document_id: UUID) -> Document:
    """Raises NotFoundError, the same for unknown and unreadable ones.

    A file that they attached to a conversation of theirs is readable by its id, and not changed by this way.
    """
    found = await queries.find_document(session, principal, document_id)
    if found is None:
        found = await attached_queries.find_own_file(session, principal, document_id)
    if found is None:
        raise access.not_found(_KIND)
    return found


async def get_version(
    session: AsyncSession, principal: Principal, document_id: UUID, version_id: UUID | None, *, with_text: bool = False
) -> DocumentVersion:
    """The named version, or the active one, of a readable document. Raises NotFoundError, NotReadyError."""
    document = await get_document(session, principal, document_id)
    wanted = version_id or document.active_version_id
    if wanted is None:
        raise NotReadyError(document.failure or "The document is still being processed. Try again in a moment.")
    version = await queries.find_version(session, wanted, with_text=with_text)
    if version is None or version.document_id != document.id or version.state == "pruned":
        raise NotFoundError("The document has no such version.")
    return version


async def get_original(
    session: AsyncSession, principal: Principal, document_id: UUID, version_id: UUID | None
) -> tuple[Document, DocumentVersion, str]:
    """The version and its blob key. A document that failed has its original too. Raises OriginalGoneError."""
    document = await get_document(session, principal, document_id)
    if version_id is None and document.active_version_id is None:
        versions = await queries.versions_of(session, document.id)
        version_id = versions[0].id if versions else None
    version = await get_version(session, principal, document_id, version_id)
    if version.blob_key is None:
        raise OriginalGoneError("This knowledge base does not keep original files. The text is still there.")
    return document, version, version.blob_key


def require_checked(document: Document, version: DocumentVersion) -> None:
    """Where files are scanned for viruses, nobody is given one before that. Raises NotReadyError.

    A version that was ever read was scanned before, and so was the newest upload where it failed for another reason.
    """
    was_read = bool(version.media_type)
    is_newest = version.state == document.state == "failed" and version.sha256 == document.sha256
    if not was_read and not (is_newest and document.failure_code != UNSCANNED):
        raise NotReadyError("The file was not checked for viruses, so nobody is given it.")


async def record_download(
    session: AsyncSession, principal: Principal, document: Document, version: DocumentVersion
) -> None:
    about = {"version": version.number, "sha256": version.sha256}
    await acts.record_document(session, principal, Action.ORIGINAL_DOWNLOADED, document, about)


async def was_downloaded(session: AsyncSession, principal: Principal, document: Document) -> bool:
    """Whether the download is already recorded of which this may be another part."""
    return await was_recorded(session, principal, Action.ORIGINAL_DOWNLOADED, document.id, within=_ONE_DOWNLOAD)


async def reprocess(session: AsyncSession, principal: Principal, document_id: UUID) -> Document:
    """Runs the newest upload through the pipeline again. What is searchable stays so until the new version is ready."""
    document = await get_document(session, principal, document_id)
    await require_manage_document(session, principal, document)
    if await process_again(session, document) is None:
        raise OriginalGoneError("The original file was not kept. Upload it again.")
    await acts.record_document(session, principal, Action.DOCUMENT_REPROCESSED, document)
    return document


async def process_again(session: AsyncSession, document: Document) -> DocumentVersion | None:
    """The version that will come of it, or is on its way already; None when no original was kept to start from."""
    versions = await queries.versions_of(session, document.id)
    newest = versions[0]
    if newest.blob_key is None:
        return None
    if document.state in ("queued", "processing"):
        return newest
    version = DocumentVersion(
        document_id=document.id,
        tenant_id=document.tenant_id,
        number=newest.number + 1,
        blob_key=newest.blob_key,
        sha256=newest.sha256,
        size=newest.size,
    )
    session.add(version)
    await session.flush()
    await queue(session, document, version)
    return version


async def update_document(
    session: AsyncSession, principal: Principal, document_id: UUID, patch: DocumentPatch
) -> Document:
    """Moves and restricts. Both take effect in searches with this transaction."""
    document = await get_document(session, principal, document_id)
    await require_manage_document(session, principal, document)
    former = document.knowledge_base_id
    if patch.knowledge_base_id is not None and patch.knowledge_base_id != former:
        await _move(session, principal, document, patch.knowledge_base_id)
    if patch.restricted is not None and patch.restricted != document.restricted:
        if not patch.restricted:
            await _require_free(session, principal, document, document.knowledge_base_id)
        document.restricted = patch.restricted
        action = Action.DOCUMENT_RESTRICTED if patch.restricted else Action.DOCUMENT_OPENED
        await acts.record_document(session, principal, action, document)
        if patch.restricted:
            # Whoever restricts a document stays among its readers, or it would be lost to everybody.
            await grant(session, principal, document, SubjectKind.USER, principal.user_id, Level.MANAGE)
    await session.flush()
    await index_queries.touch(session, [document.id], left=[former])
    return document


async def _move(session: AsyncSession, principal: Principal, document: Document, target_id: UUID) -> None:
    target = await require_manage(session, principal, target_id)
    if not document.restricted:
        await _require_free(session, principal, document, target.id)
    about = {"from_knowledge_base_id": document.knowledge_base_id}
    document.knowledge_base_id = target.id
    await acts.record_document(session, principal, Action.DOCUMENT_MOVED, document, about)


async def _require_free(session: AsyncSession, principal: Principal, document: Document, shelf_id: UUID) -> None:
    other = await queries.find_readable_at(session, principal, shelf_id, document.path)
    if other is not None and other.id != document.id and not other.restricted:
        raise ConflictError("That knowledge base has a document of this name already. Delete one of them first.")


def guarded(document: Document) -> access.GuardedDocument:
    """What access has to know of it."""
    return access.GuardedDocument(document.id, document.tenant_id, document.knowledge_base_id, document.restricted)


async def require_manage_document(session: AsyncSession, principal: Principal, document: Document) -> None:
    """By managing its knowledge base, or the document itself where it is restricted. Raises ForbiddenError."""
    await access.require_document(session, principal, guarded(document), Level.MANAGE)


async def grant(
    session: AsyncSession,
    principal: Principal,
    document: Document,
    subject_kind: SubjectKind,
    subject_id: UUID,
    level: Level,
) -> None:
    """The caller has made sure that the principal manages the document, and that the subject is of their tenant."""
    target = await acts.document_target(session, document)
    acts.record_grant(session, principal, Action.GRANT_ADDED, target, (subject_kind, subject_id), level)
    await access.add_grant(
        session,
        tenant_id=document.tenant_id,
        kind=_KIND,
        resource_id=document.id,
        subject_kind=subject_kind,
        subject_id=subject_id,
        level=level,
        created_by=principal.user_id,
    )
