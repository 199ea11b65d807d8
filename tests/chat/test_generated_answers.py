"""Answers by a language model: grounded, checked, stopped, broken off and counted."""

import asyncio
import re
from typing import Any
from uuid import UUID

import pytest
from tests.doubles.openai_chat import SECRET, OpenAIDouble

from hub import Company, Event, Hub, fold
from nexus.chat import queries
from speaking import ChosenScript

QUESTION = {"question": "When is the seal of the Heron pump changed?"}


async def stored_events(hub: Hub, run: str) -> str:
    """Every event of the run as the database holds it."""
    async with hub.database() as db, db.read() as session:
        rows = await queries.events_after(session, UUID(run), 0, 10_000)
    return repr([(row.kind, row.data) for row in rows])


async def test_a_cited_answer_is_streamed_and_counted(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    events = await firm.member.events("/ask/stream", QUESTION)
    kinds = [event.kind for event in events]
    assert kinds[:2] == ["run.started", "retrieval.finished"]
    assert kinds[-1] == "run.succeeded"
    assert events[1].data["kind"] == "generated"
    answer = await firm.member.get(f"/runs/{events[0].data['run_id']}")
    run, message = answer["run"], answer["message"]
    assert (run["kind"], run["model"], run["state"]) == ("generated", "openai-compatible/normal", "succeeded")
    assert message["text"] == fold(events).strip()
    assert re.findall(r"\[\d+\]", message["text"]) == ["[1]", "[2]"]
    assert [c["number"] for c in message["citations"]] == [1, 2]
    assert {c["document_name"] for c in message["citations"]} == {"seal.md", "oil.md"}
    for citation in message["citations"]:
        assert citation["quote"].startswith("The seal of the Heron pump is")
    assert run["input_tokens"] > 50
    assert run["output_tokens"] > 10
    assert run["usage_estimated"] is False
    assert events[-1].data["usage"] == {"input_tokens": run["input_tokens"], "output_tokens": run["output_tokens"]}
    assert run["created_at"] <= run["first_token_at"] <= run["finished_at"]
    [request] = double.answers
    sent = str(request.body)
    assert "<passage number=" in sent
    assert QUESTION["question"] in sent


async def test_a_citation_comes_before_the_words_that_carry_its_marker(firm: Company, pumps: str) -> None:
    events = await firm.member.events("/ask/stream", QUESTION)
    cited: set[int] = set()
    for event in events:
        if event.kind == "citation.added":
            cited.add(event.data["number"])
        elif event.kind == "text.delta":
            assert {int(n) for n in re.findall(r"\[(\d+)\]", event.data["text"])} <= cited


@pytest.mark.parametrize("script", ["invented", "invented?cut=char"])
async def test_invented_markers_never_reach_anybody(
    firm: Company, pumps: str, model: ChosenScript, speaking_hub: Hub, script: str
) -> None:
    model.script = script
    events = await firm.member.events("/ask/stream", QUESTION)
    answer = await firm.member.get(f"/runs/{events[0].data['run_id']}")
    said = [fold(events), answer["message"]["text"]]
    assert all("This is known" in text for text in said)
    for text in (*said, await stored_events(speaking_hub, answer["run"]["id"])):
        assert "[9]" not in text
        assert "[42]" not in text


async def test_what_is_not_in_the_documents_is_not_asked_of_the_model(
    firm: Company, pumps: str, double: OpenAIDouble
) -> None:
    answer = await firm.member.post("/ask", {"question": "Welches Zeppelinmuseum öffnet sonntags?"})
    assert answer["message"]["text"] == "Die Dokumente, die Sie lesen dürfen, beantworten diese Frage nicht."
    assert answer["message"]["citations"] == []
    assert double.answers == []


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ("status?code=500", "server-error"),
        ("status?code=429", "rate-limited"),
        ("status?code=401", "rejected"),
        ("html", "malformed"),
        ("empty", "empty"),
    ],
)
async def test_a_failure_before_the_first_word_is_a_clear_end(
    firm: Company, pumps: str, model: ChosenScript, speaking_hub: Hub, script: str, code: str
) -> None:
    model.script = script
    events = await firm.member.events("/ask/stream", QUESTION)
    assert events[-1].kind == "run.failed"
    assert events[-1].data["code"] == code
    assert events[-1].data["message_id"] is None
    assert "text.delta" not in [event.kind for event in events]
    answer = await firm.member.get(f"/runs/{events[0].data['run_id']}")
    assert answer["message"] is None
    run = answer["run"]
    assert (run["state"], run["failure_code"], run["failure"]) == ("failed", code, events[-1].data["detail"])
    assert run["failure"].endswith(".")
    assert SECRET not in await stored_events(speaking_hub, run["id"]) + run["failure"]
    # The question stays and can be asked again.
    model.script = "normal"
    again = await firm.member.post(f"/runs/{run['id']}/regenerate", status=201)
    assert (await firm.member.events(f"/runs/{again['id']}/events"))[-1].kind == "run.succeeded"


async def test_a_refusal_that_passes_is_not_noticed(firm: Company, pumps: str, model: ChosenScript) -> None:
    model.script = "status?code=503&times=1"
    assert (await firm.member.post("/ask", QUESTION))["run"]["state"] == "succeeded"


