"""Ollama's chat and tags."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from tests.doubles.openai_chat import SECRET
from tests.doubles.vendor_wire import MODELS, Wire

_REFUSALS = {
    "key": (401, "unauthorized KEY"),
    "forbidden": (403, "forbidden KEY"),
    "model": (404, "model 'KEY' not found"),
    "rate": (429, "too many concurrent requests KEY"),
    "quota": (402, "this model requires a subscription KEY"),
    "long": (400, "the input length exceeds the context length KEY"),
    "overloaded": (503, "server busy, please try again. maximum pending requests exceeded KEY"),
    "bad": (400, "KEY does not support tools"),
    "server": (500, "llama runner process has terminated KEY"),
}


class OllamaWire(Wire):
    stream_type: ClassVar[str] = "application/x-ndjson"

    def model_of(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
        return body["model"] if (method, path) == ("POST", "/api/chat") else None

    def listing(self, path: str, query: Mapping[str, str]) -> Any | None:
        return {"models": [{"name": name, "model": name} for name in MODELS]} if path == "/api/tags" else None

    def key_of(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("authorization", "").removeprefix("Bearer ") or None

    def refusal(self, kind: str) -> tuple[int, Any]:
        status, message = _REFUSALS[kind]
        return status, {"error": message}

    def said(self, body: Mapping[str, Any]) -> list[str]:
        return [message["content"] for message in body["messages"] if message["role"] != "tool"]

    def results(self, body: Mapping[str, Any]) -> list[str]:
        last: list[str] = []
        for message in body["messages"]:
            last = [*last, message["content"]] if message["role"] == "tool" else []
        return last

    def opening(self, model: str, tokens: int) -> bytes:
        self._model = model
        return b""

    def text(self, text: str) -> bytes:
        return self._line({"content": text})

    def thought(self, text: str) -> bytes:
        return self._line({"content": "", "thinking": text})

    def calls(self, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> list[bytes]:
        return [
            self._line({"content": "", "tool_calls": [{"id": key, "function": {"name": name, "arguments": arguments}}]})
            for key, name, arguments in calls
        ]

    def closing(self, finish: str, tokens: int, said: int) -> bytes:
        if finish == "none":
            return b""
        counts = {"prompt_eval_count": tokens, "eval_count": said, "total_duration": 1}
        reason = "length" if finish == "length" else "stop"
        return self._line({"content": ""}, {"done": True, "done_reason": reason, **counts})

    def failure(self) -> bytes:
        return json.dumps({"error": f"an error was encountered: {SECRET}"}).encode() + b"\n"

    def garbage(self) -> bytes:
        return b'{"message": "' + SECRET.encode() + b"\n"

    def _line(self, message: Any, rest: Mapping[str, Any] | None = None) -> bytes:
        said = {"role": "assistant", **message}
        event = {"model": self._model, "created_at": "2026-01-01T00:00:00Z", "message": said, "done": False}
        # Go's encoder: no blanks, raw UTF-8.
        return json.dumps({**event, **(rest or {})}, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
