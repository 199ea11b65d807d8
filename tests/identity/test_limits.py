"""How often somebody may ask: counted in memory and in Redis, and never a reason to be down."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from uuid import UUID

import pytest

from hub import Company, Hub
from nexus.access.principal import Principal, Role
from nexus.core.ids import new_id
from nexus.core.settings import LimitSettings, load_settings
from nexus.identity.errors import TooManyRequestsError
from nexus.identity.limits import RateLimits

pytest_plugins = ("servers",)

Make = Callable[..., RateLimits]


def somebody(tenant: UUID | None = None) -> Principal:
    return Principal(new_id(), tenant or new_id(), Role.USER, frozenset(), login_session_id=new_id())


@pytest.fixture(params=["memory", "redis"])
async def make(request: pytest.FixtureRequest) -> AsyncGenerator[Make, None]:
    """Limits that count in memory, or in Redis."""
    url = "" if request.param == "memory" else request.getfixturevalue("redis_url")
    made: list[RateLimits] = []

    def make(**limits: int) -> RateLimits:
        made.append(RateLimits(LimitSettings(**limits), url))
        return made[-1]

    yield make
    for each in made:
        await each.aclose()


async def test_a_person_has_so_many_requests(make: Make) -> None:
    limits, person = make(user_requests=3), somebody()
    left = [await limits.admit(person) for _ in range(3)]
    assert [one and one.remaining for one in left] == [2, 1, 0]
    with pytest.raises(TooManyRequestsError) as refused:
        await limits.admit(person)
    headers = refused.value.headers
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == ("3", "0")
    assert 1 <= int(headers["Retry-After"]) <= 60
    assert await limits.admit(somebody(person.tenant_id))
    # Every way in counts for the same person; the command line for nobody.
    key = replace(person, login_session_id=None, api_key_id=new_id())
    with pytest.raises(TooManyRequestsError):
        await limits.admit(key)
    assert await limits.admit(replace(person, login_session_id=None)) is None


async def test_a_tenant_has_so_many_together(make: Make) -> None:
    limits, tenant = make(user_requests=100, tenant_requests=4), new_id()
    left = [await limits.admit(somebody(tenant)) for _ in range(4)]
    assert [(one and one.limit, one and one.remaining) for one in left] == [(4, 3), (4, 2), (4, 1), (4, 0)]
    with pytest.raises(TooManyRequestsError):
        await limits.admit(somebody(tenant))
    assert await limits.admit(somebody())


async def test_without_limits_nothing_is_counted(make: Make) -> None:
    limits, person = make(user_requests=0), somebody()
    assert [await limits.admit(person) for _ in range(50)] == [None] * 50


async def test_processes_count_together_in_redis(make: Make, request: pytest.FixtureRequest) -> None:
    one, other, person = make(user_requests=2), make(user_requests=2), somebody()
    await one.admit(person)
    await other.admit(person)
    if "[redis]" in request.node.name:
        with pytest.raises(TooManyRequestsError):
            await one.admit(person)
    else:
        assert await one.admit(person)


async def test_a_redis_that_is_away_stops_nobody() -> None:
    limits, person = RateLimits(LimitSettings(user_requests=1), "redis://127.0.0.1:1/0"), somebody()
    assert [await limits.admit(person) for _ in range(3)] == [None, None, None]
    await limits.aclose()


async def test_an_answer_says_what_is_left(hub: Hub, company: Company) -> None:
    made = await company.member.post("/me/api-keys", {"name": "Program"}, 201)
    bearer = {"Authorization": f"Bearer {made['secret']}"}
    first = await company.member.client.get("/api/me", headers=bearer)
    stated = load_settings(_env_file=None).limits.user_requests
    assert first.headers["x-ratelimit-limit"] == str(stated)
    assert int(first.headers["x-ratelimit-remaining"]) == stated - 1
    streamed = await company.member.client.post("/api/ask/stream", headers=bearer, json={"question": "Anything?"})
    assert int(streamed.headers["x-ratelimit-remaining"]) == stated - 2
    assert "x-ratelimit-limit" not in (await company.member.call("GET", "/me")).headers


async def test_a_directory_has_its_own_limit_and_hears_of_it_in_scims_words(make: Make) -> None:
    limits, token = make(directory_requests=2, user_requests=1), new_id()
    left = [await limits.admit_directory(token) for _ in range(2)]
    assert [one and one.remaining for one in left] == [1, 0]
    with pytest.raises(TooManyRequestsError):
        await limits.admit_directory(token)
    assert await limits.admit_directory(new_id())


async def test_a_network_may_not_knock_at_the_providers_door_for_ever(make: Make) -> None:
    limits = make()
    for _ in range(120):
        await limits.admit_visitor("2001:db8::1")
    with pytest.raises(TooManyRequestsError):
        await limits.admit_visitor("2001:db8::2")
    await limits.admit_visitor("192.0.2.1")
