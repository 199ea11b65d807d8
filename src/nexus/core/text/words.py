"""What a run of characters between two spaces holds: words, numbers, identifiers, pairs of unspaced characters."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

import regex

_SHORTEST_PART = 2
_LONGEST_WORD = 64
"""Longer runs (base64, minified code) are one term and are not looked into."""


class Kind(Enum):
    WORD = auto()
    """Inflected: to be stemmed."""
    NUMBER = auto()
    """Digits with separators, whose meaning depends on the language."""
    EXACT = auto()


@dataclass(frozen=True, slots=True)
class Part:
    """A casefolded word, or a piece of an identifier. `weight`: how much of a word it is in a question."""

    text: str
    kind: Kind
    weight: float = 1.0


_UNSPACED = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}ー々〆]+|\p{Hangul}+|\p{Thai}+|\p{Lao}+|\p{Khmer}+|\p{Myanmar}+"
)
_EDGES = ".,;:!?()[]{}\"'…“”‘’„«»*`|-–—/"
_PAIR_WEIGHTS = (1.0, 0.5, 0.2)
"""By how many of the two are hiragana."""
_CLUSTER = regex.compile(r"\X")
_WORD = r"[\w\p{M}]"
_TOKEN = regex.compile(rf"{_WORD}+(?:(?:[-‐‑–_./\\:@'’&+·]|(?<=\d),(?=\d)){_WORD}+)*(?:\+\+|#(?!\w))?")
_ADDRESS = regex.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"'`|]+", regex.IGNORECASE)
_HOST = regex.compile(r"(?:[^/]*//)?(?:www\.)?([^/:?#]+)")
_NUMBER = regex.compile(r"\d+(?:[.,'’]\d+)*")
_MEASURE = regex.compile(r"(\d+(?:[.,]\d+)*)(\p{L}{1,3})")
_SEGMENT = regex.compile(r"\d+(?:\.\d+)*|[\p{L}\p{M}]+")
_CAMEL = regex.compile(r"\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?[\p{Ll}\p{M}]+|\p{Lu}+|[\p{L}\p{M}]+")
_HYPHENED = regex.compile(r"[\p{L}\p{M}]+(?:[-‐‑–'][\p{L}\p{M}]+)*")
_INITIALS = regex.compile(r"\p{L}(?:\.\p{L})+")
_PERCENT = regex.compile(r"\d\s*[%٪]")

_ELISIONS = frozenset({
    "l", "d", "j", "m", "n", "s", "t", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "un", "dell", "nell", "all",
    "sull", "dall", "quest", "quell", "gl",
})  # fmt: skip
_CONTRACTIONS = frozenset({"t", "ll", "re", "ve", "d", "m"})
_MAGNITUDES = {
    "k": "thousand", "m": "million", "mn": "million", "mm": "million", "mio": "million", "bn": "billion",
    "b": "billion", "mrd": "billion", "tn": "trillion",
}  # fmt: skip


def is_unspaced(piece: str) -> bool:
    """Whether the piece holds a script that sets no spaces between words (or agglutinates like Korean)."""
    return not piece.isascii() and _UNSPACED.search(piece) is not None


def split_piece(piece: str) -> list[Part]:
    """The parts of a piece in order; an identifier gives itself (without its separators) and its parts."""
    bare = piece.strip(_EDGES)
    if bare.isalpha() and bare.isascii() and (bare.islower() or bare[1:].islower()):
        return [Part(bare.lower(), Kind.WORD)]
    parts: list[Part] = []
    address = _ADDRESS.search(piece)
    if address:
        parts += _split_address(address.group())
    for match in _TOKEN.finditer(piece):
        token = match.group()
        if len(token) > _LONGEST_WORD and not is_unspaced(token):
            parts.append(Part(token.casefold(), Kind.EXACT))
        else:
            parts += _split_token(token, whole=address is None)
    if _PERCENT.search(piece):
        parts.append(Part("percent", Kind.WORD))
    return parts


def _split_address(address: str) -> list[Part]:
    whole = address.casefold().rstrip("/.,;:!?)]}»”")
    host = _HOST.match(whole)
    found = [Part(whole, Kind.EXACT)]
    if host and host.group(1) != whole:
        found.append(Part(_joined(host.group(1)), Kind.EXACT, 0.5))
    return found


def _split_token(token: str, *, whole: bool) -> Iterator[Part]:
    """`whole` False: the token is a piece of an address, of which only the words are wanted."""
    position = 0
    if not token.isascii():
        for run in _UNSPACED.finditer(token):
            yield from _split_spaced(token[position : run.start()], whole=whole)
            yield from _pairs(run.group())
            position = run.end()
    yield from _split_spaced(token[position:], whole=whole)


def _split_spaced(token: str, *, whole: bool) -> Iterator[Part]:
    if not token:
        return
    if _NUMBER.fullmatch(token):
        yield from _split_number(token)
    elif _INITIALS.fullmatch(token):
        yield Part(_joined(token), Kind.EXACT)
    elif token.endswith(("++", "#")):
        yield Part(token.casefold(), Kind.EXACT)
        yield Part(token.rstrip("+#").casefold(), Kind.EXACT, 0.5)
    elif measure := _MEASURE.fullmatch(token):
        number, unit = measure.groups()
        unit = unit.casefold()
        yield Part(_joined(token), Kind.EXACT)
        yield Part(number, Kind.NUMBER, 0.5)
        if unit in _MAGNITUDES:
            yield Part(_MAGNITUDES[unit], Kind.WORD, 0.5)
    elif "'" in token or "’" in token:
        yield from _split_apostrophe(token.replace("’", "'"), whole=whole)
    else:
        yield from _split_compound(token, whole=whole)


def _split_apostrophe(token: str, *, whole: bool) -> Iterator[Part]:
    left, _, right = token.partition("'")
    if not left or not right or right.casefold() == "s":
        yield from _split_spaced(left or right, whole=whole)
    elif left.casefold() in _ELISIONS:
        yield from _split_spaced(right, whole=whole)
    elif right.casefold() in _CONTRACTIONS:
        yield Part((left + right).casefold(), Kind.EXACT)
    else:
        yield from _split_compound(token, whole=whole)


def _split_number(token: str) -> Iterator[Part]:
    yield Part(token, Kind.NUMBER)
    if token.count(".") > 1:  # 31.12.2023, 10.0.0.12
        yield from (Part(part, Kind.EXACT, 0.5) for part in token.split(".") if len(part) >= _SHORTEST_PART)


def _split_compound(token: str, *, whole: bool) -> Iterator[Part]:
    """`state-of-the-art`, `AB-1234/X`, `FooBar`, `foo_bar`, `v2.3.1`, `jane.doe@example.com`, and the plain word."""
    segments = _segments(token)
    if len(segments) == 1 and segments[0] == token:
        yield Part(token.casefold(), _kind(token))
        return
    if len(segments) == 1 and segments[0] == token.strip("_"):
        yield Part(segments[0].casefold(), _kind(segments[0]))
        return
    are_words = all(segment.isalpha() for segment in segments)
    # Words joined by hyphens are mostly looked for as words; `e-mail` and an identifier as themselves.
    is_phrase = are_words and min(map(len, segments), default=0) >= _SHORTEST_PART
    if whole:
        is_compound = _HYPHENED.fullmatch(token) is not None
        yield Part(_joined(token), Kind.WORD if is_compound else Kind.EXACT, 0.5 if is_phrase and is_compound else 1.0)
    for segment in segments:
        if len(segment) >= _SHORTEST_PART:
            yield Part(segment.casefold(), _kind(segment), 1.0 if is_phrase else 0.5)


def _segments(token: str) -> list[str]:
    """Split where the separators are, where letters meet digits, and at the humps of camel case."""
    found: list[str] = []
    for match in _SEGMENT.finditer(token):
        segment = match.group()
        if (
            segment[0].isdecimal()
            or segment.isupper()
            or segment.islower()
            or segment[1:].islower()
            or segment[:-1].isupper()
        ):
            found.append(segment)  # also PDFs
        else:
            found += _CAMEL.findall(segment)
    return found


def _kind(segment: str) -> Kind:
    return Kind.NUMBER if segment[0].isdecimal() else Kind.WORD


def _joined(token: str) -> str:
    """Without separators, except the point between digits: `AB-1234/X` → `ab1234x`, `v2.3.1` stays."""
    folded = token.casefold()
    return "".join(
        character
        for index, character in enumerate(folded)
        if character.isalnum()
        or regex.match(r"\p{M}", character)
        or (character == "." and folded[index - 1 : index].isdecimal() and folded[index + 1 : index + 2].isdecimal())
    )


def _pairs(run: str) -> Iterator[Part]:
    """Overlapping pairs of characters (with their marks); Han ones also alone, for many are words by themselves.

    In a question pairs of hiragana weigh little: they are endings and particles.
    """
    clusters = _CLUSTER.findall(run.casefold())
    if len(clusters) == 1:
        yield Part(clusters[0], Kind.EXACT)
        return
    for index, cluster in enumerate(clusters):
        if _is_han(cluster):
            yield Part(cluster, Kind.EXACT, 0.5)
        if index + 1 < len(clusters):
            following = clusters[index + 1]
            weight = _PAIR_WEIGHTS[_is_hiragana(cluster) + _is_hiragana(following)]
            yield Part(cluster + following, Kind.EXACT, weight)


def _is_han(character: str) -> bool:
    return "㐀" <= character <= "鿿" or character >= "\U00020000" or character == "々"


def _is_hiragana(character: str) -> bool:
    return "ぁ" <= character <= "ゟ"
