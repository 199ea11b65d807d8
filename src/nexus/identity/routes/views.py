"""Rows as the API shows them."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from typing import TypeVar
from uuid import UUID

from nexus.access.principal import Permission, Principal, Role
from nexus.core.db import AsyncSession
from nexus.core.http.pagination import Page, decode_cursor, encode_cursor
from nexus.identity import queries, sign_in_queries
from nexus.identity.models import Department, Group, Region, Tenant, User
from nexus.identity.people_queries import state_of
from nexus.identity.schemas import UserView

View = TypeVar("View")
Row = TypeVar("Row", Tenant, Region, Department, Group)


async def user_views(session: AsyncSession, users: Sequence[User]) -> list[UserView]:
    user_ids = [user.id for user in users]
    groups = await queries.groups_of(session, user_ids)
    with_factor = await sign_in_queries.users_with_factor(session, user_ids)
    return [
        UserView(
            id=user.id,
            email=user.email,
            name=user.name,
            role=Role(user.role),
            active=user.active,
            state=state_of(user),
            second_factor=user.id in with_factor,
            is_founder=user.is_founder,
            department_id=user.department_id,
            group_ids=groups[user.id],
            created_at=user.created_at,
            last_login_at=user.last_login_at,
        )
        for user in users
    ]


async def count_for(
    principal: Principal,
    count: Callable[[AsyncSession, Collection[UUID]], Awaitable[dict[UUID, int]]],
    session: AsyncSession,
    rows: Sequence[Row],
) -> dict[UUID, int]:
    """How many people each row has; nothing for whoever may not see people."""
    if not principal.may(Permission.USERS_READ):
        return {}
    return await count(session, [row.id for row in rows])


def storable_text(value: object) -> str:
    """A cursor's text part. Raises ValueError for what no database of ours could hold."""
    text = str(value)
    if "\x00" in text:
        raise ValueError("NUL")
    text.encode()
    return text


def read_name_cursor(cursor: str | None) -> tuple[str, UUID] | None:
    if cursor is None:
        return None
    name, row_id = decode_cursor(cursor, storable_text, UUID)
    return name, row_id


def name_page(rows: Sequence[Row], limit: int, view: Callable[[Row], View]) -> Page[View]:
    """A page of rows ordered by name and id, of which one more than `limit` was asked for."""
    shown = rows[:limit]
    more = len(rows) > limit
    cursor = encode_cursor(shown[-1].name, shown[-1].id) if more else None
    return Page(items=[view(row) for row in shown], next_cursor=cursor)
