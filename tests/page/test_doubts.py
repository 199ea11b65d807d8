"""A sentence that its sources do not say is marked, and says why."""

from collections.abc import Callable

from page_hub import Hub, Watched, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]


def test_a_sentence_without_support_is_marked(
    start_demo_hub: Callable[[str], Hub], open_page: Open, watched: Watched
) -> None:
    hub = start_demo_hub("mistaken?rate=40")
    page = open_page(hub)
    sign_in(page, "hannah.cole@hollinvane.example", hub.password)
    page.get_by_label("Your question").fill("How many days of annual leave do I get?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="Answer")
    expect(answer.get_by_role("button", name="Answer again")).to_be_visible()

    reason = answer.get_by_role("button", name="“4711” does not stand in the passages cited")
    # It is the same after a reload: what was found is stored.
    for _ in range(2):
        doubted = answer.locator("mark")
        expect(doubted.first).to_contain_text("Everybody gets")
        expect(reason).to_have_count(1)
        expect(answer.get_by_text("not confirmed by the sources, and marked.")).to_be_visible()
        page.reload()
    reason.focus()
    expect(page.get_by_text("Not confirmed by the sources", exact=True)).to_be_visible()
    check_accessibility(page)
    photograph(page, "chat-doubts")
    page.keyboard.press("Escape")
    expect(page.get_by_text("Not confirmed by the sources", exact=True)).not_to_be_visible()
