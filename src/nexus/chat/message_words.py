"""The words that messages are found by, the same on every database: cut, folded and stemmed here, not there.

A message is indexed as its folded words in order, then their stems behind a sign that no word holds. So phrases and
beginnings of words are those of the text, and other forms of a word are found by its stem.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from unicodedata import normalize
from uuid import UUID

import regex

from nexus.core.text.analysis import query_languages
from nexus.core.text.languages import detect_language
from nexus.core.text.stems import fold, stem, stems

_OWNER, _STEM = "\ue000", "\ue001"
"""Private characters: no text's word begins with them."""
_LONGEST: Final = 64
_MOST_CLAUSES: Final = 16
_MOST_WORDS: Final = 12_000
"""Of a message: what a tsvector can number, stems included."""
# A character of a script without spaces is a word by itself; a run of them in a question is a phrase.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(rf"(?V1)[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{N}}\p{{M}}]--[{_UNSPACED}]]+")
_QUOTED = regex.compile(r"[\"“”„«»]([^\"“”„«»]*)[\"“”„«»]?|([^\s\"“”„«»]+)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text: `text[start:end]`, casefolded and folded."""

    plain: str
    folded: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Clause:
    """Words that must stand one after the other; of a single one another form will do."""

    words: tuple[str, ...]
    is_prefix: bool
    """Whether the last one may go on."""
    stems: frozenset[str]


def words_of(text: str) -> Iterator[Word]:
    for found in _WORD.finditer(text):
        plain = normalize("NFKC", found.group()).casefold()[:_LONGEST]
        yield Word(plain, _folded(plain), found.start(), found.end())


@lru_cache(maxsize=1 << 15)
def _folded(plain: str) -> str:
    return "".join(character for character in fold(plain) if character.isalnum()) or plain


def index_terms(text: str) -> tuple[list[str], list[str]]:
    """The folded words in order, and the stems, each once."""
    language = detect_language(text)
    words = list(words_of(text))[:_MOST_WORDS]
    found = {each: None for word in words for each in _stems(word.plain, language)}
    return [word.folded for word in words], list(found)


@lru_cache(maxsize=1 << 15)
def _stems(plain: str, language: str) -> tuple[str, ...]:
    return stems(plain, language) if plain.isalpha() else ()


def parse(search: str) -> list[Clause]:
    """What somebody looks for: words, phrases in quotes, and a last word that may not be finished."""
    languages = query_languages(search)
    clauses: list[Clause] = []
    for found in _QUOTED.finditer(search):
        is_quoted = found.group(2) is None
        words = list(words_of(found.group(1) if is_quoted else found.group(2)))
        if not words:
            continue
        alone = words[0].plain if len(words) == 1 and not is_quoted else ""
        forms = frozenset(stem(alone, language) for language in languages) if alone.isalpha() else frozenset[str]()
        is_last = not is_quoted and found.end() == len(search)
        clauses.append(Clause(tuple(word.folded for word in words), is_last, forms))
    return clauses[:_MOST_CLAUSES]


def for_sqlite(owner: UUID, text: str) -> str:
    words, forms = index_terms(text)
    return " ".join([_OWNER + owner.hex, *words, *(_STEM + form for form in forms)])


def for_postgresql(owner: UUID, text: str) -> str:
    """The written form of a tsvector: words have places, so that phrases are found."""
    words, forms = index_terms(text)
    placed = [f"{word}:{place}" for place, word in enumerate(words, 1)]
    return " ".join([_OWNER + owner.hex, *placed, *(_STEM + form for form in forms)])


def sqlite_query(owner: UUID, clauses: Sequence[Clause]) -> str:
    def render(clause: Clause) -> str:
        phrase = f'"{" ".join(clause.words)}"' + ("*" if clause.is_prefix else "")
        return "(" + " OR ".join([phrase, *(f'"{_STEM}{form}"' for form in sorted(clause.stems))]) + ")"

    return " AND ".join([f'"{_OWNER}{owner.hex}"', *map(render, clauses)])


def postgresql_query(owner: UUID, clauses: Sequence[Clause]) -> str:
    def render(clause: Clause) -> str:
        words = [f"'{word}'" for word in clause.words]
        words[-1] += ":*" if clause.is_prefix else ""
        forms = [f"'{_STEM}{form}'" for form in sorted(clause.stems)]
        return "(" + " | ".join(["(" + " <-> ".join(words) + ")", *forms]) + ")"

    return " & ".join([f"'{_OWNER}{owner.hex}'", *map(render, clauses)])


def find_in(text: str, clauses: Sequence[Clause]) -> list[list[tuple[int, int]]] | None:
    """Where each clause stands in the text, as slices; None when one of them does not."""
    words = list(words_of(text))
    language = detect_language(text)
    places: list[list[tuple[int, int]]] = []
    for clause in clauses:
        found = list(_places(clause, words, language))
        if not found:
            return None
        places.append(found)
    return places


def _places(clause: Clause, words: Sequence[Word], language: str) -> Iterator[tuple[int, int]]:
    size = len(clause.words)
    for first in range(len(words) - size + 1):
        run = words[first : first + size]
        if _is_phrase(clause, run) or (clause.stems and not clause.stems.isdisjoint(_stems(run[0].plain, language))):
            yield run[0].start, run[-1].end


def _is_phrase(clause: Clause, run: Sequence[Word]) -> bool:
    *firsts, last = clause.words
    if any(word.folded != wanted for word, wanted in zip(run, firsts, strict=False)):
        return False
    return run[-1].folded.startswith(last) if clause.is_prefix else run[-1].folded == last
