"""Regions and departments; and what each role allows.

Everybody of a tenant sees the names, because whoever shares something has to choose among them; how many people there
are is seen by those who may see people, and changes are for administrators.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, status

from nexus.access.principal import ROLE_PERMISSIONS, Permission, Principal
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page
from nexus.identity import acts, service, structure_queries
from nexus.identity.deps import CurrentPrincipal, require_permission
from nexus.identity.routes.views import count_for, name_page, read_name_cursor
from nexus.identity.schemas import (
    DepartmentChange,
    DepartmentCreate,
    DepartmentEntry,
    DepartmentView,
    Named,
    RegionEntry,
    RegionView,
    RoleView,
)

router = APIRouter(tags=["structure"])

Manager = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]

CREATED = status.HTTP_201_CREATED
NO_CONTENT = status.HTTP_204_NO_CONTENT


@router.get("/roles")
async def list_roles(principal: CurrentPrincipal, session: ReadSession) -> list[RoleView]:
    """Every role with what it allows. Reading content is never among it: that takes a grant."""
    counted = principal.may(Permission.USERS_READ)
    people = await structure_queries.count_by_role(session, principal.tenant_id) if counted else {}
    return [
        RoleView(role=role, permissions=sorted(allowed), people=people.get(role, 0) if counted else None)
        for role, allowed in ROLE_PERMISSIONS.items()
    ]


@router.get("/regions")
async def list_regions(
    principal: CurrentPrincipal, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[RegionEntry]:
    after = read_name_cursor(cursor)
    rows = await structure_queries.list_regions(session, principal.tenant_id, after=after, limit=limit + 1)
    departments = await structure_queries.count_departments(session, [row.id for row in rows])
    return name_page(rows, limit, lambda row: RegionEntry(id=row.id, name=row.name, departments=departments[row.id]))


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
) -> Page[DepartmentEntry]:
    rows = await structure_queries.list_departments(
        session, principal.tenant_id, region_id=region_id, after=read_name_cursor(cursor), limit=limit + 1
    )
    people = await count_for(principal, structure_queries.count_in_departments, session, rows)
    return name_page(
        rows,
        limit,
        lambda row: DepartmentEntry(id=row.id, region_id=row.region_id, name=row.name, people=people.get(row.id)),
    )


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
