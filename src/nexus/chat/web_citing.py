"""Citations of pages of the public web, kept apart from those of documents: as they are told, stored and shown."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from nexus.agents.passages import WebShown
from nexus.chat.models import WebCitation
from nexus.chat.web_schemas import WebCitationOut
from nexus.retrieval.searches import SearchResult


def cite_web(number: int, shown: WebShown, search: SearchResult) -> dict[str, Any]:
    """As it is told, with the words of the page that answer the search's question."""
    return {
        "number": number,
        "url": shown.url,
        "title": shown.title,
        "host": _host(shown.url),
        "quote": shown.quotation(search),
        "retrieved_at": shown.retrieved_at.isoformat(),
    }


def web_rows(message_id: UUID, told: Iterable[Mapping[str, Any]]) -> list[WebCitation]:
    """The rows of citations that were told."""
    return [
        WebCitation(
            message_id=message_id,
            number=each["number"],
            url=each["url"],
            title=each["title"],
            quote=each["quote"],
            retrieved_at=datetime.fromisoformat(each["retrieved_at"]),
        )
        for each in told
    ]


def render_web(row: WebCitation) -> WebCitationOut:
    return WebCitationOut(
        number=row.number,
        url=row.url,
        title=row.title,
        host=_host(row.url),
        quote=row.quote,
        retrieved_at=row.retrieved_at,
    )


def copied_web(message_id: UUID, shown: Iterable[WebCitationOut]) -> list[WebCitation]:
    """Rows for a copy of the message, of what its reader sees of the original."""
    return web_rows(message_id, (each.model_dump(mode="json") for each in shown))


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
