"""SQL of MCP servers and their tools. Every look-up is bound to the tenant."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from nexus.agents.models import McpServer, McpTool, ToolRule


async def list_servers(session: AsyncSession, tenant_id: UUID, *, after: str | None, limit: int) -> Sequence[McpServer]:
    """By name, of which a tenant has each once."""
    query = select(McpServer).where(McpServer.tenant_id == tenant_id)
    query = query.where(McpServer.name > after) if after else query
    return (await session.scalars(query.order_by(McpServer.name).limit(limit))).all()


async def count_servers(session: AsyncSession, tenant_id: UUID) -> int:
    return await session.scalar(select(func.count()).where(McpServer.tenant_id == tenant_id)) or 0


async def find_server(session: AsyncSession, tenant_id: UUID, server_id: UUID) -> McpServer | None:
    return await session.scalar(select(McpServer).where(McpServer.id == server_id, McpServer.tenant_id == tenant_id))


async def store(session: AsyncSession, row: object) -> bool:
    """False when the name is taken."""
    try:
        async with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


async def remove_server(session: AsyncSession, server: McpServer) -> None:
    await session.delete(server)
    await session.flush()


async def list_tools(
    session: AsyncSession, server_id: UUID, *, after: str | None = None, limit: int = 200
) -> Sequence[McpTool]:
    query = select(McpTool).where(McpTool.server_id == server_id)
    query = query.where(McpTool.name > after) if after else query
    return (await session.scalars(query.order_by(McpTool.name).limit(limit))).all()


async def find_tool(session: AsyncSession, server_id: UUID, tool_id: UUID) -> McpTool | None:
    return await session.scalar(select(McpTool).where(McpTool.id == tool_id, McpTool.server_id == server_id))


async def remove_tools(session: AsyncSession, tool_ids: Sequence[UUID]) -> None:
    await session.execute(delete(McpTool).where(McpTool.id.in_(tool_ids)))


async def usable_tools(session: AsyncSession, tenant_id: UUID) -> Sequence[tuple[McpServer, McpTool]]:
    """Of servers that are switched on, as an administrator agreed to them."""
    agreed = McpTool.approved_hash == McpTool.hash
    rows = await session.execute(
        select(McpServer, McpTool)
        .join(McpTool, McpTool.server_id == McpServer.id)
        .where(McpServer.tenant_id == tenant_id, McpServer.enabled, agreed)
        .order_by(McpServer.id, McpTool.name)
        .limit(100)
    )
    return [(server, tool) for server, tool in rows]


async def put_rule(session: AsyncSession, tenant_id: UUID, tool: str, roles: Sequence[str]) -> None:
    rule = await session.get(ToolRule, (tenant_id, tool), with_for_update=True)
    if rule is None:
        session.add(ToolRule(tenant_id=tenant_id, tool=tool, roles=list(roles)))
    else:
        rule.roles = list(roles)
    await session.flush()
