"""HTTP of the index's care, for operators."""

from fastapi import APIRouter

from nexus.access.principal import Permission
from nexus.audit.acts import Action
from nexus.audit.service import record
from nexus.core.http.deps import Db
from nexus.identity.deps import CurrentPrincipal, require_permission
from nexus.knowledge import index_care, index_queries
from nexus.knowledge.deps import Blobs, Index
from nexus.knowledge.schemas import IndexReport

router = APIRouter(prefix="/index", tags=["index"], dependencies=[require_permission(Permission.OPERATE)])


@router.get("/check")
async def check_index(db: Db, index: Index, blobs: Blobs) -> IndexReport:
    """Compares rows, index and files of the whole installation."""
    return await index_care.check(db, index, blobs)


@router.post("/rebuild")
async def rebuild_index(db: Db, index: Index, blobs: Blobs, principal: CurrentPrincipal) -> IndexReport:
    """Builds the index anew from the rows, while searches go on; answers when it has changed over."""
    await index.rebuild()
    await index.save()
    async with db.write() as session:
        await index_queries.forget_searches(session)
        record(session, principal, Action.INDEX_REBUILT)
    return await index_care.check(db, index, blobs)
