"""What proves a sign-in: signed access tokens, refresh tokens that rotate, and the operator's token.

Every key is derived from one secret of the installation, one for each purpose, so that a value made for one
purpose is worth nothing for another.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import jwt

from nexus.core.secrets import derived_key
from nexus.identity.errors import InvalidTokenError

ACCESS_LIFETIME: Final = timedelta(minutes=15)
ISSUER: Final = "nexus"
AUDIENCE: Final = "nexus-api"
OPERATOR_PREFIX: Final = "nxo_"
REFRESH_PREFIX: Final = "nxr_"
API_KEY_PREFIX: Final = "nxk_"

_CLOCK_SKEW: Final = timedelta(seconds=5)
"""How far the clocks of two web processes may be apart."""
_BODY: Final = 48
"""Bytes of a refresh token's session id and random part."""
_MARK: Final = 18
_DEVICE: Final = 12
"""Random bytes that name a browser."""
_DEVICES: Final = 4
"""People whom one browser is remembered for."""
_ALGORITHM: Final = "HS256"
_CLAIMS: Final = ["iss", "aud", "sub", "sid", "exp", "iat", "typ"]


@dataclass(frozen=True, slots=True)
class SessionCredential:
    """A valid access token: the user and the sign-in it was made for."""

    user_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class OperatorCredential:
    """The command line on this machine, acting as the user with this address; None is the founder."""

    email: str | None


@dataclass(frozen=True, slots=True)
class ApiKeyCredential:
    """What may be an API key: its rows tell."""

    token_hash: str


@dataclass(frozen=True, slots=True)
class IssuerCredential:
    """A good token of a trusted issuer: whom it names is in the rows."""

    issuer: str
    provider_tenant: str
    subject: str
    email: str
    """Empty unless the person may be found by it."""
    tenant: str
    """Name of the tenant whose people the issuer may name; empty means the first one."""
    expires_at: datetime


Credential = SessionCredential | OperatorCredential | ApiKeyCredential | IssuerCredential


def token_hash(token: str) -> str:
    """What is stored of a random token: SHA-256 in hex. 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class Tokens:
    """Makes and reads the tokens of sign-ins; knows nothing of rows."""

    def __init__(self, secret: bytes) -> None:
        self._access_key = derived_key(secret, "access token")
        self._refresh_key = derived_key(secret, "refresh token")
        self._successor_key = derived_key(secret, "refresh token successor")
        self._device_key = derived_key(secret, "device")

    def access(self, credential: SessionCredential, issued_at: datetime) -> str:
        """A JWT that is good for `ACCESS_LIFETIME`, as long as its user and session are."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "typ": "access",
            "sub": credential.user_id.hex,
            "sid": credential.session_id.hex,
            "iat": issued_at,
            "exp": issued_at + ACCESS_LIFETIME,
        }
        return jwt.encode(claims, self._access_key, algorithm=_ALGORITHM)

    def read_access(self, token: str) -> SessionCredential:
        """Raises InvalidTokenError for whatever `access` did not make or made too long ago."""
        try:
            claims = jwt.decode(
                token,
                self._access_key,
                algorithms=[_ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={"require": _CLAIMS},
                leeway=_CLOCK_SKEW,
            )
            if claims["typ"] != "access":
                raise InvalidTokenError
            return SessionCredential(UUID(hex=claims["sub"]), UUID(hex=claims["sid"]))
        except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError) as error:
            raise InvalidTokenError from error

    def refresh(self, session_id: UUID) -> str:
        """The first refresh token of a session: the session's id, 256 random bits, and our mark on both."""
        return self._marked(session_id.bytes + secrets.token_bytes(32))

    def successor(self, refresh: str) -> str:
        """The token that replaces `refresh`: always the same one, so that parallel tabs get one and the same."""
        session_id = self.session_of(refresh)
        if session_id is None:
            raise ValueError("not a refresh token of this installation")
        return self._marked(session_id.bytes + _mac(self._successor_key, refresh.encode()))

    def session_of(self, refresh: str) -> UUID | None:
        """The session a refresh token was made for, good or spent; None for what we did not make.

        Because nobody else can make one, a token of ours that is not the current one is a spent one.
        """
        try:
            raw = base64.b64decode(refresh.removeprefix(REFRESH_PREFIX), altchars=b"-_", validate=True)
        except ValueError:
            return None
        body = raw[:_BODY]
        # The whole spelling is compared: a second spelling of a good token would count as a spent one.
        if len(body) < _BODY or not hmac.compare_digest(self._marked(body), refresh):
            return None
        return UUID(bytes=body[:16])

    def remember_device(self, marks: str, email: str) -> str:
        """What a browser keeps of the people who have signed in with it, with this one as the newest."""
        others = [mark for mark in _device_marks(marks) if self._device_of(mark, email) is None]
        body = secrets.token_bytes(_DEVICE)
        newest = base64.urlsafe_b64encode(body + self._device_mac(body, email)).decode()
        return ".".join([newest, *others][:_DEVICES])

    def known_device(self, marks: str, email: str) -> str | None:
        """A name for the browser, where the owner of the address has signed in with it before."""
        found = (self._device_of(mark, email) for mark in _device_marks(marks))
        return next(filter(None, found), None)

    def _device_of(self, mark: str, email: str) -> str | None:
        try:
            raw = base64.b64decode(mark, altchars=b"-_", validate=True)
        except ValueError:
            return None
        body, mac = raw[:_DEVICE], raw[_DEVICE:]
        return body.hex() if hmac.compare_digest(mac, self._device_mac(body, email)) else None

    def _device_mac(self, body: bytes, email: str) -> bytes:
        return _mac(self._device_key, body + email.encode())[:_MARK]

    def _marked(self, body: bytes) -> str:
        mark = _mac(self._refresh_key, body)[:_MARK]
        return REFRESH_PREFIX + base64.urlsafe_b64encode(body + mark).decode()


@dataclass(frozen=True, slots=True)
class OperatorToken:
    """Lets whoever can read the data folder act through the running server. New at every start."""

    value: str = field(default_factory=lambda: OPERATOR_PREFIX + secrets.token_urlsafe(32), repr=False)

    def matches(self, presented: str) -> bool:
        return hmac.compare_digest(presented.encode(), self.value.encode())


def _device_marks(marks: str) -> list[str]:
    return marks.split(".")[:_DEVICES] if marks else []


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
