"""Chunks are exact spans of the text, never too long, and cut where a reader would cut."""

import pickle
import re
from dataclasses import replace
from itertools import pairwise

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus.ingestion.chunking import Chunk, ChunkOptions, Strategy, chunk
from nexus.providers.parsers.base import Block, BlockKind, Page, ParsedDocument


class FourLetterCounter:
    """Tokens of up to four Latin letters; everything else but white space is a token a character."""

    _token = re.compile(r"[A-Za-z0-9_]{1,4}|\S")

    def count(self, text: str) -> int:
        return len(self.offsets(text))

    def offsets(self, text: str) -> list[tuple[int, int]]:
        return [match.span() for match in self._token.finditer(text)]


COUNTER = FourLetterCounter()
SMALL = ChunkOptions(
    max_tokens=60, target_tokens=40, overlap_tokens=10, context_tokens=20, heading_tokens=12, header_tokens=15
)


class Draft:
    """Writes a document block by block."""

    def __init__(self, media_type: str = "text/markdown", title: str = "") -> None:
        self.media_type, self.title = media_type, title
        self.text = ""
        self.blocks: list[Block] = []
        self.pages: list[int] = [0]

    def add(self, kind: BlockKind, text: str, *, level: int = 0, gap: str = "\n\n") -> "Draft":
        start = len(self.text)
        self.text += text
        self.blocks.append(Block(kind, start, len(self.text), level))
        self.text += gap
        return self

    def heading(self, level: int, text: str) -> "Draft":
        return self.add("heading", f"{'#' * level} {text}", level=level)

    def table(self, rows: list[str], *, header: bool = True) -> "Draft":
        start = len(self.text)
        spans: list[tuple[int, int]] = []
        for row in rows:
            spans.append((len(self.text), len(self.text) + len(row)))
            self.text += row + "\n"
        self.blocks.append(Block("table", start, spans[-1][1], 0, spans[0] if header else None, tuple(spans)))
        self.text += "\n"
        return self

    def loose(self, text: str) -> "Draft":
        """Text that no block covers."""
        self.text += text + "\n\n"
        return self

    def page(self) -> "Draft":
        self.pages.append(len(self.text))
        return self

    def done(self) -> ParsedDocument:
        ends = [*self.pages[1:], len(self.text)]
        pages = tuple(
            Page(number, start, end) for number, (start, end) in enumerate(zip(self.pages, ends, strict=True), 1)
        )
        return ParsedDocument(self.media_type, self.text, pages, tuple(self.blocks), self.title)


def texts(document: ParsedDocument, chunks: list[Chunk]) -> list[str]:
    return [document.text[piece.start : piece.end] for piece in chunks]


def words(count: int, word: str = "word") -> str:
    return " ".join([word] * count)


# --- properties -------------------------------------------------------------------------------------------------------

WORD = st.one_of(
    st.sampled_from(
        ["a", "word", "Dr.", "end.", "so:", "one,", "e\u0301te\u0301", "👩‍👩‍👧", "ไทย", "यह", "है।", "|", "#", "-", "·"]
    ),
    st.text("文字。、あア", min_size=1, max_size=90),
    st.integers(1, 300).map(lambda length: "x" * length),
    st.integers(1, 40).map(lambda length: "e\u0301👩‍👩‍👧" * length),
)
PROSE = st.lists(st.tuples(WORD, st.sampled_from([" ", " ", " ", "\n", "  \n"])), min_size=1, max_size=40).map(
    lambda pairs: "".join(word + space for word, space in pairs).strip()
)
LINE = st.lists(WORD, min_size=1, max_size=12).map(" ".join)
KINDS: tuple[BlockKind, ...] = ("paragraph", "list", "code", "paragraph")


@st.composite
def documents(draw: st.DrawFn) -> ParsedDocument:
    media_type = draw(st.sampled_from(["text/markdown", "application/pdf", "application/vnd.ms-powerpoint"]))
    draft = Draft(media_type, draw(st.sampled_from(["", "Title", "A long title of many words"])))
    for _ in range(draw(st.integers(0, 12))):
        what = draw(st.sampled_from(["heading", "heading", "block", "block", "table", "loose", "page", "white"]))
        if what == "heading":
            draft.heading(draw(st.integers(1, 4)), draw(LINE))
        elif what == "block":
            draft.add(draw(st.sampled_from(KINDS)), draw(PROSE), gap=draw(st.sampled_from(["\n\n", "\n", " \n"])))
        elif what == "table":
            draft.table(draw(st.lists(LINE, min_size=1, max_size=8)), header=draw(st.booleans()))
        elif what == "loose":
            draft.loose(draw(PROSE))
        elif what == "page":
            draft.page()
        else:
            draft.text += " \n \n"
    return draft.done()


