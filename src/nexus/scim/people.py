"""People as a directory provisions them. It sees and changes the accounts it made or took over, and no others."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from nexus.access.principal import Role
from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.identity import acts, endings
from nexus.identity import queries as identity_queries
from nexus.identity import service as identity
from nexus.identity.models import Source, User
from nexus.scim import queries
from nexus.scim.attributes import Document, clean_document
from nexus.scim.errors import PreconditionError, UniquenessError
from nexus.scim.expressions import parse_filter
from nexus.scim.mapping import Person, document_of, matches, read_person, render_user, version_of
from nexus.scim.models import ScimSettings
from nexus.scim.patching import patch_user, read_operations
from nexus.scim.tokens import ScimClient

_TAKEN = "This userName, e-mail address or externalId cannot be used: it has an account already."


async def get_person(session: AsyncSession, client: ScimClient, user_id: UUID, *, lock: bool = False) -> User:
    """Raises NotFoundError, the same for unknown ones, another tenant's, and those the directory did not make."""
    user = await queries.find_person(session, client.tenant_id, user_id, lock=lock)
    if user is None:
        raise identity.no_such("user")
    return user


async def list_people(
    session: AsyncSession, client: ScimClient, wanted: str | None, *, start: int, count: int, base: str
) -> tuple[int, list[Document]]:
    """How many fulfil the filter, and the resources of one page. Raises InvalidFilterError."""
    expression = parse_filter(wanted) if wanted else None
    total, users = await queries.list_people(session, client.tenant_id, expression, start=start, count=count)
    return total, await render_people(session, users, base)


async def render_people(session: AsyncSession, users: Sequence[User], base: str) -> list[Document]:
    groups = await queries.groups_of(session, [user.id for user in users])
    return [render_user(user, groups[user.id], base) for user in users]


async def create_person(session: AsyncSession, client: ScimClient, body: Mapping[str, Any]) -> User:
    """A new account without a password, or one that is taken over. Raises InvalidValueError, UniquenessError."""
    person = read_person(clean_document(body))
    settings = await queries.find_settings(session, client.tenant_id) or ScimSettings()
    user = await queries.find_account(session, person.email)
    if user is not None and not _may_take_over(user, client, settings):
        raise UniquenessError(_TAKEN)
    await _require_free(session, client, person, user)
    before = await acts.account(session, user) if user else None
    if user is None:
        user = await identity.create_user(
            session,
            tenant_id=client.tenant_id,
            email=person.email,
            name=person.name,
            role=Role.USER,
            password_hash=None,
        )
    user.source = Source.SCIM
    await _write(session, client, user, person, settings)
    after = await acts.account(session, user) | {"source": user.source}
    action, details = (Action.USER_CREATED, after) if before is None else (Action.USER_CHANGED, changes(before, after))
    record(session, client.actor, action, acts.target(user), details)
    return user


def _may_take_over(user: User, client: ScimClient, settings: ScimSettings) -> bool:
    """A token is an administrator's: it reaches nobody above them, and the founder least of all."""
    return (
        bool(settings.take_over_accounts)
        and user.tenant_id == client.tenant_id
        and user.source != Source.SCIM
        and user.deleted_at is None
        and not user.is_founder
        and Role.ADMIN.reaches(Role(user.role))
    )


async def replace_person(
    session: AsyncSession, client: ScimClient, user_id: UUID, body: Mapping[str, Any], if_match: str | None, base: str
) -> User:
    """What is not in the body goes, except that nobody is let in or out by silence."""
    user = await _locked(session, client, user_id, if_match, base)
    await _save(session, client, user, clean_document(body))
    return user


async def patch_person(
    session: AsyncSession, client: ScimClient, user_id: UUID, body: Mapping[str, Any], if_match: str | None, base: str
) -> User:
    operations = read_operations(body)
    user = await _locked(session, client, user_id, if_match, base)
    await _save(session, client, user, patch_user(document_of(user), operations))
    return user


async def delete_person(
    session: AsyncSession, client: ScimClient, user_id: UUID, if_match: str | None, base: str
) -> None:
    user = await _locked(session, client, user_id, if_match, base)
    record(session, client.actor, Action.USER_DELETED, acts.target(user))
    await endings.erase_user(session, user)


async def _locked(session: AsyncSession, client: ScimClient, user_id: UUID, if_match: str | None, base: str) -> User:
    """Raises NotFoundError, and PreconditionError when it is not the version that the client has read."""
    user = await get_person(session, client, user_id, lock=True)
    if if_match is not None:
        (resource,) = await render_people(session, [user], base)
        if not matches(if_match, version_of(resource)):
            raise PreconditionError
    return user


async def _save(session: AsyncSession, client: ScimClient, user: User, document: Document) -> None:
    person = read_person(document)
    account = await queries.find_account(session, person.email)
    if account is not None and account.id != user.id:
        raise UniquenessError(_TAKEN)
    await _require_free(session, client, person, user)
    settings = await queries.find_settings(session, client.tenant_id) or ScimSettings()
    before = await acts.account(session, user)
    await _write(session, client, user, person, settings)
    if changed := changes(before, await acts.account(session, user)):
        record(session, client.actor, Action.USER_CHANGED, acts.target(user), changed)


async def _require_free(session: AsyncSession, client: ScimClient, person: Person, user: User | None) -> None:
    if await queries.is_taken(
        session,
        client.tenant_id,
        user_name=person.user_name.lower(),
        external_id=person.external_id,
        except_id=user.id if user else None,
    ):
        raise UniquenessError(_TAKEN)


async def _write(session: AsyncSession, client: ScimClient, user: User, person: Person, settings: ScimSettings) -> None:
    former = read_person(document_of(user)).department if user.directory else None
    user.user_name = person.user_name.lower()
    user.external_id = person.external_id
    user.email = person.email
    user.name = person.name
    user.directory = person.directory
    if person.active is not None and person.active != user.active:
        await endings.set_active(session, user, active=person.active)
    if person.department != former:
        await _move(session, client, user, person.department, settings)
    # Somebody may have taken it since we looked.
    await identity_queries.save(session, taken=_TAKEN)


async def _move(
    session: AsyncSession, client: ScimClient, user: User, name: str | None, settings: ScimSettings
) -> None:
    """To the department of this name. A name that is unknown, or that two regions have, moves nobody."""
    if name is None:
        user.department_id = None
        return
    home = settings.new_departments_region_id
    found = await queries.departments_called(session, client.tenant_id, name)
    region, slash, short = name.partition("/")
    if not found and slash:
        named = await queries.departments_called(session, client.tenant_id, short.strip())
        found = [each for each in named if each[1].lower() == region.strip().lower()]
    if len(found) > 1:
        found = [each for each in found if each[0].region_id == home]
    elif not found and home is not None and not slash and len(name) <= 200:
        created = await identity.create_department(session, tenant_id=client.tenant_id, region_id=home, name=name)
        record(session, client.actor, Action.DEPARTMENT_CREATED, acts.target(created))
        user.department_id = created.id
    if found:
        user.department_id = found[0][0].id
