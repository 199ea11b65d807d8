"""SQL of tool connections, and of those that somebody has begun."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.agents.models import McpServer, ToolConnection, ToolSignIn
from nexus.core.clock import now


async def find(session: AsyncSession, server_id: UUID) -> ToolConnection | None:
    return await session.scalar(select(ToolConnection).where(ToolConnection.server_id == server_id))


async def find_all(session: AsyncSession, server_ids: Sequence[UUID]) -> dict[UUID, ToolConnection]:
    """By server."""
    rows = await session.scalars(select(ToolConnection).where(ToolConnection.server_id.in_(server_ids)))
    return {row.server_id: row for row in rows}


async def remove(session: AsyncSession, server_id: UUID) -> None:
    """With what somebody has begun: they come back to nothing."""
    await session.execute(delete(ToolConnection).where(ToolConnection.server_id == server_id))
    await session.execute(delete(ToolSignIn).where(ToolSignIn.server_id == server_id))


async def claim(session: AsyncSession, row: ToolConnection, until: datetime) -> bool:
    """Whether the caller renews it now: nobody else does, and it is what the caller has read."""
    free = or_(ToolConnection.renewing_until.is_(None), ToolConnection.renewing_until < now())
    same = ToolConnection.id == row.id, ToolConnection.sealed_tokens == row.sealed_tokens
    statement = update(ToolConnection).where(*same, free).values(renewing_until=until)
    return await _found(session, statement)


async def settle(session: AsyncSession, connection_id: UUID, until: datetime, **values: Any) -> bool:
    """Ends what `claim` began; False when somebody has connected anew meanwhile."""
    mine = ToolConnection.id == connection_id, ToolConnection.renewing_until == until
    return await _found(session, update(ToolConnection).where(*mine).values(renewing_until=None, **values))


async def fail(session: AsyncSession, row: ToolConnection, failure: str) -> bool:
    """Marks as broken what is still what the caller has read."""
    same = ToolConnection.id == row.id, ToolConnection.sealed_tokens == row.sealed_tokens
    values = {"state": "broken", "failure": failure, "sealed_tokens": None, "expires_at": None}
    return await _found(session, update(ToolConnection).where(*same).values(**values))


async def begin(session: AsyncSession, row: ToolSignIn) -> None:
    """The newest of a server counts; what nobody came back from goes."""
    old = or_(ToolSignIn.server_id == row.server_id, ToolSignIn.expires_at < now())
    await session.execute(delete(ToolSignIn).where(old))
    session.add(row)
    await session.flush()


async def take(
    session: AsyncSession, state_hash: str, tenant_id: UUID, user_id: UUID, login_session_id: UUID | None
) -> tuple[ToolSignIn, McpServer] | None:
    """Once, and only for whoever began it, in the sign-in in which they did."""
    rows = await session.execute(
        select(ToolSignIn, McpServer)
        .join(McpServer, McpServer.id == ToolSignIn.server_id)
        .where(ToolSignIn.state_hash == state_hash, ToolSignIn.user_id == user_id, McpServer.tenant_id == tenant_id)
    )
    found = rows.first()
    if found is None or found[0].login_session_id != login_session_id or found[0].expires_at < now():
        return None
    taken = delete(ToolSignIn).where(ToolSignIn.id == found[0].id)
    # Of two who come back at once, one is first.
    return (found[0], found[1]) if await _found(session, taken) else None


async def _found(session: AsyncSession, statement: Any) -> bool:
    done = await session.execute(
        statement.returning(statement.table.c.id), execution_options={"synchronize_session": False}
    )
    return done.first() is not None
