"""Where an answer may stand, as the question itself says it: "in 2023", "seit März", "in HR policies", "in the PDF".

Pure, and by rules alone. A hint only adds to the score of what fits it: a question may speak of a year that stands in
the text of any document. Nothing is ever left out for a hint.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import regex

from nexus.retrieval.ranking import Ranked

BONUS: Final = 0.05
"""For each kind of hint that a passage fits. The best passage has about 1 (docs/adr/0030)."""
_LONGEST: Final = 500
"""Characters of a question in which hints are looked for."""
_OLDEST: Final = 1990
"""Before this no document has been changed: an earlier year is what the question is about."""
_MONTHS: Final = {
    word: number
    for number, words in enumerate(
        (
            "january januar jänner",
            "february februar",
            "march märz",
            "april",
            "may mai",
            "june juni",
            "july juli",
            "august",
            "september",
            "october oktober",
            "november",
            "december dezember",
        ),
        1,
    )
    for word in words.split()
}
_MONTH: Final = "|".join(_MONTHS)
_WHEN: Final = regex.compile(
    rf"\b(?P<since>since|seit|after|nach)\s+(?:(?P<since_month>{_MONTH})\s+)?(?P<since_year>(?:19|20)\d\d)\b"
    rf"|\b(?:since|seit)\s+(?P<since_only>{_MONTH})\b"
    rf"|\b(?:in|from|of|im|aus|vom|von)\s+(?:(?:the\s+year|dem\s+jahr|jahr)\s+)?"
    rf"(?:(?P<month>{_MONTH})\s+)?(?P<year>(?:19|20)\d\d)\b"
    rf"|\b(?:in|from|im|aus\s+dem|vom)\s+(?P<only>{_MONTH})\b(?!\s+\d)"
    r"|\b(?P<last>last|previous|letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]?|this|diese[nrsm]?)\s+"
    r"(?P<unit>year|month|week|jahr|jahre?s|monats?|woche)\b",
    regex.IGNORECASE,
)
_FORMS: Final[tuple[tuple[regex.Pattern[str], tuple[str, ...]], ...]] = tuple(
    (regex.compile(rf"\b(?:in|from|aus|im)\s+(?:\p{{L}}+\s+)?(?P<form>{words})\b", regex.IGNORECASE), types)
    for words, types in (
        ("pdfs?|pdf-\\p{L}+", ("application/pdf",)),
        (
            "spreadsheets?|excel(?:[ -]\\p{L}+)?|workbooks?|excel-?tabellen?|arbeitsmappen?",
            (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "application/vnd.ms-excel",
                "application/vnd.oasis.opendocument.spreadsheet",
                "text/csv",
            ),
        ),
        (
            "slides?|slide ?decks?|presentations?|powerpoints?|folien|foliensatz|präsentation(?:en)?",
            (
                "application/vnd.openxmlformats-officedocument.presentationml.presentation",
                "application/vnd.ms-powerpoint",
                "application/vnd.oasis.opendocument.presentation",
            ),
        ),
        (
            "word documents?|word-?dokumente?n?|docx",
            (
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                "application/msword",
                "application/vnd.oasis.opendocument.text",
            ),
        ),
    )
)
_IN: Final = regex.compile(
    r"\b(?:in|from|of|im|aus|laut|according\s+to|under|unter)\s+(?:(?:the|our|den|der|dem|unseren|unserer)\s+)?",
    regex.IGNORECASE,
)
_SHORT: Final = 3
"""A name of so few letters has to be written as it is."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """A knowledge base that the asker may read, by the names it goes by."""

    id: UUID
    name: str
    department: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a hint can fit of a document."""

    knowledge_base_id: UUID
    media_type: str
    modified_at: datetime
    name: str
    """With its title."""


