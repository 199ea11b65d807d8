"""The developer's way in: only where it is on, only on this machine, and an ordinary sign-in from then on."""

from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from factories import World
from nexus.audit.models import AuditEvent
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.settings import Settings
from nexus.identity.models import LoginSession, Tenant, User

HOME = "http://127.0.0.1:8080"
NOWHERE = "There is nothing at this address."


@pytest.fixture
def named() -> str:
    return "Manager@acme.test"


@pytest.fixture
def settings(settings: Settings, named: str) -> Settings:
    return settings.model_copy(update={"developer_user": named})


def at(app: FastAPI, *, ip: str = "127.0.0.1", url: str = HOME) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app, client=(ip, 5000)), base_url=url)


async def test_it_opens_an_ordinary_sign_in_which_the_log_tells_apart(app: FastAPI, db: Database, world: World) -> None:
    async with at(app) as browser:
        assert (await browser.get("/api/auth/methods")).json()["developer_user"] == "Manager@acme.test"
        answer = await browser.post("/api/auth/developer")
        assert answer.status_code == 200, answer.text
        bearer = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        me = (await browser.get("/api/me", headers=bearer)).json()
        assert (me["user"]["id"], me["developer_sign_in"]) == (str(world.manager), True)
        renewed = await browser.post("/api/auth/refresh", headers={"X-Nexus-Request": "1", "Origin": HOME})
        assert renewed.status_code == 200
        async with db.read() as session:
            opened = (await session.scalars(select(LoginSession))).one()
            told = (await session.scalars(select(AuditEvent).where(AuditEvent.action == "user.signed_in"))).one()
        assert now() + timedelta(hours=11) < opened.expires_at < now() + timedelta(hours=13)
        assert (told.credential, told.actor_id, told.ip) == ("developer", world.manager, "127.0.0.1")
        # Every request asks the rows, as with any other sign-in.
        async with db.write() as session:
            await session.execute(update(User).where(User.id == world.manager).values(active=False))
        assert (await browser.get("/api/me", headers=bearer)).status_code == 401
        again = await browser.post("/api/auth/developer")
        assert (again.status_code, "NEXUS_DEVELOPER_USER" in again.text) == (409, True)


async def test_a_suspended_tenant_stays_out(app: FastAPI, db: Database, world: World) -> None:
    async with db.write() as session:
        await session.execute(update(Tenant).where(Tenant.id == world.acme).values(suspended_at=now()))
    async with at(app) as browser:
        assert (await browser.post("/api/auth/developer")).status_code == 409


@pytest.mark.parametrize("named", [""])
async def test_where_it_is_off_there_is_no_such_address(app: FastAPI, world: World) -> None:
    async with at(app) as browser:
        answer = await browser.post("/api/auth/developer")
        assert (answer.status_code, answer.json()["detail"]) == (404, NOWHERE)
        assert (await browser.get("/api/auth/methods")).json()["developer_user"] == ""


@pytest.mark.parametrize("named", ["nobody@acme.test"])
async def test_a_name_that_nobody_bears_opens_nothing(app: FastAPI, world: World) -> None:
    async with at(app) as browser:
        assert (await browser.post("/api/auth/developer")).status_code == 409


@pytest.mark.parametrize(
    ("ip", "url", "headers"),
    [
        ("192.168.1.7", HOME, {}),
        ("::ffff:192.168.1.7", HOME, {}),
        ("127.0.0.1", "http://nexus.test", {}),
        ("127.0.0.1", "http://127.0.0.1.nip.io:8080", {}),
        ("127.0.0.1", HOME, {"Host": ""}),
        *(
            ("127.0.0.1", HOME, {name: value})
            for name, value in (
                ("X-Forwarded-For", "127.0.0.1"),
                ("x-forwarded-proto", "https"),
                ("X-Forwarded-Host", "nexus.test"),
                ("Forwarded", "for=127.0.0.1"),
                ("X-Real-IP", "127.0.0.1"),
                ("Via", "1.1 proxy"),
                ("CF-Connecting-IP", "127.0.0.1"),
                ("True-Client-IP", "127.0.0.1"),
            )
        ),
    ],
)
async def test_who_is_not_at_this_machine_finds_nothing(
    app: FastAPI, world: World, ip: str, url: str, headers: dict[str, str]
) -> None:
    async with at(app, ip=ip, url=url) as browser:
        answer = await browser.post("/api/auth/developer", headers=headers)
        assert (answer.status_code, answer.json()["detail"]) == (404, NOWHERE)
        assert (await browser.get("/api/auth/methods", headers=headers)).json()["developer_user"] == ""


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.test"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
async def test_another_sites_page_cannot_send_the_developer_in(
    app: FastAPI, world: World, headers: dict[str, str]
) -> None:
    async with at(app) as browser:
        assert (await browser.post("/api/auth/developer", headers=headers)).status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"])
async def test_this_machine_has_several_names(app: FastAPI, world: World, host: str) -> None:
    async with at(app, ip="::1" if "::" in host else "127.0.0.1", url=f"http://{host}") as browser:
        assert (await browser.post("/api/auth/developer")).status_code == 200
