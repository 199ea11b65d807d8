"""What routes of every room ask of identity: who is calling, and the guards in front of them.

Each route of the application carries exactly one guard, which a test reads from its dependencies: the
principal (`CurrentPrincipal` or `require_permission`), the refresh cookie with `same_origin`, or `public`.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from nexus.access import service as access
from nexus.access.principal import Permission, Principal
from nexus.core.db import Database
from nexus.core.errors import ForbiddenError
from nexus.core.http.deps import Db, provided
from nexus.core.http.description import refuses
from nexus.core.http.sse import StillAllowed
from nexus.core.secrets import SecretBox, load_box, load_secret
from nexus.core.settings import Settings
from nexus.identity.api_keys import KeyUses
from nexus.identity.attempts import RedisAttempts
from nexus.identity.credentials import TrustedIssuers, read_credential
from nexus.identity.errors import CrossSiteError, NotAuthenticatedError
from nexus.identity.limits import Allowance, RateLimits
from nexus.identity.mailing import LinkMail
from nexus.identity.passwords import PasswordHasher
from nexus.identity.principals import load_principal
from nexus.identity.single_sign_on import SingleSignOn
from nexus.identity.throttle import LoginThrottle
from nexus.identity.tokens import Credential, OperatorToken, Tokens
from nexus.identity.two_steps import Door
from nexus.providers.mail.base import Mailer
from nexus.providers.oidc.base import IdentityProvider, TokenVerifier

Passwords = Annotated[PasswordHasher, Depends(provided(PasswordHasher))]
TokensInUse = Annotated[Tokens, Depends(provided(Tokens))]
Throttle = Annotated[LoginThrottle, Depends(provided(LoginThrottle))]
LinkMailInUse = Annotated[LinkMail, Depends(provided(LinkMail))]
BoxInUse = Annotated[SecretBox, Depends(provided(SecretBox))]
SignOn = Annotated[SingleSignOn, Depends(provided(SingleSignOn))]
SettingsInUse = Annotated[Settings, Depends(provided(Settings))]

Afresh = Callable[[], Awaitable[Principal]]
_bearer = HTTPBearer(auto_error=False, description="The access token of a sign-in.")


def identity_resources(
    settings: Settings,
    provider: IdentityProvider | None = None,
    mailer: Mailer | None = None,
    verifiers: Iterable[TokenVerifier] = (),
) -> dict[type[Any], Any]:
    """What this room needs registered in the web process, by type. Reads or makes the installation's secret."""
    secret = load_secret(settings.secret_key.get_secret_value(), settings.data_dir / "secrets")
    limits = RateLimits(settings.limits, settings.redis.url)
    sign_on = SingleSignOn(provider, settings, secret)
    made = [
        PasswordHasher(),
        Tokens(secret),
        load_box(settings),
        OperatorToken(),
        LoginThrottle(RedisAttempts(settings.redis.url) if settings.redis.url else None),
        KeyUses(),
        limits,
        sign_on,
        LinkMail(mailer, settings),
        TrustedIssuers(verifiers),
    ]
    return {type(resource): resource for resource in made}


def _door(db: Db, tokens: TokensInUse, box: BoxInUse, throttle: Throttle) -> Door:
    return Door(db, tokens, box, throttle)


DoorInUse = Annotated[Door, Depends(_door)]


async def _credential(
    tokens: TokensInUse,
    operator: Annotated[OperatorToken, Depends(provided(OperatorToken))],
    issuers: Annotated[TrustedIssuers, Depends(provided(TrustedIssuers))],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    act_as: Annotated[str | None, Header(alias="X-Nexus-Act-As", include_in_schema=False)] = None,
) -> Credential:
    """Raises NotAuthenticatedError."""
    given = bearer.credentials if bearer else ""
    return await read_credential(given, act_as, tokens=tokens, operator=operator, issuers=issuers)


Presented = Annotated[Credential, Depends(_credential)]


