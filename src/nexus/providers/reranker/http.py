"""Rerankers behind `POST …/rerank`: Cohere, Jina, vLLM and the like by one form, TEI (Hugging Face) by another."""

import asyncio
import math
from collections.abc import Sequence
from typing import Any, Final, Literal
from urllib.parse import urlsplit

import httpx2

from nexus.providers.reranker.base import RerankError

_RETRY_PAUSE: Final = 0.2
_MAY_PASS: Final = frozenset({408, 429, 500, 502, 503, 504, 529})


class HttpReranker:
    """`kind` `cohere` sends `documents` and reads `results`; `tei` sends `texts` and reads a list.

    A question waits for it, so it has `timeout` seconds in all, one repetition after a fault that may pass included.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        *,
        kind: Literal["cohere", "tei"] = "cohere",
        timeout: float = 2.0,
    ) -> None:
        self._url = f"{base_url.rstrip('/')}/rerank"
        self._server = urlsplit(base_url).hostname or base_url
        self._model = model
        self._kind = kind
        self._timeout = timeout
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        self._client = httpx2.AsyncClient(headers=headers, timeout=timeout, trust_env=False)

    @property
    def name(self) -> str:
        return f"{self._kind}/{self._model}"

    async def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        if not texts:
            return []
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._post(self._body(question, texts))
        except (TimeoutError, httpx2.TimeoutException):
            raise RerankError(f"The reranker {self._server} did not answer in time.") from None
        except httpx2.TransportError:
            raise RerankError(f"The reranker {self._server} cannot be reached. Check that it runs.") from None
        if response.status_code in (401, 403):
            raise RerankError(f"The reranker {self._server} refused the key. Check it.")
        if not response.is_success:
            raise RerankError(f"The reranker {self._server} refused the request (HTTP {response.status_code}).")
        return self._read(response, len(texts))

    async def aclose(self) -> None:
        await self._client.aclose()

    async def _post(self, body: dict[str, Any]) -> httpx2.Response:
        response = await self._client.post(self._url, json=body)
        if response.status_code not in _MAY_PASS:
            return response
        await asyncio.sleep(_RETRY_PAUSE)
        return await self._client.post(self._url, json=body)

    def _body(self, question: str, texts: Sequence[str]) -> dict[str, Any]:
        if self._kind == "tei":
            return {"query": question, "texts": list(texts), "truncate": True}
        return {"model": self._model, "query": question, "documents": list(texts), "top_n": len(texts)}

    def _read(self, response: httpx2.Response, count: int) -> list[float]:
        field = "score" if self._kind == "tei" else "relevance_score"
        try:
            answer: Any = response.json()
            results = answer if self._kind == "tei" else answer["results"]
            scores = {int(one["index"]): float(one[field]) for one in results}
        except (ValueError, KeyError, TypeError):
            raise RerankError(f"The reranker {self._server} answered in a form that is not its protocol's.") from None
        if set(scores) != set(range(count)) or not all(math.isfinite(score) for score in scores.values()):
            raise RerankError(f"The reranker {self._server} did not score every passage.")
        return [scores[index] for index in range(count)]
