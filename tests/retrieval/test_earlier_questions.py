"""A question that follows others finds what it is about, and one that stands alone loses nothing by them."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub import Company
from nexus.ingestion.chunking import ChunkOptions, chunk
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.retrieval.evaluation import EvaluationTools, evaluate, render_following
from nexus.retrieval.following import earlier_questions, follow, follow_meaning, joined
from nexus.retrieval.ranking import Question, read_question
from retrieval.test_evaluation import WordCounter, parse


def read(text: str) -> Question:
    return read_question(text, ["en", "de"])


def weights(question: Question) -> dict[str, float]:
    return {word.text: word.weight for word in question.words}


def test_its_own_words_stay_and_those_before_are_lighter_the_farther_back() -> None:
    asked = read("How is that calculated?")
    found = weights(follow(asked, [read("Tell me about the Heron pump"), read("What is a FICO score?")]))
    assert found["calculated"] == 1.0
    assert 0 < found["heron"] == found["pump"] < found["fico"] == found["score"] < 1.0


def test_a_word_that_it_says_itself_counts_once() -> None:
    found = follow(read("Which scores are good?"), [read("What is a credit score?")])
    assert [word.text for word in found.words].count("score") == 0
    assert weights(found)["scores"] == 1.0


def test_without_questions_before_nothing_changes() -> None:
    asked = read("How is a FICO score calculated?")
    assert follow(asked, []) == asked


def test_the_longer_a_question_the_less_it_leans_on_those_before() -> None:
    before = [read("What is a FICO score?")]
    short = weights(follow(read("And the limit?"), before))
    long = weights(follow(read("Which departments order replacement gaskets for Heron pumps in March?"), before))
    assert long["fico"] < short["fico"]


def test_questions_of_other_languages_bring_their_words() -> None:
    found = weights(follow(read("Und wie oft?"), [read("Wann wird die Gleitringdichtung getauscht?")]))
    assert "gleitringdichtung" in found


def test_only_the_last_questions_count() -> None:
    assert earlier_questions(["a", "b", "c"]) == ("b", "c")
    assert earlier_questions([]) == ()
    assert joined("c", ["a", "b"]) == "a\nb\nc"


@given(st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4), st.integers(0, 9))
def test_meanings_mix_to_unit_length(values: Sequence[float], words: int) -> None:
    vector = np.array([1, 0, 0, 0], np.float32)
    together = np.array(values, np.float32)
    length = float(np.linalg.norm(together))
    together = together / length if length > 0.01 else vector
    mixed = follow_meaning(read(" ".join(f"word{n}" for n in range(words)) or "it"), vector, together)
    assert mixed.dtype == np.float32
    assert float(np.linalg.norm(mixed)) == pytest.approx(1.0, abs=1e-4)
    assert float(mixed @ vector) > float(together @ vector) - 1e-4


def test_opposite_meanings_leave_the_question_as_it_is() -> None:
    vector = np.zeros(4, np.float32)
    assert np.array_equal(follow_meaning(read("it"), vector, vector), vector)


async def test_a_set_of_conversations_compares_what_one_might_search_for(tmp_path: Path) -> None:
    corpus = [
        {"id": "seal", "text": "The seal of the Heron pump is changed after 6000 hours."},
        {"id": "belt", "text": "The belt of the Marten saw is changed after 200 hours."},
        {"id": "leave", "text": "Parental leave lasts 16 weeks."},
    ]
    questions = [
        {"id": "q1", "text": "Tell me about the Heron pump", "history": [], "rewrite": "Tell me about the Heron pump"},
        {
            "id": "q2",
            "text": "When is it changed?",
            "history": [
                {"speaker": "user", "text": "Tell me about the Heron pump"},
                {"speaker": "agent", "text": "It has a seal. Parental leave lasts weeks."},
            ],
            "rewrite": "When is the seal of the Heron pump changed?",
        },
    ]
    (tmp_path / "corpus.jsonl").write_text("\n".join(map(json.dumps, corpus)))
    (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, questions)))
    (tmp_path / "qrels.tsv").write_text("query-id\tdoc-id\trelevance\nq1\tseal\t1\nq2\tseal\t1\n")
    tools = EvaluationTools(
        parse=parse,
        chunk=lambda document: chunk(document, WordCounter(), ChunkOptions(strategy="paragraph")),
        embedder=HashingEmbedder(),
        index=EmbeddedIndex,
    )
    report = await evaluate(tmp_path, tools)
    assert report.following is not None
    assert report.following.last.mrr < report.following.ours.mrr
    assert report.following.rewritten is not None
    assert report.as_json()["following"]["questions"] == 2
    assert render_following([report]) is not None


async def test_a_conversation_is_searched_with_what_was_asked_before(company: Company) -> None:
    member, grants = company.member, [company.grants["member"]]
    shelf = await company.owner.make_shelf("Machines", grants=grants)
    await company.owner.upload(shelf, "saw.md", "The belt of the Marten saw is changed after 200 hours.")
    await company.owner.add(shelf, "pump.md", "The seal of the Heron pump is changed after 6000 hours.")
    for machine, document in (("Marten saw", "saw.md"), ("Heron pump", "pump.md")):
        first = await member.post("/ask", {"question": f"When is something changed on the {machine}?"})
        below = {"conversation_id": first["run"]["conversation_id"], "question": "After how many hours is it changed?"}
        second = await member.post("/ask", below)
        assert second["message"]["citations"][0]["document_name"] == document
