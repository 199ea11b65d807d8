"""The measure is measured: known rankings have known scores, and a small set runs through the real pieces."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from rich.console import Console

from nexus.core.errors import InvalidError
from nexus.core.text.normalise import normalise
from nexus.ingestion.chunking import Chunk, ChunkOptions, chunk
from nexus.providers.embeddings.fake import HashingEmbedder
from nexus.providers.parsers.base import Block, Page, ParsedDocument, ParseError
from nexus.providers.vectors.embedded import EmbeddedIndex
from nexus.retrieval.evaluation import EvaluationTools, evaluate, render
from nexus.retrieval.evaluation.questions import read_question_set
from nexus.retrieval.evaluation.scoring import NO_SCORES, mean_scores, score_ranking

DOCUMENTS = [
    {"id": "leave", "title": "Leave", "text": "Parental leave lasts 16 weeks.\n\nAsk Maria Lopez about it."},
    {
        "id": "travel",
        "title": "Travel",
        "text": "Trains are booked first class above four hours.\n\nHotels cost 150 euros.",
    },
    {"id": "canteen", "title": "Canteen", "text": "The canteen opens at 11:30.\n\nLunch is free on Fridays."},
]
QUESTIONS = [
    {"id": "q1", "text": "How many weeks does parental leave last?", "answers": [{"text": "16 weeks", "start": 21}]},
    {"id": "q2", "text": "When does the canteen open?", "answers": ["11:30"]},
    {"id": "q3", "text": "What do hotels cost?", "answer": "150 euros", "aliases": ["EUR 150"]},
    {"id": "q4", "text": "Quantum chromodynamics lagrangian gauge?", "answers": []},
]


class WordCounter:
    def count(self, text: str) -> int:
        return len(self.offsets(text))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]


def parse(path: Path) -> ParsedDocument:
    """Paragraphs of a text file; a form feed parts pages, as a PDF would have them."""
    raw = path.read_text(encoding="utf-8")
    if not raw.strip():
        raise ParseError("empty", "There is nothing in it.")
    pages = [normalise(page) for page in raw.split("\f")]
    text = "\n".join(pages)
    starts = [sum(len(page) + 1 for page in pages[:number]) for number in range(len(pages))]
    return ParsedDocument(
        "text/plain",
        text,
        tuple(Page(n + 1, start, start + len(pages[n])) for n, start in enumerate(starts)),
        tuple(Block("paragraph", *match.span()) for match in re.finditer(r"\S(?:[^\n]|\n(?!\n))*", text)),
    )


def cut(document: ParsedDocument) -> list[Chunk]:
    return chunk(document, WordCounter(), ChunkOptions(strategy="paragraph"))


def tools() -> EvaluationTools:
    return EvaluationTools(parse=parse, chunk=cut, embedder=HashingEmbedder(), index=EmbeddedIndex)


def write_set(folder: Path, qrels: Sequence[Sequence[object]], documents: Sequence[Mapping[str, object]] = ()) -> Path:
    folder.mkdir(exist_ok=True)
    lines = "\n".join(json.dumps(question) for question in QUESTIONS)
    (folder / "queries.jsonl").write_text(lines + "\n", encoding="utf-8")
    (folder / "qrels.tsv").write_text("\n".join("\t".join(map(str, row)) for row in qrels) + "\n", encoding="utf-8")
    if documents:
        lines = "\n".join(json.dumps(document) for document in documents)
        (folder / "corpus.jsonl").write_text(lines, encoding="utf-8")
    return folder


def test_scores_are_those_of_the_book() -> None:
    perfect = score_ranking(["a", "b", "c"], {"a", "b"})
    assert (perfect.ndcg, perfect.recall_5, perfect.recall_10, perfect.mrr) == (1.0, 1.0, 1.0, 1.0)
    late = score_ranking(["x", "y", "z", "u", "v", "a"], {"a", "b"})
    assert late.ndcg == pytest.approx((1 / 2.807355) / (1 + 1 / 1.584963), abs=1e-6)
    assert (late.recall_5, late.recall_10) == (0.0, 0.5)
    assert late.mrr == pytest.approx(1 / 6)
    assert score_ranking(["x"] * 3, {"a"}) == NO_SCORES
    assert score_ranking([*map(str, range(10)), "a"], {"a"}) == NO_SCORES
    assert mean_scores([perfect, NO_SCORES]).ndcg == 0.5
    assert mean_scores([]) == NO_SCORES


async def test_documents_are_found_and_quoted(tmp_path: Path) -> None:
    qrels = [("query-id", "doc-id", "relevance"), ("q1", "leave", 1), ("q2", "canteen", 1), ("q3", "travel", 1)]
    report = await evaluate(write_set(tmp_path / "office", qrels, DOCUMENTS), tools())
    assert (report.name, report.queries, report.documents) == ("office", 3, 3)
    assert report.chunks >= 3
    assert report.keyword.ndcg == 1.0
    assert report.hybrid.ndcg == 1.0
    assert 0 < report.dense.recall_10 <= 1.0
    assert report.abstained.value == 1.0
    assert report.wrongly_abstained.value == 0.0
    assert (report.answered.value, report.answered.of) == (1.0, 3)
    written = report.as_json()
    assert json.loads(json.dumps(written)) == written
    assert set(written) >= {"set", "queries", "keyword", "dense", "hybrid"}
    assert set(written["hybrid"]) == {"ndcg@10", "r@5", "r@10", "mrr@10"}


async def test_spans_count_in_the_original_text(tmp_path: Path) -> None:
    folder = tmp_path / "spans"
    raw = (
        "Caf\u0065\u0301 rules\u200b are here.\r\n\r\nParental leave lasts 16 weeks.\r\n\r\nThe canteen opens at 11:30."
    )
    start = raw.index("Parental")
    gold = ("q1", "rules", start, start + len("Parental leave lasts 16 weeks."), 1)
    write_set(folder, [("query-id", "doc-id", "char-start", "char-end", "relevance"), gold])
    (folder / "files").mkdir()
    (folder / "files" / "rules.md").write_bytes(raw.encode())
    report = await evaluate(folder, tools())
    assert report.queries == 1
    assert report.hybrid.ndcg == 1.0


async def test_pages_count_from_zero(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    write_set(folder, [("query-id", "page-id", "relevance"), ("q1", "hand:book:1", 1), ("q2", "hand:book:2", 1)])
    (folder / "pdfs").mkdir()
    pages = [str(document["text"]) for document in (DOCUMENTS[1], DOCUMENTS[0], DOCUMENTS[2])]
    (folder / "pdfs" / "hand:book.pdf").write_text("\f".join(pages), encoding="utf-8")
    report = await evaluate(folder, tools())
    assert report.hybrid.ndcg == 1.0
    assert report.answered.of == 2


async def test_unreadable_documents_are_counted(tmp_path: Path) -> None:
    qrels = [("query-id", "doc-id", "relevance"), ("q1", "leave", 1)]
    folder = write_set(tmp_path / "gaps", qrels, [*DOCUMENTS, {"id": "empty", "text": " "}])
    report = await evaluate(folder, tools())
    assert (report.documents, report.unreadable) == (3, 1)


async def test_an_empty_corpus_finds_nothing(tmp_path: Path) -> None:
    qrels = [("query-id", "doc-id", "relevance"), ("q1", "leave", 1)]
    folder = write_set(tmp_path / "void", qrels, [{"id": "empty", "text": ""}])
    report = await evaluate(folder, tools())
    assert report.hybrid == NO_SCORES
    assert report.abstained.value == 1.0


async def test_the_table_has_a_row_a_set_and_a_mean(tmp_path: Path) -> None:
    qrels = [("query-id", "doc-id", "relevance"), ("q1", "leave", 1)]
    report = await evaluate(write_set(tmp_path / "office", qrels, DOCUMENTS), tools())
    console = Console(width=160, record=True, quiet=True)
    console.print(render([report, report]))
    assert render([report, report]).row_count == 3
    assert render([report]).row_count == 1


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidError, match=r"queries\.jsonl"):
        read_question_set(tmp_path)
    write_set(tmp_path / "a", [("question", "document")])
    with pytest.raises(InvalidError, match="query-id"):
        read_question_set(tmp_path / "a")
    write_set(tmp_path / "b", [("query-id", "page-id", "relevance")])
    with pytest.raises(InvalidError, match="pdfs"):
        read_question_set(tmp_path / "b")


def test_a_corpus_may_point_at_files(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text("Leave is 25 days.", encoding="utf-8")
    folder = tmp_path / "questions"
    folder.mkdir()
    (folder / "corpus.jsonl").write_text('{"id": "a", "title": "Note", "path": "../note.md"}\n', encoding="utf-8")
    (folder / "queries.jsonl").write_text('{"id": "1", "text": "How much leave?"}\n', encoding="utf-8")
    (folder / "qrels.tsv").write_text("query-id\tdoc-id\trelevance\n1\ta\t1\n", encoding="utf-8")
    [document] = read_question_set(folder).documents()
    assert (document.id, document.path) == ("a", folder / "../note.md")
