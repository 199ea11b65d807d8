"""The throttle slows guessing down and locks nobody out."""

import pytest

from nexus.identity.errors import TooManyAttemptsError
from nexus.identity.throttle import LoginThrottle


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> LoginThrottle:
    return LoginThrottle(per_ip=5, per_email=3, window_seconds=60, clock=clock)


def test_one_address_of_mail_from_everywhere(throttle: LoginThrottle, clock: Clock) -> None:
    for n in range(3):
        throttle.admit(f"10.0.0.{n}", "ada@acme.test")
        clock.seconds += 10
    with pytest.raises(TooManyAttemptsError) as refused:
        throttle.admit("10.0.0.9", "ada@acme.test")
    assert refused.value.headers["Retry-After"] == "30"
    throttle.admit("10.0.0.9", "eve@acme.test")
    clock.seconds += 30
    throttle.admit("10.0.0.9", "ada@acme.test")


def test_one_network_trying_every_address_of_mail(throttle: LoginThrottle) -> None:
    for n in range(5):
        throttle.admit("2001:db8:1:2::" + str(n), f"{n}@acme.test")
    with pytest.raises(TooManyAttemptsError):
        throttle.admit("2001:db8:1:2:ffff::1", "new@acme.test")
    throttle.admit("2001:db8:1:3::1", "new@acme.test")


def test_refused_attempts_do_not_prolong_the_wait(throttle: LoginThrottle, clock: Clock) -> None:
    for _ in range(3):
        throttle.admit("10.0.0.1", "ada@acme.test")
    for _ in range(59):
        clock.seconds += 1
        with pytest.raises(TooManyAttemptsError):
            throttle.admit("10.0.0.1", "ada@acme.test")
    clock.seconds += 1
    throttle.admit("10.0.0.1", "ada@acme.test")


def test_guessers_elsewhere_do_not_keep_a_person_out(throttle: LoginThrottle) -> None:
    throttle.admit("10.0.0.1", "ada@acme.test")
    throttle.succeeded("10.0.0.1", "ada@acme.test")
    for n in range(3):
        throttle.admit(f"203.0.113.{n}", "ada@acme.test")
    with pytest.raises(TooManyAttemptsError):
        throttle.admit("203.0.113.9", "ada@acme.test")
    throttle.admit("10.0.0.1", "ada@acme.test")


def test_successes_do_not_count(throttle: LoginThrottle) -> None:
    for _ in range(50):
        throttle.admit("10.0.0.1", "ada@acme.test")
        throttle.succeeded("10.0.0.1", "ada@acme.test")


def test_memory_is_bounded(throttle: LoginThrottle) -> None:
    for n in range(6_000):
        throttle.admit(f"10.{n >> 16}.{(n >> 8) & 255}.{n & 255}", f"{n}@acme.test")
    assert len(throttle._attempts) == 10_000
