"""Questions about the whole: counted, listed and looked through exactly, with a language model and without."""

from typing import Any

import pytest
from tests.doubles.openai_chat import OpenAIDouble, agent

from hub import Company, Event, fold
from nexus.chat.rendering import UNAVAILABLE_QUOTE
from speaking import ChosenScript


def steps_of(events: list[Event]) -> list[dict[str, Any]]:
    called = {event.data["id"]: event.data for event in events if event.kind == "tool.called"}
    return [called[event.data["id"]] | event.data for event in events if event.kind == "tool.finished"]


async def ask(company: Company, question: str, **scope: Any) -> tuple[str, list[Event], dict[str, Any]]:
    events = await company.member.events("/ask/stream", {"question": question, "scope": scope})
    answer = await company.member.get(f"/runs/{events[0].data['run_id']}")
    assert events[-1].kind == "run.succeeded"
    assert fold(events).strip() == answer["message"]["text"]
    return answer["message"]["text"], events, answer


@pytest.fixture
async def library(company: Company) -> dict[str, str]:
    """Three documents that the member may read, and one beside them that the member may not."""
    shelf = await company.owner.make_shelf("Pumps", grants=[company.grants["member"]])
    hidden = await company.owner.make_shelf("Vault")
    texts = {
        "seal.md": "# Seals\n\nThe seal of the Heron\npump is changed by the crew. A heron is a bird.",
        "oil.md": "# Oil\n\nThe bearing is oiled weekly.",
        "data.csv": "part,price\nHeron,12\nHeronry,4\n",
    }
    ids = {name: (await company.owner.upload(shelf, name, text))["id"] for name, text in texts.items()}
    await company.owner.settle(shelf)
    ids["secret.md"] = await company.owner.add(hidden, "secret.md", "The Heron pump is recalled.")
    return ids | {"shelf": shelf, "hidden": hidden}


async def test_documents_are_counted(company: Company, library: dict[str, str]) -> None:
    text, events, answer = await ask(company, "How many documents are there?")
    assert text == "You may read 3 documents."
    [step] = steps_of(events)
    assert (step["name"], step["found"], step["covered"]) == ("count_documents", 3, [3, 3])
    assert answer["message"]["steps"][0]["covered"] == [3, 3]
    assert (await ask(company, "Wie viele Dokumente gibt es?"))[0] == "Sie dürfen 3 Dokumente lesen."
    assert (await ask(company, "How many spreadsheets do we have?"))[0] == "You may read 1 spreadsheet."
    assert (await ask(company, "How many documents are in Pumps?"))[0] == "You may read 3 documents in “Pumps”."
    assert "nothing of that kind" in (await ask(company, "How many presentations are there?"))[0]
    scoped, _, _ = await ask(company, "How many documents are there?", media_types=["text/csv"])
    assert scoped == "You may read 1 document."


async def test_places_that_may_not_be_known_are_as_those_that_do_not_exist(
    company: Company, library: dict[str, str]
) -> None:
    hidden, events, _ = await ask(company, "How many documents are in Vault?")
    missing, _, _ = await ask(company, "How many documents are in Nowhere?")
    assert hidden == missing
    assert steps_of(events) == []


async def test_documents_are_listed_and_open_where_they_begin(company: Company, library: dict[str, str]) -> None:
    text, _, answer = await ask(company, "List all documents in Pumps")
    opening, *lines = text.split("\n\n")
    assert opening == "You may read 3 documents in “Pumps”."
    assert [line.rpartition(" ")[2] for line in lines] == ["[1]", "[2]", "[3]"]
    cited = answer["message"]["citations"]
    assert [each["document_name"] for each in cited] == ["data.csv", "oil.md", "seal.md"]
    assert cited[2]["quote"]
    # What is closed later is taken back alone.
    await company.owner.patch(f"/documents/{library['oil.md']}", {"restricted": True})
    later = await company.member.get(f"/runs/{answer['run']['id']}")
    assert later["message"]["text"].split("\n\n")[2] == f"{UNAVAILABLE_QUOTE} [2]"
    assert "oil" not in later["message"]["text"].casefold() + str(later["message"]["steps"])
    assert (await ask(company, "List all documents"))[0].startswith("You may read 2 documents.")


