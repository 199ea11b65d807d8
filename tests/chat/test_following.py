"""Following a run: from the start, from the middle, after the end, by several at once."""

import asyncio

import pytest

from hub import Company, fold

QUESTION = {"question": "days of annual leave"}


@pytest.fixture
async def shelf(company: Company) -> str:
    shelf = await company.owner.make_shelf()
    await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    return shelf


async def test_whoever_comes_back_gets_the_rest_and_nothing_twice(company: Company, shelf: str) -> None:
    me = company.owner
    run = (await me.post("/runs", QUESTION, 201))["id"]
    everything = await me.events(f"/runs/{run}/events")
    assert everything[-1].kind == "run.succeeded"
    for after in range(len(everything) + 1):
        assert await me.events(f"/runs/{run}/events", after=after) == everything[after:]
    assert await me.events(f"/runs/{run}/events", after=10**9) == []


@pytest.mark.parametrize("header", ["", "nonsense", "-1", "1.5", "9" * 40, "²"])
async def test_a_last_event_id_of_nonsense_means_everything(company: Company, shelf: str, header: str) -> None:
    run = (await company.owner.post("/ask", QUESTION))["run"]["id"]
    answer = await company.owner.call("GET", f"/runs/{run}/events", headers={"Last-Event-ID": header.encode()})
    assert answer.status_code == 200
    assert answer.text.startswith("id: 1\n")


async def test_many_questions_at_once_keep_apart(company: Company, shelf: str) -> None:
    async def ask(number: int) -> None:
        question = f"{number} days of annual leave"
        events = await company.owner.events("/ask/stream", {"question": question})
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        assert events[-1].kind == "run.succeeded"
        run = await company.owner.get(f"/runs/{events[0].data['run_id']}")
        assert run["message"]["text"] == fold(events)
        messages = await company.owner.get(f"/conversations/{events[0].data['conversation_id']}/messages")
        assert messages["items"][0]["text"] == question

    await asyncio.gather(*(ask(number) for number in range(30)))


async def test_cancelling_what_has_ended_changes_nothing(company: Company, shelf: str) -> None:
    run = (await company.owner.post("/ask", QUESTION))["run"]
    assert await company.owner.post(f"/runs/{run['id']}/cancel", status=202) == run
