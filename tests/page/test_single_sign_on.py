"""Through the identity provider and back, in a browser to which it is another site."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_hub import FOUNDER, PASSWORD, Hub, Watched, check_accessibility, photograph, running_hub
from playwright.sync_api import Page, Route, expect
from tests.doubles.entra import EntraDouble
from tests.doubles.entra_tokens import CLIENT, OTHER_TENANT, SECRET, TENANT, Person, oid

Open = Callable[..., Page]

PILOTS = "55555555-aaaa-4bbb-8ccc-000000000001"
ADA = Person("ada@contoso.test", oid(1), name="Ada Byron", groups=(PILOTS,))
BOB = Person("bob@fabrikam.test", oid(2), name="Bob Fabrikam", tenant=OTHER_TENANT)
MALLORY = Person("mallory@contoso.test", oid(3), name="Mallory Contoso", email=FOUNDER["SUPER_ADMIN__EMAIL"])


@pytest.fixture(scope="module")
def provider() -> Iterator[EntraDouble]:
    with EntraDouble("localhost") as double:
        double.people = [ADA, BOB, MALLORY]
        yield double


def reach(provider: EntraDouble) -> dict[str, str]:
    return FOUNDER | {
        "OIDC__ENTRA_TENANT": TENANT,
        "OIDC__ENTRA_AUTHORITY": provider.url,
        "OIDC__GRAPH_URL": f"{provider.url}/v1.0",
        "OIDC__CLIENT_ID": CLIENT,
        "OIDC__CLIENT_SECRET": SECRET,
        "OIDC__GROUPS": json.dumps({PILOTS: "Pilots"}),
    }


@pytest.fixture(scope="module")
def hub(provider: EntraDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with running_hub(tmp_path_factory.mktemp("hub"), **reach(provider)) as hub:
        provider.redirect_uris.add(f"{hub.url}/api/auth/oidc/callback")
        yield hub


@pytest.fixture
def watched(provider: EntraDouble) -> Watched:
    return Watched(origins=(f"{provider.url}/",))


def go_through(page: Page, name: str) -> None:
    page.get_by_role("link", name="Continue with Microsoft").click()
    page.get_by_role("link", name=name).click()


def test_somebody_comes_in_goes_on_and_out(hub: Hub, provider: EntraDouble, open_page: Open) -> None:
    page = open_page(hub)
    page.goto("/account/")
    page.wait_for_url("**/login/?next=**")
    expect(page.get_by_role("link", name="Continue with Microsoft")).to_be_visible()
    check_accessibility(page)
    photograph(page, "sign-in-provider")
    go_through(page, "Ada Byron")

    page.wait_for_url("**/account/")
    profile = page.get_by_role("main")
    expect(profile.get_by_text("ada@contoso.test")).to_be_visible()
    expect(profile.get_by_text("Pilots")).to_be_visible()
    expect(page.get_by_role("heading", name="Change password")).to_be_hidden()
    names = {cookie.get("name"): cookie for cookie in page.context.cookies()}
    assert names["nexus_refresh"].get("sameSite") == "Strict"
    assert set(names) == {"nexus_refresh"}

    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url(f"{hub.url}/login/")
    assert provider.requests[-1][1].endswith("/logout") or provider.asked("/oauth2/v2.0/logout") == 1
    page.goto("/account/")
    page.wait_for_url("**/login/?next=**")


def test_the_providers_sign_out_asks_again_and_leads_back(hub: Hub, provider: EntraDouble, open_page: Open) -> None:
    page = open_page(hub)
    page.goto("/login/?next=/account/")
    go_through(page, "Ada Byron")
    page.wait_for_url("**/account/")
    expect(page.get_by_text("ada@contoso.test")).to_be_visible()
    issuer = f"{provider.url}/{TENANT}/v2.0"
    path = f"{hub.url}/api/auth/oidc/front-channel-logout"
    assert page.request.get(path, params={"iss": issuer, "sid": ADA.sid}).ok

    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search").fill("leave")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Password", exact=True)).to_be_hidden()
    check_accessibility(page)
    photograph(page, "session-expired-provider")
    go_through(page, "Ada Byron")
    page.wait_for_url("**/account/")
    expect(page.get_by_role("main").get_by_text("ada@contoso.test")).to_be_visible()


def test_what_was_still_being_fetched_opens_below_the_question_to_sign_in(
    hub: Hub, provider: EntraDouble, open_page: Open
) -> None:
    page = open_page(hub)
    page.clock.install()
    page.goto("/login/?next=/account/")
    go_through(page, "Ada Byron")
    expect(page.get_by_role("main").get_by_text("ada@contoso.test")).to_be_visible()
    page.wait_for_load_state("networkidle")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/_next/static/**", hold)
    page.keyboard.press("Control+k")
    issuer = f"{provider.url}/{TENANT}/v2.0"
    path = f"{hub.url}/api/auth/oidc/front-channel-logout"
    assert page.request.get(path, params={"iss": issuer, "sid": ADA.sid}).ok
    page.clock.fast_forward("10:00")
    page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    assert held
    for route in held:
        route.continue_()
    page.unroute("**/_next/static/**")
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()
    go_through(page, "Ada Byron")
    page.wait_for_url("**/account/")


@pytest.mark.parametrize(
    ("language", "who", "fault", "told"),
    [
        ("en-GB", BOB, "", "Accounts of your company cannot sign in here."),
        ("en-GB", MALLORY, "", "Another account has your e-mail address already."),
        ("de-DE", ADA, "expired", "Die Anmeldung ließ sich nicht prüfen"),
        ("de-DE", ADA, "alg-none", "Die Anmeldung ließ sich nicht prüfen"),
    ],
)
def test_who_is_not_let_in_is_told_why(
    hub: Hub, provider: EntraDouble, open_page: Open, language: str, who: Person, fault: str, told: str
) -> None:
    provider.fault = fault
    page = open_page(hub, width=390, dark=language == "de-DE", language=language)
    page.goto("/login/?next=/knowledge/")
    page.get_by_role("link", name=re.compile("Continue with Microsoft|Weiter mit Microsoft")).click()
    page.get_by_role("link", name=who.name).click()
    page.wait_for_url("**/login/?problem=**")
    expect(page.get_by_role("alert").filter(has_text=told)).to_be_visible()
    assert "AADSTS" not in page.content()
    check_accessibility(page)
    photograph(page, f"sign-in-problem-{language[:2]}")
    # The way on is kept: the next attempt leads where the first one was to.
    provider.fault = ""
    page.get_by_role("link", name=re.compile("Continue with Microsoft|Weiter mit Microsoft")).click()
    page.get_by_role("link", name="Ada Byron").click()
    page.wait_for_url("**/knowledge/")


def test_the_founder_has_a_way_in_when_passwords_are_off(
    provider: EntraDouble, tmp_path: Path, open_page: Open
) -> None:
    with running_hub(tmp_path, **reach(provider), OIDC__PASSWORD_SIGN_IN="false", OIDC__LABEL="Contoso") as hub:
        page = open_page(hub)
        page.goto("/login/")
        expect(page.get_by_role("link", name="Continue with Contoso")).to_be_visible()
        expect(page.get_by_label("E-mail")).to_be_hidden()
        check_accessibility(page)
        page.get_by_role("button", name="Sign in with a password").click()
        page.get_by_label("E-mail").fill(FOUNDER["SUPER_ADMIN__EMAIL"])
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url("**/chat/**")
        page.context.close()
