"""Shared conversations: each reader sees of them what that reader may read, and nothing tells of the rest."""

import random
from datetime import timedelta
from typing import Any

import pytest

from hub import Company, Person
from nexus.core.clock import now
from nexus.core.ids import new_id
from speaking import ChosenScript

QUESTION = {"question": "Heron seal"}


async def shared_messages(person: Person, share: str) -> list[Any]:
    return await person.read_pages(f"/shared/{share}/messages", limit=3)


async def share(owner: Person, conversation: str, **fields: Any) -> str:
    return (await owner.post(f"/conversations/{conversation}/shares", fields, 201))["id"]


async def ask(person: Person, question: str = "Heron seal", **fields: Any) -> Any:
    return await person.post("/ask", {"question": question} | fields)


async def test_colleagues_read_a_share_until_it_is_ended(company: Company) -> None:
    shelf = await company.owner.make_shelf("Open", grants=[company.grants["tenant"]])
    await company.owner.add(shelf, "seal.md", "The Heron seal lasts 6000 hours.")
    conversation = (await ask(company.member))["run"]["conversation_id"]
    link = await share(company.member, conversation)

    seen = await company.owner.get(f"/shared/{link}")
    assert (seen["title"], seen["owner_name"]) == ("Heron seal", "Member")
    question, answer = await shared_messages(company.owner, link)
    assert question["text"] == "Heron seal"
    assert "6000 hours" in answer["text"]
    assert answer["citations"][0]["available"]
    assert (await company.member.get(f"/conversations/{conversation}/shares"))["items"][0]["id"] == link
    assert (await company.owner.call("DELETE", f"/shares/{link}")).status_code == 404

    await company.member.delete(f"/shares/{link}")
    await closed(company.owner, link)


async def closed(person: Person, link: str) -> None:
    """As if there had never been such a share."""
    for method, path in (("GET", ""), ("GET", "/messages"), ("POST", "/continue")):
        known, unknown = [
            (await person.call(method, f"/shared/{one}{path}")).json() | {"request_id": None}
            for one in (link, str(new_id()))
        ]
        assert known == unknown
        assert known["status"] == 404


async def test_a_share_ends_with_what_it_hangs_on(company: Company) -> None:
    conversation = (await ask(company.member))["run"]["conversation_id"]
    link = await share(company.member, conversation)
    assert await company.owner.get(f"/shared/{link}")
    await closed(company.rival, link)
    await company.member.delete(f"/conversations/{conversation}")
    await closed(company.owner, link)
    await company.member.post(f"/conversations/{conversation}/restore", {})
    assert await company.owner.get(f"/shared/{link}")
    soon = await share(company.member, conversation, expires_at=(now() + timedelta(seconds=0.4)).isoformat())
    past = {"expires_at": (now() - timedelta(days=1)).isoformat()}
    await company.member.post(f"/conversations/{conversation}/shares", past, 422)
    while (await company.owner.call("GET", f"/shared/{soon}")).status_code == 200:
        pass
    await closed(company.owner, soon)
    await company.admin.patch(f"/users/{company.member.id}", {"active": False})
    await closed(company.owner, link)


async def test_a_share_stays_as_it_was_and_shows_one_branch(company: Company) -> None:
    first = await ask(company.member, "first question")
    conversation, question = first["run"]["conversation_id"], first["run"]["question_id"]
    link = await share(company.member, conversation)
    await ask(company.member, "second question", conversation_id=conversation)
    await ask(company.member, "edited question", conversation_id=conversation, edited_id=question)
    texts = [one["text"] for one in await shared_messages(company.owner, link)]
    assert texts[0] == "first question"
    assert len(texts) == 2
    newest = await share(company.member, conversation)
    assert (await shared_messages(company.owner, newest))[0]["text"] == "edited question"
    await company.owner.post(f"/conversations/{conversation}/shares", {}, 404)
    await company.member.post(f"/conversations/{conversation}/shares", {"message_id": str(new_id())}, 404)


async def test_what_a_model_said_is_withheld_from_who_may_not_read_all_it_was_given(
    firm: Company, model: ChosenScript
) -> None:
    closed_shelf = await firm.owner.make_shelf("Closed")
    await firm.owner.add(closed_shelf, "secret-seal.md", "The Heron seal lasts 6000 hours.")
    conversation = (await ask(firm.owner))["run"]["conversation_id"]
    await ask(firm.owner, "seal again, Heron", conversation_id=conversation)
    link = await share(firm.owner, conversation)

    messages = await shared_messages(firm.member, link)
    answers = [one for one in messages if one["role"] == "assistant"]
    assert len(answers) == 2
    for one in answers:
        assert one["withheld"]
        assert one["citations"] == []
    assert "6000" not in str(messages)
    assert "secret" not in str(messages)
    copy = await firm.member.post(f"/shared/{link}/continue", {}, 201)
    assert "6000" not in str(await firm.member.get(f"/conversations/{copy['id']}/messages"))
    mine = await firm.owner.get(f"/conversations/{conversation}/messages")
    assert "6000" in str(mine)


