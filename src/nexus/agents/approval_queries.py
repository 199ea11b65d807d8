"""SQL of approvals."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.agents.models import ToolApproval
from nexus.core.clock import now


async def find(session: AsyncSession, run_id: UUID, step: int) -> ToolApproval | None:
    return await session.scalar(select(ToolApproval).where(ToolApproval.run_id == run_id, ToolApproval.step == step))


async def state_of(session: AsyncSession, run_id: UUID, step: int) -> str:
    """As `denied` when the row is gone, which goes with its run."""
    here = ToolApproval.run_id == run_id, ToolApproval.step == step
    return await session.scalar(select(ToolApproval.state).where(*here)) or "denied"


async def decide(session: AsyncSession, run_id: UUID, step: int, state: str) -> bool:
    """False when it was decided before: the first word counts."""
    waiting = ToolApproval.run_id == run_id, ToolApproval.step == step, ToolApproval.state == "requested"
    decided = update(ToolApproval).where(*waiting).values(state=state, decided_at=now())
    found = await session.execute(
        decided.returning(ToolApproval.step), execution_options={"synchronize_session": False}
    )
    return found.first() is not None
