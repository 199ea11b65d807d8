"""The tokens of tool connections: given to calls, renewed before they end, by one process at a time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from nexus.agents import connection_queries as queries
from nexus.agents.models import McpServer, ToolConnection
from nexus.agents.oauth import Client, GrantLostError, OAuthClient, Tokens, packed, unpacked
from nexus.agents.tools import ToolError
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.sealed_rows import place_in
from nexus.core.secrets import SecretBox, UnsealError
from nexus.core.tasks import BackgroundTasks

MARGIN: Final = timedelta(seconds=60)
"""So long before its end a token is renewed."""
_LEASE: Final = timedelta(seconds=30)
_PATIENCE: Final = 20.0
_POLL_SECONDS: Final = 0.1
_UNREADABLE: Final = "What was kept of the connection cannot be read. Connect again."


@dataclass(frozen=True, slots=True)
class Connections:
    db: Database
    box: SecretBox
    oauth: OAuthClient
    tasks: BackgroundTasks = field(default_factory=BackgroundTasks)

    async def token(self, server: McpServer, *, refused: str = "") -> str:
        """An access token that is good for a while; `refused`: one that the server did not take.

        Raises ToolError; then somebody has to connect again, or the authorization server is away.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    if (token := await self._token(server, refused)) is not None:
                        return token
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise ToolError("Renewing the sign-in at the tool's server took too long. Try again.") from None

    async def refuse(self, server: McpServer, token: str) -> None:
        """The server does not take what was just given to it: only connecting again helps."""
        async with self.db.read() as session:
            row = await queries.find(session, server.id)
        if row is not None and row.sealed_tokens and self.opened(server, row).access == token:
            async with self.db.write() as session:
                await queries.fail(session, row, "The server does not accept the sign-in. Connect again.")

    async def _token(self, server: McpServer, refused: str) -> str | None:
        """None while somebody else renews it."""
        async with self.db.read() as session:
            row = await queries.find(session, server.id)
        if row is None:
            raise ToolError("Nobody has connected the tool's server yet. An administrator can, under Tools.")
        if row.sealed_tokens is None:
            raise ToolError(row.failure or "The tool's server has to be connected again.")
        tokens = self.opened(server, row)
        taken = tokens.access != refused
        # One that nobody can renew serves to its end.
        margin = MARGIN if tokens.refresh or row.grant == "machine" else timedelta()
        if taken and (row.expires_at is None or row.expires_at - now() > margin):
            return tokens.access
        until = now() + _LEASE
        async with self.db.write() as session:
            mine = await queries.claim(session, row, until)
        if mine:
            # To its end, even when whoever asked goes away: a renewed token that nobody keeps is lost.
            renewing = self.tasks.start(self._renewed(server, row, tokens, until), name="tool-connection")
            renewed = await asyncio.shield(renewing)
            if isinstance(renewed, str):
                return renewed
            if isinstance(renewed, GrantLostError) or not taken:
                raise renewed
        # What is not over yet serves until somebody has renewed it.
        still_good = taken and row.expires_at is not None and row.expires_at > now()
        if mine and not still_good:
            raise ToolError("Whoever vouches for the tool's server cannot be reached. Try again later.")
        return tokens.access if still_good else None

    async def _renewed(
        self, server: McpServer, row: ToolConnection, tokens: Tokens, until: datetime
    ) -> str | ToolError:
        values: Mapping[str, Any]
        try:
            renewed = await self._ask(server, row, tokens)
        except GrantLostError as error:
            outcome = error
            values = {"state": "broken", "failure": error.detail, "sealed_tokens": None, "expires_at": None}
        except ToolError as error:
            outcome, values = error, {}
        else:
            outcome, values = renewed.access, self.kept(server.tenant_id, row.id, renewed)
        async with self.db.write() as session:
            if not await queries.settle(session, row.id, until, **values):
                return ToolError("Somebody has connected the tool's server anew. Try again.")
        return outcome

    async def _ask(self, server: McpServer, row: ToolConnection, tokens: Tokens) -> Tokens:
        client = self.client(server.tenant_id, row)
        if row.grant == "machine":
            return await self.oauth.as_machine(row.token_endpoint, client, row.resource, row.scope)
        if not tokens.refresh:
            raise GrantLostError("The sign-in at the tool's server has ended. Connect again.")
        return await self.oauth.renew(row.token_endpoint, client, row.resource, tokens.refresh)

    def client(self, tenant_id: UUID, row: ToolConnection) -> Client:
        """Raises ToolError."""
        secret = ""
        if row.sealed_client_secret is not None:
            place = place_in(ToolConnection, "sealed_client_secret", tenant_id, row.id)
            secret = _unsealed(self.box, row.sealed_client_secret, place)
        return Client(row.client_id, secret, row.client_auth, row.registered)

    def kept(self, tenant_id: UUID, row_id: UUID, tokens: Tokens) -> dict[str, Any]:
        """The columns of these tokens."""
        sealed = self.box.seal(packed(tokens), place_in(ToolConnection, "sealed_tokens", tenant_id, row_id))
        expires = None if tokens.seconds is None else now() + timedelta(seconds=tokens.seconds)
        return {"sealed_tokens": sealed, "expires_at": expires, "state": "connected", "failure": None}

    def opened(self, server: McpServer, row: ToolConnection) -> Tokens:
        """Raises ToolError."""
        place = place_in(ToolConnection, "sealed_tokens", server.tenant_id, row.id)
        return unpacked(_unsealed(self.box, row.sealed_tokens or "", place))


def _unsealed(box: SecretBox, sealed: str, place: Any) -> str:
    try:
        return box.unseal(sealed, place)
    except UnsealError:
        raise ToolError(_UNREADABLE) from None
