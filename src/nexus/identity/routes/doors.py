"""Ways to a first or a new password: the links that administrators hand on, and signing up where it is allowed."""

from fastapi import APIRouter, Depends, status

from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.identity import links, mailing
from nexus.identity.deps import LinkMailInUse, Passwords, TokensInUse, not_cross_site, public
from nexus.identity.routes.reception import AtReception
from nexus.identity.sign_in_schemas import (
    Forgotten,
    InvitationAnswer,
    LinkReset,
    LinkToken,
    LinkView,
    SecondStep,
    SignIn,
    SignUp,
)

router = APIRouter(prefix="/auth", tags=["sign-in"])

BY_LINK = [public("the one-time link proves the right"), Depends(not_cross_site)]


@router.post("/link", dependencies=BY_LINK)
async def look_at_link(body: LinkToken, session: ReadSession) -> LinkView:
    """Whom a link is for, without using it up."""
    user, tenant = await links.look(session, body.purpose, body.token.get_secret_value())
    return LinkView(email=user.email, name=user.name, tenant_name=tenant.name)


@router.post("/invitation", dependencies=BY_LINK)
async def take_invitation(
    body: InvitationAnswer, reception: AtReception, db: Db, passwords: Passwords, tokens: TokensInUse
) -> SignIn | SecondStep:
    """Uses an invitation up: sets name and password, and signs in."""
    outcome = await links.use(
        db,
        passwords,
        tokens,
        purpose="invite",
        token=body.token.get_secret_value(),
        password=body.password.get_secret_value(),
        name=body.name,
        visitor=reception.visitor,
    )
    return await reception.answer(outcome)


@router.post("/password-reset", dependencies=BY_LINK)
async def use_reset_link(
    body: LinkReset, reception: AtReception, db: Db, passwords: Passwords, tokens: TokensInUse
) -> SignIn | SecondStep:
    """Uses a reset link up: sets the password, ends other sign-ins, signs in. A second factor is still asked for."""
    outcome = await links.use(
        db,
        passwords,
        tokens,
        purpose="reset",
        token=body.token.get_secret_value(),
        password=body.password.get_secret_value(),
        visitor=reception.visitor,
    )
    return await reception.answer(outcome)


@router.post(
    "/forgotten",
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[public("whoever asks learns nothing; the mailbox proves the right"), Depends(not_cross_site)],
)
async def ask_for_reset_link(
    body: Forgotten, reception: AtReception, session: WriteSession, link_mail: LinkMailInUse
) -> None:
    """Sends a link for a new password to the address, if somebody has it; the answer is the same if nobody does."""
    await reception.throttle.admit_mail(reception.visitor.ip, body.email)
    await mailing.ask_for_reset(session, link_mail, body.email, body.language)


@router.post(
    "/sign-up",
    status_code=status.HTTP_201_CREATED,
    dependencies=[public("a tenant's settings allow it, or it is refused"), Depends(not_cross_site)],
)
async def sign_up(
    body: SignUp, reception: AtReception, db: Db, passwords: Passwords, tokens: TokensInUse
) -> SignIn | SecondStep:
    """Opens an account of one's own with the role of a user, and signs in."""
    await reception.throttle.admit_sign_up(reception.visitor.ip)
    outcome = await links.sign_up(
        db,
        passwords,
        tokens,
        email=body.email,
        name=body.name,
        password=body.password.get_secret_value(),
        visitor=reception.visitor,
    )
    return await reception.answer(outcome)
