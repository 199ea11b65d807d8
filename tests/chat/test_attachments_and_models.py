"""Files of a conversation and a language model: it is told what they are, and no tool takes it to anybody else's."""

import json

from tests.doubles.openai_chat import OpenAIDouble, agent

from attaching import ask, attach, begin, send_file, settled
from hub import Company, Person
from speaking import ChosenScript

SECRET = "The password of the Quillmoth vault is marmalade."
QUESTION = "What is the password of the Quillmoth vault?"


def told(double: OpenAIDouble) -> str:
    """All that the model has ever been told."""
    return "\n".join(json.dumps(each.body, ensure_ascii=False) for each in double.requests)


async def minutes(person: Person) -> tuple[str, str]:
    conversation = await begin(person)
    text = "# Minutes\n\n" + "\n\n".join(
        f"## Item {n}\n\n" + f"The board of Leeds weighed matter {n} with care and came to no end of it. " * 12
        for n in range(40)
    )
    return conversation, await attach(person, conversation, "minutes.md", text)


async def test_a_model_is_shown_how_a_file_begins_whatever_is_asked(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    conversation, document = await minutes(firm.member)
    broken = await send_file(firm.member, conversation, "broken.pdf", b"%PDF-1.7 no")
    await settled(firm.member, conversation)
    answer = await ask(firm.member, conversation, "Please give me a summary", attachment_ids=[document, broken["id"]])
    assert answer["run"]["kind"] == "generated"
    assert document in {one["document_id"] for one in answer["message"]["citations"]}
    asked = double.answers[-1].body["messages"][-1]["content"]
    assert "The board of Leeds weighed matter 0" in asked
    assert f"- minutes.md: document {document}" in asked
    assert "- broken.pdf: could not be read" in asked
    # The beginning is not the whole.
    assert "matter 39" not in asked
    assert len(asked.split()) < 4000
    assert [one["name"] for one in answer["message"]["left_out"]] == ["broken.pdf"]


async def test_its_tools_read_on_in_the_file(firm: Company, model: ChosenScript, double: OpenAIDouble) -> None:
    conversation, document = await minutes(firm.member)
    model.script = agent(
        [("list_documents", {}), ("read_document", {"document": document, "part": 2})],
        [("search_knowledge", {"query": "matter 39", "knowledge_bases": ["Attached files"]})],
    )
    answer = await ask(firm.member, conversation, "What was the last matter?", attachment_ids=[document])
    listed, part, found = [m["content"] for m in double.answers[-1].body["messages"] if m["role"] == "tool"]
    assert "There are 1 such documents." in listed
    assert "minutes.md" in listed
    assert part.startswith("Part 2 of ")
    assert "matter 39" in found
    assert [step["failed"] for step in answer["message"]["steps"]] == [None, None, None]
    # Seen again later, as it was then.
    again = (await firm.member.get(f"/conversations/{answer['run']['conversation_id']}/messages"))["items"][-1]
    assert again["steps"] == answer["message"]["steps"]
    assert again["text"] == answer["message"]["text"]


async def test_no_tool_of_another_conversation_reaches_it(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    conversation = await begin(firm.member)
    document = await attach(firm.member, conversation, "vault.md", SECRET)
    for person in (firm.member, firm.owner, firm.admin):
        other = await begin(person)
        await attach(person, other, "own.md", "The seal of the Heron pump is red.")
        for where in (other, None):
            double.forget()
            model.script = agent(
                [
                    ("list_documents", {}),
                    ("list_documents", {"knowledge_base": "Attached files", "name": "vault"}),
                    ("read_document", {"document": document}),
                    ("search_knowledge", {"query": QUESTION}),
                    ("search_knowledge", {"query": QUESTION, "knowledge_bases": ["Attached files"]}),
                ]
            )
            answer = await ask(person, where, "When is the seal of the Heron pump changed?")
            assert "marmalade" not in told(double)
            assert "vault.md" not in told(double)
            assert "marmalade" not in str(answer)


async def test_what_a_model_said_of_it_is_withheld_from_readers_of_a_share(firm: Company, model: ChosenScript) -> None:
    conversation = await begin(firm.member)
    document = await attach(firm.member, conversation, "vault.md", SECRET)
    await send_file(firm.member, conversation, "broken-vault.pdf", b"%PDF-1.7 no")
    await settled(firm.member, conversation)
    await ask(firm.member, conversation, QUESTION, attachment_ids=[document])
    await ask(firm.member, conversation, "And what else?")
    link = (await firm.member.post(f"/conversations/{conversation}/shares", {}, 201))["id"]
    for person in (firm.owner, firm.admin):
        messages = await person.read_pages(f"/shared/{link}/messages", limit=5)
        assert [one["withheld"] for one in messages] == [False, True, False, True]
        copy = (await person.post(f"/shared/{link}/continue", {}, 201))["id"]
        seen = str(messages) + str(await person.get(f"/conversations/{copy}/messages"))
        assert "marmalade" not in seen
        assert "vault.pdf" not in seen
        assert "vault.md" not in seen
    mine = (await firm.member.get(f"/conversations/{conversation}/messages"))["items"]
    assert "marmalade" in mine[1]["text"]
    await firm.member.put(f"/messages/{mine[1]['id']}/feedback", {"rating": "down"}, 200)
    queue = str(await firm.admin.get("/feedback"))
    assert "marmalade" not in queue


async def test_removing_it_withdraws_what_was_said_of_it(firm: Company, model: ChosenScript) -> None:
    conversation = await begin(firm.member)
    document = await attach(firm.member, conversation, "vault.md", SECRET)
    answer = await ask(firm.member, conversation, QUESTION)
    assert "marmalade" in answer["message"]["text"]
    await firm.member.delete(f"/conversations/{conversation}/attachments/{document}")
    messages = str((await firm.member.get(f"/conversations/{conversation}/messages"))["items"])
    assert "marmalade" not in messages
    events = await firm.member.events(f"/runs/{answer['run']['id']}/events")
    assert "marmalade" not in str(events)
    assert "vault.md" not in str(events)


async def test_where_nothing_fits_and_nothing_is_attached_it_says_so(
    firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    await ask(firm.member, None, "Please give me a summary of giraffes")
    assert double.answers == []
