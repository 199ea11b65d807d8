"""Signing in with Microsoft Entra ID, through the API and over the network to a provider that believes nothing."""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from provider_browser import ADA, CALLBACK, HOME, Browser
from sqlalchemy import select, update
from tests.doubles.entra import EntraDouble
from tests.doubles.entra_tokens import CLIENT, OTHER_TENANT, SECRET, TENANT, oid

from factories import PASSWORD, World
from factories import sign_in as password_sign_in
from nexus.core.db import Database
from nexus.core.settings import SettingsError, load_settings
from nexus.identity.models import ExternalIdentity, Source, Tenant, User
from nexus.identity.single_sign_on import own_path


async def test_a_first_sign_in_makes_an_account_and_the_next_finds_it(
    browser: Browser, world: World, db: Database, entra: EntraDouble
) -> None:
    methods = (await browser.home.get("/api/auth/methods")).json()
    assert methods == {
        "is_set_up": True,
        "password": True,
        "sign_up": False,
        "reset_by_mail": False,
        "providers": [{"id": "oidc", "label": "Microsoft"}],
        "developer_user": "",
    }
    assert await browser.sign_in(next="/knowledge/base/?id=1&tab=access") == "/knowledge/base/?id=1&tab=access"
    me = await browser.me()
    assert (me["user"]["email"], me["user"]["name"], me["user"]["role"]) == ("ada@contoso.test", "Ada Byron", "user")
    assert me["tenant"]["name"] == "Acme"
    assert me["single_sign_on"] is True
    assert me["user"]["last_login_at"] is not None

    entra.person = replace(ADA, login="ada.lovelace@contoso.test", name="Ada Lovelace")
    assert await browser.sign_in() == "/chat/"
    again = await browser.me()
    assert again["user"]["id"] == me["user"]["id"]
    assert again["user"]["name"] == "Ada Lovelace"
    async with db.read() as session:
        (row,) = (await session.scalars(select(ExternalIdentity))).all()
        assert (row.issuer, row.provider_tenant, row.subject) == (f"{entra.url}/{TENANT}/v2.0", TENANT, oid(1))


async def test_whom_the_directory_made_ahead_is_known_by_its_id(browser: Browser, world: World, db: Database) -> None:
    """By the id and not by the address: another account with the address stays another's."""
    async with db.write() as session:
        tenant = (await session.scalars(select(Tenant).where(Tenant.name == "Acme"))).one()
        made = User(
            tenant_id=tenant.id,
            email="a.byron@contoso.test",
            name="Ada",
            role="user",
            source=Source.SCIM,
            external_id=oid(1),
        )
        session.add(made)
    assert await browser.sign_in() == "/chat/"
    assert (await browser.me())["user"]["id"] == str(made.id)
    async with db.write() as session:
        (await session.get_one(User, made.id)).active = False
    assert "problem=inactive" in await browser.sign_in()


async def test_the_request_carries_pkce_state_and_nonce_and_the_cookie_is_out_of_reach(
    browser: Browser, world: World, entra: EntraDouble
) -> None:
    answer = await browser.home.get("/api/auth/oidc/start", params={"next": "/chat/"})
    to = urlsplit(answer.headers["location"])
    asked = {name: values[0] for name, values in parse_qs(to.query).items()}
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{entra.url}/{TENANT}/oauth2/v2.0/authorize"
    assert asked["redirect_uri"] == CALLBACK
    assert (asked["response_type"], asked["response_mode"]) == ("code", "query")
    assert (asked["client_id"], asked["scope"]) == (CLIENT, "openid profile email User.Read")
    assert (asked["code_challenge_method"], len(asked["code_challenge"])) == ("S256", 43)
    assert min(len(asked["state"]), len(asked["nonce"])) >= 43
    cookie = answer.headers["set-cookie"].lower()
    for attribute in ("httponly", "samesite=lax", "path=/api/auth/oidc", "max-age=600"):
        assert attribute in cookie
    for secret in (asked["state"], asked["nonce"], SECRET):
        assert secret not in answer.headers["set-cookie"]
    other = await browser.begin()
    assert parse_qs(urlsplit(other).query)["state"] != [asked["state"]]


