"""A plan, many searches, one report: through the API, with a model double over the real protocol."""

import asyncio
import itertools
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.doubles.openai_chat import OpenAIDouble

from hub import PATIENCE, Company, Event, Hub, Person, fold
from nexus.core.settings import load_settings
from nexus.research.gathering import Reply, read_reply
from nexus.research.planning import read_plan
from nexus.research.researcher import Researcher
from nexus.research.work import Limits
from speaking import ChosenScript

QUESTION = {"question": "When is the seal of the Heron pump changed? How often is the seal oiled?"}


def data_of(events: list[Event], kind: str) -> list[dict[str, Any]]:
    return [event.data for event in events if event.kind == kind]


async def run_through(me: Person, research: Any, plan: Any = None) -> tuple[list[Event], Any]:
    plan = plan or [{"heading": part["heading"], "question": part["question"]} for part in research["plan"]]
    run = await me.post(f"/research/{research['id']}/start", {"plan": plan}, 201)
    events = await me.events(f"/runs/{run['id']}/events")
    return events, await me.get(f"/runs/{run['id']}")


async def test_a_plan_is_made_edited_and_becomes_a_report(firm: Company, pumps: str, double: OpenAIDouble) -> None:
    me = firm.member
    research = await me.post("/research", QUESTION, 201)
    assert research["state"] == "planned"
    assert [part["question"] for part in research["plan"]] == [
        "When is the seal of the Heron pump changed?",
        "How often is the seal oiled?",
    ]
    plan = [
        {"heading": "Oil", "question": "How often is the seal oiled?"},
        {"heading": "Change", "question": "When is the seal of the Heron pump changed?"},
    ]
    events, answer = await run_through(me, research, plan)
    assert events[-1].kind == "run.succeeded"
    message, run = answer["message"], answer["run"]
    assert (run["mode"], run["kind"], run["state"]) == ("research", "generated", "succeeded")
    assert message["text"] == fold(events).strip()
    lines = message["text"].splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# About When is the",
        "## Summary",
        "## Oil",
        "## Change",
    ]
    assert message["citations"]
    assert {citation["document_name"] for citation in message["citations"]} == {"seal.md", "oil.md"}
    assert message["findings"]
    assert not [each for each in message["findings"] if each["doubt"]]
    assert [(step["part"], step["name"]) for step in message["steps"]] == [
        (1, "search_knowledge"),
        (1, "search_knowledge"),
        (2, "search_knowledge"),
        (2, "search_knowledge"),
    ]
    [planned] = data_of(events, "research.planned")
    assert [part["state"] for part in planned["plan"]] == ["waiting", "waiting"]
    assert [(each["number"], each["state"]) for each in data_of(events, "research.step")] == [
        (1, "running"),
        (1, "done"),
        (2, "running"),
        (2, "done"),
    ]
    # Whatever the model was asked for counts: plan, two parts (read once or twice), summary, two sections.
    usages = [
        request for request in double.requests if not request.body["messages"][0]["content"].startswith("You name")
    ]
    # The title, which is named beside it, counts as well when it has come.
    assert run["input_tokens"] >= sum(
        len(message["content"].split()) for request in usages for message in request.body["messages"]
    )
    listed = await me.get(f"/conversations/{research['conversation_id']}/research")
    [shown] = listed["items"]
    assert shown["state"] == "finished"
    assert [(part["heading"], part["state"]) for part in shown["plan"]] == [("Oil", "done"), ("Change", "done")]
    assert all(part["found"] for part in shown["plan"])
    # It is an answer like any other.
    messages = (await me.get(f"/conversations/{research['conversation_id']}/messages"))["items"]
    assert [each["role"] for each in messages] == ["user", "assistant"]
    response = await me.call("GET", f"/messages/{message['id']}/export", params={"format": "docx"})
    assert response.status_code == 200
    assert await me.events(f"/runs/{run['id']}/events") == events


async def begin(me: Person, question: dict[str, Any] = QUESTION) -> tuple[Any, str]:
    """A research under way, and its run."""
    research = await me.post("/research", question, 201)
    plan = [{"heading": part["heading"], "question": part["question"]} for part in research["plan"]]
    return research, (await me.post(f"/research/{research['id']}/start", {"plan": plan}, 201))["id"]


