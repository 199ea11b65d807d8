"""What a process remembers of a set in PostgreSQL, so that BM25 is computed here as the embedded engine does it.

Nothing of it can be stale: each search first reads, in its own view of the set, how many writes there were, and which
blocks there are. What passed a filter is remembered until the next write, what stands in a block until the block is
made anew.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from nexus.providers.vectors.base import Half, IndexFilter, QueryTerm
from nexus.providers.vectors.documents import Bools
from nexus.providers.vectors.keyword import Counts, Postings, Rows
from nexus.providers.vectors.pgvector_blocks import Block
from nexus.providers.vectors.pgvector_packing import few_words, find_in_page, ordered
from nexus.providers.vectors.pgvector_queries import Permitted

Numbers = NDArray[np.int64]
Scores = NDArray[np.float32]
Lengths = NDArray[np.uint32]

_VIEWS: Final = 16
_WORD_BYTES: Final = 64 * 2**20
"""Of the words of questions, so many bytes are kept: the common ones are asked for again and again."""
_ENTRY_BYTES: Final = 300
_NO_ROWS: Final = np.zeros(0, np.uint16)
_NO_COUNTS: Final = np.zeros(0, np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The chunks of one block that pass a filter: at least one."""

    block: Block
    lengths: Lengths
    mask: Bools
    whole: bool
    """Whether all whose words the block holds pass."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundChunks:
    """Chunks as they are stored, ascending by number."""

    numbers: Numbers
    ids: Sequence[tuple[UUID, UUID, UUID]]
    """Chunk, document, version."""
    halves: Half

    def among(self, numbers: Numbers) -> "FoundChunks":
        """Those with these ascending numbers, all of which are here."""
        places: list[int] = self.numbers.searchsorted(numbers).tolist()
        return FoundChunks(numbers, [self.ids[place] for place in places], self.halves[places])


@dataclass(slots=True, eq=False)
class View:
    """What passes a filter, as long as nothing is written."""

    passing: Permitted
    parts: Sequence[Part]
    sample: Half | None = None
    """Vectors of the chunks that stand for all in the median, once a question has asked."""
    all: FoundChunks | None = None
    """All that pass, where these are no more than the sample; then a question by meaning asks the server nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """What `WordSearch` asks of a segment."""

    postings: Postings
    lengths: Lengths

    def __len__(self) -> int:
        return len(self.lengths)


@dataclass(frozen=True, slots=True, eq=False)
class WordPart:
    segment: Held
    base: int
    mask: Bools
    whole: bool


class WordView:
    """A view with the words of one question. Positions are the numbers of chunks."""

    def __init__(self, view: View, postings: Sequence[Postings]) -> None:
        self.parts = [
            WordPart(Held(words, part.lengths), part.block.first, part.mask, part.whole)
            for part, words in zip(view.parts, postings, strict=True)
        ]
        self.searched = view.passing.chunks
        self.average_length = view.passing.length / self.searched if self.searched else 0.0
        self._bases = np.array([part.base for part in self.parts], np.int64)

    def split(self, positions: Numbers) -> Iterator[tuple[int, NDArray[np.intp]]]:
        """As `FilterView.split`."""
        bounds = [*positions.searchsorted(self._bases).tolist(), len(positions)]
        for index, part in enumerate(self.parts):
            start, end = bounds[index], bounds[index + 1]
            if end > start:
                yield index, positions[start:end] - part.base


def build_parts(blocks: Sequence[Block], memory: "Memory", passing: NDArray[np.int32]) -> list[Part]:
    """`passing`: rows of first number and count of chunks of the documents that pass, in any order."""
    if not blocks:
        return []
    firsts = np.array([block.first for block in blocks], np.int64)
    spans = np.array([block.span for block in blocks], np.int64)
    ends = np.cumsum(spans)
    starts = ends - spans
    at = firsts.searchsorted(passing[:, 0], "right") - 1
    begins = starts[at] + passing[:, 0] - firsts[at]
    # One step up where a document begins, one down where it ends: no loop over documents.
    steps = np.zeros(ends[-1] + 1, np.int8)
    np.add.at(steps, begins, 1)
    np.add.at(steps, begins + passing[:, 1], -1)
    mask = np.cumsum(steps[:-1], dtype=np.int8).view(np.bool_)
    parts: list[Part] = []
    for block, start, end in zip(blocks, starts.tolist(), ends.tolist(), strict=True):
        own, lengths = mask[start:end], memory.find_lengths(block)
        count = int(np.count_nonzero(own))
        if count and lengths is not None:
            parts.append(Part(block, lengths, own, whole=count == block.held))
    return parts


