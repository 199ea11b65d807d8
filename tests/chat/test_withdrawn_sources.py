"""What was cited and may no longer be read is not shown again: in messages, in replayed events, to a model."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from tests.doubles.openai_chat import OpenAIDouble

from hub import Company, fold
from speaking import ChosenScript

SECRET = "The Heron seal lasts 6000 hours."
OPEN = "The Heron seal costs 40 pounds."
QUESTION = {"question": "Heron seal"}

Withdrawal = Callable[[Company, str, str], Awaitable[object]]


async def revoke(company: Company, shelf: str, _document: str) -> None:
    await company.owner.delete(f"/knowledge-bases/{shelf}/grants/user/{company.member.id}")


async def restrict(company: Company, _shelf: str, document: str) -> None:
    await company.owner.patch(f"/documents/{document}", {"restricted": True})


async def move(company: Company, _shelf: str, document: str) -> None:
    other = await company.owner.make_shelf("Closed")
    await company.owner.patch(f"/documents/{document}", {"knowledge_base_id": other})


async def delete(company: Company, _shelf: str, document: str) -> None:
    await company.owner.delete(f"/documents/{document}")


async def delete_all(company: Company, shelf: str, _document: str) -> None:
    await company.owner.delete(f"/knowledge-bases/{shelf}")


ALL = pytest.mark.parametrize("withdraw", [revoke, restrict, move, delete, delete_all])


async def two_shelves(company: Company) -> tuple[str, str]:
    """The knowledge base that will be closed, and its document; the other one stays open."""
    open_shelf = await company.owner.make_shelf("Open", grants=[company.grants["tenant"]])
    for number, filler in enumerate(("Hotels in London are dear.", "Leave ends in March.", "Ask for the manager.")):
        await company.owner.upload(open_shelf, f"{number}.md", filler)
    await company.owner.add(open_shelf, "oil.md", OPEN)
    shelf = await company.owner.make_shelf("Seals", grants=[company.grants["member"]])
    return shelf, await company.owner.add(shelf, "secret-seal.md", SECRET)


def assert_closed(shown: object) -> None:
    for word in ("6000 hours", "secret-seal", "Seals"):
        assert word not in str(shown)


@ALL
async def test_quotations_are_withheld_and_the_rest_stays(company: Company, withdraw: Withdrawal) -> None:
    shelf, document = await two_shelves(company)
    me = company.member
    events = await me.events("/ask/stream", QUESTION)
    run, conversation = events[0].data["run_id"], events[0].data["conversation_id"]
    before = (await me.get(f"/runs/{run}"))["message"]
    assert {c["document_name"] for c in before["citations"]} == {"oil.md", "secret-seal.md"}
    number = next(c["number"] for c in before["citations"] if c["document_name"] == "secret-seal.md")
    await withdraw(company, shelf, document)

    message = (await me.get(f"/runs/{run}"))["message"]
    listed = (await me.get(f"/conversations/{conversation}/messages"))["items"][-1]
    assert listed == message
    assert_closed(message)
    closed = next(c for c in message["citations"] if c["number"] == number)
    assert closed == {"number": number, "available": False} | {
        key: None for key in closed if key not in {"number", "available"}
    }
    assert OPEN in message["text"]
    for after in range(len(events)):
        replayed = await me.events(f"/runs/{run}/events", after=after)
        assert [(event.number, event.kind) for event in replayed] == [
            (event.number, event.kind) for event in events[after:]
        ]
        assert_closed(replayed)
    assert fold(await me.events(f"/runs/{run}/events")) == message["text"]


@ALL
async def test_a_generated_answer_is_withdrawn_and_not_told_to_the_model_again(
    firm: Company, model: ChosenScript, double: OpenAIDouble, withdraw: Withdrawal
) -> None:
    shelf, document = await two_shelves(firm)
    me = firm.member
    events = await me.events("/ask/stream", QUESTION)
    run, conversation = events[0].data["run_id"], events[0].data["conversation_id"]
    assert "6000" in fold(events)
    await withdraw(firm, shelf, document)

    message = (await me.get(f"/runs/{run}"))["message"]
    assert_closed(message)
    replayed = await me.events(f"/runs/{run}/events")
    assert_closed(replayed)
    assert fold(replayed) == message["text"]
    assert [event.number for event in replayed] == [event.number for event in events]
    double.forget()
    await me.post("/ask", {**QUESTION, "conversation_id": conversation})
    assert len(double.answers) == 1
    assert_closed(double.answers[0].body)


async def test_it_comes_back_with_the_right_to_read(company: Company) -> None:
    shelf, document = await two_shelves(company)
    answer = await company.member.post("/ask", QUESTION)
    await revoke(company, shelf, document)
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", company.grants["group"], 200)
    assert await company.member.get(f"/runs/{answer['run']['id']}") == answer


async def test_a_watcher_who_comes_late_to_a_running_answer_sees_no_more(firm: Company, model: ChosenScript) -> None:
    shelf, document = await two_shelves(firm)
    model.script = "normal?rate=400&hang=9"
    me = firm.member
    run = (await me.post("/runs", {"question": "Heron seal hours"}, 201))["id"]
    async with me.stream(f"/runs/{run}/events") as stream:
        async for event in stream:
            if event.kind == "citation.added" and event.data["document_name"] == "secret-seal.md":
                break
    await revoke(firm, shelf, document)

    async def stop() -> None:
        await me.post(f"/runs/{run}/cancel", status=202)

    stopping = asyncio.create_task(stop())
    events = await me.events(f"/runs/{run}/events")
    await stopping
    assert events[-1].kind == "run.cancelled"
    assert_closed([event for event in events if event.kind == "citation.added"])
