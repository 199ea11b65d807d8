"""Documents as tables show them: in any order, page by page, changed together, watched, and never more than one may."""

import pytest

from hub import Company
from nexus.core.ids import new_id

SIZES = {"b.md": 3, "a.md": 1, "d.txt": 2, "c.md": 5}


@pytest.fixture
async def shelf(company: Company) -> str:
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["member"]])
    for name, paragraphs in SIZES.items():
        text = "\n\n".join(f"# Part {n}\n\nSentence {n} of {name}." for n in range(paragraphs))
        await company.owner.add(shelf, name, text)
    return shelf


async def pages(company: Company, shelf: str, sort: str) -> list[str]:
    names, cursor = list[str](), None
    while True:
        page = await company.member.get(
            "/documents", knowledge_base_id=shelf, sort=sort, limit=1, **({"cursor": cursor} if cursor else {})
        )
        names += [item["name"] for item in page["items"]]
        if not (cursor := page["next_cursor"]):
            return names


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["a.md", "b.md", "c.md", "d.txt"]),
        ("-name", ["d.txt", "c.md", "b.md", "a.md"]),
        ("size", ["a.md", "d.txt", "b.md", "c.md"]),
        ("-size", ["c.md", "b.md", "d.txt", "a.md"]),
        ("updated", ["b.md", "a.md", "d.txt", "c.md"]),
    ],
)
async def test_each_order_is_whole_page_by_page(company: Company, shelf: str, sort: str, expected: list[str]) -> None:
    assert await pages(company, shelf, sort) == expected
    for other in ("state", "-state", "pages", "-chunks", "-updated"):
        assert sorted(await pages(company, shelf, other)) == sorted(expected)


async def test_lists_are_narrowed_and_say_pages_and_chunks(company: Company, shelf: str) -> None:
    found = await company.member.get("/documents", knowledge_base_id=shelf, media_type="text/plain")
    assert [item["name"] for item in found["items"]] == ["d.txt"]
    assert found["items"][0]["page_count"] >= 1
    assert found["items"][0]["chunk_count"] >= 1
    assert (await company.member.get("/documents", knowledge_base_id=shelf, name="C.M"))["items"][0]["name"] == "c.md"
    first = await company.member.get("/documents", knowledge_base_id=shelf, sort="size", limit=1)
    await company.member.get("/documents", 422, knowledge_base_id=shelf, sort="name", limit=1, cursor="nonsense")
    assert (await company.stranger.get("/documents", cursor=first["next_cursor"], sort="size"))["items"] == []


async def ids(company: Company, shelf: str) -> dict[str, str]:
    items = (await company.owner.get("/documents", knowledge_base_id=shelf))["items"]
    return {item["name"]: item["id"] for item in items}


async def test_many_are_changed_and_each_refusal_is_told(company: Company, shelf: str) -> None:
    known = await ids(company, shelf)
    nobodys = str(new_id())
    body = {"action": "delete", "document_ids": [known["a.md"], nobodys, known["b.md"], known["a.md"]]}

    outcome = await company.owner.post("/documents/bulk", body)

    assert outcome["done"] == 2
    assert [one["document_id"] for one in outcome["refused"]] == [nobodys]
    assert sorted(await ids(company, shelf)) == ["c.md", "d.txt"]
    refused = await company.member.post("/documents/bulk", {"action": "delete", "document_ids": [known["c.md"]]})
    assert (refused["done"], len(refused["refused"])) == (0, 1)
    hidden = await company.stranger.post("/documents/bulk", {"action": "delete", "document_ids": [known["c.md"]]})
    assert "no such document" in hidden["refused"][0]["detail"]
    await company.owner.post("/documents/bulk", {"action": "move", "document_ids": [known["c.md"]]}, 422)


async def test_only_who_sets_grants_may_look_people_up(company: Company, shelf: str) -> None:
    found = await company.owner.get("/subjects", search="mem")
    assert [one["kind"] for one in found] == ["user"]
    assert (await company.stranger.call("GET", "/subjects")).status_code == 403


async def test_access_is_explained_to_who_sets_it(company: Company, shelf: str) -> None:
    people = {one["name"]: one["id"] for one in await company.owner.get("/subjects", kind="user")}
    member = next(i for name, i in people.items() if "ember" in name)
    stranger = next(i for name, i in people.items() if "tranger" in name)

    assert (await company.owner.get(f"/knowledge-bases/{shelf}/access", user_id=member))["readable"]
    assert not (await company.owner.get(f"/knowledge-bases/{shelf}/access", user_id=stranger))["readable"]
    assert (await company.member.get(f"/knowledge-bases/{shelf}/access", user_id=member))["readable"]
    for person, status in ((company.stranger, 404), (company.member, 403)):
        about = {"user_id": str(company.owner.id)}
        answer = await person.call("GET", f"/knowledge-bases/{shelf}/access", params=about)
        assert answer.status_code == status
