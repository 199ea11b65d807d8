"""A language model that says what it is told to: for the tests of whoever uses the port."""

import contextlib
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence

from nexus.providers.llm.base import FinishReason, LlmError, LlmRequest, LlmUsage, Served, ToolCall

Said = Sequence[str | ToolCall | LlmError]
Script = Said | Callable[[LlmRequest], Said]
"""The deltas and tool calls in order; an error among them is raised at its place. A function may look at the request
first."""


class ScriptedModel:
    """Follows the port's contract without a network. `requests` and `stopped` tell what became of each call."""

    def __init__(
        self, script: Script, *, name: str = "scripted/model", finish_reason: FinishReason | None = "stop"
    ) -> None:
        self._script = script
        self._name = name
        self._finish_reason: FinishReason | None = finish_reason
        self.requests: list[LlmRequest] = []
        self.stopped = 0
        """Answers that were left before their end."""
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    async def warm_up(self) -> None:
        """There is nothing to load."""

    @contextlib.asynccontextmanager
    async def stream(self, request: LlmRequest) -> AsyncGenerator["ScriptedAnswer"]:
        self.requests.append(request)
        script = self._script(request) if callable(self._script) else self._script
        answer = ScriptedAnswer(request, script, self._finish_reason, self._name)
        try:
            yield answer
        finally:
            await answer.aclose()
            self.stopped += not answer.ended

    async def aclose(self) -> None:
        self.closed = True


class ScriptedAnswer:
    """One call. Tokens are counted as words, and estimated when it did not come to its end."""

    def __init__(self, request: LlmRequest, script: Said, finish_reason: FinishReason | None, name: str) -> None:
        self._request = request
        self._script = script
        self._promised: FinishReason | None = finish_reason
        self._complete = False
        self._said: list[str] = []
        self._calls: list[ToolCall] = []
        self._name = name
        self._deltas = self._answer()
        self.ended = False
        self.finish_reason: FinishReason | None = None

    def __aiter__(self) -> AsyncIterator[str]:
        return self._deltas

    async def aclose(self) -> None:
        await self._deltas.aclose()

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        return self._calls if self._complete else ()

    @property
    def served(self) -> Served:
        provider, _, model = self._name.partition("/")
        return Served(provider, model)

    @property
    def usage(self) -> LlmUsage:
        texts = [self._request.system, *(turn.text for turn in self._request.turns)]
        return LlmUsage(sum(map(_tokens, texts)), _tokens("".join(self._said)), estimated=not self._complete)

    async def _answer(self) -> AsyncGenerator[str]:
        for step in self._script:
            if isinstance(step, LlmError):
                self.ended = True
                raise step
            if isinstance(step, ToolCall):
                self._calls.append(step)
                continue
            self._said.append(step)
            yield step
        self.ended = True
        if not "".join(self._said).strip() and not self._calls:
            raise LlmError("empty", "The language model gave an empty answer. Put the question in other words.")
        self._complete = True
        self.finish_reason = "tool-calls" if self._calls else self._promised


def _tokens(text: str) -> int:
    return math.ceil(len(text.encode()) / 4)
