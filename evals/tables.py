"""Whether figures of spreadsheets are right: without a language model, and with one that makes the right query.

`python -m evals.tables [--files N] [--seed N] [--json FILE]` makes spreadsheets of which every figure is known
(`evals.sheets`), has the product read them, asks, and prints two tables. Without a model: questions in plain words, in
other words, and such as have no answer, where saying nothing is right. With a double of a model that looks for the
table and makes the one right query: what is wrong then was read wrongly from the sheet.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from benchmarks.product import PASSWORD, Product
from rich.console import Console
from rich.table import Table
from tests.doubles.openai_chat import OpenAIDouble, agent

from evals.sheet_questions import Answer, Question, make_questions
from evals.sheets import FileMade, make_files
from nexus.ingestion.sheet_tables import slug

Verdict = Literal["exact", "wrong", "nothing"]

_FIGURE = re.compile(
    r"(?:The (?:sum|average|highest|lowest|number)|Die Summe|Die Zahl|Der (?:Durchschnitt|höchste|niedrig))"
)
_PATIENCE = 900.0
_CLOSE = Decimal("1e-12")
"""Of an average, which may have no end."""


@dataclass(frozen=True, slots=True)
class Asked:
    question: Question
    verdict: Verdict
    found: Any


def run(files: int, seed: int, report: Any) -> dict[str, list[Asked]]:
    made = make_files(files, seed)
    questions = make_questions(made, seed)
    report(f"{len(made)} files, {sum(len(each.sheets) for each in made)} sheets, {len(questions)} questions")
    asked: dict[str, list[Asked]] = {}
    with tempfile.TemporaryDirectory(prefix="nexus-tables-") as folder:
        with Product(Path(folder), {"NEXUS_SUPER_ADMIN__PASSWORD": PASSWORD}) as product:
            _upload(product, made, report)
            asked["without a model"] = [_ask(product, each) for each in questions]
        with OpenAIDouble() as double:
            settings = {
                "NEXUS_LLM__BASE_URL": double.base_url,
                "NEXUS_LLM__MODEL": "dictated",
                "NEXUS_SUPER_ADMIN__PASSWORD": PASSWORD,
                "NEXUS_EGRESS__ALLOWED_HOSTS": '["127.0.0.1"]',
            }
            with Product(Path(folder), settings) as product:
                known = _tables(product, double, made)
                with_queries = [each for each in questions if each.wanted]
                asked["with the right query"] = [_query(product, double, each, known) for each in with_queries]
    return asked


def _upload(product: Product, files: Iterable[FileMade], report: Any) -> None:
    shelf = product.call("POST", "/api/knowledge-bases", {"name": "Sheets"})["id"]
    for file in files:
        connection = product.connect()
        target = f"/api/knowledge-bases/{shelf}/documents?path={quote(file.name)}"
        connection.request("POST", target, file.content, product.headers())
        response = connection.getresponse()
        if response.status >= 400:
            raise RuntimeError(f"{file.name}: {response.status} {response.read()[:300]!r}")
        response.read()
        connection.close()
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        states = product.call("GET", f"/api/knowledge-bases/{shelf}/progress")["documents"]
        if not states.keys() & {"uploaded", "queued", "processing"}:
            report(f"read: {states}")
            return
        time.sleep(0.2)
    raise RuntimeError("the files were not read in time")


def _ask(product: Product, question: Question) -> Asked:
    message = product.call("POST", "/api/ask", {"question": question.text})["message"]
    tables = [step["table"] for step in message["steps"] if step["table"]]
    if not tables or not _FIGURE.match(message["text"]):
        return Asked(question, "nothing", None)
    return _judged(question, tables[-1]["rows"])


def _tables(
    product: Product, double: OpenAIDouble, files: Sequence[FileMade]
) -> dict[tuple[str, str], tuple[str, str]]:
    """By file and sheet, the id of the table and its name in queries, as the model is told them."""
    known: dict[tuple[str, str], tuple[str, str]] = {}
    for file in files:
        stem = file.name.rpartition(".")[0]
        double.dictate(agent([("list_tables", {"query": stem})]))
        product.call("POST", "/api/ask", {"question": f"What is the total in {file.name}?"})
        told = [m["content"] for m in double.answers[-1].body["messages"] if m["role"] == "tool"]
        found = re.findall(r'<table id="(\S+)" name="(\S+)" document="[^"]*" sheet="([^"]*)"', "\n".join(told))
        for table_id, name, sheet in found:
            known.setdefault((file.name, sheet), (table_id, name))
    return known


def _query(
    product: Product, double: OpenAIDouble, question: Question, known: dict[tuple[str, str], tuple[str, str]]
) -> Asked:
    sheet = question.sheet.sheet if question.file.name.endswith("xlsx") else ""
    table = known.get((question.file.name, sheet))
    if table is None:
        return Asked(question, "nothing", "no table")
    double.dictate(agent([("query_table", {"tables": [table[0]], "sql": _sql(question, table[1])})]))
    message = product.call("POST", "/api/ask", {"question": question.text})["message"]
    tables = [step["table"] for step in message["steps"] if step["table"]]
    failed = [step["failed"] for step in message["steps"]]
    return _judged(question, tables[-1]["rows"]) if tables else Asked(question, "nothing", failed)


def _sql(question: Question, table: str) -> str:
    made = question.sheet
    unit = f" ({made.unit})" if made.unit else ""
    headers = {
        "group": made.theme.group,
        "decimal": made.decimal + unit,
        "integer": made.integer,
        "day": made.theme.day,
    }
    columns = {name: f'"{slug(header)}"' for name, header in headers.items()}
    group = question.group.format(**columns)
    sql = f'SELECT {group}{", " if group else ""}{question.wanted.format(**columns)} FROM "{table}"'
    if question.where:
        sql += " WHERE " + " AND ".join(f"{column.format(**columns)} {what}" for column, what in question.where)
    return f"{sql} GROUP BY {group}" if group else sql


def _judged(question: Question, rows: Sequence[Sequence[Any]]) -> Asked:
    found: Any = {str(row[0]): row[-1] for row in rows} if isinstance(question.answer, dict) else rows[0][-1]
    return Asked(question, "exact" if same(question.answer, found) else "wrong", found)


def same(answer: Answer, found: Any) -> bool:
    if answer is None:
        return False
    if isinstance(answer, dict):
        return answer.keys() == found.keys() and all(same(value, found[name]) for name, value in answer.items())
    if isinstance(answer, str):
        return answer == found
    try:
        return abs(Decimal(str(found)) - answer) <= abs(answer) * _CLOSE
    except InvalidOperation:
        return False


def figures_of(asked: dict[str, list[Asked]]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for way, these in asked.items():
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for each in these:
            question = each.question
            names = [question.kind, f"{question.kind}: {question.about}"]
            if question.kind == "plain":
                names += [f"of sheets: {trait}" for trait in question.file.traits]
            for name in names:
                counts[name][each.verdict] += 1
        told[way] = {name: dict(counts[name]) for name in sorted(counts)}
        told[f"{way}: wrong"] = [
            f"{e.question.file.name} {e.question.text} found {e.found}, right is {e.question.answer}"
            for e in these
            if e.verdict == "wrong"
        ]
    return told


def render(figures: dict[str, Any], show: Any) -> None:
    for way, rows in figures.items():
        if isinstance(rows, list):
            for line in rows[:20]:
                show(line)
            continue
        table = Table("questions", "asked", "exact", "wrong", "said nothing", title=f"Figures, {way}")
        for name, counts in rows.items():
            total = sum(counts.values())
            parts = [
                f"{counts.get(each, 0)} ({counts.get(each, 0) / total:.1%})" for each in ("exact", "wrong", "nothing")
            ]
            table.add_row(name, str(total), *parts)
        show(table)


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m evals.tables", description=__doc__)
    parser.add_argument("--files", type=int, default=150)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args(arguments)
    figures = figures_of(run(wanted.files, wanted.seed, Console(stderr=True, highlight=False).print))
    render(figures, Console(file=sys.stdout, highlight=False, width=140).print)
    if wanted.json:
        wanted.json.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
