"""The administration of people: who may do what to whom, and how soon it counts."""

import base64
import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from factories import PASSWORD, World, make_user, sign_in
from nexus.access import service as access
from nexus.access.models import Grant, Level, ResourceKind
from nexus.access.principal import Role, SubjectKind
from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.identity.models import User

Headers = dict[str, str]


@pytest.fixture
async def admin(client: httpx2.AsyncClient, world: World) -> Headers:
    return await sign_in(client, "admin@acme.test")


@pytest.fixture
async def founder(client: httpx2.AsyncClient, world: World) -> Headers:
    return await sign_in(client, "founder@acme.test")


async def patch(client: httpx2.AsyncClient, headers: Headers, user_id: object, **change: Any) -> httpx2.Response:
    return await client.patch(f"/api/users/{user_id}", headers=headers, json=change)


async def test_an_account_is_opened_and_used(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    new = {
        "email": "Grace@Acme.test",
        "name": " Grace Hopper ",
        "role": "content_manager",
        "department_id": str(world.department),
        "group_ids": [str(world.group)],
        "password": "velvet-canyon-42",
    }
    answer = await client.post("/api/users", headers=admin, json=new)
    assert answer.status_code == 201
    user = answer.json()["user"]
    assert answer.json()["password"] is None
    assert (user["email"], user["name"], user["role"]) == ("grace@acme.test", "Grace Hopper", "content_manager")
    assert user["group_ids"] == [str(world.group)]
    assert "velvet" not in answer.text
    assert "password_hash" not in answer.text
    await sign_in(client, "grace@acme.test", "velvet-canyon-42")
    again = await client.post("/api/users", headers=admin, json=new)
    assert again.status_code == 409


async def test_a_made_up_password_is_shown_once(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    answer = await client.post("/api/users", headers=admin, json={"email": "g@acme.test", "name": "Grace"})
    made_up = answer.json()["password"]
    await sign_in(client, "g@acme.test", made_up)
    again = await client.get(f"/api/users/{answer.json()['user']['id']}", headers=admin)
    assert made_up not in again.text


@pytest.mark.parametrize(
    "extra",
    [
        {"is_founder": True},
        {"tenant_id": str(new_id())},
        {"id": str(new_id())},
        {"active": True},
        {"password_hash": "x"},
    ],
)
async def test_nobody_sets_what_the_form_does_not_offer(
    client: httpx2.AsyncClient, world: World, admin: Headers, extra: dict[str, Any]
) -> None:
    new = {"email": "g@acme.test", "name": "Grace"} | extra
    assert (await client.post("/api/users", headers=admin, json=new)).status_code == 422
    if "active" not in extra:
        assert (await patch(client, admin, world.user, **extra)).status_code == 422


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "no address"},
        {"email": "a@b", "name": ""},
        {"email": "a@b", "name": "x\x00y"},
        {"email": "a@b", "name": "x" * 201},
        {"email": "a@b", "role": "root"},
        {"email": "a@b", "password": "password12"},
    ],
)
async def test_values_that_cannot_be_accepted(
    client: httpx2.AsyncClient, world: World, admin: Headers, wrong: dict[str, Any]
) -> None:
    answer = await client.post("/api/users", headers=admin, json={"name": "Grace"} | wrong)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_roles_and_moves_count_on_the_next_request(
    client: httpx2.AsyncClient, world: World, admin: Headers
) -> None:
    user = await sign_in(client, "user@acme.test")
    assert (await client.get("/api/users", headers=user)).status_code == 403
    changed = await patch(client, admin, world.user, role="content_manager", department_id=None, group_ids=[])
    assert changed.status_code == 200
    assert (changed.json()["department_id"], changed.json()["group_ids"]) == (None, [])
    assert (await client.get("/api/users", headers=user)).status_code == 200
    me = (await client.get("/api/me", headers=user)).json()
    assert me["department"] is None
    assert me["groups"] == []


