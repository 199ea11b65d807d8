"""What stands between one call's attempts and a vendor's dialect."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nexus.providers.llm.base import FinishReason, LlmRequest, LlmUsage, ToolCall

if TYPE_CHECKING:
    from nexus.core.egress import Egress  # it brings httpx2


@dataclass(frozen=True, slots=True)
class CallOptions:
    """How a model is called. Times are in seconds.

    `first_token_timeout` and `idle_timeout` bound the silence before and within an answer. An attempt is repeated at
    most `retries` times, only before its first sign of life, and only after failures that may pass.

    Text that arrives within `gather` comes as one delta; with many streams the interval grows, so that together they
    cost `reads_per_second` reads at most. `ca_file` (PEM) takes the place of the system's certificates.
    """

    connect_timeout: float = 5.0
    first_token_timeout: float = 60.0
    idle_timeout: float = 30.0
    retries: int = 2
    backoff: float = 0.5
    max_connections: int = 1000
    gather: float = 0.04
    reads_per_second: int = 1000
    proxy: str | None = None
    ca_file: Path | None = None
    egress: "Egress | None" = None
    """Who may be called; without one, anybody. Through a proxy the name is judged here, and looked up again there."""


class Opened(Protocol):
    """An answer that has begun to arrive."""

    @property
    def thought(self) -> int:
        """UTF-8 bytes of reasoning so far, which nobody sees but which is paid for."""
        ...

    async def read(self) -> str | None:
        """The next piece of text, empty for a sign of life without any, None at the end. Raises AttemptError."""
        ...

    @property
    def usage(self) -> LlmUsage | None:
        """The provider's own count, if it came."""
        ...

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        """The calls that have arrived whole, once the answer has been read to its end."""
        ...

    @property
    def finish_reason(self) -> FinishReason | None: ...


class Client(Protocol):
    """Requests to one model, each tried once."""

    def open(self, request: LlmRequest) -> AbstractAsyncContextManager[Opened]:
        """Returns when the answer begins; leaving closes the connection unless the answer was read to its end.

        Raises AttemptError.
        """
        ...

    async def aclose(self) -> None: ...


class Mender:
    """Valid Unicode from pieces of text: some servers cut an escaped emoji between its two surrogates."""

    def __init__(self) -> None:
        self._half = ""

    def whole(self, text: str) -> str:
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
