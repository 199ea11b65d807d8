"""Grants as SQL: the predicates that every query of a guarded table carries."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Permission, Principal


def _granted(
    principal: Principal, kind: ResourceKind, resource_id: InstrumentedAttribute[UUID], level: Level
) -> ColumnElement[bool]:
    conditions: list[ColumnElement[Any]] = [
        Grant.resource_kind == kind,
        Grant.resource_id == resource_id,
        Grant.tenant_id == principal.tenant_id,
        Grant.subject.in_(principal.subjects),
    ]
    if level is Level.MANAGE:
        if not principal.may_manage:
            return false()
        conditions.append(Grant.level == Level.MANAGE)
    return exists(select(Grant.id).where(*conditions))


def visible(
    principal: Principal,
    kind: ResourceKind,
    resource_id: InstrumentedAttribute[UUID],
    tenant_id: InstrumentedAttribute[UUID],
    *,
    level: Level = Level.READ,
) -> ColumnElement[bool]:
    """True for rows of the principal's tenant with a grant of `level` that names one of their subjects.

    Not for documents, whose right depends on their knowledge base too: `readable_document`.
    """
    if kind is ResourceKind.DOCUMENT:
        raise ValueError("a document is guarded by readable_document")
    return and_(tenant_id == principal.tenant_id, _granted(principal, kind, resource_id, level))


def governed_agent(principal: Principal, tenant_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """True for the agents that an administrator sees and changes. Asking them takes a grant all the same."""
    return tenant_id == principal.tenant_id if principal.may(Permission.AGENTS_ADMINISTER) else false()


def governed(
    principal: Principal, tenant_id: InstrumentedAttribute[UUID], personal: InstrumentedAttribute[bool]
) -> ColumnElement[bool]:
    """True for the shared knowledge bases whose name and grants an administrator sees and sets.

    Governing is not reading: it never stands in for `visible` where content is concerned.
    """
    if not principal.may(Permission.KNOWLEDGE_ADMINISTER):
        return false()
    return and_(tenant_id == principal.tenant_id, personal.is_(False))


def restorable_document(
    principal: Principal,
    *,
    document_id: InstrumentedAttribute[UUID],
    knowledge_base_id: InstrumentedAttribute[UUID],
    tenant_id: InstrumentedAttribute[UUID],
    restricted: InstrumentedAttribute[bool],
) -> ColumnElement[bool]:
    """True for deleted documents that the principal managed: through their knowledge base, and where they had readers
    of their own, as one of those."""
    shelf, own = ResourceKind.KNOWLEDGE_BASE, ResourceKind.DELETED_DOCUMENT
    return and_(
        tenant_id == principal.tenant_id,
        _granted(principal, shelf, knowledge_base_id, Level.READ),
        or_(restricted.is_(False), _granted(principal, own, document_id, Level.READ)),
        or_(
            _granted(principal, shelf, knowledge_base_id, Level.MANAGE),
            and_(restricted.is_(True), _granted(principal, own, document_id, Level.MANAGE)),
        ),
    )


def readable_document(
    principal: Principal,
    *,
    document_id: InstrumentedAttribute[UUID],
    knowledge_base_id: InstrumentedAttribute[UUID],
    tenant_id: InstrumentedAttribute[UUID],
    restricted: InstrumentedAttribute[bool],
) -> ColumnElement[bool]:
    """True for documents of the principal's tenant whose knowledge base they may read and which either
    have no readers of their own or name the principal among them."""
    return and_(
        tenant_id == principal.tenant_id,
        _granted(principal, ResourceKind.KNOWLEDGE_BASE, knowledge_base_id, Level.READ),
        or_(restricted.is_(False), _granted(principal, ResourceKind.DOCUMENT, document_id, Level.READ)),
    )
