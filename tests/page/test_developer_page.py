"""The developer's way in, in a real browser: said plainly, one press, and a banner from then on."""

from collections.abc import Callable, Iterator

import pytest
from page_hub import FOUNDER, Hub, check_accessibility, photograph, running_hub
from playwright.sync_api import Page, expect

Open = Callable[..., Page]

SAID = "anybody at this machine can sign in without a password"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    named = {"DEVELOPER_USER": FOUNDER["SUPER_ADMIN__EMAIL"]}
    with running_hub(tmp_path_factory.mktemp("hub"), **FOUNDER | named) as hub:
        yield hub


@pytest.mark.parametrize("width", [360, 1280])
def test_one_press_signs_in_and_every_page_says_so(hub: Hub, open_page: Open, width: int) -> None:
    page = open_page(hub)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/login/")
    expect(page.get_by_text(SAID)).to_be_visible()
    check_accessibility(page)
    photograph(page, f"developer-login-{width}")
    enter = page.get_by_role("button", name=f"Continue as {FOUNDER['SUPER_ADMIN__EMAIL']}")
    enter.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/")
    for path in ("/chat/", "/account/", "/knowledge/"):
        page.goto(path)
        expect(page.get_by_text(SAID)).to_be_visible()
        expect(page.get_by_role("main")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        check_accessibility(page)
    photograph(page, f"developer-banner-{width}")
