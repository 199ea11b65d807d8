"""Whom the identity provider sent, and whose account that is: for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from nexus.access.principal import Permission, Principal
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import provider_queries, provisioning
from nexus.identity.deps import SettingsInUse, require_permission
from nexus.identity.schemas import ExternalIdentityView, IdentityCreate, IdentityLink

router = APIRouter(prefix="/external-identities", tags=["users"])

Manager = Annotated[Principal, require_permission(Permission.USERS_MANAGE)]


@router.get("")
async def list_external_identities(
    principal: Manager,
    session: ReadSession,
    user_id: UUID | None = None,
    unlinked: Annotated[bool, Query(description="Only those who came and were turned away.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ExternalIdentityView]:
    """People as the identity provider knows them, the oldest first."""
    (after,) = decode_cursor(cursor, UUID) if cursor else (None,)
    rows = await provider_queries.list_identities(
        session, principal.tenant_id, user_id=user_id, unlinked=unlinked, after=after, limit=limit + 1
    )
    shown = rows[:limit]
    return Page(
        items=[ExternalIdentityView.model_validate(row) for row in shown],
        next_cursor=encode_cursor(shown[-1].id) if len(rows) > limit else None,
    )


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_external_identity(
    body: IdentityCreate, principal: Manager, session: WriteSession, settings: SettingsInUse
) -> ExternalIdentityView:
    """Whom a trusted issuer's tokens mean by a subject."""
    trusted = next((each for each in settings.trusted_issuers if each.issuer == body.issuer), None)
    if trusted is None:
        raise provisioning.no_such_issuer()
    row = await provisioning.add_identity(session, principal, trusted.tenant, **body.model_dump())
    return ExternalIdentityView.model_validate(row)


@router.put("/{identity_id}/user")
async def link_external_identity(
    identity_id: UUID, body: IdentityLink, principal: Manager, session: WriteSession
) -> ExternalIdentityView:
    """Whoever signs in as this at the provider is this person from now on. Ends what the former one had open."""
    row = await provisioning.link(session, principal, identity_id, body.user_id)
    return ExternalIdentityView.model_validate(row)


@router.delete("/{identity_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_external_identity(identity_id: UUID, principal: Manager, session: WriteSession) -> None:
    """The provider's word opens the account no more; its sign-ins end."""
    await provisioning.unlink(session, principal, identity_id)
