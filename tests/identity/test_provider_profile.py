"""What an identity provider decides about a person, at every sign-in: department, groups, role."""

from dataclasses import replace
from typing import Any

import pytest
from provider_browser import ADA, Browser
from sqlalchemy import select, update
from tests.doubles.entra import EntraDouble

from factories import World, make_user
from factories import sign_in as password_sign_in
from nexus.access.principal import Role
from nexus.core.db import Database
from nexus.identity import service
from nexus.identity.models import ExternalIdentity, Group, User

PILOTS, FLYERS, LEADS, OTHERS = (f"55555555-aaaa-4bbb-8ccc-{number:012d}" for number in range(4))
MANY = tuple(f"66666666-aaaa-4bbb-8ccc-{number:012d}" for number in range(250))
MAPPED = {"groups": {PILOTS: "Pilots", FLYERS: "Flyers"}}
ROLES = {"group_roles": {LEADS: "content_manager"}, "app_roles": {"Nexus.Admin": "admin"}}


@pytest.fixture
def options() -> dict[str, Any]:
    return MAPPED


def group_names(me: Any) -> dict[str, str]:
    return {group["name"]: group["source"] for group in me["groups"]}


async def test_groups_come_and_go_with_the_provider(
    browser: Browser, world: World, db: Database, entra: EntraDouble
) -> None:
    entra.person = replace(ADA, groups=(PILOTS, FLYERS, OTHERS))
    await browser.sign_in()
    me = await browser.me()
    # A group of that name was there already; the other is made, and is seen to be the provider's.
    assert group_names(me) == {"Pilots": "local", "Flyers": "entra"}
    assert str(world.group) in me["user"]["group_ids"]

    admin = await password_sign_in(browser.home, "admin@acme.test")
    made = next(group["id"] for group in me["groups"] if group["name"] == "Flyers")
    await browser.home.patch(f"/api/groups/{made}", json={"name": "People who fly"}, headers=admin)
    local = await browser.home.post("/api/groups", json={"name": "By hand"}, headers=admin)
    await browser.home.put(f"/api/groups/{local.json()['id']}/members/{me['user']['id']}", headers=admin)
    entra.person = replace(ADA, groups=(FLYERS,))
    await browser.sign_in()
    assert group_names(await browser.me()) == {"People who fly": "entra", "By hand": "local"}

    entra.person = ADA
    await browser.sign_in()
    assert group_names(await browser.me()) == {"By hand": "local"}
    async with db.read() as session:
        (of_user,) = (await session.scalars(select(Group).where(Group.id == world.group))).all()
        assert of_user.name == "Pilots"


@pytest.mark.parametrize("mark", ["_claim_names", "hasgroups"])
async def test_more_groups_than_a_token_holds_are_read_from_graph(
    browser: Browser, entra: EntraDouble, mark: str
) -> None:
    entra.person = replace(ADA, groups=(*MANY, PILOTS))
    if mark == "hasgroups":
        entra.person = replace(entra.person, claims={"_claim_names": None, "hasgroups": True})
    assert await browser.sign_in() == "/chat/"
    assert group_names(await browser.me()) == {"Pilots": "local"}
    assert entra.asked("/v1.0/me/transitiveMemberOf") == 3
    assert entra.asked("/stolen") == 0, "the address in the token was called"


@pytest.mark.parametrize("fault", ["graph-forbidden", "graph-elsewhere", "hang-graph"])
@pytest.mark.parametrize("options", [MAPPED | {"timeout_seconds": 1}])
async def test_who_is_in_which_groups_unknown_is_not_let_in(browser: Browser, entra: EntraDouble, fault: str) -> None:
    entra.person = replace(ADA, groups=(PILOTS,))
    await browser.sign_in()
    entra.person, entra.fault = replace(ADA, groups=MANY), fault
    problem = "unreachable" if fault == "hang-graph" else "groups-unknown"
    assert await browser.sign_in() == f"/login/?problem={problem}"


