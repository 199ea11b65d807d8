"""The port: a place where people sign in, and what it says about whoever did."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from nexus.core.settings_security import TrustedIssuer


class Refusal(StrEnum):
    """Why nobody is signed in; the page has a sentence for each."""

    CANCELLED = "cancelled"
    """The person or the provider's administrator said no there."""
    EXPIRED = "expired"
    """Begun too long ago, in another browser, or brought to an end before."""
    NOT_TRUSTED = "not-trusted"
    """What the provider sent does not prove anything to us."""
    FOREIGN = "foreign"
    """Somebody of a company that may not sign in here."""
    UNREACHABLE = "unreachable"
    MISCONFIGURED = "misconfigured"
    """The provider does not know this installation, or not its secret."""
    GROUPS_UNKNOWN = "groups-unknown"
    """Rights hang on groups, and the provider would not say which."""


class ProviderError(Exception):
    """No sign-in. `reason` is for the server's log: nothing of it is shown to anybody, and no secret is in it."""

    def __init__(self, refusal: Refusal, reason: str) -> None:
        super().__init__(f"{refusal}: {reason}")
        self.refusal = refusal
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as the provider vouches for them.

    The key is (issuer, tenant, subject). Name and address may change and may be somebody else's tomorrow: they are
    shown, and never decide who this is.
    """

    issuer: str
    tenant: str
    """Entra's `tid`; empty elsewhere."""
    subject: str
    """Entra's `oid`, `sub` elsewhere."""
    email: str
    """Lower case; empty where the provider tells none."""
    name: str
    groups: frozenset[str] | None
    """Ids or names, as the provider has them; None where nothing depends on them and they were not asked for."""
    app_roles: frozenset[str]
    profile: Mapping[str, str]
    """The claims that were asked for by name, where the provider has them."""
    session: str = ""
    """The provider's own session (`sid`), which it names when it ends it; empty where it tells none."""
    logout_hint: str = ""


class IdentityProvider(Protocol):
    """Every method that calls raises ProviderError, and ends within a deadline of its own."""

    async def sign_in_url(self, *, redirect_uri: str, state: str, nonce: str, code_challenge: str) -> str:
        """Where to send the browser (code flow, PKCE by S256, answer in the query)."""
        ...

    async def redeem(self, *, code: str, code_verifier: str, redirect_uri: str, nonce: str) -> Identity:
        """Who came back with this code."""
        ...

    def is_sender(self, issuer: str) -> bool:
        """Whether an answer that names this issuer can be this provider's."""
        ...

    async def sign_out_url(self, *, return_to: str, logout_hint: str) -> str | None:
        """Where to send the browser to sign out there too; None where the provider offers nothing."""
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a trusted issuer's token names, and until when."""

    issuer: str
    tenant: str
    """The issuer's own; empty where its people are not told apart by it."""
    subject: str
    email: str
    """Lower case; empty unless the issuer says that it is verified."""
    expires_at: datetime


class TokenVerifier(Protocol):
    @property
    def trusted(self) -> TrustedIssuer: ...

    async def verify(self, token: str) -> Bearer:
        """Raises ProviderError unless it is the issuer's, for us, of now, and made to open something."""
        ...

    async def aclose(self) -> None: ...
