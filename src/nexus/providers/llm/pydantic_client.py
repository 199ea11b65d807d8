"""The one module that knows pydantic-ai and the OpenAI SDK. Importing it takes a second and 78 MB: do so late."""

import contextlib
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import urlsplit

import httpx2
from openai import APIStatusError, AsyncOpenAI
from openai._models import SecurityOptions
from openai._types import Headers, ResponseT
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

from nexus.core.egress import EgressError
from nexus.providers.llm.base import FinishReason, LlmRequest, LlmUsage, ToolCall, ToolResult, ToolSpec
from nexus.providers.llm.clients import Mender
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
    """Follows `clients.Opened`."""

    def __init__(self, response: StreamedResponse, events: AsyncGenerator[ModelResponseStreamEvent]) -> None:
        self._response = response
        self._events = events
        self._mender = Mender()
        self.thought = 0

    async def read(self) -> str | None:
        with _named_failures():
            event = await anext(self._events, None)
        match event:
            case None:
                if not self._response.provider_response_id and not self._response.get().parts:
                    raise AttemptError(Failure.MALFORMED)  # a web page, say: not one event in it
                return None
            case PartStartEvent(part=TextPart(content=text)) | PartDeltaEvent(delta=TextPartDelta(content_delta=text)):
                return self._mender.whole(text)
            case (
                PartStartEvent(part=ThinkingPart(content=thought))
                | PartDeltaEvent(delta=ThinkingPartDelta(content_delta=thought))
            ):
                self.thought += len((thought or "").encode(errors="replace"))
                return ""
            case _:
                return ""

    @property
    def usage(self) -> LlmUsage | None:
        usage = self._response.usage
        if not (usage.input_tokens or usage.output_tokens):
            return None
        return LlmUsage(usage.input_tokens, usage.output_tokens, cached_tokens=usage.cache_read_tokens)

    @property
    def tool_calls(self) -> list[ToolCall]:
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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a model is asked for chat completions."""

    base_url: str
    api_key: str | None
    model: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    azure: bool = False
    """The key goes into a header of Azure's own."""


class PydanticClient:
    """Requests to one model through pydantic-ai, over the given HTTP client."""

    def __init__(self, endpoint: Endpoint, http: httpx2.AsyncClient) -> None:
        self._http = http
        key = endpoint.api_key or "none"  # the SDK insists on one; servers without keys ignore it
        client = (_AzureClient if endpoint.azure else _FastClient)(
            base_url=endpoint.base_url,
            api_key=key,
            default_query=dict(endpoint.query),
            http_client=http,
            max_retries=0,
            timeout=http.timeout,
        )
        self._provider = OpenAIProvider(openai_client=client)
        self._name = endpoint.model
        # OpenAI's reasoning models refuse `max_tokens`; many compatible servers know nothing else.
        of_openai = (urlsplit(endpoint.base_url).hostname or "").endswith((".openai.com", ".azure.com"))
        self._model = self._build(max_completion_tokens=of_openai)
        self._takes_temperature = True

    def _build(self, *, max_completion_tokens: bool) -> OpenAIChatModel:
        profile = OpenAIModelProfile(openai_chat_supports_max_completion_tokens=max_completion_tokens)
        return OpenAIChatModel(self._name, provider=self._provider, profile=profile)

    @contextlib.asynccontextmanager
    async def open(self, request: LlmRequest) -> AsyncGenerator[Opened]:
        async with contextlib.AsyncExitStack() as stack:
            with _named_failures():
                try:
                    response = await stack.enter_async_context(self._ask(request))
                except ModelHTTPError as error:
                    if not self._learn(error):
                        raise
                    response = await stack.enter_async_context(self._ask(request))
            # A generator left to the collector would be closed later, by a task of its own.
            events = cast("AsyncGenerator[ModelResponseStreamEvent]", aiter(response))
            await stack.enter_async_context(contextlib.aclosing(events))
            yield Opened(response, events)

    def _ask(self, request: LlmRequest) -> AbstractAsyncContextManager[StreamedResponse]:
        """Entered when the first event is there."""
        settings = ModelSettings(max_tokens=request.max_tokens)
        if self._takes_temperature:
            settings["temperature"] = request.temperature
        return model_request_stream(
            self._model,
            _messages(request),
            model_settings=settings,
            model_request_parameters=ModelRequestParameters(function_tools=[*map(_definition, request.tools)]),
            instrument=False,
        )

    def _learn(self, error: ModelHTTPError) -> bool:
        """Whether the model refused a setting that can be said differently or be left out, which it is from now on.

        A deployment's or gateway's name doesn't tell whether a reasoning model stands behind it.
        """
        match error.body:
            case {"param": "temperature"} if error.status_code == 400 and self._takes_temperature:
                self._takes_temperature = False
                return True
            case {"param": "max_tokens", "code": "unsupported_parameter"} if error.status_code == 400:
                self._model = self._build(max_completion_tokens=True)
                return True
            case _:
                return False

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
    """Judge a failure by its kind and code alone: nothing that the provider worded goes further than this."""
    if _was_guarded(error):
        return AttemptError(Failure.ADDRESS)
    match error:
        case ModelTimeoutError():
            return AttemptError(Failure.CONNECT_TIMEOUT)
        case ModelConnectionError():
            return AttemptError(Failure.UNREACHABLE if error.phase in {"pool", "connect"} else Failure.BROKEN_OFF)
        case UnexpectedModelBehavior():
            return AttemptError(Failure.MALFORMED)
        case ModelHTTPError(status_code=400, body={"code": "content_filter"}):
            return AttemptError(Failure.WITHHELD)
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


def _was_guarded(error: BaseException | None) -> bool:
    while error is not None and not isinstance(error, EgressError):
        error = error.__cause__
    return error is not None


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


class _AzureClient(_FastClient):
    def _auth_headers(self, security: SecurityOptions) -> dict[str, str]:  # noqa: ARG002
        return {"api-key": self.api_key}

    def _validate_headers(self, headers: Headers, custom_headers: Headers) -> None:
        """The key is where it belongs, though the SDK looks elsewhere for it."""
