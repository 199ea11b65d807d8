"""Google's Gemini API."""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, cast
from urllib.parse import quote

from nexus.providers.llm.base import ChatTurn, FinishReason, LlmRequest, LlmUsage, ToolCall, ToolResult, Turn
from nexus.providers.llm.failures import AttemptError, Failure
from nexus.providers.llm.keepsakes import Keepsakes
from nexus.providers.llm.wire import Dialect, Json, Reading, Refusal, arguments_of

_FINISH_REASONS: Final[Mapping[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content-filter",
    "RECITATION": "content-filter",
    "BLOCKLIST": "content-filter",
    "PROHIBITED_CONTENT": "content-filter",
    "SPII": "content-filter",
}
_ERRORS: Final[Mapping[str, Failure]] = {
    "UNAUTHENTICATED": Failure.KEY,
    "PERMISSION_DENIED": Failure.KEY,
    "NOT_FOUND": Failure.UNKNOWN_MODEL,
    "RESOURCE_EXHAUSTED": Failure.RATE_LIMITED,
    "INVALID_ARGUMENT": Failure.REJECTED,
    "FAILED_PRECONDITION": Failure.REJECTED,
}
_NOTHING: Final[Json] = {}
_NO_SIGNATURE: Final = "skip_thought_signature_validator"
"""What Google documents for calls whose signature is not at hand."""
_SECONDS: Final = re.compile(r"(\d+(?:\.\d+)?)s")
_OUR_ID: Final = "nexus-"


def google_headers(api_key: str | None) -> dict[str, str]:
    return {"x-goog-api-key": api_key} if api_key else {}


def model_path(model: str) -> str:
    """Names are pasted with and without their folder."""
    return quote(model if "/" in model else f"models/{model}", safe="/")


class GoogleDialect(Dialect):
    text_mark: ClassVar[bytes] = b'"text"'

    def __init__(self, address: str, api_version: str, api_key: str | None, model: str) -> None:
        self.headers = google_headers(api_key)
        self._url = f"{address}/{api_version}/{model_path(model)}:streamGenerateContent?alt=sse"
        self._signatures = Keepsakes[str]()

    def ask(self, request: LlmRequest) -> tuple[str, Json]:
        body: dict[str, Any] = {
            "contents": self._contents(request.turns),
            "generationConfig": {"maxOutputTokens": request.max_tokens, "temperature": request.temperature},
        }
        if request.system:
            body["systemInstruction"] = {"parts": [{"text": request.system}]}
        if request.tools:
            declared = [
                {"name": tool.name, "description": tool.description, "parametersJsonSchema": dict(tool.parameters)}
                for tool in request.tools
            ]
            body["tools"] = [{"functionDeclarations": declared}]
        return self._url, body

    def begin(self) -> Reading:
        return _ContentReading(self._signatures)

    def judge(self, refusal: Refusal) -> Failure | None:
        details = json.dumps(refusal.body)
        if "API_KEY_INVALID" in details or "API_KEY_EXPIRED" in details:
            return Failure.KEY  # with status 400
        if refusal.status == 400 and "token count" in refusal.message:
            return Failure.TOO_LONG
        return None

    def wait(self, refusal: Refusal) -> float | None:
        match refusal.body:
            case {"error": {"details": [*details]}}:
                delays = (detail.get("retryDelay") for detail in cast("list[Json]", details))
                found = (_SECONDS.fullmatch(str(delay)) for delay in delays)
                return next((float(seconds[1]) for seconds in found if seconds), None)
            case _:
                return None

    def _contents(self, turns: Sequence[Turn]) -> list[Json]:
        """Turns of one side are one content: all results of parallel calls have to stand together."""
        contents: list[Json] = []
        for turn in turns:
            role, parts = ("user", [_result(turn)]) if isinstance(turn, ToolResult) else self._parts(turn)
            if not parts:
                continue
            if contents and contents[-1]["role"] == role:
                contents[-1]["parts"].extend(parts)
            else:
                contents.append({"role": role, "parts": parts})
        return contents

    def _parts(self, turn: ChatTurn) -> tuple[str, list[Json]]:
        parts: list[Json] = [{"text": turn.text}] if turn.text else []
        for number, call in enumerate(turn.calls):
            part: dict[str, Any] = {"functionCall": {**_named(call.id, call.name), "args": arguments_of(call)}}
            # Of parallel calls only the first one is signed.
            signature = self._signatures.find(call.id) or ("" if number else _NO_SIGNATURE)
            parts.append(part | ({"thoughtSignature": signature} if signature else {}))
        return ("user" if turn.role == "user" else "model"), parts


def _named(call_id: str, name: str) -> dict[str, str]:
    """An id goes back only where it came from there."""
    return {"name": name} if call_id.startswith(_OUR_ID) else {"id": call_id, "name": name}


def _result(result: ToolResult) -> Json:
    return {"functionResponse": {**_named(result.call_id, result.name), "response": {"result": result.text}}}


class _ContentReading(Reading):
    def __init__(self, signatures: Keepsakes[str]) -> None:
        super().__init__()
        self._signatures = signatures

    def take(self, event: Json) -> str:
        match event:
            case {"error": {"status": str(status)}}:
                raise AttemptError(_ERRORS.get(status, Failure.SERVER))
            case {"promptFeedback": {"blockReason": str()}}:
                self.finish_reason = "content-filter"
                self.complete = True
            case {"candidates": [_, *_]}:
                candidate = cast("Json", event["candidates"][0])
                self._count(event)
                content: Json = candidate.get("content") or _NOTHING
                text = "".join(map(self._part, content.get("parts") or ()))
                if reason := candidate.get("finishReason"):
                    self.finish_reason = "tool-calls" if self.calls else _FINISH_REASONS.get(reason, "other")
                    self.complete = True
                return text
            case {"usageMetadata": _} | {"modelVersion": _} | {"responseId": _}:
                pass
            case _:
                raise AttemptError(Failure.MALFORMED)
        self._count(event)
        return ""

    def _part(self, part: Json) -> str:
        match part:
            case {"thought": True, "text": thought}:
                self.think(thought)
            case {"text": str(text)}:
                return text
            case {"functionCall": {"name": str(name)}}:
                call = cast("Json", part["functionCall"])
                call_id = str(call.get("id") or f"{_OUR_ID}{secrets.token_hex(8)}")
                self.calls.append(ToolCall(call_id, name, json.dumps(call.get("args") or {}, ensure_ascii=False)))
                if isinstance(signature := part.get("thoughtSignature"), str):
                    self._signatures.keep(call_id, signature, len(signature))
            case _:
                pass
        return ""

    def _count(self, event: Json) -> None:
        if usage := cast("Json", event.get("usageMetadata") or _NOTHING):
            prompt, cached, said, thought = (
                int(usage.get(name) or 0)
                for name in (
                    "promptTokenCount",
                    "cachedContentTokenCount",
                    "candidatesTokenCount",
                    "thoughtsTokenCount",
                )
            )
            # Thoughts are paid for as what is said.
            self.usage = LlmUsage(prompt, said + thought, cached_tokens=cached) if prompt or said else None
