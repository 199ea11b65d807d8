"""The public web in the browser: wanted by an administrator, asked for each time, shown apart from documents."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_hub import Hub, check_accessibility, photograph, running_hub, sign_in
from playwright.sync_api import Page, expect
from tests.doubles.openai_chat import OpenAIDouble, agent
from tests.doubles.web import WebDouble, WebPage

Open = Callable[..., Page]
HANNAH, OWEN = "hannah.cole@hollinvane.example", "owen.pryce@hollinvane.example"
QUESTION = "How many days of annual leave do I get?"
SEARCH = ("search_web", {"query": "statutory minimum of annual leave"})


@pytest.fixture(scope="module")
def web() -> Iterator[WebDouble]:
    with WebDouble() as double:
        double.pages["/leave"] = WebPage(
            "Annual leave: the statutory minimum", "By law employees have 28 days of annual leave a year at least."
        )
        yield double


@pytest.fixture(scope="module")
def web_hub(
    seeded: Path, model: OpenAIDouble, web: WebDouble, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hub]:
    folder = tmp_path_factory.mktemp("web-citations") / "hub"
    shutil.copytree(seeded, folder)
    settings = {
        "LLM__BASE_URL": model.base_url,
        "LLM__MODEL": "dictated",
        "WEB_SEARCH__KIND": "searxng",
        "WEB_SEARCH__URL": web.origin,
        "WEB_SEARCH__PAGE_HOSTS": json.dumps(["127.0.0.1"]),
    }
    with running_hub(folder, **settings) as hub:
        yield hub


def test_an_administrator_switches_it_on(web_hub: Hub, open_page: Open) -> None:
    page = open_page(web_hub)
    sign_in(page, OWEN, web_hub.password)
    page.goto("/admin/tools/")
    switch = page.get_by_role("switch", name="Search the web: in use")
    expect(switch).not_to_be_checked()
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_be_checked()
    check_accessibility(page)
    photograph(page, "tools-web")


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_a_page_of_the_web_is_asked_for_and_shown_apart(
    web_hub: Hub, model: OpenAIDouble, web: WebDouble, open_page: Open, width: int, dark: bool
) -> None:
    web.received.clear()
    model.dictate(agent([SEARCH]))
    page = open_page(web_hub, width=width, dark=dark)
    sign_in(page, HANNAH, web_hub.password)
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    card = page.get_by_role("region", name="May the web be searched?")
    expect(card).to_contain_text("statutory minimum of annual leave")
    check_accessibility(page)
    photograph(page, f"web-asked-{width}")
    assert web.received == []
    card.get_by_role("button", name="Allow once").click()
    answer = page.get_by_role("article", name="Answer")
    listed = answer.get_by_role("list", name="From the web").get_by_role("link")
    expect(listed).to_have_count(1)
    expect(answer.get_by_role("list", name="Sources")).to_be_visible()
    assert web.searched == [SEARCH[1]["query"]]
    for _ in range(2):
        for link in (listed, answer.locator(".answer").get_by_role("link")):
            expect(link).to_have_attribute("href", web.url("/leave"))
            expect(link).to_have_attribute("target", "_blank")
            expect(link).to_have_attribute("rel", "noopener noreferrer")
        chip = answer.locator(".answer").get_by_role("link")
        if width > 1000:
            chip.hover()
            expect(page.get_by_text("Opens another site")).to_be_visible()
        check_accessibility(page)
        photograph(page, f"web-cited-{width}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.reload()
