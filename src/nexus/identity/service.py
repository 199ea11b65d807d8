"""Users and the structure they stand in: tenants, regions, departments, groups.

The `create_` functions make rows and check that what they name belongs together; who may call them is decided
by the routes' permissions, and by `accounts`.
"""

from collections.abc import Collection
from typing import TypeVar
from uuid import UUID

from nexus.access.principal import Principal, Role, SubjectKind
from nexus.access.service import forget_subject
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import ConflictError, NotFoundError
from nexus.identity import queries, structure_queries
from nexus.identity.errors import LookedAfterError
from nexus.identity.models import Department, Group, Region, Source, Tenant, User
from nexus.identity.schemas import DepartmentChange, TenantChange

Row = TypeVar("Row")


async def create_tenant(session: AsyncSession, *, name: str, parent_id: UUID | None = None) -> Tenant:
    """Raises NotFoundError for an unknown parent, TakenError."""
    if parent_id is not None:
        await get_tenant(session, parent_id)
    tenant = Tenant(name=name, parent_id=parent_id)
    await queries.add(session, tenant, taken="There is a tenant of this name already.")
    return tenant


async def create_region(session: AsyncSession, *, tenant_id: UUID, name: str) -> Region:
    """Raises TakenError."""
    region = Region(tenant_id=tenant_id, name=name)
    await queries.add(session, region, taken="There is a region of this name already.")
    return region


async def create_department(session: AsyncSession, *, tenant_id: UUID, region_id: UUID, name: str) -> Department:
    """Raises NotFoundError for a region that is not the tenant's, TakenError."""
    await get_region(session, tenant_id, region_id)
    department = Department(tenant_id=tenant_id, region_id=region_id, name=name)
    await queries.add(session, department, taken="This region has a department of this name already.")
    return department


async def create_group(session: AsyncSession, *, tenant_id: UUID, name: str, source: str = "local") -> Group:
    """Raises TakenError."""
    group = Group(tenant_id=tenant_id, name=name, source=source)
    await queries.add(session, group, taken="There is a group of this name already.")
    return group


async def create_user(
    session: AsyncSession,
    *,
    tenant_id: UUID,
    email: str,
    name: str,
    role: Role,
    password_hash: str | None,
    department_id: UUID | None = None,
    group_ids: Collection[UUID] = (),
    is_founder: bool = False,
) -> User:
    """`password_hash` None makes an account that cannot sign in with a password.

    Raises NotFoundError for a department or group that is not the tenant's, TakenError.
    """
    if department_id is not None:
        await get_department(session, tenant_id, department_id)
    user = User(
        tenant_id=tenant_id,
        email=email.strip().lower(),
        name=name,
        role=role,
        password_hash=password_hash,
        department_id=department_id,
        is_founder=is_founder,
    )
    await queries.add(session, user, taken="This e-mail address cannot be used: it has an account already.")
    for group_id in group_ids:
        await add_member(session, tenant_id=tenant_id, group_id=group_id, user_id=user.id)
    return user


async def add_member(session: AsyncSession, *, tenant_id: UUID, group_id: UUID, user_id: UUID) -> Group:
    """Does nothing when they are a member. Raises NotFoundError for what is not the tenant's, LookedAfterError."""
    group = await _own_group(session, tenant_id, group_id)
    await get_user(session, tenant_id, user_id)
    await queries.add_member(session, group_id, user_id)
    return group


async def remove_member(session: AsyncSession, *, tenant_id: UUID, group_id: UUID, user_id: UUID) -> Group:
    """Does nothing when they are not a member. Raises NotFoundError for what is not the tenant's, LookedAfterError."""
    group = await _own_group(session, tenant_id, group_id)
    await get_user(session, tenant_id, user_id)
    await queries.remove_member(session, group_id, user_id)
    return group


async def get_tenant(session: AsyncSession, tenant_id: UUID) -> Tenant:
    return _found(await queries.find_tenant(session, tenant_id), "tenant")


async def get_region(session: AsyncSession, tenant_id: UUID, region_id: UUID) -> Region:
    return _found(await queries.find_in_tenant(session, Region, tenant_id, region_id), "region")


async def get_department(session: AsyncSession, tenant_id: UUID, department_id: UUID) -> Department:
    return _found(await queries.find_in_tenant(session, Department, tenant_id, department_id), "department")


async def get_group(session: AsyncSession, tenant_id: UUID, group_id: UUID) -> Group:
    return _found(await queries.find_in_tenant(session, Group, tenant_id, group_id), "group")


async def _own_group(session: AsyncSession, tenant_id: UUID, group_id: UUID) -> Group:
    """One whose members people here look after. Raises NotFoundError, LookedAfterError."""
    group = await get_group(session, tenant_id, group_id)
    if group.source != Source.LOCAL:
        raise LookedAfterError
    return group


