"""Groups as a directory provisions them. It sees and changes the groups it made, and no others."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

from nexus.audit.acts import Action, changes
from nexus.audit.service import record
from nexus.core.db import AsyncSession
from nexus.core.text.storable import is_storable
from nexus.identity import acts
from nexus.identity import queries as identity_queries
from nexus.identity import service as identity
from nexus.identity.models import Group, Source
from nexus.scim import queries
from nexus.scim.attributes import READ_ONLY, Document
from nexus.scim.errors import InvalidPathError, InvalidValueError, MutabilityError, PreconditionError
from nexus.scim.expressions import Compare, PatchPath, holds, parse_filter, parse_path
from nexus.scim.mapping import matches, render_group, version_of
from nexus.scim.patching import Operation, read_operations
from nexus.scim.tokens import ScimClient

_TAKEN = "There is a group of this displayName or externalId already."
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]+")


async def get_group(session: AsyncSession, client: ScimClient, group_id: UUID, *, lock: bool = False) -> Group:
    """Raises NotFoundError, the same for unknown ones, another tenant's, and those the directory did not make."""
    group = await queries.find_group(session, client.tenant_id, group_id, lock=lock)
    if group is None:
        raise identity.no_such("group")
    return group


async def list_groups(
    session: AsyncSession,
    client: ScimClient,
    wanted: str | None,
    *,
    start: int,
    count: int,
    with_members: bool,
    base: str,
) -> tuple[int, list[Document]]:
    """How many fulfil the filter, and the resources of one page. Raises InvalidFilterError."""
    expression = parse_filter(wanted) if wanted else None
    total, groups = await queries.list_groups(session, client.tenant_id, expression, start=start, count=count)
    return total, await render_groups(session, groups, base, with_members=with_members)


async def render_groups(
    session: AsyncSession, groups: Sequence[Group], base: str, *, with_members: bool = True
) -> list[Document]:
    members = await queries.members_of(session, [group.id for group in groups]) if with_members else {}
    return [render_group(group, members.get(group.id), base) for group in groups]


async def create_group(session: AsyncSession, client: ScimClient, body: Mapping[str, Any]) -> Group:
    """Raises InvalidValueError, TakenError."""
    given = _given(body)
    name, external_id = _name(given.get("displayname")), _external_id(given.get("externalid"))
    members = _people(given.get("members"))
    group = await identity.create_group(session, tenant_id=client.tenant_id, name=name)
    group.source, group.external_id = Source.SCIM, external_id
    await identity_queries.save(session, taken=_TAKEN)
    record(session, client.actor, Action.GROUP_CREATED, acts.target(group), {"source": group.source})
    await _set_members(session, client, group, set(), members)
    return group


async def replace_group(
    session: AsyncSession, client: ScimClient, group_id: UUID, body: Mapping[str, Any], if_match: str | None, base: str
) -> Group:
    given = _given(body)
    name, external_id = _name(given.get("displayname")), _external_id(given.get("externalid"))
    members = _people(given.get("members"))
    group = await _locked(session, client, group_id, if_match, base)
    former = group.name
    group.name, group.external_id = name, external_id
    await _save(session, client, group, former)
    await _set_members(session, client, group, await queries.member_ids(session, group.id), members)
    return group


async def patch_group(
    session: AsyncSession, client: ScimClient, group_id: UUID, body: Mapping[str, Any], if_match: str | None, base: str
) -> Group:
    """Operations in their order, written as one difference: a thousand members are a few statements."""
    operations = [part for each in read_operations(body) for part in _spread(each)]
    group = await _locked(session, client, group_id, if_match, base)
    former, present, wanted = group.name, None, set[UUID]()
    for path, operation in operations:
        match path.path:
            case ("displayname",):
                group.name = _name(None if operation.kind == "remove" else operation.value)
            case ("externalid",):
                group.external_id = None if operation.kind == "remove" else _external_id(operation.value)
            case ("members",) | ("members", "value"):
                if present is None:
                    present = await queries.member_ids(session, group.id)
                    wanted = set(present)
                wanted = _with_members(wanted, path, operation)
            case (name, *_) if name in READ_ONLY:
                raise MutabilityError(f"{name} cannot be set.")
            case _:
                raise InvalidPathError(f"A group has no attribute {'.'.join(path.path)}.")
    await _save(session, client, group, former)
    if present is not None:
        await _set_members(session, client, group, present, wanted)
    return group


