"""The second factor: an app's six digits (TOTP, RFC 6238), recovery codes for its loss, and who must have one."""

import hmac
import logging
import secrets
from dataclasses import dataclass
from typing import Final, TypeVar

import segno
from pyotp import random_base32
from pyotp.totp import TOTP

from nexus.access.principal import Permission, Principal, Role
from nexus.audit.acts import Action, Actor
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.sealed_rows import place_in
from nexus.core.secrets import Place, SecretBox, UnsealError
from nexus.identity import acts, sign_in_queries
from nexus.identity.errors import SecondFactorError, WrongCodeError
from nexus.identity.models import SecondFactor, Tenant, User
from nexus.identity.schemas import SecondFactorPolicy
from nexus.identity.tokens import token_hash

logger = logging.getLogger(__name__)

Outcome = TypeVar("Outcome")

ISSUER: Final = "Nexus"
RECOVERY_CODES: Final = 10

_STEP: Final = 30
"""Seconds one code is shown for."""
_DRIFT: Final = 1
"""Steps that a telephone's clock may be behind or ahead."""
_RECOVERY_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""32 of them, none of which is taken for another."""
_RECOVERY_LENGTH: Final = 16
"""80 random bits: enough for a fast hash."""
_ADMINISTRATORS: Final = frozenset({Role.ADMIN, Role.SUPER_ADMIN})


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the person brings into the app; shown until the first code proves that it is there."""

    secret: str
    uri: str
    """otpauth://…"""
    qr_code: str
    """The same as a picture: a data address of an SVG."""


def required_roles(tenant: Tenant) -> frozenset[Role]:
    """Those whose people must have a second factor."""
    match SecondFactorPolicy(tenant.second_factor):
        case SecondFactorPolicy.OPTIONAL:
            return frozenset()
        case SecondFactorPolicy.ADMINISTRATORS:
            return _ADMINISTRATORS
        case SecondFactorPolicy.EVERYBODY:
            return frozenset(Role)


async def enforce(session: AsyncSession, tenant: Tenant) -> None:
    """Ends the sign-ins of those who must have one and have none; signing in again leads them to it."""
    if roles := required_roles(tenant):
        await sign_in_queries.revoke_sessions_without_factor(session, tenant.id, roles)


async def is_on(session: AsyncSession, user: User) -> bool:
    factor = await sign_in_queries.find_factor(session, user.id)
    return factor is not None and factor.confirmed_at is not None


async def start(session: AsyncSession, box: SecretBox, user: User) -> Enrolment:
    """A new secret to be confirmed, in the place of one that was not. Raises SecondFactorError."""
    if await is_on(session, user):
        raise SecondFactorError("Your second factor is on already. Turn it off before you set up another one.")
    secret = random_base32()
    await sign_in_queries.replace_factor(session, user.id, box.seal(secret, _place(user)))
    uri = TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    picture = segno.make(uri, micro=False).svg_data_uri(scale=4, border=4, light="white", omitsize=True)
    return Enrolment(secret, uri, picture)


async def confirm(
    session: AsyncSession, box: SecretBox, user: User, code: str, who: Principal | Actor
) -> list[str] | None:
    """Turns it on by its first code; the recovery codes, which nothing shows again. None for a wrong code.

    Raises SecondFactorError where nothing waits to be confirmed.
    """
    factor = await sign_in_queries.find_factor(session, user.id)
    if factor is None or factor.confirmed_at is not None:
        raise SecondFactorError("There is no second factor that waits for its first code.")
    if not await _spend_digits(session, box, user, factor, _compact(code)):
        return None
    await sign_in_queries.confirm_factor(session, user.id)
    record(session, who, Action.SECOND_FACTOR_ON, acts.target(user))
    return await _new_recovery_codes(session, user)


async def proves(session: AsyncSession, box: SecretBox, user: User, code: str) -> bool:
    """Whether the app or the list of recovery codes gave this code and it was not used before; then it is spent."""
    factor = await sign_in_queries.find_factor(session, user.id)
    if factor is None or factor.confirmed_at is None:
        return False
    given = _compact(code)
    if len(given) == _RECOVERY_LENGTH:
        return await sign_in_queries.spend_recovery_code(session, user.id, token_hash(given))
    return await _spend_digits(session, box, user, factor, given)


async def renew_recovery_codes(session: AsyncSession, principal: Principal, user: User) -> list[str]:
    """Ten new ones in the place of those before. Raises SecondFactorError without a second factor."""
    if not await is_on(session, user):
        raise SecondFactorError("Set up a second factor first.")
    record(session, principal, Action.RECOVERY_CODES_RENEWED, acts.target(user))
    return await _new_recovery_codes(session, user)


async def _new_recovery_codes(session: AsyncSession, user: User) -> list[str]:
    codes = ["".join(secrets.choice(_RECOVERY_LETTERS) for _ in range(_RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    await sign_in_queries.replace_recovery_codes(session, user.id, [token_hash(code) for code in codes])
    return ["-".join(code[at : at + 4] for at in range(0, _RECOVERY_LENGTH, 4)) for code in codes]


async def turn_off(session: AsyncSession, principal: Principal, tenant: Tenant, user: User) -> None:
    """At one's own wish. Raises SecondFactorError where the tenant wants one."""
    if Role(user.role) in required_roles(tenant):
        raise SecondFactorError("Your company requires a second factor. An administrator can reset it.")
    if await is_on(session, user):
        record(session, principal, Action.SECOND_FACTOR_OFF, acts.target(user))
    await sign_in_queries.delete_factor(session, user.id)


async def require_own(session: AsyncSession, principal: Principal, user: User) -> None:
    """Whoever makes others have one has one. Raises SecondFactorError."""
    # The command line has no sign-in that a second factor could protect.
    if principal.is_operator:
        return
    if principal.may(Permission.USERS_MANAGE) and not await is_on(session, user):
        raise SecondFactorError("Set up your own second factor first: you would be signed out.")


def right(outcome: Outcome | None) -> Outcome:
    """What a right code gave. Raises WrongCodeError: apart from the check, so that the try is committed before."""
    if outcome is None:
        raise WrongCodeError
    return outcome


async def _spend_digits(session: AsyncSession, box: SecretBox, user: User, factor: SecondFactor, given: str) -> bool:
    try:
        totp = TOTP(box.unseal(factor.sealed_secret, _place(user)))
    except UnsealError as error:
        logger.error("a second factor is refused: %s", error)  # noqa: TRY400
        return False
    current = int(now().timestamp()) // _STEP
    steps = range(current - _DRIFT, current + _DRIFT + 1)
    matching = [step for step in steps if hmac.compare_digest(totp.generate_otp(step), given)]
    return bool(matching) and await sign_in_queries.spend_step(session, user.id, matching[-1])


def _compact(code: str) -> str:
    """As it is stored and compared: people write gaps, and small letters."""
    return "".join(letter for letter in code.upper() if letter.isascii() and letter.isalnum())


def _place(user: User) -> Place:
    return place_in(SecondFactor, "sealed_secret", user.tenant_id, user.id)
