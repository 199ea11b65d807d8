"""A model that uses its tools: over the real protocol, within the asker's rights and its limits, step by step."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx2
import pytest
from tests.doubles.openai_chat import OpenAIDouble, agent

from hub import Company, Event, fold
from nexus.retrieval.service import GIVEN
from speaking import ChosenScript

QUESTION = {"question": "When is the seal of the Heron pump changed?"}


def data_of(events: list[Event], kind: str) -> list[dict[str, Any]]:
    return [event.data for event in events if event.kind == kind]


def results(double: OpenAIDouble) -> list[str]:
    """What the model was told by its tools, in its last request."""
    return [message["content"] for message in double.answers[-1].body["messages"] if message["role"] == "tool"]


async def ask(firm: Company, question: dict[str, Any] = QUESTION) -> tuple[list[Event], dict[str, Any]]:
    events = await firm.member.events("/ask/stream", question)
    return events, await firm.member.get(f"/runs/{events[0].data['run_id']}")


@pytest.fixture
async def valves(firm: Company, pumps: str) -> str:
    """A document of many passages, and so many about the seal that the question's own search finds none of them."""
    for number in range(GIVEN):
        notes = f"Note {number}: the seal of the Heron pump was changed by the crew of shift {number * 7}."
        await firm.owner.upload(pumps, f"note-{number}.md", notes)
    text = "\n\n".join(
        f"## Chapter {n}\n\n"
        + f"Valve V{n} of the cooling circuit closes at {n + 20} degrees and is tested by the crew. " * 12
        for n in range(12)
    )
    return await firm.owner.add(pumps, "valves.md", text)


