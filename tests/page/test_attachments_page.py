"""Files in a chat: chosen, dropped and pasted, followed until they are ready, asked about, opened, taken away."""

from collections.abc import Callable

import pytest
from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Locator, Page, expect
from tests.doubles.openai_chat import OpenAIDouble

Open = Callable[..., Page]
HANNAH = "hannah.cole@hollinvane.example"
VAULT = "The password of the Quillmoth vault is marmalade."
QUESTION = "What is the password of the Quillmoth vault?"
DROP = """([text, name]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "text/markdown" }));
  const at = document.getElementById("composer");
  for (const kind of ["dragenter", "dragover", "drop"])
    at.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""
PASTE = """([text, name]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name, { type: "text/markdown" }));
  const at = document.getElementById("composer");
  at.dispatchEvent(new ClipboardEvent("paste", { clipboardData: carried, bubbles: true, cancelable: true }));
}"""


def choose(page: Page, name: str, content: bytes, kind: str = "text/markdown") -> None:
    page.get_by_test_id("attach").set_input_files([{"name": name, "mimeType": kind, "buffer": content}])


def tray(page: Page) -> Locator:
    return page.locator("form").get_by_role("list", name="Attached files")


def ask(page: Page, question: str = QUESTION) -> Locator:
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    return page.get_by_role("article", name="Answer").last


def test_a_file_is_attached_asked_about_opened_and_removed(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    page.get_by_label("Your question").fill("Half a question")
    expect(page.get_by_role("button", name="Attach files")).to_be_visible()
    choose(page, "vault.md", VAULT.encode())
    expect(tray(page).get_by_text("Ready")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("vault.md is ready. You can ask about it.")).to_be_attached()
    check_accessibility(page)
    photograph(page, "attached")
    # A conversation that nobody has asked in is in no list; a reload keeps its files and what was typed.
    page.reload()
    expect(tray(page).get_by_text("vault.md")).to_be_visible()
    expect(page.get_by_label("Your question")).to_have_value("Half a question")
    answer = ask(page)
    expect(answer.get_by_text("marmalade").first).to_be_visible()
    page.wait_for_url("**/chat/?c=*")
    expect(tray(page)).to_have_count(0)
    question = page.get_by_role("button", name="Open vault.md")
    expect(question).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    check_accessibility(page)
    photograph(page, "attachment-answered")
    page.reload()
    page.get_by_role("button", name="Open vault.md").click()
    panel = page.get_by_role("heading", name="vault.md")
    expect(panel).to_be_focused()
    # In the answer, and in the document beside it.
    expect(page.get_by_text(VAULT)).to_have_count(2)
    page.get_by_role("button", name="Who may read this").click()
    expect(page.get_by_text("You alone: it is attached to one of your conversations.")).to_be_visible()
    photograph(page, "attachment-opened")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    page.get_by_role("button", name="Remove vault.md").click()
    dialog = page.get_by_role("alertdialog", name="Remove vault.md?")
    expect(dialog.get_by_text("deleted for good")).to_be_visible()
    check_accessibility(page)
    photograph(page, "attachment-removing")
    dialog.get_by_role("button", name="Delete the file").click()
    expect(page.get_by_text("A file that was removed")).to_be_visible()
    expect(page.get_by_role("article", name="Answer").get_by_text("marmalade")).to_have_count(0)
    page.wait_for_function("document.activeElement !== document.body")


def test_files_are_dropped_and_pasted_and_one_cannot_be_read(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    expect(page.get_by_label("Your question")).to_be_focused()
    page.evaluate(DROP, [VAULT, "dropped.md"])
    page.evaluate(PASTE, ["The Ostrelle lamp burns for 600 hours.", "pasted.md"])
    choose(page, "broken.pdf", b"%PDF-1.7 nothing of the kind", "application/pdf")
    expect(tray(page).get_by_text("Ready")).to_have_count(2, timeout=30_000)
    expect(tray(page).get_by_text("Could not be read.")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Try again: broken.pdf").click()
    expect(tray(page).get_by_text("Could not be read.")).to_be_visible(timeout=30_000)
    check_accessibility(page)
    photograph(page, "attachments-failed")
    answer = ask(page, "How long does the Ostrelle lamp burn?")
    expect(answer.get_by_text("600").first).to_be_visible()
    expect(answer.get_by_text("broken.pdf could not be read: this answer has nothing of it.")).to_be_visible()
    photograph(page, "attachments-left-out")
    # Asked of the files alone, and of a new conversation there are none.
    page.get_by_role("button", name="All knowledge bases").click()
    page.get_by_label("Only attached files").check()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Only attached files")).to_be_visible()
    answer = ask(page)
    expect(answer.get_by_text("marmalade").first).to_be_visible()
    page.get_by_role("link", name="New chat").first.click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    expect(tray(page)).to_have_count(0)
    answer = ask(page)
    expect(answer.get_by_text("marmalade")).to_have_count(0)


@pytest.mark.parametrize("dark", [False, True])
def test_on_a_telephone(demo_hub: Hub, open_page: Open, dark: bool) -> None:
    page = open_page(demo_hub, width=360, height=740, dark=dark)
    sign_in(page, HANNAH, demo_hub.password)
    name = "A very long name of a report that nobody would want to read aloud, final version.md"
    choose(page, name, VAULT.encode())
    choose(page, "broken.pdf", b"%PDF-1.7 nothing of the kind", "application/pdf")
    expect(tray(page).get_by_text("Ready")).to_be_visible(timeout=30_000)
    expect(tray(page).get_by_text("Could not be read.")).to_be_visible(timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    check_accessibility(page)
    photograph(page, f"attachments-narrow{'-dark' if dark else ''}")
    answer = ask(page)
    expect(answer.get_by_text("marmalade").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    check_accessibility(page)
    photograph(page, f"attachments-narrow-answered{'-dark' if dark else ''}")


def test_an_answer_waits_for_what_is_being_read(told_hub: Hub, model: OpenAIDouble, open_page: Open) -> None:
    model.dictate("normal")
    page = open_page(told_hub)
    sign_in(page, HANNAH, told_hub.password)
    # Enough to read that it takes a while.
    lines = [f"Matter {number} of the board of Leeds was weighed with care and left open." for number in range(1500)]
    choose(page, "minutes.md", "\n\n".join(lines).encode())
    expect(tray(page).get_by_text("minutes.md")).to_be_visible()
    answer = ask(page, "Please summarise it")
    expect(page.get_by_text("Reading minutes.md…").first).to_be_visible()
    expect(page.get_by_role("button", name="Answer without waiting")).to_be_visible()
    check_accessibility(page)
    photograph(page, "attachment-waiting")
    page.get_by_role("button", name="Answer without waiting").click()
    expect(page.get_by_label("Your question")).to_be_focused()
    expect(answer.get_by_text("minutes.md had not been read in time")).to_be_visible()
    photograph(page, "attachment-not-waited-for")
    expect(page.get_by_text("minutes.md is ready. You can ask about it.")).to_be_attached(timeout=120_000)
    answer = ask(page, "And now?")
    expect(answer.get_by_role("button", name="Source 1", exact=False)).to_be_visible()
