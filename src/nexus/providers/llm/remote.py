"""A model behind somebody's server: attempts, deadlines and cost of a call, whatever the vendor's dialect is."""

import asyncio
import contextlib
import itertools
import logging
import random
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from typing import Final

from nexus.providers.llm.base import (
    FinishReason,
    LlmRequest,
    LlmUsage,
    Served,
    ToolCall,
    estimate_tokens,
    request_bytes,
)
from nexus.providers.llm.clients import CallOptions, Client, Opened
from nexus.providers.llm.failures import AttemptError, Failure

_log = logging.getLogger(__name__)

_EMPTINESS: Final[Mapping[FinishReason | None, Failure]] = {
    "content-filter": Failure.WITHHELD,
    "length": Failure.ALL_THOUGHT,
}


class RemoteModel:
    """A language model behind a vendor's server. Safe to use from many tasks at once.

    `load` makes the client; it may import at length, and runs in a thread of its own, once. `total_timeout` bounds the
    whole call, retries and waiting included.
    """

    def __init__(
        self, served: Served, load: Callable[[], Client], options: CallOptions, *, total_timeout: float
    ) -> None:
        self.served = served
        self.options = options
        self.total_timeout = total_timeout
        self._load = load
        self._client: Client | None = None
        self._loading = asyncio.Lock()

    @property
    def name(self) -> str:
        return f"{self.served.provider}/{self.served.model}"

    async def warm_up(self) -> None:
        """Load the client; otherwise the first call does it."""
        await self.client()

    async def client(self) -> Client:
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._load)
            return self._client

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

    def __init__(self, model: RemoteModel, client: Client, request: LlmRequest) -> None:
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
            async with self._silence(self._model.options.first_token_timeout, Failure.FIRST_TOKEN_TIMEOUT):
                self._opened = opened = await stack.enter_async_context(self._client.open(self._request))
                text = await opened.read()
            visible = False
            while text is not None:
                self._alive = True
                if text:
                    self._said += len(text.encode())
                    visible = visible or not text.isspace()
                    yield text
                async with self._silence(self._model.options.idle_timeout, Failure.IDLE_TIMEOUT):
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
        if self._alive or attempt >= self._model.options.retries or not failed.failure.retryable:
            return None
        backoff = self._model.options.backoff * 2**attempt * random.uniform(0.5, 1)  # noqa: S311 - spreads, hides nothing
        wait = max(backoff, failed.retry_after or 0)
        left = self._end - asyncio.get_running_loop().time()
        return wait if wait < min(left, self._model.options.first_token_timeout) else None
