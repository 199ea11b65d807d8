"""Searches that are used again: for the same words of exactly the same documents, and never otherwise."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hub import Company, Person
from nexus.core.ids import new_id
from nexus.providers.vectors.base import Candidate, IndexFilter
from nexus.retrieval.hints import Hints
from nexus.retrieval.places import Where
from nexus.retrieval.ranking import Question, Ranked, read_question
from nexus.retrieval.reuse import Found, Place, SearchCache, Wording

QUERY = "days of annual leave"


@pytest.fixture
async def rules(company: Company) -> str:
    """A knowledge base that owner, administrator and member read, with two documents."""
    shelf = await company.owner.make_shelf("Rules", grants=[company.grants["tenant"]])
    await put(company.owner, shelf, "leave.md", "Everybody has 25 days of annual leave.")
    await put(company.owner, shelf, "travel.md", "Hotels cost 185 pounds at most in annual reviews.")
    return shelf


async def put(person: Person, shelf: str, name: str, text: str) -> str:
    uploaded = await person.upload(shelf, name, text)
    await person.settle(shelf)
    return uploaded["id"]


async def search(person: Person, query: str = QUERY, **scope: Any) -> dict[str, Any]:
    found = await person.post("/search", {"query": query, "scope": scope})
    found.pop("milliseconds")
    return found


async def reused(company: Company, shelf: str) -> int:
    return (await company.owner.get(f"/knowledge-bases/{shelf}/searches/use"))["reused"]


async def test_the_same_search_is_made_once_and_counted(company: Company, rules: str) -> None:
    first = await search(company.owner)
    assert await search(company.owner) == first
    use = await company.owner.get(f"/knowledge-bases/{rules}/searches/use")
    assert (use["searches"], use["reused"]) == (2, 1)


async def test_it_is_shared_with_whoever_reads_the_same(company: Company, rules: str) -> None:
    assert await search(company.owner) == await search(company.member)
    assert await reused(company, rules) == 1


async def test_another_order_makes_no_difference(company: Company, rules: str) -> None:
    await search(company.owner, "annual leave days")
    other = await search(company.member, "Days, leave: ANNUAL")
    assert await reused(company, rules) == 1
    assert other["hits"][0]["document_name"] == "leave.md"
    assert set(other["hits"][0]["matched"]) <= {"days", "annual", "leave"}


async def test_another_word_is_another_search(company: Company, rules: str) -> None:
    await search(company.owner, "hotels cost 185 pounds at most")
    await search(company.owner, "hotels cost 186 pounds at most")
    await search(company.owner, "hotels cost 185 pounds at most in London")
    assert await reused(company, rules) == 0


async def test_who_reads_more_or_less_has_a_search_of_their_own(company: Company, rules: str) -> None:
    secret = await put(company.owner, rules, "board.md", "The board has 40 days of annual leave.")
    await company.owner.patch(f"/documents/{secret}", {"restricted": True})
    full = await search(company.owner)
    part = await search(company.member)
    assert {hit["document_name"] for hit in full["hits"]} - {hit["document_name"] for hit in part["hits"]} == {
        "board.md"
    }
    assert await reused(company, rules) == 0
    await company.owner.put(f"/documents/{secret}/grants", company.grants["member"], status=204)
    assert await search(company.member) == await search(company.owner)


async def test_a_scope_is_a_place_of_its_own(company: Company, rules: str) -> None:
    other = await company.owner.make_shelf("Others", grants=[company.grants["tenant"]])
    await put(company.owner, other, "leave.md", "Contractors have no annual leave.")
    scopes: list[dict[str, Any]] = [{}, {"knowledge_base_ids": [rules]}, {"media_types": ["text/markdown"]}]
    for scope in scopes:
        await search(company.owner, **scope)
    assert await reused(company, rules) == 0


async def test_what_changes_is_searched_anew_and_what_changes_elsewhere_is_not(company: Company, rules: str) -> None:
    other = await company.owner.make_shelf("Others")
    scope: dict[str, Any] = {"knowledge_base_ids": [rules]}
    await search(company.owner, **scope)
    moved = await put(company.owner, other, "old.md", "Pensioners have no annual leave.")
    await search(company.owner, **scope)
    assert await reused(company, rules) == 1
    await company.owner.patch(f"/documents/{moved}", {"knowledge_base_id": rules})
    assert "old.md" in {hit["document_name"] for hit in (await search(company.owner, **scope))["hits"]}
    await company.owner.patch(f"/documents/{moved}", {"knowledge_base_id": other})
    away = await search(company.owner, **scope)
    assert "old.md" not in {hit["document_name"] for hit in away["hits"]}
    assert away["searched"] == 2
    added = await put(company.owner, rules, "new.md", "Trainees have 30 days of annual leave.")
    assert "new.md" in {hit["document_name"] for hit in (await search(company.owner, **scope))["hits"]}
    await company.owner.delete(f"/documents/{added}")
    assert await search(company.owner, **scope) == away
    assert await reused(company, rules) == 1


async def test_a_revoked_right_ends_with_the_next_search(company: Company, rules: str) -> None:
    assert (await search(company.member))["hits"]
    grant = company.grants["tenant"]
    await company.owner.delete(f"/knowledge-bases/{rules}/grants/{grant['subject_kind']}/{grant['subject_id']}")
    assert (await search(company.member))["hits"] == []


async def test_searches_are_forgotten_on_demand_by_who_manages(company: Company, rules: str) -> None:
    await search(company.owner)
    await company.member.delete(f"/knowledge-bases/{rules}/searches/remembered", status=403)
    await company.member.get(f"/knowledge-bases/{rules}/searches/use", status=403)
    await company.owner.delete(f"/knowledge-bases/{rules}/searches/remembered")
    await search(company.owner)
    assert await reused(company, rules) == 0


# The cache itself.

PLACE = Place(new_id(), frozenset(), b"", None, None, None, "model")


def asked(text: str) -> Question:
    return read_question(text, ["en"])


def wording(question: Question, place: Place = PLACE) -> Wording:
    return Wording.of(place, question, Hints(), 30)


def found(question: Question, vector: Any = None) -> Found:
    candidate = Candidate(new_id(), new_id(), new_id(), 0.5, 1.0)
    ranked = Ranked(candidate, 1.0, 0.5, 0.5, matched=tuple(word.text for word in question.words))
    weights = [float(number) for number, _ in enumerate(question.words, 1)]
    return Found.of(question, vector, [(ranked, None)], True, weights, 10, 50.0)


def test_words_come_back_in_the_order_and_spelling_of_who_asks_now() -> None:
    one, other = asked("pump INSPECTION"), asked("inspection of the pump")
    assert wording(one) == wording(other)
    order, weights = found(one).for_question(other)
    assert weights == [2.0, 1.0]
    assert set(order[0][0].matched) == {"inspection", "pump"}


def test_nearness_decides_between_orders_of_the_same_words() -> None:
    cache = SearchCache(10, likeness=0.9)
    one = asked("owner of dog")
    near, far = np.array([1.0, 0.1], np.float32), np.array([0.0, 1.0], np.float32)
    kept = found(one, np.array([1.0, 0.0], np.float32))
    cache.put(wording(one), kept)
    assert cache.find(wording(one), near) is kept
    assert cache.find(wording(one), far) is None
    assert cache.find(wording(one), None) is None


def test_it_is_bounded_in_number_and_time() -> None:
    moment = 0.0
    cache = SearchCache(3, likeness=1.0, seconds=10, clock=lambda: moment)
    questions = [asked(f"word{number}") for number in range(5)]
    for question in questions:
        cache.put(wording(question), found(question))
    assert len(cache) == 3
    assert cache.find(wording(questions[0]), None) is None
    assert cache.find(wording(questions[4]), None) is not None
    moment = 10.0
    assert cache.find(wording(questions[4]), None) is None
    assert len(cache) == 2
    for number in range(20):
        cache.put(wording(questions[1]), replace(found(questions[1]), searched=number))
    assert len(cache) == 3


def test_every_part_of_a_place_keeps_searches_apart() -> None:
    cache = SearchCache(100)
    question = asked("pumps")
    cache.put(wording(question), found(question))
    shelf = new_id()
    for changed in (
        {"tenant_id": new_id()},
        {"knowledge_bases": frozenset({(shelf, 1)})},
        {"restricted": b"x"},
        {"media_types": frozenset({"text/plain"})},
        {"model": "other"},
    ):
        assert cache.find(wording(question, replace(PLACE, **changed)), None) is None


def test_the_index_follows_to_the_newest_revision_of_a_place() -> None:
    """PostgreSQL gives each statement the rows of its own moment: an upload may stand between two of them."""
    where = Where(IndexFilter(PLACE.tenant_id, frozenset(), frozenset()), (), Hints(), revision=5)
    assert where.at(PLACE).revision == 5
    assert where.at(replace(PLACE, knowledge_bases=frozenset({(new_id(), 3), (new_id(), 7)}))).revision == 7
