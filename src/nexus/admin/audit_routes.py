"""HTTP of the audit log, for administrators. Nothing here writes: the log is written where things are done."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from nexus.access import service as access
from nexus.access.principal import Permission, Principal
from nexus.admin.schemas import AuditEventOut
from nexus.audit import queries
from nexus.audit.acts import INSTALLATION, Action
from nexus.audit.queries import EventFilter
from nexus.core.errors import InvalidError
from nexus.core.http.deps import ReadSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.text.storable import is_storable
from nexus.identity.deps import require_permission

router = APIRouter(tags=["audit"])

Reader = Annotated[Principal, require_permission(Permission.AUDIT_READ)]
Moment = Annotated[datetime | None, Query(description="With a time zone, as in 2026-01-31T12:00:00Z.")]


@router.get("/audit-events")
async def list_audit_events(
    session: ReadSession,
    principal: Reader,
    actor_id: Annotated[UUID | None, Query(description="Done by this user.")] = None,
    action: Annotated[Action | None, Query(description="Exactly this act.")] = None,
    target_id: Annotated[UUID | None, Query(description="Done to this.")] = None,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to", description="Before this moment.")] = None,
    installation: Annotated[
        bool, Query(description="The log of what concerns no tenant, for who operates the installation.")
    ] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AuditEventOut]:
    """Who did what in your tenant, newest first."""
    if installation:
        access.require_permission(principal, Permission.OPERATE)
    for moment in (since, until):
        if not is_storable(moment):
            raise InvalidError("from and to need a year of our time and a time zone, as in 2026-01-31T12:00:00Z.")
    (before,) = decode_cursor(cursor, int) if cursor else (None,)
    found = await queries.list_events(
        session,
        INSTALLATION if installation else principal.tenant_id,
        EventFilter(actor_id, action, target_id, since, until),
        before=before,
        limit=limit + 1,
    )
    shown = found[:limit]
    more = encode_cursor(shown[-1].sequence) if len(found) > limit else None
    return Page(items=[AuditEventOut.model_validate(event) for event in shown], next_cursor=more)
