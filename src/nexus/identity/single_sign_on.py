"""Signing in through an identity provider: there, back, and out again.

What a browser has to bring back (state, nonce, PKCE verifier, where to go afterwards) travels in a cookie of its own,
sealed with the installation's secret and good for ten minutes. So nothing is stored for sign-ins that never end, and
an answer is worth nothing in a browser that did not ask for it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import logging
import re
import secrets
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode, urlsplit

from cryptography.fernet import Fernet, InvalidToken

from nexus.audit.acts import Action, Outcome
from nexus.audit.service import record
from nexus.core.db import AsyncSession, Database
from nexus.core.secrets import derived_key
from nexus.core.settings import Settings
from nexus.identity import provider_queries, sign_in
from nexus.identity.errors import TakenError
from nexus.identity.login_sessions import SignedIn, Visitor, open_session
from nexus.identity.provisioning import NOBODY, Turned, admit
from nexus.identity.tokens import Tokens
from nexus.providers.oidc.base import Identity, IdentityProvider, ProviderError, Refusal

logger = logging.getLogger(__name__)

PROVIDER_ID: Final = "oidc"
WAY_SECONDS: Final = 600
START: Final = "/chat/"
LOGIN: Final = "/login/"
CALLBACK: Final = "/api/auth/oidc/callback"

_OWN_PATH: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_LONGEST_PATH: Final = 1000
_LONGEST_CODE: Final = 8192
_LONGEST_COOKIE: Final = 4096
_RECORDED: Final = {Refusal.FOREIGN, Refusal.NOT_TRUSTED}
"""What a company wants to know of: the others are accidents."""
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Way:
    """A sign-in that is under way, as its browser holds it."""

    state: str
    nonce: str
    verifier: str
    next: str

    @property
    def challenge(self) -> str:
        return _base64(hashlib.sha256(self.verifier.encode()).digest())


@dataclass(frozen=True, slots=True)
class Begun:
    url: str
    mark: str
    """Tells the cookies of two tabs apart."""
    sealed: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`signed_in` is None where nobody is; `place` is a path of ours, and says why."""

    place: str
    signed_in: SignedIn | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent the browser back with."""

    state: str = ""
    code: str = ""
    error: str = ""
    iss: str = ""


class SingleSignOn:
    """The configured identity provider, or none."""

    def __init__(self, provider: IdentityProvider | None, settings: Settings, secret: bytes) -> None:
        self._provider = provider
        self._settings = settings
        self._seal = Fernet(base64.urlsafe_b64encode(derived_key(secret, "single sign-on")))

    @property
    def label(self) -> str | None:
        """What the button says; None where there is no provider."""
        oidc = self._settings.oidc
        if self._provider is None:
            return None
        return oidc.label or ("Microsoft" if oidc.entra_tenant else urlsplit(oidc.issuer).hostname or "SSO")

    async def begin(self, to: str) -> Begun | Ended:
        """Where to send the browser; or back, where the provider is away."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        way = Way(state, nonce, verifier, own_path(to))
        if self._provider is None:
            return Ended(_problem(Refusal.MISCONFIGURED, way.next))
        try:
            url = await self._provider.sign_in_url(
                redirect_uri=self._callback, state=way.state, nonce=way.nonce, code_challenge=way.challenge
            )
        except ProviderError as error:
            return self._refused(error, way.next)
        packed = json.dumps([way.state, way.nonce, way.verifier, way.next]).encode()
        return Begun(url, mark_of(way.state), self._seal.encrypt(packed).decode())

    async def complete(self, db: Database, tokens: Tokens, answer: Answer, sealed: str, *, visitor: Visitor) -> Ended:
        """Signs in whoever comes back, or says why not."""
        way = self._unseal(sealed)
        if way is None or not hmac.compare_digest(way.state.encode(), answer.state.encode()):
            return Ended(_problem(Refusal.EXPIRED, START))
        try:
            identity = await self._redeem(way, answer)
        except ProviderError as error:
            if error.refusal in _RECORDED:
                async with db.write(durable=False) as session:
                    details = {"reason": str(error.refusal)}
                    record(session, NOBODY, Action.SIGN_IN_FAILED, details=details, outcome=Outcome.REFUSED)
            return self._refused(error, way.next)
        admitted = await self._admit(db, tokens, identity, visitor)
        if isinstance(admitted, Turned):
            logger.warning("%s %s %r: %s", identity.issuer, identity.tenant, identity.subject, admitted)
            return Ended(_problem(admitted, way.next))
        return Ended(way.next, admitted)

    async def leave(self, session: AsyncSession, tokens: Tokens, presented: str) -> str | None:
        """Ends the sign-in of this refresh token; the provider's hint when it came through one, else None."""
        session_id = tokens.session_of(presented)
        if session_id is None:
            return None
        login_session = await provider_queries.find_login_session(session, session_id)
        if login_session is None:
            return None
        await sign_in.sign_out(session, tokens, presented)
        return (login_session.logout_hint or "") if login_session.provider_issuer else None

    async def sign_out_url(self, logout_hint: str) -> str:
        """The provider's way out, which leads back to our door; the door itself where there is none."""
        if self._provider is not None:
            try:
                back = f"{self._settings.public_url}{LOGIN}"
                return await self._provider.sign_out_url(return_to=back, logout_hint=logout_hint) or LOGIN
            except ProviderError as error:
                self._refused(error, START)
        return LOGIN

    @property
    def _callback(self) -> str:
        return f"{self._settings.public_url}{CALLBACK}"

    async def _redeem(self, way: Way, answer: Answer) -> Identity:
        if self._provider is None:
            raise ProviderError(Refusal.MISCONFIGURED, "there is no provider any more")
        if answer.iss and not self._provider.is_sender(answer.iss):
            raise ProviderError(Refusal.NOT_TRUSTED, "the answer names another issuer")
        if answer.error == "access_denied" or (answer.error and answer.error.endswith("_required")):
            raise ProviderError(Refusal.CANCELLED, "refused at the provider")
        if answer.error or not 0 < len(answer.code) <= _LONGEST_CODE:
            raise ProviderError(Refusal.MISCONFIGURED, f"the provider sent {answer.error[:60]!r} and no code")
        return await self._provider.redeem(
            code=answer.code, code_verifier=way.verifier, redirect_uri=self._callback, nonce=way.nonce
        )

    async def _admit(self, db: Database, tokens: Tokens, identity: Identity, visitor: Visitor) -> SignedIn | Turned:
        for attempt in range(_ATTEMPTS):
            try:
                async with db.write() as session:
                    user = await admit(session, identity, self._settings.oidc)
                    # Turned away is committed too: an administrator has to see who came.
                    if isinstance(user, Turned):
                        return user
                    return await open_session(session, tokens, user, visitor, via=identity)
            except TakenError:
                # Two tabs, or two people of one new group, at the same moment: the other's rows are there now.
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError

    def _unseal(self, sealed: str) -> Way | None:
        if not 0 < len(sealed) <= _LONGEST_COOKIE:
            return None
        try:
            return Way(*json.loads(self._seal.decrypt(sealed.encode(), ttl=WAY_SECONDS)))
        except (InvalidToken, ValueError, TypeError, binascii.Error):
            return None

    def _refused(self, error: ProviderError, to: str) -> Ended:
        level = logging.ERROR if error.refusal is Refusal.MISCONFIGURED else logging.WARNING
        logger.log(level, "sign-in by the identity provider: %s: %s", error.refusal, error.reason)
        return Ended(_problem(error.refusal, to))


async def end_sessions_through(db: Database, issuer: str, provider_session: str) -> None:
    """Ends every sign-in that came through this session of the identity provider, which has ended there."""
    async with db.read() as session:
        # Anybody can ask for this: nonsense does not take the writer's place.
        if not await provider_queries.sessions_through(session, issuer, provider_session):
            return
    async with db.write() as session:
        for login_session in await provider_queries.sessions_through(session, issuer, provider_session):
            await sign_in.end_from_provider(session, login_session)


def own_path(asked: str) -> str:
    """The page of ours to go to, or the first one: nobody is led to another site by a link to this one."""
    good = len(asked) <= _LONGEST_PATH and _OWN_PATH.fullmatch(asked) and not asked.startswith(("/api/", LOGIN))
    return asked if good else START


def mark_of(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()[:8]


def _problem(code: Refusal | Turned, to: str) -> str:
    asked = {"problem": str(code)} | ({"next": to} if to != START else {})
    return f"{LOGIN}?{urlencode(asked)}"


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
