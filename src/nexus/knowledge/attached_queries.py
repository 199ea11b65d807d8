"""SQL of the shelves on which the files of conversations stand. Their content takes the same lock as all other."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal
from nexus.knowledge.models import Chunk, Document, KnowledgeBase
from nexus.knowledge.queries import readable


async def find_own_file(session: AsyncSession, principal: Principal, document_id: UUID) -> Document | None:
    """A file that the principal attached to a conversation of theirs which is not deleted."""
    return await session.scalar(
        select(Document)
        .join(KnowledgeBase, KnowledgeBase.id == Document.knowledge_base_id)
        .where(
            Document.id == document_id,
            Document.tenant_id == principal.tenant_id,
            Document.deleted_at.is_(None),
            Document.restricted.is_(False),
            KnowledgeBase.conversation_id.is_not(None),
            KnowledgeBase.created_by == principal.user_id,
            KnowledgeBase.deleted_at.is_(None),
        )
    )


async def is_file(session: AsyncSession, shelf_id: UUID) -> bool:
    """Whether what stands on this shelf is attached to a conversation."""
    found = select(KnowledgeBase.id).where(KnowledgeBase.id == shelf_id, KnowledgeBase.conversation_id.is_not(None))
    return await session.scalar(found) is not None


async def find_shelf(session: AsyncSession, conversation_id: UUID, *, lock: bool = False) -> KnowledgeBase | None:
    """The caller knows whose conversation it is. `lock`: so that nobody else adds to it meanwhile."""
    found = select(KnowledgeBase).where(
        KnowledgeBase.conversation_id == conversation_id, KnowledgeBase.deleted_at.is_(None)
    )
    return await session.scalar(found.with_for_update() if lock else found)


async def add_shelf(session: AsyncSession, shelf: KnowledgeBase) -> bool:
    """False when the conversation has got one at the same moment."""
    try:
        async with session.begin_nested():
            session.add(shelf)
    except IntegrityError:
        return False
    return True


async def shelves_of(session: AsyncSession, conversation_ids: Collection[UUID]) -> Sequence[KnowledgeBase]:
    """Deleted ones too."""
    found = select(KnowledgeBase).where(KnowledgeBase.conversation_id.in_(list(conversation_ids)))
    return (await session.scalars(found)).all()


async def list_files(
    session: AsyncSession, principal: Principal, shelf_id: UUID, *, after: UUID | None = None, limit: int
) -> Sequence[Document]:
    """In the order in which they were attached."""
    query = readable(principal, select(Document)).where(Document.knowledge_base_id == shelf_id)
    if after is not None:
        query = query.where(Document.id > after)
    return (await session.scalars(query.order_by(Document.id).limit(limit))).all()


async def ids_on(session: AsyncSession, shelf_id: UUID) -> frozenset[UUID]:
    """Files that were not removed. The caller knows whose shelf it is."""
    return frozenset(await session.scalars(select(Document.id).where(*_living(shelf_id))))


def _living(shelf_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return Document.knowledge_base_id == shelf_id, Document.deleted_at.is_(None)


async def first_chunks(session: AsyncSession, version_id: UUID, tokens: int) -> list[UUID]:
    """Ids of a version's first chunks, of so many tokens together at most, but of one chunk at least."""
    found = select(Chunk.id, Chunk.token_count).where(Chunk.version_id == version_id).order_by(Chunk.ordinal)
    chosen: list[UUID] = []
    for chunk_id, count in await session.execute(found.limit(max(1, tokens // 50))):
        tokens -= count
        if chosen and tokens < 0:
            break
        chosen.append(chunk_id)
    return chosen
