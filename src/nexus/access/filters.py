"""Grants as SQL: the predicates that every query of a guarded table carries."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.orm import InstrumentedAttribute

from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Principal


def visible(
    principal: Principal,
    kind: ResourceKind,
    resource_id: InstrumentedAttribute[UUID],
    tenant_id: InstrumentedAttribute[UUID],
    *,
    level: Level = Level.READ,
) -> ColumnElement[bool]:
    """True for rows of the principal's tenant with a grant of `level` that names one of their subjects."""
    conditions: list[ColumnElement[Any]] = [
        Grant.resource_kind == kind,
        Grant.resource_id == resource_id,
        Grant.tenant_id == principal.tenant_id,
        Grant.subject.in_(principal.subjects),
    ]
    if level is Level.MANAGE:
        conditions.append(Grant.level == Level.MANAGE)
    return and_(tenant_id == principal.tenant_id, exists(select(Grant.id).where(*conditions)))
