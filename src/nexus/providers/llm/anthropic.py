"""Anthropic's Messages API."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from nexus.providers.llm.base import ChatTurn, FinishReason, LlmRequest, LlmUsage, ToolCall, ToolResult, Turn
from nexus.providers.llm.failures import AttemptError, Failure
from nexus.providers.llm.keepsakes import Keepsakes
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
_GROWING: Final = {
    "text_delta": ("text", "text"),
    "input_json_delta": ("input", "partial_json"),
    "thinking_delta": ("thinking", "thinking"),
    "signature_delta": ("signature", "signature"),
}
"""By kind of delta, the field of a block that grows, and the delta's own."""
_THOUGHTS: Final = frozenset({"thinking", "redacted_thinking"})
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
        self._thoughts = Keepsakes[list[Json]]()
        self._takes_temperature = api_version == _WITH_TEMPERATURE

    def ask(self, request: LlmRequest) -> tuple[str, Json]:
        body: dict[str, Any] = {
            "model": self._model,
            "max_tokens": request.max_tokens,
            "messages": self._messages(request.turns),
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
        return _MessageReading(self._thoughts)

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

    def _messages(self, turns: Sequence[Turn]) -> list[Json]:
        """Turns of one side are one message: all results of parallel calls have to follow in the very next."""
        messages: list[Json] = []
        for turn in turns:
            role, blocks = (
                ("user", [_result(turn)]) if isinstance(turn, ToolResult) else (turn.role, self._blocks(turn))
            )
            if not blocks:
                continue
            if messages and messages[-1]["role"] == role:
                messages[-1]["content"].extend(blocks)
            else:
                messages.append({"role": role, "content": [*blocks]})
        return messages

    def _blocks(self, turn: ChatTurn) -> list[Json]:
        as_received = self._thoughts.find(turn.calls[0].id) if turn.calls else None
        if as_received and [block["id"] for block in as_received if "id" in block] == [call.id for call in turn.calls]:
            return as_received  # with its thoughts, which have to come back unchanged
        text = turn.text if turn.role == "user" else turn.text.rstrip()  # it may not end in blanks
        said = [{"type": "text", "text": text}] if text.strip() else []
        called = [
            {"type": "tool_use", "id": call.id, "name": call.name, "input": arguments_of(call)} for call in turn.calls
        ]
        return [*said, *called]


def _result(result: ToolResult) -> Json:
    block = {"type": "tool_result", "tool_use_id": result.call_id}
    return block | {"content": result.text} if result.text.strip() else block


class _MessageReading(Reading):
    """Collects the blocks as they will be wanted back."""

    def __init__(self, thoughts: Keepsakes[list[Json]]) -> None:
        super().__init__()
        self._thoughts = thoughts
        self._counts: dict[str, int] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._pieces: dict[tuple[int, str], list[str]] = {}

    def take(self, event: Json) -> str:
        match event:
            case {"type": "content_block_delta", "index": int(at), "delta": {"type": str(kind)}}:
                return self._grow(at, kind, event["delta"])
            case {"type": "content_block_start", "index": int(at), "content_block": {"type": str()}}:
                self._blocks[at] = block = dict(event["content_block"])
                if block["type"] == "text" and (text := str(block["text"])):
                    self._pieces[at, "text"] = [text]
                    return text
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

    def _grow(self, at: int, kind: str, delta: Json) -> str:
        """Add to a block; what is text, is told."""
        field = _GROWING.get(kind)
        if field is None:
            return ""
        name, source = field
        piece = str(delta[source])
        if name == "thinking":
            self.think(piece)
        self._pieces.setdefault((at, name), []).append(piece)
        return piece if name == "text" else ""

    def _count(self, usage: Mapping[str, Any]) -> None:
        self._counts |= {name: count for name, count in usage.items() if isinstance(count, int)}

    def _finish(self) -> None:
        self.complete = True
        for (at, name), pieces in self._pieces.items():
            self._blocks[at][name] = "".join(pieces)
        blocks = [block for _, block in sorted(self._blocks.items())]
        for block in blocks:
            if block["type"] == "tool_use":
                written = block["input"] if isinstance(block["input"], str) else json.dumps(block["input"])
                call = ToolCall(block["id"], block["name"], written or "{}")
                self.calls.append(call)
                block["input"] = arguments_of(call)
        if self.calls and any(block["type"] in _THOUGHTS for block in blocks):
            kept: list[Json] = [block for block in blocks if block["type"] != "text" or block["text"].strip()]
            self._thoughts.keep(self.calls[0].id, kept, len(repr(kept)))
        if self._counts:
            count = self._counts.get
            cached = count("cache_read_input_tokens", 0)
            asked = count("input_tokens", 0) + cached + count("cache_creation_input_tokens", 0)
            self.usage = LlmUsage(asked, count("output_tokens", 0), cached_tokens=cached)
