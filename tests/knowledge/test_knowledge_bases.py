"""Knowledge bases and the grants on them."""

from typing import Any

import httpx2
import pytest

from hub import Company, told
from nexus.core.ids import new_id


def level_of(shelves: list[Any], shelf: str) -> Any:
    return next(item["level"] for item in shelves if item["id"] == shelf)


async def test_its_maker_manages_it_and_nobody_else_sees_it(company: Company) -> None:
    made = await company.owner.post(
        "/knowledge-bases", {"name": "  Leave policies ", "description": "About leave"}, 201
    )
    assert made["name"] == "Leave policies"
    assert made["level"] == "manage"
    assert made["documents"] == {}
    assert made["personal"] is False
    assert await company.owner.get(f"/knowledge-bases/{made['id']}") == made
    for other in (company.member, company.stranger, company.rival):
        await other.get(f"/knowledge-bases/{made['id']}", 404)
        assert (await other.get("/knowledge-bases"))["items"] == []


async def test_settings_change_one_at_a_time(company: Company) -> None:
    shelf = await company.owner.make_shelf("Before", description="Old", department_id=str(company.department))
    path = f"/knowledge-bases/{shelf}"
    changed = await company.owner.patch(path, {"name": "After"})
    assert (changed["name"], changed["description"]) == ("After", "Old")
    assert changed["department_id"] == str(company.department)
    changed = await company.owner.patch(path, {"chunking": {"strategy": "fixed", "target_tokens": 64}})
    assert changed["chunking"] == {"strategy": "fixed", "target_tokens": 64, "overlap_tokens": 0}
    changed = await company.owner.patch(path, {"department_id": None, "description": ""})
    assert (changed["name"], changed["department_id"], changed["description"]) == ("After", None, "")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "   "},
        {"name": "x" * 201},
        {"name": "Nul \x00 inside"},
        {"name": "x", "tenant_id": "0190c0de-0000-7000-8000-000000000000"},
        {"name": "x", "chunking": {"strategy": "fixed", "target_tokens": 5000}},
        {"name": "x", "chunking": {"strategy": "by magic"}},
        {"name": "x", "grants": [{"subject_kind": "user", "subject_id": "me"}]},
    ],
)
async def test_what_cannot_be_is_refused(company: Company, body: dict[str, Any]) -> None:
    problem = await company.owner.post("/knowledge-bases", body, 422)
    assert problem["type"] == "urn:nexus:problem:invalid"
    assert problem["detail"]


@pytest.mark.parametrize("to", ["member", "group", "department", "tenant"])
async def test_a_grant_lets_its_subject_read_until_it_is_taken_back(company: Company, to: str) -> None:
    shelf = await company.owner.make_shelf()
    document = await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    path, grant = f"/knowledge-bases/{shelf}", company.grants[to]

    granted = await company.owner.put(f"{path}/grants", grant, 200)
    assert granted["subject_name"]
    assert granted["level"] == "read"
    assert (await company.member.get(path))["level"] == "read"
    assert (await company.member.get(path))["documents"] == {"ready": 1}
    assert await company.member.found("annual leave") == {document}
    await company.stranger.get(path, 200 if to == "tenant" else 404)
    await company.rival.get(path, 404)

    # Reading is not managing: told apart only because it is visible.
    for method, url, body in (
        ("PATCH", path, {"name": "Mine"}),
        ("DELETE", path, None),
        ("GET", f"{path}/grants", None),
        ("PUT", f"{path}/grants", grant),
        ("POST", f"{path}/reprocess", None),
        ("POST", f"{path}/documents?path=a.md", None),
    ):
        answer = await company.member.call(method, url, json=body)
        assert answer.status_code == 403, f"{method} {url}"

    await company.owner.delete(f"{path}/grants/{grant['subject_kind']}/{grant['subject_id']}")
    await company.owner.delete(f"{path}/grants/{grant['subject_kind']}/{grant['subject_id']}", 404)
    await company.member.get(path, 404)
    assert await company.member.found("annual leave") == set()


async def test_the_higher_of_two_grants_counts_and_a_level_can_be_changed(company: Company) -> None:
    member, reading = company.grants["member"], company.grants["tenant"]
    shelf = await company.owner.make_shelf(grants=[reading, {**company.grants["group"], "level": "manage"}])
    assert (await company.member.get(f"/knowledge-bases/{shelf}"))["level"] == "manage"
    await company.member.patch(f"/knowledge-bases/{shelf}", {"name": "Renamed by a manager"})
    grants = f"/knowledge-bases/{shelf}/grants"
    await company.owner.put(grants, {**company.grants["group"], "level": "read"}, 200)
    await company.member.patch(f"/knowledge-bases/{shelf}", {"name": "No"}, 403)
    await company.owner.put(grants, {**member, "level": "manage"}, 200)
    await company.member.patch(f"/knowledge-bases/{shelf}", {"name": "Yes"})
    listed = await company.owner.get(grants)
    assert sorted((g["subject_kind"], g["level"]) for g in listed) == [
        ("group", "read"),
        ("tenant", "read"),
        ("user", "manage"),
        ("user", "manage"),
    ]


async def test_the_maker_stays_a_manager_whatever_the_grants_say(company: Company) -> None:
    own = {"subject_kind": "user", "subject_id": str(company.owner.id), "level": "read"}
    shelf = await company.owner.make_shelf(grants=[own, company.grants["tenant"]])
    assert (await company.owner.get(f"/knowledge-bases/{shelf}"))["level"] == "manage"


