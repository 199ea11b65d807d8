"""Connecting a tenant to an MCP server by OAuth: there and back in an administrator's browser, or as a machine."""

import base64
import hashlib
import hmac
import json
import logging
import secrets
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.agents import connection_queries as queries
from nexus.agents.connections import Connections
from nexus.agents.discovery import AuthorizationServer, Found
from nexus.agents.models import McpServer, ToolConnection, ToolSignIn
from nexus.agents.oauth import Client, OAuthClient, Tokens, Way
from nexus.agents.schemas import ToolConnectionIn, ToolSignInAnswer
from nexus.agents.service import get_server
from nexus.agents.tools import ToolError
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.errors import ConflictError, InvalidError
from nexus.core.ids import new_id
from nexus.core.sealed_rows import place_in
from nexus.core.secrets import UnsealError
from nexus.core.settings_security import is_confidential

logger = logging.getLogger(__name__)

CALLBACK: Final = "/admin/tools/connected/"
"""The page that takes what the browser brings back to us: only there is it known who is signed in."""
WAY: Final = timedelta(minutes=10)
_OVER: Final = "This sign-in was begun by somebody else, in another browser, or too long ago. Connect again."


@dataclass(frozen=True, slots=True)
class _Pending:
    """What is kept of a sign-in until its browser is back."""

    found: Found
    client: Client
    verifier: str
    redirect_uri: str

    def packed(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def unpacked(cls, text: str) -> "_Pending":
        told: dict[str, Any] = json.loads(text)
        server = AuthorizationServer(**told["found"].pop("server"))
        server = replace(server, auth_methods=tuple(server.auth_methods))
        found = Found(**told["found"], server=server)
        return cls(found, Client(**told["client"]), told["verifier"], told["redirect_uri"])


@dataclass(frozen=True, slots=True)
class Connector:
    """Outside of any transaction wherever it calls somebody. `public_url`: ours, as browsers know it."""

    connections: Connections
    public_url: str

    @property
    def _oauth(self) -> OAuthClient:
        return self.connections.oauth

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url}{CALLBACK}"

    async def begin(self, principal: Principal, server_id: UUID, wanted: ToolConnectionIn) -> tuple[McpServer, str]:
        """Where to send the browser; empty where it is connected already, which a machine is at once.

        Raises NotFoundError, ConflictError, InvalidError, ToolError.
        """
        async with self.connections.db.read() as session:
            server = await get_server(session, principal, server_id)
            former = await queries.find(session, server.id)
        if server.auth != "oauth":
            raise ConflictError("This server is not set to sign in by OAuth. Change that first.")
        if not is_confidential(server.url):
            raise InvalidError("A server that asks for a sign-in needs an address that begins with https://.")
        found = await self._oauth.discover(server.url)
        client = await self._client(server, former, found, wanted)
        if wanted.grant == "machine":
            tokens = await self._oauth.as_machine(found.server.token_endpoint, client, found.resource, found.scope)
            return await self._keep(principal, server, "machine", _Pending(found, client, "", ""), tokens), ""
        if not found.server.authorization_endpoint or not found.server.pkce:
            raise ToolError("The authorization server lets nobody sign in safely: it does not offer PKCE with S256.")
        return server, await self._send_away(principal, server, found, client)

    async def complete(self, principal: Principal, answer: ToolSignInAnswer) -> McpServer:
        """Connects whoever came back with this. Raises ConflictError, ToolError."""
        async with self.connections.db.write() as session:
            taken = await queries.take(
                session, _hash(answer.state), principal.tenant_id, principal.user_id, principal.login_session_id
            )
        if taken is None:
            raise ConflictError(_OVER)
        row, server = taken
        try:
            place = place_in(ToolSignIn, "sealed_way", server.tenant_id, row.id)
            pending = _Pending.unpacked(self.connections.box.unseal(row.sealed_way, place))
        except UnsealError:
            raise ConflictError(_OVER) from None
        issuer = pending.found.server.issuer
        # Before anything else of the answer counts: it may be another server's (RFC 9207).
        missing = pending.found.server.names_itself and not answer.iss
        if missing or (answer.iss and not hmac.compare_digest(answer.iss.encode(), issuer.encode())):
            raise ToolError("The answer is not from whoever was asked to sign you in. It was not used.")
        if answer.error == "access_denied":
            raise ToolError("The sign-in was refused there. Nothing was connected.")
        if answer.error or not answer.code:
            raise ToolError("The authorization server could not sign you in. Try again, or check the client there.")
        tokens = await self._oauth.exchange(
            pending.found,
            pending.client,
            code=answer.code,
            verifier=pending.verifier,
            redirect_uri=pending.redirect_uri,
        )
        return await self._keep(principal, server, "sign-in", pending, tokens)

    async def disconnect(self, principal: Principal, server_id: UUID) -> None:
        """Ends the connection here, and there as far as that can be done."""
        async with self.connections.db.write() as session:
            server = await get_server(session, principal, server_id)
            row = await queries.find(session, server.id)
            await queries.remove(session, server.id)
            record(session, principal, Action.TOOL_SERVER_DISCONNECTED, Target("tool_server", server.id, server.name))
        if row is not None:
            await self._revoke(server, row)

    async def _client(
        self, server: McpServer, former: ToolConnection | None, found: Found, wanted: ToolConnectionIn
    ) -> Client:
        """As entered; or as known to this very authorization server; or newly registered there."""
        secret = wanted.client_secret.get_secret_value() if wanted.client_secret else ""
        if wanted.client_id:
            return Client.entered(found.server, wanted.client_id, secret)
        if former is not None and former.issuer == found.server.issuer:
            # One that registered itself for another address of ours, or was refused, is registered anew.
            as_it_was = former.redirect_uri == self.redirect_uri and former.state == "connected"
            if not former.registered or as_it_was:
                return self.connections.client(server.tenant_id, former)
        if wanted.grant == "machine":
            raise InvalidError("Enter the client's id and its secret: as a machine it has to be known there.")
        return await self._oauth.register(found.server, self.redirect_uri, found.scope)

    async def _send_away(self, principal: Principal, server: McpServer, found: Found, client: Client) -> str:
        state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        row_id, pending = new_id(), _Pending(found, client, verifier, self.redirect_uri)
        place = place_in(ToolSignIn, "sealed_way", server.tenant_id, row_id)
        row = ToolSignIn(
            id=row_id,
            state_hash=_hash(state),
            server_id=server.id,
            user_id=principal.user_id,
            login_session_id=principal.login_session_id,
            sealed_way=self.connections.box.seal(pending.packed(), place),
            expires_at=now() + WAY,
        )
        async with self.connections.db.write() as session:
            await get_server(session, principal, server.id)
            await queries.begin(session, row)
            told = {"issuer": found.server.issuer, "registered": client.registered}
            target = Target("tool_server", server.id, server.name)
            record(session, principal, Action.TOOL_SERVER_CONNECTION_BEGUN, target, told)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        return self._oauth.sign_in_url(found, client, Way(self.redirect_uri, state, challenge))

    async def _keep(
        self, principal: Principal, server: McpServer, grant: str, pending: _Pending, tokens: Tokens
    ) -> McpServer:
        found, client, row_id = pending.found, pending.client, new_id()
        box = self.connections.box
        place = place_in(ToolConnection, "sealed_client_secret", server.tenant_id, row_id)
        row = ToolConnection(
            id=row_id,
            server_id=server.id,
            grant=grant,
            issuer=found.server.issuer,
            token_endpoint=found.server.token_endpoint,
            revocation_endpoint=found.server.revocation_endpoint,
            resource=found.resource,
            scope=tokens.scope or found.scope,
            client_id=client.id,
            client_auth=client.auth,
            registered=client.registered,
            redirect_uri=pending.redirect_uri,
            sealed_client_secret=box.seal(client.secret, place) if client.secret else None,
            connected_at=now(),
            **self.connections.kept(server.tenant_id, row_id, tokens),
        )
        async with self.connections.db.write() as session:
            current = await get_server(session, principal, server.id)
            if current.auth != "oauth" or current.url != server.url:
                raise ConflictError("Somebody has changed the server meanwhile. Connect again.")
            await queries.remove(session, server.id)
            session.add(row)
            current.failure = None
            await session.flush()
            told = {"issuer": row.issuer, "resource": row.resource, "scope": row.scope, "grant": row.grant}
            target = Target("tool_server", server.id, server.name)
            record(session, principal, Action.TOOL_SERVER_CONNECTED, target, told)
        return current

    async def _revoke(self, server: McpServer, row: ToolConnection) -> None:
        if not row.revocation_endpoint or row.sealed_tokens is None:
            return
        try:
            tokens = self.connections.opened(server, row)
            client = self.connections.client(server.tenant_id, row)
            await self._oauth.revoke(row.revocation_endpoint, client, tokens.refresh or tokens.access)
        except ToolError as error:
            logger.info("a tool connection was not revoked at %s: %s", row.issuer, error.detail)


def _hash(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
