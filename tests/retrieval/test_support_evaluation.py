"""The figures about doubts come from sentences that are what their labels say."""

import json
from pathlib import Path

from evals.labelled import labelled_sentences
from evals.support import figures_of, mark, precision

TEXTS = {
    "d1": "The Merlin pump was designed in Whitby in 1962 by Arthur Vane. It lifts 48 litres of water in each minute.",
    "d2": "Annual leave is granted by the People team in Leeds. It has to be asked for four weeks ahead, in Perch.",
}
QUESTIONS = [
    ("q1", "Who designed the Merlin pump in Whitby?", "Arthur Vane", "d1"),
    ("q2", "How much does it lift?", "The pump lifts 48 litres of water in a minute.", "d1"),
    ("q3", "Who grants leave?", "Annual leave is granted by the team in Leeds.", "d2"),
]


def question_set(folder: Path) -> Path:
    corpus = [{"id": key, "title": key, "text": text} for key, text in TEXTS.items()]
    queries = [{"id": key, "text": text, "answers": [answer]} for key, text, answer, _ in QUESTIONS]
    queries.append(
        {"id": "q4", "text": "And?", "answer": "Nobody knows much about this.", "answerability": ["PARTIAL"]}
    )
    gold = ["query-id\tdoc-id\trelevance", *(f"{key}\t{document}\t1" for key, *_, document in QUESTIONS), "q4\td1\t1"]
    for name, rows in (("corpus", corpus), ("queries", queries)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (folder / "qrels.tsv").write_text("\n".join(gold) + "\n", encoding="utf-8")
    return folder


def test_every_label_says_what_was_done(tmp_path: Path) -> None:
    made = labelled_sentences([question_set(tmp_path)])
    assert made == labelled_sentences([tmp_path]), "the same ones each time"
    supported = {each.sentence for each in made if each.label == "supported"}
    assert "Arthur Vane designed the Merlin pump in Whitby." in supported
    assert not any("Nobody" in sentence for sentence in supported)
    for each in made:
        assert (each.sentence in supported) == (each.label in ("supported", "other sources"))
    assert {"number", "name", "name of the source", "other sources", "negation", "invention"} < {e.label for e in made}


async def test_what_is_known_is_marked_as_such(tmp_path: Path) -> None:
    async def nobody(_: object) -> None:
        return None

    made = labelled_sentences([question_set(tmp_path)])
    marked = await mark(made, nobody)
    rows = {(row["label"], row["part"]): row["marked"] for row in figures_of(made, marked)}
    assert rows["supported", ""] == 0
    assert rows["number", ""] == 1
    assert rows["name", ""] > 0.5, "some of the few names here are in the same source"
    assert precision(made, marked) == 1
