"""Regions, departments and groups; and what each role allows.

Everybody of a tenant sees the names, because whoever shares something has to choose among them; who the
members of a group are is seen by those who may see people, and changes are for administrators.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status

from nexus.access.principal import ROLE_PERMISSIONS, Permission, Principal
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import acts, queries, service
from nexus.identity.deps import CurrentPrincipal, require_permission
from nexus.identity.people_queries import UserFilter, list_users
from nexus.identity.routes.views import name_page, read_name_cursor, storable_text
from nexus.identity.schemas import (
    DepartmentChange,
    DepartmentCreate,
    DepartmentView,
    GroupView,
    MemberView,
    Named,
    RegionView,
    RoleView,
)

router = APIRouter(tags=["structure"])

Manager = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]
PeopleReader = Annotated[Principal, require_permission(Permission.USERS_READ)]

CREATED = status.HTTP_201_CREATED
NO_CONTENT = status.HTTP_204_NO_CONTENT


@router.get("/roles")
async def list_roles(_: CurrentPrincipal) -> list[RoleView]:
    """Every role with what it allows. Reading content is never among it: that takes a grant."""
    return [RoleView(role=role, permissions=sorted(allowed)) for role, allowed in ROLE_PERMISSIONS.items()]


@router.get("/regions")
async def list_regions(
    principal: CurrentPrincipal, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[RegionView]:
    after = read_name_cursor(cursor)
    rows = await queries.list_regions(session, principal.tenant_id, after=after, limit=limit + 1)
    return name_page(rows, limit, RegionView.model_validate)


@router.post("/regions", status_code=CREATED)
async def create_region(body: Named, principal: Manager, session: WriteSession) -> RegionView:
    region = await service.create_region(session, tenant_id=principal.tenant_id, name=body.name)
    record(session, principal, Action.REGION_CREATED, acts.target(region))
    return RegionView.model_validate(region)


@router.get("/regions/{region_id}")
async def get_region(region_id: UUID, principal: CurrentPrincipal, session: ReadSession) -> RegionView:
    return RegionView.model_validate(await service.get_region(session, principal.tenant_id, region_id))


@router.patch("/regions/{region_id}")
async def rename_region(region_id: UUID, body: Named, principal: Manager, session: WriteSession) -> RegionView:
    before = (await service.get_region(session, principal.tenant_id, region_id)).name
    region = await service.rename_region(session, principal.tenant_id, region_id, body.name)
    if changed := changes({"name": before}, {"name": region.name}):
        record(session, principal, Action.REGION_CHANGED, acts.target(region), changed)
    return RegionView.model_validate(region)


@router.delete("/regions/{region_id}", status_code=NO_CONTENT)
async def delete_region(region_id: UUID, principal: Manager, session: WriteSession) -> None:
    """Only without departments."""
    region = await service.delete_region(session, principal.tenant_id, region_id)
    record(session, principal, Action.REGION_DELETED, acts.target(region))


@router.get("/departments")
async def list_departments(
    principal: CurrentPrincipal,
    session: ReadSession,
    region_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[DepartmentView]:
    rows = await queries.list_departments(
        session, principal.tenant_id, region_id=region_id, after=read_name_cursor(cursor), limit=limit + 1
    )
    return name_page(rows, limit, DepartmentView.model_validate)


@router.post("/departments", status_code=CREATED)
async def create_department(body: DepartmentCreate, principal: Manager, session: WriteSession) -> DepartmentView:
    department = await service.create_department(
        session, tenant_id=principal.tenant_id, region_id=body.region_id, name=body.name
    )
    record(session, principal, Action.DEPARTMENT_CREATED, acts.target(department))
    return DepartmentView.model_validate(department)


@router.get("/departments/{department_id}")
async def get_department(department_id: UUID, principal: CurrentPrincipal, session: ReadSession) -> DepartmentView:
    return DepartmentView.model_validate(await service.get_department(session, principal.tenant_id, department_id))


@router.patch("/departments/{department_id}")
async def update_department(
    department_id: UUID, body: DepartmentChange, principal: Manager, session: WriteSession
) -> DepartmentView:
    before = DepartmentView.model_validate(await service.get_department(session, principal.tenant_id, department_id))
    department = await service.update_department(session, principal.tenant_id, department_id, body)
    after = DepartmentView.model_validate(department)
    if changed := changes(before.model_dump(), after.model_dump()):
        record(session, principal, Action.DEPARTMENT_CHANGED, acts.target(department), changed)
    return after


@router.delete("/departments/{department_id}", status_code=NO_CONTENT)
async def delete_department(department_id: UUID, principal: Manager, session: WriteSession) -> None:
    """Only when nobody belongs to it. Its grants go with it."""
    department = await service.delete_department(session, principal.tenant_id, department_id)
    record(session, principal, Action.DEPARTMENT_DELETED, acts.target(department))


@router.get("/groups")
async def list_groups(
    principal: CurrentPrincipal, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[GroupView]:
    after = read_name_cursor(cursor)
    rows = await queries.list_groups(session, principal.tenant_id, after=after, limit=limit + 1)
    return name_page(rows, limit, GroupView.model_validate)


@router.post("/groups", status_code=CREATED)
async def create_group(body: Named, principal: Manager, session: WriteSession) -> GroupView:
    group = await service.create_group(session, tenant_id=principal.tenant_id, name=body.name)
    record(session, principal, Action.GROUP_CREATED, acts.target(group))
    return GroupView.model_validate(group)


@router.get("/groups/{group_id}")
async def get_group(group_id: UUID, principal: CurrentPrincipal, session: ReadSession) -> GroupView:
    return GroupView.model_validate(await service.get_group(session, principal.tenant_id, group_id))


@router.patch("/groups/{group_id}")
async def rename_group(group_id: UUID, body: Named, principal: Manager, session: WriteSession) -> GroupView:
    before = (await service.get_group(session, principal.tenant_id, group_id)).name
    group = await service.rename_group(session, principal.tenant_id, group_id, body.name)
    if changed := changes({"name": before}, {"name": group.name}):
        record(session, principal, Action.GROUP_CHANGED, acts.target(group), changed)
    return GroupView.model_validate(group)


@router.delete("/groups/{group_id}", status_code=NO_CONTENT)
async def delete_group(group_id: UUID, principal: Manager, session: WriteSession) -> None:
    """Its memberships and grants go with it."""
    group = await service.delete_group(session, principal.tenant_id, group_id)
    record(session, principal, Action.GROUP_DELETED, acts.target(group))


@router.get("/groups/{group_id}/members")
async def list_members(
    group_id: UUID, principal: PeopleReader, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[MemberView]:
    """By e-mail address."""
    (after,) = decode_cursor(cursor, storable_text) if cursor else (None,)
    group = await service.get_group(session, principal.tenant_id, group_id)
    users = await list_users(session, principal.tenant_id, UserFilter(group_id=group.id), after=after, limit=limit + 1)
    shown = users[:limit]
    return Page(
        items=[MemberView.model_validate(user) for user in shown],
        next_cursor=encode_cursor(shown[-1].email) if len(users) > limit else None,
    )


@router.put("/groups/{group_id}/members/{user_id}", status_code=NO_CONTENT)
async def add_member(group_id: UUID, user_id: UUID, principal: Manager, session: WriteSession) -> None:
    group = await service.add_member(session, tenant_id=principal.tenant_id, group_id=group_id, user_id=user_id)
    record(session, principal, Action.MEMBER_ADDED, acts.target(group), {"user_id": user_id})


@router.delete("/groups/{group_id}/members/{user_id}", status_code=NO_CONTENT)
async def remove_member(group_id: UUID, user_id: UUID, principal: Manager, session: WriteSession) -> None:
    group = await service.remove_member(session, tenant_id=principal.tenant_id, group_id=group_id, user_id=user_id)
    record(session, principal, Action.MEMBER_REMOVED, acts.target(group), {"user_id": user_id})
