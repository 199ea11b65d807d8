"""Invitations, reset links and signing up: who gets in without a password of an administrator's making."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, update

from factories import PASSWORD, World, sign_in
from identity.phone import Headers, Phone, Time, bearer, give, login, set_up
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.identity.models import OneTimeLink, Tenant, User

NEW = {"email": "Grace@Acme.test", "name": "Grace"}
GOOD = "velvet-canyon-42"


@pytest.fixture
async def admin(client: httpx2.AsyncClient, world: World) -> Headers:
    headers = await sign_in(client, "admin@acme.test")
    client.cookies.clear()
    return headers


async def invite(client: httpx2.AsyncClient, admin: Headers, **more: Any) -> dict[str, Any]:
    answer = await client.post("/api/users/invitations", headers=admin, json=NEW | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


def token_of(link: dict[str, Any]) -> str:
    return link["url"].partition("#token=")[2]


async def look(client: httpx2.AsyncClient, purpose: str, token: str) -> httpx2.Response:
    return await client.post("/api/auth/link", json={"purpose": purpose, "token": token})


async def take(client: httpx2.AsyncClient, token: str, password: str = GOOD) -> httpx2.Response:
    body = {"token": token, "name": "Grace Hopper", "password": password}
    return await client.post("/api/auth/invitation", json=body)


async def reset(client: httpx2.AsyncClient, token: str, password: str = GOOD) -> httpx2.Response:
    return await client.post("/api/auth/password-reset", json={"token": token, "password": password})


class TestInvitations:
    async def test_a_person_comes_with_role_department_and_groups(
        self, client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
    ) -> None:
        invited = await invite(
            client,
            admin,
            role="content_manager",
            department_id=str(world.department),
            group_ids=[str(world.group)],
        )
        user, link = invited["user"], invited["link"]
        assert (user["state"], user["role"], user["group_ids"]) == (
            "invited",
            "content_manager",
            [str(world.group)],
        )
        assert link["url"].startswith("http://nexus.test/invite/#token=")
        token = token_of(link)
        async with db.read() as session:
            stored = (await session.scalars(select(OneTimeLink))).one()
        assert token not in str(vars(stored))
        assert timedelta(days=6) < stored.expires_at - now() <= timedelta(days=7)
        seen = await look(client, "invite", token)
        assert seen.json() == {"email": "grace@acme.test", "name": "Grace", "tenant_name": "Acme"}

        assert (await take(client, token, "hopper-hopper-1")).status_code == 422, "the new name counts too"
        headers = bearer(await take(client, token))
        me = (await client.get("/api/me", headers=headers)).json()
        assert (me["user"]["name"], me["user"]["state"]) == ("Grace Hopper", "active")
        assert me["department"]["name"] == "HR"
        await sign_in(client, "grace@acme.test", GOOD)

    async def test_nobody_signs_in_before(self, client: httpx2.AsyncClient, admin: Headers) -> None:
        await invite(client, admin)
        answer = await client.post("/api/auth/login", json={"email": "grace@acme.test", "password": GOOD})
        assert answer.status_code == 401

    async def test_spent_links_look_the_same(
        self, client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
    ) -> None:
        async def fresh() -> tuple[str, str]:
            user_id = (await invite(client, admin, email=f"{now().timestamp()}@acme.test"))["user"]["id"]
            link = (await client.post(f"/api/users/{user_id}/invitation", headers=admin)).json()
            return user_id, token_of(link)

        _, used = await fresh()
        assert (await take(client, used)).status_code == 200
        user_id, replaced = await fresh()
        await client.post(f"/api/users/{user_id}/invitation", headers=admin)
        user_id, deactivated = await fresh()
        await client.patch(f"/api/users/{user_id}", headers=admin, json={"active": False})
        user_id, deleted = await fresh()
        await client.delete(f"/api/users/{user_id}", headers=admin)
        _, expired = await fresh()
        async with db.write() as session:
            await session.execute(update(OneTimeLink).values(expires_at=now() - timedelta(seconds=1)))
        told: set[tuple[int, str, str]] = set()
        for token in (used, replaced, deactivated, deleted, expired, "made-up", ""):
            for answer in (await look(client, "invite", token), await take(client, token), await reset(client, token)):
                told.add((answer.status_code, answer.json()["type"], answer.json()["detail"]))
        assert len(told) == 1
        assert told.pop()[:2] == (410, "urn:nexus:problem:link-spent")

    async def test_reactivation_does_not_revive_a_link(self, client: httpx2.AsyncClient, admin: Headers) -> None:
        invited = await invite(client, admin)
        path = f"/api/users/{invited['user']['id']}"
        for active in (False, True):
            await client.patch(path, headers=admin, json={"active": active})
        assert (await take(client, token_of(invited["link"]))).status_code == 410
        assert (await client.post(f"{path}/invitation", headers=admin)).status_code == 201

    async def test_only_those_who_may_and_never_above_themselves(
        self, client: httpx2.AsyncClient, world: World, admin: Headers
    ) -> None:
        manager = await sign_in(client, "manager@acme.test")
        assert (await client.post("/api/users/invitations", headers=manager, json=NEW)).status_code == 403
        above = await client.post("/api/users/invitations", headers=admin, json=NEW | {"role": "super_admin"})
        assert above.status_code == 403
        taken = await client.post("/api/users/invitations", headers=admin, json=NEW | {"email": "user@acme.test"})
        assert taken.status_code == 409
        for user_id, status in ((world.user, 409), (world.founder, 403), (world.admin, 409), (world.other_user, 404)):
            assert (await client.post(f"/api/users/{user_id}/invitation", headers=admin)).status_code == status

    async def test_a_password_of_an_administrators_making_ends_the_invitation(
        self, client: httpx2.AsyncClient, admin: Headers
    ) -> None:
        invited = await invite(client, admin)
        path = f"/api/users/{invited['user']['id']}"
        assert (await client.post(f"{path}/password", headers=admin, json={"password": GOOD})).status_code == 200
        assert (await take(client, token_of(invited["link"]))).status_code == 410
        assert (await client.get(path, headers=admin)).json()["state"] == "active"


class TestResetLinks:
    async def test_a_new_password_ends_what_was_before(
        self, client: httpx2.AsyncClient, world: World, admin: Headers
    ) -> None:
        user = await sign_in(client, "user@acme.test")
        client.cookies.clear()
        link = (await client.post(f"/api/users/{world.user}/reset-link", headers=admin)).json()
        assert "/reset/#token=" in link["url"]
        assert (await client.get("/api/me", headers=user)).status_code == 200, "until it is used"
        assert (await look(client, "reset", token_of(link))).json()["email"] == "user@acme.test"
        assert (await take(client, token_of(link))).status_code == 410, "it is no invitation"
        assert (await reset(client, token_of(link), "user-user-user")).status_code == 422
        headers = bearer(await reset(client, token_of(link)))
        assert (await client.get("/api/me", headers=headers)).status_code == 200
        assert (await client.get("/api/me", headers=user)).status_code == 401
        assert (await reset(client, token_of(link))).status_code == 410
        await sign_in(client, "user@acme.test", GOOD)

    async def test_it_does_not_get_past_the_second_factor(
        self, client: httpx2.AsyncClient, world: World, admin: Headers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        phone = Phone(Time(monkeypatch))
        await set_up(client, phone, await sign_in(client, "user@acme.test"))
        link = (await client.post(f"/api/users/{world.user}/reset-link", headers=admin)).json()
        step = (await reset(client, token_of(link))).json()
        assert step["step"] == "verify"
        assert (await give(client, step["challenge"], phone.code())).status_code == 200

    async def test_changing_the_password_oneself_ends_the_link(
        self, client: httpx2.AsyncClient, world: World, admin: Headers
    ) -> None:
        link = (await client.post(f"/api/users/{world.user}/reset-link", headers=admin)).json()
        user = await sign_in(client, "user@acme.test")
        change = {"current_password": PASSWORD, "new_password": GOOD}
        assert (await client.post("/api/me/password", headers=user, json=change)).status_code == 204
        assert (await reset(client, token_of(link))).status_code == 410

    async def test_who_may_issue_one_for_whom(self, client: httpx2.AsyncClient, world: World, admin: Headers) -> None:
        user = await sign_in(client, "user@acme.test")
        assert (await client.post(f"/api/users/{world.manager}/reset-link", headers=user)).status_code == 403
        await client.patch(f"/api/users/{world.manager}", headers=admin, json={"active": False})
        expected = {world.founder: 403, world.admin: 409, world.other_user: 404, world.manager: 409, world.user: 201}
        for user_id, status in expected.items():
            assert (await client.post(f"/api/users/{user_id}/reset-link", headers=admin)).status_code == status


ADA = {"email": "Ada@Acme.test", "name": "Ada", "password": GOOD}


class TestSignUp:
    async def open(self, client: httpx2.AsyncClient, admin: Headers, domains: list[str]) -> httpx2.Response:
        change = {"sign_up": True, "sign_up_domains": domains}
        return await client.patch("/api/tenant-settings", headers=admin, json=change)

    async def test_it_is_off(self, client: httpx2.AsyncClient, world: World) -> None:
        assert (await client.get("/api/auth/methods")).json()["sign_up"] is False
        answer = await client.post("/api/auth/sign-up", json=ADA)
        assert (answer.status_code, answer.json()["type"]) == (403, "urn:nexus:problem:sign-up-closed")

    async def test_only_from_the_allowed_domains(self, client: httpx2.AsyncClient, admin: Headers) -> None:
        settings = await self.open(client, admin, [" ACME.test", "acme.example"])
        assert settings.json()["sign_up_domains"] == ["acme.example", "acme.test"]
        assert (await client.get("/api/auth/methods")).json()["sign_up"] is True
        for email in ("ada@evil.test", "ada@sub.acme.test", "ada@acme.test.evil", "acme.test@evil.test"):
            answer = await client.post("/api/auth/sign-up", json=ADA | {"email": email})
            assert answer.status_code == 403, email
        weak = await client.post("/api/auth/sign-up", json=ADA | {"password": "ada@acme.test"})
        assert weak.status_code == 422
        answer = await client.post("/api/auth/sign-up", json=ADA)
        assert answer.status_code == 201
        me = await client.get("/api/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
        assert (me.json()["user"]["role"], me.json()["tenant"]["name"]) == ("user", "Acme")
        assert me.json()["groups"] == []
        assert (await client.post("/api/auth/sign-up", json=ADA)).status_code == 409

    @pytest.mark.parametrize("domain", ["", "acme", "@acme.test", "a b.test", "acme.test/", "*.test"])
    async def test_a_domain_is_a_domain(self, client: httpx2.AsyncClient, admin: Headers, domain: str) -> None:
        assert (await self.open(client, admin, [domain])).status_code == 422

    async def test_the_tenant_that_names_the_domain_gets_the_person(
        self, client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
    ) -> None:
        await self.open(client, admin, ["acme.test"])
        await self.open(client, await sign_in(client, "admin@other.test"), [])
        for email, tenant in (("one@acme.test", world.acme), ("two@elsewhere.test", world.other)):
            answer = await client.post("/api/auth/sign-up", json=ADA | {"email": email})
            assert answer.status_code == 201
            async with db.read() as session:
                assert await session.scalar(select(User.tenant_id).where(User.email == email)) == tenant
        await self.open(client, admin, [])
        answer = await client.post("/api/auth/sign-up", json=ADA | {"email": "three@elsewhere.test"})
        assert answer.status_code == 403, "two tenants take anybody: neither gets them"

    async def test_a_required_second_factor_comes_first(
        self, client: httpx2.AsyncClient, db: Database, world: World, admin: Headers
    ) -> None:
        await self.open(client, admin, [])
        async with db.write() as session:
            await session.execute(update(Tenant).values(second_factor="everybody"))
        answer = await client.post("/api/auth/sign-up", json=ADA)
        assert answer.json()["step"] == "enrol"
        assert (await login(client, "ada@acme.test", GOOD))["step"] == "enrol"

    async def test_one_network_opens_few_accounts(self, client: httpx2.AsyncClient, admin: Headers) -> None:
        await self.open(client, admin, [])
        statuses = [
            (await client.post("/api/auth/sign-up", json=ADA | {"email": f"{n}@acme.test"})).status_code
            for n in range(12)
        ]
        assert statuses == [201] * 10 + [429] * 2
