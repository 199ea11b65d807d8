"""Which of several models answers: in order, before the first token only, within the deadline."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from nexus.llms.health import COOLDOWN_SECONDS, FAILURES, Health
from nexus.llms.routing import Candidate, RoutedModel
from nexus.providers.llm.base import ChatTurn, LanguageModel, LlmError, LlmRequest, Served, ToolCall, ToolSpec
from nexus.providers.llm.failures import Failure
from nexus.providers.llm.fake import ScriptedModel

REQUEST = LlmRequest("Answer.", [ChatTurn("user", "How many days?")])
DOWN = Failure.SERVER.to_error()


class HungModel(ScriptedModel):
    """Says some words, then nothing more."""

    def __init__(self, *words: str, name: str) -> None:
        super().__init__(words, name=name)
        self.words = words
        self.left = 0

    @contextlib.asynccontextmanager
    async def stream(self, request: LlmRequest) -> AsyncGenerator[Any]:
        async with super().stream(request) as answer:
            answer._deltas = self._speak()
            try:
                yield answer
            finally:
                self.left += 1

    async def _speak(self) -> AsyncGenerator[str]:
        for word in self.words:
            yield word
        await asyncio.Event().wait()


def scripted(name: str, *script: str | ToolCall | LlmError) -> ScriptedModel:
    return ScriptedModel(script, name=name)


def candidate(model: ScriptedModel, health: Health | None = None) -> Candidate:
    @contextlib.asynccontextmanager
    async def lease() -> AsyncGenerator[LanguageModel]:
        yield model

    provider, _, name = model.name.partition("/")
    return Candidate(Served(provider, name), health or Health(), lease)


def routed(*models: ScriptedModel, deadline: float = 10, patience: float = 5) -> RoutedModel:
    return RoutedModel([candidate(each) for each in models], deadline=deadline, patience=patience)


async def ask(model: RoutedModel) -> tuple[str, str]:
    """What was said, and who said it."""
    async with model.stream(REQUEST) as stream:
        said = "".join([text async for text in stream])
        return said, f"{stream.served.provider}/{stream.served.model}"


async def test_the_first_that_answers_does() -> None:
    first, second, third = scripted("a/1", DOWN), scripted("b/2", "26 ", "days"), scripted("c/3", "never")

    assert await ask(routed(first, second, third)) == ("26 days", "b/2")
    assert (len(first.requests), len(second.requests), len(third.requests)) == (1, 1, 0)


async def test_once_it_has_begun_nobody_else_is_asked() -> None:
    first, second = scripted("a/1", "26 ", DOWN), scripted("b/2", "27 days")
    said: list[str] = []

    async def listen() -> None:
        async with routed(first, second).stream(REQUEST) as stream:
            async for text in stream:
                said.append(text)

    with pytest.raises(LlmError) as failed:
        await listen()
    assert (said, failed.value.detail, second.requests) == (["26 "], DOWN.detail, [])


async def test_when_all_fail_the_first_reason_is_told_with_how_many_were_asked() -> None:
    refused = Failure.KEY.to_error()
    with pytest.raises(LlmError) as failed:
        await ask(routed(scripted("a/1", refused), scripted("b/2", DOWN), scripted("c/3", DOWN)))
    assert failed.value.code == "rejected"
    assert failed.value.detail == f"{refused.detail} None of three language models answered."


async def test_alone_its_sentence_stays_as_it_is() -> None:
    with pytest.raises(LlmError) as failed:
        await ask(routed(scripted("a/1", DOWN)))
    assert failed.value.detail == DOWN.detail


async def test_one_that_hangs_leaves_time_for_the_others() -> None:
    hung = HungModel(name="a/1")
    started = time.monotonic()
    assert await ask(routed(hung, scripted("b/2", "26"), deadline=10, patience=0.1)) == ("26", "b/2")
    assert time.monotonic() - started < 4
    assert hung.left == 1, "nothing goes on upstream"


async def test_the_deadline_is_shared_among_those_who_are_left() -> None:
    models = HungModel(name="a/1"), HungModel(name="b/2"), scripted("c/3", "26")
    started = time.monotonic()
    assert (await ask(routed(*models, deadline=3, patience=60)))[1] == "c/3"
    assert 1.9 < time.monotonic() - started < 3


async def test_the_deadline_ends_an_answer_that_does_not_end() -> None:
    hung = HungModel("26 ", name="a/1")
    with pytest.raises(LlmError) as failed:
        await ask(routed(hung, scripted("b/2", "27"), deadline=0.4))
    assert failed.value.detail == Failure.TOTAL_TIMEOUT.detail
    assert hung.left == 1


async def test_tool_calls_alone_are_an_answer() -> None:
    call = ToolCall("1", "search", "{}")
    model = routed(scripted("a/1", DOWN), scripted("b/2", call))
    tools = [ToolSpec("search", "Looks.", {"type": "object"})]
    async with model.stream(LlmRequest("s", REQUEST.turns, tools=tools)) as stream:
        assert [text async for text in stream] == []
        assert (list(stream.tool_calls), stream.finish_reason, stream.served.provider) == ([call], "tool-calls", "b")


async def test_one_that_fails_often_is_passed_over_and_tried_again() -> None:
    now = [1000.0]
    first, second = scripted("a/1", DOWN), scripted("b/2", "26")
    health = Health(clock=lambda: now[0])
    model = RoutedModel([candidate(first, health), candidate(second)], deadline=10, patience=5)
    for _ in range(FAILURES + 3):
        assert (await ask(model))[1] == "b/2"
    assert len(first.requests) == FAILURES
    now[0] += COOLDOWN_SECONDS
    assert (await ask(model))[1] == "b/2"
    assert len(first.requests) == FAILURES + 1

    first._script = ["well again"]
    now[0] += COOLDOWN_SECONDS
    assert await ask(model) == ("well again", "a/1")
    assert health.state == "healthy"


async def test_when_all_are_passed_over_the_first_is_asked_all_the_same() -> None:
    first, second = scripted("a/1", DOWN), scripted("b/2", DOWN)
    model = routed(first, second)
    for _ in range(FAILURES):
        with pytest.raises(LlmError):
            await ask(model)
    asked = len(second.requests)
    first._script = ["26"]
    assert await ask(model) == ("26", "a/1")
    assert len(second.requests) == asked


async def test_leaving_early_closes_upstream_and_blames_nobody() -> None:
    model = scripted("a/1", "26 ", "days ", "of leave")
    health = Health()
    async with RoutedModel([candidate(model, health)], deadline=10, patience=5).stream(REQUEST) as stream:
        async for _ in stream:
            break
    assert (model.stopped, health.state) == (1, "unused")


async def test_a_stop_while_it_waits_closes_upstream() -> None:
    hung = HungModel(name="a/1")
    asking = asyncio.ensure_future(ask(routed(hung, deadline=30)))
    await asyncio.sleep(0.05)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert hung.left == 1
