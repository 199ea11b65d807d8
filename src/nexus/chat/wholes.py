"""Questions about the whole, recognised by their words: how many documents there are, which, which of them say a word.

Two ways of looking. `read_whole` understands a question to its last word or not at all, because what it understands is
answered without a language model, and must not be answered wrongly. `seems_whole` says whether a question may be of
that kind: a model that has the tools is asked then, although no passage fits.
"""

from dataclasses import dataclass
from typing import Final, Literal

import regex

from nexus.agents.kinds import Kind

Language = Literal["en", "de"]
Act = Literal["count", "list", "summarise"]

_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Whole:
    """What is asked. `place`: a knowledge base or department, as the question has it."""

    act: Act
    language: Language
    kind: Literal["", Kind] = ""
    place: str = ""
    words: str = ""
    """That the documents are to have in their text."""


_NOUNS: Final[dict[Language, dict[Literal["", Kind], str]]] = {
    "en": {
        "pdf": "pdfs?|pdf[ -](?:documents?|files?)",
        "word": "word[ -](?:documents?|files?)",
        "spreadsheet": "spreadsheets?|excel[ -](?:files?|documents?|sheets?)|workbooks?",
        "presentation": "presentations?|slide ?decks?|powerpoints?",
        "mail": "e-?mails?",
        "image": "images?|pictures?",
        "": "documents?|files?",
    },
    "de": {
        "pdf": "pdfs?|pdf-?(?:dokumente?|dateien|datei)",
        "word": "word-?(?:dokumente?|dateien|datei)",
        "spreadsheet": "excel-?(?:tabellen|dateien|dokumente)|arbeitsmappen|tabellendokumente",
        "presentation": "präsentationen|foliensätze|powerpoints?",
        "mail": "e-?mails?",
        "image": "bilder",
        "": "dokumente?n?|dateien|datei|unterlagen",
    },
}
_TERM: Final = r"(?:[\"“”„‟«»'‘’](?P<quoted>[^\"“”„‟«»]{2,80}?)[\"“”„‟«»'‘’]|(?P<bare>[\w.+/&-]{2,60}))"
"""What is mentioned: anything in quotation marks, or one word without."""
_PLACE: Final = r"(?P<place>[^?!\"“”„]{1,120}?|[\"“”„«»][^\"“”„«»]{1,120}?[\"“”„«»])"


def _noun(language: Language) -> str:
    kinds = (f"(?P<noun_{kind}>{words})" for kind, words in _NOUNS[language].items())
    return f"(?:{'|'.join(kinds)})"


_EN_THERE: Final = (
    r"(?: (?:are(?= in)|are there|is there|exist|do (?:we|you|i) have|have (?:we|i) got"
    r"|(?:can|may) (?:i|we) (?:read|see|search)))?"
)
_EN_IN: Final = (
    r"(?: (?:in|inside|within)(?: the| our)?(?: knowledge base| department)? "
    rf"{_PLACE}(?: knowledge base| department)?)?"
)
_EN_SAY: Final = (
    r"(?: (?:that |which )?(?:mention(?:s|ing)?|contain(?:s|ing)? the (?:word|term|phrase|name))"
    rf"(?: the (?:word|term|phrase|name))? {_TERM})?"
)
_DE_THERE: Final = (
    r"(?: (?:sind(?= i[nm])|gibt es(?: hier)?|existieren|haben wir|habe ich|sind (?:da|vorhanden)"
    r"|(?:kann|darf|können|dürfen) (?:ich|wir)))?"
)
_DE_IN: Final = (
    rf"(?: (?:in|im|aus)(?: der| dem| den| unserer| unserem)?(?: wissensbasis| abteilung| bereich)? {_PLACE})?"
    r"(?: (?:lesen|sehen|durchsuchen|auf|an|zusammen))?"
)
_DE_SAY: Final = (
    r"(?:,? (?:die )?(?:erwähnen|nennen|enthalten (?:das wort|den begriff|den namen|die wendung))"
    rf"(?: das wort| den begriff| den namen)? {_TERM})?"
)
_TAILS: Final[dict[Language, str]] = {
    "en": f"{_EN_THERE}{_EN_IN}{_EN_THERE}{_EN_SAY}",
    "de": f"{_DE_THERE}{_DE_IN}{_DE_SAY}",
}
_OPENINGS: Final[tuple[tuple[Language, Act, tuple[str, ...]], ...]] = (
    (
        "en",
        "count",
        ("how many", "count(?: all)?(?: the| our| my)?", "what(?:'s|’s| is) the (?:total )?number of(?: the)?"),
    ),
    (
        "en",
        "list",
        (
            "(?:please )?(?:list|show(?: me)?|name|give me(?: a list of)?)(?: all| every)?(?: of)?(?: the| our| my)?",
            "(?:which|what)(?: of the| of our)?",
        ),
    ),
    (
        "en",
        "summarise",
        (
            "(?:please )?summari[sz]e(?: all| every)(?: of)?(?: the| our| my)?",
            "(?:(?:please )?(?:give me|write|make) )?(?:an? )?(?:summary|overview) of(?: all| every)(?: of)?(?: our)?",
        ),
    ),
    (
        "de",
        "summarise",
        (
            "(?:bitte )?fasse?(?: mir| uns)?(?: bitte)?(?: alle| sämtliche)",
            "(?:(?:bitte )?(?:gib mir|erstelle) )?eine zusammenfassung(?: über)?(?: alle[rn]?| sämtlicher?)",
            "(?:(?:bitte )?(?:gib mir|erstelle) )?einen überblick über(?: alle| sämtliche)",
        ),
    ),
    ("de", "count", ("wie ?viele", "zähle?(?: alle| die)?")),
    (
        "de",
        "list",
        (
            "(?:bitte )?(?:liste|zeige?|nenne?)(?: mir| uns)?(?: bitte)?(?: alle| sämtliche| die)?",
            "welche(?: der| unserer)?",
        ),
    ),
)
_PATTERNS: Final[tuple[tuple[Language, Act, regex.Pattern[str]], ...]] = tuple(
    (language, act, regex.compile(f"(?:{'|'.join(words)}) {_noun(language)}{_TAILS[language]}", regex.IGNORECASE))
    for language, act, words in _OPENINGS
)
_EVERYTHING: Final = (
    (regex.compile(r"(summari[sz]e|(?:summary|overview) of) everything", regex.IGNORECASE), r"\1 all documents"),
    (regex.compile(r"(fasse?(?: mir| uns)?(?: bitte)?|überblick über) alles", regex.IGNORECASE), r"\1 alle Dokumente"),
)
_BARE_WHICH: Final = regex.compile(r"(?:which|what|welche)\b[^?]*", regex.IGNORECASE)

