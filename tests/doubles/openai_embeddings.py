"""An embedding server for tests: the real protocol over real sockets, with faults on request.

The model's name is the script: `normal`, or a fault with parameters such as `status?code=429&retry_after=0&times=2`
(two refusals, then `normal`). Faults of the answer: `wrong-dimension`, `nan`, `null`, `zero`, `missing`, `repeated`,
`shuffled`, `unordered` (no index), `numbers` (lists although base64 was asked for), `truncated` (JSON ends early),
`cut` (connection ends early), `html`, `silent` (never answers).

    async with EmbeddingsDouble() as double: ... double.base_url ... double.requests
"""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
from tests.doubles.small_http import Answer, HttpDouble, Received

from nexus.providers.embeddings.fake import HashingEmbedder

SECRET = "provider-internal-text"
"""Stands in every error body: no sentence of ours may repeat it."""


class EmbeddingsDouble(HttpDouble):
    """Listens on a free loopback port from `async with` on. `most_at_once` counts requests that overlapped."""

    def __init__(self, dimension: int = 32) -> None:
        super().__init__()
        self._embedder = HashingEmbedder(dimension=dimension)
        self._refused: dict[str, int] = {}
        self._at_once = 0
        self.most_at_once = 0
        self.requests: list[Received] = []

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    async def answer(self, received: Received) -> Answer | None:
        self.requests.append(received)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            return await self._said(received)
        finally:
            self._at_once -= 1

    async def _said(self, received: Received) -> Answer | None:
        name, _, query = received.body["model"].partition("?")
        options = dict(parse_qsl(query))
        key = received.body["model"]
        if name == "silent":
            await self.closing.wait()
            return None
        if name == "status" and self._refused.get(key, 0) < int(options.get("times", "1000000")):
            self._refused[key] = self._refused.get(key, 0) + 1
            error = {"message": f"{SECRET} {received.headers.get('authorization', '')}", "code": options.get("reason")}
            hints = {name: options[name] for name in ("retry_after", "retry_after_ms") if name in options}
            return Answer.of({"error": error}, int(options["code"]), **hints)
        if name == "html":
            return Answer(200, b"<html>Welcome</html>")
        body = json.dumps(await self._content(name, received.body)).encode()
        if name == "truncated":
            body = body[:-20]
        if name == "cut" and self._refused.setdefault(key, 0) < int(options.get("times", "1000000")):
            self._refused[key] += 1
            return Answer(200, body, short=20)
        return Answer(200, body)

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