async def until_done(me: Person, run: str, number: int) -> None:
    """Until so many parts are finished."""
    async with me.stream(f"/runs/{run}/events") as stream:
        async for event in stream:
            if event.kind == "research.step" and event.data == event.data | {"number": number, "state": "done"}:
                return
    raise AssertionError("the run ended before")


async def until_asked(double: OpenAIDouble) -> None:
    for _ in itertools.count():
        if double.requests:
            return
        await asyncio.sleep(0.01)


async def test_without_a_language_model_it_says_where_to_add_one(company: Company) -> None:
    refused = await company.owner.post("/research", QUESTION, 409)
    assert "Administration, Models" in refused["detail"]
    assert (await company.owner.get("/conversations"))["items"] == []


async def test_a_plan_that_cannot_be_read_is_made_from_the_question(firm: Company, pumps: str) -> None:
    question = {"question": "Is this unreadable? How often is the seal oiled?"}
    research = await firm.member.post("/research", question, 201)
    assert [part["question"] for part in research["plan"]] == ["Is this unreadable?", "How often is the seal oiled?"]
    assert [part["heading"] for part in research["plan"]] == ["Is this unreadable?", "How often is the seal oiled?"]


@pytest.mark.parametrize(
    ("reply", "questions"),
    [
        ("", ["Why?"]),
        ("{" * 5000, ["Why?"]),
        ('Of {all} plans: {"parts": [{"question": "What?"}]} is {best}.', ["What?"]),
        ('{"parts": [{"question": "What\\u0000?"}]}', ["What ?"]),
        ('{"parts": [{"question": "What\\ud800?"}]}', ["Why?"]),
        ('{"parts": "none"}', ["Why?"]),
        ('{"parts": [{"heading": 3}, {"question": "What?"}, {"question": "What?", "heading": "Again"}, 7]}', ["What?"]),
        (
            '{"parts": [{"heading": "![x](https://evil.example)", "question": "See //evil.example/?q=1 [1] <b>"}]}',
            ["See 1 b"],
        ),
        ('{"title": "T", "parts": [' + ",".join(f'{{"question": "Q{n}?"}}' for n in range(20)) + "]}", None),
    ],
)
def test_whatever_a_model_replies_there_is_a_plan(reply: str, questions: list[str] | None) -> None:
    plan = read_plan(reply, "Why?")
    found = [part.question for part in plan.parts]
    assert found == (questions or [f"Q{n}?" for n in range(8)])
    assert all(part.heading and "evil.example" not in part.heading for part in plan.parts)
    assert plan.title


