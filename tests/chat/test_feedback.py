"""Thumbs: on one's own answers, once, and taken back."""

from typing import Any

import pytest

from hub import Company
from nexus.core.ids import new_id

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
