"""The port to language models: one streaming call."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import ClassVar, Literal, Protocol

from nexus.core.errors import UnavailableError

FinishReason = Literal["stop", "length", "content-filter", "other"]
"""Why an answer ended. `length`: it was cut at `max_tokens`; `content-filter`: the provider withheld the rest."""


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
class ChatTurn:
    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """A prompt. `system` is ours; the turns are untrusted."""

    system: str
    turns: Sequence[ChatTurn]
    max_tokens: int = 1024
    temperature: float = 0.1


@dataclass(frozen=True, slots=True)
class LlmUsage:
    """Tokens of one call. `estimated` where the provider gave no count (a stream cut short)."""

    input_tokens: int
    output_tokens: int
    estimated: bool = False


class LlmStream(Protocol):
    """A running answer: iterate over text deltas; afterwards `usage` holds (also after a failure or a stop)."""

    def __aiter__(self) -> AsyncIterator[str]:
        """Raises LlmError before or in mid-answer."""
        ...

    @property
    def usage(self) -> LlmUsage: ...

    @property
    def finish_reason(self) -> FinishReason | None:
        """None while the answer runs, when it was cut short, and where the provider doesn't say."""
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
