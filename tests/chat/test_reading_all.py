"""A question about all documents: each is read, what is found is cited, and what was not read is said."""

import asyncio
import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from tests.doubles.openai_chat import OpenAIDouble, agent

from hub import PATIENCE, Company, Event, fold
from nexus.agents.findings import TOLD, Line, condense, parse_lines
from nexus.agents.passages import Shelf, Shown
from nexus.agents.reading import ReadingLimits, reading_tool
from nexus.knowledge.queries import Passage
from nexus.providers.llm.base import LlmError
from speaking import ChosenScript

ASKED = {"question": "Give me an overview of all documents: what is done to the Heron pump?"}
WISH = {"question": "What is done to the Heron pump?"}


def reading(**given: Any) -> str:
    return agent([("read_all_documents", WISH | given)])


def told(double: OpenAIDouble) -> list[str]:
    return [message["content"] for message in double.answers[-1].body["messages"] if message["role"] == "tool"]


def read_alone(double: OpenAIDouble) -> list[str]:
    """What the model was shown of each document."""
    asked = [request.body["messages"] for request in double.requests]
    return [each[-1]["content"] for each in asked if each[0]["content"].startswith("You read one document")]


@pytest.fixture
async def hidden(firm: Company, pumps: str) -> str:
    shelf = await firm.owner.make_shelf("Hidden")
    return await firm.owner.add(shelf, "vault.md", "The seal of the Heron pump is a secret of Kestrel.")


async def ask(company: Company) -> tuple[str, list[Event], dict[str, Any]]:
    events = await company.member.events("/ask/stream", ASKED)
    answer = await company.member.get(f"/runs/{events[0].data['run_id']}")
    assert events[-1].kind == "run.succeeded", events[-1].data
    assert fold(events).strip() == answer["message"]["text"]
    return answer["message"]["text"], events, answer


