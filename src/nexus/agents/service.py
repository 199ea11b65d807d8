"""What administrators decide about tools: whose models may use which, and which servers' tools there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal, Role
from nexus.agents import connection_queries
from nexus.agents import server_queries as queries
from nexus.agents.mcp import McpClient, OfferedTool
from nexus.agents.models import McpServer, McpTool
from nexus.agents.policy_queries import rules
from nexus.agents.schemas import ServerToolIn, ToolOut, ToolServerIn, ToolServerPatch
from nexus.agents.toolbox import Toolbox, tool_name
from nexus.agents.tools import ToolError, may_use
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.errors import ConflictError, InvalidError, NotFoundError
from nexus.core.ids import new_id
from nexus.core.sealed_rows import place_in
from nexus.core.secrets import SecretBox
from nexus.core.settings_security import is_confidential

_MOST_SERVERS: Final = 50


async def list_tools(session: AsyncSession, principal: Principal, toolbox: Toolbox) -> list[ToolOut]:
    found = await rules(session, principal.tenant_id)
    return [
        ToolOut(name=tool.name, description=tool.spec.description, roles=roles_of(found, tool.name, off=tool.off))
        for tool in toolbox.own
    ]


def roles_of(found: Mapping[str, frozenset[str]], name: str, *, off: bool = False) -> list[Role]:
    return [role for role in Role if may_use(found.get(name), role, off=off)]


async def put_rule(
    session: AsyncSession, principal: Principal, toolbox: Toolbox, name: str, roles: Sequence[Role]
) -> None:
    """Raises NotFoundError for a tool that the tenant does not have."""
    known = {tool.name for tool in toolbox.own}
    if name not in known:
        for server in await queries.list_servers(session, principal.tenant_id, after=None, limit=_MOST_SERVERS):
            known |= {tool_name(server.name, tool.name) for tool in await queries.list_tools(session, server.id)}
    if name not in known:
        raise NotFoundError("There is no such tool.")
    chosen = sorted({role.value for role in roles})
    await queries.put_rule(session, principal.tenant_id, name, chosen)
    record(session, principal, Action.TOOL_RULE_CHANGED, Target("tool", None, name), {"roles": chosen})


async def get_server(session: AsyncSession, principal: Principal, server_id: UUID) -> McpServer:
    """Raises NotFoundError, the same for unknown and other tenants'."""
    server = await queries.find_server(session, principal.tenant_id, server_id)
    if server is None:
        raise NotFoundError("There is no such server.")
    return server


async def create_server(session: AsyncSession, box: SecretBox, principal: Principal, wanted: ToolServerIn) -> McpServer:
    if await queries.count_servers(session, principal.tenant_id) >= _MOST_SERVERS:
        raise ConflictError(f"There are {_MOST_SERVERS} servers already. Delete one that nobody uses.")
    token = wanted.token.get_secret_value() if wanted.token else ""
    server = McpServer(
        id=new_id(), tenant_id=principal.tenant_id, name=wanted.name, url=wanted.url, enabled=True, created_at=now(),
        auth=wanted.auth or ("bearer" if token else "none"),
    )  # fmt: skip
    _seal(box, server, token)
    _require_sound(server)
    if not await queries.store(session, server):
        raise ConflictError("There is a server of that name already. Choose another name.")
    record(session, principal, Action.TOOL_SERVER_CREATED, _target(server), {"url": server.url})
    return server


async def update_server(
    session: AsyncSession, box: SecretBox, principal: Principal, server_id: UUID, change: ToolServerPatch
) -> McpServer:
    server = await get_server(session, principal, server_id)
    former = server.url, server.auth
    if change.url is not None and change.url != server.url:
        if change.token is None and server.sealed_token is not None and change.auth in {None, "bearer"}:
            raise InvalidError("Enter the token again: it is sent to the new address from now on.")
        server.url = change.url
        # Another server may mean something else by the same tools.
        for tool in await queries.list_tools(session, server.id):
            tool.approved_hash = tool.agreed = None
    if change.token is not None:
        _seal(box, server, change.token.get_secret_value())
    server.auth = change.auth or _auth_after(server)
    if server.auth != "bearer":
        server.sealed_token = None
    _require_sound(server)
    if former != (server.url, server.auth):
        # A token is for the server that it was given for, and no other.
        await connection_queries.remove(session, server.id)
    if change.enabled is not None:
        server.enabled = change.enabled
    await session.flush()
    told = {
        "url": server.url,
        "auth": server.auth,
        "enabled": server.enabled,
        "credential_changed": change.token is not None,
    }
    record(session, principal, Action.TOOL_SERVER_CHANGED, _target(server), told)
    return server