@pytest.mark.parametrize("whose", ["user@acme.test", "founder@acme.test", "user@other.test"])
async def test_an_address_that_an_account_has_is_refused_and_an_administrator_can_link(
    browser: Browser, world: World, db: Database, entra: EntraDouble, whose: str
) -> None:
    """Anybody who may edit their profile at the provider can bear anybody's address."""
    entra.person = replace(ADA, email=whose.upper())
    assert await browser.sign_in() == "/login/?problem=address-taken"
    assert not await browser.is_in()
    admin = await password_sign_in(browser.home, "admin@acme.test")
    (waiting,) = (await browser.home.get("/api/external-identities", params={"unlinked": True}, headers=admin)).json()[
        "items"
    ]
    assert (waiting["email"], waiting["subject"], waiting["user_id"]) == (whose, oid(1), None)

    body = {"user_id": str(world.founder if whose.startswith("founder") else world.user)}
    linked = await browser.home.put(f"/api/external-identities/{waiting['id']}/user", json=body, headers=admin)
    if whose.startswith("founder"):
        assert linked.status_code == 403
        admin = await password_sign_in(browser.home, "founder@acme.test")
        linked = await browser.home.put(f"/api/external-identities/{waiting['id']}/user", json=body, headers=admin)
    assert linked.status_code == 200
    assert linked.json()["user_id"] == body["user_id"]
    assert await browser.sign_in() == "/chat/"
    assert (await browser.me())["user"]["id"] == body["user_id"]

    gone = await browser.home.delete(f"/api/external-identities/{waiting['id']}", headers=admin)
    if not whose.startswith("founder"):
        assert gone.status_code == 204
        assert not await browser.is_in()
        assert await browser.sign_in() == "/login/?problem=address-taken"


async def test_identities_of_another_tenant_are_not_there(browser: Browser, world: World, entra: EntraDouble) -> None:
    await browser.sign_in()
    acme = await password_sign_in(browser.home, "admin@acme.test")
    other = await password_sign_in(browser.home, "admin@other.test")
    user = await password_sign_in(browser.home, "user@acme.test")
    (mine,) = (await browser.home.get("/api/external-identities", headers=acme)).json()["items"]
    path = f"/api/external-identities/{mine['id']}"
    assert (await browser.home.get("/api/external-identities", headers=other)).json()["items"] == []
    assert (await browser.home.get("/api/external-identities", headers=user)).status_code == 403
    body = {"user_id": str(world.other_user)}
    assert (await browser.home.put(f"{path}/user", json=body, headers=other)).status_code == 404
    assert (await browser.home.put(f"{path}/user", json=body, headers=acme)).status_code == 404
    assert (await browser.home.delete(path, headers=other)).status_code == 404
    assert await browser.is_in()


@pytest.mark.parametrize("options", [{"provisioning": False}])
async def test_without_provisioning_only_linked_people_come_in(
    browser: Browser, world: World, db: Database, entra: EntraDouble
) -> None:
    assert await browser.sign_in() == "/login/?problem=no-account"
    async with db.write() as session:
        await session.execute(update(ExternalIdentity).values(user_id=world.user))
    assert await browser.sign_in() == "/chat/"


async def test_who_has_no_address_gets_no_account(browser: Browser, world: World, entra: EntraDouble) -> None:
    entra.person = replace(ADA, login="ada")
    assert await browser.sign_in() == "/login/?problem=no-address"


async def test_the_deactivated_stay_out_and_the_deleted_begin_anew(
    browser: Browser, world: World, entra: EntraDouble
) -> None:
    await browser.sign_in()
    person = (await browser.me())["user"]
    admin = await password_sign_in(browser.home, "admin@acme.test")
    await browser.sign_in()
    path = f"/api/users/{person['id']}"
    assert (await browser.home.patch(path, json={"active": False}, headers=admin)).status_code == 200
    assert not await browser.is_in()
    assert await browser.sign_in() == "/login/?problem=inactive"
    assert not await browser.is_in()
    assert (await browser.home.delete(path, headers=admin)).status_code == 204
    assert await browser.sign_in() == "/chat/"
    assert (await browser.me())["user"]["id"] != person["id"]


async def test_two_sign_ins_of_a_new_person_make_one_account(
    browser: Browser, app: FastAPI, world: World, db: Database
) -> None:
    other = Browser(app)
    answers = [await each.back_from(await each.begin()) for each in (browser, other)]
    places = await asyncio.gather(browser.arrive(answers[0]), other.arrive(answers[1]))
    assert places == ["/chat/", "/chat/"]
    assert (await browser.me())["user"]["id"] == (await other.me())["user"]["id"]
    await other.aclose()


async def test_the_front_channel_ends_what_came_through_that_session(
    browser: Browser, app: FastAPI, world: World, entra: EntraDouble
) -> None:
    other = Browser(app)
    await browser.sign_in()
    bearer = await browser.bearer()
    entra.person = replace(ADA, sid="on-another-device")
    await other.sign_in()
    path, issuer = "/api/auth/oidc/front-channel-logout", f"{entra.url}/{TENANT}/v2.0"
    for params in ({}, {"sid": ADA.sid}, {"iss": issuer}, {"iss": f"{issuer}/", "sid": ADA.sid}):
        assert (await browser.home.get(path, params=params)).status_code == 200
    assert await browser.is_in()
    assert (await other.home.get(path, params={"iss": issuer, "sid": ADA.sid})).status_code == 200
    assert (await browser.home.get("/api/me", headers=bearer)).status_code == 401
    assert not await browser.is_in()
    assert await other.is_in()
    await other.aclose()


