"""Whether an ID token proves anything, and to whom it belongs."""

import hmac
import re
from typing import Any, Final

import jwt

from nexus.providers.oidc.base import ProviderError, Refusal
from nexus.providers.oidc.config import ENTRA_TEMPLATE, OidcConfig
from nexus.providers.oidc.keys import FAMILIES
from nexus.providers.oidc.metadata import Metadata, Published

LEEWAY_SECONDS: Final = 60
"""How far the provider's clock may be from ours."""

_REQUIRED: Final = ["iss", "sub", "aud", "exp", "iat", "nonce"]
_LONGEST_SUBJECT: Final = 255
"""By the standard."""
_GUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def verify(token: str, *, nonce: str, config: OidcConfig, published: Published) -> dict[str, Any]:
    """The claims. Raises ProviderError unless the token is the provider's, for us, of now, and for this browser."""
    metadata = await published.metadata()
    try:
        header = jwt.get_unverified_header(token)
        unverified = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError as error:
        raise _untrusted(error) from None
    issuer = _issuer_of(unverified, config, metadata)
    key = await published.key(str(header.get("kid", "")))
    allowed = FAMILIES[key.kind] & set(metadata.algorithms)
    if key.algorithm:
        allowed &= {key.algorithm}
    if key.issuer and key.issuer.replace(ENTRA_TEMPLATE, str(unverified.get("tid", ""))) != issuer:
        raise ProviderError(Refusal.NOT_TRUSTED, "signed with a key of another issuer")
    try:
        claims = jwt.decode(
            token,
            key.key,
            algorithms=sorted(allowed),
            audience=config.client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={
                "require": [*_REQUIRED, "nbf"] if config.is_entra else _REQUIRED,
                "enforce_minimum_key_length": True,
            },
        )
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise _untrusted(error) from None
    _check_rest(claims, nonce=nonce, config=config)
    return claims


def _issuer_of(claims: dict[str, Any], config: OidcConfig, metadata: Metadata) -> str:
    """The issuer that the token has to have; the claims are not to be believed yet, and only choose among ours."""
    if not config.is_entra:
        return metadata.issuer
    tenant = claims.get("tid")
    if not isinstance(tenant, str) or not _GUID.fullmatch(tenant):
        raise ProviderError(Refusal.NOT_TRUSTED, "the token names no tenant")
    if tenant not in config.allowed_tenants:
        raise ProviderError(Refusal.FOREIGN, f"tenant {tenant} may not sign in here")
    return metadata.issuer.replace(ENTRA_TEMPLATE, tenant)


def _check_rest(claims: dict[str, Any], *, nonce: str, config: OidcConfig) -> None:
    """What the library leaves to us."""
    given: Any = claims["nonce"]
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise ProviderError(Refusal.NOT_TRUSTED, "the nonce is not the one of this sign-in")
    audience: Any = claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1  # pyright: ignore[reportUnknownArgumentType]
    if claims.get("azp", None if several else config.client_id) != config.client_id:
        raise ProviderError(Refusal.NOT_TRUSTED, "the token is for another application")
    if not 0 < len(claims["sub"]) <= _LONGEST_SUBJECT:
        raise ProviderError(Refusal.NOT_TRUSTED, "the token's subject is none")
    if config.is_entra and not (claims.get("ver") == "2.0" and _GUID.fullmatch(str(claims.get("oid", "")))):
        raise ProviderError(Refusal.NOT_TRUSTED, "the token has no oid, or is not of version 2.0")


def _untrusted(error: Exception) -> ProviderError:
    return ProviderError(Refusal.NOT_TRUSTED, f"{type(error).__name__}: {error}")
