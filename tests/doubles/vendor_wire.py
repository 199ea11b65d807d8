"""Model servers that speak one vendor's own protocol each, over real sockets, with faults on request.

Scripts are those of `openai_chat`; here the model's name stands where the vendor has it. Further ones:

    tools             asks twice at once for `look_up`, in fragments where the vendor has such; with results there,
                      says them
    refuse=KIND       the vendor's own refusal: key, forbidden, model, rate, quota, long, filter, temperature, limit,
                      overloaded, bad, server; with times and retry_after as there
    think=N           N pieces of reasoning before the text
    blocked=1         the prompt is withheld, where that is an answer
    filtered=1        the answer's end says that its rest was withheld
    location=URL      a redirect

`key` is what the server lets in; without one it asks for none. As a process:
`python -m tests.doubles.vendor_wire anthropic`.
"""

import copy
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.doubles.openai_chat import SECRET, Connection, OpenAIDouble, Received, Script

WORDS = ("Größe", "Wert")
"""What the two calls of `tools` look up."""
MODELS = ("large-2", "small-1")


class Wire(ABC):
    """One vendor's protocol. Turns are told in OpenAI's words: `{"role": …, "content": …}`."""

    stream_type: ClassVar[str] = "text/event-stream"
    address: ClassVar[str] = ""
    """The path of the configured address."""

    @abstractmethod
    def model_of(self, method: str, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> str | None:
        """The model that is asked for an answer; None for anything else."""

    @abstractmethod
    def listing(self, path: str, query: Mapping[str, str]) -> Any | None:
        """The list of models, where that is asked for."""

    @abstractmethod
    def key_of(self, headers: Mapping[str, str]) -> str | None: ...

    @abstractmethod
    def refusal(self, kind: str) -> tuple[int, Any]: ...

    @abstractmethod
    def said(self, body: Mapping[str, Any]) -> list[str]:
        """What the system and the turns say, in order."""

    @abstractmethod
    def results(self, body: Mapping[str, Any]) -> list[str]:
        """What tools said after the last words of the user."""

    @abstractmethod
    def opening(self, model: str, tokens: int) -> bytes: ...

    @abstractmethod
    def text(self, text: str) -> bytes: ...

    @abstractmethod
    def thought(self, text: str) -> bytes: ...

    @abstractmethod
    def calls(self, calls: Sequence[tuple[str, str, dict[str, Any]]]) -> list[bytes]: ...

    @abstractmethod
    def closing(self, finish: str, tokens: int, said: int) -> bytes:
        """`finish`: stop, length, content_filter, tool_calls, none; `none` is a stream without its end."""

    @abstractmethod
    def failure(self) -> bytes:
        """In mid-answer."""

    def garbage(self) -> bytes:
        return b'data: {"type": "' + SECRET.encode() + b"\n\n"

    def blocked(self) -> bytes | None:
        """An answer that says that the prompt was withheld, where that is no refusal."""
        return None

    def objection(self, body: Mapping[str, Any]) -> str | None:
        """The kind of refusal that a body always meets."""
        return None

    def minds(self, kind: str, body: Mapping[str, Any]) -> bool:
        """Whether the body has what such a refusal is about."""
        return {"temperature": "temperature", "limit": "max_tokens"}[kind] in body


class VendorConnection(Connection):
    server: "VendorDouble"

    def _next_request(self) -> None:
        head = bytes(self.buffer.partition(b"\r\n")[0])
        if head and not self.current:
            self.target = head.split(b" ")[1].decode()
        super()._next_request()

    def _respond(self, method: str, path: str, headers: dict[str, str], content: bytes) -> None:
        wire, address = self.server.wire, urlsplit(self.target)
        path, query = unquote(address.path), dict(parse_qsl(address.query))
        body = json.loads(content) if content else {}
        key = wire.key_of(headers)
        model = wire.model_of(method, path, query, body)
        listing = wire.listing(path, query) if method == "GET" else None
        if model is None and listing is None:
            status, refused = wire.refusal("model")
            return self._send_json(status, refused)
        if self.server.key is not None and key != self.server.key:
            status, refused = wire.refusal("key")
            return self._send_json(status, _quoting(refused, key))
        if model is None:
            return self._send_json(200, listing)
        self.current = Received(self.target, model, headers, body, self.number)
        self.server.requests.append(self.current)
        return self._complete(self.current)

    def _complete(self, received: Received) -> None:
        wire = self.server.wire
        script = VendorScript(received.model, wire)
        options = script.options
        kind = wire.objection(received.body) or options.get("refuse")
        if kind in {"temperature", "limit"} and not wire.minds(kind, received.body):
            kind = None
        if kind and self.server.refusals(received.model) <= int(options.get("times", "1000000")):
            status, refused = wire.refusal(kind)
            extra = {"retry-after": options["retry_after"]} if "retry_after" in options else {}
            return self._send_json(status, _quoting(refused, wire.key_of(received.headers)), extra)
        if "location" in options:
            return self._send(307, "text/plain", b"", {"location": options["location"]})
        if "html" in options:
            return self._send(200, "text/html", b"<html>Please sign in " + SECRET.encode() + b"</html>", {})
        return None if script.head_hangs else self._stream(received, script)

    def _stream(self, received: Received, script: Script) -> None:
        self.wire = wire = copy.copy(self.server.wire)
        head = f"HTTP/1.1 200 -\r\ncontent-type: {wire.stream_type}\r\ntransfer-encoding: chunked\r\n\r\n"
        self.transport.write(head.encode())
        self._tokens = sum(len(text.split()) for text in wire.said(received.body))
        if opening := wire.opening(received.model, self._tokens):
            self._write(opening, script)
        if "blocked" in script.options and (blocked := wire.blocked()):
            self._write(blocked)
            return self._end_body()
        for number in range(int(script.options.get("think", "0"))):
            self._write(wire.thought(f"Thought {number}. "), script)
        return self._step(received, script, iter(self._events(received, script)), self.loop.time(), "")

    def _events(self, received: Received, script: Script) -> Iterable[bytes]:
        wire, results = self.wire, self.wire.results(received.body)
        if script.options.get("say") == "tools":
            if results:
                return [wire.text("The tools say "), wire.text(" and ".join(results))]
            script.finish = "tool_calls"
            return wire.calls([(f"call_{at}", "look_up", {"word": word}) for at, word in enumerate(WORDS)])
        if script.options.get("say") == "tool":
            return wire.calls([("call_1", "look_up", {})])
        turns = {"messages": [{"content": text} for text in wire.said(received.body)]}
        return (wire.text(delta["content"]) for delta in script.deltas(turns))

    def _break(self, fault: str) -> None:
        if fault in {"malformed", "error"}:
            self._write(self.wire.garbage() if fault == "malformed" else self.wire.failure())
            self._end_body()
        else:
            super()._break(fault)

    def _end_stream(self, received: Received, script: Script, base: str) -> None:
        finish = "content_filter" if "filtered" in script.options else script.finish
        if closing := self.wire.closing(finish, self._tokens, received.deltas_sent):
            self._write(closing, script)
        self._end_body()


class VendorScript(Script):
    def __init__(self, model: str, wire: Wire) -> None:
        name, _, query = model.partition("?")
        super().__init__(f"{name}?say=tools&{query}" if name == "tools" else model)


class VendorDouble(OpenAIDouble):
    connection_type = VendorConnection

    def __init__(self, wire: Wire, *, key: str | None = None) -> None:
        super().__init__()
        self.wire = wire
        self.key = key

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.wire.address}"


def _quoting(refusal: Any, key: str | None) -> Any:
    """Vendors do quote what they were given."""
    return json.loads(re.sub(r"\bKEY\b", f"{SECRET} {key}", json.dumps(refusal)))


def sse(data: Any, event: str = "", newline: str = "\n") -> bytes:
    name = f"event: {event}{newline}" if event else ""
    return f"{name}data: {json.dumps(data, ensure_ascii=False)}{newline}{newline}".encode()
