"""Any OpenID Connect provider, by its discovery; Microsoft Entra ID with what is its own."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

from nexus.providers.oidc.base import Identity, ProviderError, Refusal
from nexus.providers.oidc.config import OidcConfig
from nexus.providers.oidc.graph import Graph
from nexus.providers.oidc.http import build_http, fetch_json
from nexus.providers.oidc.id_token import verify
from nexus.providers.oidc.metadata import Metadata, Published

_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")
_WORD: Final = re.compile(r"[\w.-]{1,60}", re.ASCII)
_LONGEST_EMAIL: Final = 320
_HTTP_OK: Final = 200


class OidcProvider:
    """Safe to use from many tasks at once; whatever a method calls, it ends within `config.timeout` seconds."""

    def __init__(self, config: OidcConfig) -> None:
        self._config = config
        self._http = build_http(config.authority, config.timeout)
        self._published = Published(config, self._http)
        self._graph = Graph(config.graph_url, self._http)

    async def aclose(self) -> None:
        await self._http.aclose()

    async def sign_in_url(self, *, redirect_uri: str, state: str, nonce: str, code_challenge: str) -> str:
        async with self._deadline():
            metadata = await self._published.metadata()
        asked = {
            "client_id": self._config.client_id,
            "response_type": "code",
            # Not form_post: a POST from another site comes without the cookie that the answer is bound to.
            "response_mode": "query",
            "redirect_uri": redirect_uri,
            "scope": self._config.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": code_challenge,
            "code_challenge_method": "S256",
        }
        return _with(metadata.authorization_endpoint, asked)

    async def redeem(self, *, code: str, code_verifier: str, redirect_uri: str, nonce: str) -> Identity:
        async with self._deadline():
            tokens = await self._exchange(code, code_verifier, redirect_uri)
            id_token = tokens.get("id_token")
            if not isinstance(id_token, str):
                raise ProviderError(Refusal.NOT_TRUSTED, "no ID token came; is `openid` among the scopes?")
            claims = await verify(id_token, nonce=nonce, config=self._config, published=self._published)
            access_token = _text(tokens, "access_token")
            if self._config.is_entra:
                return await self._entra_identity(claims, access_token)
            return await self._identity(claims, access_token)

    def is_sender(self, issuer: str) -> bool:
        return self._config.is_entra or issuer == self._config.authority

    async def sign_out_url(self, *, return_to: str, logout_hint: str) -> str | None:
        async with self._deadline():
            endpoint = (await self._published.metadata()).end_session_endpoint
        if not endpoint:
            return None
        asked = {"client_id": self._config.client_id, "post_logout_redirect_uri": return_to}
        return _with(endpoint, asked | ({"logout_hint": logout_hint} if logout_hint else {}))

    @asynccontextmanager
    async def _deadline(self) -> AsyncGenerator[None, None]:
        try:
            async with asyncio.timeout(self._config.timeout):
                yield
        except TimeoutError:
            raise ProviderError(Refusal.UNREACHABLE, "the provider took too long") from None

    async def _exchange(self, code: str, code_verifier: str, redirect_uri: str) -> dict[str, Any]:
        metadata = await self._published.metadata()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": code_verifier,
            "client_id": self._config.client_id,
        }
        basic = None
        if secret := self._config.client_secret:
            if "client_secret_post" in metadata.token_auth_methods:
                form["client_secret"] = secret
            else:
                # RFC 6749, 2.3.1: each in the form of a form, so that a colon or a percent sign stays one.
                basic = (quote_plus(self._config.client_id), quote_plus(secret))
        status, found = await fetch_json(self._http, metadata.token_endpoint, form=form, basic=basic)
        if status == _HTTP_OK:
            return found
        raise _refused_exchange(status, found)

    async def _entra_identity(self, claims: dict[str, Any], access_token: str) -> Identity:
        groups: frozenset[str] | None = None
        if self._config.wants_groups:
            groups = await self._graph.groups(access_token) if _is_overage(claims) else _words(claims, "groups")
        profile = _profile(claims, self._config.profile_claims)
        if missing := [name for name in self._config.profile_claims if name not in profile]:
            profile |= await self._graph.profile(access_token, missing)
        email = _text(claims, "email") or _text(claims, "preferred_username") or _text(claims, "upn")
        return Identity(
            issuer=claims["iss"],
            tenant=claims["tid"],
            subject=claims["oid"],
            email=_email(email),
            name=_name(claims),
            groups=groups,
            app_roles=_words(claims, "roles"),
            profile=profile,
            session=_text(claims, "sid"),
            logout_hint=_text(claims, "login_hint"),
        )

    async def _identity(self, claims: dict[str, Any], access_token: str) -> Identity:
        config = self._config
        wanted = {"email", "name", *config.profile_claims, *([config.groups_claim] if config.wants_groups else [])}
        if wanted - claims.keys():
            # Many providers keep the ID token short and tell the rest here.
            claims = await self._user_info(await self._published.metadata(), claims, access_token) | claims
        return Identity(
            issuer=claims["iss"],
            tenant="",
            subject=claims["sub"],
            email=_email(_text(claims, "email") or _text(claims, "preferred_username")),
            name=_name(claims),
            groups=_words(claims, config.groups_claim) if config.wants_groups else None,
            app_roles=_words(claims, config.roles_claim),
            profile=_profile(claims, config.profile_claims),
            session=_text(claims, "sid"),
        )

    async def _user_info(self, metadata: Metadata, claims: dict[str, Any], access_token: str) -> dict[str, Any]:
        if not metadata.userinfo_endpoint or not access_token:
            return {}
        status, found = await fetch_json(self._http, metadata.userinfo_endpoint, bearer=access_token)
        if status != _HTTP_OK:
            raise ProviderError(Refusal.UNREACHABLE, f"user info answered HTTP {status}")
        if found.get("sub") != claims["sub"]:
            raise ProviderError(Refusal.NOT_TRUSTED, "user info is about somebody else")
        return found


def _with(endpoint: str, asked: dict[str, str]) -> str:
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def _refused_exchange(status: int, found: dict[str, Any]) -> ProviderError:
    """By the standard's word alone. The description has the person's address in it, and is not for the log."""
    error = found.get("error")
    word = error if isinstance(error, str) and _WORD.fullmatch(error) else "?"
    numbers: Any = found.get("error_codes")
    codes = [each for each in numbers if isinstance(each, int)] if isinstance(numbers, list) else []  # pyright: ignore[reportUnknownVariableType]
    reason = f"the code was not accepted: HTTP {status} {word} {codes or ''}".rstrip()
    if word == "invalid_grant":
        return ProviderError(Refusal.EXPIRED, reason)
    if word in {"invalid_client", "unauthorized_client", "invalid_scope"}:
        return ProviderError(Refusal.MISCONFIGURED, reason)
    return ProviderError(Refusal.UNREACHABLE, reason)


def _is_overage(claims: dict[str, Any]) -> bool:
    names: Any = claims.get("_claim_names")
    return "groups" not in claims and ((isinstance(names, dict) and "groups" in names) or bool(claims.get("hasgroups")))


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) else ""


def _words(claims: dict[str, Any], name: str) -> frozenset[str]:
    value: Any = claims.get(name)
    listed: Any = [value] if isinstance(value, str) else value
    return frozenset(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else frozenset()  # pyright: ignore[reportUnknownVariableType]


def _profile(claims: dict[str, Any], names: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name in names if (value := _text(claims, name))}


def _email(text: str) -> str:
    found = text.strip().lower()
    return found if len(found) <= _LONGEST_EMAIL and _EMAIL.fullmatch(found) else ""


def _name(claims: dict[str, Any]) -> str:
    """Without what a line of text cannot hold; empty where the provider tells none."""
    told = _text(claims, "name") or f"{_text(claims, 'given_name')} {_text(claims, 'family_name')}"
    return " ".join("".join(each if each.isprintable() else " " for each in told).split())[:200]
