"""Embeddings from any server that speaks OpenAI's protocol: OpenAI, Azure, vLLM, TEI, Ollama and the like."""

import asyncio
import logging
import random
import ssl
from collections.abc import Iterator, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx2
import numpy as np

from nexus.core import clock
from nexus.providers.embeddings.base import EmbeddingError, EmbeddingSpec, Vectors
from nexus.providers.embeddings.vector_response import UnreadableError, read_vectors

_log = logging.getLogger(__name__)

_MAY_PASS: Final = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_BYTES_PER_TOKEN: Final = 3
"""For estimates, low on purpose: a token is about four English letters, or one Chinese character of three bytes."""
_LONGEST_WAIT: Final = 8.0
"""Seconds between attempts, unless the server names a time itself."""


class OpenAIEmbedder:
    """Embeds through `POST {base_url}/embeddings`. Safe to use from many tasks at once.

    With `api_version` the server is Azure: `base_url` then ends in `/openai/deployments/NAME` and the key goes in a
    header of its own. Texts longer than `max_tokens` by an estimate are cut, as most servers would refuse them.
    Documents go in requests of at most `texts_per_request` texts and `tokens_per_request` estimated tokens,
    `requests_at_once` at a time; queries do not queue behind them.

    Times are in seconds. `total_timeout` bounds one request with all its repetitions, of which there are at most
    `retries`, only after failures that may pass. `ca_file` (PEM) takes the place of the system's certificates.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        *,
        dimension: int,
        max_tokens: int,
        provider: str = "openai",
        api_version: str | None = None,
        shorten: bool = False,
        texts_per_request: int = 128,
        tokens_per_request: int = 60_000,
        requests_at_once: int = 4,
        connect_timeout: float = 5.0,
        attempt_timeout: float = 30.0,
        total_timeout: float = 90.0,
        retries: int = 5,
        backoff: float = 0.5,
        proxy: str | None = None,
        ca_file: Path | None = None,
    ) -> None:
        """`shorten` asks the server for `dimension` numbers, for models that can give fewer than they have."""
        self._spec = EmbeddingSpec(f"{provider}/{model}", dimension, max_tokens)
        self._model = model
        self._api_key = api_key or ""
        self._server = urlsplit(base_url).hostname or base_url
        self._url = f"{base_url.rstrip('/')}/embeddings"
        self._body: dict[str, Any] = {"model": model, "encoding_format": "base64"}
        if shorten:
            self._body["dimensions"] = dimension
        self._texts_per_request = texts_per_request
        self._tokens_per_request = tokens_per_request
        self._slots = asyncio.Semaphore(requests_at_once)
        self._total_timeout = total_timeout
        self._retries = retries
        self._backoff = backoff
        headers, params = _credentials(self._api_key, api_version)
        self._client = httpx2.AsyncClient(
            headers=headers,
            params=params,
            timeout=httpx2.Timeout(attempt_timeout, connect=connect_timeout, pool=total_timeout),
            proxy=proxy,
            verify=ssl.create_default_context(cafile=ca_file) if ca_file else True,
            trust_env=False,
        )

    @property
    def spec(self) -> EmbeddingSpec:
        return self._spec

    async def embed_documents(self, texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), self._spec.dimension), np.float32)

        async def embed(start: int, portion: list[str]) -> None:
            async with self._slots:
                vectors[start : start + len(portion)] = await self._embed(portion)

        try:
            async with asyncio.TaskGroup() as group:
                for start, portion in self._portions(texts):
                    group.create_task(embed(start, portion))
        except* EmbeddingError as failures:
            failure = failures.exceptions[0]
        else:
            return vectors
        raise failure

    async def embed_query(self, text: str) -> Vectors:
        return (await self._embed([self._fitted(text)]))[0]

    async def aclose(self) -> None:
        await self._client.aclose()

    def _portions(self, texts: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Where each request starts in `texts`, and what it carries."""
        start, portion, tokens = 0, list[str](), 0
        for index, text in enumerate(texts):
            text = self._fitted(text)
            cost = len(text.encode()) // _BYTES_PER_TOKEN + 1
            full = len(portion) >= self._texts_per_request or tokens + cost > self._tokens_per_request
            if portion and full:
                yield start, portion
                start, portion, tokens = index, [], 0
            portion.append(text)
            tokens += cost
        if portion:
            yield start, portion

    def _fitted(self, text: str) -> str:
        """`text` without what servers refuse: nothing at all, halves of characters, more than the model reads."""
        read = text.encode("utf-8", "replace")[: self._spec.max_tokens * _BYTES_PER_TOKEN].decode("utf-8", "ignore")
        return read if read.strip() else "."

    async def _embed(self, texts: list[str]) -> Vectors:
        """One request, repeated where that may help."""
        clock_time = asyncio.get_running_loop().time
        end = clock_time() + self._total_timeout
        body = {**self._body, "input": texts}
        for attempt in range(self._retries + 1):
            try:
                async with asyncio.timeout_at(end):
                    response = await self._client.post(self._url, json=body)
                if response.is_success:
                    return await asyncio.to_thread(read_vectors, response.content, len(texts), self._spec.dimension)
                problem, pause = self._refusal(response)
            except TimeoutError:
                raise self._error(f"did not answer within {self._total_timeout:g} seconds. Try again later") from None
            except httpx2.TimeoutException:
                problem, pause = "did not answer in time. Try again later", None
            except httpx2.TransportError as error:
                _log.warning("embedding server %s: %s", self._server, type(error).__name__)
                problem, pause = "cannot be reached. Check that it runs and that its address is right", None
            except UnreadableError as unreadable:
                raise self._error(str(unreadable)) from None
            if pause is None:
                pause = min(_LONGEST_WAIT, self._backoff * 2**attempt) * random.uniform(0.5, 1)  # noqa: S311
            if attempt == self._retries or clock_time() + pause >= end:
                raise self._error(problem)
            await asyncio.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _refusal(self, response: httpx2.Response) -> tuple[str, float | None]:
        """What a status other than 200 means, and the pause the server asks for. Raises where repeating is vain."""
        status, reason, code = response.status_code, *_server_words(response)
        if self._api_key:
            reason = reason.replace(self._api_key, "…")
        _log.warning("embedding server %s answered %d: %s", self._server, status, reason or "(no reason given)")
        match status:
            case 401 | 403:
                raise self._error("refused the key. Check the key of the embedding server")
            case 404:
                raise self._error(f"does not know the model {self._model} or the address. Check both")
            case 429 if code == "insufficient_quota":
                raise self._error("says that the quota is used up. Check the account's plan and billing")
            case 429:
                problem = "is asked too often. Try again later or raise its limits"
            case _ if status in _MAY_PASS:
                problem = f"has a fault of its own (HTTP {status}). Try again later"
            case _:
                raise self._error(f"refused the request (HTTP {status}). Its reason is in the log")
        return problem, _retry_after(response.headers)

    def _error(self, what: str) -> EmbeddingError:
        return EmbeddingError(f"The embedding server {self._server} {what}.")


def _credentials(api_key: str, api_version: str | None) -> tuple[dict[str, str], dict[str, str]]:
    """Headers and query parameters."""
    if api_version:
        return {"api-key": api_key}, {"api-version": api_version}
    return ({"authorization": f"Bearer {api_key}"} if api_key else {}), {}


def _server_words(response: httpx2.Response) -> tuple[str, str]:
    """The reason and the code of a refusal as the server put them, both possibly empty."""
    try:
        error: Any = cast("dict[str, Any]", response.json())["error"]
        return str(error["message"])[:300], str(error.get("code") or "")
    except (ValueError, TypeError, LookupError, AttributeError):
        return "", ""


def _retry_after(headers: httpx2.Headers) -> float | None:
    """Seconds until the server wants to be asked again: `retry-after-ms`, or `Retry-After` as seconds or a date."""
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return max(0.0, float(milliseconds) / 1000)
        if not (value := headers.get("retry-after")):
            return None
        if value.replace(".", "", 1).isdigit():
            return float(value)
        date = parsedate_to_datetime(value)
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - clock.now()).total_seconds())
    except ValueError:
        return None
