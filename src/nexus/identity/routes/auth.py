"""Set-up, sign-in in one step or two, refresh, sign-out. Only these routes receive the refresh cookie."""

from fastapi import APIRouter, Depends, Request, status

from nexus.core.http.deps import Db, ReadSession
from nexus.core.http.description import refuses
from nexus.core.http.problems import nothing_here
from nexus.identity import developer, queries, sign_in, sign_in_queries, two_steps
from nexus.identity.deps import (
    DoorInUse,
    LinkMailInUse,
    Passwords,
    SettingsInUse,
    SignOn,
    TokensInUse,
    client_ip,
    not_cross_site,
    public,
    same_origin,
)
from nexus.identity.errors import InvalidTokenError
from nexus.identity.routes.reception import AtReception
from nexus.identity.sign_in_schemas import (
    ChallengeAnswer,
    ChallengeOnly,
    EnrolmentView,
    FirstSecondFactor,
    Login,
    ProviderView,
    SecondStep,
    Setup,
    SignIn,
    SignInMethods,
)
from nexus.identity.single_sign_on import PROVIDER_ID

router = APIRouter(tags=["sign-in"])

CHALLENGED = [public("the challenge proves that the password was right"), Depends(not_cross_site)]


@router.get("/auth/methods", dependencies=[public("the sign-in page asks it before anybody has signed in")])
async def list_methods(
    request: Request, session: ReadSession, sign_on: SignOn, settings: SettingsInUse, link_mail: LinkMailInUse
) -> SignInMethods:
    """What the sign-in page offers."""
    label = sign_on.label
    return SignInMethods(
        is_set_up=await queries.has_users(session),
        password=settings.oidc.password_sign_in,
        reset_by_mail=link_mail.answers_strangers,
        providers=[ProviderView(id=PROVIDER_ID, label=label)] if label else [],
        sign_up=bool(await sign_in_queries.tenants_open_for_sign_up(session)),
        developer_user=settings.developer_user if _is_at_this_machine(request) else "",
    )


@router.post(
    "/setup",
    status_code=status.HTTP_201_CREATED,
    dependencies=[public("the one-time link proves the right"), Depends(not_cross_site)],
)
async def set_up(body: Setup, reception: AtReception, db: Db, passwords: Passwords, tokens: TokensInUse) -> SignIn:
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
        visitor=reception.visitor,
    )
    return await reception.welcome(signed_in)


@router.post("/auth/login", dependencies=[public("the password proves the right"), Depends(not_cross_site)])
async def login(
    body: Login, reception: AtReception, db: Db, passwords: Passwords, settings: SettingsInUse
) -> SignIn | SecondStep:
    """Signs in with e-mail address and password, or says which second step is needed."""
    visitor, tokens, throttle = reception.visitor, reception.tokens, reception.throttle
    email = body.email.strip().lower()
    device = tokens.known_device(visitor.device_marks, email)
    await throttle.admit(visitor.ip, email, device)
    outcome = await sign_in.sign_in(
        db,
        passwords,
        tokens,
        email=email,
        password=body.password.get_secret_value(),
        visitor=visitor,
        founder_alone=not settings.oidc.password_sign_in,
    )
    await throttle.forgive(visitor.ip, email, device)
    return await reception.answer(outcome)


@refuses(404, 409)
async def _developer_at_this_machine(request: Request, settings: SettingsInUse) -> None:
    if not settings.developer_user or not _is_at_this_machine(request):
        raise nothing_here()


@router.post(
    "/auth/developer",
    dependencies=[
        public("switched on for this machine alone"),
        Depends(not_cross_site),
        Depends(_developer_at_this_machine),
    ],
)
async def enter_as_developer(reception: AtReception, db: Db, settings: SettingsInUse) -> SignIn:
    """Development alone: signs in the user whom the settings name. Where that is off there is no such address."""
    async with db.write() as session:
        signed_in = await developer.enter(session, reception.tokens, settings.developer_user, reception.visitor)
    return await reception.welcome(signed_in)


def _is_at_this_machine(request: Request) -> bool:
    return developer.comes_from_this_machine(client_ip(request), request.headers)


@router.post("/auth/second-factor", dependencies=CHALLENGED)
async def give_code(body: ChallengeAnswer, reception: AtReception, door: DoorInUse) -> SignIn:
    """The second step: a code of the app, or a recovery code."""
    signed_in = await two_steps.verify(
        door,
        token=body.challenge.get_secret_value(),
        code=body.code.get_secret_value(),
        visitor=reception.visitor,
    )
    return await reception.welcome(signed_in)


@router.post("/auth/second-factor/enrolment", dependencies=CHALLENGED)
async def enrol(body: ChallengeOnly, door: DoorInUse) -> EnrolmentView:
    """Begins to set up the second factor that the tenant requires; until it is, nothing else works."""
    return EnrolmentView.model_validate(await two_steps.enrol(door, token=body.challenge.get_secret_value()))


@router.post("/auth/second-factor/enrolment/confirm", dependencies=CHALLENGED)
async def confirm_enrolment(body: ChallengeAnswer, reception: AtReception, door: DoorInUse) -> FirstSecondFactor:
    """Ends it with the first code, and signs in."""
    signed_in, codes = await two_steps.confirm(
        door,
        token=body.challenge.get_secret_value(),
        code=body.code.get_secret_value(),
        visitor=reception.visitor,
    )
    return await reception.welcome_first(signed_in, codes)


@router.post("/auth/refresh", dependencies=[Depends(same_origin)])
async def refresh(reception: AtReception, db: Db, tokens: TokensInUse) -> SignIn:
    """A new access token for the refresh cookie, which is replaced. A spent one ends the sign-in everywhere."""
    async with db.write() as session:
        # Committed before the refusal below: the end of a stolen sign-in must not be rolled back.
        signed_in = await sign_in.refresh(session, tokens, reception.refresh_token, reception.visitor)
    if signed_in is None:
        reception.take_away()
        error = InvalidTokenError()
        error.headers["Set-Cookie"] = reception.response.headers["Set-Cookie"]
        raise error
    return reception.renew(signed_in)


@router.post("/auth/logout", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Depends(same_origin)])
async def logout(reception: AtReception, db: Db, tokens: TokensInUse) -> None:
    """Ends this sign-in, its access tokens included, at once."""
    async with db.write() as session:
        await sign_in.sign_out(session, tokens, reception.refresh_token)
    reception.take_away()
