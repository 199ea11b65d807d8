"""Tenants, regions, departments, groups, roles and provisioning in the browser."""

import json
from collections.abc import Callable, Iterator

import httpx2
import pytest
from page_hub import EMAIL, FOUNDER, Hub, Watched, check_accessibility, photograph, running_hub, sign_in
from people_api import Founder
from playwright.sync_api import Locator, Page, expect
from tests.doubles.entra import EntraDouble
from tests.doubles.entra_tokens import CLIENT, SECRET, TENANT, Person, oid

Open = Callable[..., Page]

STAFF = "55555555-aaaa-4bbb-8ccc-000000000001"
ADA = Person("ada@contoso.test", oid(1), name="Ada Byron", groups=(STAFF,))
WALTER = Person("walter@contoso.test", oid(2), name="Walter Twin", email="walter@acme.test")
DORA = Person("dora@contoso.test", oid(3), name="Dora Twin", email="dora@acme.test")


@pytest.fixture(scope="module")
def provider() -> Iterator[EntraDouble]:
    with EntraDouble("localhost") as double:
        double.people = [ADA, WALTER, DORA]
        yield double


@pytest.fixture(scope="module")
def hub(provider: EntraDouble, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    settings = FOUNDER | {
        "OIDC__ENTRA_TENANT": TENANT,
        "OIDC__ENTRA_AUTHORITY": provider.url,
        "OIDC__GRAPH_URL": f"{provider.url}/v1.0",
        "OIDC__CLIENT_ID": CLIENT,
        "OIDC__CLIENT_SECRET": SECRET,
        "OIDC__GROUPS": json.dumps({STAFF: "Staff"}),
    }
    with running_hub(tmp_path_factory.mktemp("hub"), **settings) as hub:
        provider.redirect_uris.add(f"{hub.url}/api/auth/oidc/callback")
        yield hub


@pytest.fixture
def watched(provider: EntraDouble) -> Watched:
    return Watched(origins=(f"{provider.url}/",))


def through_the_provider(hub: Hub, open_page: Open, name: str) -> Page:
    page = open_page(hub)
    page.goto("/login/")
    page.get_by_role("link", name="Continue with Microsoft").click()
    page.get_by_role("link", name=name).click()
    return page


def administer(page: Page, section: str, email: str = EMAIL) -> None:
    sign_in(page, email)
    page.goto("/admin/users/")
    page.get_by_role("navigation", name="Administration").get_by_role("link", name=section).click()
    expect(page.get_by_role("heading", level=1, name=section)).to_be_visible()


def choose(page: Page, name: str, item: str) -> None:
    page.get_by_role("button", name=f"Actions for {name}", exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("row").filter(has_text=name)


def test_a_group_is_made_filled_and_deleted(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        for name in ("Grace", "Katherine"):
            founder.add(name)
        theirs = founder.call("GET", "/users?q=grace")["items"][0]["id"]
        base = founder.call("POST", "/knowledge-bases", {"name": "Engine drawings"})["id"]
    page = open_page(hub)
    administer(page, "Groups")
    expect(page).to_have_title("Groups · Nexus")
    page.get_by_role("button", name="New group").click()
    dialog = page.get_by_role("dialog", name="New group")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Enter a name.")).to_be_visible()
    dialog.get_by_label("Name").fill("Test pilots")
    dialog.get_by_role("button", name="Create").click()
    expect(row(page, "Test pilots")).to_contain_text("0 members")
    check_accessibility(page)

    page.get_by_role("button", name="New group").click()
    dialog.get_by_label("Name").fill("Test pilots")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("This name is taken")).to_be_visible()
    expect(dialog.get_by_label("Name")).to_have_value("Test pilots")
    page.keyboard.press("Escape")

    page.get_by_role("link", name="Test pilots").click()
    expect(page.get_by_role("heading", level=1, name="Test pilots")).to_be_visible()
    group = page.url.rpartition("id=")[2]
    # By keyboard alone.
    page.get_by_role("combobox", name="Add a member").focus()
    page.keyboard.type("GRACE")
    expect(page.get_by_role("option", name="Grace")).to_have_attribute("aria-selected", "true")
    check_accessibility(page)
    photograph(page, "group-picker")
    page.keyboard.press("Enter")
    expect(row(page, "grace@acme.test")).to_be_visible()
    expect(page.get_by_role("combobox", name="Add a member")).to_be_focused()
    expect(page.get_by_role("combobox", name="Add a member")).to_have_value("")
    page.keyboard.type("katherine")
    page.get_by_role("option", name="Katherine").click()
    expect(page.get_by_role("heading", level=2, name="2 members")).to_be_visible()
    page.get_by_label("Search by name or e-mail").fill("kath")
    expect(row(page, "grace@acme.test")).to_have_count(0)
    page.get_by_role("button", name="Remove Katherine").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("ends at once")
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Nobody found")).to_be_visible()
    # Where it goes when the row has left: it must not be lost.
    page.wait_for_function("document.activeElement !== document.body")
    with Founder(hub) as founder:
        assert founder.call("GET", f"/users/{theirs}")["group_ids"] == [group]
        granted = {"subject_kind": "group", "subject_id": group, "level": "read"}
        founder.call("PUT", f"/knowledge-bases/{base}/grants", granted)

    page.get_by_role("button", name="Rename").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Flyers")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1, name="Flyers")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    question = page.get_by_role("alertdialog", name="Delete Flyers?")
    expect(question).to_contain_text("One person is no longer a member.")
    expect(question).to_contain_text("One grant on a knowledge base ends")
    expect(question.get_by_role("link", name="Engine drawings")).to_be_visible()
    check_accessibility(page)
    photograph(page, "delete-group")
    question.get_by_role("button", name="Delete").click()
    page.wait_for_url("**/admin/groups/")
    expect(row(page, "Flyers")).to_have_count(0)


def test_groups_from_outside_say_who_looks_after_them(hub: Hub, open_page: Open) -> None:
    through_the_provider(hub, open_page, "Ada Byron").wait_for_url("**/chat/**")
    with Founder(hub) as founder:
        token = founder.call("POST", "/scim-tokens", {"name": "Entra ID"})["token"]
        for n in range(55):
            founder.call("POST", "/groups", {"name": f"Many {n:02}"})
    made = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Directory people"}
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx2.post(f"{hub.url}/scim/v2/Groups", json=made, headers=headers).status_code == 201

    page = open_page(hub)
    administer(page, "Groups")
    names = page.get_by_role("row").filter(has_text="Many")
    page.get_by_label("Search by name").fill("MANY")
    expect(names).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(names).to_have_count(55)
    page.get_by_label("Search by name").fill("")
    page.get_by_label("Looked after").select_option("outside")
    expect(names).to_have_count(0)
    expect(row(page, "Directory people")).to_contain_text("Directory")
    expect(row(page, "Staff")).to_contain_text("One member")
    photograph(page, "groups")
    page.get_by_role("button", name="Actions for Staff").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Rename", "Delete"])
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Actions for Directory people").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Delete"])
    page.keyboard.press("Escape")
    for name, whose, renamed in (("Staff", "read at each sign-in", 1), ("Directory people", "(SCIM)", 0)):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_text(whose)).to_be_visible()
        expect(page.get_by_role("combobox", name="Add a member")).to_have_count(0)
        expect(page.get_by_role("button", name="Rename")).to_have_count(renamed)
        page.get_by_role("link", name="Groups").first.click()
        page.get_by_label("Looked after").select_option("outside")

    page.goto("/admin/users/")
    page.get_by_label("Search by name or e-mail").fill("ada@")
    choose(page, "Ada Byron", "Edit")
    dialog = page.get_by_role("dialog", name="Edit Ada Byron")
    expect(dialog.get_by_label("Staff")).to_be_checked()
    expect(dialog.get_by_label("Staff")).to_be_disabled()
    dialog.get_by_label("Many 07").check()
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Ada Byron is saved")).to_be_visible()
    page.goto("/admin/groups/members/?id=00000000-0000-7000-8000-000000000000")
    expect(page.get_by_role("heading", name="There is no such group")).to_be_visible()
    check_accessibility(page)


