"""An embedding server for tests: the real protocol over real sockets, with faults on request.

The model's name is the script: `normal`, or a fault with parameters such as `status?code=429&retry_after=0&times=2`
(two refusals, then `normal`). Faults of the answer: `wrong-dimension`, `nan`, `null`, `zero`, `missing`, `repeated`,
`shuffled`, `unordered` (no index), `numbers` (lists although base64 was asked for), `truncated` (JSON ends early),
`cut` (connection ends early), `html`, `silent` (never answers).

    async with EmbeddingsDouble() as double: ... double.base_url ... double.requests
"""

import asyncio
import base64
import json
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import numpy as np

from nexus.providers.embeddings.fake import HashingEmbedder

SECRET = "provider-internal-text"
"""Stands in every error body: no sentence of ours may repeat it."""


@dataclass(frozen=True)
class Received:
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: dict[str, Any]


class EmbeddingsDouble:
    """Listens on a free loopback port from `async with` on. `most_at_once` counts requests that overlapped."""

    def __init__(self, dimension: int = 32) -> None:
        self._embedder = HashingEmbedder(dimension=dimension)
        self._refused: dict[str, int] = {}
        self._at_once = 0
        self.most_at_once = 0
        self.requests: list[Received] = []
        self.base_url = ""

    async def __aenter__(self) -> Self:
        self._closing = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base_url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while received := await _read(reader):
                self.requests.append(received)
                self._at_once += 1
                self.most_at_once = max(self.most_at_once, self._at_once)
                try:
                    alive = await self._answer(received, writer)
                finally:
                    self._at_once -= 1
                if not alive:
                    break
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> bool:
        name, _, query = received.body["model"].partition("?")
        options = dict(parse_qsl(query))
        key = received.body["model"]
        if name == "silent":
            await self._closing.wait()
            return False
        if name == "status" and self._refused.get(key, 0) < int(options.get("times", "1000000")):
            self._refused[key] = self._refused.get(key, 0) + 1
            error = {"message": f"{SECRET} {received.headers.get('authorization', '')}", "code": options.get("reason")}
            hints = {
                name.replace("_", "-"): options[name] for name in ("retry_after", "retry_after_ms") if name in options
            }
            return await _write(writer, int(options["code"]), json.dumps({"error": error}).encode(), hints)
        if name == "html":
            return await _write(writer, 200, b"<html>Welcome</html>")
        body = json.dumps(await self._content(name, received.body)).encode()
        if name == "truncated":
            body = body[:-20]
        if name == "cut" and self._refused.setdefault(key, 0) < int(options.get("times", "1000000")):
            self._refused[key] += 1
            await _write(writer, 200, body, short=20)
            return False
        return await _write(writer, 200, body)

    async def _content(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        vectors = 3 * await self._embedder.embed_documents(texts)  # not of length one, as from some servers
        if name == "wrong-dimension":
            vectors = vectors[:, :-1]
        if name in {"nan", "zero", "null"}:
            vectors[-1, :] = 0 if name == "zero" else np.nan
        listed = name in {"numbers", "null"} or body.get("encoding_format") != "base64"
        data: list[dict[str, Any]] = [
            {
                "object": "embedding",
                "index": index,
                "embedding": [None if value != value else value for value in vector.tolist()]
                if listed
                else base64.b64encode(vector.astype("<f4").tobytes()).decode(),
            }
            for index, vector in enumerate(vectors)
        ]
        if name == "missing":
            data.pop()
        if name == "repeated":
            data[-1]["index"] = 0
        if name == "shuffled":
            data.reverse()
        if name == "unordered":
            for item in data:
                del item["index"]
        return {"object": "list", "data": data, "model": name, "usage": {"prompt_tokens": 1, "total_tokens": 1}}


async def _read(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    body = json.loads(await reader.readexactly(int(headers["content-length"])))
    target = urlsplit(first.split(" ")[1])
    return Received(target.path, dict(parse_qsl(target.query)), headers, body)


async def _write(
    writer: asyncio.StreamWriter, status: int, body: bytes, headers: dict[str, str] | None = None, *, short: int = 0
) -> bool:
    lines = [f"HTTP/1.1 {status} Status", "content-type: application/json", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + (body[:-short] if short else body))
    await writer.drain()
    return True
