"""Set-up, sign-in, refresh, sign-out. The refresh token lives in a cookie that only these routes receive."""

import ipaddress
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Request, Response, status

from nexus.core.clock import now
from nexus.core.http.deps import Db, ReadSession
from nexus.core.settings import Settings
from nexus.identity import queries, sign_in
from nexus.identity.deps import (
    Passwords,
    SettingsInUse,
    SignOn,
    Throttle,
    TokensInUse,
    client_ip,
    not_cross_site,
    public,
    same_origin,
)
from nexus.identity.errors import InvalidTokenError
from nexus.identity.schemas import Login, ProviderView, Setup, SignIn, SignInMethods
from nexus.identity.sign_in import SignedIn
from nexus.identity.single_sign_on import PROVIDER_ID
from nexus.identity.tokens import ACCESS_LIFETIME

router = APIRouter(tags=["sign-in"])

COOKIE_PATH = "/api/auth"


@dataclass(frozen=True, slots=True)
class RefreshCookie:
    """The cookie's name and security, which follow from the address people use."""

    secure: bool

    @classmethod
    def of(cls, settings: SettingsInUse) -> "RefreshCookie":
        return cls(secure=not _is_plain_loopback(settings))

    @property
    def name(self) -> str:
        # Browsers accept the prefix only on a Secure cookie, so nobody can plant one over plain HTTP.
        return "__Secure-nexus_refresh" if self.secure else "nexus_refresh"

    def read(self, request: Request) -> str:
        return request.cookies.get(self.name, "")

    def give(self, response: Response, signed_in: SignedIn) -> None:
        seconds = int((signed_in.expires_at - now()).total_seconds())
        self._set(response, signed_in.refresh_token, seconds)

    def take_away(self, response: Response) -> None:
        self._set(response, "", 0)

    def _set(self, response: Response, value: str, max_age: int) -> None:
        response.set_cookie(
            self.name, value, max_age, path=COOKIE_PATH, secure=self.secure, httponly=True, samesite="strict"
        )


def _is_plain_loopback(settings: Settings) -> bool:
    address = urlsplit(settings.public_url)
    if address.scheme != "http" or address.hostname is None:
        return False
    try:
        return ipaddress.ip_address(address.hostname).is_loopback
    except ValueError:
        return address.hostname == "localhost"


Cookie = Annotated[RefreshCookie, Depends(RefreshCookie.of)]


def _answer(response: Response, cookie: RefreshCookie, signed_in: SignedIn) -> SignIn:
    cookie.give(response, signed_in)
    response.headers["Cache-Control"] = "no-store"
    return SignIn(access_token=signed_in.access_token, expires_in=int(ACCESS_LIFETIME.total_seconds()))


@router.get("/auth/methods", dependencies=[public("the sign-in page asks it before anybody has signed in")])
async def list_methods(session: ReadSession, sign_on: SignOn, settings: SettingsInUse) -> SignInMethods:
    """What the sign-in page offers."""
    label = sign_on.label
    return SignInMethods(
        is_set_up=await queries.has_users(session),
        password=settings.oidc.password_sign_in,
        providers=[ProviderView(id=PROVIDER_ID, label=label)] if label else [],
    )


@router.post(
    "/setup",
    status_code=status.HTTP_201_CREATED,
    dependencies=[public("the one-time link proves the right"), Depends(not_cross_site)],
)
async def set_up(
    body: Setup, request: Request, response: Response, db: Db, passwords: Passwords, tokens: TokensInUse, cookie: Cookie
) -> SignIn:
    """Uses the one-time link of the first start: creates the tenant and its super admin, and signs them in."""
    signed_in = await sign_in.set_up(
        db,
        passwords,
        tokens,
        token=body.token.get_secret_value(),
        email=body.email,
        password=body.password.get_secret_value(),
        name=body.name,
        tenant_name=body.tenant_name,
        user_agent=request.headers.get("user-agent", ""),
    )
    return _answer(response, cookie, signed_in)


@router.post("/auth/login", dependencies=[public("the password proves the right"), Depends(not_cross_site)])
async def login(
    body: Login,
    request: Request,
    response: Response,
    db: Db,
    passwords: Passwords,
    tokens: TokensInUse,
    throttle: Throttle,
    cookie: Cookie,
    settings: SettingsInUse,
) -> SignIn:
    """Signs in with e-mail address and password."""
    ip, email = client_ip(request), body.email.strip().lower()
    throttle.admit(ip, email)
    signed_in = await sign_in.sign_in(
        db,
        passwords,
        tokens,
        email=email,
        password=body.password.get_secret_value(),
        user_agent=request.headers.get("user-agent", ""),
        founder_alone=not settings.oidc.password_sign_in,
    )
    throttle.succeeded(ip, email)
    return _answer(response, cookie, signed_in)


@router.post("/auth/refresh", dependencies=[Depends(same_origin)])
async def refresh(request: Request, response: Response, db: Db, tokens: TokensInUse, cookie: Cookie) -> SignIn:
    """A new access token for the refresh cookie, which is replaced. A spent one ends the sign-in everywhere."""
    async with db.write() as session:
        # Committed before the refusal below: the end of a stolen sign-in must not be rolled back.
        signed_in = await sign_in.refresh(session, tokens, cookie.read(request))
    if signed_in is None:
        cookie.take_away(response)
        error = InvalidTokenError()
        error.headers["Set-Cookie"] = response.headers["Set-Cookie"]
        raise error
    return _answer(response, cookie, signed_in)


@router.post("/auth/logout", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Depends(same_origin)])
async def logout(request: Request, response: Response, db: Db, tokens: TokensInUse, cookie: Cookie) -> None:
    """Ends this sign-in, its access tokens included, at once."""
    async with db.write() as session:
        await sign_in.sign_out(session, tokens, cookie.read(request))
    cookie.take_away(response)
