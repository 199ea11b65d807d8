"""The one form in which text is stored, cut, searched and cited.

`normalise` is idempotent: offsets into stored text stay true for as long as the text is kept. Code that must find its
way back to the source (boxes on a page) uses `normalise_with_offsets`.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LINE_BREAKS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
_SPACES = "\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
# What no reader sees but a machine reads: controls, zero-width and bidi marks (text that hides or reorders itself),
# tag characters and supplementary variation selectors (smuggled instructions), fillers, half of a surrogate pair.
_INVISIBLE = (
    "\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U000e0000-\U000e0fff"
)
# Persian, the Indic scripts and emoji sequences are misspelt without joiners; anywhere else they only hide things.
_JOINED = (
    "\u0600-\u06ff\u0700-\u109f\u1780-\u18af\ufb50-\ufdff\ufe0e\ufe0f\ufe70-\ufefc\u2600-\u27bf\U0001f000-\U0001faff"
)
_LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
    "\uf0b7": "•",  # the Symbol font's bullet, as word processors write it
    "\uf0a7": "▪",
}
_ODD = re.compile(
    f"(\r\n?|[{_LINE_BREAKS}])|([{_SPACES}])|([\ufb00-\ufb06\uf0b7\uf0a7])"
    f"|(?:(?<=[{_JOINED}])[\u200c\u200d](?=[{_JOINED}]))|([{_INVISIBLE}\u200c\u200d]+)"
)
_ODD_ASCII = re.compile("(\r\n?|[\v\f\x1c\x1d\x1e])|([\x00-\x08\x0e-\x1b\x1f\x7f]+)")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Normalised text and where each of its characters came from."""

    text: str
    origins: npt.NDArray[np.int64]
    """`len(text) + 1` ascending indexes into the raw string: where character `i` came from; last, the raw length."""

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """The smallest half-open raw span that gave `text[start:end]`."""
        first = int(self.origins[start])
        if end <= start:
            return first, first
        # Characters that share an origin (a ligature's letters, a composed cluster) end where the next origin begins.
        after = int(np.searchsorted(self.origins, self.origins[end - 1 : end], side="right")[0])
        return first, int(self.origins[min(after, len(self.origins) - 1)])


def normalise(raw: str) -> str:
    """NFC, `\\n` at line ends, plain spaces, ligatures spelled out, nothing invisible; tabs and layout are kept."""
    if raw.isascii():
        return _ODD_ASCII.sub(_plain_ascii, raw)
    # Composing first lets the filter see final characters; a removal may bring a mark to its base, hence the second.
    text = unicodedata.normalize("NFC", raw)
    return unicodedata.normalize("NFC", _ODD.sub(_plain, text))


def normalise_with_offsets(raw: str) -> Normalised:
    """As `normalise`, with the way back. `normalise_with_offsets(raw).text == normalise(raw)`."""
    if raw.isascii():
        text, origins = _substitute(raw, _ODD_ASCII)
        return Normalised(text, origins)
    text, first = _compose(raw)
    text, second = _substitute(text, _ODD)
    text, third = _compose(text)
    return Normalised(text, first[second[third]])


def _plain_ascii(match: re.Match[str]) -> str:
    return "\n" if match.lastindex == 1 else ""


def _plain(match: re.Match[str]) -> str:
    kind = match.lastindex
    if kind is None:  # a joiner in its place
        return match[0]
    if kind == 1:
        return "\n"
    if kind == 2:
        return " "
    return _LIGATURES[match[0]] if kind == 3 else ""


def _substitute(text: str, odd: re.Pattern[str]) -> tuple[str, npt.NDArray[np.int64]]:
    plain = _plain_ascii if odd is _ODD_ASCII else _plain
    pieces: list[str] = []
    origins: list[npt.NDArray[np.int64]] = []
    position = 0
    for match in odd.finditer(text):
        start, end = match.span()
        pieces.append(text[position:start])
        origins.append(np.arange(position, start))
        replacement = plain(match)
        if replacement:
            pieces.append(replacement)
            origins.append(np.full(len(replacement), start))
        position = end
    pieces.append(text[position:])
    origins.append(np.arange(position, len(text) + 1))
    return "".join(pieces), np.concatenate(origins)


def _compose(text: str) -> tuple[str, npt.NDArray[np.int64]]:
    """NFC with origins, working only on the lines that are not composed already."""
    if unicodedata.is_normalized("NFC", text):
        return text, np.arange(len(text) + 1)
    pieces: list[str] = []
    origins: list[npt.NDArray[np.int64]] = []
    position = 0
    for line in text.split("\n"):  # a line feed composes with nothing
        length = len(line) + 1
        if unicodedata.is_normalized("NFC", line):
            pieces.append(line)
            origins.append(np.arange(position, position + length))
        else:
            composed, starts = _compose_line(line)
            pieces.append(composed)
            origins.append(np.append(starts, len(line)) + position)
        position += length
    return "\n".join(pieces), np.concatenate(origins)


def _compose_line(line: str) -> tuple[str, npt.NDArray[np.int64]]:
    bounds = [0, *(i for i, char in enumerate(line) if i and not _extends(char)), len(line)]
    clusters = [unicodedata.normalize("NFC", line[a:b]) for a, b in itertools.pairwise(bounds)]
    starts = np.repeat(np.array(bounds[:-1], dtype=np.int64), [len(cluster) for cluster in clusters])
    composed = unicodedata.normalize("NFC", line)
    if "".join(clusters) != composed:
        # A script this table does not know: the line as a whole is the origin of each of its characters.
        starts = np.zeros(len(composed), dtype=np.int64)
    return composed, starts


def _extends(char: str) -> bool:
    """Whether a character may compose with, or be reordered against, what stands before it."""
    if char < "\u0300":
        return False
    return "\u1160" <= char <= "\u11ff" or unicodedata.category(char)[0] == "M"