async def delete_group(
    session: AsyncSession, client: ScimClient, group_id: UUID, if_match: str | None, base: str
) -> None:
    """Its memberships and grants go with it."""
    group = await _locked(session, client, group_id, if_match, base)
    await identity.delete_group(session, client.tenant_id, group.id)
    record(session, client.actor, Action.GROUP_DELETED, acts.target(group))


async def _locked(session: AsyncSession, client: ScimClient, group_id: UUID, if_match: str | None, base: str) -> Group:
    """Raises NotFoundError, and PreconditionError when it is not the version that the client has read."""
    group = await get_group(session, client, group_id, lock=True)
    if if_match is not None:
        (resource,) = await render_groups(session, [group], base)
        if not matches(if_match, version_of(resource)):
            raise PreconditionError
    return group


async def _save(session: AsyncSession, client: ScimClient, group: Group, former: str) -> None:
    await identity_queries.save(session, taken=_TAKEN)
    if changed := changes({"name": former}, {"name": group.name}):
        record(session, client.actor, Action.GROUP_CHANGED, acts.target(group), changed)


def _spread(operation: Operation) -> list[tuple[PatchPath, Operation]]:
    """The operation with its path; one without is as many as its object has attributes that can be set."""
    if operation.path is not None:
        return [(operation.path, operation)]
    settable = {"displayname", "externalid", "members"}
    spread = [(parse_path(name), Operation(operation.kind, None, value)) for name, value in operation.value.items()]
    return [(path, part) for path, part in spread if path.path[0] in settable]


def _with_members(members: set[UUID], path: PatchPath, operation: Operation) -> set[UUID]:
    """The members after the operation."""
    if operation.kind == "remove":
        if isinstance(path.within, Compare) and (path.within.path, path.within.operator) == (("value",), "eq"):
            # What is nearly always asked; a thousand of them in one request must not compare everybody with everybody.
            return members - _people(path.within.value, strict=False)
        if path.within is not None:
            return {each for each in members if not holds(path.within, {"value": str(each), "type": "User"})}
        return set() if operation.value is None else members - _people(operation.value, strict=False)
    if path.within is not None:
        raise InvalidPathError("Members are added and replaced as a list of values, without brackets in the path.")
    given = _people(operation.value)
    return given if operation.kind == "replace" else members | given


def _people(value: Any, *, strict: bool = True) -> set[UUID]:
    """The ids in a list of members; what is no id belongs to nobody. Raises InvalidValueError where that matters."""
    listed = cast("list[Any]", value) if isinstance(value, list) else [] if value is None else [value]
    people: set[UUID] = set()
    for each in listed:
        given: Any = _given(cast("dict[str, Any]", each)).get("value") if isinstance(each, dict) else each
        try:
            people.add(UUID(str(given)))
        except ValueError as error:
            if strict:
                raise _no_such_member(str(given)) from error
    return people


def _no_such_member(given: str) -> InvalidValueError:
    return InvalidValueError(f"There is no user {given[:64]!a} who could be a member.")


async def _set_members(
    session: AsyncSession, client: ScimClient, group: Group, present: set[UUID], wanted: set[UUID]
) -> None:
    """Raises InvalidValueError for who is not of the tenant, the same as for who does not exist."""
    added = wanted - present
    if unknown := added - await queries.existing_people(session, client.tenant_id, added):
        raise _no_such_member(str(min(unknown)))
    removed = present - wanted
    await queries.remove_members(session, group.id, removed)
    await queries.add_members(session, group.id, added)
    for action, people in ((Action.MEMBER_REMOVED, removed), (Action.MEMBER_ADDED, added)):
        if people:
            record(session, client.actor, action, acts.target(group), {"user_ids": sorted(people)})


def _given(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in body.items()}


def _name(value: Any) -> str:
    name = _UNPRINTABLE.sub(" ", value).strip() if isinstance(value, str) and is_storable(value) else ""
    if not 0 < len(name) <= 200:
        raise InvalidValueError("A group needs a displayName of 200 characters at most.")
    return name


def _external_id(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > 255 or not is_storable(value):
        raise InvalidValueError("An externalId must be a text of 255 characters at most.")
    return value
