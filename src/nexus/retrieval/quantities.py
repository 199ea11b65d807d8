"""Numbers as people write them: figures, words and months, each in one form that can be compared."""

from typing import Final

from nexus.core.text.stems import plain_number

SCALES: Final = {
    **dict.fromkeys(("hundred", "hundert"), 100),
    **dict.fromkeys(("thousand", "tausend", "tsd", "k"), 1_000),
    **dict.fromkeys(("million", "millions", "millionen", "mio", "mn"), 1_000_000),
    **dict.fromkeys(("billion", "billions", "milliarde", "milliarden", "mrd", "bn"), 1_000_000_000),
    **dict.fromkeys(("trillion", "trillions", "billionen"), 1_000_000_000_000),
}
NUMBER_WORDS: Final = {
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
MONTHS: Final = {
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


def bare_number(number: str, *, comma: bool) -> str:
    plain = plain_number(number, decimal_comma=comma)
    if plain.count(".") == 1:
        plain = plain.rstrip("0").rstrip(".")
    return plain.lstrip("0") or "0"


def scaled_value(number: str, following: str) -> str | None:
    """`5`, `million` → `5000000`; None where the second word is no scale."""
    scale = SCALES.get(following.casefold())
    if scale is None:
        return None
    try:
        value = float(bare_number(number, comma=False)) * scale
    except ValueError:
        return None
    return f"{value:.10f}".rstrip("0").rstrip(".")