def page_of(document: ParsedDocument, offset: int) -> int:
    return max(page.number for page in document.pages if page.start <= offset)


@settings(max_examples=150, deadline=None)
@given(documents(), st.sampled_from([SMALL, replace(SMALL, context=False), replace(SMALL, strategy="paragraph")]))
def test_chunks_are_the_whole_text_in_order(document: ParsedDocument, options: ChunkOptions) -> None:
    chunks = chunk(document, COUNTER, options)
    position = 0
    for ordinal, piece in enumerate(chunks):
        assert piece.ordinal == ordinal
        assert not document.text[position : piece.start].strip()
        position = piece.end
    assert not document.text[position:].strip()
    check_each(document, chunks, options)


@settings(max_examples=60, deadline=None)
@given(documents(), st.sampled_from([0, 10, 20]))
def test_windows_are_the_whole_text_with_repetitions(document: ParsedDocument, overlap: int) -> None:
    options = replace(SMALL, strategy="fixed", overlap_tokens=overlap)
    chunks = chunk(document, COUNTER, options)
    for before, piece in pairwise(chunks):
        assert before.start < piece.start
        assert before.end < piece.end
        assert not document.text[before.end : piece.start].strip()
        if piece.start < before.end:
            assert COUNTER.count(document.text[piece.start : before.end]) <= overlap
    check_each(document, chunks, options)


