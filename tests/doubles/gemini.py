"""Google's Gemini API: `streamGenerateContent` and its list of models."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from tests.doubles.vendor_wire import MODELS, Wire, sse

_INVALID_KEY = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "KEY"}]
_RETRY = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"}]
_REFUSALS: dict[str, tuple[int, str, str, list[Any]]] = {
    "key": (400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key. KEY", _INVALID_KEY),
    "forbidden": (403, "PERMISSION_DENIED", "Your project KEY has been denied access.", []),
    "model": (404, "NOT_FOUND", "models/KEY is not found for API version v1beta.", []),
    "rate": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota KEY", []),
    "later": (429, "RESOURCE_EXHAUSTED", "You exceeded your current quota KEY", _RETRY),
    "quota": (
        429,
        "RESOURCE_EXHAUSTED",
        "You exceeded your current quota, please check your plan and billing. KEY",
        [],
    ),
    "long": (400, "INVALID_ARGUMENT", "The input token count (1200000) exceeds the maximum allowed (1048576). KEY", []),
    "overloaded": (503, "UNAVAILABLE", "The model is overloaded. Please try again later. KEY", []),
    "bad": (400, "INVALID_ARGUMENT", "Invalid value at KEY", []),
    "server": (500, "INTERNAL", "An internal error has occurred. KEY", []),
}
_REASONS = {"stop": "STOP", "length": "MAX_TOKENS", "content_filter": "SAFETY", "tool_calls": "STOP"}
SIGNATURE = "c2lnbmF0dXJl"


class GeminiWire(Wire):
    def model_of(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
        # The path is not cut at the script's question mark, which was escaped.
        found = re.fullmatch(r"/v1beta/models/(.+):streamGenerateContent", path)
        return found[1] if found and method == "POST" and query.get("alt") == "sse" else None

    def listing(self, path: str, query: Mapping[str, str]) -> Any | None:
        if path != "/v1beta/models":
            return None
        if "pageToken" not in query:
            embedder = {"name": "models/embedder", "supportedGenerationMethods": ["embedContent"]}
            return {"models": [_model(MODELS[0]), embedder], "nextPageToken": "next="}
        return {"models": [_model(MODELS[1])] if query["pageToken"] == "next=" else []}

    def key_of(self, headers: Mapping[str, str]) -> str | None:
        return headers.get("x-goog-api-key")

    def refusal(self, kind: str) -> tuple[int, Any]:
        code, status, message, details = _REFUSALS[kind]
        return code, {"error": {"code": code, "message": message, "status": status, "details": details}}

    def said(self, body: Mapping[str, Any]) -> list[str]:
        contents = [body.get("systemInstruction", {"parts": []}), *body["contents"]]
        return ["".join(part.get("text", "") for part in content["parts"]) for content in contents]

    def results(self, body: Mapping[str, Any]) -> list[str]:
        found = [part["functionResponse"] for part in body["contents"][-1]["parts"] if "functionResponse" in part]
        return [result["response"]["result"] for result in found]

    def opening(self, model: str, tokens: int) -> bytes:
        self._counts = {"promptTokenCount": tokens, "cachedContentTokenCount": 1}
        return b""

    def text(self, text: str) -> bytes:
        return self._event({"content": {"parts": [{"text": text}], "role": "model"}, "index": 0})

    def thought(self, text: str) -> bytes:
        return self._event({"content": {"parts": [{"text": text, "thought": True}], "role": "model"}, "index": 0})

    def calls(self, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> list[bytes]:
        parts: list[Any] = [{"functionCall": {"id": key, "name": name, "args": args}} for key, name, args in calls]
        parts[0]["thoughtSignature"] = SIGNATURE
        return [self._event({"content": {"parts": parts, "role": "model"}, "index": 0})]

    def closing(self, finish: str, tokens: int, said: int) -> bytes:
        counts = {"candidatesTokenCount": said, "thoughtsTokenCount": 2, "totalTokenCount": tokens + said + 2}
        if finish == "none":
            return b""
        return self._event({"finishReason": _REASONS[finish], "index": 0}, counts)

    def failure(self) -> bytes:
        return sse({"error": {"code": 503, "message": "Overloaded", "status": "UNAVAILABLE"}}, newline="\r\n")

    def blocked(self) -> bytes:
        return sse({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": self._counts})

    def _event(self, candidate: Any, counts: Mapping[str, int] | None = None) -> bytes:
        usage = {**self._counts, **(counts or {})}
        event = {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": "r"}
        return sse(event, newline="\r\n")


def _model(name: str) -> dict[str, Any]:
    return {"name": f"models/{name}", "supportedGenerationMethods": ["generateContent", "countTokens"]}
