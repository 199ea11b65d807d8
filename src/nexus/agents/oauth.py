"""OAuth at MCP servers: who vouches for one, a client there, and its tokens.

MCP's authorization as of 2026-07-28: RFC 9728 and 8414 (or OpenID Connect) to find out, RFC 7591 to register, the code
flow with PKCE (S256), RFC 8707's `resource` in every request and RFC 9207's `iss` in the answer. Every address was
named by somebody else: all are called through the guard alone, secrets over TLS, and no redirect is followed.
"""

import asyncio
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx2

from nexus.agents.discovery import HTTP_OK, AuthorizationServer, Found, Reader, text_of
from nexus.agents.tools import ToolError
from nexus.core.egress import Egress, EgressError, guarded_transport
from nexus.core.settings_security import is_confidential, is_loopback

SECONDS: Final = 15.0
_LONGEST_TOKEN: Final = 12_000
_LONGEST_SECRET: Final = 2000
_LONGEST_LIFE: Final = 10 * 365 * 86_400
_CREATED: Final = (200, 201)
_NO_AUTH: Final = "none"
_BASIC: Final = "client_secret_basic"
_POST: Final = "client_secret_post"
_LOST: Final = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "interaction_required"})
"""What no later try will mend."""


class GrantLostError(ToolError):
    """What we hold is worth nothing any more: somebody has to connect again."""


@dataclass(frozen=True, slots=True)
class Client:
    """Us, as one authorization server knows us."""

    id: str
    secret: str
    auth: str
    registered: bool = False

    @classmethod
    def entered(cls, server: AuthorizationServer, client_id: str, secret: str) -> "Client":
        """One that somebody has registered by hand."""
        return cls(client_id, secret, _auth_for(server) if secret else _NO_AUTH)


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str
    seconds: int | None
    """How long the access token is good for; None where nobody says."""
    scope: str


@dataclass(frozen=True, slots=True)
class Way:
    """What a browser is sent away with, and what has to come back."""

    redirect_uri: str
    state: str
    challenge: str


