"""The administration of people in the browser: invited, found, changed, let go."""

from collections.abc import Callable

import pytest
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from people_api import Founder
from playwright.sync_api import Locator, Page, expect

Open = Callable[..., Page]


def open_people(page: Page, email: str = EMAIL) -> None:
    sign_in(page, email)
    page.goto("/admin/users/")
    expect(page.get_by_role("heading", name="People")).to_be_visible()


def row(page: Page, email: str) -> Locator:
    return page.get_by_role("row").filter(has_text=email)


def choose(page: Page, name: str, item: str) -> None:
    page.get_by_role("button", name=f"Actions for {name}").click()
    page.get_by_role("menuitem", name=item).click()


def shown_link(page: Page, hub: Hub) -> str:
    """The path of the one-time link that is shown."""
    field = page.get_by_role("dialog").get_by_label("One-time link")
    return field.input_value().removeprefix(hub.url)


def test_a_person_is_invited_and_comes_in(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        region = founder.call("POST", "/regions", {"name": "UK"})
        founder.call("POST", "/departments", {"name": "HR", "region_id": region["id"]})
        founder.call("POST", "/groups", {"name": "Pilots"})
    page = open_page(hub)
    sign_in(page)
    page.get_by_role("link", name="Administration").click()
    page.wait_for_url("**/admin/users/")
    expect(page).to_have_title("People · Nexus")
    page.get_by_role("button", name="Invite").click()
    dialog = page.get_by_role("dialog", name="Invite a person")
    dialog.get_by_role("button", name="Make the link").click()
    expect(dialog.get_by_text("Enter an e-mail address.")).to_be_visible()
    dialog.get_by_label("E-mail").fill("grace@acme.test")
    dialog.get_by_label("Name").fill("Grace")
    dialog.get_by_label("Role").select_option("content_manager")
    dialog.get_by_label("Department").select_option(label="UK / HR")
    dialog.get_by_label("Pilots").check()
    check_accessibility(page)
    photograph(page, "invite")
    dialog.get_by_role("button", name="Make the link").click()
    expect(page.get_by_role("dialog", name="Invitation for Grace")).to_be_visible()
    link = shown_link(page, hub)
    check_accessibility(page)
    photograph(page, "invite-link")
    page.get_by_role("button", name="Done").click()
    expect(row(page, "grace@acme.test")).to_contain_text("Invited")

    new = open_page(hub, width=390)
    new.goto(link)
    expect(new.get_by_text("Company has invited grace@acme.test")).to_be_visible()
    expect(new.get_by_label("Your name")).to_have_value("Grace")
    check_accessibility(new)
    photograph(new, "invitation-390")
    new.get_by_label("Your name").fill("Grace Hopper")
    new.get_by_label("New password", exact=True).fill("velvet-canyon-42")
    new.get_by_role("button", name="Accept and start").click()
    new.wait_for_url("**/chat/**")
    new.goto(link)
    expect(new.get_by_text("This link does not work any more")).to_be_visible()
    check_accessibility(new)

    page.reload()
    expect(row(page, "grace@acme.test")).to_contain_text("Grace Hopper")
    expect(row(page, "grace@acme.test")).to_contain_text("Active")
    expect(row(page, "grace@acme.test")).to_contain_text("UK / HR")


def test_the_list_is_searched_and_filtered_on_the_server(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        for n in range(55):
            founder.call("POST", "/users/invitations", {"email": f"many{n:02}@acme.test", "name": f"Many {n:02}"})
        founder.add("Filtered", "admin")
    page = open_page(hub)
    open_people(page)
    names = page.get_by_role("row").filter(has_text="many")
    page.get_by_label("Search by name or e-mail").fill("MANY")
    expect(names).to_have_count(50)
    page.get_by_role("button", name="Show more").click()
    expect(names).to_have_count(55)
    page.get_by_label("State").select_option("deactivated")
    expect(page.get_by_role("heading", name="Nobody found")).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name="Show everybody").click()
    page.get_by_label("Role").select_option("admin")
    expect(row(page, "filtered@acme.test")).to_be_visible()
    expect(row(page, EMAIL)).to_have_count(0)


def test_a_person_is_changed_locked_out_and_deleted(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        email = founder.add("Edsger")
    theirs = open_page(hub)
    sign_in(theirs, email)
    expect(theirs.get_by_role("link", name="Knowledge", exact=True)).to_be_visible()
    expect(theirs.get_by_role("link", name="Administration")).to_have_count(0)

    page = open_page(hub)
    open_people(page)
    page.get_by_label("Search by name or e-mail").fill("edsger")
    choose(page, "Edsger", "Edit")
    dialog = page.get_by_role("dialog", name="Edit Edsger")
    dialog.get_by_label("Role").select_option("admin")
    check_accessibility(page)
    dialog.get_by_role("button", name="Save").click()
    expect(row(page, email)).to_contain_text("Administrator")
    theirs.reload()
    expect(theirs.get_by_role("link", name="Administration")).to_be_visible()

    choose(page, "Edsger", "Password reset link")
    expect(page.get_by_role("dialog", name="Password reset for Edsger")).to_be_visible()
    link = shown_link(page, hub)
    page.get_by_role("button", name="Done").click()
    reset = open_page(hub)
    reset.goto(link)
    expect(reset.get_by_text(f"For {email} at Company")).to_be_visible()
    reset.get_by_label("New password", exact=True).fill("velvet-canyon-42")
    reset.get_by_role("button", name="Save and sign in").click()
    reset.wait_for_url("**/chat/**")

    choose(page, "Edsger", "Sign out everywhere")
    page.get_by_role("alertdialog").get_by_role("button", name="Sign out everywhere").click()
    expect(page.get_by_text("Edsger is signed out everywhere")).to_be_visible()
    reset.goto("/account/")
    reset.wait_for_url("**/login/**")

    choose(page, "Edsger", "Deactivate")
    check_accessibility(page)
    page.get_by_role("alertdialog").get_by_role("button", name="Deactivate").click()
    expect(row(page, email)).to_contain_text("Deactivated")
    choose(page, "Edsger", "Activate")
    expect(row(page, email)).to_contain_text("Active")

    choose(page, "Edsger", "Delete")
    question = page.get_by_role("alertdialog", name="Delete Edsger?")
    expect(question).to_contain_text("personal knowledge bases")
    button = question.get_by_role("button", name="Delete")
    expect(button).to_be_disabled()
    question.get_by_label("To confirm").fill(email)
    check_accessibility(page)
    photograph(page, "delete-person")
    button.click()
    expect(row(page, email)).to_have_count(0)


def test_the_founder_and_oneself_keep_their_standing(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        admin = founder.add("Barbara", "admin")
        reader = founder.add("Tony", "content_manager")
    page = open_page(hub)
    open_people(page, admin)
    page.get_by_label("Role").select_option("super_admin")
    expect(row(page, EMAIL)).to_be_visible()
    expect(row(page, EMAIL).get_by_role("button")).to_have_count(0)
    page.get_by_label("Role").select_option("admin")
    page.get_by_role("button", name="Actions for Barbara").click()
    expect(page.get_by_role("menuitem")).to_have_text(["Edit"])
    page.get_by_role("menuitem", name="Edit").click()
    dialog = page.get_by_role("dialog", name="Edit Barbara")
    expect(dialog.get_by_label("Role")).to_have_count(0)
    dialog.get_by_label("Name").fill("Barbara L")
    dialog.get_by_role("button", name="Save").click()
    expect(row(page, admin)).to_contain_text("Barbara L")

    looking = open_page(hub)
    open_people(looking, reader)
    expect(row(looking, admin)).to_be_visible()
    expect(looking.get_by_role("button", name="Invite")).to_have_count(0)
    expect(looking.get_by_role("button", name="Actions for")).to_have_count(0)


def test_the_sign_in_rules(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    open_people(page)
    page.get_by_role("button", name="Sign-in rules").click()
    dialog = page.get_by_role("dialog", name="Sign-in rules")
    dialog.get_by_label("Second factor").select_option("everybody")
    dialog.get_by_label("People may sign up by themselves").check()
    dialog.get_by_label("Only with addresses").fill("@acme.test, acme.example")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Set up your own second factor first")).to_be_visible()
    check_accessibility(page)
    photograph(page, "sign-in-rules")
    dialog.get_by_label("Second factor").select_option("optional")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    page.get_by_role("button", name="Sign-in rules").click()
    expect(dialog.get_by_label("Only with addresses")).to_have_value("acme.example\nacme.test")
    dialog.get_by_label("People may sign up by themselves").uncheck()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/admin/users/", "/account/", "/signup/", "/invite/", "/reset/"])
def test_axe_finds_nothing(hub: Hub, open_page: Open, path: str, width: int, *, dark: bool) -> None:
    page = open_page(hub, width=width, dark=dark)
    if path in {"/admin/users/", "/account/"}:
        sign_in(page)
    page.goto(path)
    if path == "/admin/users/":
        expect(page.get_by_role("table", name="People")).to_be_visible()
    if path == "/account/":
        expect(page.get_by_text("This one").first).to_be_visible()
    check_accessibility(page)
    photograph(page, f"{path.strip('/').replace('/', '-')}-{width}{'-dark' if dark else ''}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
    assert PASSWORD not in page.content()