class Memory:
    """Of one set, in one process; bounded but for four bytes a chunk."""

    def __init__(self, made: UUID) -> None:
        """`made`: which of all sets of its name it is."""
        self.made = made
        self._written = -1
        self._views: OrderedDict[IndexFilter, View] = OrderedDict()
        self._lengths: dict[tuple[int, int], Lengths] = {}
        self._words: OrderedDict[tuple[int, int, int], tuple[Rows, Counts]] = OrderedDict()
        self._bytes = 0

    def find_view(self, written: int, index_filter: IndexFilter) -> View | None:
        if written != self._written or index_filter not in self._views:
            return None
        self._views.move_to_end(index_filter)
        return self._views[index_filter]

    def keep_view(self, written: int, index_filter: IndexFilter, view: View) -> None:
        """Another search may have begun after a later write meanwhile: what that one remembers stands."""
        if written > self._written:
            self._views.clear()
            self._written = written
        if written == self._written:
            self._views[index_filter] = view
            if len(self._views) > _VIEWS:
                self._views.popitem(last=False)

    def find_lengths(self, block: Block) -> Lengths | None:
        return self._lengths.get((block.first, block.written))

    def keep_lengths(self, blocks: Sequence[Block], fetched: Mapping[int, bytes]) -> None:
        """Of all blocks there are now; `fetched` of those that are new, by their first numbers."""
        known = self._lengths
        self._lengths = {}
        for block in blocks:
            key = (block.first, block.written)
            self._lengths[key] = known[key] if key in known else np.frombuffer(fetched[block.first], "<u4")

    def words(self, view: View, terms: Sequence[QueryTerm]) -> "QuestionWords":
        return QuestionWords(self, view, dict.fromkeys(id_ for term in terms for id_ in term.ids))

    def find_word(self, block: Block, word: int) -> tuple[Rows, Counts] | None:
        key = (block.first, block.written, word)
        if key in self._words:
            self._words.move_to_end(key)
        return self._words.get(key)

    def keep_word(self, block: Block, word: int, rows: Rows, counts: Counts) -> None:
        key = (block.first, block.written, word)
        if key not in self._words:
            self._words[key] = rows, counts
            self._bytes += rows.nbytes + counts.nbytes + _ENTRY_BYTES
        while self._bytes > _WORD_BYTES:
            _, (rows, counts) = self._words.popitem(last=False)
            self._bytes -= rows.nbytes + counts.nbytes + _ENTRY_BYTES


class QuestionWords:
    """Where the words of a question stand: as far as remembered, and what has to be fetched for the rest."""

    def __init__(self, memory: Memory, view: View, words: Iterable[int]) -> None:
        self._memory, self._view = memory, view
        self._words = list(words)
        self._keys: list[int] = ordered(self._words).tolist() if self._words else []
        self._found = [
            {word: known for word in self._words if (known := memory.find_word(part.block, word)) is not None}
            for part in view.parts
        ]

    @property
    def wanted(self) -> list[tuple[int, int]]:
        """First numbers of blocks and keys of words that have to be fetched."""
        return [
            (part.block.first, key)
            for part, found in zip(self._view.parts, self._found, strict=True)
            for word, key in zip(self._words, self._keys, strict=True)
            if word not in found
        ]

    def take(self, fetched: Iterable[tuple[int, int, bytes]]) -> None:
        """Whatever was wanted and did not come is in no chunk."""
        pages = {(first, key): page for first, key, page in fetched}
        for part, found in zip(self._view.parts, self._found, strict=True):
            for word, key in zip(self._words, self._keys, strict=True):
                if word not in found:
                    page = pages.get((part.block.first, key))
                    found[word] = (_NO_ROWS, _NO_COUNTS) if page is None else find_in_page(page, word)
                    self._memory.keep_word(part.block, word, *found[word])

    def view(self) -> WordView:
        return WordView(
            self._view,
            [few_words([(word, *entry) for word, entry in found.items()]) for found in self._found],
        )
