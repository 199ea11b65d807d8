"""A text taken apart into numbers, names and words, each in a form in which it can be found in another text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import regex

from nexus.core.text.languages import detect_language
from nexus.core.text.sentences import sentence_spans
from nexus.core.text.stems import fold, stem, uses_decimal_comma
from nexus.core.text.stopwords import stop_words
from nexus.retrieval.quantities import MONTHS, NUMBER_WORDS, SCALES, bare_number, scaled_value

_TOKEN: Final = regex.compile(
    r"(?P<number>\d+(?:[.,’']\d+)*)(?P<suffix>(?:st|nd|rd|th)\b)?|(?P<word>\p{L}[\p{L}\p{M}\p{N}]*(?:['’][\p{L}]+)?)"
)
_NEGATIONS: Final = frozenset(
    {
        *("not", "no", "never", "none", "neither", "nor", "without", "cannot", "nobody", "nothing", "nowhere"),
        *("nicht", "kein", "keine", "keinen", "keinem", "keiner", "keines", "nie", "niemals", "ohne", "weder"),
        *("niemand", "nichts", "nirgends", "pas", "jamais", "aucun", "aucune", "sans", "nunca", "ningún", "sin"),
    }
)
_BEGINNING: Final = regex.compile(r"[.!?:;\n•]\s*[\"'“„(]*\s*$")
"""What stands before the first word of a sentence, in which a capital letter tells nothing."""
_INNER: Final = regex.compile(r"\d|\p{Ll}\p{Lu}")
_PARTS: Final = regex.compile(r"\D+")
LONGEST_WINDOW: Final = 3
"""Sentences that may say together what one of an answer says."""
_SCOPE: Final = 5
"""How many words behind a negation what it denies may begin."""


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    """As written."""
    form: str
    """What is compared: the stem, or the number in its plain form."""
    plain: str
    """In lower case and without accents: what is compared where the languages differ."""
    start: int
    end: int
    kind: str
    """number, name, word, or stop."""


@dataclass(frozen=True)
class Reading:
    """A text, read once."""

    text: str
    language: str
    tokens: tuple[Token, ...]

    @classmethod
    def of(cls, text: str, language: str = "") -> "Reading":
        language = language or detect_language(text, "en")
        return cls(text, language, tuple(_tokens(text, language)))

    @cached_property
    def numbers(self) -> frozenset[str]:
        """Every number that stands here, in each form in which it may be repeated."""
        found: set[str] = set()
        for at, token in enumerate(self.tokens):
            lower = token.text.casefold()
            if token.kind == "number":
                found |= {bare_number(token.text, comma=False), bare_number(token.text, comma=True)}
                parts = _PARTS.split(token.text)
                found |= {part for part in parts if part}
                found |= {part.lstrip("0") for part in parts}
                if (scaled := self.scaled(at)) is not None:
                    found.add(scaled)
            if lower in NUMBER_WORDS:
                found.add(NUMBER_WORDS[lower])
            if lower in MONTHS:
                found.add(MONTHS[lower])
        return frozenset(found)

    def scaled(self, at: int) -> str | None:
        """The value of the number at this place with the scale behind it; None where none stands there."""
        following = self.tokens[at + 1].text if at + 1 < len(self.tokens) else ""
        return scaled_value(self.tokens[at].text, following)

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset(form for token in self.tokens for form in (token.form, token.plain))

    @cached_property
    def content(self) -> tuple[Token, ...]:
        return tuple(token for token in self.tokens if token.kind != "stop")

    @cached_property
    def initials(self) -> frozenset[str]:
        """What the capitalised phrases here may be abbreviated to."""
        found: set[str] = set()
        run: list[str] = []
        for token in (*self.tokens, None):
            if token is not None and token.text[0].isupper():
                run.append(token.text[0])
                for length in range(2, min(len(run), 6) + 1):
                    found.add("".join(run[-length:]))
            elif token is None or token.kind != "stop":
                run = []
        return frozenset(found)

    @cached_property
    def denied(self) -> frozenset[str]:
        """The first word of substance behind each negation, or before it where nothing follows."""
        found: set[str] = set()
        for at, token in enumerate(self.tokens):
            if not is_negation(token) or self.text[token.end : token.end + 1] == ",":
                continue
            behind = [each for each in self.tokens[at + 1 : at + 1 + _SCOPE] if each.kind != "stop"]
            before = [each for each in self.tokens[max(0, at - _SCOPE) : at] if each.kind != "stop"]
            found |= {each.form for each in (behind[:1] or before[-1:])}
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Window:
    """Some sentences of a passage that follow each other."""

    passage: str
    spans: Sequence[tuple[int, int]]
    sentences: Sequence[Reading]

    @property
    def text(self) -> str:
        return self.passage[self.spans[0][0] : self.spans[-1][1]]

    @property
    def forms(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.forms for each in self.sentences))

    @property
    def denied(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.denied for each in self.sentences))


@dataclass(frozen=True)
class Source:
    """A passage that a sentence may cite, with what stands above it (title, headings)."""

    text: str
    context: str = ""

    @cached_property
    def spans(self) -> Sequence[tuple[int, int]]:
        """Of its sentences."""
        return sentence_spans(self.text) or [(0, len(self.text))]

    @cached_property
    def language(self) -> str:
        return detect_language(f"{self.context}\n{self.text}", "en")

    @cached_property
    def above(self) -> tuple[Reading, ...]:
        """What stands above it counts as sentences too: a title names what the text takes for granted."""
        return tuple(Reading.of(each, self.language) for each in self.context.splitlines())

    @cached_property
    def sentences(self) -> tuple[Reading, ...]:
        """One for each span."""
        return tuple(Reading.of(self.text[first:last], self.language) for first, last in self.spans)

    @cached_property
    def forms(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.forms for each in (*self.above, *self.sentences)))

    @cached_property
    def numbers(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.numbers for each in (*self.above, *self.sentences)))

    @cached_property
    def initials(self) -> frozenset[str]:
        return frozenset[str]().union(*(each.initials for each in (*self.above, *self.sentences)))

    @property
    def windows(self) -> Iterator[Window]:
        """Each sentence, each two, and each three."""
        for length in range(1, LONGEST_WINDOW + 1):
            for first in range(len(self.spans) - length + 1):
                last = first + length
                yield Window(self.text, self.spans[first:last], self.sentences[first:last])


def is_negation(token: Token) -> bool:
    lower = token.text.casefold().replace("’", "'")
    return lower in _NEGATIONS or lower.endswith("n't")


def _tokens(text: str, language: str) -> Iterator[Token]:
    ignored = stop_words(language)
    comma = uses_decimal_comma(language)
    first = True
    previous_end = 0
    for match in _TOKEN.finditer(text):
        gap = text[previous_end : match.start()]
        first = first or (gap != " " and _BEGINNING.search(gap) is not None)
        start, end = match.span()
        previous_end = end
        if number := match["number"]:
            plain = bare_number(number, comma=comma)
            yield Token(number, plain, plain, start, match.end("number"), "number")
        else:
            word = match["word"]
            lower = word.casefold().replace("’", "'")
            bare = lower.removesuffix("'s") if "'" in lower else lower
            plain = fold(bare, language)
            form = stem(plain, language)
            if lower in NUMBER_WORDS and lower not in SCALES and lower not in {"both", "second", "half"}:
                yield Token(word, NUMBER_WORDS[lower], plain, start, end, "number")
            elif lower in MONTHS and word[0].isupper() and len(lower) > 2:
                yield Token(word, MONTHS[lower], plain, start, end, "stop" if lower == "may" and first else "number")
            elif lower in ignored or lower in _NEGATIONS:
                yield Token(word, form, plain, start, end, "stop")
            elif _is_name(word, language, first=first):
                yield Token(word, form, plain, start, end, "name")
            else:
                yield Token(word, form, plain, start, end, "word")
        first = False


def _is_name(word: str, language: str, *, first: bool) -> bool:
    if word.isalpha() and word.islower():
        return False
    if _INNER.search(word) or (len(word) > 1 and word.isupper()):
        return True
    # In German every noun is written so.
    return word[0].isupper() and not first and language != "de"
