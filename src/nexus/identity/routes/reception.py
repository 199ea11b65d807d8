"""What every way of signing in answers: tokens, the refresh cookie, and the mark by which a browser is known again."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from nexus.core.clock import now
from nexus.core.settings import Settings
from nexus.identity.deps import SettingsInUse, Throttle, TokensInUse, client_ip
from nexus.identity.login_sessions import SignedIn, Visitor
from nexus.identity.sign_in_schemas import FirstSecondFactor, SecondStep, SignIn
from nexus.identity.throttle import LoginThrottle
from nexus.identity.tokens import ACCESS_LIFETIME, Tokens
from nexus.identity.two_steps import Challenge

COOKIE_PATH: Final = "/api/auth"
_DEVICE_LIFETIME: Final = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Cookie:
    """One that no script reads and no other site sends. Its name and security follow from the address people use."""

    plain_name: str
    secure: bool

    @property
    def name(self) -> str:
        # Browsers accept the prefix only on a Secure cookie, so nobody can plant one over plain HTTP.
        return f"__Secure-{self.plain_name}" if self.secure else self.plain_name

    def read(self, request: Request) -> str:
        return request.cookies.get(self.name, "")

    def give(self, response: Response, value: str, seconds: int) -> None:
        response.set_cookie(
            self.name, value, seconds, path=COOKIE_PATH, secure=self.secure, httponly=True, samesite="strict"
        )


def refresh_cookie(settings: Settings) -> Cookie:
    return Cookie("nexus_refresh", secure=not _is_plain_loopback(settings))


def _device_cookie(settings: Settings) -> Cookie:
    return Cookie("nexus_device", secure=not _is_plain_loopback(settings))


def _is_plain_loopback(settings: Settings) -> bool:
    address = urlsplit(settings.public_url)
    if address.scheme != "http" or address.hostname is None:
        return False
    try:
        return ipaddress.ip_address(address.hostname).is_loopback
    except ValueError:
        return address.hostname == "localhost"


@dataclass(frozen=True, slots=True)
class Reception:
    """One visitor, and what they are answered."""

    request: Request
    response: Response
    settings: Settings
    tokens: Tokens
    throttle: LoginThrottle

    @property
    def visitor(self) -> Visitor:
        return Visitor(
            user_agent=self.request.headers.get("user-agent", ""),
            ip=client_ip(self.request),
            device_marks=_device_cookie(self.settings).read(self.request),
        )

    @property
    def refresh_token(self) -> str:
        return refresh_cookie(self.settings).read(self.request)

    def take_away(self) -> None:
        refresh_cookie(self.settings).give(self.response, "", 0)

    async def answer(self, outcome: SignedIn | Challenge) -> SignIn | SecondStep:
        if isinstance(outcome, SignedIn):
            return await self.welcome(outcome)
        seconds = int((outcome.expires_at - now()).total_seconds())
        return SecondStep(challenge=outcome.token, step=outcome.step, expires_in=seconds)

    async def welcome_first(self, signed_in: SignedIn, recovery_codes: list[str]) -> FirstSecondFactor:
        welcome = await self.welcome(signed_in)
        return FirstSecondFactor(**welcome.model_dump(), recovery_codes=recovery_codes)

    async def welcome(self, signed_in: SignedIn) -> SignIn:
        """Only of a whole sign-in: a browser that got half-way in is not known by that."""
        visitor, answer = self.visitor, self.renew(signed_in)
        await self.throttle.remember(visitor.ip, signed_in.email)
        marks = self.tokens.remember_device(visitor.device_marks, signed_in.email)
        _device_cookie(self.settings).give(self.response, marks, int(_DEVICE_LIFETIME.total_seconds()))
        return answer

    def renew(self, signed_in: SignedIn) -> SignIn:
        seconds = int((signed_in.expires_at - now()).total_seconds())
        refresh_cookie(self.settings).give(self.response, signed_in.refresh_token, seconds)
        return SignIn(access_token=signed_in.access_token, expires_in=int(ACCESS_LIFETIME.total_seconds()))


def _reception(
    request: Request, response: Response, settings: SettingsInUse, tokens: TokensInUse, throttle: Throttle
) -> Reception:
    response.headers["Cache-Control"] = "no-store"
    return Reception(request, response, settings, tokens, throttle)


AtReception = Annotated[Reception, Depends(_reception)]
