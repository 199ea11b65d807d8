"""Tenants, for super admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status

from nexus.access.principal import Permission, Principal, Role
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page
from nexus.identity import acts, queries, service
from nexus.identity.deps import Passwords, require_permission
from nexus.identity.routes.users import chosen_or_made_up
from nexus.identity.routes.views import name_page, read_name_cursor, user_views
from nexus.identity.schemas import TenantChange, TenantCreate, TenantCreated, TenantView, UserCreated

router = APIRouter(prefix="/tenants", tags=["tenants"])

Manager = Annotated[Principal, require_permission(Permission.TENANTS_MANAGE)]


@router.get("")
async def list_tenants(_: Manager, session: ReadSession, limit: Limit = 50, cursor: Cursor = None) -> Page[TenantView]:
    tenants = await queries.list_tenants(session, after=read_name_cursor(cursor), limit=limit + 1)
    return name_page(tenants, limit, TenantView.model_validate)


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_tenant(body: TenantCreate, principal: Manager, db: Db, passwords: Passwords) -> TenantCreated:
    """Creates a tenant, with its first administrator if one is named."""
    password_hash, made_up = None, None
    if body.admin is not None:
        password_hash, made_up = await chosen_or_made_up(
            passwords, body.admin.password, email=body.admin.email, name=body.admin.name
        )
    async with db.write() as session:
        tenant = await service.create_tenant(session, name=body.name, parent_id=body.parent_id)
        record(session, principal, Action.TENANT_CREATED, acts.target(tenant), tenant_id=tenant.id)
        if body.admin is None:
            return TenantCreated(tenant=TenantView.model_validate(tenant), admin=None)
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
        (view,) = await user_views(session, [admin])
        return TenantCreated(tenant=TenantView.model_validate(tenant), admin=UserCreated(user=view, password=made_up))


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
