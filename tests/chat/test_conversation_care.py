"""Conversations as people keep them: named, pinned, found, deleted, taken back, carried away, branched."""

import json

import pytest

from hub import Company
from nexus.core.ids import new_id

LEAVE = "# Leave\n\nEverybody has 25 days of annual leave.\n\nUnused days expire in March.\n"
QUESTION = {"question": "days of annual leave"}


@pytest.fixture
async def asked(company: Company) -> str:
    """The conversation of a question that the member has asked."""
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
    await company.owner.add(shelf, "leave.md", LEAVE)
    answer = await company.member.post("/ask", QUESTION)
    return str(answer["run"]["conversation_id"])


async def test_a_conversation_is_renamed_and_pinned(company: Company, asked: str) -> None:
    newer = (await company.member.post("/ask", {"question": "Unused days"}))["run"]["conversation_id"]
    assert [c["id"] for c in (await company.member.get("/conversations"))["items"]] == [newer, asked]

    changed = await company.member.patch(f"/conversations/{asked}", {"title": " Holidays ", "pinned": True})

    assert (changed["title"], changed["pinned"]) == ("Holidays", True)
    assert [c["id"] for c in (await company.member.get("/conversations"))["items"]] == [asked, newer]
    first = await company.member.get("/conversations", limit=1)
    rest = await company.member.get("/conversations", limit=1, cursor=first["next_cursor"])
    assert [first["items"][0]["id"], rest["items"][0]["id"], rest["next_cursor"]] == [asked, newer, None]


async def test_conversations_are_found_by_title_and_by_what_was_said(company: Company, asked: str) -> None:
    for word, found in (("ANNUAL", True), ("25 days", True), ("100%", False), ("zeppelin", False)):
        items = (await company.member.get("/conversations", search=word))["items"]
        assert [c["id"] for c in items] == ([asked] if found else []), word
    assert (await company.owner.get("/conversations", search="annual"))["items"] == []


async def test_a_deletion_can_be_taken_back(company: Company, asked: str) -> None:
    await company.member.delete(f"/conversations/{asked}")
    assert (await company.member.get("/conversations"))["items"] == []
    assert (await company.member.call("GET", f"/conversations/{asked}")).status_code == 404

    restored = await company.member.post(f"/conversations/{asked}/restore", {})

    assert restored["id"] == asked
    assert [c["id"] for c in (await company.member.get("/conversations"))["items"]] == [asked]
    assert (await company.member.call("POST", f"/conversations/{asked}/restore")).status_code == 404


async def test_an_edited_question_is_a_sibling(company: Company, asked: str) -> None:
    [question, _] = (await company.member.get(f"/conversations/{asked}/messages"))["items"]

    await company.member.post(
        "/ask", {"question": "Unused days", "conversation_id": asked, "edited_id": question["id"]}
    )

    messages = (await company.member.get(f"/conversations/{asked}/messages"))["items"]
    assert [m["text"] for m in messages if m["parent_id"] is None] == [QUESTION["question"], "Unused days"]
    answer = next(m for m in messages if m["role"] == "assistant")
    for wrong in (answer["id"], str(new_id())):
        body = {"question": "x", "conversation_id": asked, "edited_id": wrong}
        assert (await company.member.call("POST", "/runs", json=body)).status_code == 404


async def test_exports_hold_what_was_said(company: Company, asked: str) -> None:
    markdown = await company.member.call("GET", f"/conversations/{asked}/export")
    assert markdown.headers["Content-Disposition"].startswith("attachment")
    assert "## days of annual leave" in markdown.text
    assert "- [1] Leave, page 1: “Everybody has 25 days of annual leave.”" in markdown.text

    exported = json.loads((await company.member.call("GET", f"/conversations/{asked}/export?format=json")).text)
    assert exported["conversation"]["id"] == asked
    assert [m["role"] for m in exported["messages"]] == ["user", "assistant"]


async def test_a_foreign_conversation_is_as_if_it_were_not_there(company: Company, asked: str) -> None:
    attempts = [
        ("GET", f"/conversations/{asked}"),
        ("PATCH", f"/conversations/{asked}"),
        ("DELETE", f"/conversations/{asked}"),
        ("POST", f"/conversations/{asked}/restore"),
        ("GET", f"/conversations/{asked}/export"),
    ]
    for method, path in attempts:
        body = {"title": "Mine"} if method == "PATCH" else None
        assert (await company.owner.call(method, path, json=body)).status_code == 404, (method, path)


async def test_capabilities_say_that_answers_are_quotations(company: Company) -> None:
    assert await company.member.get("/capabilities") == {"language_model": None, "max_upload_bytes": 1024 << 20}
