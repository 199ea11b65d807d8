"""Tenants, regions, departments and groups through the API."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from factories import World, sign_in
from nexus.access import service as access
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import SubjectKind, subject
from nexus.core.db import Database
from nexus.core.errors import NotFoundError
from nexus.core.ids import new_id
from nexus.identity.models import Group
from nexus.identity.subjects import name_subjects, require_subject

Headers = dict[str, str]


@pytest.fixture
async def admin(client: httpx2.AsyncClient, world: World) -> Headers:
    return await sign_in(client, "admin@acme.test")


@pytest.fixture
async def founder(client: httpx2.AsyncClient, world: World) -> Headers:
    return await sign_in(client, "founder@acme.test")


async def grants_left(db: Database) -> list[str]:
    async with db.read() as session:
        return list(await session.scalars(select(Grant.subject)))


async def grant_to(db: Database, world: World, kind: SubjectKind, subject_id: Any) -> None:
    async with db.write() as session:
        await access.add_grant(
            session,
            tenant_id=world.acme,
            kind=ResourceKind.KNOWLEDGE_BASE,
            resource_id=new_id(),
            subject_kind=kind,
            subject_id=subject_id,
            level=Level.READ,
        )


async def test_the_same_department_in_two_regions_is_two(
    client: httpx2.AsyncClient, world: World, admin: Headers
) -> None:
    us = (await client.post("/api/regions", headers=admin, json={"name": "US"})).json()
    made = await client.post("/api/departments", headers=admin, json={"region_id": us["id"], "name": "HR"})
    assert made.status_code == 201
    again = await client.post("/api/departments", headers=admin, json={"region_id": us["id"], "name": "HR"})
    assert again.status_code == 409
    everywhere = (await client.get("/api/departments", headers=admin)).json()["items"]
    assert [row["name"] for row in everywhere] == ["HR", "HR"]
    here = (await client.get("/api/departments", headers=admin, params={"region_id": us["id"]})).json()["items"]
    assert [row["id"] for row in here] == [made.json()["id"]]
    clash = await client.patch(
        f"/api/departments/{made.json()['id']}", headers=admin, json={"region_id": str(world.region)}
    )
    assert clash.status_code == 409
    renamed = await client.patch(
        f"/api/departments/{made.json()['id']}", headers=admin, json={"region_id": str(world.region), "name": "People"}
    )
    assert renamed.json()["region_id"] == str(world.region)


@pytest.mark.parametrize("kind", ["regions", "groups"])
async def test_names_are_made_changed_and_taken(
    client: httpx2.AsyncClient, world: World, admin: Headers, kind: str
) -> None:
    made = (await client.post(f"/api/{kind}", headers=admin, json={"name": "  Nordics "})).json()
    assert made["name"] == "Nordics"
    assert (await client.post(f"/api/{kind}", headers=admin, json={"name": "Nordics"})).status_code == 409
    taken = {"regions": "UK", "groups": "Pilots"}[kind]
    url = f"/api/{kind}/{made['id']}"
    assert (await client.patch(url, headers=admin, json={"name": taken})).status_code == 409
    assert (await client.patch(url, headers=admin, json={"name": "North"})).json()["name"] == "North"
    assert (await client.get(url, headers=admin)).json()["name"] == "North"
    assert (await client.post(f"/api/{kind}", headers=admin, json={"name": "x", "id": made["id"]})).status_code == 422
    assert (await client.delete(url, headers=admin)).status_code == 204
    assert (await client.get(url, headers=admin)).status_code == 404


async def test_what_is_in_use_is_not_deleted(
    client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
) -> None:
    await grant_to(db, world, SubjectKind.DEPARTMENT, world.department)
    region, department = f"/api/regions/{world.region}", f"/api/departments/{world.department}"
    for url in (region, department):
        refused = await client.delete(url, headers=admin)
        assert refused.status_code == 409
        assert refused.json()["type"] == "urn:nexus:problem:in-use"
    assert len(await grants_left(db)) == 1
    await client.patch(f"/api/users/{world.user}", headers=admin, json={"department_id": None})
    for url in (department, region):
        assert (await client.delete(url, headers=admin)).status_code == 204
    assert await grants_left(db) == []


async def test_membership(client: httpx2.AsyncClient, db: Database, world: World, admin: Headers) -> None:
    url = f"/api/groups/{world.group}/members"
    for _ in range(2):
        assert (await client.put(f"{url}/{world.manager}", headers=admin)).status_code == 204
    members = (await client.get(url, headers=admin)).json()["items"]
    assert [member["email"] for member in members] == ["manager@acme.test", "user@acme.test"]
    first = (await client.get(url, headers=admin, params={"limit": 1})).json()
    rest = (await client.get(url, headers=admin, params={"limit": 1, "cursor": first["next_cursor"]})).json()
    assert [member["email"] for member in first["items"] + rest["items"]] == ["manager@acme.test", "user@acme.test"]
    assert rest["next_cursor"] is None
    for _ in range(2):
        assert (await client.delete(f"{url}/{world.user}", headers=admin)).status_code == 204
    user = await sign_in(client, "user@acme.test")
    assert (await client.get("/api/me", headers=user)).json()["groups"] == []
    assert (await client.get(url, headers=user)).status_code == 403


async def test_deleting_a_group_takes_its_memberships_and_grants(
    client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
) -> None:
    await grant_to(db, world, SubjectKind.GROUP, world.group)
    await grant_to(db, world, SubjectKind.TENANT, world.acme)
    assert (await client.delete(f"/api/groups/{world.group}", headers=admin)).status_code == 204
    assert await grants_left(db) == [subject(SubjectKind.TENANT, world.acme)]
    user = await sign_in(client, "user@acme.test")
    assert (await client.get("/api/me", headers=user)).json()["groups"] == []


async def test_lists_page_by_name(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    for name in ("Zeta", "Alpha", "Mid"):
        await client.post("/api/groups", headers=admin, json={"name": name})
    names: list[str] = []
    cursor: dict[str, Any] = {}
    for _ in range(4):
        page = (await client.get("/api/groups", headers=admin, params={"limit": 1} | cursor)).json()
        names += [row["name"] for row in page["items"]]
        cursor = {"cursor": page["next_cursor"]}
    assert names == ["Alpha", "Mid", "Pilots", "Zeta"]
    assert cursor == {"cursor": None}


async def test_lists_count_for_whoever_may_see_people(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    user = await sign_in(client, "user@acme.test")

    async def seen(headers: Headers, path: str, field: str) -> list[Any]:
        answer = (await client.get(path, headers=headers)).json()
        return [row[field] for row in (answer if isinstance(answer, list) else answer["items"])]

    assert await seen(admin, "/api/groups", "people") == [1]
    assert await seen(admin, "/api/departments", "people") == [1]
    assert await seen(admin, "/api/regions", "departments") == [1]
    assert await seen(admin, "/api/roles", "people") == [1, 1, 1, 1]
    for path in ("/api/groups", "/api/departments"):
        assert await seen(user, path, "people") == [None]
    assert await seen(user, "/api/roles", "people") == [None] * 4
    one = (await client.get(f"/api/groups/{world.group}", headers=admin)).json()
    assert one == {"id": str(world.group), "name": "Pilots", "source": "local", "people": 1}


async def test_groups_and_members_are_searched(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    await client.post("/api/groups", headers=admin, json={"name": "100% divers"})

    async def found(path: str, **params: Any) -> list[str]:
        items = (await client.get(path, headers=admin, params=params)).json()["items"]
        return [row["name"] for row in items]

    assert await found("/api/groups", q="PIL") == ["Pilots"]
    assert await found("/api/groups", q="%") == ["100% divers"]
    assert await found("/api/groups", local=False) == []
    assert await found("/api/groups", local=True, q="div") == ["100% divers"]
    assert await found(f"/api/groups/{world.group}/members", q="USER@") == ["User"]
    assert await found(f"/api/groups/{world.group}/members", q="nobody") == []


@pytest.mark.parametrize("source", ["scim", "entra", "oidc"])
async def test_what_others_look_after_is_not_changed_here(
    client: httpx2.AsyncClient, db: Database, world: World, admin: Headers, source: str
) -> None:
    async with db.write() as session:
        await session.execute(update(Group).where(Group.id == world.group).values(source=source))
    url = f"/api/groups/{world.group}"
    refused = [
        await client.put(f"{url}/members/{world.manager}", headers=admin),
        await client.delete(f"{url}/members/{world.user}", headers=admin),
        await client.patch(f"/api/users/{world.user}", headers=admin, json={"group_ids": []}),
        await client.patch(f"/api/users/{world.manager}", headers=admin, json={"group_ids": [str(world.group)]}),
    ]
    assert {(one.status_code, one.json()["type"]) for one in refused} == {(409, "urn:nexus:problem:looked-after")}
    renamed = await client.patch(url, headers=admin, json={"name": "Ours"})
    assert renamed.status_code == (409 if source == "scim" else 200), (
        "a directory names its groups, a provider does not"
    )
    # What a person has is no change, so the form can be saved.
    mine = (await client.post("/api/groups", headers=admin, json={"name": "Mine"})).json()["id"]
    both = {"name": "User", "group_ids": [mine, str(world.group)]}
    saved = await client.patch(f"/api/users/{world.user}", headers=admin, json=both)
    assert set(saved.json()["group_ids"]) == {mine, str(world.group)}
    assert (await client.delete(url, headers=admin)).status_code == 204


async def test_long_names_page_too(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    for letter in ("\U0001f600", "\u754c"):
        assert (await client.post("/api/regions", headers=admin, json={"name": letter * 200})).status_code == 201
    seen, cursor = [], None
    for _ in range(3):
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/regions", headers=admin, params=params)).json()
        seen += [row["name"][0] for row in page["items"]]
        cursor = page["next_cursor"]
    assert (sorted(seen), cursor) == (sorted(["U", "\u754c", "\U0001f600"]), None)


async def test_a_super_admin_opens_a_tenant_with_its_first_admin(
    client: httpx2.AsyncClient, world: World, founder: Headers
) -> None:
    new = {"name": "Unit", "parent_id": str(world.acme), "admin": {"email": "a@unit.test", "name": "Ann"}}
    answer = await client.post("/api/tenants", headers=founder, json=new)
    assert answer.status_code == 201
    made = answer.json()
    assert made["tenant"]["parent_id"] == str(world.acme)
    assert made["admin"]["user"]["role"] == "admin"
    theirs = await sign_in(client, "a@unit.test", made["admin"]["password"])
    assert (await client.get("/api/me", headers=theirs)).json()["tenant"]["name"] == "Unit"
    emails = [row["email"] for row in (await client.get("/api/users", headers=theirs)).json()["items"]]
    assert emails == ["a@unit.test"]
    assert (await client.post("/api/tenants", headers=founder, json=new)).status_code == 409


async def test_tenants_are_listed_renamed_and_never_below_themselves(
    client: httpx2.AsyncClient, world: World, founder: Headers
) -> None:
    unit = (await client.post("/api/tenants", headers=founder, json={"name": "Unit"})).json()["tenant"]
    assert unit["sign_up"] is False
    listed = (await client.get("/api/tenants", headers=founder)).json()["items"]
    assert [row["name"] for row in listed] == ["Acme", "Other", "Unit"]

    async def change(tenant_id: object, **fields: Any) -> httpx2.Response:
        return await client.patch(f"/api/tenants/{tenant_id}", headers=founder, json=fields)

    assert (await change(unit["id"], parent_id=str(world.other))).status_code == 200
    assert (await change(world.other, parent_id=str(world.acme))).status_code == 200
    for below in (world.other, unit["id"], world.acme):
        assert (await change(world.acme, parent_id=str(below))).status_code == 409
    assert (await change(unit["id"], parent_id=str(new_id()))).status_code == 404
    assert (await change(unit["id"], name="Acme")).status_code == 409
    changed = await change(unit["id"], parent_id=None, name="Branch", sign_up=True)
    assert (changed.json()["parent_id"], changed.json()["name"], changed.json()["sign_up"]) == (None, "Branch", True)
    assert (await client.get(f"/api/tenants/{unit['id']}", headers=founder)).json() == changed.json()


async def test_grants_name_only_subjects_of_the_tenant(db: Database, world: World) -> None:
    ours = {
        SubjectKind.USER: world.user,
        SubjectKind.GROUP: world.group,
        SubjectKind.DEPARTMENT: world.department,
        SubjectKind.TENANT: world.acme,
    }
    theirs = {
        SubjectKind.USER: world.other_user,
        SubjectKind.GROUP: world.other_group,
        SubjectKind.DEPARTMENT: world.other_department,
        SubjectKind.TENANT: world.other,
    }
    async with db.read() as session:
        for kind, subject_id in ours.items():
            await require_subject(session, world.acme, kind, subject_id)
            with pytest.raises(NotFoundError) as foreign:
                await require_subject(session, world.acme, kind, theirs[kind])
            with pytest.raises(NotFoundError) as unknown:
                await require_subject(session, world.acme, kind, new_id())
            assert foreign.value.detail == unknown.value.detail
        words = [subject(kind, subject_id) for kind, subject_id in (*ours.items(), *theirs.items())]
        assert await name_subjects(session, world.acme, words) == {
            subject(SubjectKind.USER, world.user): "User",
            subject(SubjectKind.GROUP, world.group): "Pilots",
            subject(SubjectKind.DEPARTMENT, world.department): "HR",
            subject(SubjectKind.TENANT, world.acme): "Acme",
        }


async def test_a_name_that_is_taken_is_told_beside_another_change_too(
    client: httpx2.AsyncClient, world: World, admin: Headers, founder: Headers
) -> None:
    tenant = f"/api/tenants/{world.acme}"
    parents = (str(world.other), str(new_id()))
    told = [await client.patch(tenant, headers=founder, json={"name": "Other", "parent_id": one}) for one in parents]
    assert [answer.status_code for answer in told] == [409, 404]
    new = {"name": "Payroll", "region_id": str(world.region)}
    made = (await client.post("/api/departments", headers=admin, json=new)).json()["id"]
    change = {"name": "HR", "region_id": str(world.region)}
    refused = await client.patch(f"/api/departments/{made}", headers=admin, json=change)
    assert refused.status_code == 409
