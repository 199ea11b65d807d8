"""HTTP of tools, for administrators: whose models may use which, and the MCP servers that others come from."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Response, status

from nexus.agents import server_queries as queries
from nexus.agents import service, views
from nexus.agents.deps import ConnectorInUse, LookerInUse, Manager, ToolboxInUse
from nexus.agents.schemas import (
    ServerToolIn,
    ServerToolOut,
    ToolRuleIn,
    ToolServerIn,
    ToolServerOut,
    ToolServerPatch,
    ToolsOut,
)
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity.deps import BoxInUse

router = APIRouter(tags=["tools"])


@router.get("/tools")
async def list_tools(
    principal: Manager, session: ReadSession, connector: ConnectorInUse, toolbox: ToolboxInUse
) -> ToolsOut:
    """Our own tools, and whose models may use them."""
    return ToolsOut(tools=await service.list_tools(session, principal, toolbox), redirect_uri=connector.redirect_uri)


@router.put("/tools/{tool}", status_code=status.HTTP_204_NO_CONTENT)
async def put_tool_rule(
    principal: Manager,
    session: WriteSession,
    toolbox: ToolboxInUse,
    tool: Annotated[str, Path(max_length=64, pattern="^[A-Za-z0-9_-]+$")],
    wanted: ToolRuleIn,
) -> Response:
    """Says whose models may use a tool, ours or a server's; it holds from the next question on."""
    await service.put_rule(session, principal, toolbox, tool, wanted.roles)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/tool-servers")
async def list_tool_servers(
    principal: Manager, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[ToolServerOut]:
    """By name."""
    (after,) = decode_cursor(cursor, str) if cursor else (None,)
    found = await queries.list_servers(session, principal.tenant_id, after=after, limit=limit + 1)
    shown = found[:limit]
    more = encode_cursor(shown[-1].name) if len(found) > limit else None
    return Page(items=await views.servers(session, shown), next_cursor=more)


@router.post("/tool-servers", status_code=status.HTTP_201_CREATED)
async def create_tool_server(
    principal: Manager, session: WriteSession, box: BoxInUse, wanted: ToolServerIn
) -> ToolServerOut:
    """Makes an MCP server known; none of its tools can be used before you have agreed to it."""
    return await views.server(session, await service.create_server(session, box, principal, wanted))


@router.get("/tool-servers/{server_id}")
async def get_tool_server(principal: Manager, session: ReadSession, server_id: UUID) -> ToolServerOut:
    return await views.server(session, await service.get_server(session, principal, server_id))


@router.patch("/tool-servers/{server_id}")
async def update_tool_server(
    principal: Manager, session: WriteSession, box: BoxInUse, server_id: UUID, change: ToolServerPatch
) -> ToolServerOut:
    """With another address, all of its tools have to be agreed to again, and nobody is connected to it any more."""
    return await views.server(session, await service.update_server(session, box, principal, server_id, change))


@router.delete("/tool-servers/{server_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_tool_server(principal: Manager, session: WriteSession, server_id: UUID) -> Response:
    """Its tools go with it, at once."""
    await service.delete_server(session, principal, server_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.post("/tool-servers/{server_id}/refresh")
async def refresh_tool_server(principal: Manager, looker: LookerInUse, db: Db, server_id: UUID) -> ToolServerOut:
    """Asks the server for its tools; `failure` says why it could not be asked."""
    server = await looker.refresh(principal, server_id)
    async with db.read() as session:
        return await views.server(session, server)


@router.get("/tool-servers/{server_id}/tools")
async def list_server_tools(
    principal: Manager, session: ReadSession, server_id: UUID, limit: Limit = 50, cursor: Cursor = None
) -> Page[ServerToolOut]:
    """By name, as the server described them when it was asked last."""
    server = await service.get_server(session, principal, server_id)
    (after,) = decode_cursor(cursor, str) if cursor else (None,)
    found = await queries.list_tools(session, server.id, after=after, limit=limit + 1)
    shown = found[:limit]
    more = encode_cursor(shown[-1].name) if len(found) > limit else None
    return Page(items=await views.tools(session, server, shown), next_cursor=more)


@router.put("/tool-servers/{server_id}/tools/{tool_id}")
async def decide_server_tool(
    principal: Manager, session: WriteSession, server_id: UUID, tool_id: UUID, wanted: ServerToolIn
) -> ServerToolOut:
    """Agrees to a tool as you have looked at it, or takes that back."""
    server, tool = await service.decide_tool(session, principal, server_id, tool_id, wanted)
    (decided,) = await views.tools(session, server, [tool])
    return decided
