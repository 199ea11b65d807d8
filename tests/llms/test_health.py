"""When a model is passed over, and when it is asked again."""

import pytest

from nexus.llms.health import COOLDOWN_SECONDS, FAILURES, WINDOW_SECONDS, Health
from nexus.providers.llm.failures import Failure


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def health(clock: Clock) -> Health:
    return Health(clock=clock)


def fail(health: Health, times: int, failure: Failure = Failure.SERVER) -> None:
    for _ in range(times):
        health.failed(failure.to_error())


def test_it_opens_after_some_failures_and_tries_again_once(health: Health, clock: Clock) -> None:
    fail(health, FAILURES - 1)
    assert (health.state, health.admits()) == ("failing", True)
    fail(health, 1)
    assert (health.state, health.admits()) == ("open", False)

    clock.now += COOLDOWN_SECONDS
    assert [health.admits(), health.admits()] == [True, False], "one call finds out"
    fail(health, 1)
    assert not health.admits()
    clock.now += COOLDOWN_SECONDS
    assert health.admits()
    health.succeeded()
    assert (health.state, health.admits(), health.admits()) == ("healthy", True, True)


def test_a_probe_that_nobody_waited_for_leaves_its_place(health: Health, clock: Clock) -> None:
    fail(health, FAILURES)
    clock.now += COOLDOWN_SECONDS
    assert health.admits()
    health.left()
    assert health.admits()


def test_failures_far_apart_do_not_open_it(health: Health, clock: Clock) -> None:
    for _ in range(3 * FAILURES):
        fail(health, 1)
        clock.now += WINDOW_SECONDS / 2
    assert health.state == "failing"


@pytest.mark.parametrize("failure", [Failure.TOO_LONG, Failure.REJECTED, Failure.EMPTY, Failure.WITHHELD])
def test_what_the_asker_may_have_caused_does_not_open_it(health: Health, failure: Failure) -> None:
    fail(health, 10, failure)
    assert health.admits()
    assert health.last_failure == failure.detail


@pytest.mark.parametrize("failure", [Failure.KEY, Failure.UNKNOWN_MODEL, Failure.RATE_LIMITED, Failure.UNREACHABLE])
def test_a_wrong_key_or_name_opens_it_as_an_outage_does(health: Health, failure: Failure) -> None:
    fail(health, FAILURES, failure)
    assert health.state == "open"


def test_the_median_time_to_the_first_token(health: Health) -> None:
    assert health.first_token_ms is None
    for seconds in (0.1, 9.0, 0.3):
        health.began(seconds)
    assert health.first_token_ms == 300
    for _ in range(1000):
        health.began(0.5)
    assert health.first_token_ms == 500
