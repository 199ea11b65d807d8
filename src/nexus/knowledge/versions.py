"""Versions of a document: laid side by side, brought back, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.audit.acts import Action
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError
from nexus.core.jobs.models import enqueue
from nexus.core.sandbox.limits import SandboxError
from nexus.core.sandbox.pool import Sandbox
from nexus.core.text.differences import Difference, Differences, find_differences
from nexus.knowledge import acts, queries, version_queries
from nexus.knowledge.documents import get_document, get_version, queue, require_manage_document
from nexus.knowledge.errors import NotReadyError, OriginalGoneError, TooMuchToCompareError
from nexus.knowledge.messages import PruneVersions
from nexus.knowledge.models import Document, DocumentVersion

LONGEST: Final = 12_000_000
"""Characters of both texts together that are compared."""


# --- side by side --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    start: int
    end: int
    page: int
    page_label: str
    heading_path: Sequence[str]


@dataclass(frozen=True, slots=True)
class Change:
    difference: Difference
    former: Place
    current: Place


@dataclass(frozen=True, slots=True)
class Comparison:
    former: DocumentVersion
    current: DocumentVersion
    count: int
    changes: Sequence[Change]


async def compare(
    db: Database,
    sandbox: Sandbox,
    principal: Principal,
    document_id: UUID,
    version_ids: tuple[UUID, UUID],
    *,
    first: int,
    limit: int,
) -> Comparison:
    """What the second version says otherwise than the first, from change number `first` on. Raises NotFoundError,
    NotReadyError, TooMuchToCompareError."""
    found: list[DocumentVersion] = []
    async with db.read() as session:
        length = 0
        for version_id in version_ids:
            version = await get_version(session, principal, document_id, version_id)
            length += await queries.text_length(session, version.id)
            found.append(version)
            if version.state not in ("active", "superseded") or not version.page_count:
                raise NotReadyError(f"Version {version.number} was never read, so there is no text to compare.")
        if length > LONGEST:
            raise TooMuchToCompareError(_TOO_MUCH)
        texts = [await queries.text_slice(session, version.id, 0, LONGEST) for version in found]
    try:
        # As long as somebody else's texts make it: not in the process that answers.
        differences: Differences = await sandbox.run(find_differences, texts[0], texts[1], first, limit)
    except SandboxError as error:
        raise TooMuchToCompareError(_TOO_MUCH) from error
    former, current = found
    shown = differences.shown
    async with db.read() as session:
        before = await _places(session, former, [(each.former_start, each.former_end) for each in shown])
        after = await _places(session, current, [(each.start, each.end) for each in shown])
    changes = [Change(*each) for each in zip(shown, before, after, strict=True)]
    return Comparison(former, current, differences.count, changes)


_TOO_MUCH: Final = "These versions are too long to be compared here. Download both originals and compare them there."


async def _places(session: AsyncSession, version: DocumentVersion, spans: Sequence[tuple[int, int]]) -> list[Place]:
    if not spans:
        return []
    # Only the version that answers has passages, and they know their headings.
    headings = await version_queries.headings_between(session, version.id, spans[0][0], spans[-1][1])
    return [_place(version, headings, start, end) for start, end in spans]


def _place(version: DocumentVersion, headings: Sequence[tuple[int, int, list[str]]], start: int, end: int) -> Place:
    page, label = 1, ""
    for number, first, _, name in version.pages:
        if first > start:
            break
        page, label = number, name
    path: list[str] = []
    for first, last, above in headings:
        if first > start:
            break
        path = above if last >= start else path
    return Place(start, end, page, label, path)


# --- brought back --------------------------------------------------------------------------------


async def restore_version(session: AsyncSession, principal: Principal, document_id: UUID, version_id: UUID) -> Document:
    """The document says again what it said then, by a new version made of that one's file. Until it is ready, the
    present one answers. Raises NotFoundError, ForbiddenError, ConflictError, OriginalGoneError."""
    document = await get_document(session, principal, document_id)
    await require_manage_document(session, principal, document)
    document = await _locked(session, document)
    wanted = await get_version(session, principal, document_id, version_id)
    if wanted.state not in ("active", "superseded"):
        raise ConflictError("This version was never ready. Restore one that was.")
    if wanted.sha256 == document.sha256 and document.state != "failed":
        raise ConflictError("The document says this already, or is about to: the newest version has the same file.")
    if wanted.blob_key is None:
        raise OriginalGoneError("The original of this version was not kept. Upload it again.")
    newest = (await queries.versions_of(session, document.id))[0]
    version = DocumentVersion(
        document_id=document.id,
        tenant_id=document.tenant_id,
        number=newest.number + 1,
        blob_key=wanted.blob_key,
        sha256=wanted.sha256,
        size=wanted.size,
        restored_from=wanted.number,
    )
    session.add(version)
    document.size, document.sha256, document.modified_at = wanted.size, wanted.sha256, now()
    await session.flush()
    await queue(session, document, version)
    about = {"version": version.number, "from_version": wanted.number}
    await acts.record_document(session, principal, Action.VERSION_RESTORED, document, about)
    return document


# --- removed -------------------------------------------------------------------------------------


async def remove_version(session: AsyncSession, principal: Principal, document_id: UUID, version_id: UUID) -> None:
    """Nobody sees a former version from now on, and a job removes what it left. Raises NotFoundError, ForbiddenError,
    ConflictError."""
    document = await get_document(session, principal, document_id)
    await require_manage_document(session, principal, document)
    document = await _locked(session, document)
    version = await get_version(session, principal, document_id, version_id)
    newest = (await queries.versions_of(session, document.id))[0]
    if version.id in (document.active_version_id, newest.id) or version.state not in ("superseded", "failed"):
        raise ConflictError("This version answers, or is about to. Only a former one can be removed by itself.")
    await acts.record_document(
        session, principal, Action.VERSION_REMOVED, document, {"version": version.number, "sha256": version.sha256}
    )
    await version_queries.hide(session, [version.id])
    await ask_to_prune(session, document.id, document.tenant_id)


async def ask_to_prune(session: AsyncSession, document_id: UUID, tenant_id: UUID) -> None:
    message = PruneVersions(document_id=document_id)
    await enqueue(session, message, tenant_id=tenant_id, dedup_key=f"prune:{document_id}")


async def _locked(session: AsyncSession, document: Document) -> Document:
    """As it is now: what was read before may have been overtaken by whoever held the lock."""
    await session.refresh(document, with_for_update=True)
    if document.deleted_at is not None:
        raise ConflictError("The document was deleted just now.")
    return document
