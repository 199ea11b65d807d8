"""Which language a text is in: by script, then by its function words and tell-tale letters."""

from collections.abc import Iterable
from functools import cache

import numpy as np
import regex
from numpy.typing import NDArray

from nexus.core.text.stopwords import known_languages, stop_words

_EVIDENCE = 0.75
"""One function word of the language's own is enough; a few letters with accents are not."""
_SAMPLE = 4_000
"""Characters looked at: some 600 words name a language beyond doubt."""

_BLOCKS: tuple[tuple[int, str], ...] = (
    (0x0000, ""), (0x0041, "latin"), (0x005B, ""), (0x0061, "latin"), (0x007B, ""), (0x00C0, "latin"), (0x0250, ""),
    (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, "armenian"), (0x0590, "hebrew"), (0x0600, "arabic"), (0x0700, ""),
    (0x0750, "arabic"), (0x0780, ""), (0x08A0, "arabic"), (0x0900, "devanagari"), (0x0980, "bengali"),
    (0x0A00, "gurmukhi"), (0x0A80, "gujarati"), (0x0B00, "odia"), (0x0B80, "tamil"), (0x0C00, "telugu"),
    (0x0C80, "kannada"), (0x0D00, "malayalam"), (0x0D80, "sinhala"), (0x0E00, "thai"), (0x0E80, "lao"), (0x0F00, ""),
    (0x1000, "myanmar"), (0x10A0, "georgian"), (0x1100, "hangul"), (0x1200, "ethiopic"), (0x13A0, ""),
    (0x1780, "khmer"), (0x1800, ""), (0x1E00, "latin"), (0x1F00, "greek"), (0x2000, ""), (0x3041, "kana"),
    (0x3100, ""), (0x3130, "hangul"), (0x3190, ""), (0x31F0, "kana"), (0x3200, ""), (0x3400, "han"), (0xA000, ""),
    (0xAC00, "hangul"), (0xD7A4, ""), (0xF900, "han"), (0xFB00, ""), (0x20000, "han"), (0x32000, ""),
)  # fmt: skip
"""Where each run of Unicode begins and the script of its letters, as far as languages are told apart by it."""

_ONE_LANGUAGE = {
    "han": "zh",
    "hangul": "ko",
    "thai": "th",
    "lao": "lo",
    "khmer": "km",
    "myanmar": "my",
    "armenian": "hy",
    "georgian": "ka",
    "ethiopic": "am",
    "hebrew": "he",
    "greek": "el",
    "devanagari": "hi",
    "bengali": "bn",
    "gurmukhi": "pa",
    "gujarati": "gu",
    "odia": "or",
    "tamil": "ta",
    "telugu": "te",
    "kannada": "kn",
    "malayalam": "ml",
    "sinhala": "si",
}

_SCRIPT_DEFAULT = {"latin": "en", "cyrillic": "ru", "arabic": "ar"}

_SCRIPT_LANGUAGES = {
    "cyrillic": frozenset({"ru", "uk", "bg", "sr"}),
    "arabic": frozenset({"ar", "fa"}),
}

_LETTERS: dict[str, str] = {
    "de": "ßäöü",
    "fr": "àâçèêëîïôùûœé",
    "es": "ñ¿¡áéíóú",
    "pt": "ãõçâêáéíóú",
    "it": "àèìòù",
    "sv": "åäö",
    "da": "åæø",
    "no": "åæø",
    "fi": "äö",
    "pl": "ąćęłńśźż",
    "cs": "ěřůčšžýťďň",
    "ro": "șțăâî",
    "hu": "őűáéíóöü",
    "tr": "ğşıçöü",
    "ca": "çàèòï",
    "vi": "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủũứừửữựỳỵỷỹ",
    "et": "õäöü",
    "lt": "ąčęėįšųūž",
    "uk": "іїєґ",
    "ru": "ыэё",
    "sr": "јљњћђџ",
    "bg": "ъщ",
    "fa": "پچژگیک",
}

_WORD = regex.compile(r"[\w\p{M}]+")


@cache
def _blocks() -> tuple[NDArray[np.uint32], tuple[str, ...]]:
    return np.array([start for start, _ in _BLOCKS], np.uint32), tuple(name for _, name in _BLOCKS)


@cache
def _word_votes() -> dict[str, tuple[tuple[str, float], ...]]:
    """Function word → the languages it belongs to; a word shared by many says little of each."""
    owners: dict[str, list[str]] = {}
    for language in known_languages():
        for word in stop_words(language):
            owners.setdefault(word, []).append(language)
    return {word: tuple((name, 1.0 / len(names)) for name in names) for word, names in owners.items()}


@cache
def _letter_votes() -> dict[str, tuple[tuple[str, float], ...]]:
    owners: dict[str, list[str]] = {}
    for language, letters in _LETTERS.items():
        for letter in letters:
            owners.setdefault(letter, []).append(language)
    return {letter: tuple((name, 0.5 / len(names)) for name in names) for letter, names in owners.items()}


def count_scripts(text: str) -> dict[str, int]:
    """Letters by script in the beginning of the text; Latin ones at half, for they make longer words."""
    starts, names = _blocks()
    points = np.frombuffer(text[:_SAMPLE].encode("utf-32-le", "replace"), np.uint32)
    found = np.bincount(np.searchsorted(starts, points, side="right") - 1, minlength=len(names))
    counts: dict[str, int] = {}
    for name, count in zip(names, found.tolist(), strict=True):
        if name and count:
            counts[name] = counts.get(name, 0) + count
    if "latin" in counts:
        counts["latin"] = (counts["latin"] + 1) // 2
    return counts


def script_of(text: str) -> str:
    """The script that most letters of the text are in, `kana` for Japanese as a whole; empty without letters."""
    counts = count_scripts(text)
    if not counts:
        return ""
    if counts.get("kana", 0) * 10 > counts.get("han", 0):
        counts["kana"] = counts.get("kana", 0) + counts.pop("han", 0)
    return max(counts, key=lambda name: (counts[name], name != "latin"))


def _scores(words: Iterable[str], text: str, candidates: frozenset[str] | None) -> dict[str, float]:
    scores: dict[str, float] = {}
    by_word, by_letter = _word_votes(), _letter_votes()
    votes = [by_word[word] for word in words if word in by_word]
    if not text.isascii():
        votes += [by_letter[letter] for letter in text if letter in by_letter]
    for vote in votes:
        for language, weight in vote:
            if candidates is None or language in candidates:
                scores[language] = scores.get(language, 0.0) + weight
    return scores


def rank_languages(text: str) -> list[tuple[str, float]]:
    """Languages that the text may be in with the weight of the evidence, best first; empty without evidence.

    At equal evidence the more widely written language is first.
    """
    script = script_of(text)
    if not script:
        return []
    if script == "kana":
        return [("ja", 1.0)]
    if script in _ONE_LANGUAGE:
        return [(_ONE_LANGUAGE[script], 1.0)]
    sample = text[:_SAMPLE].casefold()
    scores = _scores(_WORD.findall(sample), sample, _SCRIPT_LANGUAGES.get(script))
    order = known_languages()
    return sorted(scores.items(), key=lambda item: (-item[1], order.index(item[0])))


def detect_language(text: str, default: str = "") -> str:
    """The ISO 639-1 code of the text's language; `default` (else the commonest of its script) without much evidence."""
    ranked = rank_languages(text)
    if ranked and ranked[0][1] >= _EVIDENCE:
        return ranked[0][0]
    return default or _SCRIPT_DEFAULT.get(script_of(text), "en")