async def test_leaving_a_department_or_a_group_ends_what_came_with_it(company: Company) -> None:
    by_group = await company.owner.make_shelf("By group", grants=[company.grants["group"]])
    by_department = await company.owner.make_shelf("By department", grants=[company.grants["department"]])
    await company.admin.patch(f"/users/{company.member.id}", {"group_ids": [], "department_id": None})
    for shelf in (by_group, by_department):
        await company.member.get(f"/knowledge-bases/{shelf}", 404)


async def test_subjects_must_be_the_tenants_own(company: Company) -> None:
    shelf = await company.owner.make_shelf()
    for kind in ("user", "group", "department", "tenant"):
        foreign = company.rival.id if kind == "user" else company.rivals
        answers = [
            told(
                await company.owner.call(
                    "PUT",
                    f"/knowledge-bases/{shelf}/grants",
                    json={"subject_kind": kind, "subject_id": str(subject_id)},
                )
            )
            for subject_id in (foreign, new_id())
        ]
        assert answers[0] == answers[1]
        assert answers[0][0] == 404


async def test_a_personal_one_is_its_makers_alone(company: Company) -> None:
    shelf = await company.member.make_shelf("Mine", personal=True)
    path = f"/knowledge-bases/{shelf}"
    for other in (company.admin, company.operator, company.owner):
        await other.get(path, 404)
        await other.delete(path, 404)
    assert (await company.member.put(f"{path}/grants", company.grants["tenant"], 409))["type"].endswith(":personal")
    body = {"name": "x", "personal": True, "grants": [company.grants["tenant"]]}
    await company.member.post("/knowledge-bases", body, 409)
    # Nor can it be lost.
    await company.member.delete(f"{path}/grants/user/{company.member.id}", 409)
    assert (await company.member.get(path))["level"] == "manage"


async def test_administrators_govern_shared_ones_without_reading_them(company: Company) -> None:
    shelf = await company.owner.make_shelf("Board papers")
    document = await company.owner.add(shelf, "lantern.md", "Project Lantern moves the assembly to Whitby.")
    path = f"/knowledge-bases/{shelf}"

    seen = await company.admin.get(path)
    assert (seen["name"], seen["level"], seen["documents"]) == ("Board papers", None, {})
    assert level_of((await company.admin.get("/knowledge-bases"))["items"], shelf) is None
    assert (await company.admin.get(f"{path}/progress")) == {"documents": {}, "pages": 0, "chunks": 0}
    assert (await company.admin.get("/documents", knowledge_base_id=shelf))["items"] == []
    await company.admin.get(f"/documents/{document}", 404)
    assert await company.admin.found("Project Lantern") == set()
    named = {"query": "Lantern", "scope": {"knowledge_base_ids": [shelf]}}
    await company.admin.post("/search", named, 404)
    await company.admin.upload(shelf, "x.md", "x", status=403)
    await company.admin.post(f"{path}/reprocess", status=403)

    await company.admin.patch(path, {"name": "Papers"})
    assert [g["subject_name"] for g in await company.admin.get(f"{path}/grants")]
    # Governing includes giving oneself the right to read: openly, as a grant.
    await company.admin.put(f"{path}/grants", {"subject_kind": "user", "subject_id": str(company.admin.id)}, 200)
    assert await company.admin.found("Project Lantern") == {document}
    await company.rival.get(path, 404)


async def test_deleting_hides_its_documents_at_once_and_takes_the_grants_along(company: Company) -> None:
    shelf = await company.owner.make_shelf(grants=[company.grants["tenant"]])
    document = await company.owner.add(shelf, "leave.md", "Everybody has 25 days of annual leave.")
    assert await company.member.found("annual leave") == {document}
    await company.owner.delete(f"/knowledge-bases/{shelf}")
    for person in (company.owner, company.member, company.admin):
        await person.get(f"/knowledge-bases/{shelf}", 404)
        await person.get(f"/documents/{document}", 404)
        assert await person.found("annual leave") == set()
    await company.owner.delete(f"/knowledge-bases/{shelf}", 404)
    again = {"query": "leave", "scope": {"knowledge_base_ids": [shelf]}}
    await company.member.post("/search", again, 404)


async def test_pages_show_each_once_in_the_order_of_names(company: Company) -> None:
    names = ["b", "A", "c", "a", "Ä", "b", "Z"]
    ids = {await company.owner.make_shelf(name) for name in names}
    await company.rival.make_shelf("b")
    found = await company.owner.read_pages("/knowledge-bases", limit=2)
    assert [item["name"] for item in found] == sorted(names)
    assert {item["id"] for item in found} == ids
    named = (await company.owner.get("/knowledge-bases", name="b"))["items"]
    assert [item["name"] for item in named] == ["b", "b"]
    assert (await company.owner.get("/knowledge-bases", name="B"))["items"] == []


@pytest.mark.parametrize(
    "cursor",
    [
        "nonsense",
        "¡",
        "W10",  # []
        "WyJhIl0",  # ["a"]
        "WyJhIiwgImIiXQ",  # ["a", "b"]
        "WyJcdWQ4MDAiLCAiMDE5MGMwZGUtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0",  # half a surrogate pair
        "WyJcdTAwMDAiLCAiMDE5MGMwZGUtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwIl0",  # NUL
    ],
)
async def test_a_made_up_cursor_is_refused_in_words(company: Company, cursor: str) -> None:
    for path in ("/knowledge-bases", "/documents"):
        answer: httpx2.Response = await company.owner.call("GET", path, params={"cursor": cursor})
        assert answer.status_code == 422, path
        assert "cursor" in answer.json()["detail"]
