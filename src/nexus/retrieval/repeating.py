"""Texts that say what another one has said already."""

import re
from collections.abc import Sequence
from typing import Final

_SAME: Final = 0.9
_WORD: Final = re.compile(r"\w+")


def distinct(texts: Sequence[str]) -> list[int]:
    """Which of the texts, best first, say something that none before them says: the numbers to keep."""
    kept: list[tuple[int, set[str]]] = []
    for number, text in enumerate(texts):
        words = set(_WORD.findall(text.casefold()))
        if not any(_is_same(words, other) for _, other in kept):
            kept.append((number, words))
    return [number for number, _ in kept]


def _is_same(words: set[str], other: set[str]) -> bool:
    """Whether the two share nearly all of their words (Jaccard)."""
    fewer, more = sorted((len(words), len(other)))
    if not fewer or fewer < _SAME * more:
        return False
    shared = len(words & other)
    return shared >= _SAME * (fewer + more - shared)
