"""From a right password to a sign-in: at once, or through a challenge where a second factor stands between.

A try is counted and committed before its outcome is told, so that trying many at once brings no more of them.
"""

import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from nexus.access.principal import Role
from nexus.audit.acts import Action, Credential, Outcome
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.secrets import SecretBox
from nexus.identity import acts, queries, second_factor, sign_in_queries
from nexus.identity.errors import ChallengeSpentError
from nexus.identity.login_sessions import SignedIn, Visitor, open_session
from nexus.identity.models import LoginChallenge, User
from nexus.identity.second_factor import Enrolment
from nexus.identity.sign_in_schemas import Step
from nexus.identity.throttle import LoginThrottle
from nexus.identity.tokens import Tokens, token_hash

CHALLENGE_LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a person holds between the password and the second factor: good for the named step and nothing else."""

    token: str
    step: Step
    expires_at: datetime


async def admit(
    session: AsyncSession, tokens: Tokens, user: User, visitor: Visitor, proof: Credential
) -> SignedIn | Challenge:
    """Lets in whoever has given `proof` of being this user, whose row the caller has locked."""
    tenant = await sign_in_queries.share_tenant(session, user.tenant_id)
    if await second_factor.is_on(session, user):
        return await _challenge(session, user, Step.VERIFY)
    if Role(user.role) in second_factor.required_roles(tenant):
        return await _challenge(session, user, Step.ENROL)
    record(session, acts.actor(user, proof), Action.SIGNED_IN)
    return await open_session(session, tokens, user, visitor)


async def _challenge(session: AsyncSession, user: User, step: Step) -> Challenge:
    moment = now()
    await sign_in_queries.delete_challenges_expired_before(session, user.id, moment)
    token = secrets.token_urlsafe(32)
    row = LoginChallenge(
        token_hash=token_hash(token), user_id=user.id, step=step, expires_at=moment + CHALLENGE_LIFETIME
    )
    await queries.add(session, row)
    return Challenge(token, step, row.expires_at)


@dataclass(frozen=True, slots=True)
class Door:
    """What the second step needs of the process."""

    db: Database
    tokens: Tokens
    box: SecretBox
    throttle: LoginThrottle


async def verify(door: Door, *, token: str, code: str, visitor: Visitor) -> SignedIn:
    """Raises ChallengeSpentError, WrongCodeError, TooManyAttemptsError."""
    async with _counted(door, token, Step.VERIFY, visitor) as attempt:
        async with door.db.write() as session:
            user = await _try(session, token, Step.VERIFY)
            proven = await second_factor.proves(session, door.box, user, code)
            if not proven:
                _record_refusal(session, user)
            signed_in = await _let_in(session, door, token, user, visitor) if proven else None
        attempt.succeeded = signed_in is not None
        return second_factor.right(signed_in)


async def enrol(door: Door, *, token: str) -> Enrolment:
    """The secret of a second factor that must be set up before anything else. Raises ChallengeSpentError."""
    async with door.db.write() as session:
        challenge = await sign_in_queries.find_challenge(session, token_hash(token), Step.ENROL)
        user = await sign_in_queries.lock_user(session, challenge.user_id) if challenge else None
        if user is None or not user.active:
            raise ChallengeSpentError
        return await second_factor.start(session, door.box, user)


async def confirm(door: Door, *, token: str, code: str, visitor: Visitor) -> tuple[SignedIn, list[str]]:
    """The sign-in and the recovery codes. Raises ChallengeSpentError, WrongCodeError, TooManyAttemptsError."""
    async with _counted(door, token, Step.ENROL, visitor) as attempt:
        async with door.db.write() as session:
            user = await _try(session, token, Step.ENROL)
            who = acts.actor(user, Credential.PASSWORD)
            codes = await second_factor.confirm(session, door.box, user, code, who)
            if not codes:
                _record_refusal(session, user)
            outcome = (await _let_in(session, door, token, user, visitor), codes) if codes else None
        attempt.succeeded = outcome is not None
        return second_factor.right(outcome)


@dataclass(slots=True)
class _Attempt:
    succeeded: bool = False


@asynccontextmanager
async def _counted(door: Door, token: str, step: Step, visitor: Visitor) -> AsyncGenerator[_Attempt, None]:
    """Counts against the account too: a known password must not buy five tries again and again."""
    async with door.db.read() as session:
        challenge = await sign_in_queries.find_challenge(session, token_hash(token), step)
        user = await queries.find_user(session, challenge.user_id) if challenge else None
    if user is None:
        raise ChallengeSpentError
    device = door.tokens.known_device(visitor.device_marks, user.email)
    await door.throttle.admit_code(user.id.hex, device)
    attempt = _Attempt()
    try:
        yield attempt
    finally:
        if attempt.succeeded:
            await door.throttle.forgive_code(user.id.hex, device)


async def _try(session: AsyncSession, token: str, step: Step) -> User:
    user_id = await sign_in_queries.try_challenge(session, token_hash(token), step, TRIES)
    user = await sign_in_queries.lock_user(session, user_id) if user_id else None
    if user is None or not user.active:
        raise ChallengeSpentError
    return user


def _record_refusal(session: AsyncSession, user: User) -> None:
    record(session, acts.actor(user, Credential.SECOND_FACTOR), Action.SIGN_IN_FAILED, outcome=Outcome.REFUSED)


async def _let_in(session: AsyncSession, door: Door, token: str, user: User, visitor: Visitor) -> SignedIn:
    record(session, acts.actor(user, Credential.SECOND_FACTOR), Action.SIGNED_IN)
    await sign_in_queries.delete_challenge(session, token_hash(token))
    return await open_session(session, door.tokens, user, visitor)
