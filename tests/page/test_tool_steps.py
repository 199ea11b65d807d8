"""What a model's tools do, seen while they do it, and the word of who asked where one would send something."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_hub import Hub, check_accessibility, photograph, running_hub, sign_in
from people_api import Founder
from playwright.sync_api import Locator, Page, expect
from tests.doubles.mcp_server import McpDouble
from tests.doubles.openai_chat import OpenAIDouble, agent

Open = Callable[..., Page]
HANNAH, OWEN = "hannah.cole@hollinvane.example", "owen.pryce@hollinvane.example"
QUESTION = "How many days of annual leave do I get?"
SEARCH = ("search_knowledge", {"query": "days carried over into the next year"})
WEATHER = ("desk__weather", {"city": "Whitby"})


@pytest.fixture(scope="module")
def desk() -> Iterator[McpDouble]:
    with McpDouble(token="plum-orbit") as double:
        yield double


@pytest.fixture(scope="module")
def tool_hub(
    seeded: Path, model: OpenAIDouble, desk: McpDouble, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("tools") / "hub"
    shutil.copytree(seeded, folder)
    settings = {"LLM__BASE_URL": model.base_url, "LLM__MODEL": "dictated", "EGRESS__ALLOWED_HOSTS": '["127.0.0.1"]'}
    with running_hub(folder, **settings) as hub:
        agree(hub, desk)
        yield hub


def agree(hub: Hub, desk: McpDouble) -> None:
    """The administrator connects the server, and lets one of its tools be used."""
    with Founder(hub, OWEN) as admin:
        server = admin.call("POST", "/tool-servers", {"name": "desk", "url": desk.url, "token": desk.token})["id"]
        admin.call("POST", f"/tool-servers/{server}/refresh")
        listed = admin.call("GET", f"/tool-servers/{server}/tools")["items"]
        tool = next(each for each in listed if each["name"] == "weather")
        decided = {"allowed": True, "hash": tool["hash"]}
        admin.call("PUT", f"/tool-servers/{server}/tools/{tool['id']}", decided)


def ask(page: Page, hub: Hub) -> Locator:
    sign_in(page, HANNAH, hub.password)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    return page.get_by_role("article", name="Answer")


def test_what_tools_did_is_folded_above_the_answer(tool_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate(agent([SEARCH], [("today", {})]))
    page = open_page(tool_hub)
    answer = ask(page, tool_hub)
    expect(answer.get_by_role("button", name="Answer again")).to_be_visible()
    for _ in range(2):
        steps = answer.locator("summary").filter(has_text="Searched")
        steps.click()
        expect(answer.get_by_text("days carried over into the next year")).to_be_visible()
        check_accessibility(page)
        photograph(page, "tool-steps")
        page.reload()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_tool_that_sends_something_waits_for_ones_word(
    tool_hub: Hub, model: OpenAIDouble, desk: McpDouble, open_page: Open, allowed: bool
) -> None:
    desk.calls.clear()
    model.dictate(agent([WEATHER]))
    page = open_page(tool_hub, width=390, dark=True) if allowed else open_page(tool_hub)
    answer = ask(page, tool_hub)
    card = page.get_by_role("region", name="weather")
    expect(card).to_contain_text("Whitby")
    assert desk.calls == []
    # A reload loses nothing of it.
    page.wait_for_url("**/chat/?c=**")
    page.reload()
    expect(card).to_contain_text("Whitby")
    check_accessibility(page)
    photograph(page, "tool-approval" + ("-narrow" if allowed else ""))
    page.get_by_role("button", name="Allow once" if allowed else "Don't allow", exact=True).press("Enter")
    expect(card).to_have_count(0)
    expect(page.get_by_role("listitem").filter(has=answer)).to_be_focused()
    expect(answer.get_by_role("button", name="Answer again")).to_be_visible()
    assert desk.calls == ([("weather", {"city": "Whitby"})] if allowed else [])
