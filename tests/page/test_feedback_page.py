"""What people think of answers, before those who look after them."""

from collections.abc import Callable

from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
QUESTION = "How many days of annual leave do I get?"
MEMBER, ADMIN = "hannah.cole@hollinvane.example", "owen.pryce@hollinvane.example"


def test_an_opinion_is_seen_to_and_becomes_an_evaluation_case(demo_hub: Hub, open_page: Open) -> None:
    member = open_page(demo_hub)
    sign_in(member, MEMBER, demo_hub.password)
    member.get_by_label("Your question").fill(QUESTION)
    member.keyboard.press("Enter")
    member.get_by_role("button", name="Bad answer").click()
    expect(member.get_by_text("are seen by those who review feedback", exact=False)).to_be_visible()
    member.get_by_label("What was wrong, or missing?").fill("Last year's figure.")
    member.keyboard.press("Control+Enter")
    expect(member.get_by_text("Thank you.", exact=False)).to_be_visible()

    page = open_page(demo_hub)
    sign_in(page, ADMIN, demo_hub.password)
    page.goto("/admin/feedback/")
    expect(page.get_by_role("tab", name="Pending (1)")).to_be_visible()
    card = page.get_by_role("article", name=QUESTION)
    expect(card.get_by_text("Last year's figure.")).to_be_visible()
    card.get_by_role("button", name="Show the answer").click()
    expect(card.get_by_role("region", name="Answer")).to_be_visible()
    card.get_by_label("Note for your colleagues").fill("The policy of 2025 is missing.")
    check_accessibility(page)
    photograph(page, "feedback")
    card.get_by_role("button", name="Save the note").click()
    expect(page.get_by_text("The note is saved.")).to_be_visible()
    card.get_by_role("button", name="Make an evaluation case").click()
    expect(card.get_by_text("Is an evaluation case")).to_be_visible()
    card.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("Nothing here")).to_be_visible()
    page.get_by_role("tab", name="Resolved (1)").click()
    expect(card.get_by_label("Note for your colleagues")).to_have_value("The policy of 2025 is missing.")

    page.get_by_role("tab", name="Evaluation cases").click()
    check_accessibility(page)
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("No question is watched yet.", exact=False)).to_be_visible()

    narrow = open_page(demo_hub, width=390, dark=True)
    sign_in(narrow, ADMIN, demo_hub.password)
    narrow.goto("/admin/feedback/")
    narrow.get_by_role("tab", name="Resolved (1)").click()
    expect(narrow.get_by_role("article", name=QUESTION)).to_be_visible()
    check_accessibility(narrow)
    photograph(narrow, "feedback-narrow")
    narrow.get_by_role("button", name="Reopen").click()
    expect(narrow.get_by_role("tab", name="Pending (1)")).to_be_visible()
