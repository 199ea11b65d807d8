"""What stands before anybody has signed in, and what holds for every page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from page_hub import EMAIL, Hub, Watched, check_accessibility, photograph, running_hub, sign_in, wait_until_shown
from playwright.sync_api import Page, Response, expect

Open = Callable[..., Page]


def test_the_first_person_sets_it_up_and_is_in(tmp_path: Path, open_page: Open) -> None:
    with running_hub(tmp_path) as hub:
        page = open_page(hub)
        page.goto(hub.setup_path())
        page.get_by_label("Company").fill("Acme")
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("E-mail").fill("ada@acme.test")
        page.get_by_label("Password", exact=True).fill("plum-orbit-lantern")
        check_accessibility(page)
        page.get_by_role("button", name="Create and start").click()

        page.wait_for_url("**/chat/**")
        page.reload()
        expect(page.get_by_role("navigation").first).to_be_visible()
        page.context.close()


def test_a_wrong_password_says_so_and_keeps_what_was_typed(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    page.goto("/login/")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill("not this one")
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("main").get_by_role("alert")).to_contain_text("wrong")
    expect(page.get_by_label("E-mail")).to_have_value(EMAIL)


def test_whoever_is_not_signed_in_comes_back_to_where_they_went(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    page.goto("/knowledge/")
    page.wait_for_url("**/login/**")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill("plum-orbit-lantern")
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/knowledge/**")


def test_an_unknown_page_is_the_404_page(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    answer = page.goto("/nowhere/")

    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_no_script_runs_that_is_not_ours(hub: Hub, open_page: Open, watched: Watched) -> None:
    watched.allowed += ("Executing inline script violates",)
    page = open_page(hub)
    page.goto("/login/")
    ran = page.evaluate(
        """() => new Promise(done => {
            document.addEventListener("securitypolicyviolation", () => done("refused"));
            const script = document.createElement("script");
            script.textContent = "window.smuggled = true";
            document.body.append(script);
            setTimeout(() => done(window.smuggled ? "ran" : "nothing"), 1000);
        })"""
    )
    assert ran == "refused"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", ["/login/", "/chat/", "/knowledge/", "/account/"])
def test_axe_finds_nothing(hub: Hub, open_page: Open, path: str, width: int, *, dark: bool) -> None:
    page = open_page(hub, width=width, dark=dark)
    if path != "/login/":
        sign_in(page)
    page.goto(path)
    check_accessibility(page)
    photograph(page, f"{path.strip('/')}-{width}{'-dark' if dark else ''}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_what_is_loaded_is_small_and_kept(hub: Hub, open_page: Open) -> None:
    page = open_page(hub)
    answers: list[Response] = []

    def on_response(answer: Response) -> None:
        answers.append(answer)

    page.on("response", on_response)
    with page.expect_response("**/api/auth/refresh"):
        page.goto("/login/")
    wait_until_shown(page)

    hashed = [answer.all_headers() for answer in answers if "/_next/static/" in answer.url]
    assert hashed
    assert all("immutable" in headers["cache-control"] for headers in hashed)
    assert any(headers.get("content-encoding") in ("br", "gzip") for headers in hashed)
    # The one question whose answer is no: whether somebody is signed in.
    assert [answer.url for answer in answers if answer.status >= 400] == [f"{hub.url}/api/auth/refresh"]
