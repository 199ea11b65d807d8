"""Answers that do not simply come: stopped, reloaded, interrupted, refused, and asked for by the keyboard alone."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import urljoin

import pytest
from page_hub import Hub, Watched, check_accessibility, photograph, sign_in
from playwright.sync_api import Locator, Page, Route, expect
from tests.doubles.openai_chat import SECRET, OpenAIDouble

Open = Callable[..., Page]
HANNAH = "hannah.cole@hollinvane.example"
QUESTION = "How many days of annual leave do I get?"
WAITING = "words?tokens=90&gate=40"
SAID = "word38"
"""The last word waits for its end: it might become an address."""
"""Words 0 to 39, and the rest when it is released."""


@pytest.fixture(autouse=True)
def _all_is_released(model: OpenAIDouble) -> Iterator[None]:
    yield
    model.release()


def sign_out_and_go_on(route: Route) -> None:
    address = urljoin(route.request.url, "/api/auth/logout")
    headers = {"X-Nexus-Request": "1", "Origin": urljoin(route.request.url, "/").rstrip("/")}
    answer = route.request.frame.page.context.request.post(address, headers=headers)
    assert answer.status == 204
    route.continue_()


def enter(page: Page, hub: Hub) -> None:
    sign_in(page, HANNAH, hub.password)
    expect(composer(page)).to_be_focused()


def composer(page: Page) -> Locator:
    return page.get_by_label("Your question")


def ask(page: Page, question: str = QUESTION) -> Locator:
    """The answer to it; asked by the keyboard."""
    composer(page).fill(question)
    composer(page).press("Enter")
    return page.get_by_role("article", name="Answer").last


def test_stopping_keeps_what_was_said(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate(WAITING)
    page = open_page(told_hub)
    enter(page, told_hub)
    answer = ask(page)
    expect(answer).to_contain_text(SAID)
    expect(answer.get_by_role("status")).to_have_text("Writing…")
    check_accessibility(page)

    page.get_by_role("button", name="Stop").click()
    expect(answer).to_contain_text("Stopped. What was said is kept.")
    expect(answer.get_by_role("status")).to_have_count(0)
    expect(composer(page)).to_be_focused()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    check_accessibility(page)
    photograph(page, "answer-stopped")
    model.answers[-1].ended.result(timeout=10)
    assert model.answers[-1].disconnected

    page.reload()
    expect(answer).to_contain_text("word39")
    expect(answer).to_contain_text("Stopped. What was said is kept.")
    expect(answer).not_to_contain_text("word40")


def test_stopping_before_a_word_leaves_no_dead_end(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate("silent")
    page = open_page(told_hub)
    enter(page, told_hub)
    answer = ask(page)
    expect(answer.get_by_role("status")).to_contain_text(re.compile(r"Read \d+ passages? in \d+ knowledge bases?…"))
    page.get_by_role("button", name="Stop").click()
    expect(answer).to_contain_text("Stopped.")

    model.dictate("normal")
    expect(ask(page).get_by_role("button", name="Source 1").first).to_be_visible()


def test_a_reload_and_a_second_tab_take_the_answer_up(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate(WAITING)
    page = open_page(told_hub)
    enter(page, told_hub)
    expect(ask(page)).to_contain_text(SAID)
    page.wait_for_url("**/chat/?c=**")
    page.reload()
    second = page.context.new_page()
    second.goto(page.url)
    third = open_page(told_hub, width=390)
    enter(third, told_hub)
    third.goto(page.url)

    answers = [one.get_by_role("article", name="Answer") for one in (page, second, third)]
    for answer in answers:
        expect(answer).to_contain_text(SAID)
        expect(answer.get_by_role("status")).to_have_text("Writing…")
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    model.release()
    for answer in answers:
        expect(answer).to_contain_text("word89")
        expect(answer.get_by_role("status")).to_have_count(0)
    said = [answer.locator(".answer").inner_text() for answer in answers]
    assert said[0].split() == [f"word{number}" for number in range(90)]
    assert said[1:] == said[:1] * 2
    assert len(model.answers) == 1


def test_another_conversation_does_not_stop_an_answer(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate(WAITING)
    page = open_page(told_hub)
    enter(page, told_hub)
    expect(ask(page)).to_contain_text(SAID)
    page.wait_for_url("**/chat/?c=**")
    page.get_by_role("link", name="New chat").click()
    expect(page.get_by_role("article", name="Answer")).to_have_count(0)
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    model.release()
    page.go_back()
    expect(page.get_by_role("article", name="Answer")).to_contain_text("word89")


def test_a_lost_connection_is_taken_up_where_it_was(
    told_hub: Hub, model: OpenAIDouble, open_page: Open, watched: Watched
) -> None:
    watched.allowed += ("Failed to load resource: net::ERR_", "Failed to load resource: the server responded with a ")
    model.dictate(WAITING)
    page = open_page(told_hub)
    enter(page, told_hub)
    asked: list[str | None] = []

    def interrupt(route: Route) -> None:
        asked.append(route.request.headers.get("last-event-id"))
        if len(asked) == 2:
            route.abort("connectionreset")
        elif len(asked) == 3:
            route.fulfill(status=503, body="Bad gateway")
        elif len(asked) == 1:
            # The first event whole, the second cut off.
            route.fulfill(body="id: 1\nevent: run.started\ndata: {}\n\nid: 2\nev", content_type="text/event-stream")
        else:
            route.continue_()

    page.route("**/api/runs/*/events", interrupt)
    answer = ask(page)
    expect(answer.get_by_role("status")).to_have_text("The connection was lost. Trying again…")
    expect(answer).to_contain_text(SAID)
    expect(answer.get_by_role("status")).to_have_text("Writing…")
    model.release()
    expect(answer).to_contain_text("word89")
    assert asked == [None, "1", "1", "1"]
    assert answer.locator(".answer").inner_text().split() == [f"word{number}" for number in range(90)]


@pytest.mark.parametrize(
    ("script", "kept", "says"),
    [
        ("status?code=500", "", "language model"),
        ("status?code=429", "", "language model"),
        ("html", "", "language model"),
        ("empty", "", "language model"),
        ("words?die=20", "word19", "language model"),
        ("words?stop=20", "word19", "language model"),
        ("words?malformed=20", "word19", "language model"),
        ("words?error=20", "word19", "language model"),
    ],
)
def test_a_failing_model_is_explained_and_tried_again(
    told_hub: Hub, model: OpenAIDouble, open_page: Open, script: str, kept: str, says: str
) -> None:
    model.dictate(script)
    page = open_page(told_hub)
    enter(page, told_hub)
    answer = ask(page)
    alert = answer.get_by_role("alert")
    expect(alert).to_contain_text("The answer could not be finished.", timeout=30_000)
    expect(alert).to_contain_text(says)
    expect(answer).to_contain_text(kept)
    assert SECRET not in page.content()
    check_accessibility(page)
    photograph(page, f"answer-failed-{script.partition('?')[0]}")
    page.reload()
    expect(alert).to_contain_text("The answer could not be finished.")
    expect(answer).to_contain_text(kept)

    model.dictate("normal")
    alert.get_by_role("button", name="Try again").click()
    expect(answer.get_by_role("button", name="Source 1").first).to_be_visible()
    expect(page.get_by_role("alert").filter(has_text="could not")).to_have_count(0)


def test_a_sign_in_that_ends_loses_no_question(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate("normal")
    page = open_page(told_hub)
    enter(page, told_hub)
    composer(page).fill(QUESTION)
    # At the last moment: whatever else the page asks must not meet the end first.
    page.route("**/api/runs", sign_out_and_go_on, times=1)

    composer(page).press("Enter")
    dialog = page.get_by_role("dialog", name="Sign in again")
    expect(dialog).to_be_visible()
    check_accessibility(page)
    dialog.get_by_label("Password", exact=True).fill(told_hub.password)
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()

    answer = page.get_by_role("article", name="Answer")
    expect(answer.get_by_role("button", name="Source 1").first).to_be_visible()
    expect(page.get_by_text(QUESTION, exact=True).and_(page.locator("main p"))).to_have_count(1)
    expect(composer(page)).to_have_value("")


def test_a_question_that_is_not_asked_is_still_there(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate("normal")
    page = open_page(told_hub)
    enter(page, told_hub)
    page.route(
        "**/api/runs", lambda route: route.fulfill(status=409, json={"detail": "Too many at once.", "status": 409})
    )
    composer(page).fill(QUESTION)
    composer(page).press("Enter")
    expect(page.get_by_text("The question was not sent.")).to_be_visible()
    expect(page.get_by_text("Too many at once.")).to_be_visible()
    expect(composer(page)).to_have_value(QUESTION)
    page.unroute("**/api/runs")
    composer(page).press("Enter")
    expect(page.get_by_role("article", name="Answer").get_by_role("button", name="Source 1").first).to_be_visible()


def test_answering_again_and_asking_otherwise_keep_what_was_there(
    told_hub: Hub, model: OpenAIDouble, open_page: Open
) -> None:
    model.dictate("normal", "The first answer.")
    page = open_page(told_hub)
    enter(page, told_hub)
    answer = ask(page)
    expect(answer).to_contain_text("The first answer.")
    model.dictate("normal", "The second answer.")
    answer.get_by_role("button", name="Answer again").click()
    expect(answer).to_contain_text("The second answer.")
    expect(answer).to_contain_text("2/2")
    answer.get_by_role("button", name="Previous version").click()
    expect(answer).to_contain_text("The first answer.")
    expect(answer).to_contain_text("1/2")

    model.dictate("normal", "The third answer.")
    question = page.get_by_role("main").get_by_role("listitem").first
    question.hover()
    question.get_by_role("button", name="Edit").click()
    editor = question.get_by_role("textbox", name="Edit")
    expect(editor).to_be_focused()
    check_accessibility(page)
    editor.fill("How many days of leave in the first year?")
    editor.press("Enter")
    expect(answer).to_contain_text("The third answer.")
    expect(question).to_contain_text("2/2")
    question.get_by_role("button", name="Previous version").click()
    expect(question).to_contain_text(QUESTION)
    expect(answer).to_contain_text("The first answer.")
    page.reload()
    expect(answer).to_contain_text("The third answer.")


def test_from_sign_in_to_the_passage_by_the_keyboard_alone(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate("normal")
    page = open_page(told_hub)
    page.goto("/login/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type(HANNAH)
    page.keyboard.press("Tab")
    page.keyboard.type(told_hub.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/**")
    expect(composer(page)).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="Answer")
    chip = answer.locator(".answer").get_by_role("button", name="Source 1")
    expect(chip).to_be_visible()
    expect(answer.get_by_role("heading", name="Sources")).to_be_visible()
    expect(composer(page)).to_be_focused()

    step(page, "Shift+Tab", chip)
    expect(page.get_by_text("Score ", exact=False).first).to_be_visible()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary").filter(has=page.get_by_role("button", name="Close"))
    expect(panel.locator("mark").first).to_be_in_viewport()
    expect(panel.get_by_role("heading").first).to_be_focused()
    first = panel.get_by_role("heading").first.inner_text()
    following = panel.get_by_role("button", name=re.compile(r"^Next"))
    step(page, "Tab", following)
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("2 of 2")
    expect(panel.locator("mark").first).to_be_in_viewport()
    page.keyboard.press("p")
    expect(panel).to_contain_text("1 of 2")
    expect(panel.get_by_role("heading").first).to_have_text(first)
    # Escape takes away what lies on top, one thing after another: the button's label, then the panel.
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("tooltip")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(chip).to_be_focused()


def step(page: Page, key: str, to: Locator) -> None:
    """Goes on with the key until it is there, and never comes to where there is no focus."""
    for _ in range(40):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement !== document.body"), "the focus was lost"
        if to.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("It cannot be reached.")


def test_nothing_moves_for_whoever_wants_no_motion(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate(WAITING)
    page = open_page(told_hub)
    enter(page, told_hub)
    answer = ask(page)
    expect(answer).to_contain_text(SAID)
    moving = """() => document.getAnimations()
        .filter(one => one.effect.getComputedTiming().endTime > 50)
        .map(one => one.animationName || one.transitionProperty)"""
    assert page.evaluate(moving) == []
    page.get_by_role("button", name="Your account").click()
    page.keyboard.press("Control+k")
    assert page.evaluate(moving) == []
