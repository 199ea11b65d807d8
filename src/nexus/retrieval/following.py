"""A question that follows others: what it leaves out is taken from them.

"How is that calculated?" is about what was asked before. The words of the questions before it count as well, a little,
and its meaning is moved a little towards that of all of them read together. Questions only, never answers: answers
bring many words of their own, and who asks has written the questions, whatever has been revoked since.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from nexus.core.text.analysis import QueryWord
from nexus.providers.embeddings.base import Vectors
from nexus.retrieval.ranking import Question

EARLIER: Final = 2
"""Questions before this one that count."""

# Chosen on half of MTRAG's conversations (docs/adr/0025): the outcome is flat around each of them.
_WORD: Final = 0.2
"""What a word of the question before is worth beside one of this question; of the one before that, half."""
_FADES: Final = 0.5
_MEANING: Final = 0.5
"""What the meaning of all of them together is worth beside that of this question."""
_COMPLETE: Final = 3
"""A question of more words stands the more alone, the longer it is."""


def earlier_questions(history: Sequence[str]) -> tuple[str, ...]:
    """Of the questions before this one, oldest first, those that count."""
    return tuple(history[-EARLIER:])


def joined(question: str, earlier: Sequence[str]) -> str:
    """All of them as one text, for `follow_meaning`."""
    return "\n".join((*earlier, question))


def follow(question: Question, earlier: Sequence[Question]) -> Question:
    """The question with the words of `earlier` (oldest first) that are not its own, the farther back the lighter."""
    known = {number for word in question.words for number in word.ids}
    added: list[QueryWord] = []
    weight = _WORD * _reliance(question)
    for one in reversed(earlier):
        for word in one.words:
            if known.isdisjoint(word.ids):
                known.update(word.ids)
                added.append(replace(word, weight=word.weight * weight))
        weight *= _FADES
    return replace(question, words=(*question.words, *added))


def follow_meaning(question: Question, vector: Vectors, together: Vectors) -> Vectors:
    """`question` as it was asked, its vector, and that of the `joined` text. Unit length."""
    mixed = vector + _MEANING * _reliance(question) * together
    length = float(np.linalg.norm(mixed))
    return (mixed / length).astype(np.float32) if length else vector


def _reliance(question: Question) -> float:
    """0 to 1: how much a question of so few words may lean on those before it."""
    return min(1.0, _COMPLETE / max(1, len(question.words)))
