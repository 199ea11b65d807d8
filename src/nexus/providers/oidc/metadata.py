"""What a provider publishes about itself: its endpoints and its keys, kept for an hour."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import httpx2
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from nexus.providers.oidc.base import ProviderError, Refusal
from nexus.providers.oidc.config import ENTRA_TEMPLATE, OidcConfig
from nexus.providers.oidc.http import fetch_json, is_safe

KEPT_SECONDS: Final = 3600.0
KEY_PAUSE_SECONDS: Final = 30.0
"""An unknown key has the keys fetched again, this often at most: else a sender of nonsense keys makes us call."""

_PAUSE_SECONDS: Final = 60.0
"""So long a provider that was away is left alone, where what it said before can be used."""
T = TypeVar("T")
_HTTP_OK: Final = 200


@dataclass(frozen=True, slots=True)
class Metadata:
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str
    end_session_endpoint: str
    token_auth_methods: tuple[str, ...]
    algorithms: tuple[str, ...]
    """Those that the provider says it signs with."""


@dataclass(frozen=True, slots=True)
class Key:
    key: Any
    kind: str
    """`RSA`, `EC` or `OKP`."""
    algorithm: str
    """The only one it is for; empty where the provider does not say, as Entra."""
    issuer: str
    """Entra names the tenant (or all of them) whose tokens a key signs; empty elsewhere."""


class Published:
    """Discovery and keys of one provider. Many tasks may ask at once; one fetches."""

    def __init__(
        self, config: OidcConfig, http: httpx2.AsyncClient, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._http = http
        self._clock = clock
        self._lock = asyncio.Lock()
        self._metadata: Metadata | None = None
        self._metadata_at = 0.0
        self._keys: dict[str, Key] = {}
        self._keys_at: float | None = None

    async def metadata(self) -> Metadata:
        """Raises ProviderError; what was known goes on being used while the provider is away."""
        async with self._lock:
            if self._metadata and self._clock() - self._metadata_at < KEPT_SECONDS:
                return self._metadata
            try:
                self._metadata = await self._within_reason(self._discover())
                self._metadata_at = self._clock()
            except ProviderError as error:
                if self._metadata is None or error.refusal is not Refusal.UNREACHABLE:
                    raise
                self._metadata_at = self._clock() - KEPT_SECONDS + _PAUSE_SECONDS
            return self._metadata

    async def key(self, kid: str) -> Key:
        """Raises ProviderError for a key that the provider does not publish."""
        metadata = await self.metadata()
        async with self._lock:
            age = None if self._keys_at is None else self._clock() - self._keys_at
            if age is None or age > KEPT_SECONDS or (kid not in self._keys and age > KEY_PAUSE_SECONDS):
                try:
                    self._keys = await self._within_reason(self._fetch_keys(metadata.jwks_uri))
                except ProviderError:
                    # Keys that were good an hour ago still are; a new one has to be seen.
                    if kid not in self._keys:
                        raise
                self._keys_at = self._clock()
            if kid not in self._keys:
                raise ProviderError(Refusal.NOT_TRUSTED, "signed with a key that the provider does not publish")
            return self._keys[kid]

    async def _within_reason(self, fetching: Awaitable[T]) -> T:
        """A part of a sign-in's time, so that some is left to go on with what was known. Raises ProviderError."""
        try:
            async with asyncio.timeout(self._config.timeout / 3):
                return await fetching
        except TimeoutError:
            raise ProviderError(Refusal.UNREACHABLE, "the provider took too long to describe itself") from None

    async def _discover(self) -> Metadata:
        # An issuer may end with a slash, which is part of its name and not of this address.
        url = f"{self._config.authority.rstrip('/')}/.well-known/openid-configuration"
        status, found = await fetch_json(self._http, url)
        if status != _HTTP_OK:
            raise ProviderError(Refusal.UNREACHABLE, f"discovery answered HTTP {status}")
        metadata = Metadata(
            issuer=_text(found, "issuer"),
            authorization_endpoint=_text(found, "authorization_endpoint"),
            token_endpoint=_text(found, "token_endpoint"),
            jwks_uri=_text(found, "jwks_uri"),
            userinfo_endpoint=_text(found, "userinfo_endpoint"),
            end_session_endpoint=_text(found, "end_session_endpoint"),
            token_auth_methods=_texts(found, "token_endpoint_auth_methods_supported") or ("client_secret_basic",),
            algorithms=_texts(found, "id_token_signing_alg_values_supported") or ("RS256",),
        )
        self._check(metadata)
        return metadata

    def _check(self, metadata: Metadata) -> None:
        """The issuer to the letter, as it ends up in what we compare tokens with."""
        shared = self._config.is_entra and ENTRA_TEMPLATE in metadata.issuer
        if not shared and metadata.issuer != self._config.authority:
            raise ProviderError(Refusal.MISCONFIGURED, f"the provider calls itself {metadata.issuer!r}")
        needed = (metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri)
        optional = (metadata.userinfo_endpoint, metadata.end_session_endpoint)
        if not all(map(is_safe, needed)) or not all(is_safe(url) for url in optional if url):
            raise ProviderError(Refusal.MISCONFIGURED, "the provider publishes an address without TLS")

    async def _fetch_keys(self, url: str) -> dict[str, Key]:
        status, found = await fetch_json(self._http, url)
        listed: Any = found.get("keys")
        if status != _HTTP_OK or not isinstance(listed, list):
            raise ProviderError(Refusal.UNREACHABLE, f"the provider's keys: HTTP {status}")
        return dict(filter(None, map(_read_key, listed)))  # pyright: ignore[reportUnknownArgumentType]


def _read_key(jwk: Any) -> tuple[str, Key] | None:
    """None for a key that signs nothing for us: a symmetric one, one for encryption, one of an unknown kind."""
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or jwk.get("kty") not in {"RSA", "EC", "OKP"}:  # pyright: ignore[reportUnknownMemberType]
        return None
    try:
        key = PyJWK(jwk).key  # pyright: ignore[reportUnknownArgumentType]
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    return _text(jwk, "kid"), Key(key, _text(jwk, "kty"), _text(jwk, "alg"), _text(jwk, "issuer"))


def _text(found: Any, name: str) -> str:
    value = found.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(found: dict[str, Any], name: str) -> tuple[str, ...]:
    value: Any = found.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType]
