"""What a model may do only when the person who asked says so: it waits in rows, which any process reads and answers."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from nexus.agents import approval_queries as queries
from nexus.agents.models import ToolApproval
from nexus.agents.tools import Tool
from nexus.agents.workbench import Emit
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError, NotFoundError

PATIENCE: Final = timedelta(minutes=5)
"""After which no word means no."""
_POLL_SECONDS: Final = 0.3


async def ask(db: Database, emit: Emit, run_id: UUID, step: int, tool: Tool, arguments: Mapping[str, Any]) -> bool:
    """Waits for the person's word. What is shown to them is exactly what would be sent."""
    expires = now() + PATIENCE
    async with db.write(durable=False) as session:
        row = ToolApproval(run_id=run_id, step=step, tool=tool.name, arguments=dict(arguments), expires_at=expires)
        session.add(row)
    shown = {"id": str(step), "name": tool.name, "source": tool.source, "arguments": dict(arguments)}
    emit("approval.requested", {**shown, "expires_at": expires.isoformat()})
    state = "requested"
    while state == "requested":
        await asyncio.sleep(_POLL_SECONDS)
        async with db.read() as session:
            state = await queries.state_of(session, run_id, step)
        if state == "requested" and now() >= expires:
            async with db.write(durable=False) as session:
                await queries.decide(session, run_id, step, "expired")
    emit("approval.given", {"id": str(step), "allowed": state == "allowed", "expired": state == "expired"})
    return state == "allowed"


async def decide(session: AsyncSession, run_id: UUID, step: int, *, allow: bool) -> None:
    """The caller has checked whose run it is, and that it goes on. Raises NotFoundError and ConflictError."""
    found = await queries.find(session, run_id, step)
    if found is None:
        raise NotFoundError("There is nothing of that number to allow.")
    if found.expires_at <= now() or not await queries.decide(session, run_id, step, "allowed" if allow else "denied"):
        raise ConflictError("This has been decided already, or waited too long. The answer goes on without it.")
