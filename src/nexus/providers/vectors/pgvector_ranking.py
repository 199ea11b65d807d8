"""BM25 over what PostgreSQL sends of the words of a question: the postings of the chunks that pass, and no others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import QueryTerm
from nexus.providers.vectors.keyword import Bm25
from nexus.providers.vectors.pgvector_packing import read_words, signed

Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class WordScores:
    """The chunks that hold a word of the question, ascending, and the BM25 of each."""

    numbers: Numbers
    scores: Scores
    term_chunks: Sequence[int]
    """Per word, in how many chunks it stands."""

    def of(self, numbers: Numbers) -> Scores:
        """0 for a chunk without any of the words."""
        if not len(self.numbers):
            return np.zeros(len(numbers), np.float32)
        places = np.minimum(self.numbers.searchsorted(numbers), len(self.numbers) - 1)
        return np.where(self.numbers[places] == numbers, self.scores[places], np.float32(0))

    def contenders(self, limit: int) -> Numbers:
        """The chunks among the best `limit`, and those level with the last of them."""
        earning = np.flatnonzero(self.scores > 0)
        if not limit or not len(earning):
            return np.zeros(0, np.int64)
        scores = self.scores[earning]
        if len(scores) > limit:
            earning = earning[scores >= np.partition(scores, len(scores) - limit)[len(scores) - limit]]
        return self.numbers[earning]


def score_words(
    postings: Mapping[int, bytes], terms: Sequence[QueryTerm], searched: int, length: int, bm25: Bm25
) -> WordScores:
    """`postings` by term as PostgreSQL numbers it; `searched` chunks pass, which are `length` terms long together.

    In single precision and in the order of the question, as the embedded engine does it: both rank alike.
    """
    average = length / searched if searched else 0.0
    found = [_holding(postings, term) for term in terms]
    numbers = np.unique(np.concatenate([holding for holding, _, _ in found])) if found else np.zeros(0, np.int64)
    scores = np.zeros(len(numbers), np.float32)
    for term, (holding, counts, lengths) in zip(terms, found, strict=True):
        if not len(holding):
            continue
        most = np.float32(term.weight * bm25.inverse_frequency(searched, len(holding)) * (bm25.k1 + 1))
        scores[numbers.searchsorted(holding)] += most * counts / (counts + bm25.damping(lengths, average))
    return WordScores(numbers, scores, [len(holding) for holding, _, _ in found])


def _holding(postings: Mapping[int, bytes], term: QueryTerm) -> tuple[Numbers, Scores, NDArray[np.uint32]]:
    """Chunks with any of a word's ids, ascending, with the summed occurrences and the lengths."""
    each = [read_words(postings[id_]) for id_ in dict.fromkeys(signed(term.ids)) if id_ in postings]
    if not each:
        return np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros(0, np.uint32)
    numbers, counts, lengths = (np.concatenate(column) for column in zip(*each, strict=True))
    distinct, first, inverse = np.unique(numbers, return_index=True, return_inverse=True)
    summed = np.bincount(inverse, weights=counts, minlength=len(distinct))
    return distinct, summed.astype(np.float32), lengths[first]


def best(ids: Sequence[UUID], scores: Scores, count: int) -> set[int]:
    """Places of the `count` highest scores; ties go to the smaller id."""
    if len(ids) <= count:
        return set(range(len(ids)))
    return set(sorted(range(len(ids)), key=lambda at: (-scores[at], ids[at]))[:count])
