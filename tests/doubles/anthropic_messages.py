"""Anthropic's Messages API and its list of models."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.doubles.vendor_wire import MODELS, Wire, sse

SIGNATURE = "c2VhbGVk"
_REFUSALS = {
    "key": (401, "authentication_error", "invalid x-api-key KEY"),
    "forbidden": (403, "permission_error", "Your API key KEY does not have permission to use the specified resource."),
    "model": (404, "not_found_error", "model: KEY"),
    "rate": (429, "rate_limit_error", "This request would exceed your organization's rate limit. KEY"),
    "quota": (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API. KEY"),
    "long": (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum KEY"),
    "temperature": (400, "invalid_request_error", "`temperature` is deprecated for this model."),
    "no-temperature": (400, "invalid_request_error", "temperature: Extra inputs are not permitted"),
    "overloaded": (529, "overloaded_error", "Overloaded KEY"),
    "bad": (400, "invalid_request_error", "messages: KEY"),
    "server": (500, "api_error", "Internal server error KEY"),
}
_STOPS = {"stop": "end_turn", "length": "max_tokens", "content_filter": "refusal", "tool_calls": "tool_use"}


class AnthropicWire(Wire):
    version: ClassVar[str] = "2026-10-21"

    def __init__(self) -> None:
        self._index = 0
        self._open = False

    def model_of(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
        return body["model"] if (method, path) == ("POST", "/v1/messages") else None

    def listing(self, path: str, query: Mapping[str, str]) -> Any | None:
        if path != "/v1/models":
            return None
        at = 1 if query.get("after_id") == MODELS[0] else 0
        entry = {"type": "model", "id": MODELS[at], "display_name": "A model", "created_at": "2026-01-01T00:00:00Z"}
        return {"data": [entry], "has_more": at == 0, "first_id": MODELS[at], "last_id": MODELS[at]}

    def key_of(self, headers: Mapping[str, str]) -> str | None:
        assert headers["anthropic-version"] == self.version
        return headers.get("x-api-key")

    def objection(self, body: Mapping[str, Any]) -> str | None:
        return "no-temperature" if self.version == "2026-10-21" and "temperature" in body else None

    def refusal(self, kind: str) -> tuple[int, Any]:
        status, name, message = _REFUSALS[kind]
        return status, {"type": "error", "error": {"type": name, "message": message}, "request_id": "req_1"}

    def said(self, body: Mapping[str, Any]) -> list[str]:
        contents = [message["content"] for message in body["messages"]]
        lists = [[{"type": "text", "text": said}] if isinstance(said, str) else said for said in contents]
        blocks = [block for blocks in lists for block in blocks]
        return [body.get("system", ""), *(block["text"] for block in blocks if block["type"] == "text")]

    def results(self, body: Mapping[str, Any]) -> list[str]:
        last = body["messages"][-1]["content"]
        blocks = [] if isinstance(last, str) else last
        return [block["content"] for block in blocks if block["type"] == "tool_result"]

    def opening(self, model: str, tokens: int) -> bytes:
        self._index, self._open = 0, False
        usage = {"input_tokens": tokens, "cache_creation_input_tokens": 2, "cache_read_input_tokens": 3}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": model}
        start = {"type": "message_start", "message": {**message, "usage": {**usage, "output_tokens": 1}}}
        return sse(start, "message_start") + sse({"type": "ping"}, "ping")

    def text(self, text: str) -> bytes:
        begin = b"" if self._open else self._begin({"type": "text", "text": ""})
        self._open = True
        return begin + self._delta({"type": "text_delta", "text": text})

    def thought(self, text: str) -> bytes:
        block = self._begin({"type": "thinking", "thinking": "", "signature": ""})
        signature = self._delta({"type": "signature_delta", "signature": SIGNATURE})
        return block + self._delta({"type": "thinking_delta", "thinking": text}) + signature + self._end()

    def calls(self, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> list[bytes]:
        events: list[bytes] = []
        for key, name, arguments in calls:
            events.append(self._begin({"type": "tool_use", "id": key, "name": name, "input": {}}))
            # Without arguments there may be no fragment but an empty one.
            text = json.dumps(arguments, ensure_ascii=False) if arguments else ""
            for start in range(0, max(len(text), 1), 7):
                events.append(self._delta({"type": "input_json_delta", "partial_json": text[start : start + 7]}))
            events.append(self._end())
        return events

    def closing(self, finish: str, tokens: int, said: int) -> bytes:
        end = self._end() if self._open else b""
        if finish == "none":
            return end
        delta = {"stop_reason": _STOPS[finish], "stop_sequence": None}
        last = {"type": "message_delta", "delta": delta, "usage": {"output_tokens": said}}
        return end + sse(last, "message_delta") + sse({"type": "message_stop"}, "message_stop")

    def failure(self) -> bytes:
        return sse({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}, "error")

    def _begin(self, block: Any) -> bytes:
        event = {"type": "content_block_start", "index": self._index, "content_block": block}
        return sse(event, "content_block_start")

    def _delta(self, delta: Any) -> bytes:
        return sse({"type": "content_block_delta", "index": self._index, "delta": delta}, "content_block_delta")

    def _end(self) -> bytes:
        event = {"type": "content_block_stop", "index": self._index}
        self._index += 1
        self._open = False
        return sse(event, "content_block_stop")


class Anthropic2023Wire(AnthropicWire):
    """The version before, which takes a temperature."""

    version: ClassVar[str] = "2023-06-01"
