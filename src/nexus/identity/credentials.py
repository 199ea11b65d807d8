"""What a bearer token is: a sign-in's, an API key, the operator's, or the word of an issuer that is trusted."""

import logging
from collections.abc import Iterable
from typing import Any, Final

import jwt

from nexus.core.errors import UnavailableError
from nexus.identity.errors import InvalidTokenError, NotAuthenticatedError
from nexus.identity.tokens import (
    API_KEY_PREFIX,
    OPERATOR_PREFIX,
    ApiKeyCredential,
    Credential,
    IssuerCredential,
    OperatorCredential,
    OperatorToken,
    Tokens,
    token_hash,
)
from nexus.providers.oidc.base import ProviderError, Refusal, TokenVerifier

logger = logging.getLogger(__name__)

LONGEST: Final = 16 * 1024
"""Characters of a bearer token; nothing of a longer one is read."""


class TrustedIssuers:
    """Those whose JWTs are taken beside our own."""

    def __init__(self, verifiers: Iterable[TokenVerifier] = ()) -> None:
        self._verifiers = {each.trusted.issuer: each for each in verifiers}

    async def aclose(self) -> None:
        for verifier in self._verifiers.values():
            await verifier.aclose()

    def __contains__(self, issuer: str) -> bool:
        return issuer in self._verifiers

    def of(self, token: str) -> TokenVerifier | None:
        """Whose it says it is; not to be believed yet, and only a choice among those that are trusted."""
        if not self._verifiers:
            return None
        try:
            claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
        except (jwt.PyJWTError, TypeError, ValueError):
            return None
        return self._verifiers.get(str(claims.get("iss", "")))


async def read_credential(
    bearer: str, act_as: str | None, *, tokens: Tokens, operator: OperatorToken, issuers: TrustedIssuers
) -> Credential:
    """The credential in a bearer token; empty raises NotAuthenticatedError, a bad one InvalidTokenError.

    `act_as` is the address the operator wants to act as; nobody else is asked. Raises UnavailableError where a trusted
    issuer's keys are needed and cannot be had.
    """
    if not bearer:
        raise NotAuthenticatedError
    if len(bearer) > LONGEST:
        raise InvalidTokenError
    if bearer.startswith(OPERATOR_PREFIX):
        if not operator.matches(bearer):
            raise InvalidTokenError
        return OperatorCredential(act_as.strip().lower() if act_as else None)
    if bearer.startswith(API_KEY_PREFIX):
        return ApiKeyCredential(token_hash(bearer))
    if verifier := issuers.of(bearer):
        return await _read_foreign(verifier, bearer)
    return tokens.read_access(bearer)


async def _read_foreign(verifier: TokenVerifier, token: str) -> IssuerCredential:
    trusted = verifier.trusted
    try:
        named = await verifier.verify(token)
    except ProviderError as error:
        logger.warning("a token of %s is refused: %s", trusted.issuer, error)
        if error.refusal is Refusal.NOT_TRUSTED:
            raise InvalidTokenError from None
        raise UnavailableError("The issuer of your token cannot be asked for its keys. Try again later.") from None
    findable = named.email.rpartition("@")[2] in {domain.lower() for domain in trusted.email_domains}
    return IssuerCredential(
        named.issuer,
        named.tenant,
        named.subject,
        named.email if findable else "",
        trusted.tenant,
        named.expires_at,
    )
