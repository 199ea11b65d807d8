"""What stays around the pages: the rail, its menu, the palette, the drawer, and the dialog when a sign-in has ended."""

import re
from collections.abc import Callable

import pytest
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]

_LOG_OUT = (
    "fetch('/api/auth/logout', {method: 'POST', headers: {'X-Nexus-Request': '1'}}).then(answer => answer.status)"
)


def enter(page: Page) -> None:
    """Signs in and waits for the chat, whose field takes the focus."""
    sign_in(page)
    expect(page.get_by_role("main").get_by_role("textbox")).to_be_focused()
    expect(page).to_have_title(re.compile(r"chat · Nexus", re.IGNORECASE))


def test_a_sign_in_that_has_ended_asks_again_and_the_page_stays(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    enter(page)
    question = page.get_by_role("main").get_by_role("textbox")
    question.fill("Half a thought")
    other = page.context.new_page()
    other.goto("/account/")
    expect(other.get_by_role("heading", name="Account")).to_be_visible()
    assert other.evaluate(_LOG_OUT) == 204

    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("leave")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("E-mail")).to_have_value(EMAIL)
    expect(dialog.get_by_label("Password", exact=True)).to_be_focused()
    check_accessibility(page)
    photograph(page, "session-expired")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()

    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    page.keyboard.press("Escape")
    expect(question).to_have_value("Half a thought")


def test_the_palette_leads_anywhere_by_keyboard(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    enter(page)
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search")
    chosen = page.get_by_role("dialog").get_by_role("option", selected=True)
    expect(field).to_be_focused()
    check_accessibility(page)
    field.fill("acc")
    expect(chosen).to_have_text("Account")
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/")
    expect(page).to_have_title("Account · Nexus")
    expect(page.get_by_role("main")).to_be_focused()

    page.keyboard.press("Control+k")
    expect(field).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(chosen).to_have_text("Keyboard shortcuts")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    check_accessibility(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("main")).to_be_focused()


def test_theme_and_language_are_kept(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    enter(page)
    menu = page.get_by_role("button", name="Your account")
    menu.press("ArrowDown")
    check_accessibility(page)
    page.keyboard.type("da")
    page.keyboard.press("Enter")
    expect(menu).to_be_focused()
    menu.click()
    page.get_by_role("menuitemradio", name="Deutsch").click()
    expect(page.get_by_role("link", name="Neuer Chat")).to_be_visible()

    page.goto("/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Konto")
    root = page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    expect(root).to_have_attribute("lang", "de")
    check_accessibility(page)
    page.get_by_label("Farbschema").select_option("light")
    expect(root).to_have_attribute("data-theme", "light")


@pytest.mark.parametrize("width", [360, 390])
def test_the_drawer_leads_on_and_gives_the_focus_back(hub: Hub, open_page: Open, width: int) -> None:
    page = open_page(hub, width=width)
    enter(page)
    opener = page.get_by_role("button", name="Open the menu")
    opener.click()
    drawer = page.get_by_role("dialog")
    expect(drawer.get_by_role("link", name="Knowledge", exact=True)).to_be_visible()
    check_accessibility(page)
    photograph(page, f"drawer-{width}")
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()

    opener.click()
    drawer.get_by_role("link", name="Knowledge", exact=True).click()
    page.wait_for_url("**/knowledge/")
    expect(drawer).to_be_hidden()
    expect(page).to_have_title("Knowledge · Nexus")


def test_the_rail_stays_as_it_was_left(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    enter(page)
    page.keyboard.press("Control+b")
    expand = page.get_by_role("button", name="Expand the sidebar")
    expect(expand).to_be_visible()
    page.reload()
    expect(expand).to_be_visible()
    expect(page.get_by_role("link", name="Knowledge", exact=True)).to_be_visible()
    check_accessibility(page)


def test_the_keyboard_can_skip_the_rail(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    enter(page)
    page.goto("/account/")
    expect(page.get_by_role("heading", name="Account")).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_a_wrong_current_password_is_told_at_its_field(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    enter(page)
    page.goto("/account/")
    current = page.get_by_label("Current password", exact=True)
    current.fill("not this one")
    page.get_by_label("New password", exact=True).fill("another-good-phrase")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("The current password is wrong.")).to_be_visible()
    expect(current).to_be_focused()
    expect(current).to_have_attribute("aria-invalid", "true")
    check_accessibility(page)


def test_signing_out_leaves_nothing_behind(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    enter(page)
    page.get_by_role("button", name="Your account").click()
    # Signing out loads the sign-in page anew, so that nothing of the former person stays in memory.
    with page.expect_event("load"):
        page.get_by_role("menuitem", name="Sign out").click()
    page.wait_for_url("**/login/")
    page.goto("/account/")
    page.wait_for_url("**/login/?next=**")
