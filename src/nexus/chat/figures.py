"""Questions for one figure of a table, understood by their words: to the last of them, in one way only, or not at all.

What is understood here is worked out without a language model and must not be worked out wrongly: a column, a table or
a value has to be called as the sheet calls it, and a question that could mean two things means nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import regex

from nexus.chat.wholes import Language

Act = Literal["sum", "average", "highest", "lowest", "count"]

_LONGEST: Final = 300
_LONGEST_VALUE: Final = 8
"""Words."""
_COMMA: Final = regex.compile(r",(?=\s|$)")
_QUOTES: Final = str.maketrans(dict.fromkeys("\"“”„‟«»'‘’", ""))

_EN_ASK: Final = (
    r"(?:(?:please )?(?:what(?:'s|’s|s| is| was| are| were)|tell me|give me|calculate|compute|show me) )?(?:the )?"
)
_DE_ASK: Final = (
    r"(?:(?:bitte )?(?:was ist|was war|wie (?:hoch|groß|niedrig|klein) (?:ist|war|sind|waren)|berechne|nenne(?: mir)?"
    r"|zeige?(?: mir)?) )?(?:(?:die|der|das|den|dem) )?"
)
_OPENINGS: Final[Sequence[tuple[Language, str, Mapping[Act, str]]]] = (
    (
        "en",
        _EN_ASK,
        {
            "sum": r"(?:grand |overall )?(?:total(?: sum)?|sum)(?: of)?",
            "average": r"(?:average|mean)(?: value)?(?: of)?",
            "highest": r"(?:highest|maximum|max|largest|biggest)(?: value)?(?: of)?",
            "lowest": r"(?:lowest|minimum|min|smallest)(?: value)?(?: of)?",
            "count": r"(?:number of|count(?: of)?) rows",
        },
    ),
    ("en", "", {"count": r"how many rows(?: are(?: there)?| does)?"}),
    (
        "de",
        _DE_ASK,
        {
            "sum": r"(?:gesamt)?summe|gesamte[rns]?|gesamt",
            "average": r"durchschnitt|mittelwert|durchschnittliche[rns]?|mittlere[rns]?",
            "highest": r"höchste[rns]?(?: wert)?|höchstwert|maximum|maximale[rns]?|größte[rns]?(?: wert)?",
            "lowest": r"niedrigste[rns]?(?: wert)?|minimum|minimale[rns]?|kleinste[rns]?(?: wert)?",
            "count": r"(?:an)?zahl der zeilen",
        },
    ),
    ("de", "", {"count": r"wie ?viele zeilen(?: gibt es| hat| sind| stehen)?"}),
)
_PATTERNS: Final[tuple[tuple[Language, Act, regex.Pattern[str]], ...]] = tuple(
    (language, act, regex.compile(f"{ask}(?:{words})(?= )", regex.IGNORECASE))
    for language, ask, acts in _OPENINGS
    for act, words in acts.items()
)
_OF: Final = regex.compile(
    r"(?:(?:of|for|von|vom|der|des|den|dem|aller|über|für) )?(?:(?:all|alle) )?(?:(?:the|our|der|die|das|den) )?"
    r"(?:(?:column|spalte) )?"
)
_GROUP: Final = regex.compile(r"(?:by|per|for each|for every|in each|je|pro|nach) (?:the )?")
TABLE_NOUN: Final = "(?:table|sheet|file|spreadsheet|workbook|document|tabelle|blatt|datei|arbeitsmappe|tabellenblatt)"
_TABLE: Final = regex.compile(
    r"(?:(?:in|of|from|on|within|aus|im|von|vom|der|des|auf|laut) )?(?:(?:the|our|der|dem|den|die) )?"
    rf"(?:{TABLE_NOUN} )?"
)
_AFTER_TABLE: Final = regex.compile(r" ?(?:table|sheet|file|spreadsheet|have|has|hat)?(?= |$)")
_WHERE: Final = regex.compile(
    r"(?:and |und )?(?:where|with|whose|for|in|of|on|wo|mit|bei|für|im|am|deren|dessen) (?:the |der |die |das |dem )?"
)
_IS: Final = regex.compile(r"(?:(?:is|was|equals|equal to|=|:|ist|war|gleich) )?")
_IS_BEHIND: Final = regex.compile(r"(?:ist|war|is|was)(?: |$)")
_COMPARED: Final[Sequence[tuple[str, regex.Pattern[str]]]] = tuple(
    (sign, regex.compile(rf"(?:is |was |ist |war )?(?:{words}) (-?\d+(?:[.,]\d+)?)(?: ist| war)?(?= |$)"))
    for sign, words in (
        (">", "greater than|more than|above|over|larger than|grösser als|mehr als|über|>"),
        ("<", "less than|below|under|smaller than|kleiner als|weniger als|unter|<"),
        (">=", "at least|mindestens|>="),
        ("<=", "at most|höchstens|<="),
    )
)
_VALUE: Final = regex.compile(
    r"(?:and |und )?(?:for|in|of|from|on|at|by|to|für|von|vom|aus|bei|am|im) (?:the |der |die |das |dem |den )?"
)
_MONTHS: Final[Mapping[str, int]] = {
    name: number
    for names in (
        "january february march april may june july august september october november december",
        "januar februar märz april mai juni juli august september oktober november dezember",
    )
    for number, name in enumerate(names.split(), 1)
}
_TIME: Final = regex.compile(
    rf"(?:and |und )?(?:in|for|during|of|from|im|für|aus|von|vom) (?:the year |year |jahr )?"
    rf"(?:(?P<month>{'|'.join(_MONTHS)}) )?(?P<year>(?:19|20)\d\d)(?= |$)"
)
_YEAR: Final = frozenset({"year", "jahr"})
_NUMERIC: Final = frozenset({"integer", "decimal"})


@dataclass(frozen=True, slots=True)
class Figure:
    """What is asked: of what, stands in `rest`."""

    act: Act
    language: Language
    rest: str


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """`words`: what a question may call it, folded."""

    name: str
    kind: str
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class TableWords:
    """`names`: its own and its sheet's, and those of its `file`. `values`: by folded value of a column of text, which
    columns have it, and how it is written there."""

    columns: Sequence[ColumnWords]
    names: frozenset[str]
    file: frozenset[str]
    values: Mapping[str, Mapping[str, frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Reading:
    """One way of understanding. `conditions`: in SQL, each with what it says in words."""

    column: str = ""
    group: str = ""
    named: Literal["", "table", "file"] = ""
    conditions: frozenset[tuple[str, str]] = frozenset()


def read_figure(question: str) -> Figure | None:
    if len(question) > _LONGEST:
        return None
    asked = " ".join(question.translate(_QUOTES).split()).rstrip(" ?.!")
    for language, act, pattern in _PATTERNS:
        if match := pattern.match(asked):
            return Figure(act, language, fold(asked[match.end() :]))
    return None


def fold(text: str) -> str:
    """A question and what it names, alike."""
    return " ".join(_COMMA.sub(" ", text.translate(_QUOTES).casefold()).split())


def readings(figure: Figure, table: TableWords) -> set[Reading]:
    """All the ways in which every word of it makes sense in this table."""
    if figure.act == "count":
        return {each for each in _clauses(figure, figure.rest, table, Reading()) if each.named}
    found: set[Reading] = set()
    for column, rest in _columns(table, _without(_OF, figure.rest), figure.language):
        fits = column.kind in _NUMERIC or (column.kind == "date" and figure.act in ("highest", "lowest"))
        if fits:
            found |= set(_clauses(figure, rest, table, Reading(column.name)))
    return found


def select(figure: Figure, reading: Reading, table: str) -> str:
    """The one SELECT that works it out."""
    works = {"sum": "SUM", "average": "AVG", "highest": "MAX", "lowest": "MIN", "count": "COUNT"}
    wanted = f"{works[figure.act]}({quoted(reading.column) if reading.column else '*'}) AS result"
    group = quoted(reading.group) if reading.group else ""
    sql = f"SELECT {f'{group}, ' if group else ''}{wanted} FROM {quoted(table)}"  # noqa: S608
    if reading.conditions:
        sql += " WHERE " + " AND ".join(sorted(condition for condition, _ in reading.conditions))
    return f"{sql} GROUP BY {group} ORDER BY {group}" if group else sql


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _clauses(figure: Figure, rest: str, table: TableWords, so_far: Reading) -> Iterator[Reading]:
    if not rest:
        yield so_far
        return
    for said, left in _next(figure, rest, table, so_far):
        yield from _clauses(figure, left, table, said)


def _next(figure: Figure, rest: str, table: TableWords, so_far: Reading) -> Iterator[tuple[Reading, str]]:
    yield from _groups(figure, rest, table, so_far)
    if not so_far.named:
        yield from _names(rest, table, so_far)
    if match := _WHERE.match(rest):
        for column, left in _columns(table, rest[match.end() :], figure.language):
            yield from _conditions(figure, column, left, table, so_far)
    if match := _VALUE.match(rest):
        for value, left in _heads(rest[match.end() :]):
            for name, written in table.values.get(value, {}).items():
                yield _with(so_far, name, written), left
    if match := _TIME.match(rest):
        yield from _times(match, rest[match.end() :].strip(), table, so_far)


def _groups(figure: Figure, rest: str, table: TableWords, so_far: Reading) -> Iterator[tuple[Reading, str]]:
    match = _GROUP.match(rest) if so_far.column and not so_far.group else None
    if match:
        for column, left in _columns(table, rest[match.end() :], figure.language):
            if column.kind != "decimal" and column.name != so_far.column:
                yield replace(so_far, group=column.name), left


def _names(rest: str, table: TableWords, so_far: Reading) -> Iterator[tuple[Reading, str]]:
    for start in {rest, _without(_TABLE, rest)}:
        for name in table.names | table.file:
            if (left := _behind(start, name)) is not None:
                by = replace(so_far, named="table" if name in table.names else "file")
                yield by, _without(_AFTER_TABLE, left).strip()


def _conditions(
    figure: Figure, column: ColumnWords, rest: str, table: TableWords, so_far: Reading
) -> Iterator[tuple[Reading, str]]:
    plain = _without(_IS, rest)
    for value, left in _heads(plain):
        if written := table.values.get(value, {}).get(column.name):
            yield _with(so_far, column.name, written), _without(_IS_BEHIND, left)
        elif column.kind == "integer" and regex.fullmatch(r"-?\d{1,15}", value):
            yield (
                _also(so_far, f"{quoted(column.name)} = {value}", f"{column.name} = {value}"),
                _without(_IS_BEHIND, left),
            )
    if column.kind in _NUMERIC:
        for sign, pattern in _COMPARED:
            if match := pattern.match(rest):
                number = match[1].replace(",", ".") if figure.language == "de" else match[1]
                if regex.fullmatch(r"-?\d+(?:\.\d+)?", number) and not regex.fullmatch(r"-?\d+[.,]\d{3}", match[1]):
                    said = f"{column.name} {sign} {number}"
                    yield _also(so_far, f"{quoted(column.name)} {sign} {number}", said), rest[match.end() :].strip()


def _times(match: regex.Match[str], left: str, table: TableWords, so_far: Reading) -> Iterator[tuple[Reading, str]]:
    year, month = int(match["year"]), _MONTHS.get(match["month"] or "", 0)
    first = f"{year}-{month or 1:02}-01"
    behind = f"{year + 1}-01-01" if month in (0, 12) else f"{year}-{month + 1:02}-01"
    for column in table.columns:
        name = quoted(column.name)
        if column.kind == "date":
            said = f"{column.name} = {year}" + (f"-{month:02}" if month else "")
            yield _also(so_far, f"{name} >= '{first}' AND {name} < '{behind}'", said), left
        elif not month and column.kind == "integer" and not _YEAR.isdisjoint(column.words):
            yield _also(so_far, f"{name} = {year}", f"{column.name} = {year}"), left


def _columns(table: TableWords, rest: str, language: Language) -> Iterator[tuple[ColumnWords, str]]:
    """With the words behind; a name stands as the sheet has it, or in its plural or genitive."""
    endings = ("", "s", "es") if language == "en" else ("", "s", "es", "e", "en", "n")
    for column in table.columns:
        behind = {_behind(rest, f"{word}{ending}") for word in column.words for ending in endings}
        for left in behind:
            if left is not None:
                yield column, left


def _behind(text: str, words: str) -> str | None:
    if text == words:
        return ""
    return text[len(words) + 1 :] if text.startswith(f"{words} ") else None


def _heads(text: str) -> Iterator[tuple[str, str]]:
    words = text.split(" ")
    for count in range(1, min(len(words), _LONGEST_VALUE) + 1):
        yield " ".join(words[:count]), " ".join(words[count:])


def _with(so_far: Reading, column: str, written: frozenset[str]) -> Reading:
    values = sorted(written)
    told = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
    condition = f"{quoted(column)} = {told}" if len(values) == 1 else f"{quoted(column)} IN ({told})"
    return _also(so_far, condition, f"{column} = {values[0]}")


def _also(so_far: Reading, condition: str, said: str) -> Reading:
    return replace(so_far, conditions=so_far.conditions | {(condition, said)})


def _without(pattern: regex.Pattern[str], text: str) -> str:
    match = pattern.match(text)
    return text[match.end() :] if match else text
