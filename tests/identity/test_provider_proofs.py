"""What proves nothing signs nobody in: answers of another browser, spent codes, tokens of every wrong kind."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi import FastAPI
from provider_browser import CALLBACK, Browser
from sqlalchemy import func, select
from tests.doubles.entra import EntraDouble
from tests.doubles.entra_tokens import TEXT

from factories import World
from nexus.core.db import Database
from nexus.identity.models import ExternalIdentity, LoginSession

UNTRUSTED = "/login/?problem=not-trusted"


async def test_two_tabs_may_be_on_their_way_at_once(browser: Browser, world: World) -> None:
    first, second = await browser.begin(next="/one/"), await browser.begin(next="/two/")
    assert await browser.arrive(await browser.back_from(first)) == "/one/"
    assert await browser.arrive(await browser.back_from(second)) == "/two/"
    assert len([cookie for cookie in browser.home.cookies if "way" in cookie]) == 0


async def test_an_answer_is_worth_nothing_in_a_browser_that_did_not_ask(
    browser: Browser, app: FastAPI, world: World, entra: EntraDouble
) -> None:
    callback = await browser.back_from(await browser.begin())
    victim = Browser(app)
    assert await victim.arrive(callback) == "/login/?problem=expired"
    await victim.begin()
    assert await victim.arrive(callback) == "/login/?problem=expired"
    assert not await victim.is_in()
    assert entra.asked("/token") == 0
    await victim.aclose()
    assert await browser.arrive(callback) == "/chat/"
    assert await browser.arrive(callback) == "/login/?problem=expired"
    assert entra.asked("/token") == 1


async def test_a_code_is_good_once_whoever_brings_it(browser: Browser, world: World, entra: EntraDouble) -> None:
    callback = await browser.back_from(await browser.begin())
    cookies = dict(browser.home.cookies)
    assert await browser.arrive(callback) == "/chat/"
    browser.home.cookies.clear()
    for name, value in cookies.items():
        browser.home.cookies.set(name, value)
    assert await browser.arrive(callback) == "/login/?problem=expired"
    assert entra.asked("/token") == 2


async def test_a_code_of_another_sign_in_is_not_taken(browser: Browser, world: World, entra: EntraDouble) -> None:
    """PKCE: the code belongs to the verifier that its own browser holds."""
    await browser.back_from(await browser.begin())
    stolen = entra.last_code
    mine = urlsplit(await browser.back_from(await browser.begin()))
    asked = {name: values[0] for name, values in parse_qs(mine.query).items()} | {"code": stolen}
    assert await browser.arrive(f"{CALLBACK}?{urlencode(asked)}") == "/login/?problem=expired"
    assert not await browser.is_in()


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        ("wrong-tenant", "foreign"),
        ("no-tid", "not-trusted"),
        ("wrong-issuer", "not-trusted"),
        ("other-tenants-issuer", "not-trusted"),
        ("wrong-audience", "not-trusted"),
        ("audience-among-others", "not-trusted"),
        ("authorized-other", "not-trusted"),
        ("expired", "not-trusted"),
        ("not-yet", "not-trusted"),
        ("from-the-future", "not-trusted"),
        ("no-exp", "not-trusted"),
        ("no-nbf", "not-trusted"),
        ("no-iat", "not-trusted"),
        ("no-nonce", "not-trusted"),
        ("other-nonce", "not-trusted"),
        ("version-1", "not-trusted"),
        ("no-oid", "not-trusted"),
        ("alg-none", "not-trusted"),
        ("hs256", "not-trusted"),
        ("other-algorithm", "not-trusted"),
        ("foreign-key", "not-trusted"),
        ("unknown-kid", "not-trusted"),
        ("key-of-other-issuer", "not-trusted"),
        ("forged", "not-trusted"),
        ("no-id-token", "not-trusted"),
        ("html", "unreachable"),
        ("denied", "cancelled"),
        ("server-error", "misconfigured"),
    ],
)
async def test_what_proves_nothing_signs_nobody_in(
    browser: Browser, world: World, db: Database, entra: EntraDouble, fault: str, problem: str
) -> None:
    entra.fault = fault
    callback = await browser.back_from(await browser.begin(next="/knowledge/"))
    answer = await browser.home.get(callback)
    assert answer.headers["location"] == f"/login/?problem={problem}&next=%2Fknowledge%2F"
    assert TEXT not in answer.text + str(answer.headers)
    assert not await browser.is_in()
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(ExternalIdentity)) == 0
        assert await session.scalar(select(func.count()).select_from(LoginSession)) == 0
    entra.fault = ""
    # Keys are kept for an hour, also the one that was said to be another issuer's.
    assert await browser.sign_in() == ("/chat/" if fault != "key-of-other-issuer" else UNTRUSTED)


async def test_an_audience_may_be_a_list_of_one(browser: Browser, world: World, entra: EntraDouble) -> None:
    entra.fault = "audience-list"
    assert await browser.sign_in() == "/chat/"


async def test_a_provider_that_calls_itself_otherwise_is_not_asked(
    browser: Browser, world: World, entra: EntraDouble
) -> None:
    entra.fault = "other-issuer"
    assert await browser.begin() == "/login/?problem=misconfigured"


@pytest.mark.parametrize("options", [{"timeout_seconds": 0.3}])
@pytest.mark.parametrize("fault", ["hang-discovery", "hang-token"])
async def test_a_provider_that_hangs_is_given_up(
    browser: Browser, world: World, entra: EntraDouble, fault: str
) -> None:
    entra.fault = fault
    begun = await browser.begin()
    place = begun if begun.startswith("/") else await browser.arrive(await browser.back_from(begun))
    assert place == "/login/?problem=unreachable"


@pytest.mark.parametrize("options", [{"timeout_seconds": 3}])
async def test_what_a_provider_said_is_used_while_it_does_not_say_it_again(
    browser: Browser, entra: EntraDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await browser.sign_in() == "/chat/"
    for module in ("metadata", "keys"):
        monkeypatch.setattr(f"nexus.providers.oidc.{module}.KEPT_SECONDS", 0.0)
    monkeypatch.setattr("nexus.providers.oidc.metadata._PAUSE_SECONDS", 60.0)
    entra.fault = "hang-discovery"
    for _ in range(2):
        assert await browser.sign_in() == "/chat/"
    assert entra.asked("openid-configuration") == 2


@pytest.mark.parametrize("options", [{"client_secret": "an old one"}])
async def test_a_wrong_secret_is_the_operators_to_mend(
    browser: Browser, world: World, entra: EntraDouble, caplog: pytest.LogCaptureFixture
) -> None:
    assert await browser.sign_in() == "/login/?problem=misconfigured"
    assert "invalid_client [7000215]" in caplog.text
    for never in (TEXT, "an old one", entra.last_code):
        assert never not in caplog.text


async def test_keys_rotate_while_people_sign_in(browser: Browser, world: World, entra: EntraDouble) -> None:
    assert await browser.sign_in() == "/chat/"
    assert await browser.sign_in() == "/chat/"
    assert entra.asked("/keys") == 1
    assert entra.asked("openid-configuration") == 1
    entra.signing_key = 2
    assert await browser.sign_in() == "/chat/"
    assert entra.asked("/keys") == 1


async def test_a_new_key_is_fetched_but_nonsense_does_not_make_us_call_again(
    browser: Browser, world: World, entra: EntraDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await browser.sign_in() == "/chat/"
    entra.fault = "unknown-kid"
    for _ in range(3):
        assert await browser.sign_in() == UNTRUSTED
    assert entra.asked("/keys") == 1
    entra.fault = ""
    monkeypatch.setattr("nexus.providers.oidc.keys.KEY_PAUSE_SECONDS", 0.0)
    entra.rotate()
    entra.rotate()
    assert await browser.sign_in() == "/chat/"
    assert entra.asked("/keys") == 2
