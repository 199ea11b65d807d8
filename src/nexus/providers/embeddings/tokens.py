"""Counting and locating the tokens that the local embedding model will see."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from nexus.providers.embeddings.model_files import find_model

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# The tokeniser's own cost grows faster than the text it is given, so long texts go through in slices. A token never
# holds a space or a line end, hence a cut before one changes nothing. (Other white space may be control characters,
# which the model drops, joining what they parted.)
_SLICE = 8_000
_WHITE = re.compile(r"[ \n\r\t]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class TokenCounter:
    """Counts the word pieces of all-MiniLM-L6-v2, without [CLS] and [SEP], and tells where each lies.

    Built once a process with `load()` (20 ms). Pickles as its path, so it can be handed to a child process. Safe to
    use from many threads. Counts add up over spaces and line ends: `count(a + "\\n" + b) == count(a) + count(b)`.
    """

    __slots__ = ("_path", "_tokenizer")

    def __init__(self, path: Path) -> None:
        self._path = path
        self._tokenizer = open_tokenizer(path)

    @classmethod
    def load(cls) -> Self:
        """A counter for the installed model. Raises EmbeddingError where it is not installed."""
        return cls(find_model() / "tokenizer.json")

    def __reduce__(self) -> "tuple[Callable[[Path], TokenCounter], tuple[Path]]":
        return _counter_at, (self._path,)

    def count(self, text: str) -> int:
        """How many tokens `text` has."""
        text = without_surrogates(text)
        encode = self._tokenizer.encode
        return sum(len(encode(text[start:end], add_special_tokens=False)) for start, end in _slices(text))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        """The half-open character span of each token in `text`, in order.

        Characters that the model drops (combining marks, zero-width joiners, soft hyphens) belong to the token before
        them, so cutting where a token ends never parts a letter from its accent. White space belongs to no token. A
        character that makes several tokens (한 is three) is the span of each.
        """
        text = without_surrogates(text)
        spans: list[tuple[int, int]] = []
        encode = self._tokenizer.encode
        for start, end in _slices(text):
            piece = text[start:end]
            found: list[tuple[int, int]] = encode(piece, add_special_tokens=False).offsets
            if not piece.isascii():
                found = _with_dropped(piece, found)
            spans += [(start + a, start + b) for a, b in found] if start else found
        return spans


@lru_cache(maxsize=2)
def _counter_at(path: Path) -> TokenCounter:
    """What unpickling gives: a child process that is handed a counter with every job builds it once."""
    return TokenCounter(path)


def open_tokenizer(path: Path) -> "Tokenizer":
    """The tokeniser at `path`, neither cutting nor padding: the published file does both, at 128 tokens."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - 40 ms that only embedding processes need to pay

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def without_surrogates(text: str) -> str:
    """`text` at the same length with lone surrogates, which no tokeniser accepts, replaced by U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def _slices(text: str) -> Iterator[tuple[int, int]]:
    """Cuts `text` before white space into spans of about `_SLICE` characters; one huge word stays whole."""
    start = 0
    while len(text) - start > _SLICE:
        white = _WHITE.search(text, start + _SLICE)
        if white is None:
            break
        yield start, white.start()
        start = white.start()
    yield start, len(text)


def _with_dropped(text: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Extends each token over the unspoken characters that follow it."""
    extended: list[tuple[int, int]] = []
    for index, (start, end) in enumerate(spans):
        limit = spans[index + 1][0] if index + 1 < len(spans) else len(text)
        while end < limit and _is_dropped(text[end]):
            end += 1
        extended.append((start, end))
    return extended


def _is_dropped(char: str) -> bool:
    category = unicodedata.category(char)
    return category == "Mn" or char == "\ufffd" or (category[0] == "C" and not char.isspace())
