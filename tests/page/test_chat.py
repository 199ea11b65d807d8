"""Asking, reading the answer, and checking it in two clicks."""

from collections.abc import Callable

from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
QUESTION = "How many days of annual leave do I get?"


def ask(page: Page, question: str = QUESTION) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Send").click()


def test_an_answer_is_cited_and_its_passage_is_shown(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, "hannah.cole@hollinvane.example", demo_hub.password)
    ask(page)

    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("25 days of annual leave")
    page.wait_for_url("**/chat/?c=**")
    expect(page.get_by_role("list", name="Sources")).to_be_visible()
    check_accessibility(page)
    photograph(page, "chat-answer")

    answer.get_by_role("button", name="Source 1").first.click()
    marked = page.locator("mark").first
    expect(marked).to_contain_text("25 days of annual leave")
    expect(marked).to_be_in_viewport()
    check_accessibility(page)
    photograph(page, "chat-passage")
    page.keyboard.press("Escape")
    expect(page.locator("mark")).to_have_count(0)


def test_a_reload_shows_the_same_conversation(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub, width=390)
    sign_in(page, "hannah.cole@hollinvane.example", demo_hub.password)
    ask(page)
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text("25 days")
    text = answer.inner_text()

    page.reload()
    expect(answer).to_contain_text("25 days")

    assert answer.inner_text().split("Sources")[0].strip() == text.split("Sources")[0].strip()
    photograph(page, "chat-narrow")


def test_what_was_typed_survives_a_reload(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub, dark=True)
    sign_in(page, "hannah.cole@hollinvane.example", demo_hub.password)
    page.get_by_label("Your question").fill("half a thought")
    page.reload()

    expect(page.get_by_label("Your question")).to_have_value("half a thought")


def test_a_conversation_is_renamed_deleted_and_taken_back(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, "grace.okafor@hollinvane.example", demo_hub.password)
    ask(page, "How many days of paid time off do I get?")
    page.wait_for_url("**/chat/?c=**")
    row = page.get_by_role("navigation", name="Conversations").get_by_role("listitem").first
    row.hover()
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Title").fill("Time off")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("Time off")

    row.hover()
    row.get_by_role("button").click()
    page.get_by_role("menuitem", name="Delete").click()
    expect(page.get_by_text("“Time off” was deleted.")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("navigation", name="Conversations")).to_contain_text("Time off")
