"""Directories' tokens: made by administrators, shown once, and checked at the door."""

import base64
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from nexus.access.principal import Principal
from nexus.audit.acts import Action, Actor, Credential, Target, changes
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.ids import new_id
from nexus.identity import queries as identity_queries
from nexus.identity import service as identity
from nexus.identity.errors import InvalidTokenError
from nexus.identity.tokens import token_hash
from nexus.scim import queries
from nexus.scim.models import ScimSettings, ScimToken
from nexus.scim.schemas import ScimSettingsChange, ScimTokenCreate

PREFIX: Final = "nxs_"
_NOBODY: Final = token_hash("")
_USE_NOTED_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ScimClient:
    """A directory that provisions a tenant: nobody's account, and of a type that no other door takes."""

    tenant_id: UUID
    token_id: UUID
    name: str

    @property
    def actor(self) -> Actor:
        """As it stands in the audit log."""
        return Actor(self.tenant_id, None, f"SCIM: {self.name}", Credential.SCIM_TOKEN)


async def create_token(session: AsyncSession, principal: Principal, new: ScimTokenCreate) -> tuple[ScimToken, str]:
    """The row, and the token, which nobody can tell again."""
    token_id = new_id()
    written, hashed = _made(token_id)
    token = ScimToken(
        id=token_id,
        tenant_id=principal.tenant_id,
        name=new.name,
        secret_hash=hashed,
        created_by=principal.user_id,
        expires_at=now() + timedelta(days=new.expires_in_days),
    )
    await identity_queries.add(session, token)
    record(session, principal, Action.SCIM_TOKEN_CREATED, _target(token), {"expires_at": token.expires_at})
    return token, written


async def rotate_token(
    session: AsyncSession, principal: Principal, token_id: UUID, expires_in_days: int
) -> tuple[ScimToken, str]:
    """A new secret under the same name; the one before is worth nothing from now on. Raises NotFoundError."""
    token = await get_token(session, principal, token_id)
    written, token.secret_hash = _made(token.id)
    moment = now()
    token.rotated_at = moment
    token.expires_at = moment + timedelta(days=expires_in_days)
    record(session, principal, Action.SCIM_TOKEN_ROTATED, _target(token), {"expires_at": token.expires_at})
    return token, written


async def delete_token(session: AsyncSession, principal: Principal, token_id: UUID) -> None:
    """Raises NotFoundError."""
    token = await get_token(session, principal, token_id)
    await identity_queries.remove(session, token, in_use="The token is in use.")
    record(session, principal, Action.SCIM_TOKEN_REVOKED, _target(token))


async def get_token(session: AsyncSession, principal: Principal, token_id: UUID) -> ScimToken:
    """Raises NotFoundError."""
    token = await queries.find_token_of(session, principal.tenant_id, token_id)
    if token is None:
        raise identity.no_such("SCIM token")
    return token


def _target(token: ScimToken) -> Target:
    return Target("scim_token", token.id, token.name)


def _made(token_id: UUID) -> tuple[str, str]:
    """The token and what is stored of it. The token names its row, so that one row is read and compared."""
    written = PREFIX + base64.urlsafe_b64encode(token_id.bytes + secrets.token_bytes(32)).decode()
    return written, token_hash(written)


async def load_client(db: Database, presented: str) -> ScimClient:
    """Who comes with this token, from the row of this moment. Raises InvalidTokenError."""
    try:
        raw = base64.b64decode(presented.removeprefix(PREFIX), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    token_id = UUID(bytes=raw[:16].ljust(16, b"\0"))
    async with db.read() as session:
        token = await queries.find_token(session, token_id)
    right = hmac.compare_digest(token.secret_hash if token else _NOBODY, token_hash(presented))
    moment = now()
    if token is None or not right or token.expires_at <= moment:
        raise InvalidTokenError("The token is unknown, replaced or has expired.")
    if token.last_used_at is None or token.last_used_at < moment - _USE_NOTED_EVERY:
        async with db.write(durable=False) as session:
            await queries.touch_token(session, token.id, moment)
    return ScimClient(token.tenant_id, token.id, token.name)


async def update_settings(session: AsyncSession, principal: Principal, change: ScimSettingsChange) -> ScimSettings:
    """Raises NotFoundError for a region that is not the tenant's."""
    settings = await queries.find_settings(session, principal.tenant_id)
    if settings is None:
        settings = ScimSettings(tenant_id=principal.tenant_id, take_over_accounts=False)
        await identity_queries.add(session, settings, taken="Somebody has just changed this. Try again.")
    before = _state(settings)
    if change.take_over_accounts is not None:
        settings.take_over_accounts = change.take_over_accounts
    if "new_departments_region_id" in change.model_fields_set:
        if change.new_departments_region_id is not None:
            await identity.get_region(session, principal.tenant_id, change.new_departments_region_id)
        settings.new_departments_region_id = change.new_departments_region_id
    if changed := changes(before, _state(settings)):
        record(session, principal, Action.SCIM_SETTINGS_CHANGED, Target("scim_settings"), changed)
    return settings


def _state(settings: ScimSettings) -> dict[str, Any]:
    return {
        "take_over_accounts": settings.take_over_accounts,
        "new_departments_region_id": settings.new_departments_region_id,
    }
