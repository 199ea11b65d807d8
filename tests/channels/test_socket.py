"""One WebSocket: questions in, the messages of the protocol out, and no more than its owner may hear."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.doubles.openai_chat import OpenAIDouble
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hub import Company, Hub, Person
from nexus.core.ids import new_id
from nexus.identity.tokens import OperatorToken
from speaking import ChosenScript

QUESTION = "When is the seal of the Heron pump changed?"


class Talk:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self) -> dict[str, Any]:
        async with asyncio.timeout(10):
            return json.loads(await self.socket.recv())

    async def hear_until(self, kind: str) -> list[dict[str, Any]]:
        heard: list[dict[str, Any]] = []
        while not heard or heard[-1]["type"] != kind:
            heard.append(await self.hear())
        return heard


@asynccontextmanager
async def talking(hub: Hub, person: Person | None, **headers: str) -> AsyncGenerator[Talk]:
    if person is not None:
        token = hub.resource(OperatorToken).value
        headers |= {"Authorization": f"Bearer {token}", **person.headers}
    async with connect(f"{hub.url.replace('http', 'ws')}/api/ws", additional_headers=headers) as socket:
        talk = Talk(socket)
        if person is not None:
            assert await talk.hear() == {"type": "authenticated"}
        yield talk


def text_of(messages: list[dict[str, Any]]) -> str:
    return "".join(message["text"] for message in messages if message["type"] == "stream_chunk")


async def test_a_question_is_answered_in_the_protocols_words(
    speaking_hub: Hub, firm: Company, pumps: str, model: ChosenScript
) -> None:
    model.script = "normal?rate=200"
    async with talking(speaking_hub, firm.member) as talk:
        await talk.say(type="user_message", question=QUESTION, scope={"knowledge_base_ids": [pumps]})
        heard = await talk.hear_until("message_saved")
    kinds = [message["type"] for message in heard]
    assert kinds[:2] == ["stream_start", "sources"]
    assert kinds[-2:] == ["stream_end", "message_saved"]
    assert {"stream_chunk", "checked"} < set(kinds)
    assert [message["event"] for message in heard] == sorted(message["event"] for message in heard)
    told = await firm.member.get(f"/runs/{heard[0]['run_id']}")
    assert text_of(heard) == told["message"]["text"]
    assert heard[-1]["message_id"] == told["message"]["id"]
    cited = [each for message in heard if message["type"] == "sources" for each in message["citations"]]
    assert [each["quote"] for each in cited] == [each["quote"] for each in told["message"]["citations"]]


async def test_several_answers_at_once_and_one_is_stopped(
    speaking_hub: Hub, firm: Company, pumps: str, model: ChosenScript, double: OpenAIDouble
) -> None:
    model.script = "words?rate=20&tokens=100000"
    async with talking(speaking_hub, firm.member) as talk:
        for _ in range(2):
            await talk.say(type="user_message", question=QUESTION)
        runs = [(await talk.hear_until("stream_start"))[-1]["run_id"] for _ in range(2)]
        await talk.hear_until("stream_chunk")
        await talk.say(type="stop", run_id=runs[0])
        ended = (await talk.hear_until("stream_end"))[-1]
        assert (ended["run_id"], ended["state"]) == (runs[0], "cancelled")
        await talk.say(type="stop", run_id=runs[1])
        assert (await talk.hear_until("stream_end"))[-1]["run_id"] == runs[1]
    assert all(sent.disconnected for sent in double.answers)


async def test_hanging_up_ends_no_run_and_one_comes_back_for_the_rest(
    speaking_hub: Hub, firm: Company, pumps: str, model: ChosenScript
) -> None:
    model.script = "words?rate=50&tokens=60"
    async with talking(speaking_hub, firm.member) as talk:
        await talk.say(type="user_message", question=QUESTION)
        before = await talk.hear_until("stream_chunk")
    last = before[-1]
    async with talking(speaking_hub, firm.member) as talk:
        await talk.say(type="attach", run_id=last["run_id"], after=last["event"])
        rest = await talk.hear_until("message_saved")
    assert all(message["event"] > last["event"] for message in rest)
    told = await firm.member.get(f"/runs/{last['run_id']}")
    assert (text_of(before) + text_of(rest)).strip() == told["message"]["text"]


async def test_a_browser_signs_in_by_its_first_message(speaking_hub: Hub, firm: Company, pumps: str) -> None:
    made = await firm.member.post("/me/api-keys", {"name": "Socket", "scopes": ["ask"]}, 201)
    async with talking(speaking_hub, None) as talk:
        await talk.say(type="authenticate", token=made["secret"])
        assert await talk.hear() == {"type": "authenticated"}
        await talk.say(type="user_message", question=QUESTION)
        await talk.hear_until("message_saved")
        # A key that is revoked opens nothing any more, not even here.
        await firm.member.delete(f"/me/api-keys/{made['key']['id']}")
        await talk.say(type="user_message", question=QUESTION)
        heard = await talk.hear()
        assert (heard["type"], heard["code"]) == ("error", "not-authenticated")
        with pytest.raises(ConnectionClosed) as closed:
            await talk.hear()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4401


@pytest.mark.parametrize(
    "first", [{"type": "authenticate", "token": "nonsense"}, {"type": "user_message", "question": QUESTION}]
)
async def test_without_a_credential_nothing_is_heard(speaking_hub: Hub, first: dict[str, Any]) -> None:
    async with talking(speaking_hub, None) as talk:
        await talk.say(**first)
        assert (await talk.hear())["type"] == "error"
        with pytest.raises(ConnectionClosed):
            await talk.hear()


async def test_what_makes_no_sense_is_told_and_the_connection_stays(
    speaking_hub: Hub, firm: Company, pumps: str
) -> None:
    async with talking(speaking_hub, firm.member) as talk:
        for nonsense in ("{", "[]", '{"type":"dance"}', '{"type":"user_message"}', '{"type":"stop","run_id":"x"}'):
            await talk.socket.send(nonsense)
            heard = await talk.hear()
            assert (heard["type"], heard["code"]) == ("error", "invalid")
        await talk.socket.send(json.dumps({"type": "user_message", "question": "x" * 200_000}))
        assert (await talk.hear())["code"] == "too-large"
        await talk.say(type="user_message", question=QUESTION)
        await talk.hear_until("message_saved")


async def test_other_peoples_ids_are_as_unknown_ones(speaking_hub: Hub, firm: Company, pumps: str) -> None:
    theirs = (await firm.owner.post("/ask", {"question": QUESTION}))["run"]
    async with talking(speaking_hub, firm.member) as talk:
        for kind in ("attach", "stop"):
            answers: list[dict[str, Any]] = []
            for run_id in (theirs["id"], str(new_id())):
                await talk.say(type=kind, run_id=run_id)
                answers.append(await talk.hear())
            assert answers[0] == answers[1]
            assert answers[0]["code"] == "not-found"
        refused: list[dict[str, Any]] = []
        for conversation in (theirs["conversation_id"], str(new_id())):
            await talk.say(type="user_message", question=QUESTION, conversation_id=conversation)
            refused.append(await talk.hear())
        assert refused[0] == refused[1]
    async with talking(speaking_hub, firm.stranger) as talk:
        await talk.say(type="user_message", question=QUESTION, scope={"knowledge_base_ids": [pumps]})
        assert (await talk.hear())["code"] == "not-found"


async def test_who_is_deactivated_hears_no_more(
    speaking_hub: Hub, firm: Company, pumps: str, model: ChosenScript
) -> None:
    model.script = "words?rate=20&tokens=100000"
    async with talking(speaking_hub, firm.member) as talk:
        await talk.say(type="user_message", question=QUESTION)
        await talk.hear_until("stream_chunk")
        await firm.admin.patch(f"/users/{firm.member.id}", {"active": False})
        assert (await talk.hear_until("error"))[-1]["code"] == "not-authenticated"