async def test_every_document_is_read_and_cited(
    firm: Company, pumps: str, hidden: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = reading()
    text, events, answer = await ask(firm)
    assert len(read_alone(double)) == 2
    [said] = told(double)
    assert said.startswith("2 of the 2 documents that the asker may read were read; 2 say something.")
    # What rests on nothing, or on a passage that is not there, is not told.
    assert "Everybody knows" not in said
    assert "[99]" not in said
    assert "oil: oil The seal of the Heron pump is oiled every week" in said
    assert "vault" not in said + str(answer) + str(read_alone(double))
    assert text.endswith("Read for this answer: all 2 documents that you may read.")
    progress = [event.data["covered"] for event in events if event.kind == "tool.progress"]
    assert progress == [[0, 2], [1, 2], [2, 2]]
    [step] = answer["message"]["steps"]
    assert (step["found"], step["covered"]) == (2, [2, 2])
    assert {each["title"] for each in step["documents"]} == {"seal", "oil"}
    # The model's calls are the answer's cost.
    assert answer["run"]["input_tokens"] > sum(len(each.split()) for each in read_alone(double))
    # What is closed afterwards is taken back with all that was found in it.
    [oil] = [each["id"] for each in step["documents"] if each["title"] == "oil"]
    await firm.owner.patch(f"/documents/{oil}", {"restricted": True})
    later = await firm.member.get(f"/runs/{answer['run']['id']}")
    assert "oil" not in str(later["message"])


async def test_findings_are_cited_by_numbers_of_their_own(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    # The double cites what it is shown, also the findings of the note.
    model.script = agent([("read_all_documents", WISH)], before="")
    _, _, answer = await ask(firm)
    cited = {each["document_name"]: each["quote"] for each in answer["message"]["citations"]}
    assert cited.keys() <= {"seal.md", "oil.md"}
    assert all("Heron" in quote for quote in cited.values())


async def test_what_is_not_asked_about_is_not_read(
    firm: Company, pumps: str, hidden: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = agent(
        [
            ("read_all_documents", WISH | {"knowledge_base": "Hidden"}),
            ("read_all_documents", WISH | {"knowledge_base": "Nowhere"}),
            ("read_all_documents", WISH | {"name": "oil"}),
            ("read_all_documents", {"question": "What is unanswerable?", "kind": "text"}),
        ]
    )
    text, _, _ = await ask(firm)
    closed, missing, oil, nothing = told(double)
    assert closed == missing
    assert oil.startswith("1 of the 1 documents")
    assert nothing.startswith("2 of the 2 documents that the asker may read were read; 0 say something.")
    assert len(read_alone(double)) == 3
    assert "the one document in question" in text


async def test_what_has_no_text_is_no_part_of_the_whole(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    await firm.owner.upload(pumps, "broken.pdf", b"%PDF-1.7 nothing of it is true")
    await firm.owner.settle(pumps)
    model.script = reading()
    text, _, answer = await ask(firm)
    assert text.endswith(
        "Read for this answer: 2 of 3 documents that you may read. Not the whole, because: "
        "1 without a text (still being read, or not readable)."
    )
    assert "This is not the whole: say so." in told(double)[0]
    assert answer["message"]["steps"][0]["covered"] == [2, 3]


async def test_a_document_closed_meanwhile_is_not_told_of(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was read by the model, and closed before anything was made of it."""
    from nexus.agents import reading as tool

    read = tool.read_passages
    wax = await firm.owner.add(pumps, "wax.md", "The Heron pump is waxed in spring.")
    ours = asyncio.get_running_loop()
    closed: list[str] = []

    async def slowly(*arguments: Any) -> list[Line]:
        found = await read(*arguments)
        if "waxed" in str(arguments):
            closing = firm.owner.patch(f"/documents/{wax}", {"restricted": True})
            closed.append(await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(closing, ours)))
        return found

    monkeypatch.setattr(tool, "read_passages", slowly)
    model.script = reading()
    text, _, answer = await ask(firm)
    assert len(closed) == 1
    assert told(double)[0].startswith("2 of the 2 documents")
    assert "wax" not in told(double)[0]
    assert "waxed" not in str(answer["message"])
    assert text.endswith("all 2 documents that you may read.")


async def test_a_model_that_fails_while_reading_is_told_of(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nexus.agents import reading as tool

    read = tool.read_passages

    async def fails(*arguments: Any) -> list[Line]:
        if "oiled" in str(arguments):
            raise LlmError("timeout", "The model took too long.")
        return await read(*arguments)

    monkeypatch.setattr(tool, "read_passages", fails)
    model.script = reading()
    text, _, _ = await ask(firm)
    assert "Read for this answer: 1 of 2 documents" in text
    assert "1 for which the language model did not answer" in text


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (ReadingLimits(documents=1), "1 of 2 documents that you may read. Not the whole, because: 1 beyond what one"),
        (ReadingLimits(seconds=-1.0), "0 of 2 documents that you may read. Not the whole, because: 2 not reached in"),
    ],
)
async def test_a_limit_is_kept_and_told(
    firm: Company,
    pumps: str,
    model: ChosenScript,
    double: OpenAIDouble,
    monkeypatch: pytest.MonkeyPatch,
    limits: ReadingLimits,
    reason: str,
) -> None:
    tool = reading_tool(limits)
    monkeypatch.setattr("nexus.agents.toolbox.reading_tool", lambda _: tool)
    model.script = reading()
    text, _, _ = await ask(firm)
    assert reason in text
    assert len(read_alone(double)) == int(reason[0])


async def test_a_reading_is_stopped(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nexus.agents import reading as tool

    begun, ended = threading.Event(), threading.Event()

    async def hangs(*_: Any) -> list[Line]:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    monkeypatch.setattr(tool, "read_passages", hangs)
    model.script = reading()
    run = await firm.member.post("/runs", ASKED, 201)
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    await firm.member.post(f"/runs/{run['id']}/cancel", status=202)
    assert await asyncio.to_thread(ended.wait, PATIENCE)
    answer = await firm.member.events(f"/runs/{run['id']}/events")
    assert answer[-1].kind == "run.cancelled"


async def test_without_a_model_it_says_that_it_needs_one(company: Company) -> None:
    shelf = await company.owner.make_shelf("Pumps", grants=[company.grants["member"]])
    await company.owner.add(shelf, "seal.md", "The seal of the Heron pump is changed.")
    answer = (await company.member.post("/ask", {"question": "Summarise everything"}))["message"]["text"]
    assert answer.startswith("A summary of all documents needs a language model")
    assert answer.endswith("You may read 1 document.")
    answer = (await company.member.post("/ask", {"question": "Fasse alle Dokumente in Pumps zusammen"}))["message"]
    assert answer["text"].startswith("Eine Zusammenfassung aller Dokumente braucht ein Sprachmodell")
    assert answer["text"].endswith("Sie dürfen 1 Dokument in „Pumps“ lesen.")


def test_only_what_rests_on_a_passage_is_a_finding() -> None:
    reply = "Here it is:\n- It is oiled [1, 3].\n* Nobody knows [7].\nTwo [2][7]\n[1]\nNOTHING"
    assert parse_lines(reply, range(1, 4)) == [Line("It is oiled [1][3].", (1, 3)), Line("Two [2]", (2,))]


async def test_many_findings_are_condensed_or_counted() -> None:
    lines = [Line(f"{'word ' * 40}[{number}]", (number,)) for number in range(1, 400)]

    class Reader:
        left = 1000

        async def ask(self, _: str, text: str) -> str:
            raise LlmError("timeout", "The model took too long.")

    reader: Any = Reader()
    kept, untold = await condense(reader, "What?", lines)
    assert sum(len(line.text) + 1 for line in kept) <= TOLD
    assert (len(kept) + untold, kept[0]) == (399, lines[0])

    async def halve(_: str, text: str) -> str:
        return "\n".join(text.partition("<findings>\n")[2].partition("\n</findings>")[0].splitlines()[::2])

    reader.ask = halve
    kept, untold = await condense(reader, "What?", lines)
    assert untold == 0
    assert len(kept) == 101


def test_what_is_shown_after_a_note_of_it_is_shown_again() -> None:
    """To a model that is told everything at once, when it may use no more tools."""

    def passage(number: int) -> Shown:
        chunk: Any = SimpleNamespace(id=UUID(int=number), text=f"text {number}", context="", start=0, page=1)
        version, moment = SimpleNamespace(pages=[]), datetime(2026, 1, 1, tzinfo=UTC)
        document = SimpleNamespace(id=UUID(int=number), title="t", name="n", modified_at=moment)
        return Shown(
            Passage(chunk, cast("Any", document), cast("Any", version), cast("Any", None)), 0.1, cast("Any", None)
        )

    shelf = Shelf(cast("Any", None))
    assert shelf.put([passage(1)]) == [1]
    assert shelf.put_noted([passage(1), passage(2), passage(3)]) == [1, 2, 3]
    assert [number for number, _ in shelf.to_show()] == [1]
    assert shelf.put([passage(3)]) == [3]
    assert shelf.put_noted([passage(2), passage(3)]) == [2, 3]
    assert [number for number, _ in shelf.to_show()] == [1, 3]
