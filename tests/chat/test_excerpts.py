"""What a model is given of the documents: neighbouring passages as one, quoted exactly, nothing twice; and hints."""

import re
from typing import Any

from tests.doubles.openai_chat import OpenAIDouble

from hub import Company
from speaking import ChosenScript

QUESTION = {"question": "When is the seal of the Marabu press changed?"}
_FILLING = "The press of the second hall is looked after by the crew of the early shift, who write down what they see. "
_SEAL = "The seal of the Marabu press is changed every 6000 hours."


def manual(name: str = "Marabu") -> str:
    """Of several passages: what is asked for stands in one of them, and the next goes on about it."""
    before = "\n\n".join(_FILLING * 5 for _ in range(4))
    return f"{before}\n\n{_SEAL} {_FILLING * 4}\n\nThe old one is burned. {_FILLING * 4}\n\n{before}".replace(
        "Marabu", name
    )


def given(double: OpenAIDouble) -> list[str]:
    """The passages of the first prompt."""
    prompt = str(double.answers[0].body["messages"][-1]["content"])
    return re.findall(r'<passage number="\d+"[^>]*>\n(.*?)\n</passage>', prompt, re.DOTALL)


async def text_of(firm: Company, document: str) -> str:
    return (await firm.owner.get(f"/documents/{document}/text"))["text"]


async def test_neighbours_are_one_passage_to_the_letter(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    document = await firm.owner.add(pumps, "press.md", manual())
    answer = await firm.member.post("/ask", QUESTION)
    told, whole = given(double), await text_of(firm, document)
    [own] = [each for each in told if _SEAL in each]
    assert "The old one is burned." in own
    assert own.removeprefix(own.partition("\n")[0]).strip() in whole or own in whole
    cited = [each for each in answer["message"]["citations"] if each["document_id"] == document]
    for citation in cited:
        assert citation["quote"] == whole[citation["start"] : citation["end"]]
    assert any(citation["quote"] == _SEAL for citation in cited)


async def test_copies_of_a_document_are_told_once(firm: Company, pumps: str, double: OpenAIDouble) -> None:
    for name in ("press.md", "press (copy).md", "old/press.md"):
        await firm.owner.add(pumps, name, manual())
    await firm.member.post("/ask", QUESTION)
    everything = "\n".join(given(double))
    assert everything.count(_SEAL) == 1
    assert everything.count("The old one is burned.") == 1


async def test_a_copy_that_may_not_be_read_takes_nothing_away(firm: Company, pumps: str, double: OpenAIDouble) -> None:
    hidden = await firm.owner.add(await firm.owner.make_shelf("Hidden"), "press.md", manual())
    open_one = await firm.owner.add(pumps, "press.md", manual())
    answer: dict[str, Any] = await firm.member.post("/ask", QUESTION)
    assert "\n".join(given(double)).count(_SEAL) == 1
    cited = {each["document_id"] for each in answer["message"]["citations"]}
    assert open_one in cited
    assert hidden not in cited


async def test_the_answer_says_what_was_preferred(firm: Company, pumps: str) -> None:
    asked = {"question": "When is the seal of the Heron pump changed in Pumps?"}
    events = await firm.member.events("/ask/stream", asked)
    [found] = [event.data for event in events if event.kind == "retrieval.finished"]
    assert found["hints"] == ["Pumps"]
    hidden = await firm.owner.make_shelf("Hidden things")
    await firm.owner.add(hidden, "a.md", "The seal is hidden.")
    asked = {"question": "When is the seal of the Heron pump changed in hidden things?"}
    events = await firm.member.events("/ask/stream", asked)
    [found] = [event.data for event in events if event.kind == "retrieval.finished"]
    assert "hints" not in found
