"""With a language model a question that follows others is searched as it would stand alone."""

from tests.doubles.openai_chat import OpenAIDouble

from hub import Company
from speaking import ChosenScript

FIRST = "When is the seal of the Heron pump changed?"


async def ask(firm: Company, question: str, conversation: str | None = None) -> dict[str, str]:
    body = {"question": question} | ({"conversation_id": conversation} if conversation else {})
    events = await firm.member.events("/ask/stream", body)
    found = next(event.data for event in events if event.kind == "retrieval.finished")
    return {"conversation": events[0].data["conversation_id"], "rewritten": found.get("rewritten", "")}


async def test_what_it_leaves_out_is_put_in_and_shown(firm: Company, pumps: str, double: OpenAIDouble) -> None:
    first = await ask(firm, FIRST)
    assert first["rewritten"] == ""
    second = await ask(firm, "And when is it oiled?", first["conversation"])
    assert second["rewritten"] == f"{FIRST.rstrip('?')}: when is it oiled?"
    # The model answers the question that was asked.
    asked = [str(one.body["messages"][-1]["content"]) for one in double.requests if not one.aside]
    assert asked[-1].startswith("And when is it oiled?")


async def test_a_question_that_stands_alone_stays(firm: Company, pumps: str) -> None:
    first = await ask(firm, FIRST)
    assert (await ask(firm, "When is the Heron pump oiled?", first["conversation"]))["rewritten"] == ""


async def test_without_help_of_the_model_it_is_searched_all_the_same(
    firm: Company, pumps: str, model: ChosenScript
) -> None:
    first = await ask(firm, FIRST)
    model.script = "status?code=400&times=1"
    body = {"question": "And how often is it oiled?", "conversation_id": first["conversation"]}
    answer = await firm.member.post("/ask", body)
    assert answer["run"]["state"] == "succeeded"
    assert answer["message"]["citations"]


async def test_what_was_said_of_a_document_that_is_closed_now_is_not_told(
    firm: Company, pumps: str, double: OpenAIDouble
) -> None:
    first = await ask(firm, FIRST)
    await firm.owner.delete(f"/knowledge-bases/{pumps}/grants/user/{firm.member.id}")
    double.forget()
    await ask(firm, "And when is it oiled?", first["conversation"])
    assert double.requests
    assert all("6000" not in str(one.body) for one in double.requests)
