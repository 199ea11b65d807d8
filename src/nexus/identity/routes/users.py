"""Colleagues' accounts, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, status
from pydantic import SecretStr

from nexus.access.principal import Permission, Principal, Role
from nexus.core.http.deps import Db, ReadSession, WriteSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.identity import accounts, service
from nexus.identity.deps import Passwords, require_permission
from nexus.identity.models import User
from nexus.identity.passwords import PasswordHasher, check_strength, generate_password
from nexus.identity.people_queries import UserFilter
from nexus.identity.people_queries import list_users as read_users
from nexus.identity.routes.views import storable_text, user_views
from nexus.identity.schemas import (
    NewPassword,
    PasswordReset,
    Search,
    UserChange,
    UserCreate,
    UserCreated,
    UserState,
    UserView,
)

router = APIRouter(prefix="/users", tags=["users"])

Reader = Annotated[Principal, require_permission(Permission.USERS_READ)]
Manager = Annotated[Principal, require_permission(Permission.USERS_MANAGE)]


async def chosen_or_made_up(
    passwords: PasswordHasher, given: SecretStr | None, *, email: str, name: str
) -> tuple[str, str | None]:
    """The hash of the given password, or of a made-up one, which is then told. Raises WeakPasswordError."""
    if given is None:
        made_up = generate_password()
        return await passwords.hash(made_up), made_up
    check_strength(given.get_secret_value(), email=email, name=name)
    return await passwords.hash(given.get_secret_value()), None


async def _view(session: ReadSession, user: User) -> UserView:
    (view,) = await user_views(session, [user])
    return view


@router.get("")
async def list_users(
    principal: Reader,
    session: ReadSession,
    q: Annotated[Search, Query(description="Part of a name or an e-mail address.")] = "",
    role: Role | None = None,
    state: UserState | None = None,
    department_id: UUID | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[UserView]:
    """The people of this tenant, by e-mail address."""
    (after,) = decode_cursor(cursor, storable_text) if cursor else (None,)
    wanted = UserFilter(search=q, role=role, state=state, department_id=department_id)
    users = await read_users(session, principal.tenant_id, wanted, after=after, limit=limit + 1)
    shown = users[:limit]
    return Page(
        items=await user_views(session, shown),
        next_cursor=encode_cursor(shown[-1].email) if len(users) > limit else None,
    )


@router.post("", status_code=status.HTTP_201_CREATED)
async def create_user(body: UserCreate, principal: Manager, db: Db, passwords: Passwords) -> UserCreated:
    """Opens an account. Without a password one is made up and shown this once."""
    password_hash, made_up = await chosen_or_made_up(passwords, body.password, email=body.email, name=body.name)
    async with db.write() as session:
        user = await accounts.open_account(session, principal, body, password_hash=password_hash)
        return UserCreated(user=await _view(session, user), password=made_up)


@router.get("/{user_id}")
async def get_user(user_id: UUID, principal: Reader, session: ReadSession) -> UserView:
    return await _view(session, await service.get_user(session, principal.tenant_id, user_id))


@router.patch("/{user_id}")
async def update_user(user_id: UUID, body: UserChange, principal: Manager, session: WriteSession) -> UserView:
    """Changes name, role, department, groups, or whether they may sign in. Takes effect on their next request."""
    return await _view(session, await accounts.update_user(session, principal, user_id, body))


@router.delete("/{user_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_user(user_id: UUID, principal: Manager, session: WriteSession) -> None:
    """Ends the account: removes name, address, grants, conversations and personal knowledge bases.

    What they gave to the company, in shared knowledge bases, stays.
    """
    await accounts.delete_user(session, principal, user_id)


@router.post("/{user_id}/password")
async def reset_password(
    user_id: UUID, body: PasswordReset, principal: Manager, db: Db, passwords: Passwords
) -> NewPassword:
    """Gives a colleague a new password and ends their sign-ins."""
    async with db.read() as session:
        user = await service.get_user(session, principal.tenant_id, user_id)
    password_hash, made_up = await chosen_or_made_up(passwords, body.password, email=user.email, name=user.name)
    async with db.write() as session:
        await accounts.reset_password(session, principal, user_id, password_hash)
    return NewPassword(password=made_up)
