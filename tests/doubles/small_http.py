"""What the small HTTP doubles share: a server on a free loopback port, from `with` or `async with` on.

A double says what it answers to each request; connections are kept open between requests, as real servers do.
"""

import asyncio
import contextlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    """By their names in lower case."""
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.content.decode(), keep_blank_values=True))


@dataclass(frozen=True)
class Answer:
    status: int
    content: bytes = b""
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    short: int = 0
    """So many bytes before its end the connection does."""

    @classmethod
    def of(cls, told: Any, status: int = 200, **headers: str) -> "Answer":
        return cls(status, json.dumps(told).encode(), headers={n.replace("_", "-"): v for n, v in headers.items()})


class HttpDouble:
    def __init__(self) -> None:
        self.origin = ""
        self.closing = asyncio.Event()
        self._open: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def answer(self, received: Received) -> Answer | None:
        """None ends the connection instead."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        self.closing = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.closing.set()
        self._server.close()
        for writer in self._open.values():
            writer.transport.abort()
        await asyncio.gather(*filter(None, self._open), return_exceptions=True)
        await self._server.wait_closed()

    def __enter__(self) -> Self:
        """In a thread with an event loop of its own, for tests that have none."""
        started = threading.Event()
        self._loop, self._ending = asyncio.new_event_loop(), asyncio.Event()

        async def run() -> None:
            async with self:
                started.set()
                await self._ending.wait()

        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(run()), daemon=True)
        self._thread.start()
        assert started.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._open[task] = writer
        # A caller that goes away in between is theirs to do.
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while (answer := await self.answer(await _read(reader))) is not None:
                # An answer to HEAD says how long the thing is that it does not bring.
                size = answer.headers.get("content-length", len(answer.content))
                lines = [f"HTTP/1.1 {answer.status} Status", f"content-length: {size}"]
                lines += [
                    f"content-type: {answer.kind}",
                    *(f"{name}: {told}" for name, told in answer.headers.items() if name != "content-length"),
                ]
                sent = answer.content[: -answer.short] if answer.short else answer.content
                writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + sent)
                await writer.drain()
                if answer.short:
                    break
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        del self._open[task]


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    content = await reader.readexactly(int(headers.get("content-length", "0")))
    method, target, _ = first.split(" ")
    parts = urlsplit(target)
    return Received(method, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, content)
