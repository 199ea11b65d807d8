"""SQL of text that stands beside passages."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from nexus.core.db import AsyncSession
from nexus.knowledge.models import Chunk, DocumentVersion


async def chunks_at(session: AsyncSession, places: Sequence[tuple[UUID, int]]) -> list[UUID]:
    """Ids of the chunks at these places (version and ordinal); their texts take another lock."""
    if not places:
        return []
    rows = await session.execute(
        select(Chunk.id, Chunk.version_id, Chunk.ordinal).where(
            Chunk.version_id.in_({version_id for version_id, _ in places}),
            Chunk.ordinal.in_({ordinal for _, ordinal in places}),
        )
    )
    wanted = set(places)
    return [chunk_id for chunk_id, version_id, ordinal in rows if (version_id, ordinal) in wanted]


async def text_behind(session: AsyncSession, chunk_ids: Sequence[UUID], length: int) -> dict[UUID, str]:
    """So many characters of the version's text that follow each chunk; nothing of a version that is gone."""
    rows = await session.execute(
        select(Chunk.id, func.substr(DocumentVersion.text, Chunk.end + 1, length))
        .join(DocumentVersion, DocumentVersion.id == Chunk.version_id)
        .where(Chunk.id.in_(chunk_ids))
    )
    return {chunk_id: text or "" for chunk_id, text in rows}
