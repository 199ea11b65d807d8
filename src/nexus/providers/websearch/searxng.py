"""SearXNG, a search engine that one runs oneself: its JSON API."""

from collections.abc import Sequence
from typing import Final

from nexus.core.egress import Egress
from nexus.providers.websearch.base import LONGEST_QUERY, WebResult, WebSearchError, read_results
from nexus.providers.websearch.http import Engine

_REFUSED: Final = {
    401: "asks for a sign-in. An operator has to let Nexus in.",
    403: "does not give JSON. An operator has to add json to search.formats in its settings.",
}


class SearxngSearch:
    def __init__(self, url: str, egress: Egress, *, seconds: float) -> None:
        self._engine = Engine("SearXNG", f"{url.rstrip('/')}/search", egress, seconds=seconds, refused=_REFUSED)

    @property
    def name(self) -> str:
        return "searxng"

    async def search(self, query: str, limit: int) -> Sequence[WebResult]:
        answer = await self._engine.get({"q": query[:LONGEST_QUERY], "format": "json"})
        if not isinstance(answer.get("results"), list):
            raise WebSearchError("SearXNG sent what is no answer. An operator has to check its address.")
        return read_results(answer["results"], snippet="content", published=("publishedDate",), limit=limit)

    async def aclose(self) -> None:
        await self._engine.aclose()
