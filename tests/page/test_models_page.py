"""Setting language models up in the browser, and asking by them."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from page_hub import Hub, check_accessibility, photograph, running_hub, sign_in
from playwright.sync_api import Page, expect
from tests.doubles.openai_chat import OpenAIDouble

Open = Callable[..., Page]
ADMIN, QUESTION = "owen.pryce@hollinvane.example", "How many days of annual leave do I get?"


@pytest.fixture(scope="module")
def open_hub(seeded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The demo company without a model, whose administrators may point at this machine."""
    folder = tmp_path_factory.mktemp("models") / "hub"
    shutil.copytree(seeded, folder)
    with running_hub(folder, EGRESS__ALLOWED_HOSTS=json.dumps(["127.0.0.1"])) as hub:
        yield hub


def add_provider(page: Page, name: str, address: str, region: str = "") -> None:
    page.get_by_role("button", name="Add a provider").click()
    dialog = page.get_by_role("dialog", name="Add a model provider")
    dialog.get_by_label("Kind").select_option("openai-compatible")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Address").fill(address)
    dialog.get_by_label("Region").fill(region)
    dialog.get_by_label("New key").fill("sk-plum-orbit-lantern")
    dialog.get_by_role("button", name="Save").click()


def test_a_model_is_set_up_tested_and_answers(open_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    page = open_page(open_hub)
    sign_in(page, ADMIN, open_hub.password)
    page.get_by_role("link", name="Add a language model").click()
    expect(page.get_by_role("heading", level=1, name="Models")).to_be_visible()
    expect(page.get_by_text("Nobody: answers are quotations").first).to_be_visible()
    expect(page.get_by_text("Add a provider first", exact=False)).to_be_visible()
    check_accessibility(page)
    photograph(page, "models-empty")

    # What cannot be accepted says why, and nothing that was typed is lost.
    add_provider(page, "Inside", "http://10.0.0.7/v1")
    dialog = page.get_by_role("dialog", name="Add a model provider")
    expect(dialog.get_by_role("alert")).to_contain_text("not a public address")
    expect(dialog.get_by_label("New key")).to_have_value("sk-plum-orbit-lantern")
    check_accessibility(page)
    photograph(page, "models-provider")
    dialog.get_by_role("button", name="Cancel").click()

    add_provider(page, "Frankfurt", model.base_url, "eu-central")
    trial = page.get_by_role("dialog", name="Test Frankfurt")
    expect(trial.get_by_text("models to choose from", exact=False)).to_be_visible()
    trial.get_by_label("Model", exact=True).fill("status?code=401")
    trial.get_by_role("button", name="Test").click()
    expect(trial.get_by_text("It does not answer")).to_be_visible()
    expect(trial.get_by_text("did not accept its key", exact=False)).to_be_visible()
    trial.get_by_label("Model", exact=True).fill("normal?rate=200")
    trial.get_by_role("button", name="Test").click()
    expect(trial.get_by_text("It answers")).to_be_visible()
    check_accessibility(page)
    photograph(page, "models-test")
    trial.get_by_role("button", name="Close", exact=True).last.click()
    expect(page.get_by_text("Failed lately")).to_be_visible()

    route_by_keyboard(page)
    answers(page)
    taken_away(page)


def route_by_keyboard(page: Page) -> None:
    page.get_by_role("button", name="Change the route for Questions about documents").click()
    dialog = page.get_by_role("dialog", name="Route for Questions about documents")
    dialog.get_by_label("Model", exact=True).fill("normal?rate=200")
    dialog.get_by_role("button", name="Add a fallback").click()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Add at least one model, and name each.")).to_be_visible()
    dialog.get_by_label("Model", exact=True).last.fill("status?code=500")
    check_accessibility(page)
    photograph(page, "models-route")
    up = dialog.get_by_role("button", name="Move status?code=500 up")
    up.focus()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Model", exact=True).first).to_have_value("status?code=500")
    expect(dialog.get_by_role("status")).to_have_text("status?code=500 is now number 1.")
    down = dialog.get_by_role("button", name="Move status?code=500 down")
    expect(up).to_be_focused()
    down.focus()
    page.keyboard.press("Enter")
    expect(down).to_be_focused()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Model", exact=True).first).to_have_value("status?code=500")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The route is saved")).to_be_visible()
    expect(page.get_by_text("Follows “Questions about documents”")).to_have_count(3)


def answers(page: Page) -> None:
    page.goto("/chat/")
    page.get_by_label("Your question").fill(QUESTION)
    page.keyboard.press("Enter")
    answer = page.get_by_role("article", name="Answer")
    answer.get_by_role("button", name="Details").click()
    details = page.get_by_role("dialog", name="Details")
    expect(details).to_contain_text("normal?rate=200")
    expect(details).to_contain_text("eu-central")
    expect(details).to_contain_text("not known")
    check_accessibility(page)
    photograph(page, "chat-details")
    page.keyboard.press("Escape")
    expect(answer.get_by_role("button", name="Details")).to_be_focused()
    page.goto("/admin/models/")
    expect(page.get_by_text("Failed lately").first).to_be_visible()
    check_accessibility(page)
    photograph(page, "models")


def taken_away(page: Page) -> None:
    page.get_by_role("button", name="Actions for Frankfurt").click()
    page.get_by_role("menuitem", name="Delete").click()
    asked = page.get_by_role("alertdialog", name="Delete Frankfurt?")
    expect(asked).to_contain_text("It leaves these routes: Questions about documents.")
    asked.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Frankfurt is deleted")).to_be_visible()
    expect(page.get_by_text("Nobody: answers are quotations").first).to_be_visible()


@pytest.mark.parametrize("dark", [False, True])
def test_it_fits_a_telephone(open_hub: Hub, model: OpenAIDouble, open_page: Open, dark: bool) -> None:
    page = open_page(open_hub, width=360, height=800, dark=dark, language="de-DE" if dark else "en-GB")
    page.goto("/login/")
    page.locator("input[type=email]").fill(ADMIN)
    page.locator("input[type=password]").fill(open_hub.password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/chat/**")
    page.goto("/admin/models/")
    add = page.get_by_role("button", name="Anbieter hinzufügen" if dark else "Add a provider")
    expect(add).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    check_accessibility(page)
    photograph(page, f"models-telephone-{'dark' if dark else 'light'}")
    add.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    check_accessibility(page)
    photograph(page, f"models-provider-telephone-{'dark' if dark else 'light'}")
