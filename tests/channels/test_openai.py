"""The official client of OpenAI's API asks Nexus, and understands its answers and its refusals."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from tests.doubles.openai_chat import OpenAIDouble

from hub import Company, Hub, Person
from nexus.core.ids import new_id
from speaking import ChosenScript

QUESTION = "When is the seal of the Heron pump changed?"


async def key_of(person: Person, *scopes: str) -> str:
    made = await person.post("/me/api-keys", {"name": "Program", "scopes": list(scopes)}, 201)
    return made["secret"]


@asynccontextmanager
async def client_with(hub: Hub, key: str) -> AsyncGenerator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{hub.url}/v1", api_key=key, max_retries=0, timeout=20) as client:
        yield client


@pytest.fixture
async def client(speaking_hub: Hub, firm: Company) -> AsyncGenerator[AsyncOpenAI]:
    async with client_with(speaking_hub, await key_of(firm.member, "ask")) as client:
        yield client


def said(question: str, *before: tuple[str, str]) -> Any:
    return [*({"role": role, "content": text} for role, text in before), {"role": "user", "content": question}]


async def test_models_are_listed_and_found(client: AsyncOpenAI) -> None:
    assert [model.id async for model in await client.models.list()] == ["nexus"]
    assert (await client.models.retrieve("nexus")).object == "model"
    with pytest.raises(openai.NotFoundError) as caught:
        await client.models.retrieve("gpt-4o")
    assert caught.value.code == "model_not_found"


async def test_agents_are_models(client: AsyncOpenAI, speaking_hub: Hub, firm: Company, pumps: str) -> None:
    valves = await firm.owner.make_shelf("Valves", grants=[firm.grants["member"]])
    wanted = {"name": "Workshop", "knowledge_base_ids": [valves], "grants": [firm.grants["group"]]}
    made = (await firm.owner.post("/agents", wanted, 201))["id"]
    hidden = (await firm.owner.post("/agents", {"name": "Hidden"}, 201))["id"]
    listed = {model.id: model.model_extra for model in (await client.models.list()).data}
    assert list(listed) == ["nexus", f"agent-{made}"]
    assert (listed[f"agent-{made}"] or {})["name"] == "Workshop"
    assert (await client.models.retrieve(f"agent-{made}")).id == f"agent-{made}"
    question = "When is the seal of the Heron pump changed?"
    everywhere = await client.chat.completions.create(model="nexus", messages=said(question))
    within = await client.chat.completions.create(model=f"agent-{made}", messages=said(question, ("user", "Hello.")))
    assert "[1]" in (everywhere.choices[0].message.content or "")
    assert "[1]" not in (within.choices[0].message.content or "")
    assert within.model == f"agent-{made}"
    for name in (f"agent-{hidden}", f"agent-{new_id()}", f"agent-{made.upper()}", "agent-"):
        for call in (client.models.retrieve(name), client.chat.completions.create(model=name, messages=said(question))):
            with pytest.raises(openai.NotFoundError) as refused:
                await call
            assert refused.value.code == "model_not_found"
            assert "Hidden" not in str(refused.value)


async def test_an_answer_comes_whole_with_its_places(client: AsyncOpenAI, pumps: str, firm: Company) -> None:
    answer = await client.chat.completions.create(model="nexus", messages=said(QUESTION))
    [choice] = answer.choices
    text = choice.message.content or ""
    assert choice.finish_reason == "stop"
    assert answer.usage
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    cited = [note.url_citation for note in choice.message.annotations or []]
    assert [text[each.start_index : each.end_index] for each in cited] == ["[1]", "[2]"]
    assert all("/knowledge/document/?id=" in each.url and "page 1" in each.title for each in cited)
    told = (answer.model_extra or {})["nexus"]
    message = (await firm.member.get(f"/runs/{told['run_id']}"))["message"]
    assert (message["text"], message["support"]) == (text, told["support"])
    assert [each["quote"] for each in told["citations"]] == [each["quote"] for each in message["citations"]]


async def test_an_answer_comes_in_pieces(client: AsyncOpenAI, pumps: str, model: ChosenScript) -> None:
    model.script = "normal?rate=200"
    whole = await client.chat.completions.create(model="nexus", messages=said(QUESTION))
    stream = await client.chat.completions.create(
        model="nexus", messages=said(QUESTION), stream=True, stream_options={"include_usage": True}
    )
    chunks = [chunk async for chunk in stream]
    texts = [choice.delta.content or "" for chunk in chunks for choice in chunk.choices]
    assert "".join(texts) == whole.choices[0].message.content
    assert len([text for text in texts if text]) > 2
    assert [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason] == ["stop"]
    assert chunks[-1].usage == whole.usage
    notes = [(choice.delta.model_extra or {}).get("annotations") for chunk in chunks for choice in chunk.choices]
    [cited] = [note for note in notes if note]
    assert [each["url_citation"]["title"] for each in cited] == [
        note.url_citation.title for note in whole.choices[0].message.annotations or []
    ]
    assert len({chunk.id for chunk in chunks}) == 1


async def test_the_model_is_told_what_was_said_before(client: AsyncOpenAI, pumps: str, double: OpenAIDouble) -> None:
    before = [("system", "Speak as a pirate."), ("user", "Which pump?"), ("assistant", "The Heron.")]
    await client.chat.completions.create(model="nexus", messages=said(QUESTION, *before))
    [sent] = [request for request in double.requests if not request.aside]
    roles = [(message["role"], message["content"]) for message in sent.body["messages"]]
    assert roles[1:4] == [("user", "Speak as a pirate."), ("user", "Which pump?"), ("assistant", "The Heron.")]
    assert [role for role, _ in roles].count("system") == 1, "an application's wishes outrank no rule of ours"


async def test_content_may_come_in_parts(client: AsyncOpenAI, pumps: str) -> None:
    parts: Any = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    answer = await client.chat.completions.create(model="nexus", messages=parts)
    assert "6000 hours" in (answer.choices[0].message.content or "")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"n": 2}, "unsupported_parameter"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, "unsupported_parameter"),
        ({"messages": said("", ("user", "x"))}, "invalid"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "invalid"),
        ({"messages": [{"role": "user", "content": "x" * 9000}]}, "invalid"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]}, None),
        ({"messages": []}, "invalid"),
        ({"messages": said("a\x00b")}, "invalid"),
    ],
)
async def test_what_cannot_be_answered_is_refused_in_the_clients_words(
    client: AsyncOpenAI, change: dict[str, Any], code: str | None
) -> None:
    wanted: dict[str, Any] = {"model": "nexus", "messages": said(QUESTION)} | change
    with pytest.raises(openai.BadRequestError) as caught:
        await client.chat.completions.create(**wanted)
    assert caught.value.code == (code or "unsupported_content")
    assert caught.value.type == "invalid_request_error"


async def test_unknown_models_and_keys_are_refused(client: AsyncOpenAI, speaking_hub: Hub, firm: Company) -> None:
    with pytest.raises(openai.NotFoundError):
        await client.chat.completions.create(model="gpt-4o", messages=said(QUESTION))
    async with client_with(speaking_hub, "sk-unknown") as nobody:
        with pytest.raises(openai.AuthenticationError) as caught:
            await nobody.chat.completions.create(model="nexus", messages=said(QUESTION))
        assert caught.value.code == "invalid_api_key"
    async with client_with(speaking_hub, await key_of(firm.member, "knowledge")) as reader:
        with pytest.raises(openai.PermissionDeniedError):
            await reader.chat.completions.create(model="nexus", messages=said(QUESTION))


async def test_a_failing_model_is_an_error_before_and_in_mid_answer(
    client: AsyncOpenAI, pumps: str, model: ChosenScript
) -> None:
    model.script = "status?code=400"
    with pytest.raises(openai.InternalServerError) as caught:
        await client.chat.completions.create(model="nexus", messages=said(QUESTION))
    assert (caught.value.status_code, caught.value.code) == (503, "rejected")
    model.script = "normal?die=3"
    stream = await client.chat.completions.create(model="nexus", messages=said(QUESTION), stream=True)
    with pytest.raises(openai.APIError, match="broke off"):
        async for _ in stream:
            pass


async def request_at(double: OpenAIDouble) -> None:
    while True:
        if double.requests:
            return
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("stream", [True, False])
async def test_hanging_up_stops_the_model_within_a_second(
    client: AsyncOpenAI, pumps: str, model: ChosenScript, double: OpenAIDouble, stream: bool
) -> None:
    model.script = "words?rate=20&tokens=100000" if stream else "normal?hang=0"
    asking = asyncio.ensure_future(
        client.chat.completions.create(model="nexus", messages=said(QUESTION), stream=stream)
    )
    if stream:
        answer: Any = await asking
        async for chunk in answer:
            if chunk.choices[0].delta.content:
                break
        await answer.close()
    else:
        await request_at(double)
        asking.cancel()
    [sent] = double.requests
    async with asyncio.timeout(1.0):
        await asyncio.wrap_future(sent.ended)
    assert sent.disconnected


async def test_nobody_is_told_what_they_may_not_read(speaking_hub: Hub, firm: Company, pumps: str) -> None:
    async with client_with(speaking_hub, await key_of(firm.stranger, "ask")) as client:
        answer = await client.chat.completions.create(model="nexus", messages=said(QUESTION))
    assert not answer.choices[0].message.annotations
    assert "6000" not in answer.model_dump_json()


async def test_errors_keep_their_form_for_those_without_a_client(speaking_hub: Hub) -> None:
    async with httpx2.AsyncClient(base_url=speaking_hub.url) as anybody:
        for answer in (await anybody.get("/v1/models"), await anybody.post("/v1/chat/completions", json={})):
            assert answer.status_code == 401
            assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
