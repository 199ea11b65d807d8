"""The second factor and the sign-ins of one's own, in the browser."""

import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from page_hub import FOUNDER, PASSWORD, Hub, check_accessibility, photograph, running_hub, sign_in
from people_api import Founder
from playwright.sync_api import Locator, Page, expect
from pyotp.totp import TOTP
from tests.doubles.mail_server import PASSWORD as MAIL_PASSWORD
from tests.doubles.mail_server import USER, MailServer

Open = Callable[..., Page]

_LOG_OUT = (
    "fetch('/api/auth/logout', {method: 'POST', headers: {'X-Nexus-Request': '1'}}).then(answer => answer.status)"
)


def give_password(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def scan(where: Page | Locator) -> str:
    """The secret, as typed off the page; and the picture beside it is there."""
    expect(where.get_by_alt_text("QR code")).to_be_visible()
    assert where.get_by_alt_text("QR code").evaluate("image => image.complete && image.naturalWidth > 0")
    return where.locator("code").inner_text().replace(" ", "")


def code(secret: str, steps: int = 0) -> str:
    return TOTP(secret).at(int(time.time()) + 30 * steps)


def keep_codes(where: Page | Locator) -> list[str]:
    expect(where.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    codes = where.locator("ul.font-mono li").all_inner_texts()
    assert len(codes) == 10
    return codes


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_second_factor_from_setting_up_to_turning_off(hub: Hub, open_page: Open, width: int, *, dark: bool) -> None:
    with Founder(hub) as founder:
        email = founder.add(f"Ada{width}")
    page = open_page(hub, width=width, dark=dark)
    sign_in(page, email)
    page.goto("/account/")
    page.get_by_role("button", name="Set up").click()
    dialog = page.get_by_role("dialog", name="Second factor")
    dialog.get_by_label("Your password", exact=True).fill("not this one")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog.get_by_text("The current password is wrong.")).to_be_visible()
    dialog.get_by_label("Your password", exact=True).fill(PASSWORD)
    dialog.get_by_role("button", name="Continue").click()
    secret = scan(dialog)
    check_accessibility(page)
    photograph(page, f"second-factor-set-up-{width}")
    dialog.get_by_label("Then enter the code").fill("000000")
    dialog.get_by_role("button", name="Turn on").click()
    expect(dialog.get_by_text("The code is wrong")).to_be_visible()
    dialog.get_by_label("Then enter the code").fill(code(secret))
    page.keyboard.press("Enter")
    codes = keep_codes(dialog)
    check_accessibility(page)
    photograph(page, f"recovery-codes-{width}")
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="I have kept them").click()
    expect(page.get_by_text("10 recovery codes left")).to_be_visible()

    # Signed out, and in again by two steps.
    assert page.evaluate(_LOG_OUT) == 204
    give_password(page, email)
    field = page.get_by_label("Code", exact=True)
    expect(field).to_be_focused()
    check_accessibility(page)
    photograph(page, f"second-step-{width}{'-dark' if dark else ''}")
    field.fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The code is wrong")).to_be_visible()
    field.fill(code(secret, 1))
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/**")

    # The sign-in ends in the middle of something; the dialog asks for both.
    question = page.get_by_role("main").get_by_role("textbox")
    question.fill("Half a thought")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    assert page.evaluate(_LOG_OUT) == 204
    page.keyboard.type("leave")
    expired = page.get_by_role("dialog", name="Sign in again")
    expired.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expired.get_by_role("button", name="Use a recovery code").click()
    expired.get_by_label("Recovery code").fill(codes[0].lower())
    check_accessibility(page)
    page.keyboard.press("Enter")
    expect(expired).to_be_hidden()
    page.keyboard.press("Escape")
    expect(question).to_have_value("Half a thought")

    page.goto("/account/")
    expect(page.get_by_text("9 recovery codes left")).to_be_visible()
    page.get_by_role("button", name="Turn off").click()
    off = page.get_by_role("dialog", name="Turn the second factor off?")
    off.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Set up")).to_be_visible()


def test_a_company_that_requires_one_leads_to_it(tmp_path: Path, open_page: Open) -> None:
    with running_hub(tmp_path, **FOUNDER) as hub:
        with Founder(hub) as founder:
            email = founder.add("Grace")
            begun = founder.call("POST", "/me/second-factor", {"password": PASSWORD})
            founder.call("POST", "/me/second-factor/confirm", {"code": code(begun["secret"])})
            inside = open_page(hub)
            sign_in(inside, email)
            expect(inside.get_by_role("main").get_by_role("textbox")).to_be_focused()
            founder.call("PATCH", "/tenant-settings", {"second_factor": "everybody"})
            invited = founder.call("POST", "/users/invitations", {"email": "new@acme.test", "name": "New"})
        # Whoever is in without one is asked to sign in again, and set one up in the dialog.
        inside.keyboard.press("Control+k")
        palette, dialog = inside.get_by_role("combobox"), inside.get_by_role("dialog", name="Sign in again")
        # Something that the page asks by itself may have been refused before.
        expect(palette.or_(dialog).first).to_be_visible()
        if palette.is_visible():
            palette.fill("leave")
        dialog.get_by_label("Password", exact=True).fill(PASSWORD)
        inside.keyboard.press("Enter")
        secret = scan(dialog)
        check_accessibility(inside)
        photograph(inside, "second-factor-required-dialog")
        dialog.get_by_label("Then enter the code").fill(code(secret))
        inside.keyboard.press("Enter")
        keep_codes(dialog)
        dialog.get_by_role("button", name="I have kept them").click()
        expect(dialog).to_be_hidden()

        page = open_page(hub, width=390)
        page.goto(invited["link"]["url"].removeprefix(hub.url))
        page.get_by_label("Your name").fill("Newcomer")
        page.get_by_label("New password", exact=True).fill("velvet-canyon-42")
        page.get_by_role("button", name="Accept and start").click()
        secret = scan(page)
        check_accessibility(page)
        photograph(page, "second-factor-required-390")
        page.get_by_label("Then enter the code").fill(code(secret))
        page.get_by_role("button", name="Turn on").click()
        keep_codes(page)
        page.get_by_role("button", name="I have kept them").click()
        page.wait_for_url("**/chat/**")
        for context in (inside.context, page.context):
            context.close()


def test_ones_sign_ins_are_seen_and_ended(hub: Hub, open_page: Open) -> None:
    with Founder(hub) as founder:
        email = founder.add("Linus")
    away, page = open_page(hub), open_page(hub)
    for one in (away, page):
        sign_in(one, email)
        expect(one.get_by_role("main").get_by_role("textbox")).to_be_focused()
    page.goto("/account/")
    rows = page.get_by_role("list", name="Where you are signed in").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="This one")).to_have_count(1)
    expect(rows.first).to_contain_text("Chrome on Linux")
    expect(rows.first).to_contain_text("127.0.0.1")
    check_accessibility(page)
    photograph(page, "account-sessions")
    page.get_by_role("button", name="End the sign-in on Chrome on Linux").click()
    expect(rows).to_have_count(1)
    away.keyboard.press("Control+k")
    away.get_by_role("combobox").fill("leave")
    expect(away.get_by_role("dialog", name="Sign in again")).to_be_visible()


def test_signing_up_where_it_is_allowed(tmp_path: Path, open_page: Open) -> None:
    with running_hub(tmp_path, **FOUNDER) as hub:
        page = open_page(hub)
        page.goto("/login/")
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
        expect(page.get_by_role("link", name="Sign up")).to_have_count(0)
        with Founder(hub) as founder:
            founder.call("PATCH", "/tenant-settings", {"sign_up": True, "sign_up_domains": ["acme.test"]})
        page.reload()
        page.get_by_role("link", name="Sign up").click()
        page.get_by_label("Your name").fill("Margaret")
        page.get_by_label("E-mail").fill("margaret@evil.test")
        page.get_by_label("New password", exact=True).fill("velvet-canyon-42")
        page.get_by_role("button", name="Sign up").click()
        expect(page.get_by_text("Nobody can sign up with this address.")).to_be_visible()
        check_accessibility(page)
        page.get_by_label("E-mail").fill("margaret@acme.test")
        page.get_by_role("button", name="Sign up").click()
        page.wait_for_url("**/chat/**")
        page.context.close()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_forgotten_password_is_replaced_by_mail(
    tmp_path: Path, open_page: Open, monkeypatch: pytest.MonkeyPatch, width: int, *, dark: bool
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with MailServer(tmp_path) as mailbox:
        monkeypatch.setenv("SSL_CERT_FILE", str(mailbox.certificate))
        mail = {
            "MAIL__HOST": "127.0.0.1",
            "MAIL__PORT": str(mailbox.port),
            "MAIL__USER": USER,
            "MAIL__PASSWORD": MAIL_PASSWORD,
            "MAIL__SENDER": "Nexus <nexus@acme.test>",
            "HTTP__PORT": str(port),
            "HTTP__PUBLIC_URL": f"http://127.0.0.1:{port}",
        }
        with running_hub(tmp_path, **FOUNDER, **mail) as hub:
            page = open_page(hub, width=width, dark=dark)
            page.goto("/login/")
            page.get_by_role("link", name="Forgot your password?").click()
            expect(page.get_by_label("E-mail")).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.get_by_label("E-mail")).to_have_attribute("aria-invalid", "true")
            check_accessibility(page)
            page.get_by_label("E-mail").fill(FOUNDER["SUPER_ADMIN__EMAIL"])
            page.keyboard.press("Enter")
            expect(page.get_by_role("status").filter(has_text="Look into your mailbox")).to_be_focused()
            check_accessibility(page)
            photograph(page, f"forgot-{width}")
            found = re.search(r"http://\S+/reset/#token=\S+", mailbox.wait_for(1).get_content())
            assert found
            page.goto(found[0])
            page.get_by_label("New password", exact=True).fill("velvet-canyon-42")
            page.get_by_role("button", name="Save and sign in").click()
            page.wait_for_url("**/chat/**")
            page.context.close()


def test_without_a_mail_server_it_says_whom_to_ask(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    page.goto("/forgot/")
    expect(page.get_by_text("Ask an administrator for a link")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    check_accessibility(page)
    page.get_by_role("link", name="Go to sign-in").click()
    page.wait_for_url("**/login/**")
