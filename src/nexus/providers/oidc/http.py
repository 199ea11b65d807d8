"""Calls to the provider: JSON in a size and a time, and never a redirect to somewhere else."""

import asyncio
from collections.abc import Awaitable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx2

from nexus.core.bodies import TooLongError, json_object, read_within
from nexus.core.settings_security import is_loopback
from nexus.providers.oidc.base import ProviderError, Refusal

HTTP_OK: Final = 200
T = TypeVar("T")

_MAX_BYTES: Final = 2 * 1024 * 1024


def is_safe(url: str) -> bool:
    """Whether secrets may be sent there: over TLS, or to this machine itself."""
    address = urlsplit(url)
    if address.hostname is None or address.username is not None:
        return False
    return address.scheme == "https" or (address.scheme == "http" and is_loopback(address.hostname))


def build_http(authority: str, timeout: float) -> httpx2.AsyncClient:
    """A provider of the internet may stand behind the company's proxy (HTTPS_PROXY); one of this machine does not."""
    behind_proxy = not is_loopback(urlsplit(authority).hostname or "")
    headers = {"Accept": "application/json"}
    return httpx2.AsyncClient(headers=headers, timeout=timeout, follow_redirects=False, trust_env=behind_proxy)


async def fetch_json(
    http: httpx2.AsyncClient,
    url: str,
    *,
    form: dict[str, str] | None = None,
    basic: tuple[str, str] | None = None,
    bearer: str = "",
) -> tuple[int, dict[str, Any]]:
    """Status and object of a GET, or of a POST with `form`. Raises ProviderError when neither comes."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    auth = httpx2.BasicAuth(*basic) if basic else None
    method = "GET" if form is None else "POST"
    request = http.build_request(method, url, data=form, headers=headers)
    host = urlsplit(url).hostname
    try:
        response = await http.send(request, auth=auth, stream=True)
        try:
            body = await read_within(response, _MAX_BYTES)
        except TooLongError:
            raise ProviderError(Refusal.UNREACHABLE, f"{host} sent more than can be its answer") from None
        finally:
            await response.aclose()
    except httpx2.HTTPError as error:
        raise ProviderError(Refusal.UNREACHABLE, f"{host}: {type(error).__name__}") from None
    found = json_object(body)
    if found is None:
        raise ProviderError(Refusal.UNREACHABLE, f"{host} sent no JSON object (HTTP {response.status_code})")
    return response.status_code, found


async def within(seconds: float, fetching: Awaitable[T]) -> T:
    """Raises ProviderError when it takes longer."""
    try:
        async with asyncio.timeout(seconds):
            return await fetching
    except TimeoutError:
        raise ProviderError(Refusal.UNREACHABLE, "the provider took too long to describe itself") from None