async def test_it_fails_and_goes_on_from_what_is_finished(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    me = firm.member
    model.script = "normal?rate=60"
    research, run = await begin(me)
    await until_done(me, run, 1)
    model.script = "status?code=500"
    events = await me.events(f"/runs/{run}/events")
    assert events[-1].kind == "run.failed"
    shown = await me.get(f"/research/{research['id']}")
    assert (shown["state"], [part["state"] for part in shown["plan"]]) == ("stopped", ["done", "waiting"])
    assert await me.post(f"/research/{research['id']}/start", {"plan": [{"heading": "H", "question": "Q?"}]}, 409)
    model.script = "normal"
    double.forget()
    again = await me.post(f"/research/{research['id']}/continue", status=201)
    events = await me.events(f"/runs/{again['id']}/events")
    assert events[-1].kind == "run.succeeded"
    [planned] = data_of(events, "research.planned")
    assert [part["state"] for part in planned["plan"]] == ["done", "waiting"]
    read = [each for each in double.requests if each.body["messages"][0]["content"].startswith("You read for")]
    assert all("oiled" in each.body["messages"][-1]["content"].splitlines()[0] for each in read)
    answer = await me.get(f"/runs/{again['id']}")
    assert {step["part"] for step in answer["message"]["steps"]} == {1, 2}
    assert "## Part 1" in answer["message"]["text"]
    refused = await me.post(f"/research/{research['id']}/continue", status=409)
    assert "finished" in refused["detail"]


async def test_it_is_stopped_and_only_one_goes_on_at_a_time(firm: Company, pumps: str, model: ChosenScript) -> None:
    me = firm.member
    other = await me.post("/research", QUESTION, 201)
    model.script = "normal?rate=20"
    research, run = await begin(me)
    plan = {"plan": [{"heading": "H", "question": "How often is the seal oiled?"}]}
    refused = await me.post(f"/research/{other['id']}/start", plan, 409)
    assert "under way" in refused["detail"]
    await me.post(f"/research/{other['id']}/continue", status=409)
    await me.post(f"/research/{research['id']}/continue", status=409)
    await me.post(f"/runs/{run}/cancel", status=202)
    assert (await me.get(f"/research/{research['id']}"))["state"] == "stopped"
    model.script = "normal"
    events, _ = await run_through(me, other, plan["plan"])
    assert events[-1].kind == "run.succeeded"


async def test_what_is_closed_meanwhile_is_not_in_the_report(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    me = firm.member
    shelf = await firm.owner.make_shelf("Costs", grants=[firm.grants["member"]])
    await firm.owner.add(shelf, "secret-cost.md", "The seal of the Heron pump costs 4711 pounds at Quartzmoth.")
    model.script = "normal?rate=60"
    question = {"question": "What does the seal of the Heron pump cost? How often is the seal oiled?"}
    research, run = await begin(me, question)
    await until_done(me, run, 1)
    double.forget()
    await firm.owner.delete(f"/knowledge-bases/{shelf}/grants/user/{me.id}")
    model.script = "normal"
    events = await me.events(f"/runs/{run}/events")
    assert events[-1].kind == "run.succeeded"
    asked = [each for each in double.requests if "You write" in each.body["messages"][0]["content"]]
    assert asked
    assert not [each for each in asked if "4711" in str(each.body)]
    answer = await me.get(f"/runs/{run}")
    listed = await me.get(f"/conversations/{research['conversation_id']}/messages")
    again = await me.events(f"/runs/{run}/events")
    for shown in (answer, listed, again, await me.get(f"/research/{research['id']}")):
        assert "4711" not in str(shown)
        assert "secret-cost" not in str(shown)
    # What it searched for after it had read may hold what is closed now.
    steps = answer["message"]["steps"]
    assert [step["withheld"] for step in steps if step["part"] == 1] == [False, True]


async def test_when_everything_is_closed_it_says_that_nothing_was_found(
    firm: Company, pumps: str, model: ChosenScript
) -> None:
    me = firm.member
    model.script = "normal?rate=60"
    _, run = await begin(me)
    await until_done(me, run, 1)
    await firm.owner.delete(f"/knowledge-bases/{pumps}/grants/user/{me.id}")
    model.script = "normal"
    await me.events(f"/runs/{run}/events")
    answer = await me.get(f"/runs/{run}")
    assert answer["run"]["state"] == "succeeded"
    assert answer["message"]["text"] == "The documents you may read do not answer this question."
    assert "6000" not in str(answer)


async def test_a_colleague_sees_no_report_on_what_is_closed_to_them(firm: Company, pumps: str) -> None:
    me = firm.member
    research = await me.post("/research", QUESTION, 201)
    await run_through(me, research)
    share = await me.post(f"/conversations/{research['conversation_id']}/shares", {}, 201)
    seen = (await firm.stranger.get(f"/shared/{share['id']}/messages", limit=3))["items"]
    assert [message["withheld"] for message in seen] == [False, True]
    assert "6000" not in str(seen)
    await firm.stranger.get(f"/research/{research['id']}", 404)
    await firm.stranger.post(f"/research/{research['id']}/continue", status=404)


async def test_a_run_has_limits_and_another_one_goes_on(firm: Company, pumps: str, speaking_hub: Hub) -> None:
    me = firm.member
    resources = speaking_hub.app.state.resources
    researcher = resources[Researcher]
    try:
        resources[Researcher] = replace(researcher, limits=Limits(searches=3))
        research = await me.post("/research", QUESTION, 201)
        events, answer = await run_through(me, research)
        assert events[-1].data["code"] == "research-limit"
        assert "kept" in answer["run"]["failure"]
        resources[Researcher] = replace(researcher, limits=Limits(seconds=0.0))
        run = await me.post(f"/research/{research['id']}/continue", status=201)
        assert (await me.events(f"/runs/{run['id']}/events"))[-1].data["code"] == "research-limit"
    finally:
        resources[Researcher] = researcher
    run = await me.post(f"/research/{research['id']}/continue", status=201)
    assert (await me.events(f"/runs/{run['id']}/events"))[-1].kind == "run.succeeded"


@pytest.mark.embedded("copies SQLite's file; servers that die elsewhere: tests/e2e/test_chaos.py")
async def test_another_process_goes_on_where_one_died(
    firm: Company, pumps: str, model: ChosenScript, speaking_hub: Hub, double: OpenAIDouble, tmp_path: Path
) -> None:
    me = firm.member
    model.script = "normal?rate=30"
    research, run = await begin(me)
    await until_done(me, run, 1)
    database = speaking_hub.settings.data_dir / "nexus.db"
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(tmp_path / "nexus.db")) as target:
        source.backup(target)
    await me.post(f"/runs/{run}/cancel", status=202)
    successor = ChosenScript(double.base_url)
    with Hub(load_settings(data_dir=tmp_path, _env_file=None), language_model=successor) as hub:
        async with hub.client() as client:
            again = Person(client, me.email, me.id)
            shown = await again.get(f"/research/{research['id']}")
            assert (shown["state"], shown["run"]["failure_code"]) == ("stopped", "interrupted")
            assert "kept" in shown["run"]["failure"]
            went_on = await again.post(f"/research/{research['id']}/continue", status=201)
            events = await asyncio.wait_for(again.events(f"/runs/{went_on['id']}/events"), 20)
            assert events[-1].kind == "run.succeeded"
            assert [part["state"] for part in data_of(events, "research.planned")[0]["plan"]] == ["done", "waiting"]


async def test_a_follow_up_is_planned_with_the_questions_before(
    firm: Company, pumps: str, double: OpenAIDouble
) -> None:
    me = firm.member
    first = await me.post("/ask", {"question": "When is the seal of the Heron pump changed?"})
    question = {"question": "And how often oiled?", "conversation_id": first["run"]["conversation_id"]}
    research = await me.post("/research", question, 201)
    assert research["plan"][0]["question"].startswith("When is the seal of the Heron pump changed:")
    _, answer = await run_through(me, research)
    assert answer["run"]["conversation_id"] == first["run"]["conversation_id"]
    messages = (await me.get(f"/conversations/{answer['run']['conversation_id']}/messages"))["items"]
    assert messages[2]["parent_id"] == messages[1]["id"]
    assert messages[3]["parent_id"] == messages[2]["id"]


async def test_what_was_not_found_is_said_and_not_doubted(firm: Company, pumps: str) -> None:
    question = {"question": "When is the seal of the Heron pump changed? Is the unanswerable part 4711 known?"}
    research = await firm.member.post("/research", question, 201)
    _, answer = await run_through(firm.member, research)
    text = answer["message"]["text"]
    assert text.endswith(
        "## What could not be found\n\nThe documents you may read hold nothing on:\n\n"
        "- Part 2: Is the unanswerable part 4711 known?"
    )
    assert answer["message"]["findings"]
    assert not [each for each in answer["message"]["findings"] if each["doubt"]]
    found = [part["found"] for part in (await firm.member.get(f"/research/{research['id']}"))["plan"]]
    assert found[0] > 0
    assert found[1] == 0


async def test_whoever_hangs_up_while_the_plan_is_made_leaves_nothing(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    me = firm.member
    model.script = "normal?rate=40"
    asking = asyncio.create_task(me.post("/research", QUESTION, 201))
    async with asyncio.timeout(PATIENCE):
        await until_asked(double)
    asking.cancel()
    await asyncio.wait((asking,))
    await asyncio.to_thread(double.requests[0].ended.result, 20)
    model.script = "normal"
    await me.post("/research", QUESTION, 201)
    assert len((await me.get("/conversations"))["items"]) == 1


def test_a_reply_of_passages_is_read_however_it_writes_numbers() -> None:
    assert read_reply('{"useful": [2, "3", true, -1, 1e3, "9999999"], "searches": ["a", "", 4, "a"]}') == Reply(
        [2, 3], ["a"]
    )
    assert read_reply("Passages 1 and 2.") == Reply(None, [])
