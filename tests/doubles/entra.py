"""An identity provider for tests: Entra's paths, tokens, faults and Graph over real sockets, and a plain provider.

It believes nothing: client, secret, redirect URI, PKCE and the code's single use are checked as the real one does.
`/<tenant>/v2.0` is one directory, `/organizations/v2.0` all of them, `/plain` a provider that is not Entra: `sub`
alone, groups by name, a short ID token and the rest at user info, its secret by Basic.

    with EntraDouble() as double: ... double.url ... double.person = Person(...) ... double.fault = "expired"

Without a `person` the sign-in page lets one choose among `people`. Faults of the ID token are in `entra_tokens`; of
the servers: `away`, `hang-discovery`, `hang-token`, `hang-graph`, `html`, `no-id-token`, `graph-forbidden`,
`graph-elsewhere`, `other-issuer` (in discovery), `other-person` (user info), `denied`, `server-error`.
"""

import base64
import hashlib
import html
import json
import secrets
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

from jwt.algorithms import RSAAlgorithm
from tests.doubles.entra_tokens import CLIENT, OTHER_TENANT, SECRET, TEXT, Claims, Person, b64, id_token, private_key


@dataclass
class _Code:
    person: Person
    authority: str
    asked: dict[str, str]
    used: bool = False


class EntraDouble:
    """Listens on a free loopback port from `with` on. `redirect_uris` have to be registered."""

    def __init__(self, host: str = "127.0.0.1") -> None:
        """`host` may be localhost, which is another site to a browser."""
        self._host = host
        self.person: Person | None = None
        self.people: list[Person] = []
        self.fault = ""
        self.redirect_uris: set[str] = set()
        self.requests: list[tuple[str, str]] = []
        """Method and path of each."""
        self.last_code = ""
        self.signing_key = 1
        self.published = [1, 2]
        self._codes: dict[str, _Code] = {}
        self._bearers: dict[str, Person] = {}
        self.closing = threading.Event()

    def __enter__(self) -> Self:
        double = self

        class Handler(_Handler):
            owner = double

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://{self._host}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def rotate(self) -> None:
        """A new key signs, published beside the former one."""
        self.signing_key += 1
        self.published = [self.signing_key, self.signing_key + 1]

    def asked(self, part: str) -> int:
        return sum(part in path for _, path in self.requests)

    # --- what it answers

    def discovery(self, authority: str) -> Claims:
        if authority == "plain":
            base, issuer = f"{self.url}/plain", f"{self.url}/plain"
            token_auth = ["client_secret_basic"]
        else:
            shared = authority == "organizations"
            base = f"{self.url}/{authority}/oauth2/v2.0"
            issuer = f"{self.url}/{'{tenantid}' if shared else authority}/v2.0"
            token_auth = ["client_secret_post", "private_key_jwt", "client_secret_basic"]
        if self.fault == "other-issuer":
            issuer = f"{issuer}/"
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "end_session_endpoint": f"{base}/logout",
            "jwks_uri": f"{self.url}/{authority}/discovery/v2.0/keys",
            "userinfo_endpoint": f"{self.url}/plain/userinfo",
            "token_endpoint_auth_methods_supported": token_auth,
            "response_modes_supported": ["query", "fragment", "form_post"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    def keys(self, authority: str) -> Claims:
        keys = []
        for number in self.published:
            jwk: Claims = RSAAlgorithm.to_jwk(private_key(number).public_key(), as_dict=True)
            jwk = {"kty": jwk["kty"], "n": jwk["n"], "e": jwk["e"], "use": "sig", "kid": f"key-{number}"}
            if authority != "plain":
                jwk["issuer"] = f"{self.url}/{'{tenantid}' if authority == 'organizations' else authority}/v2.0"
            if self.fault == "key-of-other-issuer":
                jwk["issuer"] = f"{self.url}/{OTHER_TENANT}/v2.0"
            keys.append(jwk)
        return {"keys": keys}

    def authorize(self, authority: str, asked: dict[str, str]) -> "str | tuple[int, str]":
        """Where the browser goes next, or a page."""
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") not in self.redirect_uris:
            return 400, f"{TEXT}: AADSTS50011: the redirect URI is not registered"
        back = {"state": asked.get("state", "")}
        needed = {"response_type": "code", "code_challenge_method": "S256", "response_mode": "query"}
        if self.fault == "denied":
            return _back(asked, back | {"error": "access_denied", "error_description": TEXT})
        wrong = [name for name, value in needed.items() if asked.get(name) != value]
        if wrong or len(asked.get("code_challenge", "")) != 43 or "openid" not in asked.get("scope", "").split():
            return _back(asked, back | {"error": "invalid_request", "error_description": f"{TEXT} {wrong}"})
        if self.fault == "server-error":
            return _back(asked, back | {"error": "server_error", "error_description": TEXT})
        chosen = next((one for one in self.people if one.login == asked.get("login")), self.person)
        if chosen is None:
            return 200, self._page(authority, asked)
        self.last_code = secrets.token_urlsafe(200)
        self._codes[self.last_code] = _Code(chosen, authority, asked)
        return _back(asked, back | {"code": self.last_code, "session_state": secrets.token_hex(8)})

    def _page(self, authority: str, asked: dict[str, str]) -> str:
        path = "/plain/authorize" if authority == "plain" else f"/{authority}/oauth2/v2.0/authorize"
        links = "".join(
            f'<p><a href="{html.escape(path + "?" + urlencode(asked | {"login": one.login}))}">{one.name}</a></p>'
            for one in self.people
        )
        return f'<!doctype html><html lang="en"><title>Sign in</title><h1>Pick an account</h1>{links}</html>'

    def token(self, form: dict[str, str], basic: tuple[str, str] | None) -> tuple[int, Claims]:
        found = self._codes.get(form.get("code", ""))
        plain = found is not None and found.authority == "plain"
        given = basic if plain else (form.get("client_id"), form.get("client_secret"))
        if given != (CLIENT, SECRET):
            return _error(401, "invalid_client", 7000215)
        if found is None or found.used or form.get("grant_type") != "authorization_code":
            return _error(400, "invalid_grant", 54005)
        found.used = True
        challenge = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if challenge != found.asked["code_challenge"]:
            return _error(400, "invalid_grant", 501481)
        if form.get("redirect_uri") != found.asked["redirect_uri"]:
            return _error(400, "invalid_grant", 500112)
        bearer = secrets.token_urlsafe(32)
        self._bearers[bearer] = found.person
        answer = {"token_type": "Bearer", "expires_in": 3600, "scope": found.asked["scope"], "access_token": bearer}
        if self.fault != "no-id-token":
            answer["id_token"] = id_token(
                found.person,
                base=self.url,
                authority=found.authority,
                nonce=found.asked.get("nonce"),
                fault=self.fault,
                key=self.signing_key,
            )
        return 200, answer

    def graph(self, path: str, query: dict[str, str], bearer: str) -> tuple[int, Claims]:
        person = self._bearers.get(bearer)
        if person is None or self.fault == "graph-forbidden":
            return 403, {"error": {"code": "Authorization_RequestDenied", "message": TEXT}}
        if path == "/me":
            names = query.get("$select", "").split(",")
            return 200, {"id": person.oid} | {name: person.profile.get(name) for name in names}
        if path != "/me/transitiveMemberOf":
            return 404, {"error": {"code": "ResourceNotFound", "message": TEXT}}
        start, size = int(query.get("$skiptoken", "0")), min(int(query.get("$top", "100")), 100)
        listed = [{"@odata.type": "#microsoft.graph.group", "id": one} for one in person.groups]
        listed.insert(0, {"@odata.type": "#microsoft.graph.directoryRole", "id": "role-and-no-group"})
        answer: Claims = {"value": listed[start : start + size]}
        if start + size < len(listed):
            host = "http://127.0.0.1:9" if self.fault == "graph-elsewhere" else self.url
            following = urlencode({"$top": size, "$select": "id", "$skiptoken": start + size})
            answer["@odata.nextLink"] = f"{host}/v1.0/me/transitiveMemberOf?{following}"
        return 200, answer

    def user_info(self, bearer: str) -> tuple[int, Claims]:
        person = self._bearers.get(bearer)
        if person is None:
            return 401, {"error": "invalid_token"}
        subject = "another" if self.fault == "other-person" else person.subject
        return 200, {
            "sub": subject,
            "name": person.name,
            "email": person.email,
            "groups": list(person.groups),
        } | person.profile

    def log_out(self, asked: dict[str, str]) -> "str | tuple[int, str]":
        back = asked.get("post_logout_redirect_uri", "")
        origins = {f"{urlsplit(uri).scheme}://{urlsplit(uri).netloc}" for uri in self.redirect_uris}
        if back and f"{urlsplit(back).scheme}://{urlsplit(back).netloc}" in origins:
            return back
        return 200, "<!doctype html><title>Signed out</title><h1>You signed out</h1>"


class _Handler(BaseHTTPRequestHandler):
    owner: EntraDouble
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        return

    def do_GET(self) -> None:
        self._serve({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        self._serve(dict(parse_qsl(body)))

    def _serve(self, form: dict[str, str]) -> None:
        double, target = self.owner, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        double.requests.append((self.command, target.path))
        authority, _, rest = target.path.removeprefix("/").partition("/")
        rest = rest.removeprefix("oauth2/v2.0/")
        if self._hangs(authority, rest):
            double.closing.wait(30)
            return
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        if double.fault == "away":
            self._send(503, b"<html>Back soon</html>", "text/html")
        elif double.fault == "html" and rest == "token":
            self._send(200, b"<html>Welcome</html>", "text/html")
        elif rest.endswith(".well-known/openid-configuration"):
            self._json(200, double.discovery(authority))
        elif rest == "discovery/v2.0/keys":
            self._json(200, double.keys(authority))
        elif rest == "authorize":
            self._lead(double.authorize(authority, query))
        elif rest == "token" and self.command == "POST":
            self._json(*double.token(form, _basic(self.headers.get("authorization", ""))))
        elif rest == "logout":
            self._lead(double.log_out(query))
        elif target.path == "/plain/userinfo":
            self._json(*double.user_info(bearer))
        elif authority == "v1.0":
            self._json(*double.graph(f"/{rest}", query, bearer))
        else:
            self._json(404, {"error": TEXT})

    def _hangs(self, authority: str, rest: str) -> bool:
        match self.owner.fault:
            case "hang-discovery":
                return "openid-configuration" in rest
            case "hang-token":
                return rest == "token"
            case "hang-graph":
                return authority == "v1.0"
            case _:
                return False

    def _lead(self, to: "str | tuple[int, str]") -> None:
        if isinstance(to, tuple):
            self._send(to[0], to[1].encode(), "text/html; charset=utf-8")
            return
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _json(self, status: int, body: Claims) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _back(asked: dict[str, str], answer: dict[str, str]) -> str:
    return f"{asked['redirect_uri']}?{urlencode(answer)}"


def _error(status: int, error: str, code: int) -> tuple[int, Claims]:
    return status, {"error": error, "error_description": f"AADSTS{code}: {TEXT}", "error_codes": [code]}


def _basic(header: str) -> tuple[str, str] | None:
    if not header.startswith("Basic "):
        return None
    name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return unquote_plus(name), unquote_plus(secret)
