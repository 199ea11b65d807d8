"""SQL of the search of one's own messages, by the full-text index of the database that is used."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, exists, insert, literal, select, text, true
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import cast

from nexus.access.principal import Principal
from nexus.chat.message_words import Clause, for_postgresql, for_sqlite, postgresql_query, sqlite_query
from nexus.chat.models import Conversation, Message, MessageEntry

_ON_SQLITE: Final = text(
    "SELECT rowid FROM message_entry_words WHERE message_entry_words MATCH :query AND rowid < :before "
    "ORDER BY rowid DESC LIMIT :limit"
)


def _is_sqlite(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"


async def add_entry(session: AsyncSession, user_id: UUID, message: Message) -> None:
    """Has a message found from now on, unless its conversation is temporary."""
    if _is_sqlite(session):
        words: Any = literal(for_sqlite(user_id, message.text))
    else:
        words = cast(literal(for_postgresql(user_id, message.text)), TSVECTOR)
    kept = select(literal(message.id, MessageEntry.message_id.type), words).where(
        exists().where(Conversation.id == message.conversation_id, Conversation.temporary.is_not(true()))
    )
    await session.execute(insert(MessageEntry).from_select(["message_id", "words"], kept))


async def candidates(
    session: AsyncSession, principal: Principal, clauses: Sequence[Clause], before: int | None, limit: int
) -> list[int]:
    """Entries of the person's messages that hold what is looked for, latest first."""
    if _is_sqlite(session):
        query = sqlite_query(principal.user_id, clauses)
        rows = await session.scalars(_ON_SQLITE, {"query": query, "before": before or 2**62, "limit": limit})
        return list(rows)
    wanted = cast(bindparam("query", postgresql_query(principal.user_id, clauses)), TSQUERY)
    entries = select(MessageEntry.id).where(MessageEntry.words.op("@@")(wanted))
    if before is not None:
        entries = entries.where(MessageEntry.id < before)
    return list(await session.scalars(entries.order_by(MessageEntry.id.desc()).limit(limit)))


async def messages_behind(
    session: AsyncSession, principal: Principal, entry_ids: Sequence[int]
) -> list[tuple[int, Message, str]]:
    """Entry, message and conversation's title, latest first; the person's own, and not deleted."""
    rows = await session.execute(
        select(MessageEntry.id, Message, Conversation.title)
        .join(Message, Message.id == MessageEntry.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            MessageEntry.id.in_(entry_ids),
            Conversation.tenant_id == principal.tenant_id,
            Conversation.user_id == principal.user_id,
            Conversation.deleted_at.is_(None),
            Conversation.temporary.is_not(true()),
        )
        .order_by(MessageEntry.id.desc())
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def without_entry(
    session: AsyncSession, limit: int, conversation_id: UUID | None = None
) -> list[tuple[UUID, Message]]:
    """Messages that are to be found and are not yet, oldest first, each with its owner."""
    query = (
        select(Conversation.user_id, Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(MessageEntry, MessageEntry.message_id == Message.id)
        .where(MessageEntry.id.is_(None), Conversation.temporary.is_not(true()))
        .order_by(Message.created_at, Message.id)
        .limit(limit)
    )
    if conversation_id is not None:
        query = query.where(Message.conversation_id == conversation_id)
    return [(row[0], row[1]) for row in await session.execute(query)]
