"""Asking without a language model: quotations, conversations, and whose they are."""

from typing import Any

import pytest

from hub import Company, fold, told
from nexus.core.ids import new_id

LEAVE = "# Leave\n\nEverybody has 25 days of annual leave.\n\nUnused days expire in March.\n"
TRAVEL = "# Travel\n\nHotels in London cost 185 pounds at most.\n"
QUESTION = {"question": "days of annual leave"}
NOBODY_KNOWS = {"question": "Which zeppelin sings underwater?"}


@pytest.fixture
async def shelf(company: Company) -> str:
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
    await company.owner.upload(shelf, "travel.md", TRAVEL)
    await company.owner.add(shelf, "leave.md", LEAVE)
    return shelf


async def test_an_answer_quotes_and_cites(company: Company, shelf: str) -> None:
    answer = await company.member.post("/ask", QUESTION)
    run, message = answer["run"], answer["message"]
    assert (run["state"], run["kind"], run["model"]) == ("succeeded", "extractive", "")
    assert (run["input_tokens"], run["output_tokens"], run["usage_estimated"]) == (0, 0, False)
    assert run["answer_id"] == message["id"]
    assert message["parent_id"] == run["question_id"]
    assert message["role"] == "assistant"
    assert message["text"].startswith("> Everybody has 25 days of annual leave. [1]")
    citation = message["citations"][0]
    assert (citation["number"], citation["available"], citation["document_name"]) == (1, True, "leave.md")
    assert citation["quote"] == "Everybody has 25 days of annual leave."
    assert (citation["knowledge_base_name"], citation["superseded"]) == ("Rules", False)
    span = {"version_id": citation["version_id"], "start": citation["start"], "end": citation["end"]}
    text = await company.member.get(f"/documents/{citation['document_id']}/text", **span)
    assert text["text"] == citation["quote"]
    assert await company.member.get(f"/runs/{run['id']}") == answer


async def test_what_the_documents_do_not_hold_is_said_so(company: Company, shelf: str) -> None:
    for person in (company.member, company.stranger):
        answer = await person.post("/ask", NOBODY_KNOWS)
        assert answer["run"]["state"] == "succeeded"
        assert answer["message"]["text"] == "The documents you may read do not answer this question."
        assert answer["message"]["citations"] == []
    # What is answered in the documents of others sounds the same as what nobody answers.
    known = await company.stranger.post("/ask", QUESTION)
    assert known["message"]["text"] == answer["message"]["text"]


async def test_events_come_in_order_and_spell_the_message(company: Company, shelf: str) -> None:
    events = await company.member.events("/ask/stream", QUESTION)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    kinds = [event.kind for event in events]
    assert kinds[:3] == ["run.started", "retrieval.finished", "citation.added"]
    assert kinds[-2:] == ["text.delta", "run.succeeded"]
    assert set(kinds[2:-1]) == {"citation.added", "text.delta"}
    found = events[1].data
    assert found == {
        "knowledge_bases": 1,
        "searched": found["searched"],
        "passages": found["passages"],
        "confident": True,
        "kind": "extractive",
    }
    answer = await company.member.get(f"/runs/{events[0].data['run_id']}")
    assert fold(events) == answer["message"]["text"]
    assert events[-1].data["message_id"] == answer["message"]["id"]
    cited = [event.data for event in events if event.kind == "citation.added"]
    shown = answer["message"]["citations"]
    assert [(c["number"], c["document_id"], c["start"], c["quote"]) for c in cited] == [
        (c["number"], c["document_id"], c["start"], c["quote"]) for c in shown
    ]


async def test_a_conversation_is_a_tree(company: Company, shelf: str) -> None:
    me = company.member
    first = await me.post("/ask", QUESTION)
    conversation = first["run"]["conversation_id"]
    second = await me.post("/ask", {"question": "hotels in London", "conversation_id": conversation})
    branch = await me.post(
        "/ask", {"question": "unused days", "conversation_id": conversation, "parent_id": first["message"]["id"]}
    )
    messages = await me.read_pages(f"/conversations/{conversation}/messages", limit=2)
    assert [m["text"] for m in messages if m["role"] == "user"] == [
        QUESTION["question"],
        "hotels in London",
        "unused days",
    ]
    parents = {m["id"]: m["parent_id"] for m in messages}
    assert parents[first["run"]["question_id"]] is None
    assert parents[second["run"]["question_id"]] == first["message"]["id"]
    assert parents[branch["run"]["question_id"]] == first["message"]["id"]
    again = await me.post(f"/runs/{first['run']['id']}/regenerate", status=201)
    events = await me.events(f"/runs/{again['id']}/events")
    assert events[-1].kind == "run.succeeded"
    sibling = (await me.get(f"/runs/{again['id']}"))["message"]
    assert sibling["parent_id"] == first["message"]["parent_id"]
    assert sibling["text"] == first["message"]["text"]
    assert sibling["id"] != first["message"]["id"]