async def get_user(session: AsyncSession, tenant_id: UUID, user_id: UUID) -> User:
    return _found(await queries.find_in_tenant(session, User, tenant_id, user_id), "user")


def no_such(noun: str) -> NotFoundError:
    """The same for what does not exist and for what is another tenant's."""
    return NotFoundError(f"There is no such {noun}.")


def _found(row: Row | None, noun: str) -> Row:
    if row is None:
        raise no_such(noun)
    return row


async def update_tenant(session: AsyncSession, tenant_id: UUID, change: TenantChange) -> Tenant:
    """Raises NotFoundError, TakenError, ConflictError where a tenant would come to stand below itself."""
    tenant = await get_tenant(session, tenant_id)
    if "parent_id" in change.model_fields_set:
        await structure_queries.lock_tenants(session)
        ancestor = change.parent_id
        while ancestor is not None:
            if ancestor == tenant_id:
                raise ConflictError("A tenant cannot stand below itself.")
            ancestor = (await get_tenant(session, ancestor)).parent_id
        tenant.parent_id = change.parent_id
    # Last: a name that is taken must be found by saving, not by the queries above, which flush what is changed.
    if change.name is not None:
        tenant.name = change.name
    if change.sign_up is not None:
        tenant.sign_up = change.sign_up
    await queries.save(session, taken="There is a tenant of this name already.")
    return tenant


async def suspend_tenant(session: AsyncSession, tenant_id: UUID, *, by: Principal) -> Tenant:
    """Keeps everybody of it out, from their next request on, until it is resumed. Tenants below it stay as they are.

    Raises NotFoundError, ConflictError for one's own tenant and the founder's.
    """
    tenant = await get_tenant(session, tenant_id)
    if tenant_id == by.tenant_id:
        raise ConflictError("Nobody can suspend their own tenant.")
    if await structure_queries.holds_founder(session, tenant_id):
        raise ConflictError("The tenant of the super admin of the first start cannot be suspended.")
    tenant.suspended_at = tenant.suspended_at or now()
    return tenant


async def resume_tenant(session: AsyncSession, tenant_id: UUID) -> Tenant:
    """Whatever sign-ins, keys and links still stand open it again. Raises NotFoundError."""
    tenant = await get_tenant(session, tenant_id)
    tenant.suspended_at = None
    return tenant


async def rename_region(session: AsyncSession, tenant_id: UUID, region_id: UUID, name: str) -> Region:
    region = await get_region(session, tenant_id, region_id)
    region.name = name
    await queries.save(session, taken="There is a region of this name already.")
    return region


async def delete_region(session: AsyncSession, tenant_id: UUID, region_id: UUID) -> Region:
    """Raises InUseError while it has departments."""
    region = await get_region(session, tenant_id, region_id)
    await queries.remove(session, region, in_use="The region has departments. Move or delete them first.")
    return region


async def update_department(
    session: AsyncSession, tenant_id: UUID, department_id: UUID, change: DepartmentChange
) -> Department:
    department = await get_department(session, tenant_id, department_id)
    region = None if change.region_id is None else await get_region(session, tenant_id, change.region_id)
    # After the queries, which flush what is changed: a name that is taken must be found by saving.
    if change.name is not None:
        department.name = change.name
    if region is not None:
        department.region_id = region.id
    await queries.save(session, taken="This region has a department of this name already.")
    return department


async def delete_department(session: AsyncSession, tenant_id: UUID, department_id: UUID) -> Department:
    """Its grants go with it. Raises InUseError while people or knowledge bases belong to it."""
    department = await get_department(session, tenant_id, department_id)
    await queries.remove(
        session, department, in_use="People or knowledge bases belong to the department. Move them first."
    )
    await forget_subject(session, tenant_id, SubjectKind.DEPARTMENT, department_id)
    return department


async def rename_group(session: AsyncSession, tenant_id: UUID, group_id: UUID, name: str) -> Group:
    """What a sign-in provider fills is known by the provider's id, and its name is ours; a directory gives both.

    Raises NotFoundError, TakenError, LookedAfterError.
    """
    group = await get_group(session, tenant_id, group_id)
    if group.source == Source.SCIM:
        raise LookedAfterError
    group.name = name
    await queries.save(session, taken="There is a group of this name already.")
    return group


async def delete_group(session: AsyncSession, tenant_id: UUID, group_id: UUID) -> Group:
    """Its memberships and grants go with it. Whoever looks after it: what a directory left behind must not stay."""
    group = await get_group(session, tenant_id, group_id)
    await queries.remove(session, group, in_use="The group is in use.")
    await forget_subject(session, tenant_id, SubjectKind.GROUP, group_id)
    return group
