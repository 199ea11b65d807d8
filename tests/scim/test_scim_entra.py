"""The requests of Entra's provisioning service and of its validator, in their order and in their spelling."""

from typing import Any

from directory import ENTERPRISE, PATCH, Directory
from hub import Company, Hub
from nexus.core.ids import new_id
from nexus.identity.models import User

pytest_plugins = ("servers",)

DEPARTMENT = f"{ENTERPRISE}:department"
MANAGER = f"{ENTERPRISE}:manager"


def same_but(resource: Any, *changed: str) -> Any:
    return {name: value for name, value in resource.items() if name not in {"meta", *changed}}


async def test_the_connection_is_tried_with_somebody_who_does_not_exist(directory: Directory) -> None:
    for attribute in ("userName", "externalId", 'emails[type eq "work"].value'):
        assert await directory.find("Users", f'{attribute} eq "{new_id()}"') == []
    page = await directory.get("/Groups", filter='displayName eq "nobody"', excludedAttributes="members")
    assert (page["totalResults"], page["Resources"], page["startIndex"]) == (0, [], 1)


async def test_the_validators_run_on_users(directory: Directory) -> None:
    first = await directory.add_user("first")
    answer = await directory.call("POST", "/Users", json={"userName": directory.address("first").upper()})
    assert (answer.status_code, answer.json()["scimType"]) == (409, "uniqueness")

    for name in (directory.address("first"), directory.address("first").upper()):
        (found,) = await directory.find("Users", f'userName eq "{name}"')
        assert found == first
    assert await directory.find("Users", 'userName eq "non-existent"') == []
    (found,) = await directory.find("Users", 'externalId eq "external-first"')
    assert found["id"] == first["id"]
    assert (await directory.get(f"/Users/{first['id']}")) == first
    for unknown in (new_id(), "no-id"):
        await directory.get(f"/Users/{unknown}", 404)

    second = await directory.add_user("second")
    path = f"/Users/{second['id']}"
    changed = await directory.patch(
        path,
        {"op": "replace", "path": "userName", "value": directory.address("renamed")},
        {"op": "replace", "path": "displayName", "value": "Renamed"},
        {"op": "Add", "path": "name.givenName", "value": "Ren"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": directory.address("mail")},
        {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+44 20 1234"},
        {"op": "Add", "path": 'addresses[type eq "work"].formatted', "value": "1 High Street"},
        {"op": "Add", "path": f"{ENTERPRISE}:employeeNumber", "value": "4711"},
        {"op": "Add", "path": MANAGER, "value": first["id"]},
    )
    assert changed["userName"] == directory.address("renamed")
    assert changed["name"] == {"formatted": "second Smith", "familyName": "Smith", "givenName": "Ren"}
    assert changed["emails"] == [{"primary": True, "type": "work", "value": directory.address("mail")}]
    assert changed["phoneNumbers"] == [{"type": "mobile", "value": "+44 20 1234"}]
    assert changed["addresses"] == [{"type": "work", "formatted": "1 High Street"}]
    assert changed[ENTERPRISE] == {"employeeNumber": "4711", "manager": {"value": first["id"]}}
    assert ENTERPRISE in changed["schemas"]
    assert await directory.get(path) == changed
    (found,) = await directory.find("Users", f'id eq "{second["id"]}" and {MANAGER} eq "{first["id"]}"')
    assert found == changed

    disabled = await directory.patch(path, {"op": "Replace", "path": "active", "value": "False"})
    assert disabled["active"] is False
    assert same_but(disabled, "active") == same_but(changed, "active")
    (found,) = await directory.find("Users", f'userName eq "{directory.address("renamed")}"')
    assert found["active"] is False
    enabled = await directory.patch(path, {"op": "replace", "path": "active", "value": True})
    assert enabled == changed

    await directory.ask("DELETE", path, status=204)
    await directory.get(path, 404)
    await directory.ask("DELETE", path, status=404)
    assert await directory.find("Users", f'id eq "{second["id"]}"') == []


async def test_the_validators_run_on_groups(directory: Directory) -> None:
    ada, bob = [await directory.add_user(name) for name in ("ada", "bob")]
    group = await directory.add_group("Engineers", members=[])
    assert group["members"] == []
    await directory.ask("POST", "/Groups", {"displayName": "Engineers"}, status=409)
    path = f"/Groups/{group['id']}"
    assert "members" not in await directory.get(path, excludedAttributes="members")
    (found,) = await directory.find("Groups", 'displayName eq "Engineers"', excludedAttributes="members")
    assert found["id"] == group["id"]
    assert found.keys() == {"schemas", "id", "displayName", "externalId", "meta"}

    assert await directory.patch(path, {"op": "Replace", "path": "displayName", "value": "Makers"}, status=204) is None
    assert (await directory.get(path))["displayName"] == "Makers"
    member = {"op": "Add", "path": "members", "value": [{"$ref": None, "value": ada["id"]}]}
    await directory.patch(path, member, status=204)
    await directory.patch(path, member | {"value": [{"$ref": None, "value": bob["id"]}]}, status=204)
    assert [each["value"] for each in (await directory.get(path))["members"]] == [ada["id"], bob["id"]]
    for attribute in ("members", "members.value"):
        wanted = f'id eq "{group["id"]}" and {attribute} eq "{ada["id"]}"'
        (found,) = await directory.find("Groups", wanted, excludedAttributes="members")
        assert found["id"] == group["id"]
    assert (await directory.get(f"/Users/{ada['id']}"))["groups"][0]["display"] == "Makers"

    # Once with the condition in the path, once as Entra does without the flag.
    await directory.patch(path, {"op": "Remove", "path": f'members[value eq "{ada["id"]}"]'}, status=204)
    assert [each["value"] for each in (await directory.get(path))["members"]] == [bob["id"]]
    await directory.patch(
        path, {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": bob["id"]}]}, status=204
    )
    assert (await directory.get(path))["members"] == []
    await directory.ask("DELETE", path, status=204)
    await directory.get(path, 404)


async def test_changes_without_a_path_and_with_dotted_names(directory: Directory) -> None:
    user = await directory.add_user()
    value = {
        "displayName": "Ada L.",
        "name.familyName": "Lovelace",
        DEPARTMENT: "Research",
        f"{ENTERPRISE}:manager": {"value": user["id"]},
        "active": "True",
        "somethingOfOurs": "ignored",
    }
    changed = await directory.patch(f"/Users/{user['id']}", {"op": "Add", "value": value})
    assert changed["displayName"] == "Ada L."
    assert changed["name"]["familyName"] == "Lovelace"
    assert changed["name"]["givenName"] == "ada"
    assert changed[ENTERPRISE] == {"department": "Research", "manager": {"value": user["id"]}}
    assert changed["active"] is True
    gone = await directory.patch(f"/Users/{user['id']}", {"op": "Remove", "path": MANAGER})
    assert gone[ENTERPRISE] == {"department": "Research"}


async def test_a_thousand_members_in_one_request(hub: Hub, directory: Directory, company: Company) -> None:
    rows = [
        User(id=new_id(), tenant_id=company.tenant, email=directory.address(f"u{n}"), name=f"U {n}", role="user")
        for n in range(1000)
    ]
    async with hub.database() as db, db.write() as session:
        session.add_all(rows)
    people = [str(row.id) for row in rows]
    group = await directory.add_group("All", people[0])
    path = f"/Groups/{group['id']}"
    await directory.patch(
        path, {"op": "Add", "path": "members", "value": [{"value": each} for each in people]}, status=204
    )
    assert len((await directory.get(path))["members"]) == 1000
    operations = [
        *({"op": "Remove", "path": f'members[value eq "{each}"]'} for each in people[:900]),
        *({"op": "Add", "path": "members", "value": [{"value": each}]} for each in people[:200]),
    ]
    await directory.ask("PATCH", path, {"schemas": [PATCH], "Operations": operations}, status=204)
    members = {each["value"] for each in (await directory.get(path))["members"]}
    assert members == {*people[:200], *people[900:]}


async def test_schemas_tell_entra_what_to_map(directory: Directory) -> None:
    schemas = (await directory.get("/Schemas"))["Resources"]
    user = next(each for each in schemas if each["name"] == "User")
    assert {"userName", "active", "emails", "name", "groups"} <= {each["name"] for each in user["attributes"]}
    assert await directory.get(f"/Schemas/{user['id']}") == user
    await directory.get("/Schemas/urn:nothing", 404)
    types = (await directory.get("/ResourceTypes"))["Resources"]
    assert [each["endpoint"] for each in types] == ["/Users", "/Groups"]
    assert (await directory.get("/ResourceTypes/User"))["schemaExtensions"][0]["schema"] == ENTERPRISE
    config = await directory.get("/ServiceProviderConfig")
    assert config["patch"]["supported"]
    assert config["etag"]["supported"]
    assert not config["bulk"]["supported"]
