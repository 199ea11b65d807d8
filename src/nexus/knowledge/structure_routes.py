"""HTTP of what hangs on a group or a department, before it is deleted, and on tenants: for administrators."""

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter

from nexus.access.models import Level, ResourceKind
from nexus.access.principal import Permission, Principal, SubjectKind, subject
from nexus.core.db import AsyncSession
from nexus.core.http.deps import ReadSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import service as identity
from nexus.identity import structure_queries as identity_queries
from nexus.identity.deps import require_permission
from nexus.knowledge import structure_queries as queries
from nexus.knowledge.schemas import BelongingOut, ConsequencesOut, GrantedOut, TenantFiguresOut

router = APIRouter(tags=["structure"])

Manager = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]
TenantManager = Annotated[Principal, require_permission(Permission.TENANTS_MANAGE)]
_NAMED: Final = 20
"""Knowledge bases that are named; the others are counted."""


async def _granted(session: AsyncSession, tenant_id: UUID, word: str, people: int) -> ConsequencesOut:
    counts = await queries.count_grants_to(session, tenant_id, word)
    named = await queries.shelves_granted_to(session, tenant_id, word, _NAMED)
    return ConsequencesOut(
        people=people,
        knowledge_bases=counts.get(ResourceKind.KNOWLEDGE_BASE, 0),
        documents=counts.get(ResourceKind.DOCUMENT, 0),
        agents=counts.get(ResourceKind.AGENT, 0),
        belonging_count=0,
        belonging=[],
        granted=[GrantedOut(id=row_id, name=name, level=Level(level)) for row_id, name, level in named],
    )


@router.get("/groups/{group_id}/consequences")
async def get_group_consequences(group_id: UUID, principal: Manager, session: ReadSession) -> ConsequencesOut:
    """What ends when the group is deleted."""
    group = await identity.get_group(session, principal.tenant_id, group_id)
    people = await identity_queries.count_members(session, [group.id])
    return await _granted(session, principal.tenant_id, subject(SubjectKind.GROUP, group.id), people[group.id])


@router.get("/departments/{department_id}/consequences")
async def get_department_consequences(department_id: UUID, principal: Manager, session: ReadSession) -> ConsequencesOut:
    """What ends when the department is deleted, and what has to be moved before."""
    department = await identity.get_department(session, principal.tenant_id, department_id)
    people = await identity_queries.count_in_departments(session, [department.id])
    word = subject(SubjectKind.DEPARTMENT, department.id)
    found = await _granted(session, principal.tenant_id, word, people[department.id])
    count, shown = await queries.shelves_of_department(session, principal.tenant_id, department.id, _NAMED)
    found.belonging_count = count
    found.belonging = [BelongingOut(id=row_id, name=name) for row_id, name in shown]
    return found


@router.get("/tenant-figures")
async def list_tenant_figures(
    _: TenantManager, session: ReadSession, limit: Limit = 50, cursor: Cursor = None
) -> Page[TenantFiguresOut]:
    """How much each tenant holds, by name."""
    after = decode_cursor(cursor, str, UUID) if cursor else None
    tenants = await identity_queries.list_tenants(session, after=after, limit=limit + 1)
    shown = tenants[:limit]
    ids = [tenant.id for tenant in shown]
    people = await identity_queries.count_people(session, ids)
    shelves = await queries.count_shelves(session, ids)
    return Page(
        items=[TenantFiguresOut(tenant_id=one, people=people[one], knowledge_bases=shelves[one]) for one in ids],
        next_cursor=encode_cursor(shown[-1].name, shown[-1].id) if len(tenants) > limit else None,
    )