@pytest.mark.parametrize("fault", ["die", "stop", "malformed", "error"])
async def test_a_failure_in_the_middle_keeps_what_was_said(
    firm: Company, pumps: str, model: ChosenScript, fault: str
) -> None:
    model.script = f"normal?rate=200&{fault}=14"
    events = await firm.member.events("/ask/stream", QUESTION)
    assert events[-1].kind == "run.failed"
    answer = await firm.member.get(f"/runs/{events[0].data['run_id']}")
    run, message = answer["run"], answer["message"]
    assert run["state"] == "failed"
    assert run["failure_code"] == events[-1].data["code"]
    assert message["text"] == fold(events).strip()
    assert len(message["text"]) > 20
    assert events[-1].data["message_id"] == message["id"] == run["answer_id"]
    markers = {int(n) for n in re.findall(r"\[(\d+)\]", message["text"])}
    assert {c["number"] for c in message["citations"]} == markers
    assert run["output_tokens"] > 0
    assert run["usage_estimated"] is True
    # It is replayed as it was.
    assert await firm.member.events(f"/runs/{run['id']}/events") == events


async def test_stopping_keeps_the_text_and_closes_the_connection_upstream(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = "words?rate=100&tokens=100000"
    me = firm.member
    async with me.stream("/ask/stream", QUESTION) as stream:
        seen: list[Event] = []
        async for event in stream:
            seen.append(event)
            if event.kind == "text.delta" and len(fold(seen)) > 40:
                break
        run = seen[0].data["run_id"]
        await firm.owner.post(f"/runs/{run}/cancel", status=404)
        stopped = await me.post(f"/runs/{run}/cancel", status=202)
        assert stopped["state"] == "cancelled"
        seen += [event async for event in stream]
    assert seen[-1].kind == "run.cancelled"
    answer = await me.get(f"/runs/{run}")
    assert answer["message"]["text"] == fold(seen).strip()
    assert answer["message"]["text"].startswith("word0 word1 word2")
    assert answer["run"]["usage_estimated"] is True
    assert answer["run"]["output_tokens"] > 0
    [request] = double.answers
    await asyncio.wait_for(asyncio.wrap_future(request.ended), 5)
    assert request.disconnected
    assert await me.events(f"/runs/{run}/events") == seen
    assert (await me.post(f"/runs/{run}/cancel", status=202))["state"] == "cancelled"


async def test_leaving_does_not_stop_it_and_watchers_see_the_same(
    firm: Company, pumps: str, model: ChosenScript
) -> None:
    model.script = "words?rate=150&tokens=120"
    me = firm.member
    async with me.stream("/ask/stream", QUESTION) as stream:
        run = (await anext(stream)).data["run_id"]
    # Gone after the first event; it goes on.
    watching = [asyncio.create_task(me.events(f"/runs/{run}/events")) for _ in range(3)]
    first = await watching[0]
    assert first[-1].kind == "run.succeeded"
    assert fold(first).split() == [f"word{n}" for n in range(120)]
    # Deltas were gathered: far fewer events than tokens.
    assert len(first) < 70
    for watcher in watching[1:]:
        assert await watcher == first


async def test_coming_back_in_the_middle_loses_and_repeats_nothing(
    firm: Company, pumps: str, model: ChosenScript
) -> None:
    model.script = "words?rate=150&tokens=120"
    me = firm.member
    run = (await me.post("/runs", QUESTION, 201))["id"]
    seen: list[Event] = []
    turns = 0
    while not seen or seen[-1].kind != "run.succeeded":
        turns += 1
        assert turns < 200
        async with me.stream(f"/runs/{run}/events", after=seen[-1].number if seen else None) as stream:
            count = 0
            async for event in stream:
                seen.append(event)
                count += 1
                if count == 3:
                    break
    assert turns > 5
    assert [event.number for event in seen] == list(range(1, len(seen) + 1))
    assert fold(seen).split() == [f"word{n}" for n in range(120)]


async def test_a_second_answer_waits_for_the_first(firm: Company, pumps: str, model: ChosenScript) -> None:
    model.script = "words?hang=5&rate=100"
    run = (await firm.member.post("/runs", QUESTION, 201))["id"]
    await firm.member.post(f"/runs/{run}/regenerate", status=409)
    await firm.member.post(f"/runs/{run}/cancel", status=202)
    model.script = "normal"
    again = await firm.member.post(f"/runs/{run}/regenerate", status=201)
    assert (await firm.member.events(f"/runs/{again['id']}/events"))[-1].kind == "run.succeeded"


async def test_deleting_the_conversation_stops_its_answer(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = "words?rate=100&tokens=100000"
    async with firm.member.stream("/ask/stream", QUESTION) as stream:
        started = await anext(stream)
        async for event in stream:
            if event.kind == "text.delta":
                break
        await firm.member.delete(f"/conversations/{started.data['conversation_id']}")
        kinds = [event.kind async for event in stream]
    assert kinds[-1] == "run.cancelled"
    await firm.member.get(f"/runs/{started.data['run_id']}", 404)
    await asyncio.wait_for(asyncio.wrap_future(double.answers[0].ended), 5)


async def test_the_model_is_told_the_branch_above(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    first = await firm.member.post("/ask", QUESTION)
    conversation = first["run"]["conversation_id"]
    await firm.member.post("/ask", {"question": "seal of the Heron pump oiled?", "conversation_id": conversation})
    messages: list[dict[str, Any]] = double.answers[-1].body["messages"]
    assert [message["role"] for message in messages] == ["system", "user", "assistant", "user"]
    assert messages[1]["content"] == QUESTION["question"]
    assert messages[2]["content"] == first["message"]["text"]
