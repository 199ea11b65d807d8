"""Another tenant's ids look exactly like ids that do not exist, on every route and inside every body."""

from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from factories import World, sign_in
from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.identity import queries

NAME = {"name": "New name"}
BODIES: dict[str, dict[str, Any]] = {"PATCH": NAME, "POST": {}, "PUT": {}}


def of_this_room(app: FastAPI) -> list[tuple[str, str]]:
    """Method and path of every route with an id, tenants apart: those are all a super admin's."""
    prefixes = ("/api/users", "/api/regions", "/api/departments", "/api/groups")
    return [
        (method.upper(), path)
        for path, item in app.openapi()["paths"].items()
        for method in item
        if "{" in path and path.startswith(prefixes)
    ]


def told(answer: httpx2.Response) -> tuple[int, dict[str, Any]]:
    body = answer.json()
    body.pop("request_id")
    return answer.status_code, body


async def test_on_every_route_with_an_id(app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World) -> None:
    headers = await sign_in(client, "admin@acme.test")
    foreign = {
        "user_id": world.other_user,
        "region_id": world.other_region,
        "department_id": world.other_department,
        "group_id": world.other_group,
    }
    own = {"user_id": world.user, "group_id": world.group}
    routes = of_this_room(app)
    assert len(routes) >= 15
    for method, path in routes:
        names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        for name in names:
            mixed: dict[str, UUID] = {each: own[each] for each in names if each != name}
            answers = [
                await client.request(
                    method, path.format(**mixed, **{name: row_id}), headers=headers, json=BODIES.get(method)
                )
                for row_id in (foreign[name], new_id())
            ]
            assert told(answers[0]) == told(answers[1])
            assert answers[0].status_code == 404, f"{method} {path}"
    async with db.read() as session:
        user = await queries.find_user(session, world.other_user)
    assert user is not None
    assert user.name == "User"


@pytest.mark.parametrize(
    ("method", "path", "field", "rest"),
    [
        ("POST", "/api/users", "department_id", {"email": "new@acme.test", "name": "New"}),
        ("POST", "/api/users", "group_ids", {"email": "new@acme.test", "name": "New"}),
        ("POST", "/api/users/invitations", "department_id", {"email": "new@acme.test", "name": "New"}),
        ("POST", "/api/users/invitations", "group_ids", {"email": "new@acme.test", "name": "New"}),
        ("PATCH", "/api/users/{user}", "department_id", {}),
        ("PATCH", "/api/users/{user}", "group_ids", {}),
        ("POST", "/api/departments", "region_id", {"name": "New"}),
        ("PATCH", "/api/departments/{department}", "region_id", {}),
    ],
)
async def test_inside_every_body(
    client: httpx2.AsyncClient, world: World, method: str, path: str, field: str, rest: dict[str, Any]
) -> None:
    headers = await sign_in(client, "admin@acme.test")
    url = path.format(user=world.user, department=world.department)
    foreign = {
        "department_id": world.other_department,
        "group_ids": world.other_group,
        "region_id": world.other_region,
    }[field]
    answers = []
    for row_id in (foreign, new_id()):
        value: Any = [str(row_id)] if field == "group_ids" else str(row_id)
        answers.append(await client.request(method, url, headers=headers, json=rest | {field: value}))
    assert told(answers[0]) == told(answers[1])
    assert answers[0].status_code == 404
    people = await client.get("/api/users?q=new@", headers=headers)
    assert people.json()["items"] == []


@pytest.mark.parametrize("path", ["/api/users", "/api/regions", "/api/departments", "/api/groups"])
async def test_lists_and_their_cursors_stay_inside_the_tenant(
    client: httpx2.AsyncClient, world: World, path: str
) -> None:
    ours, theirs = await sign_in(client, "admin@acme.test"), await sign_in(client, "admin@other.test")
    everything = (await client.get(path, headers=ours)).json()["items"]
    others = (await client.get(path, headers=theirs)).json()["items"]
    assert {row["id"] for row in everything}.isdisjoint(row["id"] for row in others)
    assert others


async def test_an_admin_of_a_tenant_governs_no_other(client: httpx2.AsyncClient, world: World) -> None:
    headers = await sign_in(client, "admin@other.test")
    assert (await client.get("/api/tenants", headers=headers)).status_code == 403
    assert (await client.get(f"/api/tenants/{world.acme}", headers=headers)).status_code == 403
