"""What people think of answers reaches those who look after them, and nothing that these may not read."""

from typing import Any

import pytest

from hub import Company
from nexus.core.ids import new_id

QUESTION = "When is the seal of the Heron pump changed?"


async def rate(company: Company, *, rating: str = "down", comment: str = "The figure is old.") -> dict[str, Any]:
    """An answer of the member's, rated; its entry in the queue."""
    run = (await company.member.post("/ask", {"question": QUESTION}))["run"]
    await company.member.put(f"/messages/{run['answer_id']}/feedback", {"rating": rating, "comment": comment}, 200)
    return (await company.admin.get("/feedback"))["items"][0] | {"run": run}


@pytest.fixture
async def shelf(company: Company) -> str:
    shelf = await company.owner.make_shelf("Pumps", grants=[company.grants["member"]])
    await company.owner.add(shelf, "seal.md", "The seal of the Heron pump is changed after 6000 hours.")
    return shelf


async def test_an_opinion_goes_from_pending_to_resolved(company: Company, shelf: str) -> None:
    entry = await rate(company)
    assert (entry["state"], entry["rating"], entry["comment"]) == ("pending", "down", "The figure is old.")
    assert (entry["question"], entry["given_by"]["id"]) == (QUESTION, str(company.member.id))
    path = f"/feedback/{entry['id']}"
    reviewed = await company.admin.patch(path, {"state": "reviewed", "note": " The manual is from 2019. "})
    assert (reviewed["state"], reviewed["note"]) == ("reviewed", "The manual is from 2019.")
    assert reviewed["reviewer"]["id"] == str(company.admin.id)
    assert reviewed["reviewed_at"]
    resolved = await company.owner.patch(path, {"state": "resolved"})
    assert (resolved["note"], resolved["reviewer"]["id"]) == ("The manual is from 2019.", str(company.owner.id))
    assert await company.admin.get("/feedback/counts") == {"pending": 0, "reviewed": 0, "resolved": 1}
    # Whoever thinks again is heard again.
    message = entry["run"]["answer_id"]
    await company.member.put(f"/messages/{message}/feedback", {"rating": "up"}, 200)
    assert (await company.admin.get(path))["state"] == "pending"
    await company.member.delete(f"/messages/{message}/feedback")
    await company.admin.get(path, 404)


async def test_the_queue_is_filtered_and_paged(company: Company, shelf: str) -> None:
    entries = [await rate(company, rating=rating) for rating in ("up", "down", "down")]
    await company.admin.patch(f"/feedback/{entries[1]['id']}", {"state": "resolved"})

    async def listed(**filters: Any) -> list[str]:
        return [each["id"] for each in await company.admin.read_pages("/feedback", limit=1, **filters)]

    newest_first = [entry["id"] for entry in reversed(entries)]
    assert await listed() == newest_first
    assert await listed(state="pending") == [newest_first[0], newest_first[2]]
    assert await listed(rating="down") == newest_first[:2]
    assert await listed(rating="down", state="resolved") == [entries[1]["id"]]
    assert await listed(to="2020-01-01T00:00:00Z") == []
    assert await listed(**{"from": "2020-01-01T00:00:00Z"}) == newest_first
    for wrong in ({"state": "lost"}, {"from": "2020-01-01T00:00:00"}, {"cursor": "x"}):
        await company.admin.get("/feedback", 422, **wrong)


async def test_a_reviewer_sees_what_he_may_read_himself(company: Company, shelf: str) -> None:
    entry = await rate(company)
    assert "6000 hours" not in str(entry["answer"]), "the admin administers, and reads nothing"
    assert [each["available"] for each in entry["answer"]["citations"]] == [False]
    seen = await company.owner.get(f"/feedback/{entry['id']}")
    assert "6000 hours" in seen["answer"]["text"]
    assert seen["answer"]["citations"][0]["document_name"] == "seal.md"


async def test_the_queue_is_not_for_everybody(company: Company, shelf: str) -> None:
    entry = await rate(company)
    path = f"/feedback/{entry['id']}"
    for person, status in ((company.member, 403), (company.stranger, 403), (company.rival, 404)):
        await person.get(path, status)
        await person.patch(path, {"state": "resolved"}, status)
        await person.post(f"{path}/evaluation-case", {}, status)
    assert (await company.rival.get("/feedback"))["items"] == []
    assert (await company.rival.get("/feedback/counts"))["pending"] == 0
    await company.admin.get(f"/feedback/{new_id()}", 404)


async def test_what_its_owner_deletes_is_gone_from_the_queue(company: Company, shelf: str) -> None:
    entry = await rate(company)
    await company.member.delete(f"/conversations/{entry['run']['conversation_id']}")
    assert (await company.admin.get("/feedback"))["items"] == []
    assert (await company.admin.get("/feedback/counts"))["pending"] == 0
    await company.admin.get(f"/feedback/{entry['id']}", 404)


async def test_one_click_makes_an_evaluation_case(company: Company, shelf: str) -> None:
    bad, good = [await rate(company, rating=rating) for rating in ("down", "up")]
    case = await company.owner.post(f"/feedback/{bad['id']}/evaluation-case", {"expected": "After 8000 hours."}, 201)
    assert (case["question"], case["expected"], case["document_ids"]) == (QUESTION, "After 8000 hours.", [])
    assert (await company.owner.get(f"/feedback/{bad['id']}"))["evaluation_case_id"] == case["id"]
    await company.owner.post(f"/feedback/{bad['id']}/evaluation-case", {}, 409)
    right = await company.owner.post(f"/feedback/{good['id']}/evaluation-case", {}, 201)
    cited = good["run"]["answer_id"]
    assert len(right["document_ids"]) == 1, cited
    listed = await company.owner.read_pages("/evaluation-cases", limit=1)
    assert [each["id"] for each in listed] == [right["id"], case["id"]]
    seen = (await company.admin.get("/evaluation-cases"))["items"]
    assert [each["document_ids"] for each in seen] == [[], []], "whoever may not read them is not told their ids"
    # A case outlives the conversation it comes from.
    await company.member.delete(f"/conversations/{bad['run']['conversation_id']}")
    assert len((await company.owner.get("/evaluation-cases"))["items"]) == 2
    for person, status in ((company.rival, 404), (company.member, 403)):
        await person.delete(f"/evaluation-cases/{case['id']}", status)
    await company.owner.delete(f"/evaluation-cases/{case['id']}")
    await company.owner.delete(f"/evaluation-cases/{case['id']}", 404)
