"""From text to the terms that the keyword side of search compares.

The same functions serve chunks and questions in any language: words with their marks, compared in NFKC, casefolded,
cut to the stem of the text's language, without accents; pairs of characters where a script sets no spaces;
identifiers, part numbers, addresses and paths both whole and in parts. A term travels as a stable 64-bit hash.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain
from unicodedata import is_normalized, normalize

import numpy as np
import regex
from numpy.typing import NDArray

from nexus.core.text.languages import detect_language, rank_languages, script_of
from nexus.core.text.stems import fold, plain_number, stem, stems, uses_decimal_comma
from nexus.core.text.stopwords import cut_function_words, stop_words
from nexus.core.text.words import Kind, Part, is_unspaced, split_piece

_LONGEST_CACHED = 32
_REMEMBERED = 1 << 16
_UNDECIDED = {"latin": ("en", "de", "fr", "es", "it", "pt", "nl"), "cyrillic": ("ru", "uk"), "arabic": ("ar", "fa")}
"""What a question of bare nouns may be in, when nothing tells."""
_GLUED = re.compile("[™®©℠⁰¹²³⁴⁵⁶⁷⁸⁹\u200b]")
"""Signs and footnote marks that NFKC would glue to a word, and the space of no width."""
_INVISIBLE = re.compile("[\u00ad\u200c\u200d\ufeff]")

_PERIOD = regex.compile(
    r"\b(?:FY|fiscal(?:\s+years?)?|financial\s+years?)[\s']{0,2}((?:19|20)?\d\d)\b"
    r"|\b(first|second|third|fourth)[\s-]quarter\b|\b((?:19|20)\d\d)[\s-]?(Q[1-4])\b",
    regex.IGNORECASE,
)
_QUARTERS = {"first": "q1", "second": "q2", "third": "q3", "fourth": "q4"}
_CENTURY_TURN = 70
_SHORT_YEAR = 2


@dataclass(frozen=True, slots=True)
class TermCounts:
    """The terms of a text: parallel arrays, `ids` ascending and distinct."""

    ids: NDArray[np.uint64]
    counts: NDArray[np.uint8]
    """Occurrences, saturating at 255."""
    length: int
    """Number of terms, repetitions included."""


@dataclass(frozen=True, slots=True)
class QueryWord:
    """One word of a question."""

    text: str
    """As written, casefolded: for explanations."""
    ids: tuple[int, ...]
    """Its stems in every language the question may be in; any of them counts as the word."""
    weight: float
    """1 for a word, less for what only supports one (a part of an identifier, a single Han character)."""


def term_id(term: str) -> int:
    """A hash of 64 bits, the same on every machine and in every version."""
    return int.from_bytes(blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def analyse(text: str, language: str | None = None) -> list[str]:
    """The terms of the text in order, readable. `language` (ISO 639-1) is detected when absent."""
    prepared = _prepare(text)
    chosen = language or detect_language(prepared)
    return [
        *(term for piece in prepared.split() for part in split_piece(piece) for term in _terms(part, chosen)),
        *_periods(prepared),
    ]


def count_terms(text: str, language: str | None = None) -> TermCounts:
    """The hashed terms of a chunk (with its context line), for the index."""
    prepared = _prepare(text)
    ids = list(chain.from_iterable(_slots(prepared, language or detect_language(prepared))))
    ids += [term_id(term) for term in _periods(prepared)]
    distinct, counts = np.unique(np.array(ids, np.uint64), return_counts=True)
    return TermCounts(distinct, np.minimum(counts, 255).astype(np.uint8), len(ids))


def term_slots(text: str, language: str | None = None) -> list[tuple[int, ...]]:
    """The hashed terms in order, one slot a word (or pair): for proximity and phrases. A slot holds a word's forms."""
    prepared = _prepare(text)
    return _slots(prepared, language or detect_language(prepared))


def query_words(text: str, languages: Collection[str] | None = None) -> list[QueryWord]:
    """The words of a question, each once, without those that carry no topic (unless there are no others).

    `languages` are those of the documents that are asked, if known: a question of a few nouns tells nothing
    about its own language, and the fewer stems compete, the fewer false friends match.
    """
    prepared = _prepare(text)
    candidates = query_languages(prepared, languages)
    ignored = stop_words(candidates[0])
    shouting = prepared.isupper()
    found: dict[int, QueryWord] = {}
    spare: dict[int, QueryWord] = {}
    for piece in cut_function_words(prepared, candidates[0]).split() or prepared.split():
        for part in split_piece(piece):
            word = QueryWord(part.text, _query_ids(part, candidates), part.weight)
            is_ignored = part.text in ignored and (shouting or not _is_acronym(part.text, piece))
            into = spare if is_ignored else found
            into.setdefault(word.ids[0], word)
    for term in _periods(prepared):
        found.setdefault(term_id(term), QueryWord(term, (term_id(term),), 1.0))
    return list((found or spare).values())


