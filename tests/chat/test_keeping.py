"""Folders, limits, retention, temporary conversations, and what is deleted for good."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from hub import Company, Hub, Person
from nexus.chat import keeping
from nexus.chat.models import Citation, Conversation, Feedback, Message, MessageEntry, Run, RunEvent, Share
from nexus.core.clock import now
from nexus.core.ids import new_id

DAY = timedelta(days=1)


async def ask(person: Person, question: str = "annual leave", **fields: Any) -> str:
    return (await person.post("/ask", {"question": question} | fields))["run"]["conversation_id"]


async def age(hub: Hub, conversation: str, days: float) -> None:
    async with hub.database() as db, db.write() as session:
        moment = now() - timedelta(days=days)
        await session.execute(
            update(Conversation).where(Conversation.id == UUID(conversation)).values(updated_at=moment)
        )


async def tidy(hub: Hub) -> None:
    async with hub.database() as db:
        await keeping.tidy(db, 24)


async def listed(person: Person) -> set[str]:
    return {one["id"] for one in await person.read_pages("/conversations", limit=50)}


async def test_folders_hold_conversations_and_leave_them_when_they_go(company: Company) -> None:
    me = company.member
    inside, outside = await ask(me), await ask(me)
    folder = (await me.post("/conversation-folders", {"name": " Leave "}, 201))["id"]
    await me.post("/conversation-folders", {"name": "Leave"}, 409)
    other = (await me.post("/conversation-folders", {"name": "Alpha"}, 201))["id"]
    await me.patch(f"/conversation-folders/{other}", {"name": "Leave"}, 409)
    await me.patch(f"/conversation-folders/{other}", {"name": "Beta"})
    assert [one["name"] for one in await me.read_pages("/conversation-folders", limit=1)] == ["Beta", "Leave"]

    moved = await me.patch(f"/conversations/{inside}", {"folder_id": folder})
    assert moved["folder_id"] == folder
    assert [one["id"] for one in await me.read_pages("/conversations", folder_id=folder, limit=5)] == [inside]
    assert await listed(me) == {inside, outside}
    assert (await me.patch(f"/conversations/{inside}", {"pinned": True}))["folder_id"] == folder
    foreign = (await company.owner.post("/conversation-folders", {"name": "Leave"}, 201))["id"]
    for wrong in (foreign, str(new_id())):
        await me.patch(f"/conversations/{inside}", {"folder_id": wrong}, 404)
        await me.get("/conversations", 404, folder_id=wrong)
        await me.patch(f"/conversation-folders/{wrong}", {"name": "Mine"}, 404)
        await me.delete(f"/conversation-folders/{wrong}", 404)

    await me.delete(f"/conversation-folders/{folder}")
    assert (await me.get(f"/conversations/{inside}"))["folder_id"] is None


async def test_beyond_the_limit_the_oldest_go_that_nobody_wants_to_keep(hub: Hub, company: Company) -> None:
    me = company.member
    made = [await ask(me, f"question {number}") for number in range(14)]
    for number, conversation in enumerate(made):
        await age(hub, conversation, 20 - number)
    await me.patch(f"/conversations/{made[0]}", {"pinned": True})
    folder = (await me.post("/conversation-folders", {"name": "Keep"}, 201))["id"]
    await me.patch(f"/conversations/{made[1]}", {"folder_id": folder})
    assert (await me.get("/conversation-keeping"))["going"] == []
    await me.call("PUT", "/conversation-rules", json={"most": 10, "keep_days": None})
    assert (await me.call("GET", "/conversation-rules")).status_code == 403
    assert await company.admin.put("/conversation-rules", {"most": 10, "keep_days": None}, 200) == {
        "most": 10,
        "keep_days": None,
    }
    told = await me.get("/conversation-keeping")
    assert (told["count"], told["most"]) == (14, 10)
    assert [one["id"] for one in told["going"]][:4] == made[2:6]

    await tidy(hub)
    assert await listed(me) == {made[0], made[1], *made[6:]}
    await tidy(hub)
    assert len(await listed(me)) == 10
    assert (await me.post(f"/conversations/{made[2]}/restore", {}))["id"] == made[2]


async def test_what_was_not_used_for_so_many_days_ends(hub: Hub, company: Company) -> None:
    me = company.member
    old, young, theirs = await ask(me), await ask(me), await ask(company.rival)
    await age(hub, old, 40)
    await age(hub, young, 25)
    await age(hub, theirs, 400)
    await tidy(hub)
    assert await listed(me) == {old, young}
    await company.admin.put("/conversation-rules", {"most": 500, "keep_days": 30}, 200)
    told = await me.get("/conversation-keeping")
    assert [one["id"] for one in told["going"]] == [old, young]
    await tidy(hub)
    assert await listed(me) == {young}
    assert await listed(company.rival) == {theirs}


async def rows(hub: Hub, conversation: str) -> dict[str, int]:
    """What there is of a conversation, table by table."""
    key = UUID(conversation)
    messages = select(Message.id).where(Message.conversation_id == key)
    runs = select(Run.id).where(Run.conversation_id == key)
    queries = {
        "conversation": select(func.count()).select_from(Conversation).where(Conversation.id == key),
        "message": select(func.count()).select_from(Message).where(Message.conversation_id == key),
        "run": select(func.count()).select_from(Run).where(Run.conversation_id == key),
        "event": select(func.count()).select_from(RunEvent).where(RunEvent.run_id.in_(runs)),
        "citation": select(func.count()).select_from(Citation).where(Citation.message_id.in_(messages)),
        "feedback": select(func.count()).select_from(Feedback).where(Feedback.message_id.in_(messages)),
        "entry": select(func.count()).select_from(MessageEntry).where(MessageEntry.message_id.in_(messages)),
        "share": select(func.count()).select_from(Share).where(Share.conversation_id == key),
    }
    async with hub.database() as db, db.read() as session:
        return {name: await session.scalar(query) or 0 for name, query in queries.items()}


async def test_what_was_deleted_is_gone_once_it_cannot_be_taken_back(hub: Hub, company: Company) -> None:
    me = company.member
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
    await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    answered = await me.post("/ask", {"question": "days of annual leave"})
    conversation = answered["run"]["conversation_id"]
    await me.put(f"/messages/{answered['message']['id']}/feedback", {"rating": "up"}, 200)
    await me.post(f"/conversations/{conversation}/shares", {}, 201)
    assert all((await rows(hub, conversation)).values())
    await me.delete(f"/conversations/{conversation}")
    await tidy(hub)
    assert all((await rows(hub, conversation)).values())
    async with hub.database() as db, db.write() as session:
        await session.execute(
            update(Conversation)
            .where(Conversation.id == UUID(conversation))
            .values(deleted_at=now() - keeping.UNDO - DAY)
        )
    await tidy(hub)
    assert set((await rows(hub, conversation)).values()) == {0}
    assert (await me.get("/messages", search="annual"))["items"] == []


async def test_a_temporary_conversation_goes_when_it_is_left_alone(hub: Hub, company: Company) -> None:
    me = company.member
    left, used = await ask(me, temporary=True), await ask(me, temporary=True)
    await age(hub, left, 1.1)
    await age(hub, used, 0.9)
    assert (await rows(hub, left))["entry"] == 0
    assert (await me.get(f"/conversations/{used}"))["temporary"] is True
    await ask(me, conversation_id=used)
    await tidy(hub)
    assert set((await rows(hub, left)).values()) == {0}
    assert (await me.call("GET", f"/conversations/{left}")).status_code == 404
    assert (await rows(hub, used))["message"] == 4
    assert (await me.get("/conversation-keeping"))["count"] == 0


async def test_messages_without_an_entry_get_one(hub: Hub, company: Company) -> None:
    me = company.member
    conversation = await ask(me, "the forgotten walrus")
    async with hub.database() as db, db.write() as session:
        entries = select(MessageEntry).join(Message, Message.id == MessageEntry.message_id)
        for entry in await session.scalars(entries.where(Message.conversation_id == UUID(conversation))):
            await session.delete(entry)
    assert (await me.get("/messages", search="walrus"))["items"] == []
    await tidy(hub)
    assert len((await me.get("/messages", search="walrus"))["items"]) == 1
