"""What the search engines' adapters share: one call through the guard, within a deadline and a size."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx2

from nexus.core.bodies import TooLongError, json_object, read_within
from nexus.core.egress import Egress, EgressError, guarded_transport
from nexus.providers.websearch.base import WebSearchError

_LARGEST: Final = 2 << 20
_TOO_MANY: Final = 429


class Engine:
    """`what`: as people know it, for sentences. `refused`: the statuses with which it does not take us, and why."""

    def __init__(
        self, what: str, url: str, egress: Egress, *, seconds: float, refused: Mapping[int, str], key: str = ""
    ) -> None:
        self._what, self._url, self._seconds, self._refused = what, url, seconds, refused
        headers = {"accept": "application/json"}
        headers |= {"x-subscription-token": key} if key else {}
        self._client = httpx2.AsyncClient(
            transport=guarded_transport(egress),
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
            headers=headers,
        )

    async def get(self, params: Mapping[str, str | int]) -> dict[str, Any]:
        """Raises WebSearchError."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._get(params)
        except (TimeoutError, httpx2.TimeoutException):
            raise WebSearchError(f"{self._what} did not answer in time. Try again later.") from None
        except EgressError as error:
            raise WebSearchError(str(error)) from None
        except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError):
            raise WebSearchError(f"{self._what} cannot be reached. An operator has to check its address.") from None

    async def _get(self, params: Mapping[str, str | int]) -> dict[str, Any]:
        async with self._client.stream("GET", self._url, params=dict(params)) as response:
            status = response.status_code
            if status == _TOO_MANY:
                raise WebSearchError(f"{self._what} takes no more searches for now. Try again later.")
            if why := self._refused.get(status):
                raise WebSearchError(f"{self._what} {why}")
            if not response.is_success:
                raise WebSearchError(f"{self._what} refused the search (HTTP {status}). Try again later.")
            try:
                whole = await read_within(response, _LARGEST)
            except TooLongError:
                raise WebSearchError(f"{self._what} said more than anybody can read.") from None
        answer = json_object(whole)
        if answer is None:
            raise WebSearchError(f"{self._what} sent what is no answer. An operator has to check its address.")
        return answer

    async def aclose(self) -> None:
        await self._client.aclose()
