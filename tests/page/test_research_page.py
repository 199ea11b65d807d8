"""A research in the chat: its plan is changed and started, its progress outlives a reload, it stops and goes on."""

from collections.abc import Callable

import pytest
from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect
from tests.doubles.openai_chat import OpenAIDouble

Open = Callable[..., Page]
HANNAH = "hannah.cole@hollinvane.example"
QUESTION = "How many days of annual leave do I get? Who approves my leave? How are expenses claimed?"


def plan(page: Page, hub: Hub) -> None:
    sign_in(page, HANNAH, hub.password)
    page.get_by_role("button", name="Deep research").click()
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Plan of the research")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_plan_is_changed_and_becomes_a_report(
    told_hub: Hub, model: OpenAIDouble, open_page: Open, width: int, dark: bool
) -> None:
    model.dictate("normal?rate=40")
    page = open_page(told_hub, width=width, dark=dark)
    plan(page, told_hub)
    check_accessibility(page)
    photograph(page, f"research-plan-{width}")
    page.get_by_label("Heading of part 1").fill("Annual leave")
    # By the keyboard: what is moved keeps the focus, and what is removed hands it on.
    page.get_by_role("button", name="Move part 3 up").press("Enter")
    expect(page.get_by_role("button", name="Move part 2 up")).to_be_focused()
    expect(page.get_by_label("Question of part 2")).to_have_value("How are expenses claimed?")
    page.get_by_role("button", name="Remove part 3").press("Enter")
    expect(page.get_by_role("button", name="Remove part 2")).to_be_focused()
    page.get_by_role("button", name="Add a part").press("Enter")
    expect(page.get_by_label("Heading of part 3")).to_be_focused()
    page.reload()
    expect(page.get_by_label("Heading of part 1")).to_have_value("Annual leave")
    page.get_by_role("button", name="Start the research").click()
    expect(page.get_by_text("Write what is to be found out")).to_be_visible()
    expect(page.get_by_label("Question of part 3")).to_be_focused()
    page.get_by_label("Question of part 3").fill("When is the office closed?")
    page.get_by_role("button", name="Start the research").click()
    expect(page.get_by_text("Research under way")).to_be_visible()
    photograph(page, f"research-progress-{width}")
    page.reload()
    answer = page.get_by_role("article", name="Answer")
    expect(answer.get_by_role("heading", name="Annual leave")).to_be_visible()
    expect(answer.get_by_role("button", name="Copy", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_text("3 of 3 parts")).to_be_visible()
    check_accessibility(page)
    photograph(page, f"research-report-{width}")
    page.get_by_text("3 of 3 parts").click()
    expect(page.get_by_text("How are expenses claimed?").last).to_be_visible()
    photograph(page, f"research-report-open-{width}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_stopped_and_goes_on(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate("normal?rate=12")
    page = open_page(told_hub, width=360)
    plan(page, told_hub)
    page.get_by_role("button", name="Start the research").click()
    expect(page.get_by_text("1 of 3 parts")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Research stopped")).to_be_visible()
    check_accessibility(page)
    photograph(page, "research-stopped-360")
    page.reload()
    model.dictate("normal")
    page.get_by_role("button", name="Continue").click()
    answer = page.get_by_role("article", name="Answer")
    expect(answer.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    expect(page.get_by_text("3 of 3 parts")).to_be_visible()
    # What was finished was not done again.
    asked = [request for request in model.requests if "You read for" in str(request.body["messages"][0]["content"])]
    assert len(asked) <= 4
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_where_there_is_no_model_there_is_no_switch(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    expect(page.get_by_role("button", name="All knowledge bases")).to_be_visible()
    expect(page.get_by_role("button", name="Deep research")).to_have_count(0)