def _is_acronym(word: str, piece: str) -> bool:
    """`IT`, `WHO`: written in capitals, in a script that has them."""
    capitals = word.upper()
    return len(word) > 1 and capitals != word and capitals in piece


def query_languages(text: str, languages: Collection[str] | None = None) -> tuple[str, ...]:
    """The languages a question may be in, likeliest first; never empty."""
    ranked = [(name, score) for name, score in rank_languages(text) if languages is None or name in languages]
    if ranked and ranked[0][1] >= 1.0:
        return tuple(name for name, score in ranked if score * 2 >= ranked[0][1])
    likely = [name for name, _ in ranked]
    likely += sorted(languages) if languages else _UNDECIDED.get(script_of(text), ())
    return tuple(dict.fromkeys(likely)) or (detect_language(text),)


def _prepare(text: str) -> str:
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", _GLUED.sub(" ", text))
    return text if is_normalized("NFKC", text) else normalize("NFKC", text)


def _slots(prepared: str, language: str) -> list[tuple[int, ...]]:
    pieces = prepared.split()
    if not is_unspaced(prepared) and max(map(len, pieces), default=0) <= _LONGEST_CACHED:
        return list(map(_pieces(language).__getitem__, pieces))
    slots: list[tuple[int, ...]] = []
    for piece in pieces:
        if len(piece) <= _LONGEST_CACHED and not is_unspaced(piece):
            slots.append(_pieces(language)[piece])
        else:
            slots += [_part_ids(part, language) for part in split_piece(piece)]
    return slots


class _Pieces(dict[str, tuple[int, ...]]):
    """The ids of the pieces met in texts of one language: a dictionary, because ranking reads thousands a question."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, piece: str) -> tuple[int, ...]:
        if len(self) >= _REMEMBERED:
            self.clear()
        parts = split_piece(piece)
        self[piece] = ids = tuple(found for part in parts for found in _part_ids(part, self._language))
        return ids


@cache
def _pieces(language: str) -> _Pieces:
    return _Pieces(language)


def _part_ids(part: Part, language: str) -> tuple[int, ...]:
    if part.kind is Kind.WORD:
        return _word_ids(part.text, language)
    if part.kind is Kind.EXACT:
        return _exact_ids(part.text, language)
    return tuple(map(term_id, _terms(part, language)))


@lru_cache(maxsize=1 << 16)
def _word_ids(word: str, language: str) -> tuple[int, ...]:
    """Many pieces are the same word between different marks."""
    return tuple(map(term_id, stems(word, language)))


@lru_cache(maxsize=1 << 16)
def _exact_ids(text: str, language: str) -> tuple[int, ...]:
    return (term_id(fold(text, language)),)


def _terms(part: Part, language: str) -> tuple[str, ...]:
    if part.kind is Kind.WORD:
        return stems(part.text, language)
    if part.kind is Kind.NUMBER:
        return (plain_number(part.text, decimal_comma=uses_decimal_comma(language)),)
    return (fold(part.text, language),)


def _query_ids(part: Part, languages: tuple[str, ...]) -> tuple[int, ...]:
    if part.kind is Kind.WORD:
        forms = [stem(part.text, language) for language in languages]
        forms.append(fold(part.text, languages[0]))
    elif part.kind is Kind.NUMBER:
        forms = [plain_number(part.text, decimal_comma=flag) for flag in (False, True)]
    else:
        forms = [fold(part.text, languages[0])]
    return tuple(dict.fromkeys(map(term_id, forms)))


def _periods(prepared: str) -> list[str]:
    """`fiscal year 2018` and `FY18` → `fy2018`, `third quarter` → `q3`: added to the words themselves."""
    found: list[str] = []
    for match in _PERIOD.finditer(prepared):
        fiscal, quarter, year, of_year = match.groups()
        if fiscal:
            if len(fiscal) == _SHORT_YEAR:
                fiscal = ("19" if int(fiscal) >= _CENTURY_TURN else "20") + fiscal
                found.append(fiscal)
            if match.group().casefold() != f"fy{fiscal}":
                found.append(f"fy{fiscal}")
        elif quarter:
            found.append(_QUARTERS[quarter.casefold()])
        else:
            found += [year, of_year.casefold()]
    return found
