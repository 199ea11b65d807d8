"""SCIM's own addresses, below /scim/v2. They are described by /Schemas, not in the API's description."""

from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from nexus.core.errors import NotFoundError
from nexus.core.http.deps import Db
from nexus.identity import service as identity
from nexus.scim import discovery, groups, people
from nexus.scim.attributes import Document
from nexus.scim.deps import (
    PREFIX_PATH,
    Asked,
    Base,
    Body,
    Client,
    IfMatch,
    IfNoneMatch,
    View,
    listing,
    scim_client,
    speaks_scim,
)
from nexus.scim.mapping import matches, version_of
from nexus.scim.projection import wants_members

# The format first: it has to be known before anything can go wrong.
router = APIRouter(
    prefix=PREFIX_PATH, dependencies=[Depends(speaks_scim), Depends(scim_client)], include_in_schema=False
)


def _id(written: str, noun: str) -> UUID:
    """What is no id of ours is an unknown one."""
    try:
        return UUID(written)
    except ValueError as error:
        raise identity.no_such(noun) from error


def _one_unless_known(view: Asked, resource: Document, known: str | None) -> Response:
    if known is not None and matches(known, version_of(resource)):
        return Response(status_code=304, headers={"ETag": version_of(resource) or ""})
    return view.one(resource)


@router.get("/Users")
async def list_users(db: Db, client: Client, base: Base, view: View) -> Response:
    async with db.read() as session:
        total, resources = await people.list_people(
            session, client, view.wanted, start=view.start, count=view.count, base=base
        )
    return view.page(total, resources)


@router.post("/Users")
async def create_user(db: Db, client: Client, base: Base, body: Body, view: View) -> Response:
    async with db.write() as session:
        user = await people.create_person(session, client, body)
        (resource,) = await people.render_people(session, [user], base)
    return view.one(resource, 201)


@router.get("/Users/{user_id}")
async def get_user(user_id: str, db: Db, client: Client, base: Base, view: View, known: IfNoneMatch = None) -> Response:
    async with db.read() as session:
        user = await people.get_person(session, client, _id(user_id, "user"))
        (resource,) = await people.render_people(session, [user], base)
    return _one_unless_known(view, resource, known)


@router.put("/Users/{user_id}")
async def replace_user(
    user_id: str, db: Db, client: Client, base: Base, body: Body, view: View, if_match: IfMatch = None
) -> Response:
    async with db.write() as session:
        user = await people.replace_person(session, client, _id(user_id, "user"), body, if_match, base)
        (resource,) = await people.render_people(session, [user], base)
    return view.one(resource)


@router.patch("/Users/{user_id}")
async def patch_user(
    user_id: str, db: Db, client: Client, base: Base, body: Body, view: View, if_match: IfMatch = None
) -> Response:
    async with db.write() as session:
        user = await people.patch_person(session, client, _id(user_id, "user"), body, if_match, base)
        (resource,) = await people.render_people(session, [user], base)
    return view.one(resource)


@router.delete("/Users/{user_id}")
async def delete_user(user_id: str, db: Db, client: Client, base: Base, if_match: IfMatch = None) -> Response:
    async with db.write() as session:
        await people.delete_person(session, client, _id(user_id, "user"), if_match, base)
    return Response(status_code=204)


@router.get("/Groups")
async def list_groups(db: Db, client: Client, base: Base, view: View) -> Response:
    async with db.read() as session:
        total, resources = await groups.list_groups(
            session,
            client,
            view.wanted,
            start=view.start,
            count=view.count,
            with_members=wants_members(view.attributes, view.excluded),
            base=base,
        )
    return view.page(total, resources)


@router.post("/Groups")
async def create_group(db: Db, client: Client, base: Base, body: Body, view: View) -> Response:
    async with db.write() as session:
        group = await groups.create_group(session, client, body)
        (resource,) = await groups.render_groups(session, [group], base)
    return view.one(resource, 201)


@router.get("/Groups/{group_id}")
async def get_group(
    group_id: str, db: Db, client: Client, base: Base, view: View, known: IfNoneMatch = None
) -> Response:
    with_members = wants_members(view.attributes, view.excluded)
    async with db.read() as session:
        group = await groups.get_group(session, client, _id(group_id, "group"))
        (resource,) = await groups.render_groups(session, [group], base, with_members=with_members)
    return _one_unless_known(view, resource, known)


@router.put("/Groups/{group_id}")
async def replace_group(
    group_id: str, db: Db, client: Client, base: Base, body: Body, view: View, if_match: IfMatch = None
) -> Response:
    async with db.write() as session:
        group = await groups.replace_group(session, client, _id(group_id, "group"), body, if_match, base)
        (resource,) = await groups.render_groups(session, [group], base)
    return view.one(resource)


@router.patch("/Groups/{group_id}")
async def patch_group(
    group_id: str, db: Db, client: Client, base: Base, body: Body, view: View, if_match: IfMatch = None
) -> Response:
    """Answers without the group, which may have many members, unless parts of it are asked for."""
    async with db.write() as session:
        group = await groups.patch_group(session, client, _id(group_id, "group"), body, if_match, base)
        if not view.attributes:
            return Response(status_code=204)
        with_members = wants_members(view.attributes, view.excluded)
        (resource,) = await groups.render_groups(session, [group], base, with_members=with_members)
    return view.one(resource)


@router.delete("/Groups/{group_id}")
async def delete_group(group_id: str, db: Db, client: Client, base: Base, if_match: IfMatch = None) -> Response:
    async with db.write() as session:
        await groups.delete_group(session, client, _id(group_id, "group"), if_match, base)
    return Response(status_code=204)


@router.get("/ServiceProviderConfig")
async def get_service_provider_config(base: Base, view: View) -> Response:
    return view.one(discovery.service_provider_config(base))


@router.get("/ResourceTypes")
async def list_resource_types(base: Base) -> Response:
    found = discovery.resource_types(base)
    return listing(found, len(found))


@router.get("/ResourceTypes/{name}")
async def get_resource_type(name: str, base: Base, view: View) -> Response:
    return view.one(discovery.one_of(discovery.resource_types(base), name))


@router.get("/Schemas")
async def list_schemas(base: Base) -> Response:
    found = discovery.schemas(base)
    return listing(found, len(found))


@router.get("/Schemas/{name}")
async def get_schema(name: str, base: Base, view: View) -> Response:
    return view.one(discovery.one_of(discovery.schemas(base), name))


@router.api_route("/{path:path}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def unknown_address(request: Request) -> None:
    raise NotFoundError(f"There is nothing to {request.method} at this address.")