async def test_signing_out_ends_it_here_and_leads_to_the_provider(
    browser: Browser, world: World, entra: EntraDouble
) -> None:
    await browser.sign_in()
    bearer = await browser.bearer()
    answer = await browser.home.get("/api/auth/oidc/logout")
    to = urlsplit(answer.headers["location"])
    assert f"{to.scheme}://{to.netloc}{to.path}" == f"{entra.url}/{TENANT}/oauth2/v2.0/logout"
    assert parse_qs(to.query) == {
        "client_id": [CLIENT],
        "post_logout_redirect_uri": [f"{HOME}/login/"],
        "logout_hint": [f"O.{ADA.login}"],
    }
    assert (await browser.visit(answer.headers["location"])).headers["location"] == f"{HOME}/login/"
    assert (await browser.home.get("/api/me", headers=bearer)).status_code == 401
    assert not await browser.is_in()
    # Nothing to end, and a sign-in by password: our own door.
    assert (await browser.home.get("/api/auth/oidc/logout")).headers["location"] == "/login/"
    await password_sign_in(browser.home, "user@acme.test")
    assert (await browser.me())["single_sign_on"] is False
    assert (await browser.home.get("/api/auth/oidc/logout")).headers["location"] == "/login/"
    assert not await browser.is_in()


@pytest.mark.parametrize("options", [{"password_sign_in": False}])
async def test_passwords_can_be_left_to_the_founder(browser: Browser, world: World) -> None:
    assert (await browser.home.get("/api/auth/methods")).json()["password"] is False

    async def attempt(email: str, password: str) -> tuple[int, str]:
        answer = await browser.home.post("/api/auth/login", json={"email": email, "password": password})
        return answer.status_code, answer.json().get("type", "").rpartition(":")[2]

    assert await attempt("founder@acme.test", PASSWORD) == (200, "")
    assert await attempt("user@acme.test", PASSWORD) == (403, "password-sign-in-off")
    assert await attempt("user@acme.test", "wrong") == (401, "not-authenticated")
    assert await attempt("nobody@acme.test", PASSWORD) == (401, "not-authenticated")


@pytest.mark.parametrize(
    ("options", "tenant", "expected"),
    [
        ({"entra_tenant": "organizations", "allowed_tenants": {OTHER_TENANT: "Other"}}, OTHER_TENANT, "Other"),
        ({"entra_tenant": "organizations", "allowed_tenants": {OTHER_TENANT: "Other"}}, TENANT, "foreign"),
        ({"entra_tenant": "organizations", "allowed_tenants": {TENANT: "Nobody's"}}, TENANT, "misconfigured"),
    ],
)
async def test_several_directories_share_an_installation(
    app: FastAPI, world: World, entra: EntraDouble, options: dict[str, Any], tenant: str, expected: str
) -> None:
    browser = Browser(app)
    entra.person = replace(ADA, tenant=tenant)
    place = await browser.sign_in()
    assert place == "/chat/" if expected == "Other" else place == f"/login/?problem={expected}"
    if expected == "Other":
        assert (await browser.me())["tenant"]["name"] == "Other"
    await browser.aclose()


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ("", "/chat/"),
        ("/knowledge/?id=1#top", "/knowledge/?id=1#top"),
        ("https://evil.test/", "/chat/"),
        ("//evil.test/", "/chat/"),
        ("/\\evil.test/", "/chat/"),
        ("/a\\b", "/chat/"),
        ("/\t/evil.test", "/chat/"),
        ("/a\r\nSet-Cookie: a=b", "/chat/"),
        ("javascript:alert(1)", "/chat/"),
        ("/api/auth/oidc/logout", "/chat/"),
        ("/login/?next=/login/", "/chat/"),
        ("/" + "a" * 1000, "/chat/"),
    ],
)
def test_nobody_is_led_elsewhere(asked: str, place: str) -> None:
    assert own_path(asked) == place


@pytest.mark.parametrize(
    ("oidc", "named"),
    [
        ({"client_id": "a"}, "NEXUS_OIDC__ENTRA_TENANT"),
        ({"client_id": "a", "entra_tenant": TENANT, "issuer": "https://id.test"}, "NEXUS_OIDC__ISSUER"),
        ({"client_id": "a", "entra_tenant": "contoso.test"}, "NEXUS_OIDC__ENTRA_TENANT"),
        ({"client_id": "a", "entra_tenant": "organizations"}, "NEXUS_OIDC__ALLOWED_TENANTS"),
        ({"client_id": "a", "issuer": "http://id.test"}, "NEXUS_OIDC__ISSUER"),
        ({"client_id": "a", "issuer": "https://id.test", "app_roles": {"Boss": "super_admin"}}, "APP_ROLES"),
        ({"password_sign_in": False}, "NEXUS_OIDC__PASSWORD_SIGN_IN"),
    ],
)
def test_settings_that_would_be_unsafe_are_refused(oidc: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(oidc=oidc, _env_file=None)
