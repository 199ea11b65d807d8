"""A question in an address, an answer as plain text."""

from hub import Company
from speaking import ChosenScript

QUESTION = "When is the seal of the Heron pump changed?"


async def test_the_text_is_the_answers(firm: Company, pumps: str, model: ChosenScript) -> None:
    model.script = "normal?rate=200"
    params = {"question": QUESTION, "knowledge_base_id": pumps}
    async with firm.member.client.stream(
        "GET", "/api/ask/tokens", headers=firm.member.headers, params=params
    ) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        pieces = [piece async for piece in answer.aiter_text()]
    assert len(pieces) > 2
    told = await firm.member.get(f"/runs/{answer.headers['x-nexus-run']}")
    assert "".join(pieces) == told["message"]["text"]
    assert told["run"]["conversation_id"] == answer.headers["x-nexus-conversation"]


async def test_a_conversation_goes_on(firm: Company, pumps: str) -> None:
    first = await firm.member.call("GET", "/ask/tokens", params={"question": QUESTION})
    conversation = first.headers["x-nexus-conversation"]
    params = {"question": "And when is it oiled?", "conversation_id": conversation}
    second = await firm.member.call("GET", "/ask/tokens", params=params)
    assert second.headers["x-nexus-conversation"] == conversation


async def test_a_failure_is_a_problem_before_the_first_word_and_in_brackets_after_it(
    firm: Company, pumps: str, model: ChosenScript
) -> None:
    model.script = "status?code=400"
    early = await firm.member.call("GET", "/ask/tokens", params={"question": QUESTION})
    assert (early.status_code, early.json()["code"]) == (503, "rejected")
    model.script = "normal?die=3"
    late = await firm.member.call("GET", "/ask/tokens", params={"question": QUESTION})
    assert late.status_code == 200
    assert late.text.endswith("[The connection to the language model broke off. Try again in a moment.]")


async def test_what_is_no_question_or_not_ones_own_is_refused(firm: Company, pumps: str) -> None:
    for params, status in (
        ({}, 422),
        ({"question": " "}, 422),
        ({"question": QUESTION, "conversation_id": pumps}, 404),
    ):
        assert (await firm.member.call("GET", "/ask/tokens", params=params)).status_code == status
    foreign = await firm.stranger.call("GET", "/ask/tokens", params={"question": QUESTION, "knowledge_base_id": pumps})
    assert foreign.status_code == 404


async def test_an_agent_may_answer(firm: Company, pumps: str) -> None:
    made = (await firm.owner.post("/agents", {"name": "Workshop", "grants": [firm.grants["member"]]}, 201))["id"]
    params = {"question": QUESTION, "agent_id": made}
    answer = await firm.member.call("GET", "/ask/tokens", params=params)
    shown = await firm.member.get(f"/conversations/{answer.headers['x-nexus-conversation']}")
    assert shown["agent_id"] == made
    assert (await firm.stranger.call("GET", "/ask/tokens", params=params)).status_code == 404
