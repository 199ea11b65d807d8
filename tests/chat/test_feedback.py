"""Thumbs: on one's own answers, once, and taken back."""

import asyncio
from typing import Any, Literal
from uuid import UUID

import pytest
from sqlalchemy import select

from factories import cheap_passwords, make_world
from hub import Company
from nexus.access.principal import Principal, Role
from nexus.chat import feedback
from nexus.chat.models import Conversation, Feedback, Message
from nexus.chat.schemas import FeedbackIn
from nexus.core.db import Database
from nexus.core.ids import new_id

pytest_plugins = ("servers",)

QUESTION = {"question": "When is the seal of the Heron pump changed?"}


@pytest.fixture
async def run(company: Company) -> dict[str, Any]:
    shelf = await company.owner.make_shelf("Pumps", grants=[company.grants["member"]])
    await company.owner.add(shelf, "seal.md", "The seal of the Heron pump is changed after 6000 hours.")
    asked: dict[str, Any] = (await company.member.post("/ask", QUESTION))["run"]
    return asked


async def test_a_thumb_is_given_changed_and_taken_back(company: Company, run: dict[str, Any]) -> None:
    me, path = company.member, f"/messages/{run['answer_id']}/feedback"
    listed = f"/conversations/{run['conversation_id']}/messages"
    assert [message["feedback"] for message in (await me.get(listed))["items"]] == [None, None]
    given = await me.put(path, {"rating": "up"}, 200)
    assert given == {"rating": "up", "comment": ""}
    given = await me.put(path, {"rating": "down", "comment": "  The figure is old. "}, 200)
    assert given == {"rating": "down", "comment": "The figure is old."}
    assert [message["feedback"] for message in (await me.get(listed))["items"]] == [None, given]
    exported = await me.get(f"/conversations/{run['conversation_id']}/export", format="json")
    assert exported["messages"][1]["feedback"] == given
    await me.delete(path)
    await me.delete(path)
    assert (await me.get(f"/runs/{run['id']}"))["message"]["feedback"] is None


async def test_it_belongs_to_ones_own_answers(company: Company, run: dict[str, Any]) -> None:
    path = f"/messages/{run['answer_id']}/feedback"
    for person in (company.owner, company.stranger):
        await person.put(path, {"rating": "up"}, 404)
        await person.delete(path, 404)
    await company.member.put(f"/messages/{new_id()}/feedback", {"rating": "up"}, 404)
    question = await company.member.put(f"/messages/{run['question_id']}/feedback", {"rating": "up"}, 409)
    assert "answer below" in question["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"rating": "fine"},
        {"rating": "up", "comment": "x" * 2001},
        {"rating": "up", "comment": "a\0b"},
        {"rating": 1},
    ],
)
async def test_what_cannot_be_meant_is_refused(company: Company, run: dict[str, Any], body: dict[str, Any]) -> None:
    await company.member.put(f"/messages/{run['answer_id']}/feedback", body, 422)


async def test_a_deleted_conversation_takes_no_thumbs(company: Company, run: dict[str, Any]) -> None:
    path = f"/messages/{run['answer_id']}/feedback"
    await company.member.put(path, {"rating": "up"}, 200)
    await company.member.delete(f"/conversations/{run['conversation_id']}")
    await company.member.put(path, {"rating": "down"}, 404)
    await company.member.post(f"/conversations/{run['conversation_id']}/restore")
    assert (await company.member.get(f"/runs/{run['id']}"))["message"]["feedback"]["rating"] == "up"


@pytest.fixture
async def rated(database: Database) -> tuple[Principal, UUID]:
    """A person and an answer that they had, on each engine."""
    passwords = cheap_passwords()
    world = await make_world(database, passwords)
    passwords.close()
    async with database.write() as session:
        conversation = Conversation(tenant_id=world.acme, user_id=world.user, title="Pumps")
        session.add(conversation)
        await session.flush()
        answer = Message(conversation_id=conversation.id, role="assistant", text="After 6000 hours.")
        session.add(answer)
    return Principal(world.user, world.acme, Role.USER, frozenset()), answer.id


async def rate(database: Database, rated: tuple[Principal, UUID], rating: Literal["up", "down"]) -> None:
    async with database.write() as session:
        await feedback.give_feedback(session, *rated, FeedbackIn(rating=rating))


async def take_back(database: Database, rated: tuple[Principal, UUID]) -> None:
    async with database.write() as session:
        await feedback.take_back(session, *rated)


async def ratings(database: Database) -> list[str]:
    async with database.read() as session:
        return list(await session.scalars(select(Feedback.rating)))


async def test_thumbs_of_the_same_moment_leave_one(database: Database, rated: tuple[Principal, UUID]) -> None:
    for _ in range(10):
        await asyncio.gather(*(rate(database, rated, rating) for rating in ("up", "down") * 2))
        assert len(await ratings(database)) == 1
        await asyncio.gather(take_back(database, rated), take_back(database, rated))
        assert await ratings(database) == []


async def test_a_thumb_meets_its_end(database: Database, rated: tuple[Principal, UUID]) -> None:
    for _ in range(10):
        await rate(database, rated, "up")
        await asyncio.gather(rate(database, rated, "down"), take_back(database, rated))
        assert await ratings(database) in ([], ["down"])