async def test_it_searches_again_and_cites_what_it_found(
    firm: Company, valves: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = agent([("search_knowledge", {"query": "valve V7 cooling circuit degrees"})])
    events, answer = await ask(firm)
    kinds = [event.kind for event in events]
    assert kinds.index("retrieval.finished") < kinds.index("tool.called") < kinds.index("tool.finished")
    [called], [finished] = data_of(events, "tool.called"), data_of(events, "tool.finished")
    assert called == {
        "id": "1",
        "name": "search_knowledge",
        "source": "",
        "arguments": {"query": "valve V7 cooling circuit degrees"},
    }
    assert finished["found"] > 0
    assert finished["documents"][0]["id"] == valves
    message = answer["message"]
    assert message["text"] == fold(events).strip()
    assert "valves.md" in {citation["document_name"] for citation in message["citations"]}
    [step] = message["steps"]
    assert (step["name"], step["found"], step["withheld"]) == ("search_knowledge", finished["found"], False)
    assert step["ms"] is not None
    assert message["findings"]
    assert not [each for each in message["findings"] if each["doubt"] == "uncited"]
    first, second = double.answers
    assert {tool["function"]["name"] for tool in first.body["tools"]} == {
        "search_knowledge",
        "read_document",
        "list_documents",
        "count_documents",
        "find_mentions",
        "read_all_documents",
        "list_tables",
        "query_table",
        "calculate",
        "today",
    }
    usage = data_of(events, "run.succeeded")[0]["usage"]
    assert usage["input_tokens"] > sum(len(str(m["content"]).split()) for m in second.body["messages"])
    # Reloading shows the same.
    listed = await firm.member.get(f"/conversations/{answer['run']['conversation_id']}/messages")
    assert listed["items"][1]["steps"] == message["steps"]
    assert await firm.member.events(f"/runs/{answer['run']['id']}/events") == events


async def test_passages_are_numbered_on(firm: Company, valves: str, model: ChosenScript, double: OpenAIDouble) -> None:
    model.script = agent(
        [("search_knowledge", {"query": "valve V7 cooling circuit"})], [("search_knowledge", {"query": "seal changed"})]
    )
    await ask(firm)
    first, again = results(double)
    assert '<passage number="13"' in first
    assert '<passage number="1"' not in first
    # What was shown before keeps its number.
    assert '<passage number="1"' in again


async def test_it_reads_on_around_a_passage_and_part_by_part(
    firm: Company, valves: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = agent(
        [("search_knowledge", {"query": "valve V7 cooling circuit 27 degrees"})],
        [("read_document", {"passage": 13}), ("read_document", {"document": valves, "part": 2})],
        [("read_document", {"document": valves, "part": 900})],
    )
    events, _ = await ask(firm)
    _, around, part, beyond = results(double)
    assert around.count("<passage ") >= 4
    assert part.startswith("Part 2 of ")
    assert "The document has" in beyond
    read = data_of(events, "tool.finished")[1]
    assert [each["id"] for each in read["documents"]] == [valves]


async def test_it_lists_with_an_exact_count_and_pages(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    for number in range(52):
        await firm.owner.upload(pumps, f"log-{number:02}.md", f"Entry {number} of the log.")
    await firm.owner.settle(pumps)
    hidden = await firm.owner.make_shelf("Hidden")
    await firm.owner.add(hidden, "log-secret.md", "A log that the member may not read.")
    model.script = agent([("list_documents", {"name": "log-"})], [("list_documents", {"knowledge_base": "Hidden"})])
    await ask(firm)
    listed, refused = results(double)
    assert "There are 52 such documents." in listed
    assert "log-secret" not in listed
    assert "There is no knowledge base of that name." in refused
    mark = listed.rpartition("next_page=")[2]
    model.script = agent([("list_documents", {"name": "log-", "next_page": mark})])
    await ask(firm)
    [page] = results(double)
    assert "log-51.md" in page
    assert "log-49.md" not in page


async def test_calculations_stand_behind_the_answer(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = agent([("calculate", {"expression": "6000 * 3 + 0.1 + 0.2"}), ("today", {})])
    await ask(firm)
    calculated, today = results(double)
    assert calculated == "6000 * 3 + 0.1 + 0.2 = 18000.3"
    assert today.startswith("Today is ")


async def test_what_others_may_read_is_not_there(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    hidden = await firm.owner.make_shelf("Hidden")
    document = await firm.owner.add(hidden, "salaries.md", "The seal engineer of the Heron pump earns 90000 pounds.")
    model.script = agent(
        [
            ("search_knowledge", {"query": "seal engineer earns pounds"}),
            ("search_knowledge", {"query": "salaries", "knowledge_bases": ["Hidden"]}),
            ("read_document", {"document": document}),
            ("read_document", {"document": "01a1fe40-29e5-79a0-a1af-0c0f88a2146e"}),
            ("list_documents", {}),
        ]
    )
    events, answer = await ask(firm)
    told = results(double)
    assert "90000" not in str(told) + answer["message"]["text"]
    assert "salaries.md" not in str(told)
    assert told[2] == told[3] == "There is no such document."
    assert [data["failed"] is not None for data in data_of(events, "tool.finished")] == [False, True, True, True, False]


async def test_no_tool_leaves_the_scope_of_the_question(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    other = await firm.owner.make_shelf("Other", grants=[firm.grants["member"]])
    document = await firm.owner.add(other, "other.md", "The seal of the Egret pump is green.")
    model.script = agent(
        [
            ("search_knowledge", {"query": "seal of the Egret pump green"}),
            ("read_document", {"document": document}),
            ("list_documents", {}),
            ("search_knowledge", {"query": "Egret", "knowledge_bases": ["Other"]}),
        ]
    )
    await ask(firm, QUESTION | {"scope": {"knowledge_base_ids": [pumps]}})
    assert "Egret" not in str(results(double)).replace("Egret pump green", "")
    assert "There are 2 such documents." in results(double)[2]


async def test_the_same_call_is_made_once(firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble) -> None:
    call = ("search_knowledge", {"query": "seal"})
    model.script = agent([call], [call, ("search_knowledge", {"query": "seal", "knowledge_bases": []})])
    events, _ = await ask(firm)
    assert len(data_of(events, "tool.called")) == 1
    assert all("this very call" in told for told in results(double)[1:])


async def test_it_comes_to_an_end(firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble) -> None:
    model.script = agent(*([("search_knowledge", {"query": f"seal {n}"})] for n in range(50)))
    events, answer = await ask(firm)
    assert events[-1].kind == "run.succeeded"
    assert len(data_of(events, "tool.called")) == 6
    last = double.answers[-1].body
    assert "tools" not in last
    assert [message["role"] for message in last["messages"]] == ["system", "user"]
    assert answer["message"]["citations"]
    double.forget()
    model.script = agent([("search_knowledge", {"query": f"seal {n}"}) for n in range(50)])
    events, _ = await ask(firm)
    assert len(data_of(events, "tool.called")) == 12
    assert len(double.answers) == 2


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (("search_knowledge", "{"), "does not take"),
        (("search_knowledge", "[1]"), "does not take"),
        (("search_knowledge", {"q": "seal"}), "does not take these arguments"),
        (("search_knowledge", {"query": "a\0b"}), "characters"),
        (("search_knowledge", {"query": "seal", "from": "2026-13-45"}), "2026-01-31"),
        (("delete_everything", {}), "no tool named"),
        (("read_document", {"passage": 4000}), "no passage of that number"),
        (("list_documents", {"next_page": "nonsense"}), "next_page"),
        (("calculate", {"expression": "__import__('os')"}), "Write numbers"),
    ],
)
async def test_what_makes_no_sense_is_said_to_the_model(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble, call: tuple[str, Any], sentence: str
) -> None:
    model.script = agent([call])
    events, _ = await ask(firm)
    assert events[-1].kind == "run.succeeded"
    [told] = results(double)
    assert sentence in told


async def test_a_server_without_tools_answers_as_before(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = "normal?refuse=tools"
    for requests in (2, 1):
        double.forget()
        events, answer = await ask(firm)
        assert events[-1].kind == "run.succeeded"
        assert answer["message"]["citations"]
        # It is not asked twice.
        assert len(double.answers) == requests
        assert "tools" not in double.answers[-1].body


async def test_what_it_says_before_a_call_is_kept_apart(firm: Company, pumps: str, model: ChosenScript) -> None:
    model.script = agent([("today", {})], before="One moment [1] [77]")
    events, answer = await ask(firm)
    text = answer["message"]["text"]
    assert text == fold(events).strip()
    assert text.startswith("One moment [1]\n\n")
    assert "77" not in text


async def test_steps_are_withheld_with_what_they_may_rest_on(
    firm: Company, valves: str, pumps: str, model: ChosenScript
) -> None:
    model.script = agent([("list_documents", {"name": "valves"})], [("search_knowledge", {"query": "Valve V7 closes"})])
    events, answer = await ask(firm)
    run = answer["run"]["id"]
    await firm.owner.patch(f"/documents/{valves}", {"restricted": True})
    after = await firm.member.get(f"/runs/{run}")
    assert after["message"]["text"].startswith("This answer rests on documents")
    steps = after["message"]["steps"]
    assert [step["withheld"] for step in steps] == [False, True]
    assert steps[1]["arguments"] == {}
    assert "valves" not in str([step["documents"] for step in steps])
    replayed = await firm.member.events(f"/runs/{run}/events")
    assert len(replayed) == len(events)
    assert "V7" not in str(replayed)
    assert valves not in str(replayed)
    assert fold(replayed) == after["message"]["text"]


async def test_words_taken_from_what_is_not_cited_go_with_it(firm: Company, valves: str, model: ChosenScript) -> None:
    """The model names a document without any marker; when its reader may no longer know it, the answer goes."""
    model.script = agent([("list_documents", {})], before="There is a file named valves.md.")
    _, answer = await ask(firm)
    assert "valves.md" in answer["message"]["text"]
    assert "valves.md" not in {each["document_name"] for each in answer["message"]["citations"]}
    await firm.owner.patch(f"/documents/{valves}", {"restricted": True})
    after = await firm.member.get(f"/runs/{answer['run']['id']}")
    shown = after["message"]["text"] + str(after["message"]["steps"])
    assert "valves.md" not in shown
    assert valves not in shown
    assert "valves.md" not in str(await firm.member.events(f"/runs/{answer['run']['id']}/events"))


async def test_rights_that_end_in_the_middle_end_for_the_next_call(
    firm: Company, valves: str, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    plan = agent([("read_document", {"document": valves}), ("search_knowledge", {"query": "Valve V7 closes"})])
    model.script = "dictated"
    double.dictate(f"{plan}&gate=0")
    async with firm.member.stream("/ask/stream", QUESTION) as stream:
        async for event in stream:
            if event.kind == "retrieval.finished":
                break
        await firm.owner.patch(f"/documents/{valves}", {"restricted": True})
        double.release()
        events = [event async for event in stream]
    read, searched = results(double)
    assert read == "There is no such document."
    assert "Valve" not in searched
    assert events[-1].kind == "run.succeeded"


async def test_an_account_that_is_closed_in_the_middle_uses_no_tool(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = "dictated"
    double.dictate(agent([("today", {}), ("list_documents", {})]) + "&gate=0")
    async with firm.member.stream("/ask/stream", QUESTION) as stream:
        run = (await anext(stream)).data["run_id"]
        await firm.admin.patch(f"/users/{firm.member.id}", {"active": False})
        double.release()
        with suppress(httpx2.HTTPError):
            async for _ in stream:
                pass
    await asyncio.sleep(0.2)
    assert len(double.answers) == 1
    await firm.admin.patch(f"/users/{firm.member.id}", {"active": True})
    assert (await firm.member.get(f"/runs/{run}"))["run"]["state"] == "failed"