def check_each(document: ParsedDocument, chunks: list[Chunk], options: ChunkOptions) -> None:
    graphemes = {match.start() for match in regex.finditer(r"\X", document.text)} | {len(document.text)}
    for piece in chunks:
        text = document.text[piece.start : piece.end]
        assert text
        assert text == text.strip()
        assert piece.start in graphemes
        assert piece.end in graphemes
        assert COUNTER.count(piece.with_context(document.text)) == piece.token_count <= options.max_tokens
        assert piece.page == page_of(document, piece.start)
        assert piece.page_end == page_of(document, piece.end - 1)
        if "powerpoint" in document.media_type:
            assert piece.page == piece.page_end
    if options.strategy != "fixed":
        for block in document.blocks:
            for start, end in block.rows:
                fits = (
                    max(COUNTER.count(document.text[start:end]), (end - start + 7) // 8) <= options.max_tokens * 5 // 12
                )
                assert not fits or not any(start < piece.start < end for piece in chunks)


# --- sections ---------------------------------------------------------------------------------------------------------


def test_a_section_is_a_chunk_and_knows_its_headings() -> None:
    draft = Draft(title="Handbook")
    draft.heading(1, "Travel").add("paragraph", words(30)).heading(2, "By **train** ##").add("paragraph", words(35))
    document = draft.heading(2, "By plane").add("paragraph", words(35)).done()
    chunks = chunk(document, COUNTER, SMALL)
    assert [piece.heading_path for piece in chunks] == [("Travel",), ("Travel", "By train"), ("Travel", "By plane")]
    assert [piece.context for piece in chunks] == ["Handbook", "Handbook › Travel", "Handbook › Travel"]
    assert [text.split("\n")[0] for text in texts(document, chunks)] == [
        "# Travel",
        "## By **train** ##",
        "## By plane",
    ]


def test_the_rest_of_a_section_has_its_own_heading_as_context() -> None:
    document = Draft(title="Handbook").heading(1, "Travel").add("paragraph", words(35)).add("list", words(35)).done()
    first, second = chunk(document, COUNTER, SMALL)
    assert (first.context, second.context) == ("Handbook", "Handbook › Travel")
    assert (first.kind, second.kind) == ("paragraph", "list")


def test_small_sections_join_under_one_heading_only() -> None:
    draft = Draft().heading(1, "Terms")
    for name in ("One", "Two", "Three"):
        draft.heading(2, name).add("paragraph", words(6))
    draft.heading(1, "Other").add("paragraph", words(6))
    document = draft.done()
    terms, other = chunk(document, COUNTER, SMALL)
    assert terms.heading_path == ("Terms",)
    assert other.heading_path == ("Other",)
    assert document.text[other.start : other.end].startswith("# Other")


def test_a_large_section_is_not_joined() -> None:
    document = Draft().heading(2, "A").add("paragraph", words(5)).heading(2, "B").add("paragraph", words(30)).done()
    assert [piece.heading_path for piece in chunk(document, COUNTER, SMALL)] == [("A",), ("B",)]


def test_a_heading_stays_with_what_follows() -> None:
    draft = Draft().heading(1, "Guide").heading(2, "Start").add("paragraph", words(38)).add("paragraph", words(38))
    first, second = chunk(draft.done(), COUNTER, SMALL)
    assert texts(draft.done(), [first])[0].startswith("# Guide\n\n## Start\n\nword")
    assert first.heading_path == second.heading_path == ("Guide", "Start")
    assert (first.context, second.context) == ("", "Guide › Start")


def test_the_title_is_not_said_twice() -> None:
    document = Draft(title="Guide").heading(1, "Guide").add("paragraph", words(40)).add("paragraph", words(40)).done()
    assert [piece.context for piece in chunk(document, COUNTER, SMALL)] == ["", "Guide"]
    chunks = chunk(replace(document, title="Guide, 2nd edition"), COUNTER, SMALL)
    assert [piece.context for piece in chunks] == ["Guide, 2nd edition"] * 2


def test_long_headings_do_not_eat_the_budget() -> None:
    draft = (
        Draft(title="The outermost title")
        .heading(1, words(500, "long"))
        .heading(2, "Inner")
        .add("paragraph", words(120))
    )
    chunks = chunk(draft.done(), COUNTER, SMALL)
    assert max(piece.token_count for piece in chunks) <= SMALL.max_tokens
    assert chunks[-1].context == f"{words(12, 'long')} › Inner"


def test_context_can_be_left_out() -> None:
    draft = Draft(title="Handbook").heading(1, "Travel").add("paragraph", words(90))
    assert {piece.context for piece in chunk(draft.done(), COUNTER, replace(SMALL, context=False))} == {""}


# --- cutting ----------------------------------------------------------------------------------------------------------


def test_a_long_paragraph_is_cut_at_sentence_ends() -> None:
    sentence = f"It is {words(8)}, as Dr. Who said."
    document = Draft().add("paragraph", words(9, sentence)).done()
    chunks = chunk(document, COUNTER, SMALL)
    assert len(chunks) > 1
    assert all(text.startswith("It is") and text.endswith("said.") for text in texts(document, chunks))
    assert max(piece.token_count for piece in chunks) - min(piece.token_count for piece in chunks) <= 20


def test_a_long_sentence_is_cut_at_clauses() -> None:
    document = Draft().add("paragraph", words(12, f"{words(9)},")).done()
    assert all(text.endswith(",") for text in texts(document, chunk(document, COUNTER, SMALL)))


def test_code_is_cut_between_lines_and_rather_at_blank_ones() -> None:
    function = "\n".join(["def f():", *["    return call(value)"] * 4])
    document = Draft().add("code", "\n\n".join([function] * 6)).done()
    found = texts(document, chunk(document, COUNTER, SMALL))
    assert len(found) > 1
    assert all(text.startswith("def f():") for text in found)


def test_lists_are_cut_between_items() -> None:
    document = Draft().add("list", "\n".join(f"- {words(10)}\n  {words(5)}" for _ in range(8))).done()
    found = texts(document, chunk(document, COUNTER, SMALL))
    assert len(found) > 1
    assert all(text.startswith("- word") for text in found)


def test_an_introduction_stays_with_its_list() -> None:
    document = Draft().add("paragraph", words(30)).add("paragraph", "You need:").add("list", words(30)).done()
    assert texts(document, chunk(document, COUNTER, SMALL))[1].startswith("You need:")


def test_a_table_is_cut_between_rows_and_carries_its_header() -> None:
    rows = ["Name | Price | Colour", *[f"thing{number} | {number} | blue" for number in range(30)]]
    document = Draft(title="List").heading(1, "Prices").table(rows).done()
    first, *others = chunk(document, COUNTER, SMALL)
    assert others
    assert first.context == "List"
    assert all(piece.context == "List › Prices\nName | Price | Colour" for piece in others)
    assert "\n".join(texts(document, [first, *others])).split("\n")[2:] == rows
    assert all(piece.kind == "table" for piece in others)


def test_a_row_longer_than_a_chunk_is_cut_at_cells() -> None:
    rows = ["Name | Text", f"first | {words(40)} | {words(40)} | {words(40)} |"]
    document = Draft().table(rows).done()
    found = chunk(document, COUNTER, SMALL)
    assert max(piece.token_count for piece in found) <= SMALL.max_tokens
    assert all(piece.context == "Name | Text" for piece in found[1:])
    assert all(text.endswith("|") for text in texts(document, found))


def test_a_word_longer_than_a_chunk_is_cut_between_graphemes() -> None:
    document = Draft().add("paragraph", "👩‍👩‍👧" * 200).done()
    assert all(text.replace("👩‍👩‍👧", "") == "" for text in texts(document, chunk(document, COUNTER, SMALL)))


def test_words_the_model_cannot_read_do_not_make_long_chunks() -> None:
    class Blind(FourLetterCounter):
        _token = re.compile(r"\S+")

    document = Draft().add("paragraph", "QUJD" * 5_000).done()
    assert max(piece.end - piece.start for piece in chunk(document, Blind(), SMALL)) <= 8 * SMALL.max_tokens


def test_white_space_does_not_make_long_chunks() -> None:
    document = Draft().add("paragraph", "one" + " " * 100_000 + "two").done()
    assert texts(document, chunk(document, COUNTER, SMALL)) == ["one", "two"]


@pytest.mark.parametrize("kind", ["paragraph", "table"])
def test_a_huge_block_is_cut_like_any_other(kind: BlockKind) -> None:
    rows = ["Name | Price", *[f"thing {number} | {number}" for number in range(20_000)]]
    document = Draft().table(rows).done() if kind == "table" else Draft().add(kind, "\n".join(rows)).done()
    chunks = chunk(document, COUNTER, SMALL)
    found = texts(document, chunks)
    assert "\n".join(found) == "\n".join(rows)
    if kind == "table":
        assert {piece.context for piece in chunks[1:]} == {"Name | Price"}
        assert all("thing" in text.split(" | ")[0] for text in found[1:])


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_paragraph_may_run_over_a_page_but_not_over_a_slide() -> None:
    def document(media_type: str) -> ParsedDocument:
        draft = Draft(media_type).add("paragraph", words(5)).page().add("paragraph", words(5))
        return draft.done()

    (one,) = chunk(document("application/pdf"), COUNTER, SMALL)
    assert (one.page, one.page_end) == (1, 2)
    slides = chunk(
        document("application/vnd.openxmlformats-officedocument.presentationml.presentation"), COUNTER, SMALL
    )
    assert [(piece.page, piece.page_end) for piece in slides] == [(1, 1), (2, 2)]


def test_a_page_end_is_the_better_place() -> None:
    draft = Draft("application/pdf")
    for _ in range(2):
        draft.add("paragraph", words(19)).add("paragraph", words(12)).page()
    assert [piece.page_end for piece in chunk(draft.done(), COUNTER, SMALL)] == [1, 2]


def test_a_document_without_pages_is_page_one() -> None:
    document = ParsedDocument("text/plain", "Hello.", (), ())
    assert [(piece.page, piece.page_end) for piece in chunk(document, COUNTER)] == [(1, 1)]


# --- strategies and options -------------------------------------------------------------------------------------------


def test_each_paragraph_can_be_a_chunk() -> None:
    document = Draft().heading(1, "Go").add("paragraph", "One.").add("list", "- two").add("paragraph", "Three.").done()
    found = texts(document, chunk(document, COUNTER, replace(SMALL, strategy="paragraph")))
    assert found == ["# Go\n\nOne.", "- two", "Three."]


def test_windows_overlap() -> None:
    document = Draft().add("paragraph", " ".join(f"w{number:03}" for number in range(200))).done()
    chunks = chunk(document, COUNTER, replace(SMALL, strategy="fixed", overlap_tokens=10))
    sizes = [piece.token_count for piece in chunks]
    shared = [COUNTER.count(document.text[b.start : a.end]) for a, b in pairwise(chunks)]
    assert min(sizes[:-1]) >= 36
    assert max(sizes) <= 40
    assert min(shared) >= 7
    assert max(shared) <= 10


@pytest.mark.parametrize("strategy", ["heading", "paragraph", "fixed"])
@pytest.mark.parametrize("text", ["", " \n\t "])
def test_white_space_has_no_chunks(strategy: Strategy, text: str) -> None:
    assert chunk(ParsedDocument("text/plain", text, (), ()), COUNTER, ChunkOptions(strategy=strategy)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"target_tokens": 7},
        {"target_tokens": 241},
        {"overlap_tokens": -1},
        {"overlap_tokens": 200},
        {"context_tokens": -1},
        {"max_tokens": 190},
    ],
)
def test_options_that_cannot_work_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"must be|cannot be|may take"):
        ChunkOptions(**wrong)  # pyright: ignore[reportArgumentType] - any of its numbers


def test_chunks_and_options_cross_processes() -> None:
    document = Draft(title="T").heading(1, "H").add("paragraph", words(90)).done()
    chunks = chunk(document, COUNTER, SMALL)
    assert pickle.loads(pickle.dumps((chunks, SMALL))) == (chunks, SMALL)
