"""Reading a question set: documents, questions, and which part of which document answers which question.

A set is a folder. `queries.jsonl` has `id` and `text` a line, and may have `answers`, what was said before (`history`,
a list of `speaker` and `text`), and the question as it would stand alone (`rewrite`); `qrels.tsv` names, per question,
a `doc-id` (with `char-start` and `char-end`: a span of it) or a `page-id`. The documents are the lines of
`corpus.jsonl` (`id`, `title`, `text`), the Markdown and text files of `files/` where spans count (`doc-id` is the name
without its ending), or the PDFs of `pdfs/` (`page-id` is the name without its ending, a colon, and the page from zero).
"""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from nexus.core.errors import InvalidError

Unit = Literal["document", "page", "span"]
"""What is looked for: the unit that counts as one result."""

Gold = tuple[str, int, int]
"""A document or page id and, for spans, the half-open slice of its original text; else 0, 0."""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document of a set: its text, or the file that holds it."""

    id: str
    title: str = ""
    text: str = ""
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class EvaluationQuestion:
    id: str
    text: str
    gold: tuple[Gold, ...]
    """Empty: nothing in the set answers it, and the right answer is to say so."""
    answers: tuple[str, ...]
    """Accepted answers in words, if the set has them."""
    earlier: tuple[str, ...] = ()
    """The questions before it in its conversation, oldest first."""
    rewrite: str | None = None
    """By hand, with everything in it that it leaves to those before."""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    name: str
    unit: Unit
    questions: Sequence[EvaluationQuestion]
    directory: Path

    def documents(self) -> Iterator[SourceDocument]:
        """In a fixed order, read as they are asked for."""
        if self.unit == "page":
            yield from _files(self.directory / "pdfs", {".pdf"})
        elif self.unit == "span" and (self.directory / "files").is_dir():
            yield from _files(self.directory / "files", {".md", ".txt"})
        else:
            for line in _json_lines(self.directory / "corpus.jsonl"):
                # A corpus may point at files, relative to its own folder, instead of repeating their text.
                path = self.directory / str(line["path"]) if line.get("path") else None
                yield SourceDocument(str(line["id"]), str(line.get("title") or ""), str(line.get("text") or ""), path)


def read_question_set(directory: Path) -> QuestionSet:
    """Raises InvalidError when the folder is not in this form."""
    missing = [name for name in ("queries.jsonl", "qrels.tsv") if not (directory / name).is_file()]
    if missing:
        raise InvalidError(f"{directory} is not a question set: it has no {' and no '.join(missing)}.")
    unit, gold = _read_gold(directory / "qrels.tsv")
    if not (directory / "pdfs").is_dir() and unit == "page":
        raise InvalidError(f"{directory} names pages but has no folder pdfs.")
    questions = [
        EvaluationQuestion(
            str(line["id"]),
            str(line["text"]),
            tuple(gold.get(str(line["id"]), ())),
            _answers(line),
            tuple(str(turn["text"]) for turn in line.get("history") or () if turn["speaker"] == "user"),
            str(line["rewrite"]) if line.get("rewrite") else None,
        )
        for line in _json_lines(directory / "queries.jsonl")
    ]
    return QuestionSet(directory.resolve().name, unit, questions, directory)


def _read_gold(path: Path) -> tuple[Unit, Mapping[str, list[Gold]]]:
    gold: dict[str, list[Gold]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        columns = set(rows.fieldnames or ())
        if "query-id" not in columns or not columns & {"doc-id", "page-id"}:
            raise InvalidError(f"{path} needs a first line with query-id and doc-id or page-id.")
        unit: Unit = "page" if "page-id" in columns else "span" if "char-start" in columns else "document"
        for row in rows:
            if float(row.get("relevance") or 1) > 0:
                found = row["page-id" if unit == "page" else "doc-id"]
                start, end = (int(row["char-start"]), int(row["char-end"])) if unit == "span" else (0, 0)
                gold.setdefault(row["query-id"], []).append((found, start, end))
    return unit, gold


def _files(folder: Path, endings: set[str]) -> Iterator[SourceDocument]:
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in endings:
            yield SourceDocument(path.stem, path=path)


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.is_file():
        raise InvalidError(f"{path} is missing.")
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _answers(line: Mapping[str, Any]) -> tuple[str, ...]:
    """`answers` as strings or as objects with `text`, or a single `answer` with its `aliases`."""
    found: list[object] = list(cast("list[object]", line.get("answers") or ()))
    if not found and line.get("answer"):
        found = [line["answer"], *cast("list[object]", line.get("aliases") or ())]
    texts = [cast("dict[str, object]", one).get("text") if isinstance(one, dict) else one for one in found]
    return tuple(dict.fromkeys(text.strip() for text in texts if isinstance(text, str) and text.strip()))