@pytest.mark.parametrize("options", [{}])
async def test_graph_is_left_alone_where_nothing_depends_on_groups(browser: Browser, entra: EntraDouble) -> None:
    entra.person, entra.fault = replace(ADA, groups=MANY), "graph-forbidden"
    assert await browser.sign_in() == "/chat/"
    assert entra.asked("/v1.0") == 0


@pytest.mark.parametrize("options", [ROLES])
async def test_the_highest_role_that_is_mapped_counts_and_goes_again(
    browser: Browser, world: World, db: Database, entra: EntraDouble
) -> None:
    for groups, roles, expected in (
        ((), (), "user"),
        ((LEADS,), (), "content_manager"),
        ((LEADS,), ("Nexus.Admin",), "admin"),
        ((OTHERS,), ("Nexus.Admin",), "admin"),
        ((), ("Nexus.Owner",), "user"),
    ):
        entra.person = replace(ADA, groups=groups, roles=roles)
        await browser.sign_in()
        assert (await browser.me())["user"]["role"] == expected


@pytest.mark.parametrize("options", [ROLES])
@pytest.mark.parametrize("who", ["founder", "second"])
async def test_no_provider_takes_the_highest_role_away(
    browser: Browser, world: World, db: Database, entra: EntraDouble, who: str
) -> None:
    await browser.sign_in()
    async with db.write() as session:
        second = await make_user(session, world.acme, "second@acme.test", role=Role.SUPER_ADMIN)
        chosen = world.founder if who == "founder" else second.id
        await session.execute(update(ExternalIdentity).values(user_id=chosen))
    await browser.sign_in()
    assert (await browser.me())["user"]["role"] == "super_admin"


@pytest.mark.parametrize("options", [{}])
async def test_without_a_map_the_role_given_here_stays(browser: Browser, db: Database, entra: EntraDouble) -> None:
    entra.person = replace(ADA, roles=("Nexus.Admin",))
    await browser.sign_in()
    assert (await browser.me())["user"]["role"] == "user"
    async with db.write() as session:
        await session.execute(update(User).where(User.email == ADA.login).values(role=Role.ADMIN))
    await browser.sign_in()
    assert (await browser.me())["user"]["role"] == "admin"


@pytest.mark.parametrize(
    ("options", "told", "expected"),
    [
        ({"department_claim": "department"}, {"department": "hr"}, "UK"),
        ({"department_claim": "department"}, {"department": "Unheard of"}, None),
        ({"department_claim": "department"}, {"department": "Sales"}, None),
        ({"department_claim": "department"}, {}, None),
        ({"department_claim": "department", "region_claim": "usageLocation"}, {"department": "Sales"}, None),
        (
            {"department_claim": "department", "region_claim": "usageLocation"},
            {"department": "Sales", "usageLocation": "US"},
            "US",
        ),
    ],
)
@pytest.mark.parametrize("where", ["token", "graph"])
async def test_the_department_is_the_one_that_is_meant_or_none(
    browser: Browser,
    world: World,
    db: Database,
    entra: EntraDouble,
    told: dict[str, str],
    expected: str | None,
    where: str,
) -> None:
    async with db.write() as session:
        states = await service.create_region(session, tenant_id=world.acme, name="US")
        for region in (world.region, states.id):
            await service.create_department(session, tenant_id=world.acme, region_id=region, name="Sales")
        regions = {"UK": world.region, "US": states.id}
    entra.person = replace(ADA, **{"claims" if where == "token" else "profile": told})
    await browser.sign_in()
    department = (await browser.me())["department"]
    if expected is None:
        assert department is None
    else:
        assert department["region_id"] == str(regions[expected])
    entra.person = ADA
    await browser.sign_in()
    assert (await browser.me())["department"] is None


PLAIN = {"issuer": "plain", "groups": {"pilots": "Pilots"}, "department_claim": "department"}