def test_regions_and_departments(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    administer(page, "Organisation")
    dialog = page.get_by_role("dialog")
    for region in ("UK", "US"):
        page.get_by_role("button", name="New region").click()
        dialog.get_by_label("Name").fill(region)
        dialog.get_by_role("button", name="Create").click()
        expect(dialog).to_be_hidden()
        page.get_by_role("button", name=f"Add a department to {region}").click()
        dialog.get_by_label("Name").fill("HR")
        dialog.get_by_role("button", name="Create").click()
        expect(page.get_by_role("region", name=region).get_by_text("HR", exact=True)).to_be_visible()
    with Founder(hub) as founder:
        found = founder.call("GET", "/departments")["items"]
        assert [one["name"] for one in found] == ["HR", "HR"]
        uk = next(one["id"] for one in founder.call("GET", "/regions")["items"] if one["name"] == "UK")
        theirs = next(one["id"] for one in found if one["region_id"] == uk)
        founder.call("POST", "/users/invitations", {"email": "hr@acme.test", "name": "Holly", "department_id": theirs})
    page.reload()
    britain = page.get_by_role("region", name="UK")
    check_accessibility(page)
    photograph(page, "organisation")

    page.get_by_role("button", name="Actions for UK").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("One department belongs to it")
    expect(page.get_by_role("alertdialog").get_by_role("button", name="Delete")).to_be_disabled()
    page.keyboard.press("Escape")

    britain.get_by_role("button", name="Actions for HR").click()
    page.get_by_role("menuitem", name="Delete").click()
    question = page.get_by_role("alertdialog", name="Delete UK / HR?")
    expect(question).to_contain_text("Move one person to another department.")
    expect(question.get_by_role("button", name="Delete")).to_be_disabled()
    check_accessibility(page)
    photograph(page, "delete-department")
    page.keyboard.press("Escape")

    britain.get_by_role("link", name="One person in HR").click()
    page.wait_for_url("**/admin/users/?department=*")
    expect(row(page, "hr@acme.test")).to_be_visible()
    expect(row(page, EMAIL)).to_have_count(0)
    expect(page.get_by_label("Department")).to_have_value(theirs)

    page.goto("/admin/organisation/")
    page.get_by_role("region", name="US").get_by_role("button", name="Actions for HR").click()
    page.get_by_role("menuitem", name="Change").click()
    dialog.get_by_label("Name").fill("Talent")
    dialog.get_by_label("Region").select_option(label="UK")
    dialog.get_by_role("button", name="Save").click()
    expect(britain.get_by_text("Talent")).to_be_visible()
    choose(page, "Talent", "Delete")
    expect(page.get_by_role("alertdialog")).to_contain_text("No grants end")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(britain.get_by_text("Talent")).to_have_count(0)
    choose(page, "US", "Delete")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("region", name="US")).to_have_count(0)


