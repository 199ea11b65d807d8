"""Answers that are read straight from the wire, for vendors whose protocols we speak ourselves."""

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, cast

import httpx2

from nexus.core.egress import EgressError
from nexus.providers.llm.base import FinishReason, LlmRequest, LlmUsage, ToolCall
from nexus.providers.llm.clients import Mender
from nexus.providers.llm.failures import AttemptError, Failure

_OK: Final = 200
_LONGEST_EVENT: Final = 4 * 1024 * 1024
_LONGEST_REFUSAL: Final = 64 * 1024
_GOOD_BYE: Final = 0.5
"""Seconds for a finished answer's last bytes, for the sake of using its connection again."""
_SURPRISES: Final = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RecursionError)
"""What reading JSON of an unforeseen shape leads to."""

Json = Mapping[str, Any]


class Reading(ABC):
    """What is known of one answer while its events arrive."""

    def __init__(self) -> None:
        self.begun = False
        self.complete = False
        """The vendor said that this is all."""
        self.thought = 0
        self.usage: LlmUsage | None = None
        self.calls: list[ToolCall] = []
        self.finish_reason: FinishReason | None = None

    @abstractmethod
    def take(self, event: Json) -> str:
        """The event's text, which may be empty. Raises AttemptError for a failure that the vendor reports."""

    def think(self, thought: object) -> None:
        if isinstance(thought, str):
            self.thought += len(thought.encode(errors="replace"))


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server answered instead. None of its words may leave the adapter."""

    status: int
    body: Json
    headers: httpx2.Headers

    @property
    def message(self) -> str:
        """For looking for words that the vendor documents."""
        match self.body:
            case {"error": {"message": str(text)}} | {"error": str(text)}:
                return text
            case _:
                return ""

    @property
    def retry_after(self) -> float | None:
        try:
            if milliseconds := self.headers.get("retry-after-ms"):
                return max(0.0, float(milliseconds) / 1000)
            return max(0.0, float(self.headers["retry-after"]))
        except (KeyError, ValueError):
            return None  # a date, which only proxies write


class Dialect(ABC):
    """How a vendor wants to be asked, and how it answers."""

    headers: Mapping[str, str]
    text_mark: ClassVar[bytes]
    """Stands in every piece of an answer that holds text: more of it may then be waited for."""
    lines: ClassVar[bool] = False
    """Every line is a JSON value, where others send server-sent events."""

    @abstractmethod
    def ask(self, request: LlmRequest) -> tuple[str, Json]:
        """The address and the body."""

    @abstractmethod
    def begin(self) -> Reading: ...

    def judge(self, refusal: Refusal) -> Failure | None:  # noqa: ARG002
        """What a refusal means, where its status alone doesn't tell."""
        return None

    def wait(self, refusal: Refusal) -> float | None:
        """How many seconds the vendor wants us to wait."""
        return refusal.retry_after

    def give_in(self, refusal: Refusal) -> bool:  # noqa: ARG002
        """Whether the next request leaves something out that this model refuses."""
        return False


def arguments_of(call: ToolCall) -> Json:
    """What the model wrote, as the object that a vendor wants back; what it garbled is nothing."""
    try:
        arguments: Any = json.loads(call.arguments or "{}")
    except ValueError:
        arguments = None
    return cast("Json", arguments) if isinstance(arguments, dict) else {}


class WireClient:
    """Requests to one model in its vendor's own dialect."""

    def __init__(self, dialect: Dialect, http: httpx2.AsyncClient) -> None:
        self._dialect = dialect
        self._http = http

    @contextlib.asynccontextmanager
    async def open(self, request: LlmRequest) -> AsyncGenerator["WireAnswer"]:
        with named_failures():
            response = await self._send(request)
        try:
            yield WireAnswer(self._dialect.begin(), response.aiter_raw(), lines=self._dialect.lines)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        await self._http.aclose()

    async def _send(self, request: LlmRequest) -> httpx2.Response:
        for is_last in (False, True):
            url, body = self._dialect.ask(request)
            content = json.dumps(body, ensure_ascii=False).encode(errors="replace")
            headers = {"content-type": "application/json", **self._dialect.headers}
            extensions = {"text_mark": self._dialect.text_mark}
            asked = self._http.build_request("POST", url, content=content, headers=headers, extensions=extensions)
            response = await self._http.send(asked, stream=True, follow_redirects=False)
            if response.status_code == _OK:
                return response
            try:
                refusal = await read_refusal(response)
            finally:
                await response.aclose()
            if is_last or not self._dialect.give_in(refusal):
                raise AttemptError(self._dialect.judge(refusal) or judge_status(refusal), self._dialect.wait(refusal))
        raise AssertionError


