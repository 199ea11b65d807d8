"""Merging the text deltas of a chat completion stream before anything costly reads them."""

import json
from typing import Any, Final, cast

_SEPARATOR: Final = b"\n\n"


class DeltaMerger:
    """Joins neighbouring text deltas of a chat completion event stream into one event.

    Reading one event costs the SDK and pydantic-ai some 200 µs, merging it here 6: a read that brings many tokens is
    paid for once. What isn't plainly a text delta and nothing else (roles, tool calls, reasoning, usage, finish
    reasons, errors, comments, malformed events, thinking tags) passes through byte for byte and in its place.
    """

    def __init__(self) -> None:
        self._rest = b""
        self.flowing = False
        """The last event was text, so that more of it is likely on its way."""

    def feed(self, received: bytes) -> bytes:
        """The complete events in what was received so far; the beginning of another one is kept for the next call."""
        self._rest += received
        if b"\r" in self._rest:
            # A CR that ends the buffer waits for its LF. JSON never holds either of them raw.
            self._rest = self._rest.replace(b"\r\n", b"\n")
        *events, self._rest = self._rest.split(_SEPARATOR)
        if not events:
            return b""
        merged: list[bytes] = []
        run = _Run()
        for event in events:
            chunk = _text_chunk(event)
            self.flowing = chunk is not None
            if chunk is None:
                run.close_into(merged)
                merged.append(event)
            else:
                run.add(event, chunk)
        run.close_into(merged)
        merged.append(b"")
        return _SEPARATOR.join(merged)

    def flush(self) -> bytes:
        """What the stream ended with, if that was no complete event."""
        rest, self._rest = self._rest, b""
        return rest


class _Run:
    """Text deltas with nothing between them."""

    def __init__(self) -> None:
        self._event = b""
        self._chunk: dict[str, Any] = {}
        self._texts: list[str] = []

    def add(self, event: bytes, chunk: dict[str, Any]) -> None:
        if not self._texts:
            self._event, self._chunk = event, chunk
        self._texts.append(chunk["choices"][0]["delta"]["content"])

    def close_into(self, merged: list[bytes]) -> None:
        if len(self._texts) == 1:
            merged.append(self._event)
        elif self._texts:
            self._chunk["choices"][0]["delta"]["content"] = "".join(self._texts)
            merged.append(b"data: " + json.dumps(self._chunk, separators=(",", ":")).encode())
        self._texts = []


def _text_chunk(event: bytes) -> dict[str, Any] | None:
    """The event's JSON when it carries text for the first choice and nothing else that anyone could want."""
    if not event.startswith(b"data:") or b"\n" in event:
        return None
    try:
        chunk: Any = json.loads(event[5:])
    except ValueError:
        return None  # malformed, or the end: the SDK knows what to make of it
    match chunk:
        case {"choices": [{"delta": {"content": str(text), **delta}, **choice}], **rest} if text:
            pass
        case _:
            return None
    delta.pop("role", None)
    index: object = choice.pop("index", 0)
    noteworthy = (*delta.values(), *choice.values(), rest.get("usage"), rest.get("error"))
    if index != 0 or any(value is not None for value in noteworthy):
        return None
    mark = text.strip()
    if mark.startswith("<") and mark.endswith(">"):
        return None  # perhaps <think>, which pydantic-ai knows by its being a delta of its own
    return cast("dict[str, Any]", chunk)
