"""The port to language models: one streaming call."""

import json
import math
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, Protocol

from nexus.core.errors import UnavailableError

FinishReason = Literal["stop", "length", "content-filter", "tool-calls", "other"]
"""Why an answer ended. `length`: it was cut at `max_tokens`; `content-filter`: the provider withheld the rest;
`tool-calls`: the model waits for what its tools say."""


class LlmError(UnavailableError):
    """The model failed. `code`: timeout, rate-limited, rejected (4xx), server-error, unreachable, malformed, empty.

    `detail` is safe to show: it never carries the provider's own text, keys or addresses.
    """

    slug: ClassVar[str] = "model-failed"
    title: ClassVar[str] = "The language model did not answer"

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail, code=code)
        self.code = code


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that the model may call. `parameters` is a JSON schema of an object."""

    name: str
    """Letters, digits, `_` and `-`, at most 64: what every provider takes."""
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model wants a tool to be used. `arguments`: JSON as the model wrote it, which may be none, or wrong."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatTurn:
    role: Literal["user", "assistant"]
    text: str
    calls: Sequence[ToolCall] = ()
    """Of an assistant's turn; each one's result has to follow."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool said to the call `call_id`. Untrusted, as everything that was read."""

    call_id: str
    name: str
    text: str


Turn = ChatTurn | ToolResult


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """A prompt. `system` is ours; the turns are untrusted."""

    system: str
    turns: Sequence[Turn]
    max_tokens: int = 1024
    temperature: float = 0.1
    tools: Sequence[ToolSpec] = ()


_BYTES_PER_TOKEN: Final = 4
"""For estimates. A token is about four English letters, or one to two Chinese characters of three bytes."""


def estimate_tokens(size: int) -> int:
    """Tokens of a text of `size` UTF-8 bytes, roughly."""
    return math.ceil(size / _BYTES_PER_TOKEN)


def request_bytes(request: LlmRequest) -> int:
    """UTF-8 bytes of everything a request says."""
    texts = [request.system]
    for turn in request.turns:
        texts.append(turn.text)
        texts += (call.name + call.arguments for call in turn.calls) if isinstance(turn, ChatTurn) else ()
    texts += (tool.name + tool.description + json.dumps(tool.parameters) for tool in request.tools)
    return sum(len(text.encode(errors="replace")) for text in texts)


@dataclass(frozen=True, slots=True)
class LlmUsage:
    """Tokens of one call. `estimated` where the provider gave no count (a stream cut short)."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False
    cached_tokens: int = 0
    """Of the input tokens, those that the provider had from an earlier call, and charges less for."""


@dataclass(frozen=True, slots=True)
class Served:
    """Who answers a call. `region` is empty where there is no telling."""

    provider: str
    """The kind, as prices know it: openai, azure, anthropic, google, ollama, openai-compatible."""
    model: str
    region: str = ""


class LlmStream(Protocol):
    """A running answer: iterate over text deltas; afterwards `usage` holds (also after a failure or a stop).

    An answer may be tool calls alone, without any text.
    """

    def __aiter__(self) -> AsyncIterator[str]:
        """Raises LlmError before or in mid-answer."""
        ...

    @property
    def usage(self) -> LlmUsage: ...

    @property
    def finish_reason(self) -> FinishReason | None:
        """None while the answer runs, when it was cut short, and where the provider doesn't say."""
        ...

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        """What the model wants done before it goes on; complete after the iteration, empty when it was cut short."""
        ...

    @property
    def served(self) -> Served:
        """Who answers; with fallbacks, who does at last."""
        ...


class LanguageModel(Protocol):
    @property
    def name(self) -> str:
        """`provider/model`, as recorded with every message."""
        ...

    async def warm_up(self) -> None:
        """Loads what the first call needs, and calls nobody."""
        ...

    def stream(self, request: LlmRequest) -> AbstractAsyncContextManager[LlmStream]:
        """Leaving the context closes the upstream connection at once."""
        ...

    async def aclose(self) -> None: ...