_PAPERS: Final = (
    r"(?:documents?|files?|pdfs?|spreadsheets?|workbooks?|presentations?|papers|reports|contracts|policies|guidelines"
    r"|invoices|manuals|minutes|records|letters|e-?mails"
    r"|dokumente?n?|dateien|unterlagen|tabellen|präsentationen|berichte?n?|verträge?n?|richtlinien|vorgaben|rechnungen"
    r"|handbücher|protokolle?n?|briefe?n?)"
)
_SEEMS: Final = regex.compile(
    r"\b(?:how many|(?:total )?number of|count|list|which|what|all|every|each"
    r"|wie ?viele?|anzahl|zähle?|liste|welchen?|alle[nr]?|sämtliche[nr]?|jede[snrm]?)"
    rf"\b(?:\W+\w+){{0,2}}?\W+{_PAPERS}\b"
    r"|\bsummari[sz]e (?:all|everything|the whole)\b|\boverview of (?:all|everything)\b"
    r"|\bfasse?(?: mir| uns)?(?: bitte)? (?:alles|alle|sämtliche)\b|\büberblick über (?:alles|alle|sämtliche)\b",
    regex.IGNORECASE,
)


_FIGURE: Final = regex.compile(
    r"\b(?:how (?:much|many)|totals?|sums?|average|mean|median|highest|lowest|largest|smallest|biggest|most|least"
    r"|maximum|minimum|percentage|share of|per (?:month|year|quarter|region|department)|altogether|overall"
    r"|revenue|turnover|sales"
    r"|wie ?viele?|wie hoch|summe\p{L}*|gesamt\p{L}*|insgesamt|durchschnitt\p{L}*|mittelwert"
    r"|höchste\p{L}?|niedrigste\p{L}?|größte\p{L}?|kleinste\p{L}?|meisten?|wenigsten|maximal\p{L}*|minimal\p{L}*|anteil|umsatz\p{L}*"
    r"|pro (?:monat|jahr|quartal|region|abteilung))\b",
    regex.IGNORECASE,
)


def asks_figure(question: str) -> bool:
    """Whether something may have to be worked out from a table."""
    return _FIGURE.search(question[:_LONGEST]) is not None


def read_whole(question: str) -> Whole | None:
    """None for what is not understood altogether."""
    asked = " ".join(question[: _LONGEST + 1].split()).rstrip(" ?.!")
    if not asked or len(asked) > _LONGEST:
        return None
    for everything, documents in _EVERYTHING:
        asked = everything.sub(documents, asked)
    for language, act, pattern in _PATTERNS:
        match = pattern.fullmatch(asked)
        if match is None:
            continue
        found = match.groupdict()
        if act == "summarise" and (found["quoted"] or found["bare"]):
            # Of some documents: those that say a word.
            continue
        kind: Literal["", Kind] = next(kind for kind in _NOUNS[language] if found[f"noun_{kind}"])
        words = found["quoted"] or found["bare"] or ""
        place = (found["place"] or "").strip(" \"“”„«»'‘’")
        if (
            act == "list"
            and _BARE_WHICH.fullmatch(asked)
            and asked.casefold().split()[-1] == found[f"noun_{kind}"].casefold()
        ):
            # "Which documents?" points at something said before.
            return None
        return Whole(act, language, kind, place, words.strip())
    return None


def seems_whole(question: str) -> bool:
    return _SEEMS.search(question[:_LONGEST]) is not None
