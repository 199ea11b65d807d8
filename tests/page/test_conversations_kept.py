"""Sharing, folders, export, the search of messages, temporary chats, and the administration's rules."""

from collections.abc import Callable

from page_hub import Hub, check_accessibility, photograph, sign_in
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
QUESTION = "How many days of annual leave do I get?"
HANNAH = "hannah.cole@hollinvane.example"


def ask(page: Page, question: str = QUESTION) -> None:
    page.get_by_label("Your question").fill(question)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("article", name="Answer").last).to_contain_text("25 days")


def menu(page: Page, item: str) -> None:
    page.get_by_role("button", name="Options of How many").first.focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name=item).click()


def test_a_colleague_reads_a_share_and_goes_on_with_it(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    ask(page)
    menu(page, "Share…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Link", exact=True).first
    expect(link).to_have_value(f"{demo_hub.url}/shared/?s=" + link.input_value().rpartition("=")[2])
    check_accessibility(page)
    photograph(page, "share-dialog")
    address = link.input_value()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    page.goto(address)
    expect(page.get_by_role("heading", name=QUESTION, level=1)).to_be_visible()
    expect(page.get_by_role("article", name="Answer")).to_contain_text("25 days")
    check_accessibility(page)
    photograph(page, "shared-page")
    page.get_by_role("button", name="Continue in my own chat").click()
    page.wait_for_url("**/chat/?c=**")
    expect(page.get_by_role("article", name="Answer")).to_contain_text("25 days")

    page.goto(f"{demo_hub.url}/shared/?s=018f0000-0000-7000-8000-000000000000")
    expect(page.get_by_text("There is no such shared conversation")).to_be_visible()


def test_a_shared_page_fits_a_telephone_in_the_dark(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub, width=390, dark=True)
    sign_in(page, HANNAH, demo_hub.password)
    ask(page)
    conversation = page.url.rpartition("=")[2]
    page.goto(f"{demo_hub.url}/chat/?c={conversation}")
    share = page.evaluate(
        """async (id) => {
          const fresh = await fetch('/api/auth/refresh', {method: 'POST', headers: {'X-Nexus-Request': '1'}});
          const token = (await fresh.json()).access_token;
          const made = await fetch(`/api/conversations/${id}/shares`, {method: 'POST', body: '{}', headers:
            {'Content-Type': 'application/json', Authorization: `Bearer ${token}`}});
          return (await made.json()).id;
        }""",
        conversation,
    )
    page.goto(f"{demo_hub.url}/shared/?s={share}")
    expect(page.get_by_role("article", name="Answer")).to_contain_text("25 days")
    check_accessibility(page)
    photograph(page, "shared-narrow")


def test_a_conversation_is_moved_into_a_folder_by_keyboard(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    ask(page)
    menu(page, "Move to a folder…")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Folder").first.select_option("another")
    dialog.get_by_label("Name of the folder").fill("Leave matters")
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    folder = page.get_by_role("button", name="Leave matters", exact=True)
    folder.focus()
    page.keyboard.press("Enter")
    expect(folder).to_have_attribute("aria-expanded", "true")
    section = page.get_by_role("region", name="Folders")
    expect(section.get_by_role("link", name=QUESTION)).to_be_visible()
    check_accessibility(page)
    photograph(page, "folders")
    page.get_by_role("button", name="Options of the folder Leave matters").focus()
    page.keyboard.press("Enter")
    page.get_by_role("menuitem", name="Delete the folder").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Delete the folder").click()
    expect(section).to_have_count(0)
    expect(page.get_by_role("link", name=QUESTION).first).to_be_visible()


def test_an_answer_and_a_conversation_are_exported(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    ask(page)
    page.get_by_role("button", name="Export the answer").click()
    photograph(page, "export-menu")
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name="Export as Word (DOCX)").click()
    assert waiting.value.suggested_filename.endswith(".docx")
    with page.expect_download() as waiting:
        menu(page, "Export as PDF")
    assert waiting.value.suggested_filename.endswith(".pdf")


def test_a_message_is_found_and_gone_to(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    ask(page)
    page.goto(f"{demo_hub.url}/chat/")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("combobox").fill('"days of annual" lea')
    group = page.get_by_role("group", name="In your messages")
    expect(group.get_by_role("option").first).to_contain_text("annual leave")
    check_accessibility(page)
    photograph(page, "palette-messages")
    group.get_by_role("option").first.click()
    page.wait_for_url("**&m=**")
    wanted = page.url.rpartition("=")[2]
    expect(page.locator(f"#message-{wanted}")).to_be_focused()


def test_a_temporary_chat_says_so_and_is_kept_with_one_click(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, HANNAH, demo_hub.password)
    page.get_by_role("button", name="Temporary chat").click()
    expect(page.get_by_text("deleted for good 24 hours after its last use")).to_be_visible()
    check_accessibility(page)
    photograph(page, "temporary-new")
    question = "Temporarily: how many days of annual leave?"
    ask(page, question)
    expect(page.get_by_text("This chat is temporary")).to_be_visible()
    listed = page.get_by_role("navigation", name="Conversations").get_by_role("link", name=question)
    expect(listed).to_have_count(0)
    check_accessibility(page)
    photograph(page, "temporary-chat")
    page.get_by_role("button", name="Keep it").click()
    expect(listed).to_have_count(1)
    expect(page.get_by_text("This chat is temporary")).to_have_count(0)


def test_administrators_say_how_long_conversations_are_kept(demo_hub: Hub, open_page: Open) -> None:
    page = open_page(demo_hub)
    sign_in(page, "ada.whitlock@hollinvane.example", demo_hub.password)
    page.goto(f"{demo_hub.url}/admin/conversations/")
    page.get_by_label("Days after the last use").fill("no")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a number from 1 to 36,500, or nothing.")).to_be_visible()
    page.get_by_label("Days after the last use").fill("3650")
    check_accessibility(page)
    photograph(page, "admin-conversations")
    page.get_by_role("button", name="Save").click()
    confirm = page.get_by_role("alertdialog")
    expect(confirm).to_contain_text("3650 days")
    confirm.get_by_role("button", name="Save and delete").click()
    expect(page.get_by_text("The rules were saved.")).to_be_visible()
