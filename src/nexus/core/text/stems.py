"""From the form of a word to what is compared: the stem by language, without accents."""
# pyright: reportUnknownMemberType=false
# PyStemmer ships no types.

from functools import cache
from typing import Protocol, cast
from unicodedata import normalize

import regex

_SNOWBALL = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian",
    "ne": "nepali", "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

_DECIMAL_COMMA = frozenset({
    "bg", "ca", "cs", "da", "de", "el", "es", "et", "fi", "fr", "hu", "id", "it", "lt", "nl", "no", "pl", "pt",
    "ro", "ru", "sr", "sv", "tr", "uk", "vi",
})  # fmt: skip

_OTHER_SCRIPTS = frozenset({
    "am", "ar", "bg", "bn", "el", "fa", "gu", "he", "hi", "hy", "ja", "ka", "km", "kn", "ko", "lo", "ml", "my",
    "ne", "or", "pa", "ru", "si", "sr", "ta", "te", "th", "uk", "ur", "yi", "zh",
})  # fmt: skip

_TONAL = frozenset({"vi"})
"""Languages whose marks make different words rather than accents."""

_MARKS = regex.compile(r"\p{Mn}+")
_ACCENTED = regex.compile(r"[\p{Latin}\p{Greek}]")
_LETTERS = str.maketrans({
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ё": "е",
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": None,
    "\u093c": None, "\u0901": "\u0902",
})  # fmt: skip

_GROUPED = regex.compile(r"\d{1,3}(?:([.,'’])\d{3})(?:\1\d{3})*")
_COMPOUND = regex.compile(r"(\p{L}{3,}(?:ung|heit|keit|schaft|tion|sion|ität|ling|tum))s(\p{L}{4,})")
"""German: the linking s after these endings only ever stands inside a compound."""


class _Stemmer(Protocol):
    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the library's name


@cache
def _stemmer(language: str) -> _Stemmer | None:
    name = _SNOWBALL.get(language)
    if name is None:
        return None
    import Stemmer  # noqa: PLC0415 - loaded with the first word

    return cast("_Stemmer", Stemmer.Stemmer(name))


def has_stemmer(language: str) -> bool:
    return language in _SNOWBALL


def fold(word: str, language: str = "") -> str:
    """Without accents and other marks that writers leave out; the marks of Indic and tonal scripts stay."""
    if word.isascii() or language in _TONAL:
        return word
    folded = word
    if _ACCENTED.search(folded):
        folded = _MARKS.sub("", normalize("NFD", folded))
    elif "\u0590" <= folded[0] <= "\u06ff":  # Hebrew points, Arabic vowels
        folded = _MARKS.sub("", folded)
    return normalize("NFC", folded.translate(_LETTERS))


def stem(word: str, language: str) -> str:
    """The folded stem of a casefolded word. Latin words in a text of another script are taken for English."""
    stemmer = _stemmer("en" if word.isascii() and language in _OTHER_SCRIPTS else language)
    return fold(stemmer.stemWord(word) if stemmer else word, language)


def stems(word: str, language: str) -> tuple[str, ...]:
    """What a word of a text is found by: its stem, and for German the two words of a plain compound."""
    found = stem(word, language)
    if language == "de" and (compound := _COMPOUND.fullmatch(word)):
        return (found, *(stem(part, language) for part in compound.groups()))
    return (found,)


def plain_number(number: str, *, decimal_comma: bool) -> str:
    """`1,234.5` and, where the comma is the decimal sign, `1.234,5` → `1234.5`; versions and addresses stay."""
    has_comma, has_point = "," in number, "." in number
    if has_comma and has_point:
        last = max(number.rfind(","), number.rfind("."))
        grouping = "," if number[last] == "." else "."
        if number.count(number[last]) > 1:
            return number
        return number.replace(grouping, "").replace(",", ".")
    if match := _GROUPED.fullmatch(number):
        sign = match.group(1)
        if sign in "'’" or number.count(sign) > 1 or (sign == ".") == decimal_comma:
            return number.replace(sign, "")
    return number.replace(",", ".") if number.count(",") == 1 else number


def uses_decimal_comma(language: str) -> bool:
    return language in _DECIMAL_COMMA
