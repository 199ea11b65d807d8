"""How this room's acts stand in the audit log.

Administrators read the log without reading content. So what is somebody's own is not named in it: of a personal
knowledge base, of its documents and of restricted documents the log has ids alone.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from nexus.access.models import Level
from nexus.access.principal import Principal, SubjectKind
from nexus.audit.acts import Action, Target
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.knowledge import queries
from nexus.knowledge.models import Document, KnowledgeBase

_DESCRIBED = ("name", "description", "department_id", "personal", "chunking", "keep_originals", "kept_versions")


def shelf_target(shelf: KnowledgeBase) -> Target:
    return Target("knowledge_base", shelf.id, "" if shelf.personal else shelf.name)


async def document_target(session: AsyncSession, document: Document) -> Target:
    shelf = await queries.find_knowledge_base_row(session, document.knowledge_base_id)
    private = shelf is None or shelf.personal or document.restricted
    return Target("document", document.id, "" if private else document.path)


def described(shelf: KnowledgeBase) -> dict[str, Any]:
    """What people set of a knowledge base."""
    if shelf.personal:
        return {"personal": True}
    return {name: getattr(shelf, name) for name in _DESCRIBED}


async def record_document(
    session: AsyncSession,
    principal: Principal,
    action: Action,
    document: Document,
    details: Mapping[str, Any] | None = None,
) -> None:
    about = {"knowledge_base_id": document.knowledge_base_id} | dict(details or {})
    record(session, principal, action, await document_target(session, document), about)


def record_grant(
    session: AsyncSession,
    principal: Principal,
    action: Action,
    target: Target,
    subject: tuple[SubjectKind, UUID],
    level: Level | None = None,
) -> None:
    kind, subject_id = subject
    told = {"level": str(level)} if level else {}
    record(session, principal, action, target, {"subject_kind": str(kind), "subject_id": subject_id} | told)
