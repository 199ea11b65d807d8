"""OpenAI's chat completions with its refusals and its list of models, and Azure's two forms of them."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.doubles.vendor_wire import MODELS, Wire, sse

_REFUSALS: dict[str, tuple[int, str, str | None, str | None, str]] = {
    "key": (401, "invalid_request_error", "invalid_api_key", None, "Incorrect API key provided: KEY."),
    "forbidden": (403, "invalid_request_error", None, None, "You are not allowed KEY"),
    "model": (404, "invalid_request_error", "model_not_found", None, "The model KEY does not exist."),
    "rate": (429, "requests", "rate_limit_exceeded", None, "Rate limit reached KEY"),
    "quota": (429, "insufficient_quota", "insufficient_quota", None, "You exceeded your current quota KEY"),
    "long": (
        400,
        "invalid_request_error",
        "context_length_exceeded",
        "messages",
        "This model's maximum context length is 8192 tokens. KEY",
    ),
    "filter": (400, "invalid_request_error", "content_filter", "prompt", "The response was filtered KEY"),
    "temperature": (
        400,
        "invalid_request_error",
        "unsupported_value",
        "temperature",
        "Unsupported value: 'temperature' does not support 0.1 with this model.",
    ),
    "limit": (
        400,
        "invalid_request_error",
        "unsupported_parameter",
        "max_tokens",
        "Unsupported parameter: 'max_tokens' is not supported with this model.",
    ),
    "overloaded": (503, "server_error", None, None, "The engine is currently overloaded KEY"),
    "bad": (400, "invalid_request_error", None, None, "Invalid value KEY"),
    "server": (500, "server_error", None, None, "The server had an error KEY"),
}


class OpenAIWire(Wire):
    address: ClassVar[str] = "/v1"

    def model_of(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
        return body["model"] if (method, path) == ("POST", "/v1/chat/completions") else None

    def listing(self, path: str, query: Mapping[str, str]) -> Any | None:
        entries = [{"id": name, "object": "model", "owned_by": "system"} for name in MODELS]
        return {"object": "list", "data": entries} if path == "/v1/models" else None

    def key_of(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("authorization", "").removeprefix("Bearer ") or None

    def refusal(self, kind: str) -> tuple[int, Any]:
        status, name, code, param, message = _REFUSALS[kind]
        return status, {"error": {"message": message, "type": name, "param": param, "code": code}}

    def said(self, body: Mapping[str, Any]) -> list[str]:
        return [message.get("content") or "" for message in body["messages"] if message["role"] != "tool"]

    def results(self, body: Mapping[str, Any]) -> list[str]:
        last: list[str] = []
        for message in body["messages"]:
            last = [*last, message["content"]] if message["role"] == "tool" else []
        return last

    def opening(self, model: str, tokens: int) -> bytes:
        return self._event({"role": "assistant", "content": ""})

    def text(self, text: str) -> bytes:
        return self._event({"content": text})

    def thought(self, text: str) -> bytes:
        return self._event({"reasoning_content": text})

    def calls(self, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> list[bytes]:
        events: list[bytes] = []
        for at, (key, name, arguments) in enumerate(calls):
            function = {"name": name, "arguments": ""}
            events.append(self._call({"index": at, "id": key, "type": "function", "function": function}))
            text = json.dumps(arguments, ensure_ascii=False)
            for start in range(0, len(text), 7):
                events.append(self._call({"index": at, "function": {"arguments": text[start : start + 7]}}))
        return events

    def closing(self, finish: str, tokens: int, said: int) -> bytes:
        end = b"" if finish == "none" else self._event({}, finish)
        usage = {"prompt_tokens": tokens, "completion_tokens": said, "total_tokens": tokens + said}
        usage |= {"prompt_tokens_details": {"cached_tokens": 1}}
        return end + sse({**_chunk(), "choices": [], "usage": usage}) + b"data: [DONE]\n\n"

    def failure(self) -> bytes:
        return sse({"error": {"message": "The server had an error", "type": "server_error", "code": None}})

    def _call(self, call: Any) -> bytes:
        return self._event({"tool_calls": [call]})

    def _event(self, delta: Any, finish: str | None = None) -> bytes:
        return sse({**_chunk(), "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


class AzureWire(OpenAIWire):
    """A resource: deployments under a dated version, or the path without one. Keys go into a header of its own."""

    address: ClassVar[str] = ""
    dated = re.compile(r"/openai/deployments/([^/]+)/chat/completions")

    def model_of(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
        if method != "POST":
            return None
        if path == "/openai/v1/chat/completions":
            return body["model"]
        found = self.dated.fullmatch(path)
        return found[1] if found and re.fullmatch(r"\d{4}-\d\d-\d\d(-preview)?", query.get("api-version", "")) else None

    def listing(self, path: str, query: Mapping[str, str]) -> Any | None:
        if path != "/openai/v1/models" and (path != "/openai/models" or "api-version" not in query):
            return None
        entries = [{"id": name, "object": "model", "capabilities": {"chat_completion": True}} for name in MODELS]
        embedder = {"id": "embedder", "object": "model", "capabilities": {"chat_completion": False}}
        return {"object": "list", "data": [*entries, embedder]}

    def key_of(self, headers: Mapping[str, str]) -> str | None:
        assert "authorization" not in headers
        return headers.get("api-key")

    def refusal(self, kind: str) -> tuple[int, Any]:
        if kind == "key":
            return 401, {"error": {"code": "401", "message": "Access denied due to invalid subscription key KEY"}}
        if kind == "model":
            return 404, {"error": {"code": "DeploymentNotFound", "message": "The API deployment KEY does not exist."}}
        status, body = super().refusal(kind)
        if kind == "filter":
            inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": {"violence": {"filtered": True}}}
            body["error"] |= {"status": 400, "innererror": inner}
        return status, body

    def opening(self, model: str, tokens: int) -> bytes:
        checked = {"hate": {"filtered": False, "severity": "safe"}}
        first = {"choices": [], "id": "", "object": "", "created": 0, "model": ""}
        return sse({**first, "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": checked}]})


def _chunk() -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "m"}
