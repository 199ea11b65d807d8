"""The questions fit the documents, and the people who ask them."""

import csv
import json
from collections import defaultdict
from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest

from nexus.demo.company import DemoCompany, DemoGrant, DemoUser

FOLDER = files("nexus.demo") / "questions"


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def queries() -> list[dict[str, Any]]:
    return lines("queries.jsonl")


@pytest.fixture(scope="module")
def relevant() -> dict[str, set[str]]:
    rows = csv.DictReader((FOLDER / "qrels.tsv").read_text(encoding="utf-8").splitlines(), delimiter="\t")
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        assert row["relevance"] == "1"
        found[row["query-id"]].add(row["doc-id"])
    return dict(found)


@pytest.fixture(scope="module")
def readable(company: DemoCompany) -> dict[str, set[str]]:
    """By e-mail address: the paths that the grants let this user read, worked out without `access`."""

    def named(user: DemoUser, grant: DemoGrant) -> bool:
        return grant.subject in {company.tenant, user.department, user.email, *user.groups}

    return {
        user.email: {
            file.path
            for base in company.knowledge_bases
            if any(named(user, grant) for grant in base.grants)
            for file in base.files
        }
        for user in company.users
    }


def test_the_corpus_is_the_company(company: DemoCompany) -> None:
    assert lines("corpus.jsonl") == [
        {
            "id": file.path,
            "title": file.title,
            "path": f"../files/{file.path}",
            "meta": {"knowledge_base": base.name, "language": file.language, "modified": file.modified.isoformat()},
        }
        for base in company.knowledge_bases
        for file in base.files
    ]


def test_answerable_questions_have_readable_documents_that_say_the_answer(
    queries: list[dict[str, Any]],
    relevant: dict[str, set[str]],
    readable: dict[str, set[str]],
    text_of: Callable[[str], str],
) -> None:
    answerable = [query for query in queries if query["answerable"]]

    assert {query["id"] for query in answerable} == relevant.keys()
    for query in answerable:
        documents = relevant[query["id"]]
        assert documents <= readable[query["asker"]], query["id"]
        assert query["answers"], query["id"]
        for answer in query["answers"]:
            assert any(answer in text_of(document) for document in documents), (query["id"], answer)


def test_unanswerable_questions_are_absent_or_unreadable(
    queries: list[dict[str, Any]], readable: dict[str, set[str]]
) -> None:
    unanswerable = [query for query in queries if not query["answerable"]]

    assert sum(query["reason"] == "absent" for query in unanswerable) >= 8
    for query in unanswerable:
        assert query["answers"] == []
        hidden = set(query.get("unreadable", ()))
        assert bool(hidden) == (query["reason"] == "unreadable"), query["id"]
        assert not hidden & readable[query["asker"]], query["id"]


def test_every_document_and_both_languages_are_asked_about(
    company: DemoCompany, queries: list[dict[str, Any]], relevant: dict[str, set[str]]
) -> None:
    everything = {file.path for base in company.knowledge_bases for file in base.files}

    assert set.union(*relevant.values()) == everything
    assert {query["language"] for query in queries} == {"en", "de"}
    assert len({query["id"] for query in queries}) == len(queries)
