"""The tools that somebody's model may use at this moment: ours and those of MCP servers, as the tenant's rules say."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nexus.access.principal import Principal, Role
from nexus.agents import policy_queries as queries
from nexus.agents.builtin import builtin_tools
from nexus.agents.loop import Loop
from nexus.agents.tools import Tool
from nexus.core.db import Database


@dataclass(frozen=True, slots=True)
class Toolbox:
    db: Database
    loop: Loop = field(default_factory=Loop)

    async def tools_for(self, principal: Principal) -> Mapping[str, Tool]:
        """By name."""
        async with self.db.read() as session:
            rules = await queries.rules(session, principal.tenant_id)
        return {tool.name: tool for tool in builtin_tools() if may_use(rules.get(tool.name), principal.role)}


def may_use(roles: frozenset[str] | None, role: Role) -> bool:
    """`roles` None: there is no rule."""
    return roles is None or role.value in roles
