"""What holds for every directory: versions, projections, errors, and whose account is whose."""

from typing import Any

import pytest

from directory import ENTERPRISE, ERROR, PATCH, Directory
from factories import make_user
from hub import Company, Hub
from nexus.access.principal import Role
from nexus.core.ids import new_id
from nexus.core.settings import LimitSettings
from nexus.identity import service as identity
from nexus.identity.limits import RateLimits
from nexus.identity.models import Source, User

pytest_plugins = ("servers",)


async def test_a_version_holds_until_something_changes(directory: Directory) -> None:
    user = await directory.add_user()
    path, version = f"/Users/{user['id']}", user["meta"]["version"]
    answer = await directory.call("GET", path)
    assert answer.headers["etag"] == version
    known = await directory.call("GET", path, headers={"If-None-Match": f'"other", {version}'})
    assert (known.status_code, known.content) == (304, b"")
    change = {"op": "replace", "path": "title", "value": "Countess"}
    changed = await directory.patch(path, change, headers={"If-Match": version})
    assert changed["meta"]["version"] != version
    stale = {"headers": {"If-Match": version}}
    await directory.patch(path, change, status=412, **stale)
    await directory.ask("PUT", path, user, status=412, **stale)
    await directory.ask("DELETE", path, status=412, **stale)
    await directory.patch(path, change, headers={"If-Match": "*"})

    group = await directory.add_group("Engineers")
    path, version = f"/Groups/{group['id']}", group["meta"]["version"]
    join = {"op": "add", "path": "members", "value": [{"value": user["id"]}]}
    await directory.patch(path, join, status=204, headers={"If-Match": version})
    await directory.patch(path, join, status=412, headers={"If-Match": version})
    assert (await directory.get(path))["meta"]["version"] != version


async def test_an_administrators_change_is_a_new_version(directory: Directory, company: Company) -> None:
    user = await directory.add_user()
    await company.admin.patch(f"/users/{user['id']}", {"active": False})
    read = await directory.get(f"/Users/{user['id']}")
    assert read["active"] is False
    assert read["meta"]["version"] != user["meta"]["version"]


async def test_only_what_is_wanted_is_shown(directory: Directory) -> None:
    user = await directory.add_user(**{ENTERPRISE: {"department": "HR", "costCenter": "7"}})
    path = f"/Users/{user['id']}"
    shown = await directory.get(path, attributes=f"USERNAME,name.givenname,{ENTERPRISE}:department,emails.value")
    assert shown == {
        "schemas": user["schemas"],
        "id": user["id"],
        "userName": user["userName"],
        "name": {"givenName": "ada"},
        "emails": [{"value": user["userName"]}],
        ENTERPRISE: {"department": "HR"},
    }
    left = await directory.get(path, excludedAttributes="id,emails,name.formatted,groups,meta")
    assert left.keys() == {"schemas", "id", "userName", "externalId", "displayName", "name", "active", ENTERPRISE}
    assert left["name"] == {"familyName": "Smith", "givenName": "ada"}


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        (b"{", "invalidSyntax"),
        (b"[]", "invalidSyntax"),
        (b"[" * 100_000, "invalidSyntax"),
        (b"\xff", "invalidSyntax"),
        (b"{}", "invalidValue"),
        (b'{"userName": 5}', "invalidValue"),
        (b'{"userName": "no address"}', "invalidValue"),
        (b'{"userName": "a@b.test", "title": "a\\u0000b"}', "invalidValue"),
        (b'{"userName": "a@b.test", "title": "\\ud800"}', "invalidValue"),
        (b'{"userName": "a@b.test", "active": "perhaps"}', "invalidValue"),
        (b'{"userName": "a@b.test", "name": "Ada"}', "invalidValue"),
        (b'{"userName": "a@b.test", "emails": [[]]}', "invalidValue"),
    ],
)
async def test_a_body_that_cannot_be_used(directory: Directory, body: bytes, scim_type: str) -> None:
    answer = await directory.ask("POST", "/Users", status=400, content=body)
    assert answer["scimType"] == scim_type


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "move", "path": "title"}, "invalidSyntax"),
        ("replace", "invalidSyntax"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "add", "value": "x"}, "invalidValue"),
        ({"op": "add", "path": 5, "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "emails[type eq", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "shoeSize", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": "name.shoeSize", "value": "x"}, "invalidPath"),
        ({"op": "add", "path": 'title[type eq "x"]', "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'emails[type ne "work"].value', "value": "x@y.test"}, "noTarget"),
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "groups", "value": []}, "mutability"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
    ],
)
async def test_a_change_that_cannot_be_made_changes_nothing(
    directory: Directory, operation: Any, scim_type: str
) -> None:
    user = await directory.add_user(emails=[{"type": "work", "value": directory.address("work")}])
    path = f"/Users/{user['id']}"
    body = {"schemas": [PATCH], "Operations": [{"op": "add", "path": "title", "value": "Dr"}, operation]}
    answer = await directory.ask("PATCH", path, body, status=400)
    assert answer["scimType"] == scim_type
    assert await directory.get(path) == user


