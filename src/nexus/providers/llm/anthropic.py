"""Anthropic's Messages API."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from nexus.providers.llm.base import FinishReason, LlmRequest, LlmUsage, ToolCall, ToolResult, Turn
from nexus.providers.llm.failures import AttemptError, Failure
from nexus.providers.llm.wire import Dialect, Json, Reading, Refusal, arguments_of

ANTHROPIC_VERSION: Final = "2026-10-21"
_WITH_TEMPERATURE: Final = "2023-06-01"
"""The version that still takes one, from models that do. Amazon's and others' gateways may know no later one."""
_FINISH_REASONS: Final[Mapping[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool-calls",
    "refusal": "content-filter",
}
_ERRORS: Final[Mapping[str, Failure]] = {
    "authentication_error": Failure.KEY,
    "permission_error": Failure.KEY,
    "billing_error": Failure.QUOTA,
    "not_found_error": Failure.UNKNOWN_MODEL,
    "request_too_large": Failure.TOO_LONG,
    "rate_limit_error": Failure.RATE_LIMITED,
    "invalid_request_error": Failure.REJECTED,
}


def anthropic_headers(api_key: str | None, api_version: str) -> dict[str, str]:
    return {"anthropic-version": api_version or ANTHROPIC_VERSION, **({"x-api-key": api_key} if api_key else {})}


class AnthropicDialect(Dialect):
    text_mark: ClassVar[bytes] = b'"text_delta"'

    def __init__(self, address: str, api_version: str, api_key: str | None, model: str) -> None:
        self.headers = anthropic_headers(api_key, api_version)
        self._url = f"{address}/v1/messages"
        self._model = model
        self._takes_temperature = api_version == _WITH_TEMPERATURE

    def ask(self, request: LlmRequest) -> tuple[str, Json]:
        body: dict[str, Any] = {
            "model": self._model,
            "max_tokens": request.max_tokens,
            "messages": _messages(request.turns),
            "stream": True,
        }
        if request.system:
            body["system"] = request.system
        if self._takes_temperature:
            body["temperature"] = min(request.temperature, 1.0)  # it has no higher one
        if request.tools:
            body["tools"] = [
                {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
                for tool in request.tools
            ]
        return self._url, body

    def begin(self) -> Reading:
        return _MessageReading()

    def judge(self, refusal: Refusal) -> Failure | None:
        message = refusal.message
        if refusal.status == 400 and ("prompt is too long" in message or "context window" in message):
            return Failure.TOO_LONG
        if refusal.status == 400 and "credit balance" in message:
            return Failure.QUOTA
        return None

    def give_in(self, refusal: Refusal) -> bool:
        """Newer models refuse a temperature, whatever the version."""
        if refusal.status == 400 and self._takes_temperature and "temperature" in refusal.message:
            self._takes_temperature = False
            return True
        return False


def _messages(turns: Sequence[Turn]) -> list[Json]:
    """Turns of one side are one message: all results of parallel calls have to follow in the very next."""
    messages: list[Json] = []
    for turn in turns:
        role, blocks = _blocks(turn)
        if not blocks:
            continue
        if messages and messages[-1]["role"] == role:
            messages[-1]["content"].extend(blocks)
        else:
            messages.append({"role": role, "content": blocks})
    return messages


def _blocks(turn: Turn) -> tuple[str, list[Json]]:
    if isinstance(turn, ToolResult):
        block: dict[str, Any] = {"type": "tool_result", "tool_use_id": turn.call_id}
        return "user", [block | {"content": turn.text} if turn.text.strip() else block]
    text = turn.text if turn.role == "user" else turn.text.rstrip()  # it may not end in blanks
    said = [{"type": "text", "text": text}] if text.strip() else []
    return turn.role, [*said, *map(_call_block, turn.calls)]


def _call_block(call: ToolCall) -> Json:
    return {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments_of(call)}


class _MessageReading(Reading):
    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[str, int] = {}
        self._tools: dict[int, tuple[str, str, list[str]]] = {}

    def take(self, event: Json) -> str:
        match event:
            case {"type": "content_block_delta", "delta": {"type": "text_delta", "text": str(text)}}:
                return text
            case {"type": "content_block_delta", "index": int(at), "delta": {"partial_json": str(piece)}}:
                self._tools[at][2].append(piece)
            case {"type": "content_block_delta", "delta": {"thinking": thought}}:
                self.think(thought)
            case {"type": "content_block_start", "content_block": {"type": "text", "text": str(text)}}:
                return text
            case {"type": "content_block_start", "index": int(at), "content_block": {"type": "tool_use", **call}}:
                self._tools[at] = (call["id"], call["name"], [])
            case {"type": "message_start", "message": {"usage": usage}}:
                self._count(usage)
            case {"type": "message_delta", "delta": delta}:
                self._count(event.get("usage") or {})
                if reason := delta.get("stop_reason"):
                    self.finish_reason = _FINISH_REASONS.get(reason, "other")
            case {"type": "message_stop"}:
                self._finish()
            case {"type": "error", "error": {"type": str(kind)}}:
                raise AttemptError(_ERRORS.get(kind, Failure.SERVER))
            case {"type": str()}:
                pass  # a ping, a block's end, or what is new
            case _:
                raise AttemptError(Failure.MALFORMED)
        return ""

    def _count(self, usage: Mapping[str, Any]) -> None:
        self._counts |= {name: count for name, count in usage.items() if isinstance(count, int)}

    def _finish(self) -> None:
        self.complete = True
        self.calls = [ToolCall(key, name, "".join(pieces) or "{}") for key, name, pieces in self._tools.values()]
        if self._counts:
            count = self._counts.get
            cached = count("cache_read_input_tokens", 0)
            asked = count("input_tokens", 0) + cached + count("cache_creation_input_tokens", 0)
            self.usage = LlmUsage(asked, count("output_tokens", 0), cached_tokens=cached)
