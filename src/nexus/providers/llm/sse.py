"""Merging the text deltas of a chat completion stream before anything costly reads them."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Protocol

_SEPARATOR: Final = b"\n\n"
_STRING: Final = re.compile(rb'(?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+')
"""What may stand between the quotes of a JSON string."""
_CONTENT: Final = re.compile(rb'"content"\s*:\s*"(' + _STRING.pattern + rb')"')


@dataclass(frozen=True, slots=True)
class _Frame:
    """A text event without its text. Within one stream it's nearly always the same."""

    before: bytes
    after: bytes

    def text_of(self, event: bytes) -> bytes | None:
        """The text, still in JSON's escapes, if the event is this frame around a text that needs no closer look."""
        if not (event.startswith(self.before) and event.endswith(self.after)):
            return None
        text = event[len(self.before) : len(event) - len(self.after)]
        # Either may be a thinking tag: Go's servers write < as an escape.
        if not text or b"<" in text or b"\\u" in text or not _STRING.fullmatch(text):
            return None
        return text


class Merger(Protocol):
    """Stands between the socket and whoever reads the events."""

    flowing: bool
    """The last event was text, so that more of it is likely on its way."""

    def feed(self, received: bytes) -> bytes: ...

    def flush(self) -> bytes: ...


class PassingText:
    """For readers that are cheap themselves: merges nothing, and only tells whether text flows."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self.flowing = False

    def feed(self, received: bytes) -> bytes:
        self.flowing = self._mark in received
        return received

    def flush(self) -> bytes:
        return b""


class DeltaMerger:
    """Joins neighbouring text deltas of a chat completion event stream into one event.

    Reading one event costs the SDK and pydantic-ai some 200 µs, merging it here 3: a read that brings many tokens is
    paid for once. What isn't plainly a text delta and nothing else (roles, tool calls, reasoning, usage, finish
    reasons, errors, comments, malformed events, thinking tags) passes through byte for byte and in its place.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._frame: _Frame | None = None
        self.flowing = False

    def feed(self, received: bytes) -> bytes:
        """The complete events in what was received so far; the beginning of another one is kept for the next call."""
        self._rest += received
        if b"\r" in self._rest:
            # A CR that ends the buffer waits for its LF. JSON never holds either of them raw.
            self._rest = self._rest.replace(b"\r\n", b"\n")
        *events, self._rest = self._rest.split(_SEPARATOR)
        merged: list[bytes] = []
        texts: list[bytes] = []
        frame: _Frame | None = None  # of the first text in a row
        for event in events:
            text = self._text_of(event)
            self.flowing = text is not None
            if text is not None:
                frame = frame or self._frame
                texts.append(text)
                continue
            if frame:
                merged += frame.before, *texts, frame.after, _SEPARATOR
                texts, frame = [], None
            merged += event, _SEPARATOR
        if frame:
            merged += frame.before, *texts, frame.after, _SEPARATOR
        return b"".join(merged)

    def flush(self) -> bytes:
        """What the stream ended with, if that was no complete event."""
        rest, self._rest = self._rest, b""
        return rest

    def _text_of(self, event: bytes) -> bytes | None:
        """The event's text in JSON's escapes, or None when it must be left alone."""
        if self._frame and (text := self._frame.text_of(event)):
            return text
        text = _plain_text(event)
        place = _CONTENT.search(event)
        if text is None or place is None or event.count(b'"content"') != 1:
            return None
        self._frame = _Frame(event[: place.start(1)], event[place.end(1) :])
        return place[1]


def _plain_text(event: bytes) -> str | None:
    """The text for the first choice, when the event carries that and nothing else that anyone could want."""
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
    # Perhaps <think>, which pydantic-ai knows by its being a delta of its own.
    return None if mark.startswith("<") and mark.endswith(">") else text
