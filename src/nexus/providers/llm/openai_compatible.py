"""Any server that speaks OpenAI's chat completions, through pydantic-ai."""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from nexus.providers.llm.base import (
    FinishReason,
    LlmRequest,
    LlmUsage,
    Served,
    ToolCall,
    estimate_tokens,
    request_bytes,
)
from nexus.providers.llm.failures import AttemptError, Failure

if TYPE_CHECKING:
    from nexus.providers.llm.pydantic_client import Opened, PydanticClient
    from nexus.providers.llm.transport import HttpOptions

_log = logging.getLogger(__name__)

_EMPTINESS: Final[Mapping[FinishReason | None, Failure]] = {
    "content-filter": Failure.WITHHELD,
    "length": Failure.ALL_THOUGHT,
}


class OpenAICompatibleModel:
    """A language model behind an OpenAI-compatible server. Safe to use from many tasks at once.

    Times are in seconds. `first_token_timeout` and `idle_timeout` bound the silence before and within an answer,
    `total_timeout` the whole call, retries and waiting included. An attempt is repeated at most `retries` times, only
    before its first sign of life, and only after failures that may pass.

    Text that arrives within `gather` comes as one delta; with many streams the interval grows, so that together they
    cost `reads_per_second` reads at most. `ca_file` (PEM) takes the place of the system's certificates.

    Raises ValueError for an address that is not http or https and for a key that no HTTP header can carry.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        *,
        provider: str = "openai-compatible",
        connect_timeout: float = 5.0,
        first_token_timeout: float = 60.0,
        idle_timeout: float = 30.0,
        total_timeout: float = 300.0,
        retries: int = 2,
        backoff: float = 0.5,
        max_connections: int = 1000,
        gather: float = 0.04,
        reads_per_second: int = 2000,
        proxy: str | None = None,
        ca_file: Path | None = None,
    ) -> None:
        address = urlsplit(base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            raise ValueError("The model's address has to begin with http:// or https:// and name a server.")
        if api_key and not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
            raise ValueError("The model's key has to consist of printable ASCII characters without spaces.")
        self._base_url = base_url
        self._api_key = api_key
        self._model = model
        self._provider = provider
        self._http_options: HttpOptions = {
            "connect_timeout": connect_timeout,
            "max_connections": max_connections,
            "gather": gather,
            "reads_per_second": reads_per_second,
            "proxy": proxy,
            "ca_file": ca_file,
        }
        self.first_token_timeout = first_token_timeout
        self.idle_timeout = idle_timeout
        self.total_timeout = total_timeout
        self.retries = retries
        self.backoff = backoff
        self._client: PydanticClient | None = None
        self._loading = asyncio.Lock()

    @property
    def name(self) -> str:
        return f"{self._provider}/{self._model}"

    @property
    def served(self) -> Served:
        return Served(self._provider, self._model)

    async def warm_up(self) -> None:
        """Load pydantic-ai in a thread of its own (1 to 3 s, 78 MB); otherwise the first call does it."""
        await self.client()

    async def client(self) -> "PydanticClient":
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._load)
            return self._client

    def _load(self) -> "PydanticClient":
        from nexus.providers.llm.pydantic_client import PydanticClient  # noqa: PLC0415
        from nexus.providers.llm.transport import build_http  # noqa: PLC0415

        http = build_http(self._http_options)
        return PydanticClient(self._base_url, self._api_key, self._model, http)

    @contextlib.asynccontextmanager
    async def stream(self, request: LlmRequest) -> AsyncGenerator["Answer"]:
        answer = Answer(self, await self.client(), request)
        try:
            yield answer
        finally:
            await answer.aclose()

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()


class Answer:
    """One call: its attempts, its deadlines and what it cost."""

    def __init__(self, model: OpenAICompatibleModel, client: "PydanticClient", request: LlmRequest) -> None:
        self._model = model
        self._client = client
        self._request = request
        self._end = asyncio.get_running_loop().time() + model.total_timeout
        self._opened: Opened | None = None
        self._alive = False
        self._said = 0
        self._calls: Sequence[ToolCall] = ()
        self._deltas = self._answer()

    def __aiter__(self) -> AsyncIterator[str]:
        return self._deltas

    async def aclose(self) -> None:
        await self._deltas.aclose()

    @property
    def usage(self) -> LlmUsage:
        if self._opened is None:
            return LlmUsage(0, 0, estimated=True)
        if counted := self._opened.usage:
            return counted
        prompt, said = request_bytes(self._request), self._said + self._opened.thought
        return LlmUsage(estimate_tokens(prompt), estimate_tokens(said), estimated=True)

    @property
    def finish_reason(self) -> FinishReason | None:
        return self._opened.finish_reason if self._opened else None

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        return self._calls

    @property
    def served(self) -> Served:
        return self._model.served

    async def _answer(self) -> AsyncGenerator[str]:
        for attempt in itertools.count():
            try:
                async with contextlib.aclosing(self._attempt()) as deltas:
                    async for text in deltas:
                        yield text
            except AttemptError as error:
                failed = error
            else:
                return
            wait = self._wait_before_retry(attempt, failed)
            outcome = "given up" if wait is None else f"again in {wait:.2f} s"
            cause = type(failed.__cause__).__name__  # its text is the provider's, and may quote prompt or key
            _log.warning(
                "%s: attempt %d: %s (%s), %s", self._model.name, attempt + 1, failed.failure.name, cause, outcome
            )
            if wait is None:
                raise failed.failure.to_error()
            await asyncio.sleep(wait)

    async def _attempt(self) -> AsyncGenerator[str]:
        """Raises AttemptError."""
        async with contextlib.AsyncExitStack() as stack:
            async with self._silence(self._model.first_token_timeout, Failure.FIRST_TOKEN_TIMEOUT):
                self._opened = opened = await stack.enter_async_context(self._client.open(self._request))
                text = await opened.read()
            visible = False
            while text is not None:
                self._alive = True
                if text:
                    self._said += len(text.encode())
                    visible = visible or not text.isspace()
                    yield text
                async with self._silence(self._model.idle_timeout, Failure.IDLE_TIMEOUT):
                    text = await opened.read()
            self._calls = opened.tool_calls if self._request.tools else ()
            if not visible and not self._calls:
                raise AttemptError(_EMPTINESS.get(opened.finish_reason, Failure.EMPTY))

    @contextlib.asynccontextmanager
    async def _silence(self, longest: float, failure: Failure) -> AsyncGenerator[None]:
        """Wait no longer than this, nor beyond the end of the call's time. Never held while the caller has control."""
        end = asyncio.get_running_loop().time() + longest
        try:
            async with asyncio.timeout_at(min(end, self._end)):
                yield
        except TimeoutError:
            raise AttemptError(failure if end < self._end else Failure.TOTAL_TIMEOUT) from None

    def _wait_before_retry(self, attempt: int, failed: AttemptError) -> float | None:
        """Seconds to wait, or None when it is no use."""
        if self._alive or attempt >= self._model.retries or not failed.failure.retryable:
            return None
        backoff = self._model.backoff * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 - spreads, hides nothing
        wait = max(backoff, failed.retry_after or 0)
        left = self._end - asyncio.get_running_loop().time()
        return wait if wait < min(left, self._model.first_token_timeout) else None
