"""Searching as somebody else: what is shown, and what those learn who try to learn more."""

import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import update

from hub import Company, Hub, Person, told
from nexus.core.ids import new_id
from nexus.identity.models import User

LEAVE = "Everybody has 25 days of annual leave."
SALARY = "The director's annual salary is 180000 pounds."


@pytest.fixture
async def shelf(company: Company) -> str:
    return await company.owner.make_shelf("Rules", grants=[company.grants["group"]])


@pytest.fixture
async def leave(company: Company, shelf: str) -> str:
    return await company.owner.add(shelf, "leave.md", LEAVE)


@pytest.fixture
async def secret(company: Company, shelf: str, leave: str) -> str:
    """The director's (the administrator's) and the member's; the owner, who manages the shelf, does not see it."""
    document = await company.owner.add(shelf, "salary.md", SALARY)
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", grant(company.admin), 200)
    await company.owner.patch(f"/documents/{document}", {"restricted": True})
    await company.owner.put(f"/documents/{document}/grants", grant(company.admin, "manage"))
    await company.owner.put(f"/documents/{document}/grants", grant(company.member))
    await company.owner.delete(f"/documents/{document}/grants/user/{company.owner.id}")
    return document


def grant(person: Person, level: str = "read") -> dict[str, Any]:
    return {"subject_kind": "user", "subject_id": str(person.id), "level": level}


def body(person: Person, shelf: str, query: str = "annual", **fields: Any) -> dict[str, Any]:
    return {"user_id": str(person.id), "query": query, "knowledge_base_ids": [shelf]} | fields


async def simulated(asker: Person, person: Person, shelf: str, query: str = "annual") -> Any:
    return await asker.post("/search/as", body(person, shelf, query))


def documents(found: Any) -> set[str]:
    return {hit["document_id"] for hit in found["hits"]}


async def test_each_hit_says_why_the_person_sees_it(company: Company, shelf: str, leave: str) -> None:
    found = await simulated(company.owner, company.member, shelf, "annual leave")
    assert found["person"]["name"] == "Member"
    [hit] = found["hits"]
    assert (hit["document_id"], hit["text"]) == (leave, LEAVE)
    assert hit["access"]["sentence"] == "Member can read this document."
    assert [one["name"] for one in hit["access"]["steps"][2]["through"]] == ["Pilots"]
    assert [(one["name"], one["shown"], one["access"]["readable"]) for one in found["knowledge_bases"]] == [
        ("Rules", True, True)
    ]
    assert found["confident"]
    assert found["unseen"] == []


async def test_a_document_that_is_named_and_not_found_says_why(company: Company, shelf: str, leave: str) -> None:
    found = await simulated(company.owner, company.stranger, shelf, "Leave.md")
    assert (found["hits"], found["confident"]) == ([], False)
    [unseen] = found["unseen"]
    assert (unseen["document_id"], unseen["access"]["verdict"]) == (leave, "denied")
    assert [one["name"] for one in unseen["access"]["steps"][-1]["missing"]] == ["Pilots", "Owner"]
    assert not found["knowledge_bases"][0]["access"]["readable"]


async def test_who_simulates_sees_no_more_than_before(company: Company, shelf: str, leave: str, secret: str) -> None:
    """A content manager as an administrator, who reads more: what is hidden changes nothing of what is shown."""
    mine = await company.owner.post("/search", {"query": "director's annual salary"})
    assert {hit["document_id"] for hit in mine["hits"]} == {leave}
    for person in (company.admin, company.member):
        found = await simulated(company.owner, person, shelf, "director's annual salary")
        assert documents(found) == {leave}
        assert secret not in json.dumps(found)
        assert "salary.md" not in json.dumps(found)
        assert [hit["score"] for hit in found["hits"]] == [hit["score"] for hit in mine["hits"]]
        assert (await simulated(company.owner, person, shelf, "salary.md"))["unseen"] == []
    # The other way round it is the simulated person's rights that narrow.
    both = await simulated(company.admin, company.member, shelf)
    assert documents(both) == {leave, secret}
    assert documents(await simulated(company.admin, company.owner, shelf)) == {leave}
    [unseen] = (await simulated(company.admin, company.owner, shelf, "salary"))["unseen"]
    assert (unseen["document_id"], unseen["access"]["verdict"]) == (secret, "denied")


async def test_the_answer_is_the_same_whether_or_not_something_is_hidden(
    company: Company, shelf: str, leave: str
) -> None:
    before = await simulated(company.owner, company.member, shelf, "director's annual salary")
    document = await company.owner.add(shelf, "salary.md", SALARY)
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", grant(company.admin), 200)
    await company.owner.patch(f"/documents/{document}", {"restricted": True})
    await company.owner.put(f"/documents/{document}/grants", grant(company.admin, "manage"))
    await company.owner.put(f"/documents/{document}/grants", grant(company.member))
    await company.owner.delete(f"/documents/{document}/grants/user/{company.owner.id}")
    assert await simulated(company.owner, company.member, shelf, "director's annual salary") == before


