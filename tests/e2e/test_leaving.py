"""A deleted person's own things go; what they gave to the company stays."""

import asyncio
import time
from uuid import UUID

from sqlalchemy import func, select

from hub import PATIENCE, Company, Hub
from nexus.chat.models import Conversation, Run, RunEvent
from nexus.knowledge.models import Document, KnowledgeBase


async def test_conversations_and_personal_knowledge_go_and_the_shared_stays(hub: Hub, company: Company) -> None:
    own = await company.owner.make_shelf("Mine", personal=True)
    await company.owner.add(own, "diary.md", "The private diary speaks of marzipan.")
    shared = await company.owner.make_shelf("Ours", grants=[company.grants["member"] | {"level": "read"}])
    await company.owner.add(shared, "leave.md", "Everybody has 25 days of annual leave.")
    conversation = (await company.owner.post("/ask", {"question": "days of annual leave"}))["run"]["conversation_id"]
    await company.admin.delete(f"/users/{company.owner.id}")
    deadline = time.monotonic() + PATIENCE
    async with hub.database() as db:
        while True:
            async with db.read() as session:
                left = await session.scalar(select(func.count()).where(Conversation.user_id == company.owner.id))
                shelf = await session.get_one(KnowledgeBase, UUID(own))
                documents = await session.scalar(
                    select(func.count()).where(Document.knowledge_base_id == shelf.id, Document.deleted_at.is_(None))
                )
            if not left and shelf.deleted_at and not documents:
                break
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        async with db.read() as session:
            runs = select(func.count()).where(Run.user_id == company.owner.id)
            assert await session.scalar(runs) == 0
            events = select(func.count()).select_from(RunEvent).join(Run, Run.id == RunEvent.run_id, isouter=True)
            assert await session.scalar(events.where(Run.id.is_(None))) == 0
    assert (await company.admin.call("GET", f"/conversations/{conversation}")).status_code == 404
    assert await company.member.found("annual leave")
