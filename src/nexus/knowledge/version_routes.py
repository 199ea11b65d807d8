"""HTTP of versions of a document: what has changed, brought back, removed."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from nexus.core.http.deps import Db, WriteSession
from nexus.identity.deps import CurrentPrincipal
from nexus.knowledge import versions
from nexus.knowledge.deps import ChildProcesses
from nexus.knowledge.document_routes import render_version
from nexus.knowledge.schemas import DocumentOut
from nexus.knowledge.version_schemas import ChangeOut, ComparisonOut, PlaceOut, WordsOut

router = APIRouter(tags=["documents"])


@router.get("/documents/{document_id}/versions/{version_id}/changes")
async def compare_versions(
    db: Db,
    sandbox: ChildProcesses,
    principal: CurrentPrincipal,
    document_id: UUID,
    version_id: UUID,
    former_version_id: Annotated[UUID, Query(description="The version to compare it with.")],
    first: Annotated[int, Query(ge=0, le=10_000_000, description="From this change on, counted from 0.")] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> ComparisonOut:
    """What this version says otherwise than a former one, by lines and words. How text is broken into lines does not
    count."""
    found = await versions.compare(
        db, sandbox, principal, document_id, (former_version_id, version_id), first=first, limit=limit
    )
    items = [_render(change) for change in found.changes]
    reached = first + len(items)
    return ComparisonOut(
        former=render_version(found.former),
        current=render_version(found.current),
        changes=found.count,
        items=items,
        next=reached if items and reached < found.count else None,
    )


@router.post("/documents/{document_id}/versions/{version_id}/restore", status_code=status.HTTP_202_ACCEPTED)
async def restore_version(
    session: WriteSession, principal: CurrentPrincipal, document_id: UUID, version_id: UUID
) -> DocumentOut:
    """Makes a new version of a former one's file. The present one answers until that is ready."""
    document = await versions.restore_version(session, principal, document_id, version_id)
    return DocumentOut.model_validate(document, from_attributes=True)


@router.delete("/documents/{document_id}/versions/{version_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_version(
    session: WriteSession, principal: CurrentPrincipal, document_id: UUID, version_id: UUID
) -> Response:
    """Removes a former version for good. Answers that cite it keep their words, and say that it is gone."""
    await versions.remove_version(session, principal, document_id, version_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


def _render(change: versions.Change) -> ChangeOut:
    one = change.difference
    kind: Literal["added", "removed", "changed"] = "changed"
    if one.former_start == one.former_end:
        kind = "added"
    elif one.start == one.end:
        kind = "removed"
    return ChangeOut(
        kind=kind,
        former=PlaceOut.model_validate(change.former, from_attributes=True),
        current=PlaceOut.model_validate(change.current, from_attributes=True),
        words=[WordsOut(kind=each.kind, text=each.text) for each in one.words],
        is_cut=one.is_cut,
    )
