"""From what an identity provider vouches for to a person here: found, or made, and brought up to date."""

import logging
from enum import StrEnum
from typing import Final
from uuid import UUID

from nexus.access.principal import Principal, Role
from nexus.audit.acts import INSTALLATION, Action, Actor, Credential, Outcome, changes
from nexus.audit.service import record
from nexus.core.clock import now
from nexus.core.db import AsyncSession
from nexus.core.errors import InvalidError
from nexus.core.settings import OidcSettings
from nexus.identity import accounts, acts, provider_queries, queries, service
from nexus.identity.models import ExternalIdentity, ProviderGroup, Source, Tenant, User
from nexus.providers.oidc.base import Identity

logger = logging.getLogger(__name__)


NOBODY: Final = Actor(INSTALLATION, None, "", Credential.IDENTITY_PROVIDER)


class Turned(StrEnum):
    """Somebody the provider vouches for is not let in; the page has a sentence for each."""

    ADDRESS_TAKEN = "address-taken"
    """Another account has the address. It may be another person's: an administrator links the two, or does not."""
    NO_ACCOUNT = "no-account"
    NO_ADDRESS = "no-address"
    INACTIVE = "inactive"
    NO_TENANT = "misconfigured"


async def admit(session: AsyncSession, identity: Identity, settings: OidcSettings) -> User | Turned:
    """The person, brought up to date. Who is turned away may have left a row for an administrator: commit it.

    Raises TakenError when another sign-in was making the same rows at this moment: try again.
    """
    home = settings.allowed_tenants.get(identity.tenant) or settings.tenant
    tenant = await provider_queries.find_home_tenant(session, home)
    if tenant is None:
        logger.error("there is no tenant %r for people of %s %s", home, identity.issuer, identity.tenant)
        return Turned.NO_TENANT
    known = await _recognise(session, identity, tenant)
    if tenant.suspended_at is not None:
        _record_refusal(session, NOBODY, Turned.INACTIVE, known)
        return Turned.INACTIVE
    if known.user_id is None:
        user = await _open_account(session, identity, tenant, settings)
        if isinstance(user, Turned):
            _record_refusal(session, Actor(tenant.id, None, identity.email, Credential.IDENTITY_PROVIDER), user, known)
            return user
        known.user_id = user.id
        who = acts.actor(user, Credential.IDENTITY_PROVIDER)
        if user.source == Source.SCIM:
            details = {"user_id": user.id, "subject": known.subject, "issuer": known.issuer}
            record(session, who, Action.IDENTITY_LINKED, acts.target(known), details)
        else:
            record(session, who, Action.USER_CREATED, acts.target(user), await acts.account(session, user))
    else:
        user = await queries.find_user(session, known.user_id)
    if user is None or not user.active or (await service.get_tenant(session, user.tenant_id)).suspended_at:
        who = acts.actor(user, Credential.IDENTITY_PROVIDER) if user else NOBODY
        _record_refusal(session, who, Turned.INACTIVE, known)
        return Turned.INACTIVE
    before = await acts.account(session, user)
    await _bring_up_to_date(session, user, identity, settings)
    actor = acts.actor(user, Credential.IDENTITY_PROVIDER)
    if changed := changes(before, await acts.account(session, user)):
        record(session, actor, Action.USER_CHANGED, acts.target(user), changed)
    record(session, actor, Action.SIGNED_IN)
    return user


def _record_refusal(session: AsyncSession, who: Actor, turned: Turned, known: ExternalIdentity) -> None:
    details = {"reason": str(turned)}
    record(session, who, Action.SIGN_IN_FAILED, acts.target(known), details, outcome=Outcome.REFUSED)


async def _recognise(session: AsyncSession, identity: Identity, tenant: Tenant) -> ExternalIdentity:
    """By the provider's key and by nothing else: whoever can edit their profile there can bear anybody's address."""
    known = await provider_queries.find_identity(session, identity.issuer, identity.tenant, identity.subject)
    if known is None:
        known = ExternalIdentity(
            tenant_id=tenant.id,
            issuer=identity.issuer,
            provider_tenant=identity.tenant,
            subject=identity.subject,
            email="",
            name="",
        )
        await queries.add(session, known, taken="Another sign-in of this person is under way.")
    known.email, known.name, known.last_seen_at = identity.email, identity.name, now()
    return known


async def _open_account(
    session: AsyncSession, identity: Identity, tenant: Tenant, settings: OidcSettings
) -> User | Turned:
    # The directory and the provider are one: both call the person by the same id, and nobody else can give it.
    if provisioned := await provider_queries.find_provisioned(session, tenant.id, identity.subject):
        return provisioned
    if not identity.email:
        return Turned.NO_ADDRESS
    if await queries.find_user_by_email(session, identity.email):
        return Turned.ADDRESS_TAKEN
    if not settings.provisioning:
        return Turned.NO_ACCOUNT
    return await service.create_user(
        session,
        tenant_id=tenant.id,
        email=identity.email,
        name=identity.name or identity.email.partition("@")[0],
        role=Role.USER,
        password_hash=None,
    )


async def _bring_up_to_date(session: AsyncSession, user: User, identity: Identity, settings: OidcSettings) -> None:
    """What the provider decides, it decides at every sign-in, and what it takes away is gone."""
    if identity.name:
        user.name = identity.name
    if settings.department_claim:
        user.department_id = await _department(session, user.tenant_id, identity, settings)
    groups = identity.groups or frozenset()
    if settings.group_roles or settings.app_roles:
        _give_role(user, groups, identity.app_roles, settings)
    await _join_groups(session, user, identity.issuer, groups, settings)