async def test_values_are_added_and_taken_one_by_one(directory: Directory) -> None:
    work, home = ({"type": kind, "value": directory.address(kind)} for kind in ("work", "home"))
    user = await directory.add_user(emails=[work | {"primary": True}])
    path = f"/Users/{user['id']}"
    both = await directory.patch(path, {"op": "add", "path": "emails", "value": [home | {"primary": True}]})
    assert [each["primary"] for each in both["emails"]] == [False, True]
    assert await directory.find("Users", f'emails.value eq "{home["value"]}"') == [both]
    assert await directory.find("Users", f'emails.value eq "{work["value"]}"') == []
    same = await directory.patch(path, {"op": "add", "path": "emails", "value": home | {"primary": "True"}})
    assert same == both
    one = await directory.patch(path, {"op": "remove", "path": 'emails[type eq "home"]'})
    assert [each["type"] for each in one["emails"]] == ["work"]
    none = await directory.patch(path, {"op": "remove", "path": "emails"})
    assert "emails" not in none


async def test_the_department_follows_the_directory(hub: Hub, directory: Directory, company: Company) -> None:
    async def department_of(user: Any) -> str | None:
        found = (await company.admin.get(f"/users/{user['id']}"))["department_id"]
        return (await company.admin.get(f"/departments/{found}"))["name"] if found else None

    user = await directory.add_user(**{ENTERPRISE: {"department": "hr"}})
    path, at = f"/Users/{user['id']}", f"{ENTERPRISE}:department"
    assert await department_of(user) == "HR"
    # Nobody has made it, and the directory may not: the person stays.
    await directory.patch(path, {"op": "replace", "path": at, "value": "Finance"})
    assert await department_of(user) == "HR"
    await company.admin.patch("/scim-settings", {"new_departments_region_id": str(company.region)})
    await directory.patch(path, {"op": "replace", "path": at, "value": "Legal"})
    assert await department_of(user) == "Legal"
    # What the directory does not speak of stays as the administrator left it.
    await company.admin.patch(f"/users/{user['id']}", {"department_id": str(company.department)})
    await directory.patch(path, {"op": "replace", "path": "title", "value": "Dr"})
    assert await department_of(user) == "HR"
    async with hub.database() as db, db.write() as session:
        region = await identity.create_region(session, tenant_id=company.tenant, name="US")
        await identity.create_department(session, tenant_id=company.tenant, region_id=region.id, name="Legal")
        await identity.create_department(session, tenant_id=company.tenant, region_id=region.id, name="Sales")
    await directory.patch(path, {"op": "replace", "path": at, "value": "US/Sales"})
    assert await department_of(user) == "Sales"
    await directory.patch(path, {"op": "remove", "path": at})
    assert await department_of(user) is None


async def test_what_the_directory_did_not_make_it_does_not_see(directory: Directory, company: Company) -> None:
    for path in (f"/Users/{company.member.id}", f"/Groups/{company.group}"):
        unknown = await directory.get(f"{path.rpartition('/')[0]}/{new_id()}", 404)
        for method, body in (("GET", None), ("PUT", {"userName": "x@y.test", "displayName": "x"}), ("DELETE", None)):
            assert await directory.ask(method, path, body, status=404) == unknown
        assert await directory.patch(path, {"op": "replace", "value": {"active": False}}, status=404) == unknown
    assert (await directory.get("/Users"))["totalResults"] == 0
    assert (await directory.get("/Groups"))["totalResults"] == 0
    assert (await company.member.get("/me"))["user"]["active"] is True


async def test_an_account_is_taken_over_only_where_the_tenant_says_so(directory: Directory, company: Company) -> None:
    body = {"userName": company.member.email.upper(), "externalId": "x-1", "displayName": "From The Directory"}
    refused = await directory.ask("POST", "/Users", body, status=409)
    assert refused["scimType"] == "uniqueness"
    await company.admin.patch("/scim-settings", {"take_over_accounts": True})
    taken = await directory.ask("POST", "/Users", body, status=201)
    assert taken["id"] == str(company.member.id)
    shown = await company.admin.get(f"/users/{taken['id']}")
    assert (shown["name"], shown["role"]) == ("From The Directory", "user")
    assert shown["group_ids"] == [str(company.group)]
    assert await directory.ask("POST", "/Users", body, status=409) == refused
    # Nobody above an administrator, and nobody of another tenant; and no word of why.
    for email in (company.operator.email, company.rival.email):
        assert (
            await directory.ask("POST", "/Users", body | {"userName": email, "externalId": "x"}, status=409) == refused
        )
    user = await directory.add_user()
    for email in (company.operator.email, company.rival.email, company.admin.email):
        change = {"op": "replace", "path": "emails", "value": [{"value": email}]}
        assert await directory.patch(f"/Users/{user['id']}", change, status=409) == refused


