"""HTTP of tool connections: an administrator signs the tenant in at an MCP server, and out again."""

from uuid import UUID

from fastapi import APIRouter, Response, status

from nexus.agents import views
from nexus.agents.deps import ConnectorInUse, Manager
from nexus.agents.schemas import ToolConnectionIn, ToolServerOut, ToolSignInAnswer, ToolSignInOut
from nexus.core.http.deps import Db

router = APIRouter(tags=["tools"])


@router.post("/tool-servers/{server_id}/connection")
async def connect_tool_server(
    principal: Manager, connector: ConnectorInUse, server_id: UUID, wanted: ToolConnectionIn
) -> ToolSignInOut:
    """Finds out who vouches for the server's callers, and begins a sign-in there; as a machine it is done at once."""
    _, url = await connector.begin(principal, server_id, wanted)
    return ToolSignInOut(sign_in_url=url or None)


@router.post("/tool-connections")
async def complete_tool_connection(
    principal: Manager, connector: ConnectorInUse, db: Db, answer: ToolSignInAnswer
) -> ToolServerOut:
    """Ends a sign-in with what the browser came back with. Only whoever began it can, once, within ten minutes."""
    server = await connector.complete(principal, answer)
    async with db.read() as session:
        return await views.server(session, server)


@router.delete("/tool-servers/{server_id}/connection", status_code=status.HTTP_204_NO_CONTENT)
async def disconnect_tool_server(principal: Manager, connector: ConnectorInUse, server_id: UUID) -> Response:
    """Its tools can be used again once somebody has connected it anew."""
    await connector.disconnect(principal, server_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