def test_roles_in_plain_words(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    administer(page, "Roles")
    manages = page.get_by_role("row").filter(has_text="Make, change and suspend tenants")
    expect(manages.get_by_role("img", name="Yes")).to_have_count(1)
    expect(manages.get_by_role("img", name="No")).to_have_count(3)
    check_accessibility(page)
    page.get_by_role("link", name="One person with the role Super administrator").click()
    page.wait_for_url("**/admin/users/?role=super_admin")
    expect(row(page, EMAIL)).to_be_visible()
    expect(page.get_by_label("Role")).to_have_value("super_admin")


def test_a_tenant_is_opened_moved_suspended_and_resumed(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    administer(page, "Tenants")
    choose(page, "Company", "New tenant below")
    dialog = page.get_by_role("dialog", name="New tenant")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Enter an e-mail address.")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("Northern unit")
    dialog.get_by_label("Name of the administrator").fill("Nora")
    dialog.get_by_label("E-mail of the administrator").fill("nora@north.test")
    check_accessibility(page)
    photograph(page, "new-tenant")
    dialog.get_by_role("button", name="Create").click()
    shown = page.get_by_role("dialog", name="Invitation for Nora")
    link = shown.get_by_label("One-time link", exact=True).input_value().removeprefix(hub.url)
    check_accessibility(page)
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("list", name="Below Company")).to_contain_text("Northern unit")
    expect(page.get_by_role("list", name="Below Company")).to_contain_text("One person · 0 knowledge bases")

    # The link was lost: another one is made for the same person.
    choose(page, "Northern unit", "Invite an administrator")
    dialog = page.get_by_role("dialog", name="Invite an administrator of Northern unit")
    dialog.get_by_label("Name of the administrator").fill("Nora")
    dialog.get_by_label("E-mail of the administrator").fill("nora@north.test")
    dialog.get_by_role("button", name="Make the link").click()
    newer = shown.get_by_label("One-time link", exact=True).input_value().removeprefix(hub.url)
    page.get_by_role("button", name="Done").click()
    theirs = open_page(hub)
    theirs.goto(link)
    expect(theirs.get_by_text("This link does not work any more")).to_be_visible()
    theirs = open_page(hub)
    theirs.goto(newer)
    theirs.get_by_label("New password", exact=True).fill("velvet-canyon-42")
    theirs.get_by_role("button", name="Accept and start").click()
    theirs.wait_for_url("**/chat/**")
    theirs.get_by_role("link", name="Administration").click()
    sections = theirs.get_by_role("navigation", name="Administration").get_by_role("link")
    shown = ["People", "Organisation", "Groups", "Roles", "Provisioning", "Feedback", "Models", "Prompts", "Tools"]
    expect(sections).to_have_text([*shown, "Conversations", "Documents", "Diagnostics"])
    expect(theirs.get_by_role("row").filter(has_text="@")).to_have_count(1)
    theirs.goto("/admin/tenants/")
    expect(theirs.get_by_role("heading", name="Not for your role")).to_be_visible()
    expect(theirs.get_by_text("Company")).to_have_count(0)
    check_accessibility(theirs)

    choose(page, "Northern unit", "Move")
    places = page.get_by_role("dialog", name="Move Northern unit").get_by_label("Stands below")
    assert places.locator("option").all_inner_texts() == ["Nothing: it stands on its own", "Company"]
    places.select_option("")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("list", name="Below Company")).to_have_count(0)
    page.get_by_role("button", name="Actions for Company").click()
    expect(page.get_by_role("menuitem", name="Suspend")).to_have_count(0)
    page.keyboard.press("Escape")

    choose(page, "Northern unit", "Suspend")
    expect(page.get_by_role("alertdialog")).to_contain_text("from their next request on")
    check_accessibility(page)
    photograph(page, "suspend-tenant")
    page.get_by_role("alertdialog").get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("Suspended", exact=True)).to_be_visible()
    check_accessibility(page)
    photograph(page, "tenants")
    theirs.goto("/admin/users/")
    theirs.wait_for_url("**/login/**")
    theirs.get_by_label("E-mail").fill("nora@north.test")
    theirs.get_by_label("Password", exact=True).fill("velvet-canyon-42")
    theirs.get_by_role("button", name="Sign in", exact=True).click()
    expect(theirs.get_by_role("main").get_by_role("alert")).to_contain_text("wrong")
    choose(page, "Northern unit", "Resume")
    expect(page.get_by_text("Northern unit is open again")).to_be_visible()
    theirs.get_by_role("button", name="Sign in", exact=True).click()
    theirs.wait_for_url("**/admin/users/")


