"""What a language model says beside its answers: titles of conversations, and what one might ask next."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from tests.doubles.openai_chat import OpenAIDouble

from hub import Company, Hub
from nexus.chat.asides import suggest_questions, suggest_title
from nexus.chat.models import Run
from nexus.providers.llm.base import LlmError
from nexus.providers.llm.fake import ScriptedModel
from speaking import ChosenScript

QUESTION = {"question": "When is the seal of the Heron pump changed?"}
SLOW = "normal?rate=20"


async def test_a_conversation_is_named_while_the_first_answer_is_given(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = SLOW
    events = await firm.member.events("/ask/stream", QUESTION)
    [titled] = [event for event in events if event.kind == "conversation.titled"]
    assert titled.data == {"title": "About When is the"}
    kinds = [event.kind for event in events]
    assert kinds.index("text.delta") < kinds.index("conversation.titled") < len(kinds) - 1
    conversation = events[0].data["conversation_id"]
    assert (await firm.member.get(f"/conversations/{conversation}"))["title"] == "About When is the"
    # The question alone is told: no passage can give a conversation its name.
    [asked] = [request for request in double.requests if request.aside]
    assert "6000" not in str(asked.body)
    assert await firm.member.events(f"/runs/{events[0].data['run_id']}/events") == events

    model.script = "normal"
    await firm.member.post("/ask", {**QUESTION, "conversation_id": conversation})
    await firm.member.post(f"/runs/{events[0].data['run_id']}/regenerate", status=201)
    assert len([request for request in double.requests if "You name conversations." in str(request.body)]) == 1


async def test_a_name_that_a_person_gave_stays(firm: Company, pumps: str, model: ChosenScript) -> None:
    model.script = "normal?rate=4"
    async with firm.member.stream("/ask/stream", QUESTION) as stream:
        seen = [await anext(stream)]
        conversation = seen[0].data["conversation_id"]
        await firm.member.patch(f"/conversations/{conversation}", {"title": "Seals"})
        seen += [event async for event in stream]
    assert "conversation.titled" not in [event.kind for event in seen]
    assert (await firm.member.get(f"/conversations/{conversation}"))["title"] == "Seals"


@pytest.mark.parametrize("script", ["normal", "normal?die=2", "status?code=400"])
async def test_a_late_name_or_none_harms_no_answer(firm: Company, pumps: str, model: ChosenScript, script: str) -> None:
    model.script = script
    events = await firm.member.events("/ask/stream", QUESTION)
    assert events[-1].kind in ("run.succeeded", "run.failed")
    assert [event.number for event in events] == list(range(1, len(events) + 1))


async def test_further_questions_are_asked_for_once(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    run = (await firm.member.post("/ask", QUESTION))["run"]["id"]
    wanted: dict[str, Any] = await firm.member.get(f"/runs/{run}/follow-ups")
    assert len(wanted["questions"]) == 2
    assert all(question.endswith("?") for question in wanted["questions"])
    told = len(double.requests)
    assert await firm.member.get(f"/runs/{run}/follow-ups") == wanted
    assert len(double.requests) == told
    await firm.owner.get(f"/runs/{run}/follow-ups", 404)
    await firm.stranger.get(f"/runs/{run}/follow-ups", 404)


async def test_further_questions_go_with_the_sources(firm: Company, pumps: str, model: ChosenScript) -> None:
    run = (await firm.member.post("/ask", QUESTION))["run"]["id"]
    assert (await firm.member.get(f"/runs/{run}/follow-ups"))["questions"]
    await firm.owner.delete(f"/knowledge-bases/{pumps}")
    assert (await firm.member.get(f"/runs/{run}/follow-ups"))["questions"] == []


async def test_quotations_have_no_further_questions(company: Company) -> None:
    shelf = await company.owner.make_shelf("Pumps", grants=[company.grants["member"]])
    await company.owner.add(shelf, "seal.md", "The seal of the Heron pump is changed after 6000 hours.")
    run = (await company.member.post("/ask", QUESTION))["run"]["id"]
    assert (await company.member.get(f"/runs/{run}/follow-ups"))["questions"] == []


async def test_what_is_asked_beside_an_answer_is_counted(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble, speaking_hub: Hub
) -> None:
    async def counted(run: str) -> Run:
        async with speaking_hub.database() as db, db.read() as session:
            found = await session.get(Run, UUID(run))
        assert found is not None
        return found

    first = (await firm.member.post("/ask", QUESTION))["run"]
    # The title may come after the answer.
    while (named := await counted(first["id"])).aside_calls == 0:  # noqa: ASYNC110 - the hub is in another thread
        await asyncio.sleep(0.02)
    assert named.aside_input_tokens > 0
    assert named.aside_output_tokens > 0
    # Nobody knows what the double's model costs.
    assert (named.aside_unpriced, named.aside_cost_nanousd) == (1, 0)
    # What the answer itself has cost is another thing.
    assert named.input_tokens == first["input_tokens"]
    await firm.member.get(f"/runs/{first['id']}/follow-ups")
    further = await counted(first["id"])
    assert further.aside_calls == 2
    assert further.aside_input_tokens > named.aside_input_tokens

    again = {"question": "And how often is it oiled?", "conversation_id": first["conversation_id"]}
    second = (await firm.member.post("/ask", again))["run"]
    assert (await counted(second["id"])).aside_calls == 1


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("Seal change of the Heron", "Seal change of the Heron"),
        ('"Heron seals."\nIt is changed after …', "Heron seals"),
        ("![x](https://evil.example/p.png?q=1) Seals", "! x ( Seals"),
        ("<img src=//evil.example/x> **Seals**", "img src= Seals"),
        ("javascript:alert(1) Seals", "Seals"),
        ("a" * 81, None),
        (" \n ", None),
    ],
)
async def test_a_title_is_a_few_plain_words(said: str, title: str | None) -> None:
    assert await suggest_title(ScriptedModel([said]), "When?") == title


async def test_questions_are_plain_and_few() -> None:
    said = "1. Who oils it?\n- When?\n* Who oils it?\nI suggest:\n3) Is http://evil.example/?q=1 good?\nHow?\nWhy?"
    assert await suggest_questions(ScriptedModel([said]), "when?", "Then.") == ["Who oils it?", "Is good?", "How?"]


async def test_a_model_that_fails_says_nothing() -> None:
    model = ScriptedModel(["Half a", LlmError("timeout", "Too late.")])
    assert await suggest_title(model, "When?") is None
    assert await suggest_questions(model, "When?", "Then.") == []
