"""Signing in, staying signed in and signing out, through the API."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, update

from factories import PASSWORD, World, cheap_passwords, sign_in
from nexus.core.clock import now
from nexus.core.db import Database
from nexus.core.settings import load_settings
from nexus.identity.models import LoginSession, User
from nexus.identity.passwords import PasswordHasher
from nexus.identity.routes.reception import refresh_cookie
from nexus.identity.tokens import token_hash

OURS = {"X-Nexus-Request": "1", "Origin": "http://nexus.test"}
COOKIE = "nexus_refresh"


async def refresh(client: httpx2.AsyncClient, token: str | None = None) -> httpx2.Response:
    """Refreshes with the client's own cookie, or with `token` in its place."""
    headers = OURS if token is None else OURS | {"Cookie": f"{COOKIE}={token}"}
    if token is not None:
        client.cookies.clear()
    return await client.post("/api/auth/refresh", headers=headers)


async def age_rotations(db: Database, seconds: float) -> None:
    """As if the last rotation had been so much earlier."""
    async with db.write() as session:
        for row in await session.scalars(select(LoginSession)):
            row.rotated_at -= timedelta(seconds=seconds)
            row.created_at -= timedelta(seconds=seconds)


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """Another browser."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://nexus.test") as client:
        yield client


async def test_login_gives_a_bearer_that_me_accepts(client: httpx2.AsyncClient, world: World) -> None:
    answer = await client.post("/api/auth/login", json={"email": " User@ACME.test ", "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 900
    me = await client.get("/api/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.status_code == 200
    body = me.json()
    assert body["user"]["email"] == "user@acme.test"
    assert body["user"]["last_login_at"] is not None
    assert body["tenant"]["name"] == "Acme"
    assert body["department"]["name"] == "HR"
    assert [group["name"] for group in body["groups"]] == ["Pilots"]
    assert body["permissions"] == ["agents.create", "ask", "knowledge.create"]


async def test_the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites(
    client: httpx2.AsyncClient, world: World
) -> None:
    answer = await client.post("/api/auth/login", json={"email": "user@acme.test", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("nexus_refresh=nxr_")
    for attribute in ("httponly", "samesite=strict", "path=/api/auth", "max-age="):
        assert attribute in cookie
    assert "nxr_" not in answer.text


@pytest.mark.parametrize(
    ("public_url", "secure"),
    [
        ("", False),
        ("http://localhost:3000", False),
        ("http://[::1]:8080", False),
        ("http://10.0.0.5", True),
        ("https://nexus.example.com", True),
        ("https://127.0.0.1", True),
    ],
)
def test_the_cookie_is_secure_everywhere_but_on_plain_loopback(tmp_path: Path, public_url: str, secure: bool) -> None:
    settings = load_settings(data_dir=tmp_path, http={"public_url": public_url}, _env_file=None)
    cookie = refresh_cookie(settings)
    assert cookie.secure is secure
    assert cookie.name.startswith("__Secure-") is secure


async def test_every_failed_sign_in_looks_and_costs_the_same(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    class Counting(PasswordHasher):
        verified = 0

        def _verify(self, stored: str | None, password: str) -> bool:
            self.verified += 1
            return super()._verify(stored, password)

    counting = Counting(time_cost=1, memory_kib=8)
    app.state.resources[PasswordHasher] = counting
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.manager).values(active=False))
        await session.execute(update(User).where(User.id == world.admin).values(password_hash=None))
    answers = [
        await client.post("/api/auth/login", json={"email": email, "password": password})
        for email, password in [
            ("user@acme.test", "wrong-password"),
            ("nobody@acme.test", PASSWORD),
            ("manager@acme.test", PASSWORD),
            ("admin@acme.test", PASSWORD),
        ]
    ]
    assert counting.verified == 4
    assert {answer.status_code for answer in answers} == {401}
    assert (
        len(
            {(answer.json()["detail"], answer.json()["type"], answer.headers["www-authenticate"]) for answer in answers}
        )
        == 1
    )
    counting.close()


async def test_a_hash_of_old_parameters_is_renewed_at_sign_in(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    stronger = PasswordHasher(time_cost=2, memory_kib=16)
    app.state.resources[PasswordHasher] = stronger
    await sign_in(client, "user@acme.test")
    async with db.read() as session:
        stored = await session.scalar(select(User.password_hash).where(User.id == world.user))
    assert stored is not None
    assert "m=16,t=2" in stored
    assert not stronger.is_outdated(stored)
    await sign_in(client, "user@acme.test")
    stronger.close()


@pytest.mark.parametrize("change", [{"active": False}, {"password_hash": "another"}, {"deleted_at": now()}])
async def test_what_changes_while_the_password_is_verified_counts(
    app: FastAPI, client: httpx2.AsyncClient, db: Database, world: World, change: dict[str, Any]
) -> None:
    class Slow(PasswordHasher):
        async def verify(self, stored: str | None, password: str) -> bool:
            right = await super().verify(stored, password)
            async with db.write() as session:
                await session.execute(update(User).where(User.id == world.user).values(**change))
            return right

    slow = Slow(time_cost=1, memory_kib=8)
    app.state.resources[PasswordHasher] = slow
    answer = await client.post("/api/auth/login", json={"email": "user@acme.test", "password": PASSWORD})
    assert answer.status_code == 401
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(LoginSession)) == 0
    slow.close()


async def test_refreshing_replaces_the_token_and_the_old_one_is_stored_nowhere(
    client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    await sign_in(client, "user@acme.test")
    first = client.cookies[COOKIE]
    answer = await refresh(client)
    assert answer.status_code == 200
    second = client.cookies[COOKIE]
    assert second != first
    me = await client.get("/api/me", headers={"Authorization": f"Bearer {answer.json()['access_token']}"})
    assert me.status_code == 200
    async with db.read() as session:
        row = (await session.scalars(select(LoginSession))).one()
    assert row.refresh_hash == token_hash(second)
    assert second not in str(vars(row))


async def test_parallel_tabs_get_one_successor_in_whatever_order_they_ask(
    client: httpx2.AsyncClient, world: World
) -> None:
    await sign_in(client, "user@acme.test")
    first = client.cookies[COOKIE]
    cookies = []
    for token in (first, first, None, first, None):
        assert (await refresh(client, token)).status_code == 200
        cookies.append(client.cookies[COOKIE])
    assert len(set(cookies)) == 1


async def test_a_spent_token_ends_the_sign_in_for_whoever_holds_it(
    client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    headers = await sign_in(client, "user@acme.test")
    spent = client.cookies[COOKIE]
    await refresh(client)
    current = client.cookies[COOKIE]
    await age_rotations(db, 11)
    stolen = await refresh(client, spent)
    assert stolen.status_code == 401
    assert "max-age=0" in stolen.headers["set-cookie"].lower()
    assert (await refresh(client, current)).status_code == 401
    assert (await client.get("/api/me", headers=headers)).status_code == 401
    async with db.read() as session:
        row = (await session.scalars(select(LoginSession))).one()
    assert row.revoked_reason == "reuse"


async def test_a_token_two_rotations_old_is_spent_even_right_after_a_rotation(
    client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    await sign_in(client, "user@acme.test")
    oldest = client.cookies[COOKIE]
    await refresh(client)
    await age_rotations(db, 11)
    await refresh(client)
    assert (await refresh(client, oldest)).status_code == 401


async def test_nobody_can_end_a_sign_in_with_a_token_they_made_up(
    client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    headers = await sign_in(client, "user@acme.test")
    good = client.cookies[COOKIE]
    for forged in ("", "nxr_", "nxr_AAAA", good[:-4] + "AAAA", "%FC", good + "=", "nxr_" + "A" * 88):
        assert (await refresh(client, forged)).status_code == 401
    assert (await client.get("/api/me", headers=headers)).status_code == 200
    assert (await refresh(client, good)).status_code == 200


async def test_a_sign_in_ends_after_seven_days_however_often_it_was_refreshed(
    client: httpx2.AsyncClient, db: Database, world: World
) -> None:
    headers = await sign_in(client, "user@acme.test")
    async with db.write() as session:
        row = (await session.scalars(select(LoginSession))).one()
        assert row.expires_at - row.created_at == timedelta(days=7)
        row.expires_at = now() - timedelta(seconds=1)
    assert (await refresh(client)).status_code == 401
    assert (await client.get("/api/me", headers=headers)).status_code == 401
    await sign_in(client, "user@acme.test")
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(LoginSession)) == 1


async def test_the_deactivated_get_no_new_tokens(client: httpx2.AsyncClient, db: Database, world: World) -> None:
    await sign_in(client, "user@acme.test")
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.user).values(active=False))
    assert (await refresh(client)).status_code == 401


async def test_logout_ends_access_at_once_and_only_here(
    client: httpx2.AsyncClient, stranger: httpx2.AsyncClient, world: World
) -> None:
    here, there = await sign_in(client, "user@acme.test"), await sign_in(stranger, "user@acme.test")
    answer = await client.post("/api/auth/logout", headers=OURS)
    assert answer.status_code == 204
    assert COOKIE not in client.cookies
    assert (await client.get("/api/me", headers=here)).status_code == 401
    assert (await stranger.get("/api/me", headers=there)).status_code == 200
    assert (await client.post("/api/auth/logout", headers=OURS)).status_code == 204


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Nexus-Request": "1"},
        {"Origin": "http://nexus.test"},
        {"X-Nexus-Request": "0", "Origin": "http://nexus.test"},
        {"X-Nexus-Request": "1", "Origin": "https://evil.example"},
        {"X-Nexus-Request": "1", "Origin": "null"},
        {"X-Nexus-Request": "1", "Origin": "http://nexus.test.evil.example"},
        {"X-Nexus-Request": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-Nexus-Request": "1", "Sec-Fetch-Site": "same-site"},
        {"X-Nexus-Request": "1", "Sec-Fetch-Site": "none"},
        {"X-Nexus-Request": "1", "Origin": "http://nexus.test", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_the_cookie_alone_is_worth_nothing_from_elsewhere(
    client: httpx2.AsyncClient, world: World, headers: dict[str, str]
) -> None:
    bearer = await sign_in(client, "user@acme.test")
    before = client.cookies[COOKIE]
    for path in ("/api/auth/refresh", "/api/auth/logout"):
        answer = await client.post(path, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["type"] == "urn:nexus:problem:cross-site"
    assert client.cookies[COOKIE] == before
    assert (await client.get("/api/me", headers=bearer)).status_code == 200


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://127.0.0.1:8080"}])
async def test_our_own_page_is_known_by_what_the_browser_says(
    client: httpx2.AsyncClient, world: World, headers: dict[str, str]
) -> None:
    await sign_in(client, "user@acme.test")
    answer = await client.post("/api/auth/refresh", headers={"X-Nexus-Request": "1"} | headers)
    assert answer.status_code == 200


async def test_another_site_cannot_sign_a_visitor_in(client: httpx2.AsyncClient, world: World) -> None:
    answer = await client.post(
        "/api/auth/login",
        json={"email": "user@acme.test", "password": PASSWORD},
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    # A form of another site can send text/plain without a preflight: it is no JSON to us.
    answer = await client.post(
        "/api/auth/login",
        content=f'{{"email": "user@acme.test", "password": "{PASSWORD}"}}',
        headers={"Content-Type": "text/plain"},
    )
    assert answer.status_code == 422


async def test_the_refresh_token_is_no_bearer_and_the_access_token_no_cookie(
    client: httpx2.AsyncClient, world: World
) -> None:
    headers = await sign_in(client, "user@acme.test")
    bearer = await client.get("/api/me", headers={"Authorization": f"Bearer {client.cookies[COOKIE]}"})
    assert bearer.status_code == 401
    access = headers["Authorization"].removeprefix("Bearer ")
    assert (await refresh(client, access)).status_code == 401


async def test_changing_my_password_ends_my_other_sign_ins(
    client: httpx2.AsyncClient, stranger: httpx2.AsyncClient, world: World
) -> None:
    here, there = await sign_in(client, "user@acme.test"), await sign_in(stranger, "user@acme.test")
    change = {"current_password": PASSWORD, "new_password": "velvet-canyon-42"}
    assert (await client.post("/api/me/password", headers=here, json=change)).status_code == 204
    assert (await client.get("/api/me", headers=here)).status_code == 200
    assert (await stranger.get("/api/me", headers=there)).status_code == 401
    assert (await refresh(client)).status_code == 200
    old = await client.post("/api/auth/login", json={"email": "user@acme.test", "password": PASSWORD})
    assert old.status_code == 401
    await sign_in(client, "user@acme.test", "velvet-canyon-42")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"current_password": "wrong", "new_password": "velvet-canyon-42"}, "wrong-password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "weak-password"),
        ({"current_password": PASSWORD, "new_password": "user@acme.test"}, "weak-password"),
        ({"current_password": PASSWORD, "new_password": "x" * 257}, "invalid"),
    ],
)
async def test_a_password_change_that_is_refused_changes_nothing(
    client: httpx2.AsyncClient, world: World, change: dict[str, str], problem: str
) -> None:
    headers = await sign_in(client, "user@acme.test")
    answer = await client.post("/api/me/password", headers=headers, json=change)
    assert answer.status_code == 422
    assert answer.json()["type"] == f"urn:nexus:problem:{problem}"
    assert change["new_password"] not in answer.text
    await sign_in(client, "user@acme.test")


async def test_guessing_is_slowed_down(client: httpx2.AsyncClient, world: World) -> None:
    answers = [
        await client.post("/api/auth/login", json={"email": "user@acme.test", "password": f"guess-{n}"})
        for n in range(11)
    ]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["type"] == "urn:nexus:problem:too-many-attempts"
    await sign_in(client, "admin@acme.test")


def test_cheap_passwords_are_cheap_by_argument_alone() -> None:
    hasher = cheap_passwords()
    assert not hasher.is_outdated("$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$" + "A" * 43)
    hasher.close()