async def delete_server(session: AsyncSession, principal: Principal, server_id: UUID) -> None:
    server = await get_server(session, principal, server_id)
    await queries.remove_server(session, server)
    record(session, principal, Action.TOOL_SERVER_DELETED, _target(server))


@dataclass(frozen=True, slots=True)
class Looker:
    """Asks servers for their tools: outside of any transaction."""

    db: Database
    client: McpClient
    toolbox: Toolbox

    async def refresh(self, principal: Principal, server_id: UUID) -> McpServer:
        """The server, with `failure` where it could not be asked; what was agreed to stays so while it is the same."""
        async with self.db.read() as session:
            server = await get_server(session, principal, server_id)
        offered: list[OfferedTool] = []
        failure: str | None = None
        try:
            offered = await self.toolbox.through(server, self.client.list_tools)
        except ToolError as error:
            failure = error.detail
        async with self.db.write() as session:
            server = await get_server(session, principal, server_id)
            server.looked_at, server.failure = now(), failure
            if failure is None:
                await _keep(session, server, offered)
            await session.flush()
            told = {"tools": len(offered), "failed": failure is not None}
            record(session, principal, Action.TOOL_SERVER_ASKED, _target(server), told)
        return server


async def _keep(session: AsyncSession, server: McpServer, offered: Sequence[OfferedTool]) -> None:
    known = {tool.name: tool for tool in await queries.list_tools(session, server.id)}
    await queries.remove_tools(session, [t.id for name, t in known.items() if name not in {o.name for o in offered}])
    for each in offered:
        tool = known.get(each.name)
        if tool is None:
            tool = McpTool(id=new_id(), server_id=server.id, name=each.name, asks=True)
            session.add(tool)
        tool.description, tool.parameters = each.description, dict(each.parameters)
        tool.read_only, tool.hash = each.read_only, each.hash
        tool.asks = tool.asks or not each.read_only


async def decide_tool(
    session: AsyncSession, principal: Principal, server_id: UUID, tool_id: UUID, wanted: ServerToolIn
) -> tuple[McpServer, McpTool]:
    """Agrees to a tool as it is, or no more. Raises ConflictError when it is not what was looked at."""
    server = await get_server(session, principal, server_id)
    tool = await queries.find_tool(session, server.id, tool_id)
    if tool is None:
        raise NotFoundError("There is no such tool.")
    if wanted.allowed and wanted.hash != tool.hash:
        raise ConflictError("The tool has changed since you looked. Look at it again before you allow it.")
    if not wanted.asks and not tool.read_only:
        raise InvalidError("Only a tool that its server calls read-only can be used without asking.")
    tool.approved_hash = tool.hash if wanted.allowed else None
    tool.agreed = agreed_of(tool) if wanted.allowed else None
    tool.asks = wanted.asks
    await session.flush()
    told = {"tool": tool.name, "allowed": wanted.allowed, "asks": wanted.asks, "hash": tool.hash}
    record(session, principal, Action.SERVER_TOOL_DECIDED, _target(server), told)
    return server, tool


def agreed_of(tool: McpTool) -> dict[str, Any]:
    return {"description": tool.description, "parameters": tool.parameters, "read_only": tool.read_only}


def _auth_after(server: McpServer) -> str:
    """Where a change does not say: by whether there is a token."""
    if server.auth == "oauth" and server.sealed_token is None:
        return "oauth"
    return "none" if server.sealed_token is None else "bearer"


def _require_sound(server: McpServer) -> None:
    if (server.auth == "bearer") != (server.sealed_token is not None):
        raise InvalidError("Enter the token, or choose another way to sign in at the server.")
    if server.auth == "oauth" and not is_confidential(server.url):
        raise InvalidError("A server that asks for a sign-in needs an address that begins with https://.")


def _seal(box: SecretBox, server: McpServer, token: str) -> None:
    place = place_in(McpServer, "sealed_token", server.tenant_id, server.id)
    server.sealed_token = box.seal(token, place) if token else None


def _target(server: McpServer) -> Target:
    return Target("tool_server", server.id, server.name)
