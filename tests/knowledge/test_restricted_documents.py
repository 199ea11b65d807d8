"""Documents with readers of their own: nobody else may so much as guess that they exist."""

from typing import Any

import pytest

from hub import Company, Person, told

SALARY = "The salary of the director is 180000 pounds a year."
PUBLIC = "The salary band of an engineer starts at 40000 pounds a year."


@pytest.fixture
async def shelf(company: Company) -> str:
    grants = [company.grants["tenant"], {**company.grants["member"], "level": "manage"}]
    return await company.owner.make_shelf(grants=grants)


@pytest.fixture
async def secret(company: Company, shelf: str) -> str:
    """The owner's alone, in a knowledge base that the member manages too."""
    document = await company.owner.add(shelf, "pay/salary.md", SALARY)
    await company.owner.patch(f"/documents/{document}", {"restricted": True})
    return document


def reader(person: Person, level: str = "read") -> dict[str, Any]:
    return {"subject_kind": "user", "subject_id": str(person.id), "level": level}


async def test_only_its_readers_find_it_and_no_count_tells(company: Company, shelf: str, secret: str) -> None:
    assert await company.owner.found("salary of the director") == {secret}
    for other in (company.member, company.stranger):
        result = await other.post("/search", {"query": "salary of the director"})
        assert (result["hits"], result["searched"]) == ([], 0)
        assert (await other.get(f"/knowledge-bases/{shelf}"))["documents"] == {}
        progress = {"documents": {}, "pages": 0, "chunks": 0}
        assert await other.get(f"/knowledge-bases/{shelf}/progress") == progress
        assert (await other.get("/documents"))["items"] == []
    assert (await company.member.post(f"/knowledge-bases/{shelf}/reprocess", status=202))["documents"] == 0


async def test_to_others_its_id_is_one_that_does_not_exist(company: Company, secret: str) -> None:
    unknown = "0190c0de-0000-7000-8000-000000000000"
    for method, path, body in (
        ("GET", "", None),
        ("GET", "/text", None),
        ("GET", "/chunks", None),
        ("GET", "/original", None),
        ("GET", "/boxes?start=0&end=1", None),
        ("GET", "/access", None),
        ("GET", "/grants", None),
        ("PUT", "/grants", reader(company.member)),
        ("DELETE", f"/grants/user/{company.owner.id}", None),
        ("POST", "/reprocess", None),
        ("PATCH", "", {"restricted": False}),
        ("DELETE", "", None),
    ):
        hidden, absent = [
            told(await company.member.call(method, f"/documents/{each}{path}", json=body)) for each in (secret, unknown)
        ]
        assert hidden == absent, f"{method} {path}"
        assert hidden[0] == 404


async def test_its_path_is_free_to_those_who_do_not_see_it(company: Company, shelf: str, secret: str) -> None:
    mine = await company.member.upload(shelf, "pay/salary.md", PUBLIC)
    assert (mine["outcome"], mine["duplicate_of"]) == ("created", None)
    same_bytes = await company.member.upload(shelf, "pay/copy.md", SALARY)
    assert same_bytes["duplicate_of"] is None
    await company.member.settle(shelf)
    assert await company.owner.found("salary of the director") >= {secret}
    # Whoever sees both replaces the open one, and cannot open the other while its name is taken.
    again = await company.owner.upload(shelf, "pay/salary.md", PUBLIC + " More.")
    assert (again["id"], again["outcome"]) == (mine["id"], "replaced")
    await company.owner.settle(shelf)
    await company.owner.patch(f"/documents/{secret}", {"restricted": False}, 409)
    await company.owner.delete(f"/documents/{mine['id']}")
    await company.owner.patch(f"/documents/{secret}", {"restricted": False})
    assert await company.member.found("salary of the director") >= {secret}


async def test_readers_come_and_go(company: Company, shelf: str, secret: str) -> None:
    path = f"/documents/{secret}/grants"
    await company.owner.put(path, reader(company.stranger))
    assert await company.stranger.found("salary of the director") == {secret}
    await company.stranger.patch(f"/documents/{secret}", {"restricted": False}, 403)
    await company.stranger.get(path, 403)
    assert {(g["subject_kind"], g["level"]) for g in await company.owner.get(path)} == {
        ("user", "manage"),
        ("user", "read"),
    }
    await company.owner.delete(f"{path}/user/{company.stranger.id}")
    await company.owner.delete(f"{path}/user/{company.stranger.id}", 404)
    assert await company.stranger.found("salary of the director") == set()
    await company.stranger.get(f"/documents/{secret}", 404)


async def test_a_grant_on_the_document_is_nothing_without_its_knowledge_base(company: Company, secret: str) -> None:
    await company.owner.put(f"/documents/{secret}/grants", reader(company.stranger))
    other = await company.owner.make_shelf("Closed")
    await company.owner.patch(f"/documents/{secret}", {"knowledge_base_id": other})
    assert await company.stranger.found("salary of the director") == set()
    await company.stranger.get(f"/documents/{secret}", 404)
    assert await company.owner.found("salary of the director") == {secret}


async def test_a_manager_of_the_document_needs_no_other_right(company: Company, secret: str) -> None:
    await company.owner.put(f"/documents/{secret}/grants", reader(company.stranger, "manage"))
    await company.stranger.put(f"/documents/{secret}/grants", reader(company.member))
    assert await company.member.found("salary of the director") == {secret}
    await company.stranger.delete(f"/documents/{secret}")
    await company.owner.get(f"/documents/{secret}", 404)


async def test_the_last_manager_stays(company: Company, secret: str) -> None:
    path = f"/documents/{secret}/grants"
    await company.owner.put(path, reader(company.stranger))
    await company.owner.delete(f"{path}/user/{company.owner.id}", 409)
    await company.owner.put(path, reader(company.owner, "read"), 409)
    assert await company.owner.found("salary of the director") == {secret}
    await company.owner.put(path, reader(company.stranger, "manage"))
    await company.owner.delete(f"{path}/user/{company.owner.id}")
    assert await company.owner.found("salary of the director") == set()


async def test_why_somebody_may_read_it(company: Company, shelf: str, secret: str) -> None:
    await company.owner.put(f"/documents/{secret}/grants", reader(company.stranger))
    why = await company.stranger.get(f"/documents/{secret}/access")
    assert why["readable"] is True
    assert [(step["question"], step["holds"]) for step in why["steps"]] == [
        ("tenant", True),
        ("account", True),
        ("knowledge_base", True),
        ("document", True),
        ("content", True),
    ]
    assert [through["name"] for through in why["steps"][3]["through"]] == ["Stranger"]
    # Only what concerns the asker: not who else reads it.
    assert str(company.owner.id).replace("-", "") not in str(why)


async def test_deleting_the_knowledge_base_takes_it_along_unread(company: Company, shelf: str, secret: str) -> None:
    await company.member.delete(f"/knowledge-bases/{shelf}")
    await company.owner.get(f"/documents/{secret}", 404)
    assert await company.owner.found("salary of the director") == set()
