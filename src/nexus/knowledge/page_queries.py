"""SQL of pages that are pictures, and the words that were recognised on them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from nexus.knowledge.models import RecognisedPage
from nexus.providers.parsers.base import PageWords, Word


async def recognised_pages(
    session: AsyncSession, version_id: UUID, first: int = 1, last: int | None = None
) -> Sequence[RecognisedPage]:
    """The version's pages between two numbers whose words were recognised, in order, with the words."""
    query = (
        select(RecognisedPage)
        .where(RecognisedPage.version_id == version_id, RecognisedPage.is_read, RecognisedPage.number >= first)
        .order_by(RecognisedPage.number)
        .options(undefer(RecognisedPage.words))
    )
    if last is not None:
        query = query.where(RecognisedPage.number <= last)
    return (await session.scalars(query)).all()


def page_words(page: RecognisedPage) -> PageWords:
    """Of a page that was loaded with its words, as the parsers take it."""
    return PageWords(page.number, tuple(Word(*word) for word in page.words), page.shape)
