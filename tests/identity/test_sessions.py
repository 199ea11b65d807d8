"""Where one is signed in: seen and ended by oneself, and ended by administrators."""

from collections.abc import AsyncGenerator
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from factories import World, sign_in
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.identity.models import LoginSession

Headers = dict[str, str]
OURS = {"X-Nexus-Request": "1", "Origin": "http://nexus.test"}
USER = "user@acme.test"


@pytest.fixture
async def other(app: FastAPI) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """Another browser, elsewhere."""
    transport = httpx2.ASGITransport(app=app, client=("192.0.2.7", 1))
    headers = {"User-Agent": "Another/2.0"}
    async with httpx2.AsyncClient(transport=transport, base_url="http://nexus.test", headers=headers) as client:
        yield client


async def listed(client: httpx2.AsyncClient, headers: Headers) -> list[dict[str, object]]:
    answer = await client.get("/api/me/sessions", headers=headers)
    assert answer.status_code == 200
    assert "nxr_" not in answer.text
    assert "hash" not in answer.text
    return answer.json()["items"]


async def alive(client: httpx2.AsyncClient, headers: Headers) -> bool:
    return (await client.get("/api/me", headers=headers)).status_code == 200


async def test_each_is_shown_with_place_device_and_use(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient, db: Database, world: World
) -> None:
    here, there = await sign_in(client, USER), await sign_in(other, USER)
    await sign_in(client, "manager@acme.test")
    newest, oldest = await listed(client, here)
    assert (newest["user_agent"], newest["ip"], newest["current"]) == ("Another/2.0", "192.0.2.7", False)
    assert oldest["current"] is True
    assert [row["current"] for row in await listed(other, there)] == [True, False]


async def test_the_last_use_is_the_last_refresh(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient, db: Database, world: World
) -> None:
    headers = await sign_in(client, USER)
    async with db.write() as session:
        past = now() - timedelta(hours=3)
        await session.execute(update(LoginSession).values(created_at=past, rotated_at=past, last_used_at=past))
    (before,) = await listed(client, headers)
    other.cookies.set("nexus_refresh", client.cookies["nexus_refresh"])
    assert (await other.post("/api/auth/refresh", headers=OURS)).status_code == 200
    (after,) = await listed(client, headers)
    assert str(after["last_used_at"]) > str(before["last_used_at"])
    assert (after["ip"], after["user_agent"], after["created_at"]) == ("192.0.2.7", "Another/2.0", before["created_at"])


async def test_one_is_ended_and_counts_at_once(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient, world: World
) -> None:
    here, there = await sign_in(client, USER), await sign_in(other, USER)
    (away,) = [row["id"] for row in await listed(client, here) if not row["current"]]
    assert (await client.delete(f"/api/me/sessions/{away}", headers=here)).status_code == 204
    assert not await alive(other, there)
    assert (await other.post("/api/auth/refresh", headers=OURS)).status_code == 401
    assert await alive(client, here)
    again = await client.delete(f"/api/me/sessions/{away}", headers=here)
    unknown = await client.delete(f"/api/me/sessions/{new_id()}", headers=here)
    assert (again.status_code, again.json()["detail"]) == (404, unknown.json()["detail"])


async def test_all_others_at_once(client: httpx2.AsyncClient, other: httpx2.AsyncClient, world: World) -> None:
    here = await sign_in(client, USER)
    away = [await sign_in(other, USER) for _ in range(3)]
    colleague = await sign_in(other, "manager@acme.test")
    assert (await client.delete("/api/me/sessions", headers=here)).status_code == 204
    assert await alive(client, here)
    assert await alive(other, colleague)
    assert not any([await alive(other, headers) for headers in away])
    assert len(await listed(client, here)) == 1


@pytest.mark.parametrize("whose", ["manager@acme.test", "admin@acme.test", "user@other.test"])
async def test_a_colleagues_is_unknown_even_to_administrators(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient, world: World, whose: str
) -> None:
    theirs = await sign_in(other, whose)
    (row,) = await listed(other, theirs)
    for email in (USER, "admin@acme.test", "founder@acme.test"):
        if email == whose:
            continue
        headers = await sign_in(client, email)
        real = await client.delete(f"/api/me/sessions/{row['id']}", headers=headers)
        unknown = await client.delete(f"/api/me/sessions/{new_id()}", headers=headers)
        assert (real.status_code, real.json()["detail"]) == (404, unknown.json()["detail"])
    assert await alive(other, theirs)


async def test_pages(client: httpx2.AsyncClient, world: World) -> None:
    headers = [await sign_in(client, USER) for _ in range(5)]
    found: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/me/sessions", headers=headers[0], params=params)).json()
        found += [row["id"] for row in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert len(set(found)) == len(found) == 5
    for forged in ("nonsense", "WyIyMDI2IiwgIngiXQ"):
        answer = await client.get("/api/me/sessions", headers=headers[0], params={"cursor": forged})
        assert answer.status_code == 422


async def test_administrators_end_all_of_a_persons(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient, world: World
) -> None:
    theirs = [await sign_in(other, USER) for _ in range(2)]
    admin = await sign_in(client, "admin@acme.test")
    manager = await sign_in(client, "manager@acme.test")
    assert (await client.delete(f"/api/users/{world.user}/sessions", headers=manager)).status_code == 403
    assert (await client.delete(f"/api/users/{world.user}/sessions", headers=admin)).status_code == 204
    assert not any([await alive(other, headers) for headers in theirs])
    await sign_in(other, USER)
    for user_id, status in ((world.founder, 403), (world.admin, 409), (world.other_user, 404), (new_id(), 404)):
        assert (await client.delete(f"/api/users/{user_id}/sessions", headers=admin)).status_code == status


class TestTheListOfPeople:
    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            ({"role": "admin"}, {"admin"}),
            ({"state": "active"}, {"founder", "admin", "user"}),
            ({"state": "deactivated"}, {"manager"}),
            ({"state": "invited"}, {"new"}),
            ({"department_id": "HR"}, {"user"}),
            ({"state": "active", "q": "min"}, {"admin"}),
            ({"role": "user", "state": "active"}, {"user"}),
        ],
    )
    async def test_filters(
        self, client: httpx2.AsyncClient, world: World, wanted: dict[str, str], found: set[str]
    ) -> None:
        admin = await sign_in(client, "admin@acme.test")
        new = {"email": "new@acme.test", "name": "New"}
        assert (await client.post("/api/users/invitations", headers=admin, json=new)).status_code == 201
        await client.patch(f"/api/users/{world.manager}", headers=admin, json={"active": False})
        params = {key: str(world.department) if value == "HR" else value for key, value in wanted.items()}
        page = (await client.get("/api/users", headers=admin, params=params)).json()
        assert {row["email"].partition("@")[0] for row in page["items"]} == found

    async def test_another_tenants_department_holds_nobody(self, client: httpx2.AsyncClient, world: World) -> None:
        admin = await sign_in(client, "admin@acme.test")
        params = {"department_id": str(world.other_department)}
        assert (await client.get("/api/users", headers=admin, params=params)).json()["items"] == []
