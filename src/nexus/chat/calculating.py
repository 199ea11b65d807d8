"""Answers without a language model that are figures: worked out by the query that models use, shown and cited alike."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import PurePath
from typing import Any, Final

import regex

from nexus.agents import table_queries
from nexus.agents.builtin import narrowed
from nexus.agents.passages import Shown
from nexus.agents.sheets import QUERY, name_documents
from nexus.agents.table_queries import TableOf
from nexus.agents.table_values import text_values
from nexus.agents.workbench import Workbench
from nexus.chat.figures import TABLE_NOUN, Act, ColumnWords, Figure, Reading, TableWords, fold, readings, select
from nexus.chat.linking import LinkFilter
from nexus.chat.telling import Answer, Emit, cite, plain_name, say
from nexus.chat.wholes import Language
from nexus.providers.llm.base import ToolCall

_LOOKED: Final = 500
_READ: Final = 20
"""Tables whose values are looked at; where more might be meant, none is."""
_GROUPS: Final = 20
_UNIT: Final = regex.compile(r"\s*[(\[][^)\]]*[)\]]\s*$")
_WORD: Final = regex.compile(r"[\p{L}\p{N}]{3,}")

_ACTS: Final[dict[Language, dict[Act, str]]] = {
    "en": {
        "sum": "The sum of “{column}”",
        "average": "The average of “{column}”",
        "highest": "The highest value of “{column}”",
        "lowest": "The lowest value of “{column}”",
        "count": "The number of rows",
    },
    "de": {
        "sum": "Die Summe von „{column}“",
        "average": "Der Durchschnitt von „{column}“",
        "highest": "Der höchste Wert von „{column}“",
        "lowest": "Der niedrigste Wert von „{column}“",
        "count": "Die Zahl der Zeilen",
    },
}
_WORDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "there": "{figure} in {place}{where}",
        "is": "{there}: **{value}** [1]",
        "by": "{there}, by “{group}”: [1]",
        "where": ", where {conditions}",
        "and": " and ",
        "empty": "(empty)",
        "odd": "Left out: filled cells of “{column}” that hold no {kind} ({count}). [1]",
        "totals": "Left out: rows that sum others up ({count}). [1]",
        "integer": "number",
        "decimal": "number",
        "date": "date",
    },
    "de": {
        "there": "{figure} in {place}{where}",
        "is": "{there}: **{value}** [1]",
        "by": "{there}, nach „{group}“: [1]",
        "where": ", wobei {conditions}",
        "and": " und ",
        "empty": "(leer)",
        "odd": "Nicht dabei: ausgefüllte Zellen von „{column}“, die {kind} enthalten ({count}). [1]",
        "totals": "Nicht dabei: Zeilen, die andere zusammenzählen ({count}). [1]",
        "integer": "keine Zahl",
        "decimal": "keine Zahl",
        "date": "kein Datum",
    },
}


@dataclass(frozen=True, slots=True)
class Calculating:
    """One such answer. Nothing has been said when `answer` returns False: the question means something else."""

    bench: Workbench
    asked: Figure
    said: Answer
    emit: Emit
    links: LinkFilter

    async def answer(self) -> bool:
        if QUERY not in self.bench.tools:
            return False
        meant = await self._meant()
        if meant is None:
            return False
        one, reading = meant
        # The query holds words of the table: whoever may not read its document later does not read them either.
        name_documents(self.bench.shelf, [one])
        given = {"tables": [str(one.table.id)], "sql": select(self.asked, reading, one.table.name)}
        await self.bench.use(ToolCall("1", QUERY, json.dumps(given)))
        found = self.said.steps[-1].get("table") if self.said.steps else None
        shown = self.bench.shelf.shown[-1] if self.bench.shelf.shown else None
        if not found or shown is None or shown.cells is None or found["more"] or len(found["rows"]) > _GROUPS:
            return False
        if not found["rows"] or all(row[-1] is None for row in found["rows"]):
            return False
        self._tell(one, reading, found["rows"], shown)
        return True

    async def _meant(self) -> tuple[TableOf, Reading] | None:
        """The one table and the one way in which all of the question makes sense; None where there are two."""
        words = [_ascii(word) for word in _WORD.findall(self.asked.rest)]
        async with self.bench.db.read() as session:
            principal = await self.bench.renewed(session)
            bounds = await narrowed(self.bench, session, principal, (), None)
            found = await table_queries.list_tables(session, principal, bounds, words, _LOOKED)
            near = [one for one in found if self._may_be(one)]
            if len(near) > _READ:
                near = [one for one in near if self._is_named(one)]
            if len(found) == _LOOKED or not 0 < len(near) <= _READ:
                return None
            loaded = await table_queries.load_tables(session, principal, bounds, [one.table.id for one in near])
        meant: list[tuple[TableOf, Reading]] = []
        for one in loaded.values():
            values = await asyncio.to_thread(text_values, one.table.columns, one.table.content, fold)
            if values is None:
                return None
            meant += [(one, reading) for reading in readings(self.asked, _words(one, values))]
        return meant[0] if len(meant) == 1 else _of_one_file(meant)

    def _may_be(self, one: TableOf) -> bool:
        """Whether the question begins with one of its columns, or counts its rows."""
        words = _words(one, {})
        rest = f" {self.asked.rest} "
        told = (
            words.names | words.file
            if self.asked.act == "count"
            else {w for column in words.columns for w in column.words}
        )
        return any(f" {word}" in rest for word in told)

    def _is_named(self, one: TableOf) -> bool:
        words = _words(one, {})
        return _names_plainly(self.asked.rest, words.names | words.file)

    def _tell(self, one: TableOf, reading: Reading, rows: Sequence[Sequence[Any]], shown: Shown) -> None:
        cite(self.said, 1, shown, None, self.emit)
        headers = {column[0]: plain_name(column[1] or column[0]) for column in one.table.columns}
        unit = next((column[4] for column in one.table.columns if column[0] == reading.column), "")
        figure = _ACTS[self.asked.language][self.asked.act].format(column=headers.get(reading.column, ""))
        conditions = [_condition(said, headers) for said in sorted(said for _, said in reading.conditions)]
        where = self._word("where", conditions=self._word("and").join(conditions)) if conditions else ""
        document = plain_name(one.document.title or one.document.name)
        sheet = plain_name(one.table.sheet)
        place = f"“{sheet}” ({document})" if sheet and sheet != document else f"“{document}”"
        if self.asked.language == "de":
            place = place.replace("“", "„", 1).replace("”", "“")
        there = self._word("there", figure=figure, place=place, where=where)
        if not reading.group:
            self._say(self._word("is", there=there, value=self._value(rows[0][-1], unit)))
        else:
            self._say(self._word("by", there=there, group=headers[reading.group]))
            for row in rows:
                name = self._word("empty") if row[0] in (None, "") else plain_name(str(row[0]))
                self._say(f"- {name}: {self._value(row[-1], unit)} [1]")
        self._tell_asides(one, reading)

    def _tell_asides(self, one: TableOf, reading: Reading) -> None:
        for name, header, kind, _, _, odd in one.table.columns:
            if odd and name == reading.column:
                self._say(self._word("odd", count=odd, column=plain_name(header or name), kind=self._word(kind)))
        if one.table.total_count:
            self._say(self._word("totals", count=one.table.total_count))

    def _value(self, value: Any, unit: str) -> str:
        written = _number(value, self.asked.language)
        if not unit or self.asked.act == "count":
            return written
        return f"{written} {plain_name(unit)}"

    def _word(self, key: str, **values: Any) -> str:
        return _WORDS[self.asked.language][key].format(**values)

    def _say(self, paragraph: str) -> None:
        """A paragraph of its own, which is taken back with the document that it cites."""
        blank = "\n\n" if self.said.text else ""
        say(self.said, self.links.feed(f"{blank}{paragraph}") + self.links.close(), self.emit)


def _names_plainly(rest: str, names: Iterable[str]) -> bool:
    """Whether a name stands in it that means nothing else: with a figure or an ending, or after its noun."""
    for name in names:
        told = regex.search(rf"(?<![\w.])(?P<noun>{TABLE_NOUN} )?{regex.escape(name)}(?= |$)", rest)
        if told and (told["noun"] or regex.search(r"[\d.]", name)):
            return True
    return False


def _of_one_file(meant: Sequence[tuple[TableOf, Reading]]) -> tuple[TableOf, Reading] | None:
    """A file is often called as its first sheet is: who names that means the sheet, and none beside it."""
    sheets = [each for each in meant if each[1].named == "table"]
    files = {one.document.id for one, _ in meant}
    others = {reading.named for _, reading in meant} - {"table"}
    return sheets[0] if len(sheets) == 1 and len(files) == 1 and others == {"file"} else None


def _words(one: TableOf, values: Mapping[str, Mapping[str, frozenset[str]]]) -> TableWords:
    columns = [
        ColumnWords(name, kind, called(header, name.replace("_", " "))) for name, header, kind, *_ in one.table.columns
    ]
    document, table = one.document, one.table
    # No sheet has a colon in its name.
    attachment, _, sheet = table.sheet.rpartition(": ")
    files = [name for file in (document.name, attachment) for name in (file, PurePath(file).stem)]
    names = called(sheet, table.title, table.name.replace("_", " "))
    return TableWords(columns, names, called(*files, document.title), values)


def called(*names: str) -> frozenset[str]:
    """What something may be called that has these names: with a unit behind it, and without."""
    return frozenset(filter(None, (fold(each) for name in names for each in (name, _UNIT.sub("", name)))))


def _ascii(word: str) -> str:
    """The longest run of letters on which all databases agree in any case."""
    return max(regex.findall(r"[a-z0-9]+", word), key=len, default=word)


def _condition(said: str, headers: Mapping[str, str]) -> str:
    """The column by its header, and what it has to be."""
    name, sign, value = said.split(" ", 2)
    return f"{headers.get(name, name)} {sign} {plain_name(value)}"


def _number(value: Any, language: Language) -> str:
    """With thousands apart from five digits on, in the language's way; as exact as it is."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return plain_name(str(value))
    written = f"{number:,f}" if abs(number) >= Decimal(10_000) else f"{number:f}"
    return written.translate(str.maketrans(",.", ".,")) if language == "de" else written
