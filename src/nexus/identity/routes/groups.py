"""Groups and their members.

Everybody of a tenant sees the names, because whoever shares something has to choose among them; who the members are is
seen by those who may see people, and changes are for administrators. Groups that come from outside are changed there.
"""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status

from nexus.access.principal import Permission, Principal
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.http.deps import ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import acts, service, structure_queries
from nexus.identity.deps import CurrentPrincipal, require_permission
from nexus.identity.models import Group
from nexus.identity.people_queries import UserFilter, list_users
from nexus.identity.routes.views import count_for, name_page, read_name_cursor, storable_text
from nexus.identity.schemas import GroupEntry, GroupView, MemberView, Named, Search
from nexus.identity.structure_queries import GroupFilter

router = APIRouter(tags=["structure"])

Manager = Annotated[Principal, require_permission(Permission.STRUCTURE_MANAGE)]
PeopleReader = Annotated[Principal, require_permission(Permission.USERS_READ)]

CREATED = status.HTTP_201_CREATED
NO_CONTENT = status.HTTP_204_NO_CONTENT


def _entry(group: Group, people: Mapping[UUID, int]) -> GroupEntry:
    return GroupEntry(id=group.id, name=group.name, source=group.source, people=people.get(group.id))


@router.get("/groups")
async def list_groups(
    principal: CurrentPrincipal,
    session: ReadSession,
    q: Annotated[Search, Query(description="Part of a name.")] = "",
    local: Annotated[bool | None, Query(description="Looked after here, or from outside.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[GroupEntry]:
    after = read_name_cursor(cursor)
    wanted = GroupFilter(q, local)
    rows = await structure_queries.list_groups(session, principal.tenant_id, wanted, after=after, limit=limit + 1)
    people = await count_for(principal, structure_queries.count_members, session, rows)
    return name_page(rows, limit, lambda row: _entry(row, people))


@router.post("/groups", status_code=CREATED)
async def create_group(body: Named, principal: Manager, session: WriteSession) -> GroupView:
    group = await service.create_group(session, tenant_id=principal.tenant_id, name=body.name)
    record(session, principal, Action.GROUP_CREATED, acts.target(group))
    return GroupView.model_validate(group)


@router.get("/groups/{group_id}")
async def get_group(group_id: UUID, principal: CurrentPrincipal, session: ReadSession) -> GroupEntry:
    group = await service.get_group(session, principal.tenant_id, group_id)
    return _entry(group, await count_for(principal, structure_queries.count_members, session, [group]))


@router.patch("/groups/{group_id}")
async def rename_group(group_id: UUID, body: Named, principal: Manager, session: WriteSession) -> GroupView:
    before = (await service.get_group(session, principal.tenant_id, group_id)).name
    group = await service.rename_group(session, principal.tenant_id, group_id, body.name)
    if changed := changes({"name": before}, {"name": group.name}):
        record(session, principal, Action.GROUP_CHANGED, acts.target(group), changed)
    return GroupView.model_validate(group)


@router.delete("/groups/{group_id}", status_code=NO_CONTENT)
async def delete_group(group_id: UUID, principal: Manager, session: WriteSession) -> None:
    """Its memberships and grants go with it. What a directory looks after it may make again."""
    group = await service.delete_group(session, principal.tenant_id, group_id)
    record(session, principal, Action.GROUP_DELETED, acts.target(group))


@router.get("/groups/{group_id}/members")
async def list_members(
    group_id: UUID,
    principal: PeopleReader,
    session: ReadSession,
    q: Annotated[Search, Query(description="Part of a name or an e-mail address.")] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[MemberView]:
    """By e-mail address."""
    (after,) = decode_cursor(cursor, storable_text) if cursor else (None,)
    group = await service.get_group(session, principal.tenant_id, group_id)
    wanted = UserFilter(search=q, group_id=group.id)
    users = await list_users(session, principal.tenant_id, wanted, after=after, limit=limit + 1)
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