async def admit(
    db: Database, credential: Credential, uses: KeyUses, limits: RateLimits
) -> tuple[Principal, Allowance | None]:
    """The credential's user, from the rows of this moment, counted as having asked for something; no session is held
    afterwards. Raises NotAuthenticatedError, TooManyRequestsError."""
    async with db.read() as session:
        principal = await load_principal(session, credential)
    allowance = await limits.admit(principal)
    if principal.api_key_id is not None:
        await uses.note(db, principal.api_key_id)
    return principal, allowance


@refuses(401, 403, 429)
async def current_principal(
    db: Db,
    credential: Presented,
    uses: Annotated[KeyUses, Depends(provided(KeyUses))],
    limits: Annotated[RateLimits, Depends(provided(RateLimits))],
    request: Request,
) -> Principal:
    """The caller. Raises what `admit` raises."""
    principal, allowance = await admit(db, credential, uses, limits)
    if allowance is not None:
        said = getattr(request.state, "extra_headers", dict[str, str]())
        request.state.extra_headers = said | allowance.headers
    return principal


CurrentPrincipal = Annotated[Principal, Depends(current_principal)]


def still_signed_in(db: Db, credential: Presented) -> StillAllowed:
    """For streams, which outlast the moment they were asked for: whether what opened this one still opens anything."""

    async def check() -> bool:
        try:
            async with db.read() as session:
                await load_principal(session, credential)
        except NotAuthenticatedError:
            return False
        return True

    return check


def loading_afresh(db: Db, credential: Presented) -> Afresh:
    """For what outlasts the moment it was asked for: the caller as the rows are whenever it is called. Raises
    NotAuthenticatedError when there is none any more."""

    async def load() -> Principal:
        async with db.read() as session:
            return await load_principal(session, credential)

    return load


CallerAfresh = Annotated[Afresh, Depends(loading_afresh)]
StillSignedIn = Annotated[StillAllowed, Depends(still_signed_in)]


async def signed_in(principal: CurrentPrincipal) -> Principal:
    """A person, not one of their API keys or another issuer's word: what leaked must not make itself at home."""
    if principal.api_key_id is not None or principal.token_issuer:
        raise ForbiddenError("An API key or another issuer's token cannot do this. Sign in on the page.")
    return principal


SignedIn = Annotated[Principal, Depends(signed_in)]


@dataclass(frozen=True, slots=True)
class PermissionGuard:
    """Lets through whose role has the permission; the others get 403, and 401 without a sign-in."""

    permission: Permission

    async def __call__(self, principal: CurrentPrincipal) -> Principal:
        access.require_permission(principal, self.permission)
        return principal


def require_permission(permission: Permission) -> Any:
    """For `Annotated[Principal, …]` or a route's `dependencies`."""
    return Depends(PermissionGuard(permission))


@refuses(401, 403, 429)
@dataclass(frozen=True, slots=True)
class Public:
    """Marks a route that anybody may call, and says why."""

    reason: str

    async def __call__(self) -> None:
        return None


def public(reason: str) -> Any:
    """For the `dependencies` of a route without a principal."""
    return Depends(Public(reason))


@refuses(401, 403)
async def same_origin(
    request: Request,
    settings: SettingsInUse,
    marker: Annotated[str | None, Header(alias="X-Nexus-Request", description="1, set by our own page.")] = None,
) -> None:
    """Guards what a cookie authenticates: only our own page may send it. Raises CrossSiteError.

    A browser says where a request comes from (Origin, Sec-Fetch-Site), and lets another site's script set a
    header of ours only after a preflight, which is never allowed.
    """
    stated = "origin" in request.headers or "sec-fetch-site" in request.headers
    if marker != "1" or not stated:
        raise CrossSiteError
    await not_cross_site(request, settings)


async def not_cross_site(request: Request, settings: SettingsInUse) -> None:
    """Refuses what a browser says it sends for another site; programs say nothing. Raises CrossSiteError."""
    origin = request.headers.get("origin")
    ours = {request.headers.get("host", ""), urlsplit(settings.public_url).netloc}
    if origin is not None and urlsplit(origin).netloc not in ours - {""}:
        raise CrossSiteError
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        raise CrossSiteError


def client_ip(request: Request) -> str:
    """The network address of the caller, or of the proxy where none is trusted to name it."""
    return request.client.host if request.client else "unknown"
