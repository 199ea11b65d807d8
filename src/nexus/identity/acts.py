"""How this room's acts stand in the audit log."""

from typing import Any

from nexus.audit.acts import Actor, Credential, Target
from nexus.core.db import AsyncSession
from nexus.identity import queries
from nexus.identity.models import ApiKey, Department, ExternalIdentity, Group, Region, Tenant, User


def actor(user: User, credential: Credential) -> Actor:
    """Somebody who has no principal, because they are only just proving who they are."""
    return Actor(user.tenant_id, user.id, f"{user.name} <{user.email}>", credential)


def target(row: User | ApiKey | ExternalIdentity | Group | Department | Region | Tenant) -> Target:
    return Target(row.__tablename__, row.id, row.name)


async def account(session: AsyncSession, user: User) -> dict[str, Any]:
    """What an administrator sets of a user."""
    groups = await queries.groups_of(session, [user.id])
    return {
        "name": user.name,
        "email": user.email,
        "role": str(user.role),
        "active": user.active,
        "department_id": user.department_id,
        "group_ids": groups[user.id],
    }