async def test_the_list_is_ones_own_latest_first(company: Company, shelf: str) -> None:
    me = company.member
    ids = [
        (await me.post("/ask", {"question": f"{n} days of annual leave " + "x" * 100}))["run"]["conversation_id"]
        for n in range(5)
    ]
    await company.owner.post("/ask", QUESTION)
    listed = await me.read_pages("/conversations", limit=2)
    assert [c["id"] for c in listed] == ids[::-1]
    assert all(0 < len(c["title"]) <= 80 for c in listed)
    await me.post("/ask", {**QUESTION, "conversation_id": ids[0]})
    assert (await me.get("/conversations"))["items"][0]["id"] == ids[0]
    await me.delete(f"/conversations/{ids[0]}")
    await me.delete(f"/conversations/{ids[0]}", 404)
    await me.get(f"/conversations/{ids[0]}/messages", 404)
    assert ids[0] not in [c["id"] for c in (await me.get("/conversations"))["items"]]


async def test_nobody_elses_conversation_or_run_exists(company: Company, shelf: str) -> None:
    answer = await company.member.post("/ask", QUESTION)
    run, conversation = answer["run"]["id"], answer["run"]["conversation_id"]
    own = (await company.owner.post("/ask", QUESTION))["run"]["conversation_id"]
    paths = [
        ("GET", "/runs/{}", run, None),
        ("GET", "/runs/{}/events", run, None),
        ("POST", "/runs/{}/cancel", run, None),
        ("POST", "/runs/{}/regenerate", run, None),
        ("GET", "/conversations/{}/messages", conversation, None),
        ("DELETE", "/conversations/{}", conversation, None),
    ]
    bodies: list[tuple[str, str, Any, dict[str, Any]]] = [
        ("POST", "/ask", conversation, {**QUESTION, "conversation_id": "{}"}),
        ("POST", "/ask/stream", conversation, {**QUESTION, "conversation_id": "{}"}),
        ("POST", "/runs", conversation, {**QUESTION, "conversation_id": "{}"}),
        ("POST", "/ask", answer["message"]["id"], {**QUESTION, "conversation_id": own, "parent_id": "{}"}),
        ("POST", "/ask", answer["message"]["id"], {**QUESTION, "parent_id": "{}"}),
        ("POST", "/ask", shelf, {**QUESTION, "scope": {"knowledge_base_ids": ["{}"]}}),
    ]
    for other in (company.owner, company.stranger, company.admin, company.operator, company.rival):
        for method, path, real, body in [*paths, *bodies]:
            if body and (own in str(body) or (path == "/ask" and "scope" in body)) and other is company.owner:
                continue
            seen = [
                told(
                    await other.call(
                        method,
                        path.format(row_id),
                        json=body and filled(body, str(row_id)),
                    )
                )
                for row_id in (real, new_id())
            ]
            assert seen[0] == seen[1], f"{method} {path}"
            assert seen[0][0] == 404, f"{method} {path}: {seen[0]}"
    # Nothing was stored on the way.
    assert (await company.stranger.get("/conversations"))["items"] == []
    assert (await company.member.get(f"/runs/{run}"))["run"]["state"] == "succeeded"


def filled(value: Any, row_id: str) -> Any:
    match value:
        case dict():
            return {key: filled(inner, row_id) for key, inner in value.items()}
        case list():
            return [filled(inner, row_id) for inner in value]
        case "{}":
            return row_id
        case _:
            return value


async def test_a_message_of_another_conversation_of_ones_own_is_no_parent(company: Company, shelf: str) -> None:
    one, other = [await company.member.post("/ask", QUESTION) for _ in range(2)]
    body = {**QUESTION, "conversation_id": one["run"]["conversation_id"], "parent_id": other["message"]["id"]}
    await company.member.post("/ask", body, 404)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": ""},
        {"question": " \n "},
        {"question": "x" * 8001},
        {"question": "Nul \x00 inside"},
        {"question": "x", "surprise": 1},
        {"question": "x", "conversation_id": "mine"},
        {"question": "x", "scope": {"modified_from": "2024-01-01T00:00:00"}},
        {"question": "x", "scope": {"everything": True}},
    ],
)
async def test_what_cannot_be_asked_is_refused_and_not_stored(company: Company, body: dict[str, Any]) -> None:
    for path in ("/ask", "/ask/stream", "/runs"):
        await company.member.post(path, body, 422)
    assert (await company.member.get("/conversations"))["items"] == []


async def test_half_a_character_is_refused(company: Company) -> None:
    headers = {"Content-Type": "application/json"}
    for body in (b'{"question": "\\ud800"}', b'{"question": "\xff"}', b"{", b"[]", b""):
        answer = await company.member.call("POST", "/ask", content=body, headers=headers)
        assert answer.status_code in {400, 422}, body
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("cursor", ["W10", "WyIyMDI0LTAxLTAxIiwgIjAxOTBjMGRlLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMCJd"])
async def test_a_made_up_cursor_is_refused(company: Company, shelf: str, cursor: str) -> None:
    conversation = (await company.member.post("/ask", QUESTION))["run"]["conversation_id"]
    await company.member.get("/conversations", 422, cursor=cursor)
    await company.member.get(f"/conversations/{conversation}/messages", 422, cursor=cursor)
