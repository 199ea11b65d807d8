"""Servers of tools and their tools as the API shows them."""

from collections.abc import Mapping, Sequence
from typing import cast

from nexus.agents import connection_queries, policy_queries
from nexus.agents.models import McpServer, McpTool
from nexus.agents.schemas import AgreedTool, Auth, ServerToolOut, ToolConnectionOut, ToolServerOut
from nexus.agents.service import roles_of
from nexus.agents.toolbox import tool_name
from nexus.core.db import AsyncSession


async def servers(session: AsyncSession, shown: Sequence[McpServer]) -> list[ToolServerOut]:
    connections = await connection_queries.find_all(session, [one.id for one in shown])
    return [
        ToolServerOut(
            id=one.id,
            name=one.name,
            url=one.url,
            auth=cast("Auth", one.auth),
            has_token=one.sealed_token is not None,
            connection=ToolConnectionOut.model_validate(found) if (found := connections.get(one.id)) else None,
            enabled=one.enabled,
            looked_at=one.looked_at,
            failure=one.failure,
        )
        for one in shown
    ]


async def server(session: AsyncSession, shown: McpServer) -> ToolServerOut:
    (only,) = await servers(session, [shown])
    return only


async def tools(session: AsyncSession, of: McpServer, shown: Sequence[McpTool]) -> list[ServerToolOut]:
    rules = await policy_queries.rules(session, of.tenant_id)
    return [_tool(of, one, rules) for one in shown]


def _tool(of: McpServer, tool: McpTool, rules: Mapping[str, frozenset[str]]) -> ServerToolOut:
    changed = tool.approved_hash not in {None, tool.hash}
    called = tool_name(of.name, tool.name)
    return ServerToolOut(
        id=tool.id,
        name=tool.name,
        called=called,
        description=tool.description,
        parameters=tool.parameters,
        read_only=tool.read_only,
        hash=tool.hash,
        allowed=tool.approved_hash == tool.hash,
        changed=changed,
        agreed=AgreedTool.model_validate(tool.agreed) if changed and tool.agreed else None,
        roles=roles_of(rules, called),
        asks=tool.asks,
    )
