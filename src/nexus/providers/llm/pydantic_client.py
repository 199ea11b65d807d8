"""The one module that knows pydantic-ai and the OpenAI SDK. Importing it takes a second and 78 MB: do so late."""

import contextlib
from collections.abc import AsyncGenerator, Generator, Mapping
from typing import Final, cast
from urllib.parse import urlsplit

import httpx2
from openai import APIStatusError, AsyncOpenAI
from openai._types import ResponseT
from openai.types.chat import ChatCompletionChunk
from pydantic import ValidationError
from pydantic_ai.direct import model_request_stream
from pydantic_ai.exceptions import (
    AgentRunError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelTimeoutError,
    UnexpectedModelBehavior,
)
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartStartEvent,
    SystemPromptPart,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
    ToolCallPart,
    ToolReturnPart,
    UserPromptPart,
)
from pydantic_ai.models import ModelRequestParameters, StreamedResponse
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings
from pydantic_ai.tools import ToolDefinition

from nexus.providers.llm.base import FinishReason, LlmRequest, LlmUsage, ToolCall, ToolResult, ToolSpec
from nexus.providers.llm.failures import AttemptError, Failure

_FINISH_REASONS: Final[Mapping[str, FinishReason]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content-filter",
    "tool_call": "tool-calls",
}


# The SDK lets JSON of any shape through, and those who read it then fail in whatever way the shape suggests.
_SURPRISES: Final = (AttributeError, TypeError, ValueError, LookupError, ArithmeticError, RecursionError)


class Opened:
    """An answer that has begun to arrive."""

    def __init__(self, response: StreamedResponse, events: AsyncGenerator[ModelResponseStreamEvent]) -> None:
        self._response = response
        self._events = events
        self._half = ""
        self.thought = 0
        """UTF-8 bytes of reasoning so far, which nobody sees but which is paid for."""

    async def read(self) -> str | None:
        """The next piece of text, empty for a sign of life without any, None at the end. Raises AttemptError."""
        with _named_failures():
            event = await anext(self._events, None)
        match event:
            case None:
                if not self._response.provider_response_id and not self._response.get().parts:
                    raise AttemptError(Failure.MALFORMED)  # a web page, say: not one event in it
                return None
            case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                return self._whole(text)
            case (
                PartStartEvent(part=ThinkingPart(content=thought))
                | PartDeltaEvent(delta=ThinkingPartDelta(content_delta=thought))
            ):
                self.thought += len((thought or "").encode(errors="replace"))
                return ""
            case _:
                return ""

    def _whole(self, text: str) -> str:
        """Valid Unicode: some servers cut an escaped emoji between its two surrogates."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    @property
    def usage(self) -> LlmUsage | None:
        """The provider's own count, if it came."""
        usage = self._response.usage
        if not (usage.input_tokens or usage.output_tokens):
            return None
        return LlmUsage(usage.input_tokens, usage.output_tokens, cached_tokens=usage.cache_read_tokens)

    @property
    def tool_calls(self) -> list[ToolCall]:
        """The calls that have arrived whole, once the answer has been read to its end."""
        parts = self._response.get().parts
        return [
            ToolCall(part.tool_call_id, part.tool_name, part.args_as_json_str())
            for part in parts
            if isinstance(part, ToolCallPart)
        ]

    @property
    def finish_reason(self) -> FinishReason | None:
        said = (self._response.provider_details or {}).get("finish_reason")
        if said is None and self._response.finish_reason != "content_filter":
            return None  # pydantic-ai supposes `stop` where the provider says nothing
        return _FINISH_REASONS.get(self._response.finish_reason or "", "other")


