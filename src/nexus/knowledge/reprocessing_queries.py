"""SQL of documents that are processed again, and of those that want it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Uuid, delete, func, insert, literal, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.knowledge.models import Document, DocumentVersion, KnowledgeBase, Reprocessing, ReprocessingItem
from nexus.knowledge.queries import readable
from nexus.knowledge.recipe import PIPELINE, recipe_of

_SETTLED = ("ready", "failed")
_UNSEEN = {"synchronize_session": False}


def _stale(shelf: KnowledgeBase) -> ColumnElement[bool]:
    """Of documents joined with their active version. What was made before recipes were kept is of the first pipeline,
    and nobody knows how it was cut."""
    other = DocumentVersion.recipe != recipe_of(shelf.chunking)
    return other if PIPELINE > 1 else (other & (DocumentVersion.recipe != ""))


def _stale_documents(principal: Principal, shelf: KnowledgeBase) -> Select[Document, DocumentVersion]:
    return (
        readable(principal, select(Document, DocumentVersion))
        .join(DocumentVersion, DocumentVersion.id == Document.active_version_id)
        .where(Document.knowledge_base_id == shelf.id, Document.state.in_(_SETTLED), _stale(shelf))
    )


async def count_stale(session: AsyncSession, principal: Principal, shelf: KnowledgeBase) -> int:
    found = _stale_documents(principal, shelf).with_only_columns(func.count(), maintain_column_froms=True)
    return await session.scalar(found) or 0


async def list_stale(
    session: AsyncSession, principal: Principal, shelf: KnowledgeBase, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[tuple[Document, DocumentVersion]]:
    """By path."""
    query = _stale_documents(principal, shelf)
    if after is not None:
        path, document_id = after
        query = query.where(or_(Document.path > path, (Document.path == path) & (Document.id > document_id)))
    rows = await session.execute(query.order_by(Document.path, Document.id).limit(limit))
    return [(document, version) for document, version in rows]


async def with_original(session: AsyncSession, document_ids: Sequence[UUID]) -> set[UUID]:
    """Those of them of whose newest version the original is kept."""
    newest = (
        select(DocumentVersion.document_id, func.max(DocumentVersion.number).label("number"))
        .where(DocumentVersion.document_id.in_(document_ids))
        .group_by(DocumentVersion.document_id)
        .subquery()
    )
    found = select(DocumentVersion.document_id).join(
        newest,
        (newest.c.document_id == DocumentVersion.document_id) & (newest.c.number == DocumentVersion.number),
    )
    return set(await session.scalars(found.where(DocumentVersion.blob_key.is_not(None))))


async def add(session: AsyncSession, run: Reprocessing) -> bool:
    """False when one is under way. What is left of the last one goes."""
    ended = select(Reprocessing.id).where(
        Reprocessing.knowledge_base_id == run.knowledge_base_id, Reprocessing.state.in_(("succeeded", "cancelled"))
    )
    await forget(session, (await session.scalars(ended)).all())
    try:
        async with session.begin_nested():
            session.add(run)
    except IntegrityError:
        return False
    return True


async def forget(session: AsyncSession, ids: Sequence[UUID]) -> None:
    if ids:
        await session.execute(delete(ReprocessingItem).where(ReprocessingItem.reprocessing_id.in_(ids)))
        await session.execute(delete(Reprocessing).where(Reprocessing.id.in_(ids)))


async def add_items(
    session: AsyncSession,
    principal: Principal,
    shelf: KnowledgeBase,
    run: Reprocessing,
    chosen: Sequence[UUID],
) -> int:
    """The readable documents it is about. Returns how many."""
    found = readable(principal, select(literal(run.id, Uuid()), Document.id, literal("waiting"), literal("")))
    found = found.where(Document.knowledge_base_id == shelf.id, Document.state.in_(_SETTLED))
    match run.which:
        case "failed":
            found = found.where(Document.state == "failed")
        case "chosen":
            found = found.where(Document.id.in_(chosen))
        case "stale":
            found = found.join(DocumentVersion, DocumentVersion.id == Document.active_version_id).where(_stale(shelf))
        case _:
            pass
    columns = ["reprocessing_id", "document_id", "state", "reason"]
    await session.execute(insert(ReprocessingItem).from_select(columns, found))
    return (await count_items(session, run.id)).get("waiting", 0)


async def count_items(session: AsyncSession, run_id: UUID) -> dict[str, int]:
    """By state."""
    rows = await session.execute(
        select(ReprocessingItem.state, func.count())
        .where(ReprocessingItem.reprocessing_id == run_id)
        .group_by(ReprocessingItem.state)
    )
    return dict(rows.all())


async def find_last(session: AsyncSession, knowledge_base_id: UUID, *, lock: bool = False) -> Reprocessing | None:
    found = select(Reprocessing).where(Reprocessing.knowledge_base_id == knowledge_base_id)
    found = found.order_by(Reprocessing.created_at.desc()).limit(1)
    return await session.scalar(found.with_for_update() if lock else found)


async def list_failures(
    session: AsyncSession, principal: Principal, run_id: UUID, *, after: tuple[str, UUID] | None, limit: int
) -> Sequence[tuple[UUID, str, str]]:
    """Document, path and reason of what failed and may be read, by path."""
    query = (
        readable(principal, select(Document.id, Document.path, ReprocessingItem.reason))
        .join(ReprocessingItem, ReprocessingItem.document_id == Document.id)
        .where(ReprocessingItem.reprocessing_id == run_id, ReprocessingItem.state == "failed")
    )
    if after is not None:
        path, document_id = after
        query = query.where(or_(Document.path > path, (Document.path == path) & (Document.id > document_id)))
    rows = await session.execute(query.order_by(Document.path, Document.id).limit(limit))
    return [(row[0], row[1], row[2]) for row in rows]


# --- for the job ---------------------------------------------------------------------------------


async def lock_run(session: AsyncSession, run_id: UUID) -> Reprocessing | None:
    return await session.scalar(select(Reprocessing).where(Reprocessing.id == run_id).with_for_update())


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A document that has been queued, and what has become of it."""

    document_id: UUID
    version_state: str | None
    """None: the version is gone."""
    failure: str | None
    is_gone: bool


