"""The subjects that grants name, as rows: whether they exist in a tenant, and what people call them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from nexus.access.principal import SubjectKind, parse_subject, subject
from nexus.core.db import AsyncSession
from nexus.identity import people_queries, queries, service, structure_queries
from nexus.identity.models import Department, Group, User

_TABLES: Final = {
    SubjectKind.USER: User,
    SubjectKind.GROUP: Group,
    SubjectKind.DEPARTMENT: Department,
}


async def require_subject(session: AsyncSession, tenant_id: UUID, kind: SubjectKind, subject_id: UUID) -> None:
    """Raises NotFoundError unless the user, group or department is the tenant's, or the tenant itself is meant."""
    match kind:
        case SubjectKind.USER:
            await service.get_user(session, tenant_id, subject_id)
        case SubjectKind.GROUP:
            await service.get_group(session, tenant_id, subject_id)
        case SubjectKind.DEPARTMENT:
            await service.get_department(session, tenant_id, subject_id)
        case SubjectKind.TENANT:
            if subject_id != tenant_id:
                raise service.no_such("tenant")


async def name_subjects(session: AsyncSession, tenant_id: UUID, words: Collection[str]) -> dict[str, str]:
    """Word → name, as `Sales`. What is not the tenant's, or is gone, has no entry."""
    wanted = [parse_subject(word) for word in words]
    named: dict[str, str] = {}
    if (SubjectKind.TENANT, tenant_id) in wanted:
        named[subject(SubjectKind.TENANT, tenant_id)] = (await service.get_tenant(session, tenant_id)).name
    for kind, table in _TABLES.items():
        subject_ids = [subject_id for each, subject_id in wanted if each is kind]
        if subject_ids:
            names = await queries.names_of(session, table, tenant_id, subject_ids)
            named |= {subject(kind, subject_id): name for subject_id, name in names.items()}
    return named


async def place_subjects(session: AsyncSession, tenant_id: UUID, words: Collection[str]) -> dict[str, str]:
    """As `name_subjects`, with departments by region and name."""
    named = await name_subjects(session, tenant_id, words)
    departments = [i for kind, i in map(parse_subject, words) if kind is SubjectKind.DEPARTMENT]
    if departments:
        paths = await people_queries.department_paths(session, tenant_id, departments)
        named |= {subject(SubjectKind.DEPARTMENT, department_id): path for department_id, path in paths.items()}
    return named


async def memberships(session: AsyncSession, user_id: UUID) -> dict[str, datetime | None]:
    """The words of a user's groups, each with since when; None where that was not kept."""
    since = await people_queries.member_since(session, user_id)
    return {subject(SubjectKind.GROUP, group_id): moment for group_id, moment in since.items()}


@dataclass(frozen=True, slots=True)
class FoundSubject:
    kind: SubjectKind
    id: UUID
    name: str
    detail: str


async def search_subjects(
    session: AsyncSession,
    tenant_id: UUID,
    search: str,
    kind: SubjectKind | None,
    limit: int,
    *,
    deactivated: bool = False,
) -> list[FoundSubject]:
    """Active people, groups and departments of the tenant by name (people by address too), and the tenant itself;
    with `deactivated`, the other people as well.

    Whoever sets a grant must be able to tell two people of the same name apart, and colleagues know each other's
    addresses: so an address is told to them, and to nobody else.
    """
    found: list[FoundSubject] = []
    if kind in (None, SubjectKind.TENANT):
        tenant = await service.get_tenant(session, tenant_id)
        if search.casefold() in tenant.name.casefold():
            found.append(FoundSubject(SubjectKind.TENANT, tenant.id, tenant.name, ""))
    for each in (SubjectKind.GROUP, SubjectKind.DEPARTMENT):
        if kind in (None, each):
            rows = await structure_queries.search_names(session, _TABLES[each], tenant_id, search, limit)
            found += [FoundSubject(each, subject_id, name, "") for subject_id, name in rows]
    if kind in (None, SubjectKind.USER):
        people = await people_queries.search_people(session, tenant_id, search, limit, deactivated=deactivated)
        found += [FoundSubject(SubjectKind.USER, person.id, person.name, person.email) for person in people]
    return found[:limit]
