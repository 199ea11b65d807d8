"""SQL of the rules about tools."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.agents.models import ToolRule


async def rules(session: AsyncSession, tenant_id: UUID) -> dict[str, frozenset[str]]:
    """The roles that may use each tool for which there is a rule."""
    rows = await session.execute(select(ToolRule.tool, ToolRule.roles).where(ToolRule.tenant_id == tenant_id))
    return {tool: frozenset(roles) for tool, roles in rows}
