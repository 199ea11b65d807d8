"""From a parsed document to the chunks that are embedded, searched and cited."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from nexus.ingestion.chunking_context import Contexts, Limits
from nexus.ingestion.chunking_outline import PageNumbers, Part, Section, read_parts
from nexus.ingestion.chunking_packing import Row, pack, windows
from nexus.ingestion.chunking_pieces import ALWAYS, NEVER, Counter, Cutter, Piece
from nexus.providers.parsers.base import BlockKind, ParsedDocument

__all__ = ["Chunk", "ChunkOptions", "Counter", "Strategy", "chunk"]

Strategy = Literal["heading", "paragraph", "fixed"]

_WIDEST_GAP = 400
"""Characters of white space that may stand inside a chunk."""
_AFTER_COLON = 0.4
"""Cost of parting `The following:` from what follows."""
_NEW_PAGE = -0.15
"""A block's end that is a page's end too is the better place: the citation names one page."""
_JOIN_SECTIONS = 0.1
"""Cost of having two small sections in one chunk."""


@dataclass(frozen=True, slots=True)
class ChunkOptions:
    """How to cut. All sizes are tokens of the embedding model, special tokens apart. Raises ValueError."""

    strategy: Strategy = "heading"
    """`heading` follows sections and fills chunks with whole blocks; `paragraph` makes a chunk of each block; `fixed`
    lays windows of equal size, cut at words."""
    max_tokens: int = 240
    """No chunk has more, its context included."""
    target_tokens: int = 190
    """The size aimed at, context apart."""
    overlap_tokens: int = 32
    """`fixed` only: how much of a window the next one repeats."""
    context: bool = True
    """Whether the title and headings above a chunk are read with it."""
    context_tokens: int = 64
    """The most that title and headings take. The outermost are left out first."""
    heading_tokens: int = 40
    """The most that one heading takes; a longer one is cut."""
    header_tokens: int = 80
    """The most that a table's header row takes in the chunks that continue the table."""
    small_section: float = 0.33
    """Sections up to this share of the target may be joined with their neighbours under the same heading."""

    def __post_init__(self) -> None:
        if not 8 <= self.target_tokens <= self.max_tokens:
            raise ValueError("target_tokens must be between 8 and max_tokens.")
        if not 0 <= self.overlap_tokens <= self.target_tokens // 2:
            raise ValueError("overlap_tokens must be between 0 and half of target_tokens.")
        if min(self.context_tokens, self.heading_tokens, self.header_tokens, self.small_section) < 0:
            raise ValueError("The limits of a context cannot be negative.")
        if self.context_tokens + self.header_tokens > self.max_tokens * 3 // 4:
            raise ValueError("context_tokens and header_tokens together may take three quarters of max_tokens at most.")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A citable passage: `document.text[start:end]`, never beginning or ending with white space."""

    ordinal: int
    """From 0, in reading order."""
    start: int
    end: int
    page: int
    """The page of its first character, from 1."""
    page_end: int
    """The page of its last character."""
    heading_path: tuple[str, ...]
    """The headings that stand over all of it, outermost first, its own included."""
    context: str
    """What a reader of the chunk alone would miss: title and headings above it, the header of the table it continues.
    Embedded and searched together with the text, never shown as part of a quotation."""
    token_count: int
    """Of context and text together."""
    kind: BlockKind
    """What most of it is."""

    def with_context(self, text: str) -> str:
        """What is embedded and searched. `text` is the document's."""
        passage = text[self.start : self.end]
        return f"{self.context}\n{passage}" if self.context else passage


def chunk(document: ParsedDocument, counter: Counter, options: ChunkOptions | None = None) -> list[Chunk]:
    """Cut `document` into chunks; empty for a document of white space.

    In order, and with the white space between them they are the whole text; only `fixed` repeats some of it. A break is
    made at the best place that is near: section, page, block, sentence (row, line, item), clause, word.
    """
    options = options or ChunkOptions()
    return _Chunking(document, counter, options).run()


