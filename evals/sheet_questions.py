"""Questions about generated spreadsheets, with the one right answer, or with none."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from evals.sheets import FileMade, SheetMade

Kind = Literal["plain", "free", "trap"]
"""In words that the rules know; in other words; without an answer in the sheet."""
Answer = Decimal | str | dict[str, Decimal] | None


@dataclass(frozen=True, slots=True)
class Question:
    """`sql`: what a model would have to ask, with {table}; columns by their headers in {braces}."""

    text: str
    kind: Kind
    about: str
    file: FileMade
    sheet: SheetMade
    answer: Answer
    wanted: str = ""
    where: tuple[tuple[str, str], ...] = ()
    """Column and condition, for a query."""
    group: str = ""


def make_questions(files: Sequence[FileMade], seed: int) -> list[Question]:
    chance = random.Random(seed + 1)
    return [question for file in files for made in file.sheets for question in _questions(file, made, chance)]


def _questions(file: FileMade, made: SheetMade, chance: random.Random) -> Iterator[Question]:
    german = made.theme.language == "de"
    several = len(file.sheets) > 1
    where = f"{'im Blatt' if german else 'in the sheet'} {made.sheet}" if several else f"in {file.name}"
    if made.mixed:
        text = (
            f"Wie hoch ist die Summe von {made.decimal} {where}?"
            if german
            else f"What is the total {made.decimal} {where}?"
        )
        yield Question(text, "trap", "two currencies", file, made, None)
        return
    plain = list(_plain(file, made, where, chance))
    yield from chance.sample(plain, 5)
    yield chance.choice(list(_free(file, made, where)))
    yield from chance.sample(list(_traps(file, made, where)), 2)


def _plain(file: FileMade, made: SheetMade, where: str, chance: random.Random) -> Iterator[Question]:
    theme, rows, german = made.theme, made.rows, made.theme.language == "de"
    column, count = made.decimal, made.integer
    money = [row.decimal for row in rows if row.decimal is not None]
    pieces = [row.integer for row in rows if row.integer is not None]

    def ask(english: str, deutsch: str, about: str, answer: Answer, wanted: str, **more: Any) -> Question:
        return Question(deutsch if german else english, "plain", about, file, made, answer, wanted, **more)

    yield ask(
        chance.choice((f"What is the total {column} {where}?", f"sum of {column} {where}", f"Total {column} {where}")),
        chance.choice((f"Wie hoch ist die Summe von {column} {where}?", f"Summe der Spalte {column} {where}")),
        "sum",
        sum(money, Decimal()),
        "SUM({decimal})",
    )
    yield ask(
        f"What is the average {count} {where}?",
        f"Wie hoch ist der Durchschnitt von {count} {where}?",
        "average",
        Decimal(sum(pieces)) / len(pieces),
        "AVG({integer})",
    )
    yield ask(
        f"What is the highest {column} {where}?",
        f"Was ist das Maximum von {column} {where}?",
        "extreme",
        max(money),
        "MAX({decimal})",
    )
    yield ask(
        f"What is the smallest {count} {where}?",
        f"Was ist der niedrigste Wert von {count} {where}?",
        "extreme",
        Decimal(min(pieces)),
        "MIN({integer})",
    )
    row = chance.choice([row for row in rows if row.decimal is not None])
    same = [each.decimal for each in rows if each.group == row.group and each.decimal is not None]
    conditions = (("{group}", f"= '{row.group}'"),)
    yield ask(
        f"What is the total {column} for {row.group} {where}?",
        f"Wie hoch ist die Summe von {column} für {row.group} {where}?",
        "condition",
        sum(same, Decimal()),
        "SUM({decimal})",
        where=conditions,
    )
    yield ask(
        f"Sum of {column} {where} where {theme.group} is {row.group}",
        f"Summe von {column} {where}, wo {theme.group} {row.group} ist",
        "condition",
        sum(same, Decimal()),
        "SUM({decimal})",
        where=conditions,
    )
    year = [each for each in rows if each.day.year == row.day.year and each.decimal is not None]
    yield ask(
        f"Total {column} in {row.day.year} {where}",
        f"Summe von {column} im Jahr {row.day.year} {where}",
        "time",
        sum((each.decimal or Decimal() for each in year), Decimal()),
        "SUM({decimal})",
        where=(("{day}", f"LIKE '{row.day.year}-%'"),),
    )
    limit = sorted(pieces)[len(pieces) // 2]
    more = [each for each in rows if each.integer is not None and each.integer > limit]
    yield ask(
        f"How many rows {where} where {count} is more than {limit}?",
        f"Wie viele Zeilen {where}, wo {count} größer als {limit} ist?",
        "rows",
        Decimal(len(more)),
        "COUNT(*)",
        where=(("{integer}", f"> {limit}"),),
    )
    groups = {each.group: [r.decimal for r in rows if r.group == each.group and r.decimal is not None] for each in rows}
    if all(groups.values()):
        yield ask(
            f"Total {column} by {theme.group} {where}",
            f"Summe von {column} je {theme.group} {where}",
            "groups",
            {name: sum(values, Decimal()) for name, values in groups.items()},
            "SUM({decimal})",
            group="{group}",
        )


def _free(file: FileMade, made: SheetMade, where: str) -> Iterator[Question]:
    """Right as well, in words that no rule knows."""
    column, total = made.decimal, sum((row.decimal or Decimal() for row in made.rows), Decimal())
    for english, deutsch in (
        (
            f"When I add up everything under {column} {where}, what do I get?",
            f"Was kommt heraus, wenn ich alles unter {column} {where} zusammenzähle?",
        ),
        (
            f"How much does {column} come to {where}, all rows together?",
            f"Auf wie viel kommt {column} {where}, alle Zeilen zusammen?",
        ),
        (f"Could you tell me the {column} {where} in total?", f"Kannst du mir {column} {where} insgesamt sagen?"),
    ):
        text = deutsch if made.theme.language == "de" else english
        yield Question(text, "free", "other words", file, made, total)


def _traps(file: FileMade, made: SheetMade, where: str) -> Iterator[Question]:
    theme, column, some = made.theme, made.decimal, made.rows[0].group
    for about, english, deutsch in (
        ("no such column", f"What is the total margin {where}?", f"Wie hoch ist die Summe der Marge {where}?"),
        (
            "no such value",
            f"What is the total {column} for Atlantis {where}?",
            f"Wie hoch ist die Summe von {column} für Atlantis {where}?",
        ),
        (
            "negation",
            f"What is the total {column} {where} without {some}?",
            f"Wie hoch ist die Summe von {column} {where} ohne {some}?",
        ),
        (
            "negation",
            f"What is the total {column} {where} where {theme.group} is not {some}?",
            f"Summe von {column} {where}, wo {theme.group} nicht {some} ist",
        ),
        ("before", f"What is the total {column} {where} before 2024?", f"Summe von {column} {where} vor 2024"),
        (
            "difference",
            f"What is the total {column} of {some} minus all others {where}?",
            f"Was ist die Summe von {column} für {some} minus alle anderen {where}?",
        ),
        ("which table", f"What is the total {theme.decimal}?", f"Wie hoch ist die Summe von {theme.decimal}?"),
        (
            "share",
            f"What share of the total {column} {where} is {some}?",
            f"Welchen Anteil an der Summe von {column} {where} hat {some}?",
        ),
        (
            "no such table",
            f"What is the total {column} in missing999.xlsx?",
            f"Wie hoch ist die Summe von {column} in fehlend999.xlsx?",
        ),
    ):
        yield Question(deutsch if theme.language == "de" else english, "trap", about, file, made, None)
