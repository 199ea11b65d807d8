"""Ollama's own chat: its OpenAI-compatible one cannot say how much the model is to read, and cuts prompts silently."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from nexus.providers.llm.base import (
    FinishReason,
    LlmRequest,
    LlmUsage,
    ToolCall,
    ToolResult,
    Turn,
    estimate_tokens,
    request_bytes,
)
from nexus.providers.llm.failures import AttemptError, Failure
from nexus.providers.llm.wire import Dialect, Json, Reading, Refusal, arguments_of

_SMALLEST_CONTEXT: Final = 8192
_LARGEST_CONTEXT: Final = 131_072
_SAFETY: Final = 1.5
"""Estimates of tokens are for English; other languages take more."""
_FINISH_REASONS: Final[Mapping[str, FinishReason]] = {"stop": "stop", "length": "length"}
_JOINER: Final = "\u200d"
# The marks by which chat templates separate roles: the model's own vocabulary turns them into control tokens.
_MARK: Final = re.compile(
    r"<(?=[|\uff5c])|(?<=[|\uff5c])(?=>)|[<\[](?=/?(?:s|bos|eos|pad|unk|INST|start_of_turn|end_of_turn|"
    r"think|tool_call|tool_response|im_start|im_end|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|SYSTEM_PROMPT)[>\]])|<(?=</?SYS>>)",
    re.IGNORECASE,
)


def break_marks(text: str) -> str:
    """The text with an invisible character in every mark, so that it stays text."""
    return _MARK.sub(lambda mark: mark[0] + _JOINER, text)


def ollama_headers(api_key: str | None) -> dict[str, str]:
    return {"authorization": f"Bearer {api_key}"} if api_key else {}


class OllamaDialect(Dialect):
    text_mark: ClassVar[bytes] = b'"content":"'
    lines: ClassVar[bool] = True

    def __init__(self, address: str, api_key: str | None, model: str) -> None:
        self.headers = ollama_headers(api_key)
        self._url = f"{address}/api/chat"
        self._model = model
        self._context = _SMALLEST_CONTEXT

    def ask(self, request: LlmRequest) -> tuple[str, Json]:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [{"role": "system", "content": request.system}, *map(_message, request.turns)],
            "stream": True,
            "options": {
                "temperature": request.temperature,
                "num_predict": request.max_tokens,
                "num_ctx": self._context_for(request),
            },
        }
        if request.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": break_marks(tool.description),
                        "parameters": dict(tool.parameters),
                    },
                }
                for tool in request.tools
            ]
        return self._url, body

    def begin(self) -> Reading:
        return _ChatReading()

    def judge(self, refusal: Refusal) -> Failure | None:
        return Failure.TOO_LONG if refusal.status == 400 and "context length" in refusal.message else None

    def _context_for(self, request: LlmRequest) -> int:
        """Enough for the prompt and its answer. It only grows, as a model is loaded anew for every other size."""
        wanted = estimate_tokens(request_bytes(request)) * _SAFETY + request.max_tokens
        while self._context < min(wanted, _LARGEST_CONTEXT):
            self._context *= 2
        return self._context


def _message(turn: Turn) -> Json:
    text = break_marks(turn.text)
    if isinstance(turn, ToolResult):
        return {"role": "tool", "tool_name": turn.name, "tool_call_id": turn.call_id, "content": text}
    calls = [
        {"id": call.id, "function": {"index": number, "name": call.name, "arguments": arguments_of(call)}}
        for number, call in enumerate(turn.calls)
    ]
    return {"role": turn.role, "content": text, **({"tool_calls": calls} if calls else {})}


class _ChatReading(Reading):
    def take(self, event: Json) -> str:
        if "error" in event:
            raise AttemptError(Failure.SERVER)
        message: Json = event["message"]
        self.think(message.get("thinking"))
        for call in message.get("tool_calls") or ():
            function = call["function"]
            arguments = json.dumps(function.get("arguments") or {}, ensure_ascii=False)
            self.calls.append(
                ToolCall(str(call.get("id") or f"call_{secrets.token_hex(8)}"), function["name"], arguments)
            )
        if event.get("done"):
            self._finish(event)
        text = message.get("content") or ""
        if not isinstance(text, str):
            raise AttemptError(Failure.MALFORMED)
        return text

    def _finish(self, event: Json) -> None:
        self.complete = True
        if reason := event.get("done_reason"):
            self.finish_reason = "tool-calls" if self.calls else _FINISH_REASONS.get(reason, "other")
        if said := event.get("eval_count"):
            # What it still knew of the prompt is not counted.
            self.usage = LlmUsage(int(event.get("prompt_eval_count") or 0), int(said))