async def test_administrators_without_a_grant_are_shown_nothing(company: Company, shelf: str, leave: str) -> None:
    found = await simulated(company.admin, company.member, shelf)
    assert (found["hits"], found["unseen"]) == ([], [])
    [base] = found["knowledge_bases"]
    assert (base["shown"], base["access"]["readable"]) == (False, True)


async def test_revoking_counts_at_once(company: Company, shelf: str, leave: str, secret: str) -> None:
    assert documents(await simulated(company.admin, company.member, shelf)) == {leave, secret}
    await company.admin.delete(f"/documents/{secret}/grants/user/{company.member.id}")
    assert documents(await simulated(company.admin, company.member, shelf)) == {leave}
    await company.admin.delete(f"/knowledge-bases/{shelf}/grants/group/{company.group}")
    assert documents(await simulated(company.admin, company.member, shelf)) == set()
    await company.owner.delete(f"/knowledge-bases/{shelf}/grants/user/{company.admin.id}")
    await company.owner.put(f"/knowledge-bases/{shelf}/grants", grant(company.member), 200)
    found = await simulated(company.admin, company.member, shelf)
    assert (found["hits"], found["knowledge_bases"][0]["shown"]) == ([], False)


async def test_the_deactivated_find_nothing(hub: Hub, company: Company, shelf: str, leave: str) -> None:
    async with hub.database() as db, db.write() as session:
        await session.execute(update(User).where(User.id == company.member.id).values(active=False))
    found = await simulated(company.owner, company.member, shelf, "leave")
    assert (found["hits"], found["person"]["state"]) == ([], "deactivated")
    assert found["unseen"][0]["access"]["verdict"] == "deactivated"


async def test_it_takes_the_permission_and_the_knowledge_base(company: Company, shelf: str, leave: str) -> None:
    other = await company.admin.make_shelf("Board", grants=[grant(company.owner)])
    unseen = await company.admin.make_shelf("Unseen")
    # The member manages it, and has no role that simulates.
    theirs = await company.member.make_shelf("Theirs")
    refused = await company.member.call("POST", "/search/as", json=body(company.stranger, theirs))
    assert (refused.status_code, refused.json()["permission"]) == (403, "access.simulate")
    await company.owner.post("/search/as", body(company.member, other), 403)
    await company.owner.post("/search/as", body(company.member, shelf, knowledge_base_ids=[shelf, other]), 403)
    foreign = await company.rival.make_shelf("Foreign")
    personal = await company.admin.make_shelf("Mine", personal=True)
    answers = [
        told(await company.owner.call("POST", "/search/as", json=body(company.member, each)))
        for each in (unseen, foreign, personal, str(new_id()))
    ]
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert answers[0][0] == 404


async def test_people_of_other_tenants_are_unknown(company: Company, shelf: str) -> None:
    answers = [
        told(await company.owner.call("POST", "/search/as", json=body(company.owner, shelf, user_id=str(whom))))
        for whom in (company.rival.id, new_id())
    ]
    assert answers[0] == answers[1]
    assert answers[0][0] == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"knowledge_base_ids": []},
        {"knowledge_base_ids": None},
        {"query": " "},
        {"limit": 21},
        {"user_id": None},
        {"scope": {}},
        {"cursor": "x"},
    ],
)
async def test_what_is_not_a_simulation_is_refused(company: Company, shelf: str, fields: dict[str, Any]) -> None:
    await company.owner.post("/search/as", body(company.member, shelf) | fields, 422)


async def test_a_key_takes_the_scopes_to_administer_and_to_manage(company: Company, shelf: str, leave: str) -> None:
    for scopes, status in (
        (["ask"], 403),
        (["ask", "knowledge"], 403),
        (["administer"], 403),
        (["knowledge", "administer"], 200),
    ):
        made = await company.owner.post("/me/api-keys", {"name": "Report", "scopes": scopes}, 201)
        headers = {"Authorization": f"Bearer {made['secret']}", "X-Nexus-Act-As": ""}
        async with httpx2.AsyncClient(base_url=company.owner.client.base_url) as program:
            answer = await program.post("/api/search/as", json=body(company.member, shelf), headers=headers)
            assert answer.status_code == status, scopes
            about = {"user_id": str(company.member.id)}
            why = await program.get(f"/api/documents/{leave}/access", params=about, headers=headers)
            assert why.status_code == (200 if "knowledge" in scopes else 403), scopes


async def test_every_use_is_recorded_without_the_question(company: Company, shelf: str, leave: str) -> None:
    await simulated(company.owner, company.member, shelf, "is anybody being dismissed")
    await company.owner.post("/search/as", body(company.owner, shelf, user_id=str(new_id())), 404)
    events = await company.admin.get("/audit-events", limit=50, action="access.search_simulated")
    [event] = events["items"]
    assert (event["actor_id"], event["target_kind"], event["target_id"]) == (
        str(company.owner.id),
        "user",
        str(company.member.id),
    )
    assert event["details"] == {"knowledge_base_ids": [shelf]}
    assert "dismissed" not in json.dumps(events)
