"""Directories' tokens and rights, for the administrators of a tenant; an API key cannot make a token."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from nexus.access.principal import Permission, Principal
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity.deps import require_permission, signed_in
from nexus.scim import queries, tokens
from nexus.scim.deps import Base
from nexus.scim.models import ScimSettings
from nexus.scim.schemas import (
    ScimSettingsChange,
    ScimSettingsView,
    ScimTokenCreate,
    ScimTokenCreated,
    ScimTokenRotate,
    ScimTokenView,
)

router = APIRouter(tags=["provisioning"])

Manager = Annotated[Principal, require_permission(Permission.USERS_MANAGE)]


@router.get("/scim-tokens")
async def list_scim_tokens(
    principal: Manager, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[ScimTokenView]:
    """The oldest first."""
    (after,) = decode_cursor(cursor, UUID) if cursor else (None,)
    found = await queries.list_tokens(session, principal.tenant_id, after=after, limit=limit + 1)
    shown = found[:limit]
    return Page(
        items=[ScimTokenView.model_validate(token) for token in shown],
        next_cursor=encode_cursor(shown[-1].id) if len(found) > limit else None,
    )


@router.post("/scim-tokens", status_code=status.HTTP_201_CREATED, dependencies=[Depends(signed_in)])
async def create_scim_token(body: ScimTokenCreate, principal: Manager, session: WriteSession) -> ScimTokenCreated:
    """Lets a directory provision this tenant. The token is shown this once."""
    token, written = await tokens.create_token(session, principal, body)
    return ScimTokenCreated(scim_token=ScimTokenView.model_validate(token), token=written)


@router.post("/scim-tokens/{token_id}/rotate", dependencies=[Depends(signed_in)])
async def rotate_scim_token(
    token_id: UUID, body: ScimTokenRotate, principal: Manager, session: WriteSession
) -> ScimTokenCreated:
    """A new token in place of this one, which is worth nothing any more."""
    token, written = await tokens.rotate_token(session, principal, token_id, body.expires_in_days)
    return ScimTokenCreated(scim_token=ScimTokenView.model_validate(token), token=written)


@router.delete("/scim-tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_scim_token(token_id: UUID, principal: Manager, session: WriteSession) -> None:
    """It is worth nothing from now on."""
    await tokens.delete_token(session, principal, token_id)


@router.get("/scim-settings")
async def get_scim_settings(principal: Manager, session: ReadSession, base: Base) -> ScimSettingsView:
    return _view(await queries.find_settings(session, principal.tenant_id), base)


@router.patch("/scim-settings")
async def update_scim_settings(
    body: ScimSettingsChange, principal: Manager, session: WriteSession, base: Base
) -> ScimSettingsView:
    return _view(await tokens.update_settings(session, principal, body), base)


def _view(settings: ScimSettings | None, base: str) -> ScimSettingsView:
    return ScimSettingsView(
        url=base,
        take_over_accounts=settings is not None and settings.take_over_accounts,
        new_departments_region_id=settings.new_departments_region_id if settings else None,
    )