async def test_an_answer_below_a_withheld_one_may_repeat_it(firm: Company, model: ChosenScript) -> None:
    open_shelf = await firm.owner.make_shelf("Open", grants=[firm.grants["tenant"]])
    shelf = await firm.owner.make_shelf("Closed")
    await firm.owner.add(shelf, "secret.md", "The Heron seal lasts 6000 hours.")
    await firm.owner.add(open_shelf, "open.md", "Otters swim in the river Thames.")
    before = await ask(firm.owner, "Where do otters swim?", scope={"knowledge_base_ids": [open_shelf]})
    conversation = before["run"]["conversation_id"]
    await ask(firm.owner, "Heron seal", conversation_id=conversation, scope={"knowledge_base_ids": [shelf]})
    await ask(
        firm.owner, "Where do otters swim?", conversation_id=conversation, scope={"knowledge_base_ids": [open_shelf]}
    )
    link = await share(firm.owner, conversation)
    answers = [one["withheld"] for one in await shared_messages(firm.member, link) if one["role"] == "assistant"]
    assert answers == [False, True, True]


async def test_a_copy_is_withdrawn_like_the_original(firm: Company, model: ChosenScript) -> None:
    shelf = await firm.owner.make_shelf("Seals", grants=[firm.grants["member"]])
    await firm.owner.add(shelf, "seal.md", "The Heron seal lasts 6000 hours.")
    link = await share(firm.owner, (await ask(firm.owner))["run"]["conversation_id"])
    copy = (await firm.member.post(f"/shared/{link}/continue", {}, 201))["id"]
    messages = (await firm.member.get(f"/conversations/{copy}/messages"))["items"]
    assert "6000" in messages[1]["text"]
    assert messages[1]["citations"][0]["available"]
    assert (await firm.member.get("/messages", search="6000"))["items"]
    await firm.owner.delete(f"/knowledge-bases/{shelf}/grants/user/{firm.member.id}")
    assert "6000" not in str(await firm.member.get(f"/conversations/{copy}/messages"))
    assert not (await firm.member.get("/messages", search="6000"))["items"]
    assert "6000" not in str(await shared_messages(firm.member, link))


@pytest.mark.parametrize("speaks", [False, True])
@pytest.mark.parametrize("seed", range(3))
async def test_no_reader_sees_what_they_may_not_read(
    company: Company, firm: Company, model: ChosenScript, speaks: bool, seed: int
) -> None:
    """Random knowledge bases and grants: every document has a word of its own, which only its readers may see."""
    house = firm if speaks else company
    dice = random.Random(seed * 2 + speaks)
    words: dict[str, str] = {}
    for number in range(4):
        grants = [house.grants[who] for who in ("member", "group", "department", "tenant") if dice.random() < 0.3]
        shelf = await house.owner.make_shelf(f"Shelf{number}", grants=grants)
        for _ in range(2):
            word = "canary" + "".join(dice.choices("bcdfghjk", k=8))
            words[await house.owner.add(shelf, f"{word}.md", f"The Heron seal is {word}. Heron seals last.")] = word
    conversation: str | None = None
    for _ in range(4):
        asked = await ask(house.owner, "Heron seal", **({"conversation_id": conversation} if conversation else {}))
        conversation = asked["run"]["conversation_id"]
    assert conversation
    link = await share(house.owner, conversation)
    for reader in (house.member, house.admin, house.owner):
        allowed = {words[i] for i in words if (await reader.call("GET", f"/documents/{i}")).status_code == 200}
        copy = (await reader.post(f"/shared/{link}/continue", {}, 201))["id"]
        answers = [
            await reader.get(f"/shared/{link}"),
            await shared_messages(reader, link),
            await reader.get(f"/conversations/{copy}/messages"),
            await reader.get("/messages", search="heron"),
            await reader.get("/messages", search="canary"),
            (await reader.call("GET", f"/conversations/{copy}/export?format=json")).text,
        ]
        shown = {word for word in words.values() if word in str(answers)}
        assert shown <= allowed
        if reader is house.owner:
            assert shown
