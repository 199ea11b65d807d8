"""An OAuth authorization server for tests: metadata, registration, code flow, refresh, revocation; and its faults.

It believes nothing: client, secret, redirect URI, PKCE, resource and the code's single use are checked as real ones do.
Tokens are good for one resource, and refresh tokens for one use; the first use of an old one ends them all.

    async with McpDouble() as desk, OAuthDouble() as vouching:
        vouching.protect(desk)

`fault`: no-resource-metadata, other-resource, no-metadata, openid (metadata there alone), other-issuer, no-pkce,
no-registration, expired-code, refuse-refresh, away (token endpoint answers 503), slow (token endpoint never answers),
html, not-bearer, other-sender (the answer names another issuer), no-sender, denied, no-tls.
"""

import base64
import hashlib
import html
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from tests.doubles.mcp_server import McpDouble
from tests.doubles.small_http import Answer, HttpDouble, Received

MACHINE, MACHINE_SECRET = "machine-client", "walnut-river:canvas/42"


@dataclass
class _Grant:
    client: str
    resource: str
    scope: str
    access: str = ""
    refresh: str = ""
    until: float = 0.0
    spent: set[str] = field(default_factory=set[str])


class OAuthDouble(HttpDouble):
    def __init__(self, *, path: str = "", life: int = 3600, asks: bool = False) -> None:
        """`path`: of the issuer; `life`: of access tokens, in seconds; `asks`: shows a page before it sends back."""
        super().__init__()
        self._path = path
        self._asks = asks
        self.life = life
        self.fault = ""
        self.clients: dict[str, dict[str, Any]] = {
            MACHINE: {"secret": MACHINE_SECRET, "redirect_uris": [], "auth": "client_secret_basic"}
        }
        self.asked: list[dict[str, str]] = []
        """What browsers were sent with."""
        self.forms: list[dict[str, str]] = []
        """What the token endpoint was sent."""
        self.revoked: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        self._grants: list[_Grant] = []

    @property
    def issuer(self) -> str:
        return self.origin + self._path

    def protect(self, desk: McpDouble, *, told: bool = True, scope: str = "tools") -> None:
        """From now on `desk` lets in whoever has a token of ours; without `told` it does not say where to look."""
        well_known = "/.well-known/oauth-protected-resource"
        where = f"{desk.origin}/described" if told else ""
        resource = "https://elsewhere.example/mcp" if self.fault == "other-resource" else desk.url
        described = {
            "resource": resource,
            "authorization_servers": [self.issuer],
            "scopes_supported": ["tools", "more"],
        }
        desk.documents = {"/described" if told else f"{well_known}/mcp": described}
        if self.fault == "no-resource-metadata":
            desk.documents = {}
        desk.challenge = (
            f'Bearer error="invalid_token", resource_metadata="{where}", scope="{scope}"' if told else "Bearer"
        )
        desk.admits = lambda token: self.is_good(token, desk.url)

    def is_good(self, token: str, resource: str) -> bool:
        found = (each for each in self._grants if each.access == token and token)
        return any(each.resource == resource and each.until > time.monotonic() for each in found)

    def end_access(self) -> None:
        """Access tokens are worth nothing any more; refresh tokens are."""
        for each in self._grants:
            each.access = ""

    async def answer(self, received: Received) -> Answer | None:
        match received.method, received.path:
            case "GET", path if "/.well-known/" in path:
                return self._metadata(path)
            case "POST", "/register":
                return self._register(received.body)
            case "GET", "/authorize":
                return self._authorize(received.query)
            case "POST", "/token":
                return await self._token(received)
            case "POST", "/revoke":
                self.revoked.append(received.form["token"])
                return Answer(200)
            case _:
                return Answer(404)

    def _metadata(self, path: str) -> Answer:
        oauth, openid = (
            f"/.well-known/oauth-authorization-server{self._path}",
            f"{self._path}/.well-known/openid-configuration",
        )
        if self.fault == "no-metadata" or path != (openid if self.fault == "openid" else oauth):
            return Answer(404)
        if self.fault == "html":
            return Answer(200, b"<html>")
        told = {
            "issuer": "https://elsewhere.example" if self.fault == "other-issuer" else self.issuer,
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": "http://elsewhere.example/token" if self.fault == "no-tls" else f"{self.origin}/token",
            "revocation_endpoint": f"{self.origin}/revoke",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        told |= {} if self.fault == "no-pkce" else {"code_challenge_methods_supported": ["S256"]}
        told |= {} if self.fault == "no-registration" else {"registration_endpoint": f"{self.origin}/register"}
        return Answer.of(told)

    def _register(self, wanted: dict[str, Any]) -> Answer:
        client_id, secret = secrets.token_urlsafe(8), secrets.token_urlsafe(16)
        auth = wanted["token_endpoint_auth_method"]
        self.clients[client_id] = {"secret": secret, "redirect_uris": wanted["redirect_uris"], "auth": auth}
        return Answer.of(
            {**wanted, "client_id": client_id, "client_secret": secret, "client_secret_expires_at": 0}, 201
        )

    def _authorize(self, query: dict[str, str]) -> Answer:
        client = self.clients.get(query.get("client_id", ""))
        if client is None or query.get("redirect_uri") not in client["redirect_uris"]:
            return Answer(400, b"unknown client or redirect URI", "text/plain")
        fit = query.get("response_type") == "code" and query.get("code_challenge_method") == "S256"
        if not fit or not query.get("code_challenge") or not query.get("resource"):
            return Answer(400, b"not a request of OAuth 2.1", "text/plain")
        self.asked.append(query)
        back = self._back(query, {"error": "access_denied"} if self.fault == "denied" else {"code": self._code(query)})
        if not self._asks:
            return Answer(302, headers={"Location": back})
        refused = self._back(query, {"error": "access_denied"})
        page = (
            f'<html lang="en"><title>Consent</title><h1>Let Nexus in?</h1><p><a href="{html.escape(back)}">Allow</a> '
        )
        page += f'<a href="{html.escape(refused)}">Refuse</a></p>'
        return Answer(200, page.encode(), "text/html; charset=utf-8")

    def _back(self, query: dict[str, str], told: dict[str, str]) -> str:
        sender = {"iss": "https://elsewhere.example" if self.fault == "other-sender" else self.issuer}
        sender = {} if self.fault == "no-sender" else sender
        return f"{query['redirect_uri']}?{urlencode({'state': query['state'], **told, **sender})}"

    def _code(self, query: dict[str, str]) -> str:
        code = secrets.token_urlsafe(16)
        self._codes[code] = query
        return code

    async def _token(self, received: Received) -> Answer | None:
        form = received.form
        self.forms.append(form)
        if self.fault == "slow":
            await self.closing.wait()
            return None
        if self.fault == "away":
            return Answer.of({"error": "temporarily_unavailable"}, 503)
        client = self._client(received)
        if client is None:
            return Answer.of({"error": "invalid_client"}, 401)
        match form["grant_type"]:
            case "authorization_code":
                return self._redeem(client, form)
            case "refresh_token":
                return self._refresh(client, form)
            case "client_credentials" if client == MACHINE:
                return self._issued(_Grant(client, form["resource"], form.get("scope", "")), refresh=False)
            case _:
                return Answer.of({"error": "unauthorized_client"}, 400)

    def _client(self, received: Received) -> str | None:
        form, header = received.form, received.headers.get("authorization", "")
        if header.startswith("Basic "):
            pair = base64.b64decode(header.removeprefix("Basic ")).decode().split(":", 1)
            name, secret = map(unquote_plus, pair)
        else:
            name, secret = form.get("client_id", ""), form.get("client_secret", "")
        known = self.clients.get(name)
        return name if known and (known["auth"] == "none" or known["secret"] == secret) else None

    def _redeem(self, client: str, form: dict[str, str]) -> Answer:
        asked = self._codes.pop(form["code"], None)
        digest = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        wrong = asked is None or self.fault == "expired-code" or asked["client_id"] != client
        if asked is None or wrong or digest.rstrip(b"=").decode() != asked["code_challenge"]:
            return Answer.of({"error": "invalid_grant"}, 400)
        if form["redirect_uri"] != asked["redirect_uri"]:
            return Answer.of({"error": "invalid_grant"}, 400)
        if form["resource"] != asked["resource"]:
            return Answer.of({"error": "invalid_target"}, 400)
        return self._issued(_Grant(client, form["resource"], asked.get("scope", "")))

    def _refresh(self, client: str, form: dict[str, str]) -> Answer:
        token = form["refresh_token"]
        for grant in self._grants:
            if token in grant.spent:
                # Somebody has a copy: nobody keeps anything.
                self._grants.remove(grant)
                return Answer.of({"error": "invalid_grant"}, 400)
        grant = next((each for each in self._grants if each.refresh == token and each.client == client), None)
        if grant is None or self.fault == "refuse-refresh" or form.get("resource") != grant.resource:
            return Answer.of({"error": "invalid_grant"}, 400)
        grant.spent.add(token)
        return self._issued(grant)

    def _issued(self, grant: _Grant, *, refresh: bool = True) -> Answer:
        grant.access, grant.until = secrets.token_urlsafe(24), time.monotonic() + self.life
        grant.refresh = secrets.token_urlsafe(24) if refresh else ""
        if grant not in self._grants:
            self._grants.append(grant)
        kind = "mac" if self.fault == "not-bearer" else "Bearer"
        told = {"access_token": grant.access, "token_type": kind, "expires_in": self.life, "scope": grant.scope}
        return Answer.of(told | ({"refresh_token": grant.refresh} if refresh else {}))
