"""What a directory sends at the same moment ends as if it had come one after the other, on both databases."""

import asyncio

from directory import USER, Directory

pytest_plugins = ("servers",)


async def test_one_person_is_made_once(directory: Directory) -> None:
    body = {"schemas": [USER], "userName": directory.address("ada"), "externalId": "1"}
    answers = await asyncio.gather(*(directory.call("POST", "/Users", json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert {answer.json().get("scimType") for answer in answers} == {None, "uniqueness"}
    assert (await directory.get("/Users"))["totalResults"] == 1


async def test_no_member_is_lost(directory: Directory) -> None:
    people = [(await directory.add_user(f"u{number}"))["id"] for number in range(12)]
    group = await directory.add_group("All", *people[:4])
    path = f"/Groups/{group['id']}"
    adding = [{"op": "add", "path": "members", "value": [{"value": each}]} for each in people[2:]]
    leaving = [{"op": "remove", "path": f'members[value eq "{each}"]'} for each in people[:2]]
    await asyncio.gather(*(directory.patch(path, each, status=204) for each in (*adding, *leaving)))
    assert {each["value"] for each in (await directory.get(path))["members"]} == set(people[2:])


async def test_of_two_changes_of_one_version_one_is_refused(directory: Directory) -> None:
    user = await directory.add_user()
    headers = {"If-Match": user["meta"]["version"]}
    bodies = [{"Operations": [{"op": "add", "path": "title", "value": title}]} for title in ("Dr", "Countess", "Sir")]
    answers = await asyncio.gather(
        *(directory.call("PATCH", f"/Users/{user['id']}", json=body, headers=headers) for body in bodies)
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
