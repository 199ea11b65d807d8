"""The throttle slows guessing down and locks nobody out."""

import asyncio
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING

import pytest
import redis

from nexus.identity.attempts import AttemptStore, MemoryAttempts, RedisAttempts
from nexus.identity.errors import TooManyAttemptsError
from nexus.identity.throttle import LoginThrottle

if TYPE_CHECKING:
    from servers import RedisServer

pytest_plugins = ("servers",)


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "redis"])
async def throttle(request: pytest.FixtureRequest, clock: Clock) -> AsyncGenerator[LoginThrottle, None]:
    """One that counts in memory, or in Redis: the rules are the same."""
    if request.param == "memory":
        store: AttemptStore = MemoryAttempts(clock)
    else:
        store = RedisAttempts(request.getfixturevalue("redis_url"), clock)
    throttle = LoginThrottle(store, per_ip=5, per_email=3, window_seconds=60)
    yield throttle
    await throttle.aclose()


async def test_one_address_of_mail_from_everywhere(throttle: LoginThrottle, clock: Clock) -> None:
    for n in range(3):
        await throttle.admit(f"10.0.0.{n}", "ada@acme.test")
        clock.seconds += 10
    with pytest.raises(TooManyAttemptsError) as refused:
        await throttle.admit("10.0.0.9", "ada@acme.test")
    assert refused.value.headers["Retry-After"] == "30"
    await throttle.admit("10.0.0.9", "eve@acme.test")
    clock.seconds += 30
    await throttle.admit("10.0.0.9", "ada@acme.test")


async def test_one_network_trying_every_address_of_mail(throttle: LoginThrottle) -> None:
    for n in range(5):
        await throttle.admit("2001:db8:1:2::" + str(n), f"{n}@acme.test")
    with pytest.raises(TooManyAttemptsError):
        await throttle.admit("2001:db8:1:2:ffff::1", "new@acme.test")
    await throttle.admit("2001:db8:1:3::1", "new@acme.test")


async def test_refused_attempts_do_not_prolong_the_wait(throttle: LoginThrottle, clock: Clock) -> None:
    for _ in range(3):
        await throttle.admit("10.0.0.1", "ada@acme.test")
    for _ in range(59):
        clock.seconds += 1
        with pytest.raises(TooManyAttemptsError):
            await throttle.admit("10.0.0.1", "ada@acme.test")
    clock.seconds += 1
    await throttle.admit("10.0.0.1", "ada@acme.test")


async def test_guessers_elsewhere_do_not_keep_a_person_out(throttle: LoginThrottle) -> None:
    await throttle.admit("10.0.0.1", "ada@acme.test")
    await throttle.succeeded("10.0.0.1", "ada@acme.test")
    for n in range(3):
        await throttle.admit(f"203.0.113.{n}", "ada@acme.test")
    with pytest.raises(TooManyAttemptsError):
        await throttle.admit("203.0.113.9", "ada@acme.test")
    await throttle.admit("10.0.0.1", "ada@acme.test")


async def test_successes_do_not_count(throttle: LoginThrottle) -> None:
    for _ in range(50):
        await throttle.admit("10.0.0.1", "ada@acme.test")
        await throttle.succeeded("10.0.0.1", "ada@acme.test")


async def test_hours_count_beside_minutes(throttle: LoginThrottle, clock: Clock) -> None:
    for _ in range(50):
        await throttle.admit("10.0.0.1", "ada@acme.test")
        clock.seconds += 61
    with pytest.raises(TooManyAttemptsError) as refused:
        await throttle.admit("10.0.0.1", "ada@acme.test")
    assert refused.value.headers["Retry-After"] == str(3600 - 50 * 61)
    await throttle.admit("10.0.0.1", "ada@acme.test", "a browser that is known")
    clock.seconds += 3600 - 50 * 61
    await throttle.admit("10.0.0.1", "ada@acme.test")


async def test_a_crowd_at_once_gets_no_more(throttle: LoginThrottle) -> None:
    tries = [throttle.admit(f"10.0.0.{n}", "ada@acme.test") for n in range(40)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert outcomes.count(None) == 3


async def test_codes_and_sign_ups_have_their_own_count(throttle: LoginThrottle) -> None:
    for _ in range(10):
        await throttle.admit_code("ada")
        await throttle.admit_sign_up("10.0.0.1")
    for refused in (throttle.admit_code("ada"), throttle.admit_sign_up("10.0.0.1")):
        with pytest.raises(TooManyAttemptsError):
            await refused
    await throttle.forgive_code("ada")
    await throttle.admit_code("ada")
    await throttle.admit_code("eve")
    await throttle.admit("10.0.0.1", "ada@acme.test")


async def test_memory_is_bounded(clock: Clock) -> None:
    store = MemoryAttempts(clock)
    throttle = LoginThrottle(store)
    for n in range(6_000):
        await throttle.admit(f"10.{n >> 16}.{(n >> 8) & 255}.{n & 255}", f"{n}@acme.test")
    assert len(store.attempts) == 10_000


async def test_processes_count_together(redis_url: str) -> None:
    """By Redis' own clock; and what one remembers, the other knows."""
    one, other = (LoginThrottle(RedisAttempts(redis_url), per_email=3) for _ in range(2))
    for throttle in (one, other, one):
        await throttle.admit("10.0.0.1", "ada@acme.test")
    with pytest.raises(TooManyAttemptsError) as refused:
        await other.admit("10.0.0.2", "ada@acme.test")
    assert 55 <= int(refused.value.headers["Retry-After"]) <= 60
    await one.forgive("10.0.0.1", "ada@acme.test")
    await other.admit("10.0.0.1", "ada@acme.test")
    await one.remember("10.0.0.1", "ada@acme.test")
    await other.admit("10.0.0.1", "ada@acme.test")
    await one.aclose()
    await other.aclose()


async def test_redis_keeps_nobodys_address_and_forgets(redis_url: str, clock: Clock) -> None:
    throttle = LoginThrottle(RedisAttempts(redis_url, clock))
    await throttle.admit("10.0.0.1", "ada@acme.test")
    await throttle.remember("10.0.0.1", "ada@acme.test")
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        names = [str(name) for name in client.scan_iter()]
        assert len(names) == 3
        for name in names:
            assert "acme" not in name
            assert "10.0" not in name
            assert 0 < client.ttl(name) <= 30 * 24 * 3600
    await throttle.aclose()


async def test_without_redis_this_process_goes_on_counting(redis_server: "RedisServer", redis_url: str) -> None:
    throttle = LoginThrottle(RedisAttempts(redis_url), per_email=3)
    await throttle.admit("10.0.0.1", "ada@acme.test")
    redis_server.stop()
    try:
        for _ in range(3):
            await throttle.admit("10.0.0.1", "ada@acme.test")
        with pytest.raises(TooManyAttemptsError):
            await throttle.admit("10.0.0.1", "ada@acme.test")
        await throttle.succeeded("10.0.0.1", "ada@acme.test")
    finally:
        redis_server.start()
    await throttle.aclose()
