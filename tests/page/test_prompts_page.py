"""What a company wishes of answers: written, tried, compared and taken back in the browser."""

from collections.abc import Callable
from typing import Any

from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Locator, Page, expect
from tests.doubles.openai_chat import OpenAIDouble

Open = Callable[..., Page]
ADMIN, QUESTION = "owen.pryce@hollinvane.example", "How many days of annual leave do I get?"
WISHES, LATER = "Answer briefly.\nCall people by their first names.", "Answer briefly.\nName the People team."


def version(page: Page, number: int) -> Locator:
    return page.get_by_role("listitem").filter(has_text=f"Version {number}")


def save(page: Page, text: str, *, draft: bool = False) -> None:
    page.get_by_label("Wishes for answers").fill(text)
    page.get_by_label("Why (for your colleagues)").fill("Agreed on Monday")
    page.get_by_role("button", name="Save as a draft" if draft else "Save and use").click()


def system_of(model: OpenAIDouble) -> Any:
    return model.answers[-1].body["messages"][0]["content"]


def ask(page: Page) -> Locator:
    page.goto("/chat/")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="Answer")
    answer.get_by_role("button", name="Details").click()
    return page.get_by_role("dialog", name="Details")


def test_wishes_are_tried_used_and_taken_back(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate("cite")
    page = open_page(told_hub)
    sign_in(page, ADMIN, told_hub.password)
    page.goto("/admin/prompts/")
    expect(page.get_by_text("Nothing written yet")).to_be_visible()
    check_accessibility(page)

    page.get_by_label("Wishes for answers").fill(WISHES)
    page.get_by_label("A question of yours").fill(QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.get_by_role("main").get_by_text("[1]").first).to_be_visible()
    assert "first names" in system_of(model)
    check_accessibility(page)
    photograph(page, "prompts-trial")

    save(page, WISHES, draft=True)
    expect(page.get_by_text("Version 1 is saved. It does not count yet.")).to_be_visible()
    version(page, 1).get_by_role("button", name="Use this version, Version 1").click()
    expect(version(page, 1).get_by_text("In use")).to_be_visible()
    expect(page.get_by_text("Version 1 counts now.").first).to_be_visible()
    save(page, LATER)
    expect(version(page, 2).get_by_text("In use")).to_be_visible()
    version(page, 2).get_by_role("button", name="Compare").click()
    expect(version(page, 2).get_by_text("Removed: Call people by their first names.")).to_have_count(1)
    expect(version(page, 2).get_by_text("Added: Name the People team.")).to_have_count(1)
    check_accessibility(page)
    photograph(page, "prompts")

    details = ask(page)
    expect(details).to_contain_text("Version 2 of your company’s")
    assert "Name the People team." in system_of(model)

    page.goto("/admin/prompts/")
    page.get_by_role("button", name="Use none").click()
    expect(page.get_by_text("Only the rules that always hold count now.")).to_be_visible()
    expect(page.get_by_label("Wishes for answers")).to_have_value("")
    expect(ask(page)).not_to_contain_text("Version")
    assert "Name the People team." not in system_of(model)


def test_two_who_write_at_once_lose_nothing(told_hub: Hub, open_page: Open) -> None:
    first, second = open_page(told_hub), open_page(told_hub)
    for page in (first, second):
        sign_in(page, ADMIN, told_hub.password)
        page.goto("/admin/prompts/")
        page.get_by_label("Wishes for answers").fill("Answer in full sentences.")
    save(first, "Answer in full sentences.")
    expect(first.get_by_text("counts from now on").first).to_be_visible()
    save(second, "Answer in bullet points.")
    expect(second.get_by_role("main").get_by_role("alert")).to_be_visible()
    expect(second.get_by_label("Wishes for answers")).to_have_value("Answer in bullet points.")
    photograph(second, "prompts-conflict")


def test_it_fits_a_telephone(told_hub: Hub, open_page: Open) -> None:
    page = open_page(told_hub, width=360, height=800, dark=True, language="de-DE")
    page.goto("/login/")
    page.locator("input[type=email]").fill(ADMIN)
    page.locator("input[type=password]").fill(told_hub.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/**")
    page.goto("/admin/prompts/")
    expect(page.get_by_label("Wünsche an Antworten")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    check_accessibility(page)
    photograph(page, "prompts-telephone-dark")
