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


async def text_between(session: AsyncSession, version_id: UUID, spans: Sequence[tuple[int, int]]) -> list[str]:
    """Characters `[start, end)` of a version's text, for each span; nothing of a version that is gone."""
    slices = (func.substr(DocumentVersion.text, start + 1, end - start) for start, end in spans)
    row = (await session.execute(select(*slices).where(DocumentVersion.id == version_id))).one_or_none()
    return [text or "" for text in row] if row else []
