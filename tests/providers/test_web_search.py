"""Search engines of the web, over their real protocols: what they find, and what is said when they do not."""

from collections.abc import AsyncGenerator

import pytest
from tests.doubles.web import KEY, SECRET, Fault, WebDouble, WebPage

from nexus.core.egress import Egress
from nexus.core.settings import SettingsError, load_settings
from nexus.providers.websearch.base import WebSearch, WebSearchError
from nexus.providers.websearch.brave import BraveSearch
from nexus.providers.websearch.searxng import SearxngSearch
from nexus.resources import build_web_search

LOCAL = Egress(["127.0.0.1"])


@pytest.fixture
async def web() -> AsyncGenerator[WebDouble]:
    async with WebDouble() as double:
        double.pages["/a"] = WebPage("Pumps &amp; seals", "The <strong>seal</strong> is\nred.", published="2026-03-04")
        double.pages["/b"] = WebPage("", "Nothing else.")
        yield double


@pytest.fixture(params=["searxng", "brave"])
async def engine(request: pytest.FixtureRequest, web: WebDouble) -> AsyncGenerator[WebSearch]:
    if request.param == "searxng":
        engine: WebSearch = SearxngSearch(web.origin, LOCAL, seconds=0.5)
    else:
        engine = BraveSearch(web.origin, KEY, LOCAL, seconds=0.5)
    yield engine
    await engine.aclose()


async def test_both_give_the_same(engine: WebSearch, web: WebDouble) -> None:
    first, second = await engine.search("heron pump", 6)
    assert (first.title, first.snippet, first.published) == ("Pumps & seals", "The seal is red.", "2026-03-04")
    assert first.url == web.url("/a")
    # Without a title its address is what it is called by.
    assert (second.title, second.published) == (web.url("/b"), "")
    assert len(await engine.search("heron pump", 1)) == 1
    assert web.searched == ["heron pump", "heron pump"]


async def test_nothing_found_is_no_fault(engine: WebSearch, web: WebDouble) -> None:
    web.pages.clear()
    assert await engine.search("heron pump", 6) == []


async def test_what_is_no_result_is_left_out(engine: WebSearch, web: WebDouble) -> None:
    web.pages.clear()
    urls = ["javascript:alert(1)", "https://a.example/ x", "https://me:pw@a.example/", "ftp://a.example", 7, None]
    web.more = [{"url": url, "title": "x"} for url in (*urls, "https://a.example/" + "x" * 3000)]
    web.more += [{"url": "https://a.example/", "title": "t" * 900, "content": "c" * 9000, "description": "c" * 9000}]
    web.more += [{"url": "https://a.example/", "title": "again"}, {}]
    [only] = await engine.search("heron pump", 20)
    assert only.url == "https://a.example/"
    assert (len(only.title), len(only.snippet)) == (300, 1500)


async def test_long_questions_are_cut(engine: WebSearch, web: WebDouble) -> None:
    await engine.search("pump " * 300, 6)
    assert len(web.searched[0]) <= 400


@pytest.mark.parametrize(("status", "part"), [(401, "has to"), (403, "has to"), (429, "Try again"), (500, "HTTP 500")])
async def test_refusals_say_what_to_do(engine: WebSearch, web: WebDouble, status: int, part: str) -> None:
    web.status = status
    with pytest.raises(WebSearchError) as caught:
        await engine.search("heron pump", 6)
    assert part in caught.value.detail
    assert SECRET not in caught.value.detail


@pytest.mark.parametrize("fault", ["hang", "not-json", "list", "huge", "cut"])
async def test_faults_end_in_a_sentence(engine: WebSearch, web: WebDouble, fault: Fault) -> None:
    web.fault = fault
    with pytest.raises(WebSearchError) as caught:
        await engine.search("heron pump", 6)
    assert SECRET not in caught.value.detail
    assert caught.value.detail.endswith(".")


async def test_a_wrong_key_is_told() -> None:
    async with WebDouble() as web:
        engine = BraveSearch(web.origin, "another", LOCAL, seconds=0.5)
        with pytest.raises(WebSearchError, match="API_KEY"):
            await engine.search("heron pump", 6)
        await engine.aclose()


async def test_an_engine_that_is_gone() -> None:
    engine = SearxngSearch("http://127.0.0.1:9", LOCAL, seconds=0.5)
    with pytest.raises(WebSearchError, match="cannot be reached"):
        await engine.search("heron pump", 6)
    await engine.aclose()


def test_settings_that_cannot_work_are_told_at_the_start() -> None:
    for wrong in (
        {"kind": "searxng"},
        {"kind": "brave"},
        {"kind": "brave", "api_key": "k", "url": "http://a.example"},
        {"page_hosts": ["1.2.3.4/99"]},
    ):
        with pytest.raises(SettingsError, match="NEXUS_WEB_SEARCH"):
            load_settings(web_search=wrong, _env_file=None)
    assert build_web_search(load_settings(_env_file=None)) is None


async def test_the_engine_of_the_settings_may_stand_beside_us(web: WebDouble) -> None:
    engine = build_web_search(load_settings(web_search={"kind": "searxng", "url": web.origin}, _env_file=None))
    assert engine is not None
    assert len(await engine.search("heron pump", 6)) == 2
    await engine.aclose()
