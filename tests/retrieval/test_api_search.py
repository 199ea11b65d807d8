"""Searching through the API: what is found, where it is looked for, and why it ranked."""

from datetime import UTC, datetime
from typing import Any

import pytest

from hub import Company, told
from nexus.core.ids import new_id

MOMENTS = {"old": datetime(2020, 1, 1, tzinfo=UTC), "new": datetime(2024, 6, 1, tzinfo=UTC)}


@pytest.fixture
async def library(company: Company) -> dict[str, str]:
    """Two knowledge bases: ids by name, of the documents as well."""
    rules = await company.owner.make_shelf(
        "Rules", department_id=str(company.department), grants=[company.grants["member"]]
    )
    pumps = await company.owner.make_shelf("Pumps", grants=[company.grants["member"]])
    found = {"rules": rules, "pumps": pumps}
    for shelf, name, text, moment in (
        (rules, "leave.md", "Everybody has 25 days of annual leave.", "old"),
        (rules, "travel.txt", "Hotels in London cost 185 pounds at most, annual reviews apply.", "new"),
        (pumps, "heron.md", "The Heron HX-2041-B pump is inspected at annual intervals.", "new"),
    ):
        uploaded = await company.owner.upload(shelf, name, text, modified_at=MOMENTS[moment])
        found[name.split(".")[0]] = uploaded["id"]
    await company.owner.settle(rules)
    await company.owner.settle(pumps)
    return found


async def names(company: Company, query: str, **scope: Any) -> set[str]:
    return {hit["document_name"] for hit in await company.member.search(query, **scope)}


async def test_a_hit_says_where_it_is_from_and_why_it_ranked(company: Company, library: dict[str, str]) -> None:
    result = await company.member.post("/search", {"query": "days of annual leave"})
    assert (result["knowledge_bases"], result["searched"], result["confident"]) == (2, 3, True)
    assert result["milliseconds"] > 0
    scores = [hit["score"] for hit in result["hits"]]
    assert scores == sorted(scores, reverse=True)
    best = result["hits"][0]
    assert (best["document_id"], best["document_name"]) == (library["leave"], "leave.md")
    assert (best["knowledge_base_id"], best["knowledge_base_name"]) == (library["rules"], "Rules")
    assert (best["media_type"], best["page"], best["page_end"]) == ("text/markdown", 1, 1)
    assert datetime.fromisoformat(best["modified_at"]) == MOMENTS["old"]
    assert best["score"] == pytest.approx(
        sum(best["parts"][part] for part in ("meaning", "words", "closeness")), abs=0.01
    )
    assert best["parts"]["bm25"] > 0
    assert -1 <= best["parts"]["cosine"] <= 1
    assert {"days", "annual", "leave"} <= set(best["matched"])
    assert len(best["reasons"]) >= 2
    text = await company.member.get(
        f"/documents/{best['document_id']}/text", version_id=best["version_id"], start=best["start"], end=best["end"]
    )
    assert text["text"] == best["text"]


async def test_part_numbers_are_found_exactly(company: Company, library: dict[str, str]) -> None:
    hits = await company.member.search("HX-2041-B")
    assert hits[0]["document_id"] == library["heron"]


async def test_each_condition_narrows(company: Company, library: dict[str, str]) -> None:
    everything = {"leave.md", "travel.txt", "heron.md"}
    assert await names(company, "annual") == everything
    assert await names(company, "annual", knowledge_base_ids=[library["pumps"]]) == {"heron.md"}
    assert await names(company, "annual", knowledge_base_ids=[]) == set()
    assert await names(company, "annual", media_types=["text/plain"]) == {"travel.txt"}
    assert await names(company, "annual", media_types=["video/mp4"]) == set()
    assert await names(company, "annual", modified_from="2024-06-01T00:00:00Z") == {"travel.txt", "heron.md"}
    assert await names(company, "annual", modified_before="2024-06-01T00:00:00Z") == {"leave.md"}
    assert await names(company, "annual", modified_from="2024-06-01T02:00:00+02:00") == {"travel.txt", "heron.md"}
    assert await names(company, "annual", department_id=str(company.department)) == {"leave.md", "travel.txt"}
    both = {"knowledge_base_ids": [library["pumps"]], "department_id": str(company.department)}
    assert await names(company, "annual", **both) == set()
    narrow = {"knowledge_base_ids": [library["rules"]], "media_types": ["text/markdown"]}
    assert await names(company, "annual", **narrow) == {"leave.md"}
    result = await company.member.post("/search", {"query": "annual", "scope": narrow})
    assert (result["searched"], result["knowledge_bases"]) == (1, 1)


async def test_what_may_not_be_named_does_not_exist(company: Company, library: dict[str, str]) -> None:
    hidden = await company.owner.make_shelf("Hidden", department_id=str(company.department))
    foreign = await company.rival.make_shelf("Foreign")
    for scope in ({}, {"department_id": str(company.department)}):
        answers = [
            told(
                await company.member.call(
                    "POST",
                    "/search",
                    json={"query": "annual", "scope": scope | {"knowledge_base_ids": [library["rules"], str(shelf)]}},
                )
            )
            for shelf in (hidden, foreign, new_id())
        ]
        assert answers[0] == answers[1] == answers[2]
        assert answers[0][0] == 404
    # A department is a property of knowledge bases: an unknown one has none.
    for department in (company.rivals, new_id()):
        assert await names(company, "annual", department_id=str(department)) == set()


async def test_others_see_only_what_is_theirs(company: Company, library: dict[str, str]) -> None:
    for person in (company.stranger, company.rival, company.admin):
        result = await person.post("/search", {"query": "annual"})
        assert (result["hits"], result["searched"], result["knowledge_bases"]) == ([], 0, 0)
        assert result["confident"] is False


@pytest.mark.parametrize(
    "query",
    [
        "?",
        "…",
        "the of and",
        "\u200b",
        "🙂",
        "[1] \\ % _ ' \" ; DROP TABLE",
        "漢字かな",
        "ไทย",
        "العربية",
        "x" * 8000,
        "annual " * 1000,
        "Nul \x00 inside",
        "\ufeffannual",
        "a\u0301nnual",
    ],
)
async def test_odd_questions_are_only_questions(company: Company, library: dict[str, str], query: str) -> None:
    result = await company.member.post("/search", {"query": query})
    assert result["searched"] == 3
    answer = await company.member.call("POST", "/ask", json={"question": query})
    assert answer.status_code == (422 if "\x00" in query else 200)
    if answer.status_code == 200:
        assert answer.json()["run"]["state"] == "succeeded"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"query": ""},
        {"query": " \t "},
        {"query": "x" * 8001},
        {"query": "x", "limit": 0},
        {"query": "x", "limit": 51},
        {"query": "x", "tenant_id": "0190c0de-0000-7000-8000-000000000000"},
        {"query": "x", "scope": {"modified_from": "2024-06-01T00:00:00"}},
        {"query": "x", "scope": {"knowledge_base_ids": ["all"]}},
        {"query": "x", "scope": {"media_types": ["text/plain"] * 51}},
    ],
)
async def test_what_cannot_be_searched_is_refused(company: Company, body: dict[str, Any]) -> None:
    problem = await company.member.post("/search", body, 422)
    assert problem["detail"]


async def test_no_more_than_asked_for(company: Company, library: dict[str, str]) -> None:
    result = await company.member.post("/search", {"query": "annual", "limit": 1})
    assert len(result["hits"]) == 1
    assert result["searched"] == 3
