"""API keys on their page: made, shown once, used, revoked."""

from collections.abc import Callable

import httpx2
from page_hub import EMAIL, Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]


def test_a_key_is_made_used_and_revoked(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    sign_in(page)
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("menuitem", name="API keys").click()
    expect(page.get_by_role("heading", name="No API keys")).to_be_visible()
    check_accessibility(page)

    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Create the key").click()
    expect(dialog.get_by_text("Enter a name.")).to_be_visible()
    dialog.get_by_label("Name").fill("Nightly report")
    check_accessibility(page)
    dialog.get_by_role("button", name="Create the key").click()
    secret = dialog.get_by_label("The key “Nightly report”").input_value()
    photograph(page, "account-new-key")
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_text("never used")).to_be_visible()
    expect(page.get_by_role("button", name="New key")).to_be_focused()

    with httpx2.Client(base_url=hub.url, headers={"Authorization": f"Bearer {secret}"}) as program:
        assert program.get("/api/me").json()["user"]["email"] == EMAIL
        page.reload()
        expect(page.get_by_text("last used this minute")).to_be_visible()
        assert secret not in page.content()
        photograph(page, "account-keys")
        page.get_by_role("button", name="Revoke Nightly report").click()
        page.get_by_role("alertdialog").get_by_role("button", name="Revoke").click()
        expect(page.get_by_role("heading", name="No API keys")).to_be_visible()
        assert program.get("/api/me").status_code == 401


def test_keys_on_a_narrow_dark_screen(hub: Hub, open_page: Open) -> None:
    page = open_page(hub, width=360, dark=True)
    sign_in(page)
    page.goto("/account/keys/")
    page.get_by_role("button", name="New key").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Nightly report")
    check_accessibility(page)
    page.get_by_role("button", name="Create the key").click()
    page.get_by_role("button", name="Done").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    check_accessibility(page)
    photograph(page, "account-keys-narrow")
