"""Brave Search, a vendor that asks for a key."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from nexus.core.egress import Egress
from nexus.providers.websearch.base import LONGEST_QUERY, WebResult, read_results
from nexus.providers.websearch.http import Engine

URL: Final = "https://api.search.brave.com"
_PATH: Final = "/res/v1/web/search"
_MOST: Final = 20
_MOST_WORDS: Final = 50
_KEY: Final = "did not accept the key, or the search. An operator has to check NEXUS_WEB_SEARCH__API_KEY."
_REFUSED: Final[dict[int, str]] = dict.fromkeys((401, 403, 422), _KEY)


class BraveSearch:
    def __init__(self, url: str, key: str, egress: Egress, *, seconds: float) -> None:
        address = f"{(url or URL).rstrip('/')}{_PATH}"
        self._engine = Engine("Brave Search", address, egress, seconds=seconds, refused=_REFUSED, key=key)

    @property
    def name(self) -> str:
        return "brave"

    async def search(self, query: str, limit: int) -> Sequence[WebResult]:
        short = " ".join(query.split()[:_MOST_WORDS])[:LONGEST_QUERY]
        # Without marks around the words that fit, and nothing besides pages.
        wanted: dict[str, str | int] = {"q": short, "count": min(limit, _MOST), "text_decorations": "false"}
        answer = await self._engine.get(wanted | {"result_filter": "web"})
        # A search that finds nothing has no such part.
        web = answer.get("web")
        entries = cast("Mapping[str, Any]", web).get("results") if isinstance(web, Mapping) else None
        return read_results(entries, snippet="description", published=("page_age",), limit=limit)

    async def aclose(self) -> None:
        await self._engine.aclose()