class PydanticClient:
    """Requests to one model through pydantic-ai, over the given HTTP client, each tried once."""

    def __init__(self, base_url: str, api_key: str | None, model: str, http: httpx2.AsyncClient) -> None:
        self._http = http
        client = _FastClient(
            base_url=base_url,
            api_key=api_key or "none",  # the SDK insists on one; servers without keys ignore it
            http_client=http,
            max_retries=0,
            timeout=http.timeout,
        )
        # OpenAI's reasoning models refuse `max_tokens`; many compatible servers know nothing else.
        of_openai = (urlsplit(base_url).hostname or "").endswith((".openai.com", ".azure.com"))
        profile = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=of_openai)
        self._model = OpenAIChatModel(model, provider=OpenAIProvider(openai_client=client), profile=profile)

    @contextlib.asynccontextmanager
    async def open(self, request: LlmRequest) -> AsyncGenerator[Opened]:
        """Returns when the first event is there; leaving closes the connection unless the answer was read to its end.

        Raises AttemptError.
        """
        settings = ModelSettings(max_tokens=request.max_tokens, temperature=request.temperature)
        tools = ModelRequestParameters(function_tools=[_definition(tool) for tool in request.tools])
        async with contextlib.AsyncExitStack() as stack:
            with _named_failures():
                response = await stack.enter_async_context(
                    model_request_stream(
                        self._model,
                        _messages(request),
                        model_settings=settings,
                        model_request_parameters=tools,
                        instrument=False,
                    )
                )
            # A generator left to the collector would be closed later, by a task of its own.
            events = cast("AsyncGenerator[ModelResponseStreamEvent]", aiter(response))
            await stack.enter_async_context(contextlib.aclosing(events))
            yield Opened(response, events)

    async def aclose(self) -> None:
        await self._http.aclose()


def _messages(request: LlmRequest) -> list[ModelMessage]:
    messages: list[ModelMessage] = [ModelRequest(parts=[SystemPromptPart(request.system)])]
    for turn in request.turns:
        if isinstance(turn, ToolResult):
            result = ToolReturnPart(tool_name=turn.name, content=turn.text, tool_call_id=turn.call_id)
            messages.append(ModelRequest(parts=[result]))
        elif turn.role == "user":
            messages.append(ModelRequest(parts=[UserPromptPart(turn.text)]))
        else:
            calls = [ToolCallPart(call.name, call.arguments, tool_call_id=call.id) for call in turn.calls]
            said = [TextPart(turn.text)] if turn.text or not calls else []
            messages.append(ModelResponse(parts=[*said, *calls]))
    return messages


def _definition(tool: ToolSpec) -> ToolDefinition:
    return ToolDefinition(
        name=tool.name, description=tool.description, parameters_json_schema=dict(tool.parameters), strict=False
    )


@contextlib.contextmanager
def _named_failures() -> Generator[None]:
    try:
        yield
    except AgentRunError as error:
        raise _classify(error) from error
    except _SURPRISES as error:
        raise AttemptError(Failure.MALFORMED) from error


def _classify(error: AgentRunError) -> AttemptError:
    """Judge a failure by its kind alone: nothing of the provider's text is read, so none can leak."""
    match error:
        case ModelTimeoutError():
            return AttemptError(Failure.CONNECT_TIMEOUT)
        case ModelConnectionError():
            return AttemptError(Failure.UNREACHABLE if error.phase in {"pool", "connect"} else Failure.BROKEN_OFF)
        case UnexpectedModelBehavior():
            return AttemptError(Failure.MALFORMED)
        case ModelHTTPError() if error.status_code >= 500:
            return AttemptError(Failure.SERVER, error.retry_after)
        case ModelAPIError() if isinstance(error.__cause__, ValueError):
            return AttemptError(Failure.MALFORMED)  # neither JSON nor UTF-8
        case ModelAPIError() if isinstance(error.__cause__, APIStatusError) and error.__cause__.status_code < 400:
            return AttemptError(Failure.MALFORMED)  # a redirect, which we don't follow with a key in hand
        case _:
            pass
    for kind, failure in _REFUSALS.items():
        if isinstance(error, kind):
            return AttemptError(failure, error.retry_after if isinstance(error, ModelAPIError) else None)
    return AttemptError(Failure.SERVER)


_REFUSALS: Final[Mapping[type[AgentRunError], Failure]] = {
    ModelQuotaExceededError: Failure.QUOTA,
    ModelRateLimitError: Failure.RATE_LIMITED,
    ModelAuthenticationError: Failure.KEY,
    ModelNotFoundError: Failure.UNKNOWN_MODEL,
    ModelContextWindowExceededError: Failure.TOO_LONG,
    ModelHTTPError: Failure.REJECTED,
}


class _FastClient(AsyncOpenAI):
    """Reads well-formed chunks with pydantic's validator, which takes a tenth of the SDK's own lenient walk."""

    def _process_response_data(self, *, data: object, cast_to: type[ResponseT], response: httpx2.Response) -> ResponseT:
        if cast_to is ChatCompletionChunk:
            with contextlib.suppress(ValidationError):
                return cast("ResponseT", ChatCompletionChunk.model_validate(data))
        return super()._process_response_data(data=data, cast_to=cast_to, response=response)
