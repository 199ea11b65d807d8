"""The search of one's own messages."""

from typing import Any

import pytest

from hub import Company, Person
from nexus.chat.message_words import find_in, parse

LEAVE = "# Leave\n\nEverybody has 25 days of annual leave.\n\nUnused days expire in March.\n"


async def found(person: Person, search: str) -> list[Any]:
    return await person.read_pages("/messages", search=search, limit=2)


def marked(hit: Any) -> list[str]:
    return [part["text"] for part in hit["snippet"] if part["marked"]]


@pytest.fixture
async def asked(company: Company) -> str:
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
    await company.owner.add(shelf, "leave.md", LEAVE)
    answer = await company.member.post("/ask", {"question": "How many days of annual leave?"})
    return str(answer["run"]["conversation_id"])


async def test_messages_are_found_by_words_beginnings_and_phrases(company: Company, asked: str) -> None:
    me = company.member
    question, answer = (await me.get(f"/conversations/{asked}/messages"))["items"]
    both = {question["id"], answer["id"]}
    for search, wanted in (
        ("annual leave", both),
        ("ANNU", both),
        ('"annual leave"', both),
        ('"leave annual"', set[str]()),
        ("everybody", {answer["id"]}),
        ("25", {answer["id"]}),
        ("day annual", both),
        ("lea day", set[str]()),
        ("zeppelin", set[str]()),
        ("' OR 1 \" * ( NEAR :", set[str]()),
        ("!!", set[str]()),
    ):
        hits = await found(me, search)
        assert {hit["message_id"] for hit in hits} == wanted, search
    [hit] = await found(me, "everyb")
    assert marked(hit) == ["Everybody"]
    assert (hit["conversation_id"], hit["role"]) == (asked, "assistant")
    assert await found(company.owner, "annual") == []
    await me.delete(f"/conversations/{asked}")
    assert await found(me, "annual") == []


async def test_what_is_closed_is_not_found(company: Company) -> None:
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
    await company.owner.add(shelf, "leave.md", LEAVE)
    await company.member.post("/ask", {"question": "annual leave"})
    assert await found(company.member, "everybody")
    await company.owner.delete(f"/knowledge-bases/{shelf}/grants/user/{company.member.id}")
    assert await found(company.member, "everybody") == []
    first = await company.member.get("/messages", search="everybody", limit=1)
    assert first == {"items": [], "next_cursor": None}
    assert len(await found(company.member, "annual")) == 1


async def test_a_temporary_conversation_is_found_once_it_is_kept(company: Company) -> None:
    me = company.member
    asked = await me.post("/ask", {"question": "the quiet zebra", "temporary": True})
    conversation = asked["run"]["conversation_id"]
    assert (await me.get("/conversations"))["items"] == []
    assert await found(me, "zebra") == []
    await me.post(f"/conversations/{conversation}/shares", {}, 409)
    kept = await me.patch(f"/conversations/{conversation}", {"temporary": False})
    assert kept["temporary"] is False
    assert [one["id"] for one in (await me.get("/conversations"))["items"]] == [conversation]
    assert len(await found(me, "zebra")) == 1


@pytest.mark.parametrize(
    ("text", "search", "slices"),
    [
        ("Die Häuser am Fluss", "aus", None),
        ("Die Häuser am Fluss", "hauser fl", ["Häuser", "Fluss"]),
        ("Crème brûlée", "creme", ["Crème"]),
        ("東京都の天気", "京都", ["京都"]),
        ("part AB-1234/X fits", "ab-1234/x", ["AB-1234/X"]),
        ("running water", "runs water", ["running", "water"]),
        ("Γειά σου Κόσμε", "κοσμε", ["Κόσμε"]),
        ("one two three", '"two three"', ["two three"]),
        ("one two three", '"one three"', None),
    ],
)
def test_words_are_folded(text: str, search: str, slices: list[str] | None) -> None:
    places = find_in(text, parse(search))
    assert (None if places is None else [text[a:b] for each in places for a, b in each]) == slices
