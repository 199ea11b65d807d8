"""A reranking server for tests: both protocols over real sockets; the model's name is the fault, or `normal`.

A passage scores by the share of the question's words it holds.
"""

import asyncio
import json
from typing import Any, Self


class RerankerDouble:
    """`async with RerankerDouble() as double: double.base_url`; `double.requests` has the bodies."""

    def __init__(self, fault: str = "normal") -> None:
        self.fault = fault
        self.requests: list[dict[str, Any]] = []
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
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                int(line.split(":")[1]) for line in head.split("\r\n") if line.lower().startswith("content-length")
            )
            body: dict[str, Any] = json.loads(await reader.readexactly(length))
            self.requests.append(body)
            status, answer = await self._answer(body)
            content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n"
                f"Content-Length: {len(content)}\r\n\r\n".encode()
                + content
            )
            await writer.drain()
        finally:
            writer.close()

    async def _answer(self, body: dict[str, Any]) -> tuple[int, Any]:
        match self.fault:
            case "once" if len(self.requests) == 1:
                return 503, {"message": "busy"}
            case "401" | "500":
                return int(self.fault), {"message": "provider-internal-text"}
            case "silent":
                await self._closing.wait()
            case "html":
                return 200, b"<html>"
            case _:
                pass
        words = set(body["query"].lower().split())
        texts: list[str] = body.get("texts") or body["documents"]
        scores = [len(words & set(text.lower().split())) / len(words) for text in texts]
        key = "score" if "texts" in body else "relevance_score"
        results = [{"index": i, key: s} for i, s in sorted(enumerate(scores), key=lambda p: -p[1])]
        if self.fault == "missing":
            results.pop()
        if self.fault == "nan":
            results[0][key] = float("nan")
        return 200, results if "texts" in body else {"results": results}
