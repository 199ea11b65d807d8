"""Which words of a question tell what it is about, where their rarity among the documents cannot say it.

In a small knowledge base nearly every word of a question is rare. A German question shows its nouns itself: whether
"opens" stands somewhere says little about a museum that is named nowhere.
"""

from typing import Final

import regex

from nexus.core.text.analysis import QueryWord

_OTHER: Final = 0.5
"""What any other word is worth beside a noun."""
_COMPOUND: Final = 12
"""A word of so many letters is a noun as good as always, also where nobody writes capitals."""
_NOUN: Final = regex.compile(r"(?<!^|[.!?:]\s|[„“\"(])\b\p{Lu}\p{L}+")


def tellingness(text: str, words: tuple[QueryWord, ...], language: str) -> list[float]:
    """Of each word of the question `text`, 0.5 or 1; all the same where nouns are not to be told from others."""
    if language != "de":
        return [1.0] * len(words)
    nouns = {noun.casefold() for noun in _NOUN.findall(text)}
    telling = [_tells(word.text.casefold(), nouns) for word in words]
    return [1.0 if tells or not any(telling) else _OTHER for tells in telling]


def _tells(word: str, nouns: set[str]) -> bool:
    return word in nouns or len(word) >= _COMPOUND or not word.isalpha()
