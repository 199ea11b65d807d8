"""The way through an identity provider. A browser is led here and away again: every answer is a redirect."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, status
from fastapi.responses import RedirectResponse

from nexus.core.clock import now
from nexus.core.http.deps import Db, provided
from nexus.identity.deps import SettingsInUse, SignOn, TokensInUse, client_ip, public
from nexus.identity.limits import RateLimits
from nexus.identity.login_sessions import Visitor
from nexus.identity.routes.reception import Cookie, refresh_cookie
from nexus.identity.single_sign_on import WAY_SECONDS, Answer, Begun, end_sessions_through, mark_of

router = APIRouter(prefix="/auth/oidc", tags=["sign-in"])

_WAY_PATH = "/api/auth/oidc"


def _refresh_cookie(settings: SettingsInUse) -> Cookie:
    return refresh_cookie(settings)


Refresh = Annotated[Cookie, Depends(_refresh_cookie)]
Word = Annotated[str, Query(max_length=10_000)]


class WayCookie:
    """Holds a sign-in that is under way; Lax, because the provider's page is another site that leads back to us."""

    def __init__(self, response: Response, refresh: Cookie, mark: str) -> None:
        self._response = response
        self._secure = refresh.secure
        self._name = way_cookie_name(refresh, mark)

    def set(self, value: str, max_age: int) -> None:
        self._response.set_cookie(
            self._name, value, max_age, path=_WAY_PATH, secure=self._secure, httponly=True, samesite="lax"
        )


def way_cookie_name(refresh: Cookie, mark: str) -> str:
    return f"{'__Secure-' if refresh.secure else ''}nexus_way_{mark}"


async def _few_visits(request: Request, limits: Annotated[RateLimits, Depends(provided(RateLimits))]) -> None:
    """Each visit costs the provider something too. Raises TooManyRequestsError."""
    await limits.admit_visitor(client_ip(request))


FEW_VISITS = Depends(_few_visits)


def _redirect(place: str) -> Response:
    return RedirectResponse(place, status.HTTP_303_SEE_OTHER)


@router.get(
    "/start",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    dependencies=[public("whoever comes has not signed in yet"), FEW_VISITS],
)
async def start(sign_on: SignOn, cookie: Refresh, to: Annotated[Word, Query(alias="next")] = "") -> Response:
    """Leads to the identity provider, and back to `next`, a page of ours."""
    begun = await sign_on.begin(to)
    if not isinstance(begun, Begun):
        return _redirect(begun.place)
    response = _redirect(begun.url)
    WayCookie(response, cookie, begun.mark).set(begun.sealed, WAY_SECONDS)
    return response


@router.get(
    "/callback",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    dependencies=[public("the provider's answer and the cookie of this browser prove the right"), FEW_VISITS],
)
async def callback(
    request: Request,
    sign_on: SignOn,
    db: Db,
    tokens: TokensInUse,
    cookie: Refresh,
    state: Word = "",
    code: Word = "",
    error: Word = "",
    iss: Word = "",
) -> Response:
    """Signs in whom the provider vouches for; leads to the sign-in page with a `problem` where it does not."""
    mark = mark_of(state)
    ended = await sign_on.complete(
        db,
        tokens,
        Answer(state, code, error, iss),
        request.cookies.get(way_cookie_name(cookie, mark), ""),
        visitor=Visitor(request.headers.get("user-agent", ""), client_ip(request)),
    )
    response = _redirect(ended.place)
    WayCookie(response, cookie, mark).set("", 0)
    if ended.signed_in is not None:
        seconds = int((ended.signed_in.expires_at - now()).total_seconds())
        cookie.give(response, ended.signed_in.refresh_token, seconds)
    return response


@router.get(
    "/logout",
    status_code=status.HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    dependencies=[public("the cookie says whose sign-in ends, and no other site's link carries it")],
)
async def log_out(request: Request, sign_on: SignOn, db: Db, tokens: TokensInUse, cookie: Refresh) -> Response:
    """Ends this sign-in here, and leads to the provider to end it there."""
    async with db.write() as session:
        hint = await sign_on.leave(session, tokens, cookie.read(request))
    response = _redirect("/login/" if hint is None else await sign_on.sign_out_url(hint))
    cookie.give(response, "", 0)
    return response


@router.get(
    "/front-channel-logout",
    response_class=Response,
    dependencies=[public("the provider calls it in the person's browser; its session's id is a secret they share")],
)
async def log_out_from_provider(db: Db, iss: Word = "", sid: Word = "") -> Response:
    """Ends the sign-ins that came through the provider's session, which has ended. Always the same answer."""
    if iss and sid:
        await end_sessions_through(db, iss, sid)
    return Response(status_code=status.HTTP_200_OK, headers={"Cache-Control": "no-store"})
