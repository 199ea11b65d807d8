"""Guessing is slowed down, tells nothing, and keeps nobody out who was in before."""

from collections.abc import AsyncGenerator

import httpx2
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from factories import PASSWORD, World, sign_in
from nexus.core.db import Database
from nexus.identity.attempts import MemoryAttempts
from nexus.identity.models import User
from nexus.identity.throttle import LoginThrottle
from nexus.identity.tokens import Tokens

USER = "user@acme.test"


class Clock:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock(app: FastAPI) -> Clock:
    clock = Clock()
    app.state.resources[LoginThrottle] = LoginThrottle(MemoryAttempts(clock))
    return clock


@pytest.fixture
async def attacker(app: FastAPI) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """Another browser, in the same network: every test's client has the same address."""
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://nexus.test") as client:
        yield client


async def attempt(client: httpx2.AsyncClient, email: str, password: str) -> tuple[int, str]:
    answer = await client.post("/api/auth/login", json={"email": email, "password": password})
    return answer.status_code, answer.json().get("detail", "")


async def test_the_owner_gets_in_through_the_browser_they_used_before(
    client: httpx2.AsyncClient, attacker: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    await sign_in(client, USER)
    await client.post("/api/auth/logout", headers={"X-Nexus-Request": "1", "Origin": "http://nexus.test"})
    for _ in range(100):
        await attempt(attacker, USER, "wrong-password")
    assert (await attempt(attacker, USER, PASSWORD))[0] == 429
    await sign_in(client, USER)
    await sign_in(client, USER)


async def test_not_even_when_the_whole_network_is_slowed_down(
    client: httpx2.AsyncClient, attacker: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    await sign_in(client, USER)
    for n in range(61):
        await attempt(attacker, f"{n}@acme.test", "wrong-password")
    assert (await attempt(attacker, "manager@acme.test", PASSWORD))[0] == 429
    await sign_in(client, USER)


async def test_a_known_browser_is_known_for_its_owners_alone(
    client: httpx2.AsyncClient, attacker: httpx2.AsyncClient, world: World, clock: Clock
) -> None:
    await sign_in(attacker, "manager@acme.test")
    outcomes = [(await attempt(attacker, USER, "wrong-password"))[0] for _ in range(12)]
    assert outcomes == [401] * 10 + [429] * 2
    own = [(await attempt(attacker, "manager@acme.test", "wrong-password"))[0] for _ in range(12)]
    assert own == [401] * 10 + [429] * 2, "and has its own limit"


async def test_one_browser_serves_several_people(client: httpx2.AsyncClient, world: World) -> None:
    tokens, marks = Tokens(b"secret"), ""
    for n in range(5):
        marks = tokens.remember_device(marks, f"{n}@acme.test")
    assert [n for n in range(5) if tokens.known_device(marks, f"{n}@acme.test")] == [1, 2, 3, 4]
    assert tokens.known_device(marks, "5@acme.test") is None
    for forged in ("", ".", "AAAA", "é", marks[:-4] + "AAAA", "." * 50, Tokens(b"other").remember_device("", USER)):
        assert tokens.known_device(forged, USER) is None


async def test_whoever_guesses_learns_nothing(
    attacker: httpx2.AsyncClient, db: Database, world: World, clock: Clock
) -> None:
    async with db.write() as session:
        await session.execute(update(User).where(User.id == world.manager).values(active=False))
        await session.execute(update(User).where(User.id == world.admin).values(password_hash=None))
    told: list[list[tuple[int, str]]] = []
    for email, password in (
        (USER, "wrong-password"),
        ("nobody@acme.test", PASSWORD),
        ("manager@acme.test", PASSWORD),
        ("admin@acme.test", PASSWORD),
    ):
        told.append([await attempt(attacker, email, password) for _ in range(12)])
        clock.seconds += 61
    assert all(each == told[0] for each in told)
    assert [status for status, _ in told[0]] == [401] * 10 + [429] * 2


async def test_the_wait_grows_with_patience(attacker: httpx2.AsyncClient, world: World, clock: Clock) -> None:
    for _ in range(5):
        assert [(await attempt(attacker, USER, "wrong-password"))[0] for _ in range(10)] == [401] * 10
        clock.seconds += 61
    answer = await attacker.post("/api/auth/login", json={"email": USER, "password": PASSWORD})
    assert answer.status_code == 429
    assert 60 < int(answer.headers["retry-after"]) <= 3600
    clock.seconds += 3600
    await sign_in(attacker, USER)


async def test_the_mark_is_out_of_reach_of_scripts(client: httpx2.AsyncClient, world: World) -> None:
    answer = await client.post("/api/auth/login", json={"email": USER, "password": PASSWORD})
    (cookie,) = [each for each in answer.headers.get_list("set-cookie") if "device" in each]
    for attribute in ("HttpOnly", "SameSite=strict", "Path=/api/auth"):
        assert attribute in cookie
    assert "acme" not in cookie
    failed = await client.post("/api/auth/login", json={"email": USER, "password": "wrong-password"})
    assert "set-cookie" not in failed.headers
