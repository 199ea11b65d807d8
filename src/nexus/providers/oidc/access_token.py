"""Whether a JWT of a trusted issuer opens anything here, and whom it names (RFC 9068, RFC 8725)."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import jwt

from nexus.core.settings_security import TrustedIssuer
from nexus.providers.oidc.base import Bearer, ProviderError, Refusal
from nexus.providers.oidc.config import ENTRA_TEMPLATE
from nexus.providers.oidc.http import HTTP_OK, build_http, fetch_json, is_safe, within
from nexus.providers.oidc.keys import FAMILIES, Key, KeySet

LEEWAY_SECONDS: Final = 60
"""How far the issuer's clock may be from ours."""

_TIMEOUT: Final = 5.0
_FAILURE_PAUSE: Final = 5.0
"""Anybody can send a token with an unknown key: while the issuer is away, that asks for its keys this often."""
_KEYS_OF_ITS_OWN: Final = {"jwk", "jku", "x5u", "x5c", "crit"}
"""Headers by which a token brings its own key, or wants to be read in another way."""
_OTHER_TOKENS: Final = {"nonce", "at_hash", "c_hash", "s_hash", "events"}
"""Claims of ID tokens and logout tokens, which prove a sign-in to somebody and open nothing."""
_OTHER_TYPES: Final = {"id", "refresh", "offline", "logout"}
"""What Keycloak (`typ`) and Cognito (`token_use`) call them."""
_LONGEST_NAME: Final = 255
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+")


class JwtVerifier:
    """One issuer's. Safe to use from many tasks at once."""

    def __init__(self, trusted: TrustedIssuer) -> None:
        self._trusted = trusted
        self._http = build_http(trusted.jwks_url or trusted.issuer, _TIMEOUT)
        self._keys = KeySet(self._http, self._address, timeout=_TIMEOUT, failure_pause=_FAILURE_PAUSE)

    @property
    def trusted(self) -> TrustedIssuer:
        return self._trusted

    async def aclose(self) -> None:
        await self._http.aclose()

    async def verify(self, token: str) -> Bearer:
        header = self._header(token)
        key = await self._keys.key(header["kid"])
        allowed = FAMILIES[key.kind] & set(self._trusted.algorithms)
        if key.algorithm:
            allowed &= {key.algorithm}
        needed = ["iss", "aud", "exp", "iat", self._trusted.subject_claim]
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=sorted(allowed),
                audience=self._trusted.audience,
                issuer=self._trusted.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": needed, "enforce_minimum_key_length": True},
            )
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise _untrusted(type(error).__name__) from None
        self._check(claims, key)
        return self._bearer(claims)

    def _header(self, token: str) -> dict[str, Any]:
        """Before any key is looked for."""
        try:
            header = jwt.get_unverified_header(token)
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise _untrusted(type(error).__name__) from None
        kid: Any = header.get("kid")
        kind = str(header.get("typ", "")).lower().removeprefix("application/")
        if found := _KEYS_OF_ITS_OWN & header.keys():
            raise _untrusted(f"it brings {', '.join(sorted(found))}")
        if header.get("alg") not in self._trusted.algorithms:
            raise _untrusted("its algorithm is not allowed")
        if kind not in {each.lower() for each in self._trusted.types}:
            raise _untrusted("it is of another type")
        if not isinstance(kid, str) or not 0 < len(kid) <= _LONGEST_NAME:
            raise _untrusted("it names no key")
        return header

    def _check(self, claims: dict[str, Any], key: Key) -> None:
        """What the library leaves to us."""
        if (
            _OTHER_TOKENS & claims.keys()
            or {str(claims.get(n, "")).lower() for n in ("typ", "token_use")} & _OTHER_TYPES
        ):
            raise _untrusted("it is no access token")
        tenant = str(claims.get("tid", ""))
        if key.issuer and key.issuer.replace(ENTRA_TEMPLATE, tenant) != self._trusted.issuer:
            raise _untrusted("signed with a key of another issuer")

    def _bearer(self, claims: dict[str, Any]) -> Bearer:
        trusted = self._trusted
        email = _name(claims, "email").lower()
        verified = claims.get("email_verified") is True and _EMAIL.fullmatch(email)
        tenant = _name(claims, trusted.tenant_claim) if trusted.tenant_claim else ""
        subject = _name(claims, trusted.subject_claim)
        if not subject or bool(trusted.tenant_claim) != bool(tenant):
            raise _untrusted("it names nobody")
        # The moment is the one up to which `verify` takes it, so that a stream ends with it and not before.
        expires_at = datetime.fromtimestamp(int(claims["exp"]) + LEEWAY_SECONDS, UTC)
        return Bearer(trusted.issuer, tenant, subject, email if verified else "", expires_at)

    async def _address(self) -> str:
        if self._trusted.jwks_url:
            return self._trusted.jwks_url
        url = f"{self._trusted.issuer.rstrip('/')}/.well-known/openid-configuration"
        status, found = await within(_TIMEOUT, fetch_json(self._http, url))
        address = found.get("jwks_uri")
        if status != HTTP_OK:
            raise ProviderError(Refusal.UNREACHABLE, f"discovery answered HTTP {status}")
        if found.get("issuer") != self._trusted.issuer:
            raise ProviderError(Refusal.MISCONFIGURED, f"the issuer calls itself {found.get('issuer')!r}")
        if not isinstance(address, str) or not is_safe(address):
            raise ProviderError(Refusal.MISCONFIGURED, "the issuer publishes no safe address of its keys")
        return address


def _name(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    return value if isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable() else ""


def _untrusted(reason: str) -> ProviderError:
    return ProviderError(Refusal.NOT_TRUSTED, reason)
