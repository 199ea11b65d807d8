"""Asking a vendor which models it has."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx2

from nexus.providers.llm.addresses import azure_endpoint, without_version
from nexus.providers.llm.anthropic import anthropic_headers
from nexus.providers.llm.base import LlmError
from nexus.providers.llm.catalogue import GOOGLE_VERSION, ProviderConfig
from nexus.providers.llm.clients import CallOptions
from nexus.providers.llm.failures import AttemptError, Failure
from nexus.providers.llm.google import google_headers
from nexus.providers.llm.transport import build_http
from nexus.providers.llm.wire import Json, judge_status, named_failures, read_refusal

_DEADLINE: Final = 15.0
_MOST_MODELS: Final = 1000
_MOST_PAGES: Final = 10
_LONGEST_PAGE: Final = 8 * 1024 * 1024


async def fetch_models(config: ProviderConfig, options: CallOptions) -> list[str]:
    """Names as `build_model` takes them, sorted; at most a thousand. Raises LlmError."""
    url, headers = _place(config)
    try:
        async with asyncio.timeout(_DEADLINE), build_http(options) as http:
            names = await _fetch_pages(http, url, headers)
    except TimeoutError:
        raise Failure.CONNECT_TIMEOUT.to_error() from None
    except AttemptError as error:
        raise _without_model(error.failure) from None
    return sorted(names)[:_MOST_MODELS]


def _without_model(failure: Failure) -> LlmError:
    if failure is not Failure.UNKNOWN_MODEL:
        return failure.to_error()
    return LlmError("rejected", "There is no list of models at this address. Check it, or write the model's name down.")


def _place(config: ProviderConfig) -> tuple[str, dict[str, str]]:
    address, key = config.address, config.api_key
    bearer = {"authorization": f"Bearer {key}"} if key else {}
    match config.kind:
        case "anthropic":
            return f"{without_version(address)}/v1/models?limit=1000", anthropic_headers(key, config.api_version)
        case "google":
            version = config.api_version or GOOGLE_VERSION
            return f"{without_version(address)}/{version}/models?pageSize=1000", google_headers(key)
        case "ollama":
            return f"{without_version(address)}/api/tags", bearer
        case "azure":
            endpoint, query = azure_endpoint(address, config.api_version, "")
            words = "&".join(f"{name}={value}" for name, value in query.items())
            return f"{endpoint}/models" + (f"?{words}" if words else ""), {"api-key": key} if key else {}
        case _:
            return f"{address}/models", bearer


async def _fetch_pages(http: httpx2.AsyncClient, url: str, headers: Mapping[str, str]) -> set[str]:
    """Raises AttemptError."""
    names: set[str] = set()
    page_url = url
    for _ in range(_MOST_PAGES):
        with named_failures():
            page = await _fetch(http, page_url, headers)
            names |= set(_names(page))
            onwards = _onwards(page)
        if onwards is None or len(names) >= _MOST_MODELS:
            break
        page_url = f"{url}&{onwards}"
    return names


async def _fetch(http: httpx2.AsyncClient, url: str, headers: Mapping[str, str]) -> Json:
    async with http.stream("GET", url, headers=headers, follow_redirects=False) as response:
        if response.status_code != 200:
            refusal = await read_refusal(response)
            invalid_key = "API_KEY_INVALID" in json.dumps(refusal.body)
            raise AttemptError(Failure.KEY if invalid_key else judge_status(refusal))
        content = bytearray()
        async for piece in response.aiter_raw():
            content += piece
            if len(content) > _LONGEST_PAGE:
                raise AttemptError(Failure.MALFORMED)
    page: Any = json.loads(content)
    return page


def _names(page: Json) -> Iterable[str]:
    """From any of the vendors' forms: `data` with `id`, or `models` with `name`. Raises TypeError."""
    entries: list[Json] | None = page.get("data", page.get("models"))
    if not isinstance(entries, list):
        raise TypeError
    for entry in entries:
        name = entry.get("id") or entry.get("name")
        if isinstance(name, str) and name and _talks(entry):
            yield name.removeprefix("models/")


def _talks(entry: Json) -> bool:
    """Whether a model takes part in conversations, as far as the vendor says."""
    capabilities: Any = entry.get("capabilities")
    if isinstance(capabilities, Mapping) and "chat_completion" in capabilities:
        return capabilities["chat_completion"] in {True, "true"}
    methods: Any = entry.get("supportedGenerationMethods")
    return methods is None or "generateContent" in methods


def _onwards(page: Json) -> str | None:
    """The query for the next page."""
    if token := page.get("nextPageToken"):
        return f"pageToken={quote(str(token), safe='')}"
    if page.get("has_more") and (last := page.get("last_id")):
        return f"after_id={quote(str(last), safe='')}"
    return None
