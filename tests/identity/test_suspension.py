"""A suspended tenant: nobody of it gets in, on any path, from their next request on; and then they do again."""

import httpx2
import pytest
from provider_browser import Browser
from sqlalchemy import update

from factories import PASSWORD, World, sign_in
from identity.phone import Headers
from nexus.access.principal import Permission, Principal, Role
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.ids import new_id
from nexus.identity.errors import InvalidTokenError
from nexus.identity.models import Tenant
from nexus.identity.principals import load_principal
from nexus.identity.tokens import OperatorCredential
from nexus.scim import tokens as scim_tokens
from nexus.scim.schemas import ScimTokenCreate


@pytest.fixture
async def founder(client: httpx2.AsyncClient, world: World) -> Headers:
    headers = await sign_in(client, "founder@acme.test")
    client.cookies.clear()
    return headers


async def suspend(client: httpx2.AsyncClient, founder: Headers, tenant_id: object, act: str = "suspend") -> None:
    answer = await client.post(f"/api/tenants/{tenant_id}/{act}", headers=founder)
    assert answer.status_code == 200
    assert (answer.json()["suspended_at"] is not None) == (act == "suspend")


async def test_every_credential_ends_at_once_and_comes_back(
    client: httpx2.AsyncClient, db: Database, world: World, founder: Headers
) -> None:
    theirs = await sign_in(client, "admin@other.test")
    refresh = {"X-Nexus-Request": "1", "Origin": "http://test", "Host": "test"}
    assert (await client.post("/api/auth/refresh", headers=refresh)).status_code == 200
    made = await client.post("/api/me/api-keys", headers=theirs, json={"name": "Robot", "scopes": ["administer"]})
    key = {"Authorization": f"Bearer {made.json()['secret']}"}
    body = {"email": "new@other.test", "name": "New"}
    invited = (await client.post("/api/users/invitations", headers=theirs, json=body)).json()
    link = {"purpose": "invite", "token": invited["link"]["url"].partition("#token=")[2]}
    async with db.write() as session:
        who = Principal(world.other_admin, world.other, Role.ADMIN, frozenset())
        _, scim = await scim_tokens.create_token(session, who, ScimTokenCreate(name="Entra"))

    async def statuses() -> list[int]:
        return [
            (await client.get("/api/me", headers=theirs)).status_code,
            (await client.get("/api/me", headers=key)).status_code,
            (await client.post("/api/auth/refresh", headers=refresh)).status_code,
            (await client.post("/api/auth/link", json=link)).status_code,
            (await client.post("/api/auth/login", json={"email": "user@other.test", "password": PASSWORD})).status_code,
        ]

    assert await statuses() == [200, 200, 200, 200, 200]
    await scim_tokens.load_client(db, scim)

    await suspend(client, founder, world.other)
    assert await statuses() == [401, 401, 401, 410, 401]
    with pytest.raises(InvalidTokenError):
        await scim_tokens.load_client(db, scim)
    async with db.read() as session:
        with pytest.raises(InvalidTokenError):
            await load_principal(session, OperatorCredential("admin@other.test"))
    right = await client.post("/api/auth/login", json={"email": "user@other.test", "password": PASSWORD})
    wrong = await client.post("/api/auth/login", json={"email": "user@other.test", "password": "not this one"})
    assert right.json()["detail"] == wrong.json()["detail"]
    assert (await client.get("/api/me", headers=founder)).status_code == 200

    await suspend(client, founder, world.other, "resume")
    signed_in = await client.post("/api/auth/login", json={"email": "admin@other.test", "password": PASSWORD})
    assert signed_in.status_code == 200
    assert await statuses() == [200, 200, 200, 200, 200]
    await scim_tokens.load_client(db, scim)


async def test_an_open_sign_up_is_closed_with_it(client: httpx2.AsyncClient, world: World, founder: Headers) -> None:
    await client.patch(f"/api/tenants/{world.other}", headers=founder, json={"sign_up": True})
    await suspend(client, founder, world.other)
    body = {"email": "late@other.test", "name": "Late", "password": "velvet-canyon-42"}
    assert (await client.post("/api/auth/sign-up", json=body)).status_code == 403


async def test_the_identity_provider_opens_nothing_either(browser: Browser, db: Database, world: World) -> None:
    assert await browser.sign_in() == "/chat/"
    async with db.write() as session:
        await session.execute(update(Tenant).where(Tenant.id == world.acme).values(suspended_at=now()))
    assert not await browser.is_in()
    assert await browser.sign_in() == "/login/?problem=inactive"


async def test_nobody_locks_themselves_or_the_founder_out(
    client: httpx2.AsyncClient, world: World, founder: Headers
) -> None:
    admin = await sign_in(client, "admin@acme.test")
    for act in ("suspend", "resume"):
        refused = await client.post(f"/api/tenants/{world.other}/{act}", headers=admin)
        assert (refused.status_code, refused.json()["permission"]) == (403, Permission.TENANTS_MANAGE)
        assert (await client.post(f"/api/tenants/{new_id()}/{act}", headers=founder)).status_code == 404
    assert (await client.post(f"/api/tenants/{world.acme}/suspend", headers=founder)).status_code == 409


async def test_the_first_administrator_comes_by_a_link_that_can_be_made_again(
    client: httpx2.AsyncClient, world: World, founder: Headers
) -> None:
    body = {"name": "Unit", "parent_id": str(world.acme), "invite": {"email": "Ann@unit.test", "name": "Ann"}}
    made = (await client.post("/api/tenants", headers=founder, json=body)).json()
    assert made["admin"] is None
    assert made["invited"]["user"]["role"] == "admin"
    path = f"/api/tenants/{made['tenant']['id']}/administrators"
    again = await client.post(path, headers=founder, json={"email": "ann@unit.test", "name": "Ann"})
    assert again.status_code == 201
    first, second = (one["link"]["url"].partition("#token=")[2] for one in (made["invited"], again.json()))
    for token, status in ((first, 410), (second, 200)):
        looked = await client.post("/api/auth/link", json={"purpose": "invite", "token": token})
        assert looked.status_code == status
    taken = {"token": second, "name": "Ann", "password": "velvet-canyon-42"}
    assert (await client.post("/api/auth/invitation", json=taken)).status_code == 200
    # Who is in, and whoever is of another tenant, is nobody's to invite again.
    for email in ("ann@unit.test", "admin@other.test", "user@acme.test"):
        refused = await client.post(path, headers=founder, json={"email": email, "name": "X"})
        assert refused.status_code == 409
    admin = await sign_in(client, "admin@acme.test")
    assert (await client.post(path, headers=admin, json={"email": "x@unit.test", "name": "X"})).status_code == 403
    unknown = f"/api/tenants/{new_id()}/administrators"
    assert (await client.post(unknown, headers=founder, json={"email": "x@unit.test", "name": "X"})).status_code == 404
