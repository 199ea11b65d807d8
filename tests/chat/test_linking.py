"""No address leaves in an answer that no source names, however it is written and however the text is cut."""

import itertools
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from link_vectors import EVIL, VECTORS
from nexus.chat.addresses import Allowed, addresses_of
from nexus.chat.linking import REMOVED, LinkFilter, strip_links

GOOD = "https://wiki.firm.example/Leave_(days)?page=2&view=full"
ALLOWED = Allowed([GOOD, "https://portal.firm.example"], "https://hub.firm.example")
NONE = Allowed([])
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable("table")
"""Somebody else's idea of Markdown: what it makes of a text is what an export may become."""


BARE = re.compile(r"(?<![\w\"'=>/])(?:https?://|ftp://|www\.|mailto:)[^\s<]+", re.IGNORECASE)
TRAIL = re.compile(r"[?!.,:*_~'\"]+$")


def rendered(text: str) -> str:
    """With addresses that stand bare made links, as GitHub does."""
    return BARE.sub(lambda match: f'<a href="{TRAIL.sub("", match[0])}">', MARKDOWN.render(text))


def outside(html: str) -> list[str]:
    """Everything in it that a browser would fetch or follow elsewhere."""
    found = re.findall(r"(?:href|src|srcset|content|action|url)\s*[=(]\s*[\"']?([^\"'\s>)]+)", html, re.IGNORECASE)
    return [one for one in found if re.match(r"(?:[a-z][a-z0-9+.-]*:|[/\\]{2}|\d+;url=(?!⟨))", one, re.IGNORECASE)]


@pytest.mark.parametrize("name", VECTORS)
def test_no_address_passes(name: str) -> None:
    text = strip_links(VECTORS[name], NONE)
    assert "evil.example" not in text.casefold()
    assert "SECRET" not in text or "](" not in text
    assert not outside(rendered(text))
    assert "<img" not in rendered(text).casefold() or not outside(rendered(text))


@pytest.mark.parametrize("name", VECTORS)
def test_what_was_taken_out_is_counted(name: str) -> None:
    links = LinkFilter(NONE)
    text = links.feed(VECTORS[name]) + links.close()
    assert links.removed >= 1
    assert REMOVED in text


@pytest.mark.parametrize("name", [name for name in VECTORS if "![" in VECTORS[name] or "<" in VECTORS[name]])
def test_no_picture_is_fetched_even_from_an_allowed_address(name: str) -> None:
    text = VECTORS[name].replace(EVIL, GOOD).replace(EVIL.removeprefix("https:"), GOOD.removeprefix("https:"))
    html = rendered(strip_links(text, ALLOWED))
    assert not re.search(r"<(?:img|image|iframe|link|base|meta|style|p style)\b[^>]*//", html)


