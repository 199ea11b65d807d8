"""Tenants, for super admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status

from nexus.access.principal import Permission, Principal, Role
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page
from nexus.identity import acts, links, service, structure_queries
from nexus.identity.deps import Passwords, require_permission
from nexus.identity.links import IssuedLink
from nexus.identity.models import Tenant
from nexus.identity.routes.people import AtPost, PublicAddress
from nexus.identity.routes.users import chosen_or_made_up
from nexus.identity.routes.views import name_page, read_name_cursor, user_views
from nexus.identity.schemas import (
    Invited,
    Invitee,
    TenantChange,
    TenantCreate,
    TenantCreated,
    TenantView,
    UserCreated,
    UserView,
)

router = APIRouter(prefix="/tenants", tags=["tenants"])

Manager = Annotated[Principal, require_permission(Permission.TENANTS_MANAGE)]


@router.get("")
async def list_tenants(_: Manager, session: ReadSession, limit: Limit = 50, cursor: Cursor = None) -> Page[TenantView]:
    tenants = await structure_queries.list_tenants(session, after=read_name_cursor(cursor), limit=limit + 1)
    return name_page(tenants, limit, TenantView.model_validate)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_tenant(
    body: TenantCreate, principal: Manager, db: Db, passwords: Passwords, address: PublicAddress, post: AtPost
) -> TenantCreated:
    """Creates a tenant, with its first administrators if they are named."""
    password_hash, made_up = None, None
    if body.admin is not None:
        password_hash, made_up = await chosen_or_made_up(
            passwords, body.admin.password, email=body.admin.email, name=body.admin.name
        )
    async with db.write() as session:
        tenant = await service.create_tenant(session, name=body.name, parent_id=body.parent_id)
        record(session, principal, Action.TENANT_CREATED, acts.target(tenant), tenant_id=tenant.id)
        view = TenantView.model_validate(tenant)
        invitation = await _invite(session, principal, tenant, body.invite, address) if body.invite else None
        created = None
        if body.admin is not None:
            admin = await service.create_user(
                session,
                tenant_id=tenant.id,
                email=body.admin.email,
                name=body.admin.name,
                role=Role.ADMIN,
                password_hash=password_hash,
            )
            about = await acts.account(session, admin)
            record(session, principal, Action.USER_CREATED, acts.target(admin), about, tenant_id=tenant.id)
            (user,) = await user_views(session, [admin])
            created = UserCreated(user=user, password=made_up)
    invited = Invited(user=invitation[0], link=await post.bring(invitation[1])) if invitation else None
    return TenantCreated(tenant=view, admin=created, invited=invited)


async def _invite(
    session: AsyncSession, principal: Principal, tenant: Tenant, person: Invitee, address: str
) -> tuple[UserView, IssuedLink]:
    user, link = await links.invite_administrator(
        session, principal, tenant, email=person.email, name=person.name, public_url=address
    )
    (view,) = await user_views(session, [user])
    return view, link


@router.get("/{tenant_id}")
async def get_tenant(tenant_id: UUID, _: Manager, session: ReadSession) -> TenantView:
    return TenantView.model_validate(await service.get_tenant(session, tenant_id))


@router.patch("/{tenant_id}")
async def update_tenant(tenant_id: UUID, body: TenantChange, principal: Manager, session: WriteSession) -> TenantView:
    """Changes its name, what it stands below, and whether people may sign up by themselves."""
    before = TenantView.model_validate(await service.get_tenant(session, tenant_id))
    tenant = await service.update_tenant(session, tenant_id, body)
    after = TenantView.model_validate(tenant)
    if changed := changes(before.model_dump(), after.model_dump()):
        record(session, principal, Action.TENANT_CHANGED, acts.target(tenant), changed, tenant_id=tenant.id)
    return after


@router.post("/{tenant_id}/administrators", status_code=status.HTTP_201_CREATED)
async def invite_administrator(
    tenant_id: UUID, body: Invitee, principal: Manager, db: Db, address: PublicAddress, post: AtPost
) -> Invited:
    """Opens an administrator's account, taken by a link that is shown this once. For one who has not taken the
    invitation yet it makes a new link."""
    async with db.write() as session:
        tenant = await service.get_tenant(session, tenant_id)
        user, link = await _invite(session, principal, tenant, body, address)
    return Invited(user=user, link=await post.bring(link))


@router.post("/{tenant_id}/suspend")
async def suspend_tenant(tenant_id: UUID, principal: Manager, session: WriteSession) -> TenantView:
    """Nobody of it gets in, from their next request on. Tenants below it stay as they are; nothing is deleted."""
    before = (await service.get_tenant(session, tenant_id)).suspended_at
    tenant = await service.suspend_tenant(session, tenant_id, by=principal)
    if before is None:
        record(session, principal, Action.TENANT_SUSPENDED, acts.target(tenant), tenant_id=tenant.id)
    return TenantView.model_validate(tenant)


@router.post("/{tenant_id}/resume")
async def resume_tenant(tenant_id: UUID, principal: Manager, session: WriteSession) -> TenantView:
    """Its people get in again, as they could before."""
    before = (await service.get_tenant(session, tenant_id)).suspended_at
    tenant = await service.resume_tenant(session, tenant_id)
    if before is not None:
        record(session, principal, Action.TENANT_RESUMED, acts.target(tenant), tenant_id=tenant.id)
    return TenantView.model_validate(tenant)
