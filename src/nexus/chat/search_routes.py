"""HTTP of the search of one's own messages."""

from typing import Annotated

from fastapi import APIRouter, Query

from nexus.chat.schemas import FoundMessage
from nexus.chat.searching import search_messages
from nexus.core.http.deps import ReadSession
from nexus.core.http.pagination import Cursor, Limit, Page, decode_cursor, encode_cursor
from nexus.core.text.storable import NO_NUL
from nexus.identity.deps import CurrentPrincipal

router = APIRouter(tags=["chat"])
Wanted = Annotated[
    str,
    Query(
        max_length=200,
        pattern=NO_NUL,
        description='Words, of which the last may be a beginning, and phrases in "quotes".',
    ),
]


@router.get("/messages")
async def list_found_messages(
    session: ReadSession, principal: CurrentPrincipal, search: Wanted = "", cursor: Cursor = None, limit: Limit = 20
) -> Page[FoundMessage]:
    """Your own messages that hold all of it, latest first, as far as you may read them now; none for no words."""
    before: int | None = decode_cursor(cursor, _entry)[0] if cursor else None
    items, following = await search_messages(session, principal, search, before=before, limit=limit)
    return Page(items=items, next_cursor=encode_cursor(following) if following is not None else None)


def _entry(value: object) -> int:
    """Raises ValueError."""
    number = int(str(value))
    if not 0 <= number < 2**62:
        raise ValueError(number)
    return number
