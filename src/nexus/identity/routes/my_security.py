"""One's own second factor and sign-ins."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, status
from pydantic import SecretStr

from nexus.access.principal import Principal
from nexus.audit.acts import Action
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import login_sessions, second_factor, service, sign_in, sign_in_queries
from nexus.identity.deps import BoxInUse, Passwords, SignedIn, Throttle, client_ip
from nexus.identity.sign_in_schemas import (
    CodeProof,
    EnrolmentView,
    LoginSessionView,
    PasswordProof,
    RecoveryCodes,
    SecondFactorView,
)

router = APIRouter(prefix="/me", tags=["my account"])

NO_CONTENT = status.HTTP_204_NO_CONTENT


class PasswordCheck:
    """Asks for the password again before something that a borrowed screen must not do."""

    def __init__(self, request: Request, principal: SignedIn, db: Db, passwords: Passwords, throttle: Throttle) -> None:
        self._ip, self._principal, self._db = client_ip(request), principal, db
        self._passwords, self._throttle = passwords, throttle

    async def __call__(self, password: SecretStr, action: Action) -> Principal:
        """A wrong one is a refused `action`. Raises WrongPasswordError, TooManyAttemptsError."""
        account = self._principal.user_id.hex
        await self._throttle.admit(self._ip, account)
        given = password.get_secret_value()
        await sign_in.require_password(self._db, self._passwords, self._principal, given, action)
        await self._throttle.succeeded(self._ip, account)
        return self._principal


Check = Annotated[PasswordCheck, Depends()]


@router.get("/second-factor")
async def get_second_factor(principal: SignedIn, session: ReadSession) -> SecondFactorView:
    tenant = await service.get_tenant(session, principal.tenant_id)
    factor = await sign_in_queries.find_factor(session, principal.user_id)
    confirmed_at = factor.confirmed_at if factor else None
    return SecondFactorView(
        on=confirmed_at is not None,
        confirmed_at=confirmed_at,
        recovery_codes_left=await sign_in_queries.count_recovery_codes(session, principal.user_id),
        required=principal.role in second_factor.required_roles(tenant),
    )


@router.post("/second-factor")
async def start_second_factor(body: PasswordProof, check: Check, db: Db, box: BoxInUse) -> EnrolmentView:
    """Begins to set it up. It counts once its first code was given."""
    principal = await check(body.password, Action.SECOND_FACTOR_ON)
    async with db.write() as session:
        user = await service.get_user(session, principal.tenant_id, principal.user_id)
        return EnrolmentView.model_validate(await second_factor.start(session, box, user))


@router.post("/second-factor/confirm")
async def confirm_second_factor(
    body: CodeProof, principal: SignedIn, db: Db, box: BoxInUse, throttle: Throttle
) -> RecoveryCodes:
    """Turns it on with the first code; the recovery codes are shown this once."""
    await throttle.admit_code(principal.user_id.hex)
    async with db.write() as session:
        user = await service.get_user(session, principal.tenant_id, principal.user_id)
        code = body.code.get_secret_value()
        codes = second_factor.right(await second_factor.confirm(session, box, user, code, principal))
    await throttle.forgive_code(principal.user_id.hex)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/second-factor/recovery-codes")
async def renew_recovery_codes(body: PasswordProof, check: Check, db: Db) -> RecoveryCodes:
    """Ten new ones; those before work no more."""
    principal = await check(body.password, Action.RECOVERY_CODES_RENEWED)
    async with db.write() as session:
        user = await service.get_user(session, principal.tenant_id, principal.user_id)
        return RecoveryCodes(recovery_codes=await second_factor.renew_recovery_codes(session, principal, user))


@router.post("/second-factor/off", status_code=NO_CONTENT)
async def turn_off_second_factor(body: PasswordProof, check: Check, db: Db) -> None:
    """Refused where the tenant requires one."""
    principal = await check(body.password, Action.SECOND_FACTOR_OFF)
    async with db.write() as session:
        user = await service.get_user(session, principal.tenant_id, principal.user_id)
        tenant = await sign_in_queries.share_tenant(session, principal.tenant_id)
        await second_factor.turn_off(session, principal, tenant, user)


@router.get("/sessions")
async def list_my_sessions(
    principal: SignedIn, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[LoginSessionView]:
    """Where I am signed in, the newest first."""
    after = decode_cursor(cursor, datetime.fromisoformat, UUID) if cursor else None
    rows = await sign_in_queries.list_sessions(
        session, principal.user_id, after=(after[0], after[1]) if after else None, limit=limit + 1
    )
    shown = rows[:limit]
    return Page(
        items=[
            LoginSessionView(
                id=row.id,
                current=row.id == principal.login_session_id,
                user_agent=row.user_agent,
                ip=row.ip,
                created_at=row.created_at,
                last_used_at=row.last_used_at or row.rotated_at,
                expires_at=row.expires_at,
            )
            for row in shown
        ],
        next_cursor=encode_cursor(shown[-1].created_at.isoformat(), shown[-1].id) if len(rows) > limit else None,
    )


@router.delete("/sessions", status_code=NO_CONTENT)
async def end_my_other_sessions(principal: SignedIn, session: WriteSession) -> None:
    """Ends every sign-in of mine but this one."""
    await login_sessions.end_others(session, principal)


@router.delete("/sessions/{session_id}", status_code=NO_CONTENT)
async def end_my_session(session_id: UUID, principal: SignedIn, session: WriteSession) -> None:
    """Takes effect on its next request."""
    await login_sessions.end(session, principal, session_id)
