"""What every language model behind the port must do, adapter by adapter."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from tests.doubles.vendor_wire import WORDS, VendorDouble
from tests.doubles.vendors import VENDORS, config_of, double_of

from nexus.providers.llm.base import (
    ChatTurn,
    LanguageModel,
    LlmError,
    LlmRequest,
    LlmStream,
    ToolCall,
    ToolResult,
    ToolSpec,
)
from nexus.providers.llm.catalogue import build_model
from nexus.providers.llm.clients import CallOptions
from nexus.providers.llm.fake import Script, ScriptedModel

REQUEST = LlmRequest(
    system="Answer from the passages.",
    turns=[
        ChatTurn("user", "What colour is grass?"),
        ChatTurn("assistant", "Which grass?"),
        ChatTurn("user", "[1] Grass is green.\n[2] The sky is blue.\n\nWhat colour is grass?"),
    ],
)
ANSWER = "Grass is green [1]. The sky is blue [2]."

# What a model is to do, and how each adapter is brought to do it: the double by a model's name, the fake by its script.
SCRIPTS: dict[str, tuple[str, Script]] = {
    "answer": ("normal", ["Grass is", " green [1].", " The sky is blue [2]."]),
    "fine-grained": ("normal?cut=char&frame=7", list(ANSWER)),
    "endless": ("words?rate=500&tokens=1000000", [" word"] * 1_000_000),
    "empty": ("empty", []),
    "blank": ("blank", [" ", "\n"]),
    "refused": ("normal?refuse=bad", [LlmError("rejected", "The language model rejected the request.")]),
    "tool": ("tool", [ToolCall("call_1", "look_up", "{}")]),
    "tools": (
        "tools",
        lambda request: (
            ["The tools say ", " and ".join(turn.text for turn in request.turns if isinstance(turn, ToolResult))]
            if isinstance(request.turns[-1], ToolResult)
            else [ToolCall(f"call_{at}", "look_up", f'{{"word": "{word}"}}') for at, word in enumerate(WORDS)]
        ),
    ),
    "broken": ("normal?die=3", ["Grass", " is", " green", LlmError("unreachable", "The connection broke off.")]),
}
MakeModel = Callable[[str], LanguageModel]


@pytest.fixture(scope="module")
def doubles() -> Iterator[dict[str, VendorDouble]]:
    with contextlib.ExitStack() as stack:
        doubles = {form: double_of(form) for form in VENDORS}
        for double in doubles.values():
            stack.enter_context(double)
        yield doubles


@pytest.fixture(params=[*VENDORS, "scripted"])
async def make_model(request: pytest.FixtureRequest, doubles: dict[str, VendorDouble]) -> AsyncGenerator[MakeModel]:
    made: list[LanguageModel] = []

    def make(script: str) -> LanguageModel:
        name, steps = SCRIPTS[script]
        if request.param == "scripted":
            made.append(ScriptedModel(steps))
        else:
            config = config_of(request.param, doubles[request.param])
            made.append(build_model(config, name, options=CallOptions(backoff=0.01)))
        return made[-1]

    yield make
    for model in made:
        await model.aclose()


@dataclass
class Heard:
    stream: LlmStream
    deltas: list[str]
    error: LlmError | None = None

    @property
    def text(self) -> str:
        return "".join(self.deltas)


async def hear(model: LanguageModel, request: LlmRequest = REQUEST) -> Heard:
    async with model.stream(request) as stream:
        heard = Heard(stream, [])
        try:
            async for delta in stream:
                heard.deltas.append(delta)
        except LlmError as error:
            heard.error = error
        return heard


async def test_the_deltas_make_up_the_answer(make_model: MakeModel) -> None:
    heard = await hear(make_model("answer"))
    assert (heard.text, heard.error) == (ANSWER, None)


async def test_no_delta_is_empty_and_none_is_lost_however_finely_they_arrive(make_model: MakeModel) -> None:
    heard = await hear(make_model("fine-grained"))
    assert heard.text == ANSWER
    assert all(heard.deltas)


async def test_usage_and_finish_reason_hold_after_the_answer(make_model: MakeModel) -> None:
    stream = (await hear(make_model("answer"))).stream
    assert stream.finish_reason == "stop"
    assert stream.usage.input_tokens > 0
    assert stream.usage.output_tokens > 0
    assert not stream.usage.estimated


async def test_an_answer_may_be_left_at_any_time_and_its_cost_is_estimated(make_model: MakeModel) -> None:
    model = make_model("endless")
    async with model.stream(REQUEST) as stream:
        async for _ in stream:
            break
    assert stream.usage.estimated
    assert stream.usage.input_tokens > 0
    assert stream.usage.output_tokens > 0
    assert stream.finish_reason is None


async def test_leaving_without_reading_is_no_fault(make_model: MakeModel) -> None:
    async with make_model("answer").stream(REQUEST) as stream:
        pass
    assert stream.usage.output_tokens == 0


async def test_a_caller_s_own_failure_passes_through(make_model: MakeModel) -> None:
    async def fail() -> None:
        async with make_model("endless").stream(REQUEST) as stream:
            async for _ in stream:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()


async def test_cancelling_ends_the_call(make_model: MakeModel) -> None:
    begun = asyncio.Event()
    model = make_model("endless")

    async def read() -> None:
        async with model.stream(REQUEST) as stream:
            async for _ in stream:
                begun.set()
                await asyncio.sleep(0)

    task = asyncio.create_task(read())
    await asyncio.wait_for(begun.wait(), timeout=10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_empty_answer_is_a_failure(make_model: MakeModel) -> None:
    heard = await hear(make_model("empty"))
    assert heard.error is not None
    assert heard.error.code == "empty"


async def test_an_answer_of_nothing_but_blanks_is_empty(make_model: MakeModel) -> None:
    heard = await hear(make_model("blank"))
    assert heard.error is not None
    assert heard.error.code == "empty"
    assert not heard.text.strip()


async def test_a_refusal_is_raised_before_anything_is_said(make_model: MakeModel) -> None:
    heard = await hear(make_model("refused"))
    assert heard.error is not None
    assert (heard.error.code, heard.deltas) == ("rejected", [])
    assert heard.stream.usage.output_tokens == 0


async def test_a_failure_in_mid_answer_comes_after_what_was_said(make_model: MakeModel) -> None:
    heard = await hear(make_model("broken"))
    assert heard.text == "Grass is green"
    assert heard.error is not None
    assert (heard.error.code, heard.error.status) == ("unreachable", 503)
    assert heard.stream.usage.estimated
    assert heard.stream.usage.output_tokens > 0
    assert heard.stream.finish_reason is None


async def test_many_answers_at_once_do_not_mix(make_model: MakeModel) -> None:
    model = make_model("answer")

    answers = await asyncio.gather(*(hear(model) for _ in range(20)))
    assert [heard.text for heard in answers] == [ANSWER] * 20


async def test_it_has_a_name_of_provider_and_model(make_model: MakeModel) -> None:
    provider, _, model = make_model("answer").name.partition("/")
    assert provider
    assert model


LOOK_UP = ToolSpec("look_up", "Looks a word up.", {"type": "object", "properties": {"word": {"type": "string"}}})


async def test_a_model_may_want_a_tool_used_and_say_nothing(make_model: MakeModel) -> None:
    heard = await hear(make_model("tool"), replace(REQUEST, tools=[LOOK_UP]))

    assert (heard.error, heard.text) == (None, "")
    assert list(heard.stream.tool_calls) == [ToolCall("call_1", "look_up", "{}")]
    assert heard.stream.finish_reason == "tool-calls"


async def test_an_answer_in_words_wants_no_tool(make_model: MakeModel) -> None:
    heard = await hear(make_model("answer"), replace(REQUEST, tools=[LOOK_UP]))

    assert not heard.stream.tool_calls
    assert heard.stream.served.provider


async def test_parallel_calls_are_answered_together_and_lead_to_an_answer(make_model: MakeModel) -> None:
    model = make_model("tools")
    asked = replace(REQUEST, tools=[LOOK_UP])
    first = await hear(model, asked)
    calls = first.stream.tool_calls
    assert [(call.name, json.loads(call.arguments)) for call in calls] == [
        ("look_up", {"word": word}) for word in WORDS
    ]
    assert len({call.id for call in calls}) == 2

    results = [ToolResult(call.id, call.name, f"{json.loads(call.arguments)['word']} is a word") for call in calls]
    turns = [*asked.turns, ChatTurn("assistant", first.text, calls), *results]
    second = await hear(model, replace(asked, turns=turns))

    assert (second.error, second.text) == (None, "The tools say Größe is a word and Wert is a word")
    assert not second.stream.tool_calls
    assert second.stream.finish_reason == "stop"