@pytest.mark.parametrize("options", [PLAIN])
async def test_any_provider_that_follows_discovery_works_by_settings(
    browser: Browser, world: World, db: Database, entra: EntraDouble
) -> None:
    entra.person = replace(ADA, email="Ada@Contoso.test", groups=("pilots",), profile={"department": "HR"})
    methods = (await browser.home.get("/api/auth/methods")).json()
    assert methods["providers"] == [{"id": "oidc", "label": "127.0.0.1"}]
    assert await browser.sign_in(next="/knowledge/") == "/knowledge/"
    me = await browser.me()
    assert (me["user"]["email"], me["user"]["name"]) == ("ada@contoso.test", "Ada Byron")
    assert me["department"]["name"] == "HR"
    assert group_names(me) == {"Pilots": "local"}
    async with db.read() as session:
        (row,) = (await session.scalars(select(ExternalIdentity))).all()
        assert (row.issuer, row.provider_tenant, row.subject) == (f"{entra.url}/plain", "", ADA.subject)
    path = "/api/auth/oidc/front-channel-logout"
    await browser.home.get(path, params={"iss": f"{entra.url}/plain", "sid": ADA.sid})
    assert not await browser.is_in()


@pytest.mark.parametrize("options", [PLAIN | {"issuer": "plain/"}])
async def test_an_issuer_may_end_with_a_slash_and_then_has_to(browser: Browser, entra: EntraDouble) -> None:
    entra.fault = "other-issuer"
    entra.person = replace(ADA, email="ada@contoso.test", claims={"iss": f"{entra.url}/plain/"})
    assert await browser.sign_in() == "/chat/"
    entra.person = replace(ADA, email="ada@contoso.test")
    assert await browser.sign_in() == "/login/?problem=not-trusted"


@pytest.mark.parametrize("options", [PLAIN])
async def test_an_answer_of_another_issuer_is_not_taken(browser: Browser, entra: EntraDouble) -> None:
    """RFC 9207: where a provider signs its answers with its name, it has to be that name."""
    entra.person = replace(ADA, email="ada@contoso.test")
    callback = await browser.back_from(await browser.begin())
    assert await browser.arrive(f"{callback}&iss=https%3A%2F%2Fevil.test") == "/login/?problem=not-trusted"
    callback = await browser.back_from(await browser.begin())
    assert await browser.arrive(f"{callback}&iss={entra.url}/plain") == "/chat/"


@pytest.mark.parametrize("options", [PLAIN])
@pytest.mark.parametrize("fault", ["other-person", "expired", "no-nonce", "wrong-audience", "alg-none", "hs256"])
async def test_the_plain_provider_is_believed_no_more(browser: Browser, entra: EntraDouble, fault: str) -> None:
    entra.person, entra.fault = replace(ADA, email="ada@contoso.test"), fault
    assert await browser.sign_in() == "/login/?problem=not-trusted"


async def test_the_log_tells_who_came_and_what_the_provider_changed(browser: Browser, entra: EntraDouble) -> None:
    entra.person = replace(ADA, email="user@acme.test")
    await browser.sign_in()
    entra.person = ADA
    await browser.sign_in()
    entra.person = replace(ADA, name="Ada Lovelace", groups=(PILOTS,))
    await browser.sign_in()
    await browser.home.get("/api/auth/oidc/logout")
    admin = await password_sign_in(browser.home, "admin@acme.test")
    events = (await browser.home.get("/api/audit-events", headers=admin)).json()["items"][:0:-1]
    told = [(one["action"], one["outcome"], one["credential"]) for one in events]
    provider = "provider"
    assert told == [
        ("user.sign_in_failed", "refused", provider),
        ("user.created", "done", provider),
        ("user.signed_in", "done", provider),
        ("user.changed", "done", provider),
        ("user.signed_in", "done", provider),
        ("user.signed_out", "done", "session"),
    ]
    assert events[0]["details"] == {"reason": "address-taken"}
    assert (events[0]["actor_id"], events[0]["actor_name"]) == (None, "user@acme.test")
    assert events[3]["details"]["after"].keys() == {"name", "group_ids"}
