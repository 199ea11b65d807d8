"""Who vouches for the callers of an MCP server: what it says of itself, and the authorization server of itself."""

import re
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import urlsplit, urlunsplit

import httpx2

from nexus.agents.tools import ToolError
from nexus.core.bodies import TooLongError, json_object, read_within
from nexus.core.settings_security import is_confidential

HTTP_OK: Final = 200
_UNAUTHORISED: Final = 401
_LARGEST: Final = 256 * 1024
_LONGEST: Final = 2000
_PARAMETER: Final = re.compile(r'([a-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))', re.IGNORECASE)
_RESOURCE: Final = "/.well-known/oauth-protected-resource"
_SERVER: Final = "/.well-known/oauth-authorization-server"
_OPENID: Final = "/.well-known/openid-configuration"
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str
    revocation_endpoint: str
    auth_methods: tuple[str, ...]
    names_itself: bool
    """Whether its answers say who they are from (RFC 9207): one that does not is then no answer."""
    pkce: bool
    """Whether it takes S256, without which nobody should sign in there."""


@dataclass(frozen=True, slots=True)
class Found:
    resource: str
    """The server's own name for itself, which tokens are asked for."""
    scope: str
    """What to ask for; empty where nobody says."""
    server: AuthorizationServer


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads descriptions, in a size. Raises httpx2's errors and ToolError."""

    http: httpx2.AsyncClient

    async def discover(self, url: str) -> Found:
        challenge = await self._challenge(url)
        resource = await self._resource(url, challenge.get("resource_metadata", ""))
        servers = resource.get("authorization_servers")
        issuer = cast("list[Any]", servers)[0] if isinstance(servers, list) and servers else None
        if not isinstance(issuer, str) or not 0 < len(issuer) <= _LONGEST:
            raise ToolError("The server does not say who vouches for its callers. Ask whoever runs it.")
        supported = resource.get("scopes_supported")
        listed = (
            [each for each in cast("list[Any]", supported) if isinstance(each, str)]
            if isinstance(supported, list)
            else []
        )
        scope = challenge.get("scope", "") or " ".join(listed)
        name = text_of(resource, "resource")
        fit = len(scope) <= _LONGEST and _SCOPE.fullmatch(scope)
        return Found(name, scope if fit else "", await self._server(issuer))

    async def send(self, request: httpx2.Request) -> tuple[int, dict[str, Any]]:
        """Status and JSON object; an empty one where none came."""
        response = await self.http.send(request, stream=True)
        try:
            whole = await read_within(response, _LARGEST)
        except TooLongError:
            raise ToolError("The server said more of itself than anybody can read.") from None
        finally:
            await response.aclose()
        return response.status_code, json_object(whole) or {}

    async def _challenge(self, url: str) -> dict[str, str]:
        """What the server answers to a caller without a token."""
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "nexus", "version": "1"}}
        message = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": hello}
        headers = {"Accept": "application/json, text/event-stream"}
        async with self.http.stream("POST", url, json=message, headers=headers) as response:
            if response.status_code != _UNAUTHORISED:
                return {}
            return parameters(response.headers.get("www-authenticate", ""))

    async def _resource(self, url: str, named: str) -> dict[str, Any]:
        parts = urlsplit(url)
        path = parts.path.rstrip("/")
        own = [urlunsplit((parts.scheme, parts.netloc, _RESOURCE + each, "", "")) for each in dict.fromkeys((path, ""))]
        for place in [named] if named else own:
            status, told = await self._get(place)
            if status != HTTP_OK or not told:
                continue
            if not covers(text_of(told, "resource"), url):
                raise ToolError("The server's description is of another server: no token can be asked for it.")
            return told
        raise ToolError(
            "The server does not describe how to sign in (RFC 9728). Use a bearer token, or ask who runs it."
        )

    async def _server(self, issuer: str) -> AuthorizationServer:
        for place in places_of(issuer):
            status, told = await self._get(place)
            if status == HTTP_OK and told:
                return _checked(issuer, told)
        raise ToolError("Whoever vouches for the server does not describe itself (RFC 8414). Ask who runs it.")

    async def _get(self, url: str) -> tuple[int, dict[str, Any]]:
        if len(url) > _LONGEST or not is_confidential(url):
            raise ToolError("The addresses of a server that asks for a sign-in have to begin with https://.")
        return await self.send(self.http.build_request("GET", url, headers={"Accept": "application/json"}))


def parameters(challenge: str) -> dict[str, str]:
    """Of a WWW-Authenticate header; the first of each name counts."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(challenge[:8000]):
        quoted, plain = match.group(2), match.group(3)
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        found.setdefault(match.group(1).lower(), value)
    return found


def places_of(issuer: str) -> list[str]:
    """Where an issuer may describe itself, in the order in which to look."""
    parts = urlsplit(issuer)
    path = parts.path.rstrip("/")
    places = [_SERVER + path, _OPENID + path] + ([path + _OPENID] if path else [])
    return [urlunsplit((parts.scheme, parts.netloc, place, "", "")) for place in places]


def covers(resource: str, url: str) -> bool:
    """Whether the server at `url` may call itself so: the same origin, and a path that leads there."""
    if not 0 < len(resource) <= _LONGEST:
        return False
    named, called = urlsplit(resource), urlsplit(url)
    try:
        same = (named.scheme.lower(), named.hostname, _port(named)) == (
            called.scheme.lower(),
            called.hostname,
            _port(called),
        )
    except ValueError:
        return False
    path = named.path.rstrip("/")
    return same and not named.fragment and (called.path.rstrip("/") == path or called.path.startswith(f"{path}/"))


def text_of(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _port(parts: Any) -> int | None:
    return parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower())


def _checked(issuer: str, told: dict[str, Any]) -> AuthorizationServer:
    if text_of(told, "issuer") != issuer:
        raise ToolError("Whoever vouches for the server calls itself something else. It cannot be trusted.")
    authorize, token = text_of(told, "authorization_endpoint"), text_of(told, "token_endpoint")
    others = text_of(told, "registration_endpoint"), text_of(told, "revocation_endpoint")
    named = [each for each in (authorize, token, *others) if each]
    if not token or not all(is_confidential(each) and len(each) <= _LONGEST for each in named):
        raise ToolError("The authorization server names an address that does not begin with https://.")
    methods = _texts(told, "token_endpoint_auth_methods_supported") or ("client_secret_basic",)
    names_itself = told.get("authorization_response_iss_parameter_supported") is True
    pkce = "S256" in _texts(told, "code_challenge_methods_supported")
    return AuthorizationServer(issuer, authorize, token, *others, methods, names_itself, pkce)


def _texts(told: dict[str, Any], name: str) -> tuple[str, ...]:
    value = told.get(name)
    return tuple(each for each in cast("list[Any]", value) if isinstance(each, str)) if isinstance(value, list) else ()