async def under_way(session: AsyncSession, run_id: UUID) -> Sequence[UnderWay]:
    rows = await session.execute(
        select(ReprocessingItem.document_id, DocumentVersion.state, Document.failure, Document.deleted_at)
        .join(Document, Document.id == ReprocessingItem.document_id)
        .outerjoin(DocumentVersion, DocumentVersion.id == ReprocessingItem.version_id)
        .where(ReprocessingItem.reprocessing_id == run_id, ReprocessingItem.state == "queued")
    )
    return [UnderWay(row[0], row[1], row[2], row[3] is not None) for row in rows]


async def waiting(session: AsyncSession, run_id: UUID, limit: int) -> Sequence[UUID]:
    """The next documents, in the order of their ids."""
    found = select(ReprocessingItem.document_id).where(
        ReprocessingItem.reprocessing_id == run_id, ReprocessingItem.state == "waiting"
    )
    return (await session.scalars(found.order_by(ReprocessingItem.document_id).limit(limit))).all()


async def mark(
    session: AsyncSession,
    run_id: UUID,
    document_id: UUID,
    state: str,
    *,
    version_id: UUID | None = None,
    reason: str = "",
) -> None:
    values: dict[str, object] = {"state": state, "reason": reason}
    if version_id is not None:
        values["version_id"] = version_id
    await session.execute(
        update(ReprocessingItem)
        .where(ReprocessingItem.reprocessing_id == run_id, ReprocessingItem.document_id == document_id)
        .values(**values)
        .execution_options(**_UNSEEN)
    )


async def skip_waiting(session: AsyncSession, run_id: UUID) -> None:
    await session.execute(
        update(ReprocessingItem)
        .where(ReprocessingItem.reprocessing_id == run_id, ReprocessingItem.state == "waiting")
        .values(state="skipped")
        .execution_options(**_UNSEEN)
    )


async def forget_document(session: AsyncSession, document_id: UUID) -> None:
    await session.execute(delete(ReprocessingItem).where(ReprocessingItem.document_id == document_id))


async def forget_knowledge_base(session: AsyncSession, knowledge_base_id: UUID) -> None:
    found = select(Reprocessing.id).where(Reprocessing.knowledge_base_id == knowledge_base_id)
    await forget(session, (await session.scalars(found)).all())
