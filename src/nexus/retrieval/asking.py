"""What kind of thing a question asks for, and whether a sentence holds one: a name, a time, a number."""

from collections.abc import Sequence
from enum import Enum, auto
from functools import cache
from typing import Final

import regex


class Wanted(Enum):
    TIME = auto()
    NUMBER = auto()
    NAME = auto()


_ASKING: Final[dict[str, tuple[str, str, str]]] = {
    "en": (
        "when|(?:what|which) (?:year|date|day|month|time|century|decade)|by what date",
        (
            "how (?:many|much|long|old|far|tall|large|big|high|often|fast|deep|wide|heavy)|(?:what|which)(?: is| was)?"
            "(?: the)? (?:percent|percentage|number|amount|share|proportion|age|price|cost|fee|limit|population)"
        ),
        "who|whom|whose|where|(?:what|which) (?:city|country|state|town|place|person|company|team)",
    ),
    "de": (
        "wann|(?:welche[smnr]?) (?:jahr|tag|monat|datum|jahrhundert)|bis wann",
        "wie ?(?:viele?|lange?|hoch|groß|alt|weit|oft|schnell|schwer)",
        "wer|wen|wem|wessen|wo|wohin|woher",
    ),
    "fr": (
        "quand|quelle (?:année|date)|quel (?:jour|mois|siècle)",
        "combien|quel(?:le)? (?:nombre|pourcentage|montant|âge)",
        "qui|où",
    ),
    "es": (
        "cuándo|(?:qué|cuál) (?:año|día|fecha|mes|siglo)",
        "cuánt[oa]s?|qué (?:porcentaje|cantidad|número)",
        "quién(?:es)?|dónde",
    ),
    "it": ("quando|(?:quale|che|quali) (?:anno|giorno|data|mese|secolo)", "quant[oiae]|quale percentuale", "chi|dove"),
    "pt": ("quando|(?:que|qual) (?:ano|dia|data|mês|século)", "quant[oa]s?|qual percentagem", "quem|onde"),
    "nl": ("wanneer|welke? (?:jaar|dag|datum|maand|eeuw)", "hoeveel|hoe (?:lang|oud|groot|hoog|vaak)", "wie|waar"),
    "sv": ("när|vilket år", "hur (?:många|mycket|länge|lång|gammal)", "vem|var"),
    "da": ("hvornår|hvilket år", "hvor (?:mange|meget|længe|gammel)", "hvem|hvor"),
    "no": ("når|hvilket år", "hvor (?:mange|mye|lenge|gammel)", "hvem|hvor"),
    "fi": ("milloin|minä vuonna", "kuinka (?:monta|paljon|kauan)", "kuka|missä|mistä"),
    "pl": ("kiedy|którym roku", "ile|ilu", "kto|kogo|gdzie"),
    "cs": ("kdy|kterém roce", "kolik", "kdo|koho|kde"),
    "ro": ("când|ce an", "cât|câte|câți", "cine|unde"),
    "hu": ("mikor|melyik évben", "hány|mennyi", "ki|hol"),
    "tr": ("ne zaman|hangi yıl", "kaç", "kim|kimdir|nerede"),
    "id": ("kapan|tahun berapa", "berapa", "siapa|di ?mana"),
    "vi": ("khi nào|năm nào", "bao nhiêu|mấy", "ai|ở đâu"),
    "ru": ("когда|каком (?:году|веке)", "сколько", "кто|кого|кому|кем|где|куда|откуда"),
    "uk": ("коли|якому році", "скільки", "хто|кого|де|куди"),
    "el": ("πότε|ποιο έτος", "πόσ[οαεη]\\w*", "ποι[οαεό]\\w*|πού"),
    "ar": ("متى|أي (?:عام|سنة)", "كم", "من|أين"),
    "fa": ("کی|چه سالی", "چند|چقدر", "چه کسی|کجا"),
    "he": ("מתי|איזו שנה", "כמה", "מי|איפה|היכן"),
    "hi": ("कब|किस (?:वर्ष|साल)", "कितन[ेीा]", "कौन|किसने|कहाँ|कहां"),
}
"""Per language: asks for a time, for a number, for a name. Whole words."""

_UNSPACED: Final[dict[str, tuple[str, str]]] = {
    "zh": ("什么时候|何时|哪一?年|哪一?天|几月|什麼時候|何時", "多少|几[个人年次天]|幾[個人年次天]|多[大高长久远長遠]"),
    "ja": ("いつ|何年|何月|何日", "何人|何個|いくつ|いくら|どれ(?:くらい|だけ)|何[%％回歳件時分円]|何パーセント"),
    "th": ("เมื่อใด|เมื่อไร|เมื่อไหร่|ปีใด|ปีไหน", "กี่|เท่าไร|เท่าใด|เท่าไหร่"),
    "ko": ("언제|몇 ?년", "얼마|몇"),
}

_NUMBER: Final = regex.compile(
    r"\p{Nd}|[〇一二三四五六七八九十百千万億]"
    r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|dozen|hundred|thousand|half|once|twice"
    r"|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf|deux|trois|quatre|cinq|sept|huit|neuf|dix"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|due|tre|quattro|cinque|sei|sette|otto|nove|dieci|dois|três|dez)\b",
    regex.IGNORECASE,
)
_TIME: Final = regex.compile(
    r"(?<!\p{Nd})(?:1\p{Nd}{3}|20\p{Nd}{2})(?!\p{Nd})|\b\p{Nd}{1,2}(?:st|nd|rd|th|\.)\s|\p{Nd}{1,2}[:.]\p{Nd}{2}|\p{Nd}\s?[年月日]"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|okt|dez|mai|juin|juil|août|enero|abril|mayo|junio|julio|agosto"
    r"|mon|tues|wednes|thurs|fri|satur|sun)\p{L}*\b|\bcentur|\bjahrhundert|\bsiècle|\bsiglo|\bsecolo|\bséculo",
    regex.IGNORECASE,
)
_CAPITALISED: Final = regex.compile(r"(?<![.!?:•*#|>-]\s*|^\s*|\p{L})\p{Lu}[\p{L}\p{M}'’-]+")


@cache
def _patterns(language: str) -> tuple[tuple[Wanted, regex.Pattern[str]], ...]:
    bounded = [rf"\b(?:{words})\b" for words in _ASKING.get(language, ())]
    found = bounded or _UNSPACED.get(language, ())
    return tuple((wanted, regex.compile(text, regex.IGNORECASE)) for wanted, text in zip(Wanted, found, strict=False))


def wanted_by(question: str, languages: Sequence[str]) -> Wanted | None:
    """What the question asks for, in the likeliest of the languages that tells; None when it is none of these."""
    for language in languages:
        for wanted, pattern in _patterns(language):
            if pattern.search(question):
                return wanted
    return None


def holds(sentence: str, wanted: Wanted, question: str) -> bool:
    """Whether the sentence may hold what is wanted. A name that the question itself gives is no news."""
    if wanted is Wanted.TIME:
        return _TIME.search(sentence) is not None
    if wanted is Wanted.NUMBER:
        return _NUMBER.search(sentence) is not None
    given = question.casefold()
    return any(name.casefold() not in given for name in _CAPITALISED.findall(sentence))
