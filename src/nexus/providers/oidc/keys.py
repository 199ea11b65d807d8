"""The keys that a provider signs with, as it publishes them (JWKS), kept for an hour."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from nexus.providers.oidc.base import ProviderError, Refusal
from nexus.providers.oidc.http import HTTP_OK, fetch_json, within

KEPT_SECONDS: Final = 3600.0
KEY_PAUSE_SECONDS: Final = 30.0
"""An unknown key has the keys fetched again, this often at most: else a sender of nonsense keys makes us call."""

_STALE_SECONDS: Final = 24 * 3600.0
"""So long keys are believed that the provider, being away, has not confirmed."""
_MOST_KEYS: Final = 100

FAMILIES: Final = {
    "RSA": {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"},
    "EC": {"ES256", "ES384", "ES512"},
    "OKP": {"EdDSA"},
}
"""Signatures by a private key alone: with a shared secret, whoever can check a token could have made it."""


@dataclass(frozen=True, slots=True)
class Key:
    key: Any
    kind: str
    """`RSA`, `EC` or `OKP`."""
    algorithm: str
    """The only one it is for; empty where the provider does not say, as Entra."""
    issuer: str
    """Entra names the tenant (or all of them) whose tokens a key signs; empty elsewhere."""


class KeySet:
    """Many tasks may ask at once; one fetches, and nobody waits for it who asks for a key that is known."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        address: Callable[[], Awaitable[str]],
        *,
        timeout: float,
        failure_pause: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A fetch may take `timeout` seconds; after one that failed there is none for `failure_pause` seconds."""
        self._http = http
        self._address = address
        self._timeout = timeout
        self._failure_pause = failure_pause
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: dict[str, Key] = {}
        self._fetched_at: float | None = None
        self._tried_at = float("-inf")
        self._is_away = False

    async def key(self, kid: str) -> Key:
        """Raises ProviderError for a key that the provider does not publish."""
        if not self._is_current(kid):
            async with self._lock:
                if not self._is_current(kid) and self._may_fetch(kid):
                    await self._fetch(kid)
        if kid in self._keys and self._age() <= _STALE_SECONDS:
            return self._keys[kid]
        if self._is_away:
            raise ProviderError(Refusal.UNREACHABLE, "the provider's keys could not be had a moment ago")
        raise ProviderError(Refusal.NOT_TRUSTED, "signed with a key that the provider does not publish")

    def _is_current(self, kid: str) -> bool:
        return kid in self._keys and self._age() <= KEPT_SECONDS

    def _may_fetch(self, kid: str) -> bool:
        pause = self._failure_pause if self._is_away and kid not in self._keys else KEY_PAUSE_SECONDS
        return self._clock() - self._tried_at >= pause

    def _age(self) -> float:
        return float("inf") if self._fetched_at is None else self._clock() - self._fetched_at

    async def _fetch(self, kid: str) -> None:
        try:
            address = await self._address()
            self._keys = await within(self._timeout, self._read(address))
        except ProviderError:
            self._is_away = True
            # Keys that were good an hour ago still are; a new one has to be seen.
            if kid not in self._keys:
                raise
        else:
            self._is_away = False
            self._fetched_at = self._clock()
        finally:
            self._tried_at = self._clock()

    async def _read(self, address: str) -> dict[str, Key]:
        status, found = await fetch_json(self._http, address)
        listed: Any = found.get("keys")
        if status != HTTP_OK or not isinstance(listed, list):
            raise ProviderError(Refusal.UNREACHABLE, f"the provider's keys: HTTP {status}")
        return dict(filter(None, map(_read_key, listed[:_MOST_KEYS])))  # pyright: ignore[reportUnknownArgumentType]


def _read_key(jwk: Any) -> tuple[str, Key] | None:
    """None for a key that signs nothing for us: a symmetric one, one for encryption, one of an unknown kind."""
    if not isinstance(jwk, dict) or jwk.get("use", "sig") != "sig" or jwk.get("kty") not in FAMILIES:  # pyright: ignore[reportUnknownMemberType]
        return None
    try:
        key = PyJWK(jwk).key  # pyright: ignore[reportUnknownArgumentType]
    except (PyJWTError, ValueError, TypeError, KeyError):
        return None
    return _text(jwk, "kid"), Key(key, _text(jwk, "kty"), _text(jwk, "alg"), _text(jwk, "issuer"))


def _text(found: Any, name: str) -> str:
    value = found.get(name, "")
    return value if isinstance(value, str) else ""
