"""The measures of a ranking, and the report of a set."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

_DEPTH = 10
_SHALLOW = 5


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over the answerable questions, 0 to 1."""

    ndcg: float
    """nDCG at 10, every right result worth the same."""
    recall_5: float
    recall_10: float
    mrr: float
    """One over the place of the first right result, if among the first 10."""

    def as_json(self) -> dict[str, float]:
        values = {"ndcg@10": self.ndcg, "r@5": self.recall_5, "r@10": self.recall_10, "mrr@10": self.mrr}
        return {name: round(value, 4) for name, value in values.items()}


NO_SCORES = Scores(0.0, 0.0, 0.0, 0.0)


def score_ranking(ranked: Sequence[object], relevant: Collection[object]) -> Scores:
    """`ranked`: distinct results, best first. A question whose right results nothing can be scores 0."""
    if not relevant:
        return NO_SCORES
    hits = [place for place, result in enumerate(ranked[:_DEPTH]) if result in relevant]
    ideal = sum(1 / math.log2(place + 2) for place in range(min(_DEPTH, len(relevant))))
    return Scores(
        ndcg=sum(1 / math.log2(place + 2) for place in hits) / ideal,
        recall_5=sum(place < _SHALLOW for place in hits) / len(relevant),
        recall_10=len(hits) / len(relevant),
        mrr=1 / (hits[0] + 1) if hits else 0.0,
    )


def mean_scores(scores: Sequence[Scores]) -> Scores:
    if not scores:
        return NO_SCORES
    count = len(scores)
    return Scores(
        sum(one.ndcg for one in scores) / count,
        sum(one.recall_5 for one in scores) / count,
        sum(one.recall_10 for one in scores) / count,
        sum(one.mrr for one in scores) / count,
    )


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a number of questions."""

    part: int
    of: int

    @property
    def value(self) -> float | None:
        return self.part / self.of if self.of else None

    def as_json(self) -> dict[str, float | int | None]:
        return {"rate": None if self.value is None else round(self.value, 4), "questions": self.of}


@dataclass(frozen=True, slots=True)
class Following:
    """Means over the answerable questions of conversations, by what was searched for."""

    questions: int
    last: Scores
    """The last question alone."""
    last_three: Scores
    """The last three as one."""
    ours: Scores
    rewritten: Scores | None
    """What a person made of them: a reference. None where not each question has it."""

    def as_json(self) -> dict[str, Any]:
        return {
            "questions": self.questions,
            "last": self.last.as_json(),
            "last_three": self.last_three.as_json(),
            "ours": self.ours.as_json(),
            "rewritten": self.rewritten.as_json() if self.rewritten else None,
        }


@dataclass(frozen=True, slots=True)
class SetReport:
    """What one set showed. `queries` counts the answerable questions: those that the scores are means of."""

    name: str
    queries: int
    keyword: Scores
    dense: Scores
    hybrid: Scores
    abstained: Share
    """Of the unanswerable questions: found nothing good enough, as is right."""
    wrongly_abstained: Share
    """Of the answerable ones."""
    answered: Share
    """Of the questions with an answer in the words of a right document: the quoted sentences hold it."""
    documents: int
    chunks: int
    unreadable: int
    """Documents that could not be parsed; questions about them are lost."""
    seconds: float
    following: Following | None = None
    """Where the questions are of conversations."""

    def as_json(self) -> dict[str, Any]:
        return {
            "set": self.name,
            "queries": self.queries,
            "keyword": self.keyword.as_json(),
            "dense": self.dense.as_json(),
            "hybrid": self.hybrid.as_json(),
            "abstention": {"unanswerable": self.abstained.as_json(), "answerable": self.wrongly_abstained.as_json()},
            "extractive": self.answered.as_json(),
            "documents": self.documents,
            "chunks": self.chunks,
            "unreadable": self.unreadable,
            "seconds": round(self.seconds, 1),
            "following": self.following.as_json() if self.following else None,
        }
