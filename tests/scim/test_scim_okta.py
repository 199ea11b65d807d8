"""The requests that Okta sends: whole objects, lower case, paging first."""

from directory import GROUP, LIST, USER, Directory

pytest_plugins = ("servers",)


async def test_a_persons_life(directory: Directory) -> None:
    page = await directory.get("/Users", startIndex="1", count="2")
    assert page["schemas"] == [LIST]
    assert page["totalResults"] == 0
    mail = directory.address("grace")
    assert await directory.find("Users", f'userName eq "{mail}"', startIndex="1", count="100") == []

    user = await directory.ask(
        "POST",
        "/Users",
        {
            "schemas": [USER],
            "userName": mail,
            "name": {"givenName": "Grace", "familyName": "Hopper"},
            "emails": [{"primary": True, "value": mail, "type": "work"}],
            "displayName": "Grace Hopper",
            "locale": "en-US",
            "externalId": "00ujl29u0le5T6Aj10h7",
            "groups": [],
            "password": "1mz050nq",
            "active": True,
        },
        status=201,
    )
    assert "password" not in user
    path = f"/Users/{user['id']}"
    assert await directory.get(path) == user

    # An update is the whole of what was read, changed; what only we may say is ignored.
    replaced = await directory.ask("PUT", path, user | {"id": "x", "name": {"givenName": "Gr", "familyName": "Hopper"}})
    assert replaced["id"] == user["id"]
    assert replaced["name"] == {"givenName": "Gr", "familyName": "Hopper"}
    assert replaced["locale"] == "en-US"

    off = await directory.patch(path, {"op": "replace", "value": {"active": False}})
    assert off["active"] is False
    on = await directory.patch(path, {"op": "replace", "value": {"active": True}})
    assert on["active"] is True
    without = {name: value for name, value in user.items() if name not in {"active", "locale"}}
    silent = await directory.ask("PUT", path, without)
    assert silent["active"] is True
    assert "locale" not in silent


async def test_a_groups_life(directory: Directory) -> None:
    grace, alan = [await directory.add_user(name) for name in ("grace", "alan")]
    group = await directory.ask(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "Okta Push", "members": []}, status=201
    )
    path = f"/Groups/{group['id']}"
    await directory.patch(
        path, {"op": "replace", "value": {"id": group["id"], "displayName": "Okta Renamed"}}, status=204
    )
    add = {"op": "add", "path": "members", "value": [{"value": grace["id"], "display": grace["userName"]}]}
    await directory.patch(path, {"op": "remove", "path": f'members[value eq "{alan["id"]}"]'}, add, status=204)
    read = await directory.get(path)
    assert read["displayName"] == "Okta Renamed"
    assert [each["value"] for each in read["members"]] == [grace["id"]]
    await directory.patch(path, {"op": "replace", "path": "members", "value": [{"value": alan["id"]}]}, status=204)
    assert [each["value"] for each in (await directory.get(path))["members"]] == [alan["id"]]
    replaced = await directory.ask(
        "PUT", path, {"schemas": [GROUP], "displayName": "Okta Renamed", "members": [{"value": grace["id"]}]}
    )
    assert [each["value"] for each in replaced["members"]] == [grace["id"]]
    page = await directory.get("/Groups", startIndex="1", count="100")
    assert page["totalResults"] == 1
    await directory.patch(path, {"op": "remove", "path": "members"}, status=204)
    assert (await directory.get(path))["members"] == []


async def test_people_come_in_pages(directory: Directory) -> None:
    made = [(await directory.add_user(f"p{number}"))["id"] for number in range(7)]
    read: list[str] = []
    for start in (1, 4, 7, 10):
        page = await directory.get("/Users", startIndex=start, count=3)
        assert page["totalResults"] == 7
        assert page["startIndex"] == start
        assert page["itemsPerPage"] == len(page["Resources"])
        read += [each["id"] for each in page["Resources"]]
    assert read == made
    assert len((await directory.get("/Users", startIndex=-5, count=2))["Resources"]) == 2
    assert (await directory.get("/Users", count=0))["Resources"] == []
    assert (await directory.get("/Users", count=-1))["totalResults"] == 7
    assert len((await directory.get("/Users", count=10**9))["Resources"]) == 7
    assert (await directory.get("/Users", startIndex=10**40))["Resources"] == []
