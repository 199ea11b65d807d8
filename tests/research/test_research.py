"""A plan, many searches, one report: through the API, with a model double over the real protocol."""

from typing import Any

import pytest

from doubles.openai_chat import OpenAIDouble
from hub import Company, Event, Hub, Person, fold
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
    assert run["input_tokens"] == sum(
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
