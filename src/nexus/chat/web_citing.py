"""Citations of pages of the public web, kept apart from those of documents: as they are told, stored and shown."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

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


async def web_citations_of(
    session: AsyncSession, message_ids: Sequence[UUID]
) -> Mapping[UUID, Sequence[WebCitationOut]]:
    """By message, in the order of their numbers."""
    rows = await session.scalars(
        select(WebCitation).where(WebCitation.message_id.in_(message_ids)).order_by(WebCitation.number)
    )
    found: dict[UUID, list[WebCitationOut]] = {}
    for row in rows:
        found.setdefault(row.message_id, []).append(
            WebCitationOut(
                number=row.number,
                url=row.url,
                title=row.title,
                host=_host(row.url),
                quote=row.quote,
                retrieved_at=row.retrieved_at,
            )
        )
    return found


def copied_web(message_id: UUID, shown: Iterable[WebCitationOut]) -> list[WebCitation]:
    """Rows for a copy of the message, of what its reader sees of the original."""
    return [
        WebCitation(
            message_id=message_id,
            number=each.number,
            url=each.url,
            title=each.title,
            quote=each.quote,
            retrieved_at=each.retrieved_at,
        )
        for each in shown
    ]


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
