"""What the search of one's own messages costs: `python -m benchmarks.conversation_search [MESSAGES]`."""

import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert

from nexus import tables as tables
from nexus.access.principal import Principal, Role
from nexus.chat.message_words import for_postgresql, for_sqlite
from nexus.chat.models import Conversation, Message, MessageEntry
from nexus.chat.searching import search_messages
from nexus.core.clock import now
from nexus.core.db import Database, create_engine
from nexus.core.ids import new_id
from nexus.core.migrate import migrate
from nexus.identity import service as identity

WORDS = [
    f"{a}{b}{c}" for a in "bdfglmnprst" for b in ("an", "er", "ol", "ir", "um") for c in ("ta", "ner", "gos", "li")
]
QUERIES = {
    "a rare word": "zanzibar",
    "a common word": "banta",
    "two words": "derner folgos",
    "a phrase": '"banta derner"',
    "a beginning": "ban",
}


async def main(count: int, url: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        db = Database(create_engine(url or f"sqlite+aiosqlite:///{Path(folder) / 'nexus.db'}"))
        await migrate(db.engine)
        principal = await fill(db, count)
        for name, query in QUERIES.items():
            await measure(db, principal, name, query)
        await db.aclose()


async def fill(db: Database, count: int) -> Principal:
    """Half of the messages are one person's."""
    dice = random.Random(1)
    began = time.perf_counter()
    async with db.write() as session:
        tenant = await identity.create_tenant(session, name="Acme")
        people = [
            await identity.create_user(
                session,
                tenant_id=tenant.id,
                email=f"{n}@acme.test",
                name=str(n),
                role=Role.USER,
                password_hash=None,
                department_id=None,
                group_ids=(),
                is_founder=False,
            )
            for n in range(2)
        ]
        owners = [person.id for person in people]
    render = for_sqlite if db.is_sqlite else for_postgresql
    for start in range(0, count, 5000):
        conversations, messages, entries = [], [], []
        for number in range(start, min(count, start + 5000)):
            owner = owners[number % 2]
            conversation, message = new_id(), new_id()
            words = dice.choices(WORDS, k=80)
            if number % 1000 == 0:
                words[3] = "zanzibar"
            conversations.append(
                {
                    "id": conversation,
                    "tenant_id": tenant.id,
                    "user_id": owner,
                    "title": "x",
                    "created_at": now(),
                    "updated_at": now(),
                    "pinned": False,
                    "temporary": False,
                }
            )
            text = " ".join(words)
            messages.append(
                {"id": message, "conversation_id": conversation, "role": "assistant", "text": text, "created_at": now()}
            )
            entries.append({"message_id": message, "words": render(owner, text)})
        async with db.write() as session:
            for table, rows in ((Conversation, conversations), (Message, messages), (MessageEntry, entries)):
                await session.execute(insert(table), rows)
    print(f"{count:,} messages of 80 words written and indexed in {time.perf_counter() - began:.0f} s")
    return Principal(owners[0], tenant.id, Role.USER, frozenset())


async def measure(db: Database, principal: Principal, name: str, query: str) -> None:
    taken: list[float] = []
    found = 0
    for _ in range(40):
        began = time.perf_counter()
        async with db.read() as session:
            hits, _more = await search_messages(session, principal, query, before=None, limit=20)
        taken.append((time.perf_counter() - began) * 1000)
        found = len(hits)
    taken.sort()
    print(f"{name:14} {found:3} shown   p50 {taken[20]:6.1f} ms   p95 {taken[38]:6.1f} ms")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2] if len(sys.argv) > 2 else None))
