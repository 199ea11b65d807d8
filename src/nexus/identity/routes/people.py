"""How colleagues get in, in the hands of administrators: invitations, reset links, sign-ins, and the tenant's rules."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, status

from nexus.access.principal import Permission, Principal
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.identity import accounts, links, service, tenant_settings
from nexus.identity.deps import LinkMailInUse, SettingsInUse, require_permission
from nexus.identity.links import IssuedLink
from nexus.identity.mail_texts import Language
from nexus.identity.mailing import LinkMail
from nexus.identity.routes.views import user_views
from nexus.identity.schemas import Invited, LinkOnce, NewAccount, TenantSettings, TenantSettingsChange

router = APIRouter(tags=["users"])

Manager = Annotated[Principal, require_permission(Permission.USERS_MANAGE)]


def _public_address(request: Request, settings: SettingsInUse) -> str:
    """Where people reach this installation: as it is set, or else as the administrator reaches it at this moment.

    The answer goes to nobody but the one who sent the Host header.
    """
    return settings.http.public_url.rstrip("/") or str(request.base_url).rstrip("/")


PublicAddress = Annotated[str, Depends(_public_address)]


@dataclass(frozen=True, slots=True)
class PostOffice:
    """Sends a link after it is stored, and never while the database is held."""

    link_mail: LinkMail
    language: Language

    async def bring(self, link: IssuedLink) -> LinkOnce:
        mailed = await self.link_mail.try_to_send(link, self.language)
        return LinkOnce(url=link.url, expires_at=link.expires_at, mailed=mailed)


def _post_office(
    link_mail: LinkMailInUse,
    language: Annotated[Language, Query(description="Of the mail, where one is sent.")] = "en",
) -> PostOffice:
    return PostOffice(link_mail, language)


AtPost = Annotated[PostOffice, Depends(_post_office)]
CREATED = status.HTTP_201_CREATED
NO_CONTENT = status.HTTP_204_NO_CONTENT


@router.post("/users/invitations", status_code=CREATED)
async def invite_user(body: NewAccount, principal: Manager, db: Db, address: PublicAddress, post: AtPost) -> Invited:
    """Opens an account that its owner takes by a one-time link, which is shown this once."""
    async with db.write() as session:
        user, link = await links.invite(session, principal, body, address)
        (view,) = await user_views(session, [user])
    return Invited(user=view, link=await post.bring(link))


@router.post("/users/{user_id}/invitation", status_code=CREATED)
async def invite_user_again(
    user_id: UUID, principal: Manager, db: Db, address: PublicAddress, post: AtPost
) -> LinkOnce:
    """A new link for somebody who has not taken the invitation; the one before works no more."""
    async with db.write() as session:
        link = await links.invite_again(session, principal, user_id, address)
    return await post.bring(link)


@router.post("/users/{user_id}/reset-link", status_code=CREATED)
async def issue_reset_link(user_id: UUID, principal: Manager, db: Db, address: PublicAddress, post: AtPost) -> LinkOnce:
    """A one-time link by which a colleague chooses a new password; shown this once."""
    async with db.write() as session:
        link = await links.issue_reset(session, principal, user_id, address)
    return await post.bring(link)


@router.delete("/users/{user_id}/sessions", status_code=NO_CONTENT)
async def end_user_sessions(user_id: UUID, principal: Manager, session: WriteSession) -> None:
    """Signs a colleague out everywhere."""
    await accounts.end_sessions(session, principal, user_id)


@router.delete("/users/{user_id}/second-factor", status_code=NO_CONTENT)
async def turn_off_user_second_factor(user_id: UUID, principal: Manager, session: WriteSession) -> None:
    """For a colleague who has lost it; signs them out."""
    await accounts.turn_off_second_factor(session, principal, user_id)


@router.get("/tenant-settings")
async def get_tenant_settings(principal: Manager, session: ReadSession) -> TenantSettings:
    """How the people of this tenant get in."""
    return TenantSettings.model_validate(await service.get_tenant(session, principal.tenant_id))


@router.patch("/tenant-settings")
async def update_tenant_settings(
    body: TenantSettingsChange, principal: Manager, session: WriteSession
) -> TenantSettings:
    """Whether people may sign up, and who needs a second factor. A stricter rule ends the sign-ins that break it."""
    return TenantSettings.model_validate(await tenant_settings.update_settings(session, principal, body))