class OAuthClient:
    """Safe to use from many tasks; whatever a method calls, it ends within a deadline. All raise ToolError."""

    def __init__(self, egress: Egress) -> None:
        self._http = httpx2.AsyncClient(
            transport=guarded_transport(egress), trust_env=False, follow_redirects=False, timeout=SECONDS
        )
        self._reader = Reader(self._http)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def discover(self, url: str) -> Found:
        """Who vouches for whoever calls the MCP server at this address."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._reader.discover(url)
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            raise _unreachable(error) from None

    async def register(self, server: AuthorizationServer, redirect_uri: str, scope: str) -> Client:
        """A client of our own, where the server lets clients register themselves."""
        if not server.registration_endpoint:
            raise ToolError(
                "The authorization server does not let clients register themselves. Register Nexus there by hand, "
                "and enter the client's id, and its secret where it has one."
            )
        auth = _auth_for(server)
        # Ours is a web application; one that is tried on somebody's own machine may only be called that by itself.
        local = is_loopback(urlsplit(redirect_uri).hostname or "")
        wanted = {
            "client_name": "Nexus",
            "redirect_uris": [redirect_uri],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": auth,
            "application_type": "native" if local else "web",
        } | ({"scope": scope} if scope else {})
        status, told = await self._send(server.registration_endpoint, content=json.dumps(wanted))
        client_id, secret = text_of(told, "client_id"), text_of(told, "client_secret")
        if status not in _CREATED or not client_id:
            raise ToolError("The authorization server did not register Nexus as a client. Register it there by hand.")
        if max(len(client_id), len(secret)) > _LONGEST_SECRET:
            raise ToolError("The authorization server sent a client that is too large to be kept.")
        return Client(
            client_id, secret, text_of(told, "token_endpoint_auth_method") or (auth if secret else _NO_AUTH), True
        )

    def sign_in_url(self, found: Found, client: Client, way: Way) -> str:
        """Where to send the browser."""
        asked = {
            "response_type": "code",
            "client_id": client.id,
            "redirect_uri": way.redirect_uri,
            "state": way.state,
            "code_challenge": way.challenge,
            "code_challenge_method": "S256",
            "resource": found.resource,
        } | ({"scope": found.scope} if found.scope else {})
        endpoint = found.server.authorization_endpoint
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(asked)}"

    async def exchange(self, found: Found, client: Client, *, code: str, verifier: str, redirect_uri: str) -> Tokens:
        form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        form |= {"redirect_uri": redirect_uri, "resource": found.resource}
        return await self._token(found.server.token_endpoint, client, form)

    async def renew(self, token_endpoint: str, client: Client, resource: str, refresh: str) -> Tokens:
        """Raises GrantLostError where no renewing helps. The refresh token may be another one afterwards."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh, "resource": resource}
        renewed = await self._token(token_endpoint, client, form)
        return Tokens(renewed.access, renewed.refresh or refresh, renewed.seconds, renewed.scope)

    async def as_machine(self, token_endpoint: str, client: Client, resource: str, scope: str) -> Tokens:
        """In the client's own name. Raises GrantLostError where the client is not accepted."""
        form = {"grant_type": "client_credentials", "resource": resource} | ({"scope": scope} if scope else {})
        return await self._token(token_endpoint, client, form)

    async def revoke(self, endpoint: str, client: Client, token: str) -> None:
        await self._send(endpoint, **_proof(client, {"token": token}))

    async def _token(self, endpoint: str, client: Client, form: Mapping[str, str]) -> Tokens:
        status, told = await self._send(endpoint, **_proof(client, form))
        if status != HTTP_OK:
            word = text_of(told, "error")
            if word in _LOST:
                raise GrantLostError("The authorization server takes back what it gave. Connect again.")
            if word == "invalid_target":
                raise ToolError("The authorization server does not know this MCP server. Check the server's address.")
            if word in {"invalid_scope", "unsupported_grant_type"}:
                raise ToolError(
                    "The authorization server does not let this client in this way. Check the client there."
                )
            raise ToolError("The authorization server gave no token. Try again later, or connect again.")
        access, refresh = text_of(told, "access_token"), text_of(told, "refresh_token")
        fit = all(len(each) <= _LONGEST_TOKEN and each.isascii() and each.isprintable() for each in (access, refresh))
        if not access or not fit or text_of(told, "token_type").lower() != "bearer":
            raise ToolError("The authorization server gave a token that cannot be used.")
        life = told.get("expires_in")
        life = int(life) if isinstance(life, int | float | str) and str(life).isdecimal() else None
        return Tokens(
            access, refresh, None if life is None else min(life, _LONGEST_LIFE), text_of(told, "scope")[:2000]
        )

    async def _send(
        self, url: str, *, content: str | None = None, data: Mapping[str, str] | None = None, auth: str = ""
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Accept": "application/json"} | ({"Authorization": auth} if auth else {})
        headers |= {"Content-Type": "application/json"} if content is not None else {}
        if not is_confidential(url):
            raise ToolError("The authorization server's addresses have to begin with https://.")
        try:
            async with asyncio.timeout(SECONDS):
                request = self._http.build_request("POST", url, content=content, data=data, headers=headers)
                return await self._reader.send(request)
        except (TimeoutError, httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
            raise _unreachable(error) from None


def _auth_for(server: AuthorizationServer) -> str:
    return next((each for each in (_BASIC, _POST) if each in server.auth_methods), _NO_AUTH)


def _proof(client: Client, form: Mapping[str, str]) -> dict[str, Any]:
    """The form and the header with which the client proves itself."""
    if client.auth == _BASIC and client.secret:
        # Both are form-encoded first (RFC 6749, 2.3.1).
        pair = f"{quote_plus(client.id)}:{quote_plus(client.secret)}"
        return {"data": dict(form), "auth": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    own = {"client_id": client.id} | ({"client_secret": client.secret} if client.auth == _POST else {})
    return {"data": {**form, **own}}


def _unreachable(error: Exception) -> ToolError:
    if isinstance(error, EgressError):
        return ToolError(str(error))
    return ToolError("The server, or whoever vouches for it, cannot be reached or took too long.")


def unpacked(stored: str) -> Tokens:
    """What `packed` has made."""
    access, refresh = cast("list[str]", json.loads(stored))
    return Tokens(access, refresh, None, "")


def packed(tokens: Tokens) -> str:
    return json.dumps([tokens.access, tokens.refresh])