async def test_the_founder_cannot_be_deprovisioned(hub: Hub, directory: Directory, company: Company) -> None:
    await company.admin.patch("/scim-settings", {"take_over_accounts": True})
    async with hub.database() as db, db.write() as session:
        founder = await make_user(
            session, company.tenant, directory.address("founder"), role=Role.SUPER_ADMIN, is_founder=True
        )
    path = f"/Users/{founder.id}"
    await directory.ask("POST", "/Users", {"userName": founder.email}, status=409)
    await directory.get(path, 404)
    # Not even where their account has become the directory's in some way.
    async with hub.database() as db, db.write() as session:
        row = await session.get(User, founder.id)
        assert row is not None
        row.source = Source.SCIM
        row.user_name = founder.email
    await directory.patch(path, {"op": "replace", "value": {"active": False}}, status=403)
    await directory.ask("PUT", path, {"userName": founder.email, "active": False}, status=403)
    await directory.ask("DELETE", path, status=403)
    assert (await directory.get(path))["active"] is True


async def test_ids_are_unique_in_a_tenant_and_free_in_the_next(directory: Directory, rivals: Directory) -> None:
    ada, bob = [await directory.add_user(name) for name in ("ada", "bob")]
    same = {"op": "replace", "path": "externalId", "value": "external-ada"}
    answer = await directory.patch(f"/Users/{bob['id']}", same, status=409)
    assert answer["scimType"] == "uniqueness"
    other = await rivals.add_user("ada")
    assert other["externalId"] == ada["externalId"]
    await directory.add_group("Engineers")
    clash = await directory.ask("POST", "/Groups", {"displayName": "x", "externalId": "external-Engineers"}, status=409)
    assert (clash["scimType"], clash["schemas"]) == ("uniqueness", [ERROR])
    await rivals.add_group("Engineers")
    # Who was deleted leaves nothing behind that stands in anybody's way.
    await directory.ask("DELETE", f"/Users/{ada['id']}", status=204)
    assert (await directory.add_user("ada"))["id"] != ada["id"]


async def test_tenants_do_not_meet(directory: Directory, rivals: Directory) -> None:
    user, group = await directory.add_user(), await directory.add_group("Engineers")
    await rivals.add_group("Makers")
    for path in (f"/Users/{user['id']}", f"/Groups/{group['id']}"):
        unknown = await rivals.get(f"{path.rpartition('/')[0]}/{new_id()}", 404)
        for method, body in (("GET", None), ("PUT", {"userName": "x@y.test", "displayName": "x"}), ("DELETE", None)):
            assert await rivals.ask(method, path, body, status=404) == unknown
        assert await rivals.patch(path, {"op": "replace", "value": {"displayName": "x"}}, status=404) == unknown
    assert await rivals.find("Users", f'id eq "{user["id"]}" or userName pr') == []
    assert [each["displayName"] for each in await rivals.find("Groups", "displayName pr")] == ["Makers"]
    (makers,) = await rivals.find("Groups", "id pr")
    refusals = []
    for stranger in (user["id"], str(new_id())):
        join = {"op": "add", "path": "members", "value": [{"value": stranger}]}
        answer = await rivals.patch(f"/Groups/{makers['id']}", join, status=400)
        refusals.append(answer["detail"].replace(stranger, ""))
    assert refusals[0] == refusals[1]
    assert await directory.get(f"/Users/{user['id']}") == user
    assert await directory.get(f"/Groups/{group['id']}") == group


async def test_a_directory_that_asks_too_often_is_told_so_in_its_own_words(hub: Hub, directory: Directory) -> None:
    answer = await directory.client.get("/scim/v2/Users", params={"count": "0"})
    assert int(answer.headers["x-ratelimit-remaining"]) < int(answer.headers["x-ratelimit-limit"]) == 3000
    limits = hub.app.state.resources[RateLimits]
    hub.app.state.resources[RateLimits] = RateLimits(LimitSettings(directory_requests=1))
    try:
        assert (await directory.client.get("/scim/v2/Users")).status_code == 200
        refused = await directory.client.get("/scim/v2/Users")
    finally:
        hub.app.state.resources[RateLimits] = limits
    assert (refused.status_code, refused.json()["status"]) == (429, "429")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
