"""Every page in both themes, at both widths, with what opens over it: nothing for axe to find, nothing cut off."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep

import httpx2
import pytest
from page_hub import Hub, check_accessibility, photograph, running_hub, sign_in, wait_until_shown
from people_api import Founder
from playwright.sync_api import Locator, Page, expect
from tests.doubles.openai_chat import OpenAIDouble

Open = Callable[..., Page]
ADA = "ada.whitlock@hollinvane.example"
QUESTION = "How many newton metres has the gland nut of the Merlin pump?"
FILES = {
    "pumps/merlin.md": "# Merlin\n\nThe gland nut of the Merlin pump is tightened with 48 newton metres.\n\n"
    "| Part | Torque |\n|---|---|\n| Nut | 48 |\n\n```\nturn(48)\n```\n",
    "pumps/torques.csv": "Part,Torque\nGland nut,48\nCover,12\n",
    "broken.pdf": "%PDF-1.4",
}
_THEMES = ("light", "dark")
_WIDE = {390: (360, 390), 1280: (768, 1280, 2560)}
"""Where a page may not scroll sideways either, by the width at which it was opened."""
# Colours take a frame for every element they are handed down through, also for whoever wants no motion.
_SETTLED = """async () => {
    const moves = () => document.getAnimations().some(one => one.playState === "running");
    for (let quiet = 0, frames = 0; quiet < 4 && frames < 120; frames += 1) {
        await new Promise(requestAnimationFrame);
        quiet = moves() ? 0 : quiet + 1;
    }
}"""
# What a new width makes of the page takes a moment too.
_TOO_WIDE = """async () => {
    const fits = () => document.documentElement.scrollWidth <= innerWidth;
    for (let frames = 0; !fits() && frames < 120; frames += 1) await new Promise(requestAnimationFrame);
    if (fits()) return [];
    return [...document.querySelectorAll("body *")]
        .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
        .map(one => one.outerHTML.slice(0, 120));
}"""
_ANSWER = """**The nut** takes 48 newton metres [1].

## In short

| Part | Torque |
|---|---:|
| Nut | 48 [1] |

- one `code`
- ~~two~~

```python
torque = 48  # newton metres, in a line that is much longer than the narrowest of the screens is wide, to be scrolled
```

