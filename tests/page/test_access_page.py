"""Who can see what and why, and searching as somebody else, in the browser."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from page_hub import EMAIL, PASSWORD, Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Locator, Page, expect

Open = Callable[..., Page]


@dataclass
class Place:
    """A knowledge base granted to the group Finance (Frieda), with a document of the founder's alone. Otto is of no
    group, Dora is deactivated, and Mara manages it without being more than a user."""

    knowledge_base_id: str
    bands: str
    bonus: str


@pytest.fixture(scope="module")
def place(hub: Hub) -> Iterator[Place]:
    with httpx2.Client(base_url=f"{hub.url}/api", timeout=30) as client:
        signed_in = client.post("/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status().json()
        client.headers["Authorization"] = f"Bearer {signed_in['access_token']}"

        def call(method: str, path: str, body: Any = None) -> Any:
            answer = client.request(method, path, json=body)
            assert answer.is_success, answer.text
            return answer.json() if answer.content else None

        group = call("POST", "/groups", {"name": "Finance"})["id"]
        people = {
            name: call(
                "POST",
                "/users",
                {"email": f"{name.lower()}@acme.test", "name": name, "role": "user", "password": PASSWORD},
            )["user"]["id"]
            for name in ("Frieda", "Otto", "Dora", "Mara")
        }
        for name in ("Frieda", "Dora"):
            call("PUT", f"/groups/{group}/members/{people[name]}")
        call("PATCH", f"/users/{people['Dora']}", {"active": False})
        grants = [
            {"subject_kind": "group", "subject_id": group},
            {"subject_kind": "user", "subject_id": people["Mara"], "level": "manage"},
        ]
        shelf = call("POST", "/knowledge-bases", {"name": "Pay and bands", "grants": grants})["id"]
        documents = [
            client.post(f"/knowledge-bases/{shelf}/documents", params={"path": path}, content=text.encode())
            .raise_for_status()
            .json()["id"]
            for path, text in (
                ("pay bands.md", "# Pay bands\n\nThe pay band of an engineer starts at 40000 pounds a year."),
                ("bonus.md", "# Bonus\n\nThe bonus of the director is 20000 pounds a year."),
            )
        ]
        call("PATCH", f"/documents/{documents[1]}", {"restricted": True})
        while call("GET", f"/knowledge-bases/{shelf}/progress")["documents"] != {"ready": 2}:
            pass
        yield Place(shelf, *documents)


def open_access(page: Page, place: Place, email: str = EMAIL) -> None:
    sign_in(page, email)
    page.goto(f"/knowledge/base/?id={place.knowledge_base_id}&tab=access")


def pick(page: Page, name: str, label: str = "Person") -> None:
    person = page.get_by_role("combobox", name=label, exact=True)
    person.fill(name)
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("listbox").get_by_role("option")).to_contain_text(name)
    page.keyboard.press("Enter")


def simulate(page: Page, name: str) -> Locator:
    """The simulator, whose field has the focus."""
    pick(page, name)
    page.get_by_role("button", name=f"Search as {name}").click()
    simulator = page.get_by_role("region", name=f"Search as {name}")
    expect(simulator.get_by_role("searchbox")).to_be_focused()
    return simulator


def test_the_chain_says_through_what_and_what_is_missing(hub: Hub, open_page: Open, place: Place) -> None:
    page = open_page(hub)
    open_access(page, place)
    pick(page, "Frieda")
    check = page.get_by_role("region", name="Check a person's access")
    expect(check.get_by_text("Frieda can read this knowledge base.")).to_be_visible()
    expect(check.get_by_text("through the group Finance (read).", exact=False)).to_be_visible()
    expect(check.get_by_text("In Finance since", exact=False)).to_contain_text("Granted by")
    pick(page, "Otto")
    expect(check.get_by_text("Otto cannot read this knowledge base.")).to_be_visible()
    expect(check.get_by_text("They would see it if they were one of these:")).to_be_visible()
    expect(check.get_by_role("listitem").filter(has_text="Finance").last).to_be_visible()
    check_accessibility(page)
    photograph(page, "access-cannot")
    pick(page, "Dora")
    expect(check.get_by_text("Dora is signed out, and could read this knowledge base if reactivated.")).to_be_visible()
    photograph(page, "access-deactivated")


def test_searching_as_another_shows_reasons_and_is_marked(hub: Hub, open_page: Open, place: Place) -> None:
    page = open_page(hub)
    open_access(page, place)
    simulator = simulate(page, "Frieda")
    expect(simulator).to_contain_text("Simulation")
    expect(simulator).to_contain_text("recorded in the audit log with your name")
    question = simulator.get_by_role("searchbox")
    question.fill("pay band of an engineer")
    question.press("Enter")
    expect(simulator.get_by_role("status")).to_have_text("1 result")
    simulator.get_by_text("Why Frieda sees this").click()
    expect(simulator.get_by_text("through the group Finance (read).", exact=False)).to_be_visible()
    check_accessibility(page)
    photograph(page, "simulator")

    # By a document's name: why not.
    question.fill("bonus")
    question.press("Enter")
    expect(simulator.get_by_role("heading", name="Called like this, and not found by Frieda")).to_be_visible()
    expect(simulator.get_by_text("Frieda cannot read this document.")).to_be_visible()
    expect(simulator.get_by_text("The document is restricted", exact=False)).to_be_visible()
    check_accessibility(page)
    photograph(page, "simulator-unseen")

    simulator = simulate(page, "Otto")
    question = simulator.get_by_role("searchbox")
    expect(question).to_have_value("")
    question.fill("pay band")
    question.press("Enter")
    expect(
        simulator.get_by_text("Otto cannot read this knowledge base, so a search finds nothing in it.")
    ).to_be_visible()


def test_who_manages_without_the_role_checks_and_does_not_simulate(hub: Hub, open_page: Open, place: Place) -> None:
    page = open_page(hub)
    open_access(page, place, "mara@acme.test")
    pick(page, "Frieda")
    expect(page.get_by_text("Frieda can read this knowledge base.")).to_be_visible()
    expect(page.get_by_role("button", name="Search as Frieda")).to_have_count(0)


def test_a_document_is_asked_about_by_keyboard_alone(hub: Hub, open_page: Open, place: Place) -> None:
    page = open_page(hub)
    sign_in(page)
    page.goto(f"/knowledge/document/?id={place.bonus}")
    readers = page.get_by_role("button", name="Who may read this")
    readers.focus()
    page.keyboard.press("Enter")
    check = page.get_by_role("button", name="Check a person…")
    expect(check).to_be_visible()
    page.keyboard.press("Tab")
    expect(check).to_be_focused()
    check_accessibility(page)
    photograph(page, "document-readers")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Who can see this document?")
    expect(dialog.get_by_role("combobox", name="Person")).to_be_focused()
    page.keyboard.type("Frieda")
    expect(page.get_by_role("listbox").get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("Frieda cannot read this document.")).to_be_visible()
    check_accessibility(page)
    photograph(page, "document-check")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(readers).to_be_focused()


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_in_the_simulator(hub: Hub, open_page: Open, place: Place, width: int, *, dark: bool) -> None:
    page = open_page(hub, width=width, dark=dark)
    open_access(page, place)
    simulator = simulate(page, "Frieda")
    simulator.get_by_role("searchbox").fill("bonus")
    simulator.get_by_role("button", name="Search").click()
    expect(simulator.get_by_text("Frieda cannot read this document.")).to_be_visible()
    simulator.get_by_text("Why Frieda sees this").first.click()
    check_accessibility(page)
    photograph(page, f"simulator-{width}-{'dark' if dark else 'light'}")


def test_nothing_scrolls_sideways_and_the_german_page_is_german(hub: Hub, open_page: Open, place: Place) -> None:
    page = open_page(hub, width=360)
    sign_in(page)
    page.add_init_script("localStorage.setItem('nexus-language', 'de')")
    page.goto(f"/knowledge/base/?id={place.knowledge_base_id}&tab=access")
    pick(page, "Frieda")
    expect(page.get_by_text("Frieda kann diese Wissensbasis lesen.")).to_be_visible()
    expect(page.get_by_text("durch die Gruppe Finance (lesen).", exact=False)).to_be_visible()
    page.get_by_role("button", name="Suchen als Frieda").click()
    simulator = page.get_by_role("region", name="Suchen als Frieda")
    simulator.get_by_role("searchbox").fill("bonus")
    simulator.get_by_role("button", name="Suchen", exact=True).click()
    expect(simulator.get_by_text("Frieda kann dieses Dokument nicht lesen.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    photograph(page, "simulator-german")
