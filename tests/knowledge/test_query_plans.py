"""Statements of every question begin at the few rows that are named, however many the company has."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.access.principal import Principal, Role
from nexus.core.db import Database, create_engine
from nexus.core.migrate import migrate
from nexus.knowledge import queries


@pytest.fixture
async def session(tmp_path: object) -> AsyncIterator[AsyncSession]:
    db = Database(create_engine(f"sqlite+aiosqlite:///{tmp_path}/plans.db"))
    await migrate(db.engine)
    async with db.read() as session:
        yield session
    await db.aclose()


@pytest.mark.parametrize("statement", [queries._texts, queries._passages])
async def test_the_second_lock_begins_at_the_chunks(session: AsyncSession, statement: object) -> None:
    principal = Principal(uuid4(), uuid4(), Role.USER, frozenset({"user:a", "tenant:b"}))
    values = {queries._CHUNK_IDS: [uuid4() for _ in range(50)]}
    query = statement(principal).params(values)  # type: ignore[operator]
    plain = str(query.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))

    plan = [row.detail for row in await session.execute(text("EXPLAIN QUERY PLAN " + plain.replace(":", "\\:")))]

    assert plan[0].startswith("SEARCH chunk USING INDEX"), plan
    assert not [step for step in plan if step.startswith("SCAN")], plan
