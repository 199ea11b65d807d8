"""Agents in the browser: made, given to a group, asked by somebody of it, and taken away again."""

from collections.abc import Callable

from page_hub import Hub, check_accessibility, photograph, sign_in
from people_api import Founder
from playwright.sync_api import Page, expect

Open = Callable[..., Page]


def make_company(hub: Hub) -> tuple[str, str]:
    """A colleague of the group Pilots, and a knowledge base of theirs; gives their address, and the agent's name."""
    with Founder(hub) as founder:
        group = founder.call("POST", "/groups", {"name": "Fitters"})["id"]
        email = "wilma@acme.test"
        founder.call(
            "POST",
            "/users",
            {"email": email, "name": "Wilma", "role": "user", "password": hub.password, "group_ids": [group]},
        )
        grant = {"subject_kind": "group", "subject_id": group}
        founder.call("POST", "/knowledge-bases", {"name": "Pumps", "grants": [grant]})
    return email, "Workshop"


def test_an_agent_is_made_given_and_asked(hub: Hub, open_page: Open) -> None:
    email, name = make_company(hub)
    page = open_page(hub)
    sign_in(page)
    page.get_by_role("link", name="Agents", exact=True).click()
    page.wait_for_url("**/agents/")
    expect(page).to_have_title("Agents · Nexus")
    check_accessibility(page)
    photograph(page, "agents-empty")
    page.get_by_role("button", name="New agent").click()
    dialog = page.get_by_role("dialog", name="New agent")
    dialog.get_by_role("button", name="Create").click()
    expect(dialog.get_by_text("Give it a name.")).to_be_visible()
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("What it is for").fill("Answers fitters about pumps, briefly.")
    check_accessibility(page)
    dialog.get_by_role("button", name="Create").click()
    page.wait_for_url("**/agents/agent/?id=*")

    page.get_by_label("Only in these knowledge bases").check()
    page.get_by_label("Pumps", exact=True).check()
    page.get_by_role("button", name="Add a question").click()
    page.get_by_label("Question 1", exact=True).fill("When is the seal changed?")
    check_accessibility(page)
    photograph(page, "agent-settings")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.get_by_text("Saved. The next question follows it.")).to_be_visible()

    page.get_by_role("tab", name="Instructions").click()
    for number, text in enumerate(("Speak like a mechanic.", "Speak like a mechanic.\nBriefly."), 1):
        page.get_by_label("What the agent is told").fill(text)
        page.get_by_role("button", name="Save and use").click()
        expect(page.get_by_text(f"Version {number} counts now.").first).to_be_visible()
    page.get_by_role("button", name="Compare with the version before, Version 2").click()
    expect(page.get_by_text("Added: Briefly.")).to_have_count(1)
    check_accessibility(page)
    photograph(page, "agent-instructions")

    page.get_by_role("tab", name="Access").click()
    page.get_by_role("combobox", name="Who").fill("Fitters")
    page.get_by_role("option", name="Fitters").click()
    page.get_by_role("button", name="Give access").click()
    expect(page.get_by_label("Right of Fitters")).to_have_value("read")
    check_accessibility(page)
    photograph(page, "agent-access")

    colleague = open_page(hub, width=390, height=844)
    sign_in(colleague, email, hub.password)
    chip = colleague.get_by_role("button", name="Who answers: Nexus")
    chip.focus()
    colleague.keyboard.press("Enter")
    colleague.get_by_role("radio", name=name).check()
    colleague.keyboard.press("Escape")
    expect(colleague.get_by_role("button", name=f"Who answers: {name}")).to_be_focused()
    expect(colleague.get_by_text("Answers fitters about pumps, briefly.")).to_be_visible()
    check_accessibility(colleague)
    photograph(colleague, "agent-greeting-390")
    colleague.get_by_role("button", name="When is the seal changed?").click()
    colleague.wait_for_url("**/chat/?c=*")
    expect(colleague.get_by_text(f"{name} answers here")).to_be_visible()
    photograph(colleague, "agent-answer-390")

    page.get_by_role("tab", name="Statistics").click()
    expect(page.get_by_role("definition").first).to_have_text("1")
    check_accessibility(page)
    photograph(page, "agent-statistics")
    page.get_by_role("tab", name="Access").click()
    page.get_by_role("button", name="Remove Fitters").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Fitters cannot use it any more")).to_be_visible()
    colleague.reload()
    expect(colleague.get_by_text("You cannot use this conversation's agent any more")).to_be_visible()
    check_accessibility(colleague)
    photograph(colleague, "agent-gone-390")

    page.get_by_role("link", name="All agents").click()
    expect(page.get_by_role("article").filter(has_text=name)).to_contain_text("Pumps")
    photograph(page, "agents")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    check_accessibility(page)
    photograph(page, "agents-dark")
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_role("button", name="Delete the agent").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("Its instructions go with all of their versions")
    page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    page.wait_for_url("**/agents/")
    expect(page.get_by_text("No agents yet")).to_be_visible()
