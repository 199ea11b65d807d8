"""The subjects that grants name, as rows: whether they exist in a tenant, and what people call them."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from nexus.access.principal import SubjectKind, parse_subject, subject
from nexus.core.db import AsyncSession
from nexus.identity import queries, service
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


async def describe_subjects(session: AsyncSession, tenant_id: UUID, words: Collection[str]) -> dict[str, str]:
    """Word → `group “Sales”`. What is not the tenant's, or is gone, has no entry."""
    wanted = [parse_subject(word) for word in words]
    described = {subject(SubjectKind.TENANT, tenant_id): "everybody in the tenant"}
    for kind, table in _TABLES.items():
        subject_ids = [subject_id for each, subject_id in wanted if each is kind]
        if subject_ids:
            names = await queries.names_of(session, table, tenant_id, subject_ids)
            described |= {subject(kind, subject_id): f"{kind} “{name}”" for subject_id, name in names.items()}
    return described