> And a quotation, with averylongwordthathasnoplacetobreak_averylongwordthathasnoplacetobreak_averylongword."""


@dataclass
class Count:
    views: int = 0
    rules: int = 0
    seen: list[str] = field(default_factory=list[str])

    def look(self, page: Page, name: str, width: int) -> None:
        """Both themes and all widths of what is shown now."""
        wait_until_shown(page)
        root = page.locator("html")
        for theme in _THEMES:
            page.emulate_media(color_scheme=theme)
            expect(root).to_have_attribute("data-theme", theme)
            page.evaluate(_SETTLED)
            try:
                self.rules += check_accessibility(page)
            except AssertionError as violations:
                raise AssertionError(f"{name}, {theme}, {width} px:\n{violations}") from None
            self.views += 1
        for other in _WIDE[width]:
            page.set_viewport_size({"width": other, "height": 900})
            wide = page.evaluate(_TOO_WIDE)
            assert wide == [], f"{name} scrolls sideways at {other} px"
        page.set_viewport_size({"width": width, "height": 900})
        self.seen.append(name)

    def tell(self, width: int) -> None:
        print(f"\naxe, {width} px: {len(self.seen)} states in {self.views} views, {self.rules} rules met, 0 violations")


@pytest.fixture(scope="module")
def shelf(told_hub: Hub) -> Iterator[dict[str, str]]:
    """Ids: of a knowledge base under "", and of its documents by their paths."""
    with httpx2.Client(base_url=told_hub.url, timeout=60) as api:
        signed_in = api.post("/api/auth/login", json={"email": ADA, "password": told_hub.password}).raise_for_status()
        api.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        made = {"name": "Test bench", "description": "What the bench has measured."}
        base = api.post("/api/knowledge-bases", json=made).raise_for_status().json()["id"]
        ids = {"": base}
        for path, content in FILES.items():
            sent = api.post(f"/api/knowledge-bases/{base}/documents", params={"path": path}, content=content.encode())
            ids[path] = sent.raise_for_status().json()["id"]
        until = monotonic() + 60
        for path in FILES:
            while api.get(f"/api/documents/{ids[path]}").json()["state"] not in ("ready", "failed"):
                assert monotonic() < until
                sleep(0.1)
        yield ids


@pytest.mark.parametrize("width", [390, 1280])
def test_before_anybody_has_signed_in(told_hub: Hub, open_page: Open, tmp_path: Path, width: int) -> None:
    count = Count()
    page = open_page(told_hub, width=width)
    page.goto("/login/")
    count.look(page, "login", width)
    page.get_by_label("E-mail").fill(ADA)
    page.get_by_label("Password", exact=True).fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("main").get_by_role("alert")).to_be_visible()
    count.look(page, "login, a wrong password", width)
    page.goto("/nowhere/")
    count.look(page, "an unknown page", width)
    if width == 390:
        page.goto("/setup/")
        count.look(page, "a set-up link without its secret", width)

    with running_hub(tmp_path) as fresh:
        page = open_page(fresh, width=width)
        page.goto(fresh.setup_path())
        count.look(page, "set-up", width)
        page.get_by_role("button", name="Create and start").click()
        expect(page.get_by_role("main").get_by_role("textbox").first).to_have_attribute("aria-invalid", "true")
        count.look(page, "set-up, nothing filled in", width)
        page.context.close()
    count.tell(width)


def ask(page: Page) -> Locator:
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_label("Your question").press("Enter")
    return page.get_by_role("article", name="Answer").last


@pytest.mark.parametrize("width", [390, 1280])
def test_asking(told_hub: Hub, model: OpenAIDouble, open_page: Open, shelf: dict[str, str], width: int) -> None:
    count = Count()
    page = open_page(told_hub, width=width)
    sign_in(page, ADA, told_hub.password)
    count.look(page, "chat, empty", width)
    page.get_by_role("button", name="All knowledge bases").click()
    expect(page.get_by_role("checkbox", name="Test bench")).to_be_visible()
    count.look(page, "chat, where to look", width)
    page.keyboard.press("Escape")

    model.dictate("normal?gate=5", _ANSWER)
    answer = ask(page)
    expect(answer.get_by_role("status")).to_have_text("Writing…")
    count.look(page, "chat, an answer on its way", width)
    model.release()
    chip = answer.locator(".answer").get_by_role("button", name="Source 1").first
    expect(answer.get_by_role("heading", name="Sources")).to_be_visible()
    expect(answer.locator(".answer blockquote")).to_be_visible()
    count.look(page, "chat, an answer", width)
    chip.hover()
    expect(page.get_by_text(re.compile("Score "))).to_be_visible()
    count.look(page, "chat, a source's card", width)
    page.keyboard.press("Escape")
    answer.get_by_role("button", name="Bad answer").click()
    expect(answer.get_by_role("button", name="Bad answer")).to_have_attribute("aria-pressed", "true")
    count.look(page, "chat, a thumb", width)
    page.keyboard.press("Escape")
    question = page.get_by_role("main").get_by_role("listitem").first
    question.hover()
    question.get_by_role("button", name="Edit").click()
    count.look(page, "chat, a question being edited", width)
    page.keyboard.press("Escape")
    chip.click()
    panel = page.get_by_role("complementary").filter(has=page.get_by_role("button", name="Close"))
    expect(panel.locator("mark").first).to_be_in_viewport()
    count.look(page, "chat, a passage", width)
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)

    model.dictate("words?error=20")
    expect(ask(page).get_by_role("alert")).to_be_visible()
    count.look(page, "chat, a failed answer", width)
    page.goto("/chat/?c=00000000-0000-7000-8000-000000000000")
    expect(page.get_by_role("main").get_by_role("alert").first).to_be_visible()
    count.look(page, "chat, an unknown conversation", width)
    count.tell(width)


@pytest.mark.parametrize("width", [390, 1280])
def test_what_is_around_every_page(told_hub: Hub, open_page: Open, shelf: dict[str, str], width: int) -> None:
    count = Count()
    page = open_page(told_hub, width=width)
    sign_in(page, ADA, told_hub.password)
    page.goto("/account/")
    expect(page.get_by_role("heading", level=1, name="Account")).to_be_visible()
    count.look(page, "account", width)
    page.get_by_role("button", name="Change password").click()
    count.look(page, "account, nothing filled in", width)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    count.look(page, "palette", width)
    page.get_by_role("combobox", name="Search").fill("merlin")
    expect(page.get_by_role("option", name=re.compile("merlin"))).to_be_visible()
    count.look(page, "palette, with findings", width)
    page.get_by_role("combobox", name="Search").fill("qqqqqqqq")
    expect(page.get_by_text(re.compile("Nothing found for"))).to_be_visible()
    count.look(page, "palette, without any", width)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+/")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    count.look(page, "shortcuts", width)
    page.keyboard.press("Escape")
    if width < 768:
        page.get_by_role("button", name="Open the menu").click()
        expect(page.get_by_role("dialog").get_by_role("link", name="Knowledge", exact=True)).to_be_visible()
        count.look(page, "drawer", width)
    page.get_by_role("button", name="Your account").click()
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_visible()
    count.look(page, "menu", width)
    count.tell(width)


@pytest.mark.parametrize("width", [390, 1280])
def test_knowledge(told_hub: Hub, open_page: Open, shelf: dict[str, str], width: int) -> None:
    count = Count()
    page = open_page(told_hub, width=width)
    sign_in(page, ADA, told_hub.password)
    page.goto("/knowledge/")
    expect(page.get_by_role("link", name="Test bench")).to_be_visible()
    count.look(page, "knowledge", width)
    page.get_by_role("button", name="New knowledge base").click()
    page.get_by_role("dialog").get_by_role("button", name="Create").click()
    count.look(page, "knowledge, a new one", width)

    for tab, shows in (
        ("documents", "broken.pdf"),
        ("search&q=gland nut", "48"),
        ("search&q=", "Search this knowledge base"),
        ("access", "Check a person's access"),
        ("settings", "Danger zone"),
    ):
        page.goto(f"/knowledge/base/?id={shelf['']}&tab={tab}")
        found = page.get_by_text(shows) if tab != "search&q=" else page.get_by_label(shows)
        expect(found.first).to_be_visible()
        count.look(page, f"knowledge base, {tab}", width)
    page.get_by_role("button", name="Delete…").click()
    count.look(page, "knowledge base, to be deleted", width)
    page.goto(f"/knowledge/base/?id={shelf['']}&tab=documents")
    page.get_by_label("Choose merlin.md").check()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    count.look(page, "documents, to be deleted", width)
    page.goto("/knowledge/base/?id=00000000-0000-7000-8000-000000000000")
    expect(page.get_by_text("There is no such knowledge base", exact=False)).to_be_visible()
    count.look(page, "an unknown knowledge base", width)
    count.tell(width)


@pytest.mark.parametrize("width", [390, 1280])
def test_documents(told_hub: Hub, open_page: Open, shelf: dict[str, str], width: int) -> None:
    count = Count()
    page = open_page(told_hub, width=width)
    sign_in(page, ADA, told_hub.password)
    page.goto(f"/knowledge/document/?id={shelf['pumps/merlin.md']}&start=0&end=60")
    expect(page.locator("mark").first).to_be_visible()
    count.look(page, "document", width)
    page.get_by_role("button", name="Who may read this").click()
    expect(page.get_by_role("dialog", name="Who may read this")).to_contain_text("granted to")
    count.look(page, "document, who may read it", width)
    page.goto(f"/knowledge/document/?id={shelf['pumps/torques.csv']}")
    expect(page.get_by_text("Gland nut").first).to_be_visible()
    count.look(page, "document, a table", width)
    page.goto(f"/knowledge/document/?id={shelf['broken.pdf']}")
    expect(page.get_by_text("damaged", exact=False).first).to_be_visible()
    count.look(page, "document, a failed one", width)
    page.goto("/knowledge/document/?id=00000000-0000-7000-8000-000000000000")
    expect(page.get_by_role("main").get_by_role("alert").first).to_be_visible()
    count.look(page, "an unknown document", width)
    count.tell(width)


@pytest.fixture(scope="module")
def arranged(hub: Hub) -> str:
    """A company with a little of everything that administrators look after; the id of a group."""
    with Founder(hub) as founder:
        for region, departments in (("United Kingdom", ("HR", "Legal")), ("United States", ("HR",)), ("Nordics", ())):
            place = founder.call("POST", "/regions", {"name": region})["id"]
            made = [founder.call("POST", "/departments", {"name": one, "region_id": place}) for one in departments]
            for department in made[:1]:
                name = f"{region.split()[-1]} person"
                body = {"email": f"{made[0]['id']}@acme.test", "name": name, "department_id": department["id"]}
                founder.call("POST", "/users/invitations", body)
        founder.call("POST", "/scim-tokens", {"name": "Entra ID"})
        founder.call("POST", "/tenants", {"name": "Alone"})
        parent = founder.call("GET", "/me")["tenant"]["id"]
        for name in ("Northern unit", "Workshop"):
            body = {"name": name, "parent_id": parent, "invite": {"email": f"{name[0]}@unit.test", "name": name}}
            parent = founder.call("POST", "/tenants", body)["tenant"]["id"]
        founder.call("POST", f"/tenants/{parent}/suspend")
        group = founder.call("POST", "/groups", {"name": "Averylongnameofagroupwithoutanyplacetobreak" * 3})["id"]
        for person in founder.call("GET", "/users")["items"]:
            founder.call("PUT", f"/groups/{group}/members/{person['id']}")
        return str(group)


@pytest.mark.parametrize("width", [390, 1280])
def test_the_administration(hub: Hub, open_page: Open, arranged: str, width: int) -> None:
    count = Count()
    page = open_page(hub, width=width)
    sign_in(page)
    for path, shows, opener in (
        ("organisation", "United Kingdom", "New region"),
        ("groups", "Averylong", "New group"),
        (f"groups/members/?id={arranged}", "Kingdom person", "Delete"),
        ("roles", "Super administrator", ""),
        ("tenants", "Workshop", "New tenant"),
        ("provisioning", "Entra ID", "New token"),
        ("models", "Questions about documents", "Add a provider"),
    ):
        page.goto(f"/admin/{path}")
        expect(page.get_by_role("main").get_by_text(shows).locator("visible=true").first).to_be_visible()
        count.look(page, path, width)
        name = path.split("?")[0].strip("/").replace("/", "-")
        photograph(page, f"admin-{name}-{width}-dark")
        page.emulate_media(color_scheme="light")
        photograph(page, f"admin-{name}-{width}")
        if opener:
            page.get_by_role("button", name=opener, exact=True).click()
            expect(page.locator("dialog[open]").last).to_be_visible()
            count.look(page, f"{path}, {opener}", width)
            page.keyboard.press("Escape")
    page.goto("/admin/groups/members/?id=00000000-0000-7000-8000-000000000000")
    expect(page.get_by_role("heading", name="There is no such group")).to_be_visible()
    count.look(page, "an unknown group", width)
    count.tell(width)
