"""Worlds to test in, and the way into them."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx2

from nexus.access.principal import Role
from nexus.core.clock import now
from nexus.core.db import AsyncSession, Database
from nexus.core.ids import new_id
from nexus.identity import service
from nexus.identity.models import LoginSession, User
from nexus.identity.passwords import PasswordHasher

PASSWORD = "plum-orbit-lantern"


def cheap_passwords() -> PasswordHasher:
    """argon2id with the least it accepts: a fraction of a millisecond."""
    return PasswordHasher(time_cost=1, memory_kib=8, parallelism=1)


@dataclass(frozen=True)
class World:
    """Acme with a region, a department, a group and a person of each role; and Other, which must see none of it.

    Everybody's password is `PASSWORD`. Addresses are `<name>@acme.test` and `<name>@other.test`.
    """

    acme: UUID
    region: UUID
    department: UUID
    group: UUID
    founder: UUID
    """founder@acme.test, super_admin."""
    admin: UUID
    """admin@acme.test."""
    manager: UUID
    """manager@acme.test, content_manager."""
    user: UUID
    """user@acme.test, of the department and the group."""
    other: UUID
    other_region: UUID
    other_department: UUID
    other_group: UUID
    other_admin: UUID
    """admin@other.test."""
    other_user: UUID
    """user@other.test."""


async def make_user(
    session: AsyncSession,
    tenant_id: UUID,
    email: str,
    *,
    role: Role = Role.USER,
    password_hash: str | None = None,
    department_id: UUID | None = None,
    group_ids: tuple[UUID, ...] = (),
    is_founder: bool = False,
) -> User:
    """A person whose name is the part of the address before the @."""
    return await service.create_user(
        session,
        tenant_id=tenant_id,
        email=email,
        name=email.partition("@")[0].title(),
        role=role,
        password_hash=password_hash,
        department_id=department_id,
        group_ids=group_ids,
        is_founder=is_founder,
    )


async def living_session(session: AsyncSession, user_id: UUID) -> UUID:
    """A sign-in of this person, whose tokens nobody has."""
    moment = now()
    row = LoginSession(
        user_id=user_id, refresh_hash=new_id().hex, rotated_at=moment, expires_at=moment + timedelta(days=1)
    )
    session.add(row)
    await session.flush()
    return row.id


async def make_world(db: Database, passwords: PasswordHasher) -> World:
    password = await passwords.hash(PASSWORD)
    async with db.write() as session:
        acme = (await service.create_tenant(session, name="Acme")).id
        region = (await service.create_region(session, tenant_id=acme, name="UK")).id
        department = (await service.create_department(session, tenant_id=acme, region_id=region, name="HR")).id
        group = (await service.create_group(session, tenant_id=acme, name="Pilots")).id
        other = (await service.create_tenant(session, name="Other")).id
        other_region = (await service.create_region(session, tenant_id=other, name="UK")).id
        other_department = (
            await service.create_department(session, tenant_id=other, region_id=other_region, name="HR")
        ).id
        other_group = (await service.create_group(session, tenant_id=other, name="Pilots")).id

        async def person(tenant_id: UUID, email: str, role: Role = Role.USER, *, is_founder: bool = False) -> UUID:
            user = await make_user(session, tenant_id, email, role=role, password_hash=password, is_founder=is_founder)
            return user.id

        founder = await person(acme, "founder@acme.test", Role.SUPER_ADMIN, is_founder=True)
        admin = await person(acme, "admin@acme.test", Role.ADMIN)
        manager = await person(acme, "manager@acme.test", Role.CONTENT_MANAGER)
        user = await make_user(
            session, acme, "user@acme.test", password_hash=password, department_id=department, group_ids=(group,)
        )
        other_admin = await person(other, "admin@other.test", Role.ADMIN)
        other_user = await person(other, "user@other.test")
    return World(
        acme=acme,
        region=region,
        department=department,
        group=group,
        founder=founder,
        admin=admin,
        manager=manager,
        user=user.id,
        other=other,
        other_region=other_region,
        other_department=other_department,
        other_group=other_group,
        other_admin=other_admin,
        other_user=other_user,
    )


async def sign_in(client: httpx2.AsyncClient, email: str, password: str = PASSWORD) -> dict[str, str]:
    """Signs in through the API (the client keeps the refresh cookie); returns the headers to send."""
    answer = await client.post("/api/auth/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