async def test_a_change_leaves_the_rest_as_it_was(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    before = (await client.get(f"/api/users/{world.user}", headers=admin)).json()
    after = (await patch(client, admin, world.user, name="Ursula")).json()
    assert after == before | {"name": "Ursula"}
    assert (await patch(client, admin, world.user, role=None, active=None, group_ids=None)).json() == after


async def test_deactivation_ends_every_sign_in_for_good(
    client: httpx2.AsyncClient, world: World, admin: Headers
) -> None:
    user = await sign_in(client, "user@acme.test")
    assert (await patch(client, admin, world.user, active=False)).json()["active"] is False
    assert (await client.get("/api/me", headers=user)).status_code == 401
    login = await client.post("/api/auth/login", json={"email": "user@acme.test", "password": PASSWORD})
    assert login.status_code == 401
    assert (await patch(client, admin, world.user, active=True)).json()["active"] is True
    assert (await client.get("/api/me", headers=user)).status_code == 401
    await sign_in(client, "user@acme.test")


async def test_a_reset_password_replaces_the_old_one(client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
    user = await sign_in(client, "user@acme.test")
    url = f"/api/users/{world.user}/password"
    weak = await client.post(url, headers=admin, json={"password": "user-user-user"})
    assert weak.status_code == 422
    made_up = (await client.post(url, headers=admin, json={})).json()["password"]
    assert (await client.get("/api/me", headers=user)).status_code == 401
    await sign_in(client, "user@acme.test", made_up)
    assert (await client.post(url, headers=admin, json={"password": "velvet-canyon-42"})).json()["password"] is None
    await sign_in(client, "user@acme.test", "velvet-canyon-42")


async def test_deletion_takes_what_is_personal_and_leaves_the_row(
    client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
) -> None:
    user = await sign_in(client, "user@acme.test")
    async with db.write() as session:
        await access.add_grant(
            session,
            tenant_id=world.acme,
            kind=ResourceKind.KNOWLEDGE_BASE,
            resource_id=new_id(),
            subject_kind=SubjectKind.USER,
            subject_id=world.user,
            level=Level.READ,
        )
    assert (await client.delete(f"/api/users/{world.user}", headers=admin)).status_code == 204
    assert (await client.get("/api/me", headers=user)).status_code == 401
    assert (await client.get(f"/api/users/{world.user}", headers=admin)).status_code == 404
    assert (await client.delete(f"/api/users/{world.user}", headers=admin)).status_code == 404
    listed = (await client.get("/api/users", headers=admin)).json()["items"]
    assert str(world.user) not in {row["id"] for row in listed}
    assert (await client.get(f"/api/groups/{world.group}/members", headers=admin)).json()["items"] == []
    async with db.read() as session:
        row = await session.get_one(User, world.user)
        assert (row.active, row.password_hash, row.department_id) == (False, None, None)
        assert "user@acme" not in row.email
        assert (await session.scalars(select(Grant))).all() == []
    again = await client.post("/api/users", headers=admin, json={"email": "user@acme.test", "name": "Another"})
    assert again.status_code == 201


class TestPowerEndsAtOnesOwnRole:
    async def test_nobody_gives_a_role_above_their_own(
        self, client: httpx2.AsyncClient, world: World, admin: Headers
    ) -> None:
        new = {"email": "g@acme.test", "name": "Grace", "role": "super_admin"}
        assert (await client.post("/api/users", headers=admin, json=new)).status_code == 403
        assert (await patch(client, admin, world.user, role="super_admin")).status_code == 403
        assert (await patch(client, admin, world.user, role="admin")).status_code == 200

    async def test_nobody_touches_somebody_above_them(
        self, client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
    ) -> None:
        async with db.write() as session:
            above = await make_user(session, world.acme, "root@acme.test", role=Role.SUPER_ADMIN)
        answers = [
            await patch(client, admin, above.id, name="Renamed"),
            await patch(client, admin, above.id, role="user"),
            await client.delete(f"/api/users/{above.id}", headers=admin),
            await client.post(f"/api/users/{above.id}/password", headers=admin, json={}),
        ]
        assert {answer.status_code for answer in answers} == {403}
        assert {answer.json()["type"] for answer in answers} == {"urn:nexus:problem:protected-user"}

    async def test_nobody_changes_their_own_standing(
        self, client: httpx2.AsyncClient, world: World, admin: Headers
    ) -> None:
        answers = [
            await patch(client, admin, world.admin, role="user"),
            await patch(client, admin, world.admin, active=False),
            await client.delete(f"/api/users/{world.admin}", headers=admin),
            await client.post(f"/api/users/{world.admin}/password", headers=admin, json={}),
        ]
        assert {answer.status_code for answer in answers} == {409}
        assert (await patch(client, admin, world.admin, name="Me", role="admin", active=True)).status_code == 200

    async def test_the_founder_stays(
        self, client: httpx2.AsyncClient, db: Database, world: World, founder: Headers
    ) -> None:
        assert (await patch(client, founder, world.admin, role="super_admin")).status_code == 200
        second = await sign_in(client, "admin@acme.test")
        for headers in (second, founder):
            answers = [
                await patch(client, headers, world.founder, role="user"),
                await patch(client, headers, world.founder, active=False),
                await client.delete(f"/api/users/{world.founder}", headers=headers),
                await client.post(f"/api/users/{world.founder}/password", headers=headers, json={}),
            ]
            assert {answer.status_code for answer in answers} == {403}
        me = (await client.get("/api/me", headers=founder)).json()["user"]
        assert (me["role"], me["active"], me["is_founder"]) == ("super_admin", True, True)
        assert (await patch(client, second, world.founder, name="Renamed")).status_code == 200


class TestLists:
    async def test_pages_hold_everybody_once(
        self, client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
    ) -> None:
        async with db.write() as session:
            for n in range(7):
                await make_user(session, world.acme, f"p{n}@acme.test")
        seen: list[str] = []
        cursor: str | None = None
        while True:
            query: dict[str, Any] = {"limit": 3} | ({"cursor": cursor} if cursor else {})
            page = (await client.get("/api/users", headers=admin, params=query)).json()
            seen += [row["email"] for row in page["items"]]
            assert len(page["items"]) <= 3
            if (cursor := page["next_cursor"]) is None:
                break
        assert len(seen) == 11
        assert seen == sorted(set(seen))

    @pytest.mark.parametrize(
        ("q", "found"),
        [
            ("USER@", {"user@acme.test"}),
            ("manag", {"manager@acme.test"}),
            ("%", set[str]()),
            ("_", set[str]()),
            ("@other", set[str]()),
            ("acme.test", {f"{who}@acme.test" for who in ("founder", "admin", "manager", "user")}),
        ],
    )
    async def test_searching(
        self, client: httpx2.AsyncClient, world: World, admin: Headers, q: str, found: set[str]
    ) -> None:
        page = (await client.get("/api/users", headers=admin, params={"q": q})).json()
        assert {row["email"] for row in page["items"]} == found

    @pytest.mark.parametrize(
        "cursor",
        [
            "nonsense",
            "e30",
            base64.urlsafe_b64encode(json.dumps(["a", "b"]).encode()).decode(),
            base64.urlsafe_b64encode(json.dumps(["\x00"]).encode()).decode(),
            base64.urlsafe_b64encode(json.dumps(["\ud800"]).encode()).decode(),
            "\u00fc",
        ],
    )
    @pytest.mark.parametrize("path", ["/api/users", "/api/groups"])
    async def test_a_cursor_that_no_list_gave_is_refused(
        self, client: httpx2.AsyncClient, world: World, admin: Headers, path: str, cursor: str
    ) -> None:
        answer = await client.get(path, headers=admin, params={"cursor": cursor})
        assert answer.status_code == 422

    @pytest.mark.parametrize("start", ["", "a", "~", "' OR 1=1 --", {"x": 1}, None, 7])
    async def test_a_forged_cursor_is_a_place_and_no_permission(
        self, client: httpx2.AsyncClient, world: World, admin: Headers, start: object
    ) -> None:
        cursor = base64.urlsafe_b64encode(json.dumps([start]).encode()).decode()
        page = (await client.get("/api/users", headers=admin, params={"cursor": cursor})).json()
        assert {row["email"].partition("@")[2] for row in page["items"]} <= {"acme.test"}

    @pytest.mark.parametrize("limit", [0, 201, -1])
    async def test_a_page_has_a_size(
        self, client: httpx2.AsyncClient, world: World, admin: Headers, limit: int
    ) -> None:
        answer = await client.get("/api/users", headers=admin, params={"limit": limit})
        assert answer.status_code == 422