class WireAnswer:
    """Follows `clients.Opened`. What one read brought is one piece of text."""

    def __init__(self, reading: Reading, body: AsyncIterator[bytes], *, lines: bool) -> None:
        self._reading = reading
        self._body = body
        self._split = _split_lines if lines else _split_events
        self._rest = b""
        self._mender = Mender()
        self._failure: AttemptError | None = None

    @property
    def thought(self) -> int:
        return self._reading.thought

    @property
    def usage(self) -> LlmUsage | None:
        return self._reading.usage if self._reading.complete else None

    @property
    def tool_calls(self) -> list[ToolCall]:
        return self._reading.calls if self._reading.complete else []

    @property
    def finish_reason(self) -> FinishReason | None:
        return self._reading.finish_reason if self._reading.complete else None

    async def read(self) -> str | None:
        if self._failure is not None:
            raise self._failure
        if self._reading.complete:
            await self._say_good_bye()
            return None
        with named_failures():
            received = await anext(self._body, None)
        if received is None:
            text = self._take(self._rest + b"\n\n")
            if self._failure is not None:
                raise self._failure
            if not self._reading.complete:
                raise AttemptError(Failure.BROKEN_OFF if self._reading.begun else Failure.MALFORMED)
            return text
        return self._take(self._rest + received)

    def _take(self, received: bytes) -> str:
        """The text in all events that are whole. A failure among them waits until what came before it was read."""
        if b"\r" in received:
            received = received.replace(b"\r\n", b"\n")  # a CR that ends the buffer waits for its LF
        documents, self._rest = self._split(received)
        said: list[str] = []
        try:
            with named_failures():
                for document in documents:
                    event: Any = json.loads(document)
                    self._reading.begun = True
                    said.append(self._reading.take(event))
                if len(self._rest) > _LONGEST_EVENT:
                    raise AttemptError(Failure.MALFORMED)
        except AttemptError as error:
            self._failure = error
        text = self._mender.whole("".join(said))
        if self._failure is not None and not text:
            raise self._failure
        return text

    async def _say_good_bye(self) -> None:
        with contextlib.suppress(httpx2.HTTPError, TimeoutError):
            async with asyncio.timeout(_GOOD_BYE):
                async for _ in self._body:
                    pass


def _split_lines(received: bytes) -> tuple[list[bytes], bytes]:
    *lines, rest = received.split(b"\n")
    return [line for line in lines if line.strip()], rest


def _split_events(received: bytes) -> tuple[list[bytes], bytes]:
    """The data of server-sent events; their names are in the data, too."""
    *events, rest = received.split(b"\n\n")
    found: list[bytes] = []
    for event in events:
        data = [line[5:] for line in event.split(b"\n") if line.startswith(b"data:")]
        if data:
            found.append(b"\n".join(data))
    return found, rest


async def read_refusal(response: httpx2.Response) -> Refusal:
    """The JSON of an answer that is an error, as far as it is one."""
    content = b""
    async for piece in response.aiter_raw():
        content += piece
        if len(content) > _LONGEST_REFUSAL:
            break
    try:
        body: Any = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    return Refusal(response.status_code, cast("Json", body) if isinstance(body, dict) else {}, response.headers)


def judge_status(refusal: Refusal) -> Failure:
    """What HTTP itself says. Redirects are not followed with a key in hand."""
    status = refusal.status
    if status < 400:
        return Failure.MALFORMED
    if status >= 500:
        return Failure.SERVER
    return _STATUSES.get(status, Failure.REJECTED)


_STATUSES: Final[Mapping[int, Failure]] = {
    401: Failure.KEY,
    402: Failure.QUOTA,
    403: Failure.KEY,
    404: Failure.UNKNOWN_MODEL,
    408: Failure.SERVER,
    413: Failure.TOO_LONG,
    429: Failure.RATE_LIMITED,
}


@contextlib.contextmanager
def named_failures() -> Generator[None]:
    """The causes stay, for the log to name their kinds."""
    try:
        yield
    except EgressError as error:
        raise AttemptError(Failure.ADDRESS) from error
    except (httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
        raise AttemptError(Failure.CONNECT_TIMEOUT) from error
    except httpx2.ConnectError as error:
        raise AttemptError(Failure.UNREACHABLE) from error
    except httpx2.HTTPError as error:
        raise AttemptError(Failure.BROKEN_OFF) from error
    except (*_SURPRISES, httpx2.InvalidURL) as error:
        raise AttemptError(Failure.MALFORMED) from error