async def test_mentions_are_found_in_whole_texts(company: Company, library: dict[str, str]) -> None:
    text, events, answer = await ask(company, 'Which documents mention "heron pump"?')
    assert text.startswith("“heron pump” stands in 1 of the 3 documents that were looked through.")
    [cited] = answer["message"]["citations"]
    assert cited["document_name"] == "seal.md"
    assert "Heron" in cited["quote"]
    [step] = steps_of(events)
    assert (step["found"], step["covered"]) == (1, [3, 3])
    # Whole words, in any case, however often.
    text, _, answer = await ask(company, "Welche Dokumente erwähnen HERON?")
    assert text.startswith("„HERON“ steht in 2 von 3 durchgesehenen Dokumenten.")
    assert {each["document_name"] for each in answer["message"]["citations"]} == {"seal.md", "data.csv"}
    assert "2-mal" in text
    assert "secret" not in text


async def test_a_tool_that_is_taken_away_answers_nothing(company: Company, library: dict[str, str]) -> None:
    await company.admin.put("/tools/count_documents", {"roles": []})
    text, events, _ = await ask(company, "How many documents are there?")
    assert "You may read 3" not in text
    assert steps_of(events) == []


async def test_what_has_no_text_is_counted_and_told(company: Company, library: dict[str, str]) -> None:
    await company.owner.upload(library["shelf"], "broken.pdf", b"%PDF-1.7 nothing of it is true")
    await company.owner.settle(library["shelf"])
    text, _, _ = await ask(company, "How many documents are there?")
    assert text == ("You may read 4 documents.\n\n1 of them have no text: they are still being read, or could not be.")


async def test_names_make_no_markup(company: Company) -> None:
    shelf = await company.owner.make_shelf("Odd", grants=[company.grants["member"]])
    await company.owner.add(shelf, "![x](http:__attacker.invalid_p.png) [7].md", "Text of an odd name.")
    text, _, _ = await ask(company, "List all documents")
    assert "](" not in text
    assert "[7]" not in text


async def test_a_model_counts_lists_and_finds(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    hidden = await firm.owner.make_shelf("Hidden")
    await firm.owner.add(hidden, "vault.md", "The seal of the Heron pump is a secret.")
    model.script = agent(
        [
            ("count_documents", {}),
            ("count_documents", {"by": "kind"}),
            ("count_documents", {"by": "knowledge_base"}),
            ("count_documents", {"by": "year", "kind": "pdf"}),
            ("count_documents", {"by": "department"}),
            ("count_documents", {"knowledge_base": "Hidden"}),
            ("count_documents", {"department": "Nowhere"}),
            ("list_documents", {"kind": "text", "name": "oil"}),
            ("find_mentions", {"words": "6000 hours"}),
        ]
    )
    question = {"question": "When is the seal of the Heron pump changed?"}
    events = await firm.member.events("/ask/stream", question)
    told = [message["content"] for message in double.answers[-1].body["messages"] if message["role"] == "tool"]
    assert told[0] == "There are 2 such documents that the asker may read."
    assert told[1].endswith("text: 2")
    assert told[2].endswith("Pumps: 2")
    assert told[3] == "There are 0 such documents that the asker may read."
    assert told[4].endswith("none: 2")
    assert "no knowledge base of that name" in told[5]
    assert "no department of that name" in told[6]
    assert "oil.md" in told[7]
    assert told[8].startswith("1 documents have these words, of 2 that were looked through")
    assert "seal.md" in told[8]
    assert 'passage number="' in told[8]
    assert "vault" not in str(told)
    assert [step["covered"] for step in steps_of(events) if not step["failed"]][-1] == [2, 2]


async def test_a_model_is_asked_about_the_whole_where_no_passage_fits(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    question = {"question": "How many contracts does the Kestrel archive of Wellington hold?"}
    model.script = agent([("count_documents", {})], before="I know it by heart.")
    events = await firm.member.events("/ask/stream", question)
    # It is heard from the moment at which it has found something.
    assert "by heart" not in fold(events)
    assert len(double.answers) == 2
    double.forget()
    model.script = "words"
    events = await firm.member.events("/ask/stream", question)
    assert fold(events).startswith("The documents you may read do not answer")
    double.forget()
    await firm.member.events("/ask/stream", {"question": "Who painted the ceiling of the Wellington opera house?"})
    assert double.answers == []


async def test_what_was_counted_for_one_is_not_shown_to_the_readers_of_a_share(
    company: Company, library: dict[str, str]
) -> None:
    text, _, answer = await ask(company, "How many documents are there?")
    conversation = answer["run"]["conversation_id"]
    link = (await company.member.post(f"/conversations/{conversation}/shares", {}, 201))["id"]
    shared = await company.owner.read_pages(f"/shared/{link}/messages", limit=3)
    assert text not in str(shared)
