"""What people think of answers: a thumb, a few words, and both again after a reload."""

from collections.abc import Callable
from typing import Any

import pytest
from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
QUESTION = "How many days of annual leave do I get?"


def ask(page: Page, hub: Hub) -> None:
    sign_in(page, "hannah.cole@hollinvane.example", hub.password)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name="Answer")).to_contain_text("25 days of annual leave")
    page.wait_for_url("**/chat/?c=**")


def reload(page: Page) -> Any:
    """What the server then says of the answer."""
    address = page.url
    # The answer to what the former page still asks would go with that page.
    page.goto("about:blank")
    with page.expect_response(lambda response: "/messages?" in response.url and response.ok) as got:
        page.goto(address)
    [answer] = [one for one in got.value.json()["items"] if one["role"] == "assistant"]
    return answer["feedback"]


def test_a_thumb_with_words_outlives_a_reload_and_is_taken_back(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    ask(page, demo_hub)
    good = page.get_by_role("button", name="Good answer")
    bad = page.get_by_role("button", name="Bad answer")
    words = page.get_by_label("What was wrong, or missing?")

    # By the keyboard alone.
    bad.focus()
    page.keyboard.press("Enter")
    expect(words).to_be_focused()
    expect(bad).to_have_attribute("aria-pressed", "true")
    page.keyboard.type("Last year's figure.")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip")).to_be_focused()
    page.keyboard.press("Tab")
    with page.expect_response("**/feedback"):
        page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you.", exact=False)).to_be_visible()
    expect(words).to_have_count(0)
    expect(bad).to_be_focused()

    assert reload(page) == {"rating": "down", "comment": "Last year's figure."}
    expect(bad).to_have_attribute("aria-pressed", "true")
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(words).to_have_count(0)

    bad.focus()
    with page.expect_response("**/feedback"):
        page.keyboard.press("Space")
    expect(bad).to_have_attribute("aria-pressed", "false")
    expect(bad).to_be_focused()
    assert reload(page) is None
    expect(bad).to_have_attribute("aria-pressed", "false")


def test_a_refused_thumb_is_undone_and_words_that_were_left_come_back(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    ask(page, demo_hub)
    good = page.get_by_role("button", name="Good answer")
    words = page.get_by_label("What was good about it?")

    page.route("**/feedback", lambda route: route.fulfill(status=409, json={"detail": "Not now."}))
    good.click()
    expect(page.get_by_role("alert").filter(has_text="Your rating was not stored.")).to_be_visible()
    expect(good).to_have_attribute("aria-pressed", "false")
    expect(good).to_be_focused()

    page.unroute("**/feedback")
    good.click()
    words.fill("Short.")
    page.keyboard.press("Escape")
    expect(good).to_be_focused()
    expect(good).to_have_attribute("aria-pressed", "true")

    # Words that were left come back.
    bad = page.get_by_role("button", name="Bad answer")
    bad.click()
    expect(page.get_by_label("What was wrong, or missing?")).to_have_value("Short.")
    page.keyboard.press("Control+Enter")
    expect(bad).to_be_focused()
    assert reload(page) == {"rating": "down", "comment": "Short."}


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_asking_for_words_is_accessible(demo_hub: Hub, open_page: Open, width: int, dark: bool) -> None:
    page = open_page(demo_hub, width=width, dark=dark)
    ask(page, demo_hub)
    page.get_by_role("button", name="Bad answer").click()
    expect(page.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    check_accessibility(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    photograph(page, f"feedback-{width}-{'dark' if dark else 'light'}")
    page.get_by_role("button", name="Skip").click()
    page.get_by_role("button", name="Good answer").click()
    page.get_by_role("button", name="Skip").click()
    expect(page.get_by_role("button", name="Good answer")).to_have_attribute("aria-pressed", "true")
    check_accessibility(page)


def test_it_speaks_german(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    ask(page, demo_hub)
    page.evaluate("localStorage.setItem('nexus-language', 'de')")
    page.reload()
    page.get_by_role("button", name="Gute Antwort").click()
    page.get_by_label("Was war gut daran?").fill("Kurz.")
    page.get_by_role("button", name="Senden", exact=True).first.click()
    expect(page.get_by_text("Danke.", exact=False)).to_be_visible()
