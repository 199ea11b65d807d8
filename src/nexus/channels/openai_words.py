"""Between OpenAI's chat completions and a run: requests become a question with its history, events become chunks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from starlette.responses import JSONResponse, Response

from nexus.channels.openai_schemas import CompletionIn, MessageIn, TextPart
from nexus.core.errors import InvalidError
from nexus.core.http.problems import ProblemParts
from nexus.providers.llm.base import ChatTurn

MODEL: Final = "nexus"
"""Answers from everything that the caller may read."""
_AGENT: Final = "agent-"
_LONGEST_QUESTION: Final = 8000
_MARKER: Final = re.compile(r"\[(\d{1,4})\]")
_TYPES: Final = {
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("invalid_request_error", "forbidden"),
    404: ("invalid_request_error", "not_found"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}
_INVALID: Final = 422
_FAULT: Final = 500

Chunk = dict[str, Any]


def agent_model(agent_id: UUID) -> str:
    """What an agent is called as a model: the same whatever it is renamed to."""
    return f"{_AGENT}{agent_id}"


def read_agent_model(name: str) -> UUID | None:
    """The reverse of `agent_model`; None for anything that it cannot have made."""
    try:
        agent_id = UUID(name.removeprefix(_AGENT))
    except ValueError:
        return None
    return agent_id if agent_model(agent_id) == name else None


def openai_problem(parts: ProblemParts) -> Response:
    """An error as OpenAI's clients read it."""
    # They know no 422; what is wrong with a request is 400.
    status = 400 if parts.status == _INVALID else parts.status
    kind, code = _TYPES.get(status, ("server_error" if status >= _FAULT else "invalid_request_error", parts.slug))
    code = str(parts.extra.get("code", code))
    return JSONResponse(error_body(parts.detail, kind, code), status, headers=dict(parts.headers))


def error_body(detail: str, kind: str = "server_error", code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": detail, "type": kind, "param": None, "code": code}}


@dataclass(frozen=True, slots=True)
class Asked:
    """The last user message, and what was said before it."""

    question: str
    history: tuple[ChatTurn, ...]


def read_request(wanted: CompletionIn) -> Asked:
    """Raises InvalidError, with a sentence, for what cannot be answered as it is asked."""
    if wanted.n not in (None, 1):
        raise InvalidError("One answer is given at a time: leave `n` away, or say 1.", code="unsupported_parameter")
    if wanted.tools or wanted.functions:
        raise InvalidError("Tools of the caller are not used here. Leave `tools` away.", code="unsupported_parameter")
    if (wanted.response_format or {}).get("type", "text") != "text":
        raise InvalidError("Answers are text. Leave `response_format` away.", code="unsupported_parameter")
    *before, last = wanted.messages
    if last.role != "user":
        raise InvalidError("The last message has to be the user's.")
    question = _text(last).strip()
    if not 0 < len(question) <= _LONGEST_QUESTION:
        raise InvalidError(f"A question has between 1 and {_LONGEST_QUESTION:,} characters.")
    turns = [_turn(message) for message in before]
    return Asked(question, tuple(turn for turn in turns if turn is not None))


def _turn(message: MessageIn) -> ChatTurn | None:
    text = _text(message).strip()
    if not text or message.role in {"tool", "function"}:
        return None
    # What an application tells its model is a wish here, as whatever a user says: it outranks no rule of ours.
    return ChatTurn("assistant" if message.role == "assistant" else "user", text)


def _text(message: MessageIn) -> str:
    content = message.content or ""
    if isinstance(content, str):
        return content
    if any(not isinstance(part, TextPart) for part in content):
        raise InvalidError("Only text can be asked. Upload images and files as documents.", code="unsupported_content")
    return "\n".join(part.text for part in content if isinstance(part, TextPart))


@dataclass
class Completion:
    """One answer, filled from its run's events."""

    id: str
    model: str
    created: int
    public_url: str
    """Where links to the cited places begin."""
    text: str = ""
    citations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    web_citations: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    support: float | None = None
    usage: dict[str, int] = field(default_factory=dict[str, int])
    about: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, kind: str, data: dict[str, Any]) -> None:
        match kind:
            case "run.started":
                self.about = dict(data)
            case "text.delta":
                self.text += data["text"]
            case "citation.added":
                self.citations.append(data)
            case "web.cited":
                self.web_citations.append(data)
            case "answer.checked":
                self.support = data["support"]
            case "run.succeeded" | "run.cancelled":
                told = data["usage"]
                prompt, said = told["input_tokens"], told["output_tokens"]
                total = prompt + said
                self.usage = {"prompt_tokens": prompt, "completion_tokens": said, "total_tokens": total}
            case _:
                pass

    def annotations(self) -> list[dict[str, Any]]:
        """A URL citation for each marker in the text, at the marker's place."""
        by_number = {each["number"]: each for each in (*self.citations, *self.web_citations)}
        return [
            {"type": "url_citation", "url_citation": self._citation(by_number[number], *match.span())}
            for match in _MARKER.finditer(self.text)
            if (number := int(match[1])) in by_number
        ]

    def _citation(self, cited: dict[str, Any], start: int, end: int) -> dict[str, Any]:
        if "url" in cited:
            return {"start_index": start, "end_index": end, "url": cited["url"], "title": cited["title"]}
        place = urlencode(
            {"id": cited["document_id"], "version": cited["version_id"], "start": cited["start"], "end": cited["end"]}
        )
        where = cited["page_label"] or f"page {cited['page']}"
        return {
            "start_index": start,
            "end_index": end,
            "url": f"{self.public_url}/knowledge/document/?{place}",
            "title": f"{cited['document_title'] or cited['document_name']}, {where}",
        }

    def extras(self) -> dict[str, Any]:
        """What OpenAI's protocol has no words for: the passages themselves, and how far they hold."""
        return {**self.about, "citations": self.citations, "web_citations": self.web_citations, "support": self.support}

    def whole(self) -> dict[str, Any]:
        message = {
            "role": "assistant",
            "content": self.text,
            "refusal": None,
            "annotations": self.annotations(),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return self._frame("chat.completion", [choice]) | {"usage": self.usage, "nexus": self.extras()}

    def chunk(self, delta: dict[str, Any], finish_reason: str | None = None) -> Chunk:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return self._frame("chat.completion.chunk", [choice])

    def last_chunks(self, *, with_usage: bool) -> list[Chunk]:
        """After the text: what it cites, that it is finished, and what it cost."""
        cited = self.chunk({"annotations": self.annotations()}) | {"nexus": self.extras()}
        usage = self._frame("chat.completion.chunk", []) | {"usage": self.usage}
        return [cited, self.chunk({}, "stop"), *([usage] if with_usage else [])]

    def _frame(self, kind: str, choices: Sequence[dict[str, Any]]) -> Chunk:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "choices": list(choices),
        }
