"""Whether a sentence says what its sources say: word by word, number by number, name by name.

Nothing here asks a model. A sentence is laid beside every short window of its sources; what the best window holds of
it, and what stands in no source at all, decide.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import regex

from nexus.core.text.languages import detect_language
from nexus.core.text.sentences import sentence_spans
from nexus.core.text.stems import fold, plain_number, stem, uses_decimal_comma
from nexus.core.text.stopwords import stop_words

_TOKEN: Final = regex.compile(
    r"(?P<number>\d+(?:[.,’']\d+)*)(?P<suffix>(?:st|nd|rd|th)\b)?|(?P<word>\p{L}[\p{L}\p{M}\p{N}]*(?:['’][\p{L}]+)?)"
)
_SCALES: Final = {
    **dict.fromkeys(("hundred", "hundert"), 100),
    **dict.fromkeys(("thousand", "tausend", "tsd", "k"), 1_000),
    **dict.fromkeys(("million", "millions", "millionen", "mio", "mn"), 1_000_000),
    **dict.fromkeys(("billion", "billions", "milliarde", "milliarden", "mrd", "bn"), 1_000_000_000),
    **dict.fromkeys(("trillion", "trillions", "billionen"), 1_000_000_000_000),
}
_NUMBER_WORDS: Final = {
    word: str(value)
    for value, words in {
        2: "two zwei both beide twice zweimal second zweite zweiten double doppelt",
        3: "three drei thrice dreimal third dritte dritten",
        4: "four vier fourth vierte vierten",
        5: "five fünf fifth fünfte fünften",
        6: "six sechs sixth sechste sechsten",
        7: "seven sieben seventh siebte siebten",
        8: "eight acht eighth achte achten",
        9: "nine neun ninth neunte neunten",
        10: "ten zehn tenth zehnte zehnten",
        11: "eleven elf eleventh elfte",
        12: "twelve zwölf dozen dutzend twelfth zwölfte",
        13: "thirteen dreizehn",
        14: "fourteen vierzehn",
        15: "fifteen fünfzehn",
        16: "sixteen sechzehn",
        17: "seventeen siebzehn",
        18: "eighteen achtzehn",
        19: "nineteen neunzehn",
        20: "twenty zwanzig",
        30: "thirty dreißig",
        40: "forty vierzig",
        50: "fifty fünfzig half hälfte halb",
        60: "sixty sechzig",
        70: "seventy siebzig",
        80: "eighty achtzig",
        90: "ninety neunzig",
        100: "hundred hundert",
        1000: "thousand tausend",
    }.items()
    for word in words.split()
}
_MONTHS: Final = {
    word: str(number)
    for number, words in enumerate(
        (
            "january januar jan",
            "february februar feb",
            "march märz mar",
            "april apr",
            "may mai",
            "june juni jun",
            "july juli jul",
            "august aug",
            "september sep sept",
            "october oktober oct okt",
            "november nov",
            "december dezember dec dez",
        ),
        1,
    )
    for word in words.split()
}
_NEGATIONS: Final = frozenset(
    {
        *("not", "no", "never", "none", "neither", "nor", "without", "cannot", "nobody", "nothing", "nowhere"),
        *("nicht", "kein", "keine", "keinen", "keinem", "keiner", "keines", "nie", "niemals", "ohne", "weder"),
        *("niemand", "nichts", "nirgends", "pas", "jamais", "aucun", "aucune", "sans", "nunca", "ningún", "sin"),
    }
)
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
                found |= {_plain(token.text, comma=False), _plain(token.text, comma=True)}
                found |= {part for part in regex.split(r"\D+", token.text) if part}
                found |= {part.lstrip("0") for part in regex.split(r"\D+", token.text)}
                if (scaled := _scaled(self.tokens, at)) is not None:
                    found.add(scaled)
            if lower in _NUMBER_WORDS:
                found.add(_NUMBER_WORDS[lower])
            if lower in _MONTHS:
                found.add(_MONTHS[lower])
        return frozenset(found)

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
            if not _is_negation(token) or self.text[token.end : token.end + 1] == ",":
                continue
            behind = [each for each in self.tokens[at + 1 : at + 1 + _SCOPE] if each.kind != "stop"]
            before = [each for each in self.tokens[max(0, at - _SCOPE) : at] if each.kind != "stop"]
            found |= {each.form for each in (behind[:1] or before[-1:])}
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Support:
    """How a sentence stands to its sources."""

    covered: float
    """Share of its words that the best window of them holds."""
    missing_numbers: tuple[Token, ...]
    missing_names: tuple[Token, ...]
    astray: tuple[Token, ...]
    """Numbers and names in whose place the sources have another one."""
    turned: bool
    """One denies what the other says."""
    window: str
    """The best one."""


def compare(claim: Reading, sources: Sequence["Source"]) -> Support:
    """Lays the claim beside its sources. With no sources nothing of it is covered."""
    content = claim.content
    all_forms = frozenset[str]().union(*(source.whole.forms for source in sources))
    all_numbers = frozenset[str]().union(*(source.whole.numbers for source in sources))
    initials = frozenset[str]().union(*(source.whole.initials for source in sources))
    prefixes = _Prefixes(all_forms)
    missing_numbers = tuple(
        token
        for at, token in enumerate(claim.tokens)
        if token.kind == "number" and not _stands(claim, at, all_numbers, all_forms)
    )
    missing_names = tuple(
        token
        for token in claim.tokens
        if token.kind == "name" and not prefixes.holds(token) and token.text not in initials
    )
    best, window = 0.0, None
    total = sum(map(_weight, content)) or 1.0
    for source in sources:
        for each in source.windows:
            held = sum(_weight(token) for token in content if _is_in(token, each))
            if held / total > best:
                best, window = held / total, each
    astray: tuple[Token, ...] = ()
    turned = False
    if window is not None:
        astray = tuple(
            token
            for at, token in enumerate(claim.content)
            if token not in missing_numbers
            and token not in missing_names
            and token.kind in ("number", "name")
            and _is_replaced(
                claim.content, at, [sentence.content for source in sources for sentence in source.sentences]
            )
        )
        if claim.denied and not window.denied:
            turned = bool(claim.denied & window.forms)
        elif window.denied and not claim.denied:
            turned = bool(window.denied & {token.form for token in content})
    return Support(best, missing_numbers, missing_names, astray, turned, window.text if window else "")


@dataclass(frozen=True)
class Source:
    """A passage that a sentence may cite, with what stands above it (title, headings)."""

    text: str
    context: str = ""

    @cached_property
    def whole(self) -> Reading:
        return Reading.of(f"{self.context}\n{self.text}")

    @cached_property
    def sentences(self) -> tuple[Reading, ...]:
        """What stands above it counts as sentences too: a title names what the text takes for granted."""
        said = [self.text[first:last] for first, last in sentence_spans(self.text)]
        return tuple(Reading.of(each, self.whole.language) for each in (*self.context.splitlines(), *said))

    @cached_property
    def windows(self) -> tuple[Reading, ...]:
        """Each sentence, each two, and each three, under what stands above them."""
        spans = sentence_spans(self.text)
        found: list[Reading] = []
        for length in (1, 2, 3):
            for first in range(len(spans) - length + 1):
                piece = self.text[spans[first][0] : spans[first + length - 1][1]]
                found.append(Reading.of(piece, self.whole.language))
        return tuple(found) or (self.whole,)


def _weight(token: Token) -> float:
    return 1.5 if token.kind in ("name", "number") else 1.0


def _is_in(token: Token, window: Reading) -> bool:
    return (
        token.form in window.forms
        or token.plain in window.forms
        or (token.kind == "number" and token.form in window.numbers)
    )


def _is_negation(token: Token) -> bool:
    lower = token.text.casefold().replace("’", "'")
    return lower in _NEGATIONS or lower.endswith("n't")


def _is_replaced(claim: Sequence[Token], at: int, sources: Sequence[Sequence[Token]]) -> bool:
    """Whether the sources have something else of its kind between, behind or before the same neighbours, and never it.

    A number or name that stands somewhere in the sources may still be the wrong one of them.
    """
    token = claim[at]
    left = [each.form for each in claim[max(0, at - 2) : at]]
    right = [each.form for each in claim[at + 1 : at + 3]]
    others = False
    for source in sources:
        for place, each in enumerate(source):
            if each.form == token.form:
                near = {one.form for one in (*source[max(0, place - 2) : place], *source[place + 1 : place + 3])}
                if near & {*left[-1:], *right[:1]}:
                    return False
            if each.kind != token.kind:
                continue
            before = [one.form for one in source[max(0, place - 2) : place]]
            behind = [one.form for one in source[place + 1 : place + 3]]
            around = bool(left and right and before and behind and left[-1] == before[-1] and right[0] == behind[0])
            same = around or (len(left) == 2 and left == before) or (len(right) == 2 and right == behind)
            if not same:
                continue
            if each.form == token.form:
                return False
            others = True
    return others


def _tokens(text: str, language: str) -> Iterator[Token]:
    ignored = stop_words(language)
    comma = uses_decimal_comma(language)
    first = True
    previous_end = 0
    for match in _TOKEN.finditer(text):
        gap = text[previous_end : match.start()]
        first = first or bool(regex.search(r"[.!?:;\n•]\s*[\"'“„(]*\s*$", gap))
        start, end = match.span()
        previous_end = end
        if number := match["number"]:
            plain = _plain(number, comma=comma)
            yield Token(number, plain, plain, start, match.end("number"), "number")
        else:
            word = match["word"]
            lower = word.casefold().replace("’", "'")
            bare = regex.sub(r"'s?$", "", lower)
            plain = fold(bare, language)
            form = stem(plain, language)
            if lower in _NUMBER_WORDS and lower not in _SCALES and lower not in {"both", "second", "half"}:
                yield Token(word, _NUMBER_WORDS[lower], plain, start, end, "number")
            elif lower in _MONTHS and word[0].isupper() and len(lower) > 2:
                yield Token(word, _MONTHS[lower], plain, start, end, "stop" if lower == "may" and first else "number")
            elif lower in ignored or lower in _NEGATIONS:
                yield Token(word, form, plain, start, end, "stop")
            elif _is_name(word, language, first=first):
                yield Token(word, form, plain, start, end, "name")
            else:
                yield Token(word, form, plain, start, end, "word")
        first = False


def _is_name(word: str, language: str, *, first: bool) -> bool:
    if regex.search(r"\d|\p{Ll}\p{Lu}", word) or (len(word) > 1 and word.isupper()):
        return True
    # In German every noun is written so.
    return word[0].isupper() and not first and language != "de"


def _plain(number: str, *, comma: bool) -> str:
    plain = plain_number(number, decimal_comma=comma)
    if plain.count(".") == 1:
        plain = plain.rstrip("0").rstrip(".")
    return plain.lstrip("0") or "0"


def _scaled(tokens: Sequence[Token], at: int) -> str | None:
    """`5 million` → `5000000`."""
    if at + 1 >= len(tokens):
        return None
    scale = _SCALES.get(tokens[at + 1].text.casefold())
    if scale is None:
        return None
    try:
        value = float(_plain(tokens[at].text, comma=False)) * scale
    except ValueError:
        return None
    return f"{value:.10f}".rstrip("0").rstrip(".")


def _stands(claim: Reading, at: int, numbers: Collection[str], forms: Collection[str]) -> bool:
    token, scaled = claim.tokens[at], _scaled(claim.tokens, at)
    if scaled is None:
        return token.form in numbers
    # "in millions" may stand above a column of numbers.
    return scaled in numbers or (token.form in numbers and claim.tokens[at + 1].form in forms)


class _Prefixes:
    """Finds America for American, and Normandy for Normans."""

    def __init__(self, forms: Collection[str]) -> None:
        self._forms = forms
        self._by_beginning: dict[str, list[str]] = {}
        for form in forms:
            self._by_beginning.setdefault(form[:4], []).append(form)

    def holds(self, token: Token) -> bool:
        if token.form in self._forms or token.plain in self._forms:
            return True
        form = token.form
        if len(form) < 5:
            return False
        return any(
            _common(form, other) >= 0.7 * min(len(form), len(other)) for other in self._by_beginning.get(form[:4], ())
        )


def _common(one: str, other: str) -> int:
    length = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        length += 1
    return length