class _Chunking:
    """One document being cut."""

    def __init__(self, document: ParsedDocument, counter: Counter, options: ChunkOptions) -> None:
        self._document = document
        self._text = document.text
        self._options = options
        self._pages = PageNumbers(document)
        limits = Limits(options.context_tokens if options.context else 0, options.heading_tokens, options.header_tokens)
        self._contexts = Contexts(document.title, document.text, counter, limits)
        self._reserved: dict[tuple[Section, bool], int] = {}
        self._cutter = Cutter(document.text, counter, max(1, options.target_tokens // 12))

    def run(self) -> list[Chunk]:
        parts = read_parts(self._document)
        pieces: list[Piece] = []
        budgets: list[int] = []
        fixed = self._options.strategy == "fixed"
        for part in parts:
            budget = self._options.max_tokens - self._reserve(part, begins=False)
            cut = self._cutter.cut_words(part, budget) if fixed else self._cutter.cut(part, budget)
            pieces += cut
            budgets.append(self._options.max_tokens - self._reserve(part, begins=True))
            budgets += [budget] * (len(cut) - 1)
        joins = self._set_costs(pieces)
        row = Row([piece.size for piece in pieces], budgets, [piece.cost for piece in pieces], joins)
        target = self._options.target_tokens
        ranges = windows(row, target, self._options.overlap_tokens) if fixed else pack(row, target)
        return [self._build(ordinal, pieces[first:end]) for ordinal, (first, end) in enumerate(ranges)]

    def _reserve(self, part: Part, *, begins: bool) -> int:
        """Tokens to keep free for the context of a chunk that begins with the part, or inside it."""
        header = part.header_above(part.start if begins else part.end)
        if header is not None:
            return self._contexts.write(part.section, part.end, header).tokens
        key = (part.section, begins and part.kind == "heading")
        if key not in self._reserved:
            at = part.start if key[1] else part.end
            self._reserved[key] = self._contexts.write(part.section, at).tokens
        return self._reserved[key]

    def _set_costs(self, pieces: list[Piece]) -> list[float]:
        """Set what breaks between parts cost; returns what it costs not to make them."""
        joins = [0.0] * len(pieces)
        sizes: dict[Section, int] = {}
        bodies: set[Section] = set()
        for piece in pieces:
            sizes[piece.part.section] = sizes.get(piece.part.section, 0) + piece.size
            if piece.part.kind != "heading":
                bodies.add(piece.part.section)
        small = self._options.target_tokens * self._options.small_section
        for index in range(1, len(pieces)):
            before, piece = pieces[index - 1], pieces[index]
            section, above = piece.part.section, before.part.section
            if piece.part.sheet != before.part.sheet or piece.start - before.end > _WIDEST_GAP:
                piece.cost = ALWAYS
            elif not piece.begins:
                continue
            elif section == above:
                piece.cost = self._block_cost(before, piece)
            elif above not in bodies and section.is_within(above):
                piece.cost = NEVER
            elif section.is_sibling(above) and max(sizes[section], sizes[above]) <= small:
                joins[index] = _JOIN_SECTIONS
            else:
                piece.cost = ALWAYS
        return joins

    def _block_cost(self, before: Piece, piece: Piece) -> float:
        """Of a break between two blocks of one section."""
        if before.part.kind == "heading":
            return NEVER
        if self._options.strategy == "paragraph":
            return ALWAYS
        cost = _AFTER_COLON if self._text[before.end - 1] in ":：" else 0.0
        return cost + (_NEW_PAGE if self._pages.at(before.end - 1) != self._pages.at(piece.start) else 0.0)

    def _build(self, ordinal: int, pieces: Sequence[Piece]) -> Chunk:
        first = pieces[0]
        start, end = first.start, pieces[-1].end
        tokens = sum(piece.tokens for piece in pieces)
        section = _shared_section(pieces)
        header = first.part.header_above(start)
        context = self._contexts.write(section, start, header, self._options.max_tokens - tokens)
        return Chunk(
            ordinal=ordinal,
            start=start,
            end=end,
            page=self._pages.at(start),
            page_end=self._pages.at(end - 1),
            heading_path=section.path,
            context=context.text,
            token_count=tokens + context.tokens,
            kind=_kind(pieces),
        )


def _shared_section(pieces: Sequence[Piece]) -> Section:
    """The innermost section that all of it stands in; a heading alone counts only where there is nothing else."""
    sections = [piece.part.section for piece in pieces if piece.part.kind != "heading"]
    sections = sections or [piece.part.section for piece in pieces]
    shared = sections[0]
    for section in sections:
        while not section.is_within(shared):
            shared = Section(shared.path[:-1], shared.starts[:-1])
    return shared


def _kind(pieces: Sequence[Piece]) -> BlockKind:
    """The kind with most characters, headings apart."""
    lengths: dict[BlockKind, int] = {}
    for piece in pieces:
        if piece.part.kind != "heading":
            lengths[piece.part.kind] = lengths.get(piece.part.kind, 0) + piece.end - piece.start
    return max(lengths, key=lambda kind: lengths[kind]) if lengths else "heading"