@dataclass(frozen=True, slots=True)
class Hints:
    since: datetime | None = None
    before: datetime | None = None
    year: str = ""
    """A document whose name says the year fits as well, whenever it was changed."""
    media_types: tuple[str, ...] = ()
    knowledge_bases: frozenset[UUID] = frozenset()
    words: tuple[str, ...] = ()
    """Those of the question that were understood so."""

    def __bool__(self) -> bool:
        return bool(self.words)

    def fits(self, facts: Facts) -> int:
        """How many kinds of hint the document fits."""
        in_time = (self.since is not None or self.before is not None) and (
            (self.since is None or facts.modified_at >= self.since)
            and (self.before is None or facts.modified_at < self.before)
        )
        named = bool(self.year) and self.year in facts.name
        return (
            int(in_time or named)
            + int(facts.media_type in self.media_types)
            + int(facts.knowledge_base_id in self.knowledge_bases)
        )


def read_hints(question: str, today: date, shelves: Sequence[Shelf] = ()) -> Hints:
    """Empty for most questions. `shelves`: only those that the asker may read."""
    question = question[:_LONGEST]
    hints = _time(question, today) or Hints()
    for pattern, types in _FORMS:
        if match := pattern.search(question):
            hints = replace(hints, media_types=types, words=(*hints.words, match["form"]))
            break
    named = _named(question, shelves)
    if not named:
        return hints
    found = frozenset[UUID]().union(*named.values())
    return replace(hints, knowledge_bases=found, words=(*hints.words, *named))


def _named(question: str, shelves: Sequence[Shelf]) -> dict[str, set[UUID]]:
    """By the words of the question."""
    found: dict[str, set[UUID]] = {}
    for match in _IN.finditer(question):
        rest = question[match.end() :]
        for shelf in shelves:
            for name in filter(None, (shelf.name, shelf.department)):
                words, behind = rest[: len(name)], rest[len(name) : len(name) + 1]
                # "in it" is nowhere near IT.
                same = words == name if len(name) <= _SHORT else words.casefold() == name.casefold()
                if same and not behind.isalnum():
                    found.setdefault(words, set()).add(shelf.id)
    return found


def prefer(ranked: Sequence[Ranked], hints: Hints, facts: Mapping[UUID, Facts]) -> list[Ranked]:
    """In their new order. `facts` by document id: what they say nothing of stays as it is."""

    def raised(one: Ranked) -> Ranked:
        about = facts.get(one.candidate.document_id)
        return replace(one, score=one.score + BONUS * hints.fits(about)) if about else one

    return sorted(map(raised, ranked), key=lambda one: (-one.score, one.candidate.chunk_id))


def _time(question: str, today: date) -> Hints | None:
    match = _WHEN.search(question)
    if match is None:
        return None
    words = (match[0].strip(),)
    if match["last"]:
        return _relative(match["last"].casefold(), match["unit"].casefold(), today, words)
    if month := match["only"] or match["since_only"]:
        number = _MONTHS[month.casefold()]
        year = today.year if number <= today.month else today.year - 1
    else:
        year = int(match["year"] or match["since_year"])
        month = match["month"] or match["since_month"]
        number = _MONTHS[month.casefold()] if month else 0
    if not _OLDEST <= year <= today.year:
        return None
    first = date(year, number or 1, 1)
    if match["since"] or match["since_only"]:
        after = match["since"] and match["since"].casefold() in {"after", "nach"}
        return Hints(since=_moment(_end(year, number) if after else first), words=words)
    return Hints(_moment(first), _moment(_end(year, number)), "" if number else str(year), words=words)


def _end(year: int, month: int) -> date:
    """The day after the month, or after the year."""
    return date(year, month, 1) + timedelta(monthrange(year, month)[1]) if month else date(year + 1, 1, 1)


def _relative(which: str, unit: str, today: date, words: tuple[str, ...]) -> Hints:
    this = which.startswith(("this", "diese"))
    if unit.startswith(("year", "jahr")):
        first = date(today.year - (not this), 1, 1)
        return Hints(_moment(first), _moment(_end(first.year, 0)), str(first.year), words=words)
    if unit.startswith(("month", "monat")):
        first = today.replace(day=1)
        first = first if this else (first - timedelta(1)).replace(day=1)
        return Hints(_moment(first), _moment(_end(first.year, first.month)), words=words)
    first = today - timedelta(today.weekday() + (0 if this else 7))
    return Hints(_moment(first), _moment(first + timedelta(7)), words=words)


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
