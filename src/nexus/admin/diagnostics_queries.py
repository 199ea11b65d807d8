"""SQL of how the database is."""

import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.core.db import Database
from nexus.core.migrate import schema_revisions
from nexus.knowledge.models import DocumentVersion


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    kind: Literal["sqlite", "postgresql"]
    version: str
    size: int
    revision: str
    newest_revision: str
    milliseconds: float


async def database_facts(db: Database) -> DatabaseFacts:
    async with db.read() as session:
        begun = time.perf_counter()
        await session.execute(text("SELECT 1"))
        milliseconds = (time.perf_counter() - begun) * 1000
        version = await session.scalar(text("SELECT sqlite_version()" if db.is_sqlite else "SHOW server_version"))
        size = await session.scalar(
            text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
            if db.is_sqlite
            else text("SELECT pg_database_size(current_database())")
        )
    revision, newest = await schema_revisions(db.engine)
    kind: Literal["sqlite", "postgresql"] = "sqlite" if db.is_sqlite else "postgresql"
    return DatabaseFacts(kind, str(version), int(size or 0), revision or "", newest or "", round(milliseconds, 2))


async def original_bytes(session: AsyncSession) -> int:
    """Of the files that versions name, each counted once."""
    files = (
        select(func.max(DocumentVersion.size).label("size"))
        .where(DocumentVersion.blob_key.is_not(None))
        .group_by(DocumentVersion.blob_key)
        .subquery()
    )
    return int(await session.scalar(select(func.sum(files.c.size))) or 0)