def test_a_directory_gets_its_token(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    administer(page, "Provisioning")
    expect(page.get_by_label("Address", exact=True)).to_have_value(f"{hub.url}/scim/v2")
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make the token").click()
    expect(dialog.get_by_text("Enter a name.")).to_be_visible()
    dialog.get_by_label("Name").fill("Okta")
    dialog.get_by_label("Works for").select_option(label="90 days")
    check_accessibility(page)
    dialog.get_by_role("button", name="Make the token").click()
    token = page.get_by_role("dialog", name="Token for Okta").get_by_label("Token", exact=True).input_value()
    check_accessibility(page)
    photograph(page, "scim-token")
    page.get_by_role("button", name="Done").click()
    assert token not in page.content()
    call = {"Authorization": f"Bearer {token}"}
    assert httpx2.get(f"{hub.url}/scim/v2/Users", headers=call).status_code == 200
    page.reload()
    okta = page.get_by_role("main").get_by_role("listitem").filter(has_text="Okta")
    expect(okta).to_contain_text("Used this minute")

    choose(page, "Okta", "Replace")
    expect(page.get_by_role("dialog")).to_contain_text("works no more")
    page.get_by_role("dialog").get_by_role("button", name="Replace").click()
    newer = page.get_by_role("dialog", name="Token for Okta").get_by_label("Token", exact=True).input_value()
    page.get_by_role("button", name="Done").click()
    assert httpx2.get(f"{hub.url}/scim/v2/Users", headers=call).status_code == 401
    call = {"Authorization": f"Bearer {newer}"}
    assert httpx2.get(f"{hub.url}/scim/v2/Users", headers=call).status_code == 200
    page.get_by_label("The directory may take over existing accounts").check()
    expect(page.get_by_text("The rules are saved")).to_be_visible()
    choose(page, "Okta", "Delete")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(okta).to_have_count(0)
    assert httpx2.get(f"{hub.url}/scim/v2/Users", headers=call).status_code == 401
    page.reload()
    expect(page.get_by_label("The directory may take over existing accounts")).to_be_checked()


def test_who_waits_is_linked_or_refused(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        founder.add("Walter")
        founder.add("Dora")
    for name in ("Walter Twin", "Dora Twin"):
        through_the_provider(hub, open_page, name).wait_for_url("**/login/?problem=**")
    page = open_page(hub)
    administer(page, "Provisioning")
    page.get_by_role("button", name="Link Walter Twin to a person").click()
    dialog = page.get_by_role("dialog", name="Who is Walter Twin?")
    picker = dialog.get_by_role("combobox", name="Person")
    expect(picker).to_have_value("walter@acme.test")
    expect(dialog.get_by_role("option", name="Walter")).to_be_visible()
    check_accessibility(page)
    photograph(page, "link-identity")
    picker.press("Enter")
    expect(picker).to_have_value("Walter")
    dialog.get_by_role("button", name="Link").click()
    expect(page.get_by_text("Walter Twin is linked to Walter")).to_be_visible()
    theirs = through_the_provider(hub, open_page, "Walter Twin")
    theirs.wait_for_url("**/chat/**")
    theirs.goto("/account/")
    expect(theirs.get_by_role("main").get_by_text("walter@acme.test")).to_be_visible()
    check_accessibility(page)
    photograph(page, "provisioning")
    page.get_by_role("button", name="Refuse Dora Twin").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("wait here again")
    page.get_by_role("alertdialog").get_by_role("button", name="Refuse").click()
    expect(page.get_by_text("Nobody waits.")).to_be_visible()


def test_a_content_manager_sees_people_and_feedback(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        reader, user = founder.add("Tony", "content_manager"), founder.add("Una")
    page = open_page(hub)
    sign_in(page, reader)
    page.get_by_role("link", name="Administration").click()
    expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    sections = page.get_by_role("navigation", name="Administration").get_by_role("link")
    expect(sections).to_have_text(["People", "Feedback"])
    for email in (reader, user):
        page = open_page(hub)
        sign_in(page, email)
        for path in ("organisation", "groups", "roles", "tenants", "provisioning", "models", "conversations"):
            page.goto(f"/admin/{path}/")
            expect(page.get_by_role("heading", name="Not for your role")).to_be_visible()
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
