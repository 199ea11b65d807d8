"""The port to a search engine of the public web. Whatever it says is data, of nobody whom we know."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any, ClassVar, Final, Protocol, cast

from nexus.core.errors import UnavailableError

LONGEST_QUERY: Final = 400
"""Characters; vendors take no more."""
_LONGEST_URL: Final = 2000
_LONGEST_TITLE: Final = 300
_LONGEST_SNIPPET: Final = 1500
_URL: Final = re.compile(r"https?://[^\s<>\"'`|\[\]{}()\\@“”„«»]+", re.IGNORECASE)
"""Only what stays one address wherever it is written. None holds a name or a password."""
_MARKUP: Final = re.compile(r"<[^<>]{0,200}>")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class WebSearchError(UnavailableError):
    """The search engine gave nothing; the detail says what to do."""

    slug: ClassVar[str] = "web-search-failed"
    title: ClassVar[str] = "The web could not be searched"


@dataclass(frozen=True, slots=True)
class WebResult:
    """A page that was found. All of it is the engine's word, within our bounds."""

    title: str
    url: str
    snippet: str
    published: str = ""
    """A day as 2026-01-31; empty where it is not told."""


class WebSearch(Protocol):
    @property
    def name(self) -> str: ...

    async def search(self, query: str, limit: int) -> Sequence[WebResult]:
        """The best first, at most `limit`. Raises WebSearchError."""
        ...

    async def aclose(self) -> None: ...


def read_results(entries: object, *, snippet: str, published: Iterable[str], limit: int) -> list[WebResult]:
    """Those of an engine's entries that are results, each page once. `snippet` and `published` name the fields."""
    found: dict[str, WebResult] = {}
    for entry in cast("list[Any]", entries) if isinstance(entries, list) else []:
        if not isinstance(entry, Mapping):
            continue
        told = cast("Mapping[str, Any]", entry)
        url = told.get("url")
        if not isinstance(url, str) or len(url) > _LONGEST_URL or not _URL.fullmatch(url):
            continue
        text = _plain(told.get(snippet))[:_LONGEST_SNIPPET]
        title = _plain(told.get("title"))[:_LONGEST_TITLE] or url
        days = (_DAY.match(day) for name in published if isinstance(day := told.get(name), str))
        found.setdefault(url, WebResult(title, url, text, next((day[0] for day in days if day), "")))
        if len(found) == limit:
            break
    return list(found.values())


def _plain(told: object) -> str:
    """In one line, without the marks that engines set where words fit."""
    if not isinstance(told, str):
        return ""
    storable = told.encode(errors="replace").decode().replace("\x00", "")
    return " ".join(unescape(_MARKUP.sub("", storable)).split())
