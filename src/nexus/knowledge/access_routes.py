"""HTTP of "why can or can't this person see this?"."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nexus.core.http.deps import Db
from nexus.identity.deps import CurrentPrincipal
from nexus.knowledge import explaining
from nexus.knowledge.schemas import AccessOut

router = APIRouter(tags=["access"])

Whom = Annotated[UUID | None, Query(description="Somebody of your tenant; you when absent. Recorded for others.")]


@router.get("/knowledge-bases/{knowledge_base_id}/access")
async def check_access(db: Db, principal: CurrentPrincipal, knowledge_base_id: UUID, user_id: Whom = None) -> AccessOut:
    """Why you may read it, or for who sets its grants, why somebody may or may not."""
    person = user_id or principal.user_id
    async with db.read() if person == principal.user_id else db.write() as session:
        return await explaining.explain_knowledge_base(session, principal, knowledge_base_id, person)


@router.get("/documents/{document_id}/access")
async def explain_access(db: Db, principal: CurrentPrincipal, document_id: UUID, user_id: Whom = None) -> AccessOut:
    """Why you may read this document, or for who sets the grants, why somebody may or may not: the chain of grants."""
    person = user_id or principal.user_id
    async with db.read() if person == principal.user_id else db.write() as session:
        return await explaining.explain_document(session, principal, document_id, person)
