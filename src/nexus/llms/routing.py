"""A model route as a language model: its candidates are asked in order until one begins to answer."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from nexus.llms.health import Health
from nexus.providers.llm.base import (
    FinishReason,
    LanguageModel,
    LlmError,
    LlmRequest,
    LlmStream,
    LlmUsage,
    Served,
    ToolCall,
)
from nexus.providers.llm.failures import Failure

_log = logging.getLogger(__name__)

_WORDS: Final = ("no", "one", "two", "three", "four", "five")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model that may be asked. `lease` has its adapter ready for one call; it raises LlmError where it cannot."""

    served: Served
    health: Health
    lease: Callable[[], AbstractAsyncContextManager[LanguageModel]]
    price_url: str = ""
    """The address by which prices may know the provider."""


class RoutedModel:
    """The port's language model over several. Who answers at last is told by the stream's `served`.

    The next candidate is asked when one fails or is silent for `patience` before its first token; never later, or
    an answer would begin twice. `deadline` bounds it all, and what is left of it is kept for those who are left.
    Candidates that failed often are passed over, but for a try now and then; when that leaves none, the first is
    asked all the same.
    """

    def __init__(self, candidates: Sequence[Candidate], *, deadline: float, patience: float) -> None:
        """`candidates` is not empty. Times are in seconds."""
        self.candidates = candidates
        self.deadline = deadline
        self.patience = patience

    @property
    def name(self) -> str:
        first = self.candidates[0].served
        return f"{first.provider}/{first.model}"

    async def warm_up(self) -> None:
        """Those who lend the adapters warm them."""

    @contextlib.asynccontextmanager
    async def stream(self, request: LlmRequest) -> AsyncGenerator["RoutedStream"]:
        stream = RoutedStream(self, request)
        try:
            yield stream
        finally:
            await stream.aclose()

    async def aclose(self) -> None:
        """The adapters belong to those who lend them."""


class RoutedStream:
    """One call, to one candidate after the other."""

    def __init__(self, model: RoutedModel, request: LlmRequest) -> None:
        self._model = model
        self._request = request
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + model.deadline
        self._current: LlmStream | None = None
        self._candidate = model.candidates[0]
        self._started = False
        self._deltas = self._answer()

    def __aiter__(self) -> AsyncIterator[str]:
        return self._deltas

    async def aclose(self) -> None:
        await self._deltas.aclose()

    @property
    def usage(self) -> LlmUsage:
        return self._current.usage if self._current else LlmUsage(0, 0, estimated=True)

    @property
    def finish_reason(self) -> FinishReason | None:
        return self._current.finish_reason if self._current else None

    @property
    def tool_calls(self) -> Sequence[ToolCall]:
        return self._current.tool_calls if self._current else ()

    @property
    def served(self) -> Served:
        return self._current.served if self._current else self._candidate.served

    async def _answer(self) -> AsyncGenerator[str]:
        failures: list[LlmError] = []
        for candidate, left in self._turns(failures):
            try:
                async with contextlib.aclosing(self._attempt(candidate, left)) as deltas:
                    async for text in deltas:
                        yield text
            except LlmError as error:
                if self._started:
                    raise
                failures.append(error)
                _log.warning("%s/%s did not answer (%s)", candidate.served.provider, candidate.served.model, error.code)
                if self._loop.time() >= self._end:
                    break
            else:
                return
        raise _together(failures)

    def _turns(self, failures: Sequence[LlmError]) -> Iterator[tuple[Candidate, int]]:
        """Who is asked next, and how many could be, itself included."""
        candidates = self._model.candidates
        for position, candidate in enumerate(candidates):
            if candidate.health.admits():
                yield candidate, 1 + sum(each.health.is_due for each in candidates[position + 1 :])
        if not failures:
            # All are passed over: an answer late is better than none.
            yield candidates[0], 1

    async def _attempt(self, candidate: Candidate, left: int) -> AsyncGenerator[str]:
        """Raises LlmError, after which another candidate may be asked unless `_started`."""
        self._candidate, self._current = candidate, None
        begun, settled = self._loop.time(), False
        try:
            async with contextlib.AsyncExitStack() as stack:
                async with self._within(self._patience_end(left), Failure.FIRST_TOKEN_TIMEOUT):
                    adapter = await stack.enter_async_context(candidate.lease())
                    self._current = stream = await stack.enter_async_context(adapter.stream(self._request))
                    deltas = aiter(stream)
                    text = await anext(deltas, None)
                candidate.health.began(self._loop.time() - begun)
                while text is not None:
                    self._started = True
                    yield text
                    async with self._within(self._end, Failure.TOTAL_TIMEOUT):
                        text = await anext(deltas, None)
            candidate.health.succeeded()
            settled = True
        except LlmError as error:
            candidate.health.failed(error)
            settled = True
            raise
        finally:
            if not settled:
                candidate.health.left()

    def _patience_end(self, left: int) -> float:
        """Until when a candidate may be silent, with so many (itself included) to be asked."""
        moment = self._loop.time()
        share = (self._end - moment) / left
        return moment + (min(share, self._model.patience) if left > 1 else share)

    @contextlib.asynccontextmanager
    async def _within(self, moment: float, failure: Failure) -> AsyncGenerator[None]:
        """Never held while the caller has control."""
        try:
            async with asyncio.timeout_at(moment):
                yield
        except TimeoutError:
            raise (Failure.TOTAL_TIMEOUT if moment >= self._end else failure).to_error() from None


def _together(failures: Sequence[LlmError]) -> LlmError:
    """The first failure, and how many were asked."""
    first, tried = failures[0], len(failures)
    if tried == 1:
        return first
    return LlmError(first.code, f"{first.detail} None of {_WORDS[tried]} language models answered.")
