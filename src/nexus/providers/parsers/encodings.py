"""From the bytes of a text file to characters."""

import codecs
from itertools import pairwise
from pathlib import Path

from nexus.providers.parsers.base import ParseError
from nexus.providers.parsers.limits import ParseLimits
from nexus.providers.parsers.writing import too_much_text

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like UTF-16's, so it is asked first
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TOLERATED = 0.02
"""Share of characters that may be unreadable before a file counts as damaged."""


def read_text(path: Path, limits: ParseLimits, declared: str = "") -> tuple[str, str]:
    """The text of a file and the encoding it turned out to have. Raises ParseError (too-large, damaged)."""
    if path.stat().st_size > 4 * limits.text_characters:
        raise too_much_text(limits)
    text, encoding = decode(path.read_bytes(), declared)
    if len(text) > limits.text_characters:
        raise too_much_text(limits)
    return text, encoding


def decode(content: bytes, declared: str = "") -> tuple[str, str]:
    """Byte order marks and strict UTF-8 decide before `declared` does, because they cannot be wrong by accident."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _tolerant(content, encoding), encoding.removesuffix("-sig")
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    for encoding in (_wide(content), _known(declared), *_multibyte(content)):
        if encoding:
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError:
                continue
    repaired = content.decode("utf-8", "replace")
    high = sum(1 for char in repaired if char > "\x7f")
    if repaired.count("\ufffd") * 10 < high:  # UTF-8 with a few broken places, not another encoding
        return repaired, "utf-8"
    # The Western code page of Windows; its five unused codes read as Latin-1's.
    return content.decode("cp1252", "replace"), "cp1252"


def _wide(content: bytes) -> str:
    """UTF-16 without a mark shows in the zeros of its Western characters."""
    sample = content[:4096]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < 0.3 * len(sample) / 2:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _multibyte(content: bytes) -> tuple[str, ...]:
    """East Asian encodings whose lead bytes are dense; Western text has single high bytes between letters."""
    sample = content[:65536]
    high = sum(1 for byte in sample if byte >= 0x80)
    pairs = sum(1 for a, b in pairwise(sample) if a >= 0x80 and b >= 0x80)
    if high < 8 or pairs < 0.4 * high:
        return ()
    return ("gb18030", "shift_jis", "euc_kr", "big5") if not _kana(sample) else ("shift_jis", "gb18030")


def _kana(sample: bytes) -> bool:
    """Shift JIS writes hiragana as 0x82 with 0x9F to 0xF1: the commonest characters of any Japanese text."""
    hits = sum(1 for a, b in pairwise(sample) if a == 0x82 and 0x9F <= b <= 0xF1)
    return hits * 10 > len(sample) // 2


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name if name else ""
    except LookupError:
        return ""


def _tolerant(content: bytes, encoding: str) -> str:
    text = content.decode(encoding, "replace")
    if text.count("\ufffd") > _TOLERATED * len(text) + 1:
        raise ParseError("damaged", "The text of the file is damaged. Save it again as UTF-8 and upload that.")
    return text