async def _department(
    session: AsyncSession, tenant_id: UUID, identity: Identity, settings: OidcSettings
) -> UUID | None:
    """None unless exactly one department is meant: a person in the wrong one would read what is not theirs."""
    name = identity.profile.get(settings.department_claim, "")
    region = identity.profile.get(settings.region_claim, "") if settings.region_claim else None
    if not name:
        return None
    found = await provider_queries.departments_named(session, tenant_id, name, region)
    if len(found) != 1:
        logger.warning("%d departments are called %r (region %r): the person gets none", len(found), name, region)
    return found[0].id if len(found) == 1 else None


def _give_role(user: User, groups: frozenset[str], app_roles: frozenset[str], settings: OidcSettings) -> None:
    if user.is_founder or Role(user.role) is Role.SUPER_ADMIN:
        return
    given = {Role(role) for group, role in settings.group_roles.items() if group in groups}
    given |= {Role(role) for name, role in settings.app_roles.items() if name in app_roles}
    user.role = next((role for role in given if all(map(role.reaches, given))), Role.USER)


async def _join_groups(
    session: AsyncSession, user: User, issuer: str, groups: frozenset[str], settings: OidcSettings
) -> None:
    standing = dict(await provider_queries.provider_groups(session, user.tenant_id, issuer))
    theirs: set[UUID] = set()
    for external_id in sorted(groups & settings.groups.keys()):
        if external_id not in standing:
            standing[external_id] = await _stand_for(session, user.tenant_id, issuer, external_id, settings)
        theirs.add(standing[external_id])
    await provider_queries.leave_groups(session, user.id, set(standing.values()) - theirs)
    present = set((await queries.groups_of(session, [user.id]))[user.id])
    for group_id in theirs - present:
        await queries.add_member(session, group_id, user.id)


async def _stand_for(
    session: AsyncSession, tenant_id: UUID, issuer: str, external_id: str, settings: OidcSettings
) -> UUID:
    """The group of this name, or a new one, stands for the provider's from now on."""
    name = settings.groups[external_id]
    group = await provider_queries.group_named(session, tenant_id, name)
    if group is None:
        source = "entra" if settings.entra_tenant else "oidc"
        group = await service.create_group(session, tenant_id=tenant_id, name=name, source=source)
    link = ProviderGroup(tenant_id=tenant_id, issuer=issuer, external_id=external_id, group_id=group.id)
    await queries.add(session, link, taken="Another sign-in is making this group.")
    return group.id


async def add_identity(
    session: AsyncSession,
    principal: Principal,
    home: str,
    *,
    user_id: UUID,
    issuer: str,
    provider_tenant: str,
    subject: str,
) -> ExternalIdentity:
    """Says ahead whom an issuer means, whose people are of the tenant named `home`.

    Raises NotFoundError, ProtectedUserError, TakenError, InvalidError.
    """
    tenant = await provider_queries.find_home_tenant(session, home)
    if tenant is None or tenant.id != principal.tenant_id:
        raise no_such_issuer()
    user = await service.get_user(session, principal.tenant_id, user_id)
    row = ExternalIdentity(
        tenant_id=user.tenant_id, issuer=issuer, provider_tenant=provider_tenant, subject=subject, email="", name=""
    )
    await queries.add(session, row, taken="The issuer's person is known already. Change whose account that is.")
    return await link(session, principal, row.id, user_id)


def no_such_issuer() -> InvalidError:
    return InvalidError("The settings name no such issuer whose people are of your company.")


async def link(session: AsyncSession, principal: Principal, identity_id: UUID, user_id: UUID) -> ExternalIdentity:
    """Gives an identity to a person. Raises NotFoundError, ProtectedUserError."""
    identity = await _get_identity(session, principal, identity_id)
    user = await service.get_user(session, principal.tenant_id, user_id)
    accounts.require_power_over_account(principal, user)
    if identity.user_id != user_id:
        await _take_away(session, principal, identity)
        identity.user_id = user_id
        details = {"user_id": user_id, "subject": identity.subject, "issuer": identity.issuer}
        record(session, principal, Action.IDENTITY_LINKED, acts.target(identity), details)
    return identity


async def unlink(session: AsyncSession, principal: Principal, identity_id: UUID) -> None:
    """Raises NotFoundError, ProtectedUserError."""
    identity = await _get_identity(session, principal, identity_id)
    await _take_away(session, principal, identity)
    details = {"user_id": identity.user_id, "subject": identity.subject, "issuer": identity.issuer}
    record(session, principal, Action.IDENTITY_REMOVED, acts.target(identity), details)
    await queries.remove(session, identity, in_use="The identity is in use.")


async def _take_away(session: AsyncSession, principal: Principal, identity: ExternalIdentity) -> None:
    if identity.user_id is None:
        return
    former = await service.get_user(session, principal.tenant_id, identity.user_id)
    accounts.require_power_over_account(principal, former)
    await queries.revoke_sessions_of(session, former.id, "unlinked")


async def _get_identity(session: AsyncSession, principal: Principal, identity_id: UUID) -> ExternalIdentity:
    found = await provider_queries.find_identity_in_tenant(session, principal.tenant_id, identity_id)
    if found is None:
        raise service.no_such("identity")
    return found
