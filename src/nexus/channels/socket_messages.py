"""A run's events as messages of the WebSocket: the same facts under the protocol's own names."""

from typing import Any
from uuid import UUID

from nexus.core.errors import NexusError
from nexus.knowledge.watching import Told

Sent = dict[str, Any]


class Translation:
    """Of one run. The messages' `event` is the number to come back with (`attach`)."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id

    def messages(self, number: int, kind: str, data: dict[str, Any]) -> list[Sent]:
        """What an event is told as; nothing for those that the protocol has no words for."""
        return [{"run_id": self._run_id, "event": number, **message} for message in _translated(kind, data)]


def _translated(kind: str, data: dict[str, Any]) -> list[Sent]:
    match kind:
        case "run.started":
            about = {name: data[name] for name in ("conversation_id", "question_id")}
            return [{"type": "stream_start", **about}]
        case "retrieval.finished":
            return [{"type": "sources", "searched": data, "citations": []}]
        case "citation.added":
            return [{"type": "sources", "citations": [data]}]
        case "web.cited":
            return [{"type": "sources", "citations": [], "web_citations": [data]}]
        case "text.delta":
            return [{"type": "stream_chunk", "text": data["text"]}]
        case "answer.checked":
            return [{"type": "checked", **data}]
        case "run.failed":
            problem = error_message(data["detail"], data["code"])
            return [problem, {"type": "stream_end", "state": "failed"}, *_saved(data)]
        case "run.succeeded" | "run.cancelled":
            return [{"type": "stream_end", "state": kind.removeprefix("run.")}, *_saved(data)]
        case _:
            return []


def _saved(data: dict[str, Any]) -> list[Sent]:
    return [{"type": "message_saved", "message_id": data["message_id"]}] if data.get("message_id") else []


def changes_message(knowledge_base_id: UUID, told: Told) -> Sent:
    about: Sent = {"type": "documents_changed", "knowledge_base_id": str(knowledge_base_id), "position": told.position}
    return about | told.changes.model_dump(mode="json")


def watch_ended(knowledge_base_id: UUID) -> Sent:
    """It is gone, or not the listener's to read any more."""
    return {"type": "watch_ended", "knowledge_base_id": str(knowledge_base_id)}


def error_message(detail: str, code: str) -> Sent:
    return {"type": "error", "code": code, "detail": detail}


def problem_message(error: NexusError) -> Sent:
    return error_message(error.detail, str(error.extra.get("code", error.slug)))
