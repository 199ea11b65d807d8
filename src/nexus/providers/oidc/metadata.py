"""What a provider publishes about itself: its endpoints, kept for an hour, and its keys."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2

from nexus.providers.oidc.base import ProviderError, Refusal
from nexus.providers.oidc.config import ENTRA_TEMPLATE, OidcConfig
from nexus.providers.oidc.http import HTTP_OK, fetch_json, is_safe, within
from nexus.providers.oidc.keys import KEPT_SECONDS, Key, KeySet

_PAUSE_SECONDS: Final = 60.0
"""So long a provider that was away is left alone, where what it said before can be used."""


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
        # A part of a sign-in's time, so that some is left to go on with what was known.
        self._patience = config.timeout / 3
        self._keys = KeySet(http, self._keys_address, timeout=self._patience, clock=clock)

    async def metadata(self) -> Metadata:
        """Raises ProviderError; what was known goes on being used while the provider is away."""
        async with self._lock:
            if self._metadata and self._clock() - self._metadata_at < KEPT_SECONDS:
                return self._metadata
            try:
                self._metadata = await within(self._patience, self._discover())
                self._metadata_at = self._clock()
            except ProviderError as error:
                if self._metadata is None or error.refusal is not Refusal.UNREACHABLE:
                    raise
                self._metadata_at = self._clock() - KEPT_SECONDS + _PAUSE_SECONDS
            return self._metadata

    async def key(self, kid: str) -> Key:
        """Raises ProviderError for a key that the provider does not publish."""
        return await self._keys.key(kid)

    async def _keys_address(self) -> str:
        return (await self.metadata()).jwks_uri

    async def _discover(self) -> Metadata:
        # An issuer may end with a slash, which is part of its name and not of this address.
        url = f"{self._config.authority.rstrip('/')}/.well-known/openid-configuration"
        status, found = await fetch_json(self._http, url)
        if status != HTTP_OK:
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


def _text(found: Any, name: str) -> str:
    value = found.get(name, "")
    return value if isinstance(value, str) else ""


def _texts(found: dict[str, Any], name: str) -> tuple[str, ...]:
    value: Any = found.get(name)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()  # pyright: ignore[reportUnknownVariableType]