KEPT = [
    f"See {GOOD} now.",
    f"See {GOOD}.",
    f"See ({GOOD}).",
    f"See <{GOOD}>.",
    f"See [the rules]({GOOD}).",
    f'See [the rules]({GOOD} "Rules").',
    f"See [the [1] rules]({GOOD})[1].",
    f"| a |\n|---|\n| {GOOD} |",
    f"- **{GOOD}**",
    "Go to https://portal.firm.example/ and wait.",
    "Open https://hub.firm.example/chat?c=1 again, or [the page](/chat?c=1).",
    "Everything is fine [1][2]. See chapter 3: it says so! Isn't it? [sic] (or not)",
    "At 16:30, ratio 1:2, C:\\temp, a//b, 50% of x&y, e.g. report.pdf, a@firm.example, and/or.",
    "Profile:x hotel:5 File:x.png Note:this // comment /* more */ `x[i](j)` [ ] [x] todo",
    '{"key": "value", "list": [1, 2]} <List<String>> a <b> c </b> xs:element',
    "年次有給休暇は25日です。[1] 다음 ข้อมูล भारत में العربية.",
    "![",
    "[",
    "!",
    "",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_is_allowed_or_no_address_stays_as_it_is(text: str) -> None:
    assert strip_links(text, ALLOWED) == text


@pytest.mark.parametrize(
    "text",
    [f"{GOOD}&x=SECRET", f"{GOOD}SECRET", f"{GOOD}#SECRET", f"[a]({GOOD}/SECRET)", f"{GOOD}%53", f"{GOOD},{EVIL}"],
)
def test_an_address_with_more_behind_it_is_another(text: str) -> None:
    assert "SECRET" not in strip_links(text, ALLOWED)
    assert "%53" not in strip_links(text, ALLOWED)


@pytest.mark.parametrize(
    "glued", ["|SECRET", "\u00a0SECRET", "を参照", "”SECRET", "”.", "[SECRET", '"SECRET', "`SECRET"]
)
def test_what_follows_is_never_taken_for_a_part_of_it(glued: str) -> None:
    text = strip_links(f"See {GOOD}{glued} now.", ALLOWED)
    for address in re.findall(r'href="([^"]*)"', rendered(text)):
        assert "SECRET" not in address
        assert "%E" not in address


def test_the_words_of_a_link_stay() -> None:
    assert strip_links(f"See [the form]({EVIL}) now.", NONE) == f"See the form {REMOVED} now."
    assert strip_links(f"![status]({EVIL})", NONE) == f"status {REMOVED}"
    assert strip_links("![a plan](plan.png)", NONE) == "a plan"


def test_pages_of_our_own_are_pages_and_no_calls() -> None:
    assert strip_links("https://hub.firm.example/api/auth/logout", ALLOWED) == REMOVED
    assert strip_links("https://hub.firm.example.evil.example/chat", ALLOWED) == REMOVED
    assert strip_links("https://hub.firm.example@evil.example/", ALLOWED) == REMOVED


def test_prose_is_not_held_back() -> None:
    links = LinkFilter(NONE)
    assert links.feed("The seal is changed ") == "The seal is changed "
    assert links.feed("after [1] 6000 ho") == "after [1] 6000 "
    assert links.feed("urs") == ""
    assert links.close() == "hours"
    assert LinkFilter(NONE).feed("年次有給休暇は") == "年次有給休暇は"


PIECES = st.one_of(
    st.sampled_from([*VECTORS.values(), *KEPT]),
    st.sampled_from(
        ["[", "]", "(", ")", "!", "<", ">", ":", "//", "\\", "\n", "\n\n", " ", "=", '"', "|", "&", "&colon;", "#"]
    ),
    st.sampled_from([EVIL, GOOD, "http", "s:", "www.", "javascript:", "data:", "あ", "\u200b", "[1]", "ok "]),
    st.text(max_size=4),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(TEXTS, st.lists(st.integers(0, 400), max_size=12))
@example("".join(VECTORS.values()), list(range(0, 400, 33)))
def test_any_cut_of_a_text_gives_the_same(text: str, cuts: list[int]) -> None:
    places = sorted({0, *(min(cut, len(text)) for cut in cuts), len(text)})
    links = LinkFilter(ALLOWED)
    pieces = [links.feed(text[a:b]) for a, b in itertools.pairwise(places)]
    assert "".join(pieces) + links.close() == strip_links(text, ALLOWED)


@given(TEXTS)
def test_letter_by_letter_gives_the_same(text: str) -> None:
    links = LinkFilter(ALLOWED)
    assert "".join(map(links.feed, text)) + links.close() == strip_links(text, ALLOWED)


@given(TEXTS)
def test_whatever_stands_around_it_nothing_leaves(text: str) -> None:
    for found in outside(rendered(strip_links(text, NONE))):
        raise AssertionError(found)


@given(TEXTS)
def test_twice_is_as_good_as_once(text: str) -> None:
    once = strip_links(text, NONE)
    assert "evil.example" not in strip_links(once, NONE)


def test_addresses_are_found_as_they_are_written() -> None:
    text = f"See {GOOD}, (https://portal.firm.example) or <http://a.example/x_(y)>; `https://b.example`. Not c.example."
    assert addresses_of([text, None, ""]) == [
        GOOD,
        "https://portal.firm.example",
        "http://a.example/x_(y)",
        "https://b.example",
    ]


def test_a_program_that_stands_in_a_source_is_none_that_an_answer_offers() -> None:
    written = addresses_of(["javascript:alert(1) data:text/html,x mailto:a@b.example?body=x ftp://a.example/x"])
    assert written == []
    assert strip_links("[x](javascript:alert(1))", Allowed(["javascript:alert(1)"])) == f"x {REMOVED}"
