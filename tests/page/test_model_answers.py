"""With a language model: a title, an opinion, and what to ask next."""

from collections.abc import Callable

from page_hub import Hub, Watched, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
QUESTION = "How many days of annual leave do I get?"


def test_an_answer_is_named_rated_and_followed_up(
    start_demo_hub: Callable[[str], Hub], open_page: Open, watched: Watched
) -> None:
    watched.allowed += ("Failed to load resource: net::ERR_FAILED",)
    hub = start_demo_hub("normal?rate=60")
    page = open_page(hub)
    sign_in(page, "hannah.cole@hollinvane.example", hub.password)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="Answer")
    expect(answer.get_by_role("button", name="Answer again")).to_be_visible()
    conversations = page.get_by_role("navigation", name="Conversations")
    expect(conversations.get_by_role("listitem").first).to_contain_text("About How many days")

    # A thumb, and why: kept over a reload, and taken back.
    bad = answer.get_by_role("button", name="Bad answer")
    bad.click()
    comment = page.get_by_label("What was wrong, or missing?")
    expect(comment).to_be_focused()
    comment.fill("Last year's figure.")
    check_accessibility(page)
    photograph(page, "chat-feedback")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Thank you.", exact=False)).to_be_visible()
    expect(bad).to_be_focused()
    page.reload()
    expect(bad).to_have_attribute("aria-pressed", "true")
    bad.click()
    expect(bad).to_have_attribute("aria-pressed", "false")
    page.reload()
    expect(bad).to_have_attribute("aria-pressed", "false")

    # Typing outlives a server that is away.
    page.route("**/feedback", lambda route: route.abort())
    answer.get_by_role("button", name="Good answer").click()
    expect(page.get_by_text("Your rating was not stored.")).to_be_visible()
    page.unroute("**/feedback")
    answer.get_by_role("button", name="Good answer").click()
    page.get_by_label("What was good about it?").fill("Short.")
    page.route("**/feedback", lambda route: route.abort())
    page.get_by_role("button", name="Send", exact=True).first.click()
    expect(page.get_by_label("What was good about it?")).to_have_value("Short.")
    page.unroute("**/feedback")
    page.get_by_role("button", name="Skip").click()

    further = page.get_by_role("region", name="Ask next")
    expect(further.get_by_role("listitem")).to_have_count(2)
    further.get_by_role("button").first.click()
    expect(page.get_by_role("article", name="Answer")).to_have_count(2)
    expect(page.get_by_role("region", name="Ask next")).to_have_count(1)
    check_accessibility(page)
    photograph(page, "chat-follow-ups")
